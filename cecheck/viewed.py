"""One view of a specification, from its program to findings."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from cecheck import cache, remembered
from cecheck.engines.crew import Strand, run
from cecheck.engines.verdict import Name
from cecheck.evidence import Evidence, gather
from cecheck.findings import asked, certificates, findings
from cecheck.ir.program import CheckKind, Program, View
from cecheck.lower.link import lower, views
from cecheck.options import Options
from cecheck.record import record
from cecheck.report.expect import is_free
from cecheck.report.model import FileReport, Finding, Proved, Vacuous
from cecheck.sema.typed import Client, Spec, alone
from cecheck.syntax.ast import Expectation

Entries: TypeAlias = tuple[tuple[str, str], ...]  # of the cache: keys and texts


@record
class Lines:
    """What a specification expects: all of its lines, and those that nothing known meets yet."""

    every: Sequence[Expectation]
    still_open: Sequence[Expectation]


def examined(spec: Spec, path: str, view: View, lines: Lines, options: Options) -> FileReport:
    """Lower, solve, certify, replay; return the part about *view* of the report on *path*."""
    program = lower(spec, view)
    names = asked(program, options.only)
    free = _free(program, names, lines)
    evidence, entries = run(_known_or_gathered(program, names, options, free), options.jobs)
    told = tuple(findings(evidence, names))
    kept = tuple(certificates(evidence)) if options.certificates is not None else ()
    return FileReport(
        path, findings=told, assumptions=program.assumptions, certificates=kept,
        entries=entries,
    )  # fmt: skip


def _known_or_gathered(
    program: Program, names: Sequence[Name], options: Options, free: frozenset[Name]
) -> Strand[tuple[Evidence, Entries]]:
    """Return the evidence about *names*, and what of it is new to the cache.

    An entry that leads nowhere costs none of the time that the specification has.
    """
    if options.cache is None:
        return (yield from gather(program, names, options, free)), ()
    begun = time.monotonic()
    key = remembered.key(program, names, free, options)
    text = cache.load(options.cache, key)
    if text is not None:
        known = yield from remembered.recalled(program, names, text, key, options)
        if known is not None:
            return known, ()
        if options.deadline is not None:
            lost = time.monotonic() - begun
            options = replace(options, deadline=options.deadline + lost)
    found = yield from gather(program, names, options, free)
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


def _free(program: Program, names: Sequence[Name], lines: Lines) -> frozenset[Name]:
    """Return those of *names* whose answers no expectation needs.

    The bounds of the model matter to proofs: where none is needed they are free, too.
    """
    checks = {name: program.threads[name.thread].checks[name.check] for name in names}
    bounds = {name for name, check in checks.items() if check.kind is CheckKind.BOUND}
    free = frozenset(
        name
        for name, check in checks.items()
        if name not in bounds
        and is_free(
            lines.every, lines.still_open, (check.kind.value, check.site.name, program.view.value)
        )
    )
    return free | bounds if free == checks.keys() - bounds else free
