"""A report as JUnit XML, in the dialect that Jenkins, GitLab and GitHub reporters share.

A test case for each check of each site in each view; `failure` is what is wrong, `error` what could
not be decided.  What is as the specification expects it passes; what it leaves open, or a baseline
accepts, is `skipped`, for nobody proved it.  Something fails exactly if the exit status says so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import Any, TypeAlias, assert_never

from cecheck.diagnostics import Severity
from cecheck.report import rules
from cecheck.report.addresses import relative
from cecheck.report.exit_status import ExitStatus, file_status
from cecheck.report.expect import is_expected
from cecheck.report.model import (
    FileReport,
    Finding,
    Met,
    Proved,
    Refuted,
    Report,
    Unknown,
    Vacuous,
)
from cecheck.report.paint import Paint, plain
from cecheck.report.problems import Problem, failures, of_run
from cecheck.report.snippet import diagnostic_text
from cecheck.report.story_text import story_text
from cecheck.report.words import headline

_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # XML 1.0, 2.2


def render(report: Report) -> str:
    """Return *report* as text that ends in a newline."""
    from junitparser import JUnitXml  # noqa: PLC0415  (needed here alone)

    whole: Any = JUnitXml("cecheck")
    # `add_testsuite` would merge those that look alike.
    paths: Counter[str] = Counter()  # a file may be given twice, as `a.ce` and `./a.ce`
    for file in report.files:
        path = _text(relative(file.path))
        paths[path] += 1
        name = f"{path} #{paths[path]}" if paths[path] > 1 else path
        whole.append(_suite(name, path, _cases(file)))
    about_all = list(of_run(report))
    if about_all:
        whole.append(_suite("cecheck", "", [_wrong(problem) for problem in about_all]))
    whole.update_statistics()
    for suite, file in zip(whole, report.files, strict=False):  # which the statistics forgot
        suite.time = round(sum(time for _, time in file.seconds), 3)
    whole.time = round(report.seconds, 3)
    text = whole.tostring().decode("utf-8")
    head, _, body = text.partition("?>\n")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body if body else head}'.rstrip() + "\n"


# Of a test case: its name, the client it is about, its line, the result; none is success.
_Case: TypeAlias = tuple[str, str, int, Any]


def _suite(title: str, path: str, cases: Iterable[_Case]) -> Any:
    from junitparser import TestSuite  # noqa: PLC0415

    suite = TestSuite(title)
    names = Counter[tuple[str, str]]()
    for name, client, line, entry in cases:
        driver = f"{title}::{_text(client)}" if client else title
        names[driver, name] += 1
        count = names[driver, name]  # GitLab drops the second of two that have one name
        case = _cases_with_places()(f"{name} #{count}" if count > 1 else name, driver, 0.0)
        if path:
            case.file, case.line = path, str(line)
        if entry is not None:
            case.result = [entry]
        suite.add_testcase(case)
    return suite


@cache
def _cases_with_places() -> Any:
    """Return the class of a test case that has a place, which viewers link to."""
    from junitparser import Attr, TestCase  # noqa: PLC0415

    return type("Placed", (TestCase,), {"file": Attr("file"), "line": Attr("line")})


def _cases(file: FileReport) -> list[_Case]:
    """Return everything about *file*, as cases."""
    from junitparser import Error, Failure  # noqa: PLC0415

    wrong = {id(finding) for finding in failures(file)}
    answered = file.crash is None and not file.has_errors
    found = [
        (
            _name(finding), finding.client or finding.thread, finding.site.span.line,
            _result(finding) if id(finding) in wrong else _open(file, number, finding),
        )
        for number, finding in enumerate(file.findings)
        if answered
    ]
    for outcome in file.outcomes if answered else ():
        line = outcome.expectation
        if line is not None and outcome.met is not Met.YES:
            kind = Failure if outcome.met is Met.NO else Error
            missed = kind(_text(outcome.why), "EXPECTATION")
            name = " ".join(line.span.text.split())
            found.append((f"expect: {_text(name)}", "", line.span.line, missed))
    if file.crash is not None:
        found.append(("cecheck", "", 1, Error(_text(file.crash), "INTERNAL ERROR")))
    for diagnostic in file.diagnostics:
        if diagnostic.code.severity is not Severity.ERROR:
            continue
        error = Error(_text(diagnostic.message), diagnostic.code.number)
        error.text = _text(diagnostic_text(diagnostic))
        found.append((f"{diagnostic.code.number} is not there", "", diagnostic.span.line, error))
    if not found and file_status(file) is ExitStatus.UNDECIDED:
        why = "; ".join(outcome.why for outcome in file.outcomes)
        found.append(("cecheck", "", 1, Error(_text(why), "UNKNOWN")))
    if not found and not file.library:
        found.append(("cecheck", "", 1, Error(rules.NOTHING.text, "NOTHING TO CHECK")))
    return found


def _wrong(problem: Problem) -> _Case:
    """Return a case for what is wrong with the run as a whole."""
    from junitparser import Error, Failure  # noqa: PLC0415

    kind = Failure if problem.rule is rules.BASELINE else Error
    word = problem.rule.id.removeprefix("cecheck/")
    return word, "", 1, kind(_text(problem.title), word.upper())


def _open(file: FileReport, number: int, finding: Finding) -> Any:
    """Return the result of a finding that breaks no expectation."""
    from junitparser import Skipped  # noqa: PLC0415

    if number in file.excused:
        return Skipped("accepted, by the baseline or --allow")
    if isinstance(finding.verdict, Proved) or is_expected(file, finding):
        return None
    word = type(finding.verdict).__name__.lower()
    return Skipped(f"{word}; nothing that is expected rests on it")


def _name(finding: Finding) -> str:
    return _text(f"{finding.kind.value} @ {finding.site.name} ({finding.view.value})")


def _result(finding: Finding) -> Any:
    """Return the result of a finding that breaks an expectation."""
    from junitparser import Error, Failure  # noqa: PLC0415

    match finding.verdict:
        case Refuted():
            said = f"{finding.site.name} {headline(finding.kind, finding.view)}"
            failure = Failure(_text(said), "REFUTED")
            failure.text = _text("\n".join(story_text(finding, Paint.PLAIN)))
            return failure
        case Unknown(reason=reason, help=help_):
            error = Error(_text(reason), "UNKNOWN")
            error.text = _text(help_ or "")
            return error
        case Vacuous():
            return Failure(rules.VACUOUS.text, "VACUOUS")
        case Proved():
            return Error(rules.UNREACHED.text, "UNREACHED")
        case _:
            assert_never(finding.verdict)


def _text(text: str) -> str:
    """Return *text* with nothing in it that XML has no place for, or that moves a cursor."""
    return "\n".join(plain(line) for line in _NO_XML.sub("?", text).split("\n"))
