"""One view of a specification, from its program to findings."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from cecheck import cache, remembered, tasks
from cecheck.engines.crew import Strand, run
from cecheck.engines.verdict import Name
from cecheck.evidence import Aims, Evidence, check_of
from cecheck.findings import asked, certificates, findings
from cecheck.gather import gather
from cecheck.ir.program import CheckKind, Program, View
from cecheck.lower.link import lower, views
from cecheck.options import Options
from cecheck.record import record
from cecheck.report.expect import is_free, is_suspected
from cecheck.report.model import FileReport, Finding, Proved, Vacuous
from cecheck.sema.typed import Client, Spec, alone
from cecheck.syntax.ast import Expectation

Entries: TypeAlias = tuple[tuple[str, str], ...]  # of the cache: keys and texts


@record
class Lines:
    """What a specification expects: all of its lines, those that nothing known meets yet, and those
    of which the refutations are searched for before anything is proved."""

    every: Sequence[Expectation]
    still_open: Sequence[Expectation]
    suspicions: Sequence[Expectation]


def examined(spec: Spec, path: str, view: View, lines: Lines, options: Options) -> FileReport:
    """Lower, solve, certify, replay; return the part about *view* of the report on *path*."""
    program = lower(spec, view)
    names = asked(program, options.only)
    aims = _aims(program, names, lines)
    evidence, entries = run(_known_or_gathered(program, names, options, aims), options.jobs)
    told = tuple(findings(evidence, names))
    kept = tuple(certificates(evidence)) if options.certificates is not None else ()
    return FileReport(
        path, findings=told, certificates=kept, entries=entries,
        assumptions=(*program.assumptions, *_not_asked(program, options.only)),
    )  # fmt: skip


def _not_asked(program: Program, only: Sequence[str]) -> Iterator[str]:
    """Yield what answers about *only* some checks rest on: a run ends where it breaks another."""
    every = (check for thread in program.threads for check in thread.checks)
    others = {c.kind.value for c in every if c.kind.ends_run and c.kind is not CheckKind.BOUND}
    if only and not others <= set(only):
        yield f"no run goes on past a check that it breaks, asked or not (--only {', '.join(only)})"


def _known_or_gathered(
    program: Program, names: Sequence[Name], options: Options, aims: Aims
) -> Strand[tuple[Evidence, Entries]]:
    """Return the evidence about *names*, and what of it is new to the cache.

    An entry that leads nowhere costs none of the time that the specification has.
    """
    if options.cache is None:
        return (yield from gather(program, names, options, aims)), ()
    begun = time.monotonic()
    key = remembered.key(program, names, aims.free, options)
    text = cache.load(options.cache, key)
    if text is not None:
        known = yield from remembered.recalled(program, names, text, key, options)
        if known is not None:
            return known, ()
        if options.deadline is not None:
            lost = time.monotonic() - begun
            options = replace(options, deadline=options.deadline + lost)
    found = yield from gather(program, names, options, aims)
    new = remembered.entry(found, names, key)
    return found, ((key, new),) if new is not None and new != text else ()


def tried(spec: Spec, test: Client, path: str, lines: Lines, options: Options) -> FileReport:
    """Return what running *test* as the only client shows, in the view of its caller.

    Of sites outside the test only what is wrong there is told: that no other client gets there
    is no fault of the driver, and what they do there is asked of them.
    """
    only_client = alone(spec, test)
    (view,) = views(only_client)
    part = examined(only_client, path, view, lines, options)
    return replace(
        part,
        findings=tuple(f for f in part.findings if _is_told(f, test)),
        certificates=tuple(replace(one, test=test.name) for one in part.certificates),
    )


def _is_told(finding: Finding, test: Client) -> bool:
    assert test.script is not None
    span, script = finding.site.span, test.script.span
    is_own = test.span.start <= span.start and span.end <= script.end
    if is_own and span.source is script.source:
        return True
    return not isinstance(finding.verdict, Proved | Vacuous)


def _aims(program: Program, names: Sequence[Name], lines: Lines) -> Aims:
    """Return which of *names* no expectation needs an answer about, and which are expected to be
    refuted.

    The bounds of the model matter to proofs: where none is needed they are free, too.
    """
    bounds = tasks.bounds(program).keys()
    others = {name: _asked(program, name) for name in names if name not in bounds}
    still_open = lines.still_open
    free = frozenset(n for n, one in others.items() if is_free(lines.every, still_open, one))
    suspected = frozenset(n for n, one in others.items() if is_suspected(lines.suspicions, one))
    return Aims(free | bounds if free == others.keys() else free, suspected)


def _asked(program: Program, name: Name) -> tuple[str, str, str]:
    """Return the check, the site and the view that an expectation speaks of."""
    check = check_of(program, name)
    return check.kind.value, check.site.name, program.view.value
