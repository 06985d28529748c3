"""A report as JUnit XML, in the dialect that Jenkins, GitLab and GitHub reporters share.

A test case for each check of each site in each view; `failure` is what is refuted, `error` what
could not be decided, `skipped` what can never be reached.  Where everything is as the specification
expects it, nothing failed: the exit status says the same.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, assert_never

from cecheck.diagnostics import Severity
from cecheck.report.exit_status import ExitStatus, file_status, is_as_expected
from cecheck.report.model import (
    FileReport,
    Finding,
    Met,
    Proved,
    Reach,
    Refuted,
    Report,
    Unknown,
    Vacuous,
)
from cecheck.report.paint import Paint, plain
from cecheck.report.snippet import diagnostic_text
from cecheck.report.story_text import story_text
from cecheck.report.words import headline

_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # XML 1.0, 2.2


def render(report: Report) -> str:
    """Return *report* as text that ends in a newline."""
    from junitparser import JUnitXml  # noqa: PLC0415  (needed here alone)

    whole: Any = JUnitXml("cecheck")
    for file in report.files:
        whole.append(_suite(file))  # `add_testsuite` would merge those that look alike
    whole.update_statistics()
    for suite, file in zip(whole, report.files, strict=True):  # which the statistics forgot
        suite.time = round(sum(time for _, time in file.seconds), 3)
    whole.time = round(report.seconds, 3)
    text = whole.tostring().decode("utf-8")
    head, _, body = text.partition("?>\n")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body if body else head}'.rstrip() + "\n"


def _suite(file: FileReport) -> Any:
    from junitparser import TestSuite  # noqa: PLC0415

    suite = TestSuite(_text(file.path))
    names = Counter[tuple[str, str]]()
    for name, client, line, entry in _cases(file):
        driver = f"{_text(file.path)}::{_text(client)}" if client else _text(file.path)
        names[driver, name] += 1
        count = names[driver, name]  # GitLab drops the second of two that have one name
        suite.add_testcase(_case(driver, f"{name} #{count}" if count > 1 else name, line, entry))
    return suite


def _case(driver: str, name: str, line: int, entry: Any) -> Any:
    from junitparser import Attr, TestCase  # noqa: PLC0415

    class Placed(TestCase):
        file = Attr()
        line = Attr()

    case: Any = Placed(name, classname=driver, time=0.0)
    case.file, case.line = driver.partition("::")[0], str(line)
    if entry is not None:
        case.result = [entry]
    return case


def _cases(file: FileReport) -> list[tuple[str, str, int, Any]]:
    """Return (name, client, line, result) for everything about *file*; no result is success."""
    from junitparser import Error, Failure  # noqa: PLC0415

    found = [
        (
            _name(finding), finding.client or finding.thread, finding.site.span.line,
            None if is_as_expected(file) and _is_answer(finding) else _result(finding),
        )
        for finding in file.findings
    ]
    for outcome in file.outcomes:
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
    return found


def _is_answer(finding: Finding) -> bool:
    """Tell whether an `expect` line may have asked for what was found."""
    is_open = isinstance(finding.verdict, Unknown) and not finding.verdict.pursued
    return not is_open and not isinstance(finding.verdict, Vacuous)


def _name(finding: Finding) -> str:
    return _text(f"{finding.kind.value} @ {finding.site.name} ({finding.view.value})")


def _result(finding: Finding) -> Any:
    from junitparser import Error, Failure, Skipped  # noqa: PLC0415

    match finding.verdict:
        case Refuted():
            said = f"{finding.site.name} {headline(finding.kind, finding.view)}"
            failure = Failure(_text(said), "REFUTED")
            failure.text = _text("\n".join(story_text(finding, Paint.PLAIN)))
            return failure
        case Unknown(pursued=False):
            return Skipped("nothing that is expected rests on it")
        case Unknown(reason=reason, help=help_):
            error = Error(_text(reason), "UNKNOWN")
            error.text = _text(help_ or "")
            return error
        case Vacuous():
            return Skipped("can never be reached")
        case Proved(reach=Reach.NOT_SHOWN):
            return Error("proved, but no run was found that gets there", "UNKNOWN")
        case Proved():
            return None
        case _:
            assert_never(finding.verdict)


def _text(text: str) -> str:
    """Return *text* with nothing in it that XML has no place for, or that moves a cursor."""
    return "\n".join(plain(line) for line in _NO_XML.sub("?", text).split("\n"))
