"""Verify a specification given as text, all stages included; for tests of meaning."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

from elaborated import spec, tree

from cecheck import tasks
from cecheck.engines.child import Done, Limits
from cecheck.engines.crew import Task, together
from cecheck.evidence import check_of
from cecheck.findings import asked
from cecheck.ir.program import View
from cecheck.lower.link import lower, views
from cecheck.options import Options, Second
from cecheck.pipeline import verified
from cecheck.report.model import FileReport, Finding
from cecheck.source import Source
from cecheck.tasks import load_solvers
from cecheck.viewed import Lines, examined

# Who confirms proofs is not what these tests are about.
QUICK = Options(jobs=2, timeout=240.0, second=Second.BITWUZLA)

load_solvers(QUICK)  # here, or each child of each test would

REQUEST = """
struct Request {
    length : u32
    buffer : user ptr u8[length]
}
"""


def driver(items: str, client: str = "App[*] : untrusted calls Sample.Write", use: str = "") -> str:
    """Return a specification with one driver, `Sample`, that has *items*."""
    body = f"{REQUEST}\ndriver Sample {{{items}}}\nclient {client}\n"
    return f"// expect: proved\nuse ce5 {use}\n{body}"


def report(text: str, **options: object) -> FileReport:
    """Return everything about a specification."""
    found = verified(Source("test.ce", text), _chosen(options))
    assert not found.has_errors, [d.message for d in found.diagnostics]
    return found


def seen(text: str, view: View, **options: object) -> Sequence[Finding]:
    """Return the findings of one view."""
    lines = tree(text).expectations
    chosen = _chosen(options)
    timed = replace(chosen, deadline=time.monotonic() + chosen.timeout)
    return examined(spec(text), "test.ce", view, Lines(lines, lines, lines), timed).findings


def refuting(text: str, expected: str) -> str:
    """Return *text* where *expected*, as a line says it, is to be refuted, and all else is free.

    It is to be asked about that kind of check alone, so the second line, about another kind, asks
    for nothing.
    """
    lines = f"expect: refuted {expected}\n// expect: proved restored"
    return text.replace("expect: proved", lines, 1)


def is_refuted(text: str, kind: str, site: str, **options: object) -> bool:
    """Return whether a hostile caller makes *kind*, but `restored`, fail at *site*; nobody searches
    for the sake of anything else."""
    asked = refuting(text, f"{kind} at {site}")
    return "refuted" in hostile_answers(asked, only=(kind,), **options)[kind, site]


def hostile_says(text: str, kind: str, site: str, answer: str, **options: object) -> bool:
    """Return whether *kind* at *site* is answered so, in the hostile view; what is refuted is
    searched for alone."""
    if answer == "refuted":
        return is_refuted(text, kind, site, **options)
    return hostile_answers(text, only=(kind,), **options)[kind, site] == {answer}


def finds_no_run(
    text: str, kind: str = "", site: str = "", blocks: int = 4, view: View | None = None
) -> bool:
    """Return whether no run of up to so many *blocks* violates *kind* (none: any) at *site* (none:
    anywhere) in a *view* (none: in each).

    A twin that is refuted shows that so many are enough.
    """
    if view is None:
        return all(finds_no_run(text, kind, site, blocks, each) for each in views(spec(text)))
    program = lower(spec(text), view)
    names = [
        name
        for name in asked(program, (kind,) if kind else ())
        if not site or check_of(program, name).site.name == site
    ]
    assert names
    effort = (QUICK.rlimit, blocks, True)
    work = partial(tasks._search, program, names, names, effort, "violated")
    ((_, outcome),) = together([Task("bmc", work, Limits(QUICK.timeout))], 1)
    assert isinstance(outcome, Done), outcome
    if outcome.data["runs"]:
        return False
    assert outcome.data["reason"] == f"no run of up to {blocks} blocks"
    return True


def _chosen(options: dict[str, object]) -> Options:
    """Return *options* with time enough for a busy machine, and the second solver that is quick."""
    return replace(QUICK, **options)  # type: ignore[arg-type]


def answers(text: str, **options: object) -> dict[tuple[str, str], set[str]]:
    """Return, per check and site, the verdicts of all views."""
    return _by_site(report(text, **options).findings)


def hostile_answers(text: str, **options: object) -> dict[tuple[str, str], set[str]]:
    """Return `answers` of the hostile view alone: half the work where views make no difference.

    That is so where nothing is asked about memory of a caller: what a well-behaved one does a
    hostile one may do, too.
    """
    return _by_site(seen(text, View.HOSTILE, **options))


def _by_site(findings: Iterable[Finding]) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for finding in findings:
        found.setdefault((finding.kind.value, finding.site.name), set()).add(_word(finding))
    return found


def says(found: set[str], answer: str) -> bool:
    """Return whether the verdicts *found* are *answer*: proved in every view, else in one."""
    return found == {"proved"} if answer == "proved" else answer in found


def _word(finding: Finding) -> str:
    return type(finding.verdict).__name__.lower()
