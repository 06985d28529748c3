"""What keeps a run from ending with status 0, as a list: what annotations and alerts are made of.

What a specification expects to be refuted, and is, is no problem; nor is what a baseline accepts.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import assert_never

from cecheck.diagnostics import Severity
from cecheck.record import record
from cecheck.report import rules
from cecheck.report.exit_status import ExitStatus, exit_status, file_status
from cecheck.report.expect import failing
from cecheck.report.model import (
    FileReport,
    Finding,
    Met,
    Outcome,
    Proved,
    Refuted,
    Report,
    Unknown,
    Vacuous,
)
from cecheck.report.rules import Rule
from cecheck.report.story_text import named
from cecheck.report.words import headline
from cecheck.source import Span


class Level(Enum):
    """How bad a problem is: it is wrong, or it is not known to be right."""

    ERROR = "error"
    WARNING = "warning"


@record
class Problem:
    """One thing that is wrong in the specification *path* ("": with the run as a whole).

    *title* is one sentence without its full stop, *notes* are more of them.  None of these texts
    is safe to show as it is.
    """

    rule: Rule
    level: Level
    title: str
    path: str
    span: Span | None = None
    notes: tuple[str, ...] = ()
    finding: Finding | None = None


def problems(report: Report) -> tuple[Problem, ...]:
    """Return everything that is wrong, errors first, else in the order of the report."""
    found = [problem for file in report.files for problem in of_file(file)]
    found += of_run(report)
    return tuple(sorted(found, key=lambda problem: problem.level is Level.WARNING))


def of_run(report: Report) -> Iterator[Problem]:
    """Yield what is wrong with the run as a whole."""
    for text in report.problems:
        yield Problem(rules.BASELINE, Level.ERROR, text, "")
    if report.interrupted:
        how = "terminated" if report.terminated else "interrupted"
        yield Problem(rules.INTERRUPTED, Level.ERROR, f"the run was {how}", "")
    elif exit_status(report) is ExitStatus.NOTHING and all(file.library for file in report.files):
        yield Problem(rules.NOTHING, Level.WARNING, rules.NOTHING.text, "")


def failures(file: FileReport) -> tuple[Finding, ...]:
    """Return the findings of *file* that keep an expectation from being met, each once."""
    found = {
        id(finding): finding
        for _, findings in failing(file.outcomes, file.findings)
        for finding in findings
        if not _is_excused(file, finding)
    }
    return tuple(found.values())


def _is_excused(file: FileReport, finding: Finding) -> bool:
    return any(file.findings[number] is finding for number in file.excused)


def of_file(file: FileReport) -> Iterator[Problem]:
    """Yield everything that is wrong in one specification."""
    if file.crash is not None:
        yield Problem(rules.CRASH, Level.ERROR, f"a bug in cecheck: {file.crash}", file.path)
    yield from _diagnosed(file)
    if file.crash is not None or file.has_errors:
        return
    yield from (_unmet(file, outcome) for outcome in without_findings(file))
    said: set[object] = set()
    for finding in failures(file):
        problem = _found(file, finding)
        # That a place is not reached is the same for every check that is asked there.
        about = finding if isinstance(finding.verdict, Refuted | Unknown) else finding.site
        key = (problem.rule.id, id(about) if about is finding else about)
        if key not in said:
            said.add(key)
            yield problem
    if file_status(file) is ExitStatus.NOTHING and not file.library:
        yield Problem(rules.NOTHING, Level.WARNING, rules.NOTHING.text, file.path)


def without_findings(file: FileReport) -> tuple[Outcome, ...]:
    """Return the outcomes that are not met and that no finding of their own keeps from it."""
    told = failing(file.outcomes, file.findings)
    return tuple(outcome for outcome, findings in told if not findings)


def _diagnosed(file: FileReport) -> Iterator[Problem]:
    for one in file.diagnostics:
        level = Level.ERROR if one.code.severity is Severity.ERROR else Level.WARNING
        help_ = (one.help,) if one.help else ()
        yield Problem(rules.of_code(one.code), level, one.message, file.path, one.span, help_)


def _unmet(file: FileReport, outcome: Outcome) -> Problem:
    undecided = outcome.met is Met.UNDECIDED
    level = Level.WARNING if undecided else Level.ERROR
    line = outcome.expectation
    if line is None:
        return Problem(rules.UNDECIDED, level, outcome.why or "nothing is known", file.path)
    text = line.span.text.removeprefix("//").strip()
    rule = rules.UNDECIDED if undecided else rules.EXPECTATION
    title = f"`{text}` is {outcome.met.value}: {outcome.why}"
    return Problem(rule, level, title, file.path, line.span)


def _found(file: FileReport, finding: Finding) -> Problem:
    rule, level, title, notes = _told(finding)
    span = finding.site.span
    return Problem(rule, level, title, file.path, span, (named(finding), *notes), finding)


def _told(finding: Finding) -> tuple[Rule, Level, str, tuple[str, ...]]:
    name, kind = finding.site.name, finding.kind.value
    match finding.verdict:
        case Refuted(_, story):
            cause = (story.cause.text,) if story.cause else ()
            rule = rules.of_kind(finding.kind)
            title = f"{name} {headline(finding.kind, finding.view)}"
            return rule, Level.ERROR, title, (*cause, rule.help)
        case Unknown(reason, help_):
            title = f"{name}: {kind} is undecided: {reason}"
            # The alert that a refutation was stays the same one while nothing is known.
            return rules.of_kind(finding.kind), Level.WARNING, title, (help_,) if help_ else ()
        case Vacuous():
            return rules.VACUOUS, Level.WARNING, f"{name} {rules.VACUOUS.text}", ()
        case Proved():
            return rules.UNREACHED, Level.WARNING, f"{name} {rules.UNREACHED.text}", ()
        case _:
            assert_never(finding.verdict)
