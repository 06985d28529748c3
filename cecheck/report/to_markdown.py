"""A report as Markdown: the summary of a job, with a table of the files and of what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cecheck.report.exit_status import MEANINGS, exit_status, file_status
from cecheck.report.model import FileReport, Finding, Met, Refuted, Report, Unknown, Vacuous
from cecheck.report.paint import plain
from cecheck.report.to_text import verdict_word
from cecheck.report.words import headline

_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&@:$^])")
_MOST = 200  # rows: a summary may have 1 MiB


def render(report: Report) -> str:
    """Return *report* as text that ends in a newline."""
    status = exit_status(report)
    rows = [row for file in report.files for row in _wrong(file)]
    lines = ["# cecheck", "", f"Exit status {int(status)}: {MEANINGS[status]}.", ""]
    if rows:
        lines += ["| specification | check | site | view | why |", "|---|---|---|---|---|"]
        lines += rows[:_MOST]
        lines += [f"\n{len(rows) - _MOST} more are in the report."] if len(rows) > _MOST else []
        lines.append("")
    lines += ["| specification | verdict | as expected | seconds |", "|---|---|---|---|"]
    lines += [_row(file) for file in report.files[:_MOST]]
    hidden = len(report.files) - _MOST
    lines += [f"\n{hidden} more are in the report."] if hidden > 0 else []
    return "\n".join(lines) + "\n"


def _row(file: FileReport) -> str:
    expects = any(outcome.expectation for outcome in file.outcomes)
    met = all(outcome.met is Met.YES for outcome in file.outcomes)
    verdict = "INTERNAL ERROR" if file.crash else verdict_word(file)
    verdict = f"{len(file.diagnostics)} errors" if file.has_errors else verdict
    answer = ("yes" if met else "**no**") if expects else ""
    seconds = sum(time for _, time in file.seconds)
    return f"| {_text(file.path)} | {verdict} | {answer} | {seconds:.1f} |"


def _wrong(file: FileReport) -> Iterator[str]:
    """Yield a row for what keeps a specification from being as it should be."""
    for diagnostic in file.diagnostics:
        where = f"{file.path}:{diagnostic.span.line}"
        yield f"| {_text(where)} | {diagnostic.code.number} | | | {_text(diagnostic.message)} |"
    if int(file_status(file)) == 0:
        return
    for finding in file.findings:
        why = _why(finding)
        if why:
            where = f"{file.path}:{finding.site.span.line}"
            words = (where, finding.kind.value, finding.site.name, finding.view.value, why)
            yield f"| {' | '.join(_text(word) for word in words)} |"
    if file.crash is not None:
        yield f"| {_text(file.path)} | | | | {_text(f'a bug in cecheck: {file.crash}')} |"


def _why(finding: Finding) -> str:
    match finding.verdict:
        case Refuted(story=story):
            cause = f": {story.cause.name}" if story.cause else ""
            return f"{headline(finding.kind, finding.view)}{cause}"
        case Unknown(reason=reason, pursued=True):
            return f"undecided: {reason}"
        case Vacuous():
            return "can never be reached"
        case _:
            return ""


def _text(text: str) -> str:
    """Return *text* as it is, on one line, with nothing that Markdown or HTML would obey."""
    return _SPECIAL.sub(r"\\\1", plain(text)).replace("\\<", "&lt;").replace("\\>", "&gt;")
