"""Verify a specification given as text, all stages included; for tests of meaning."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace

from elaborated import spec, tree

from cecheck.ir.program import View
from cecheck.options import Engine, Options
from cecheck.pipeline import verified
from cecheck.report.model import FileReport, Finding
from cecheck.source import Source
from cecheck.tasks import load_solvers
from cecheck.viewed import Lines, examined

# To look for a run that should not be there; those of the twins are found within a few seconds.
SEARCH: dict[str, object] = {"engine": Engine.BMC, "rlimit": 20_000_000, "timeout": 30.0}

load_solvers()  # here, or each child of each test would

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


def _chosen(options: dict[str, object]) -> Options:
    """Return *options* with time enough for a busy machine."""
    return Options(**{"jobs": 2, "timeout": 240.0, **options})  # type: ignore[arg-type]


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
