"""A report as annotations of GitHub Actions: the most important ones, for only few are shown."""

from __future__ import annotations

from collections.abc import Iterator

from cecheck.diagnostics import Severity
from cecheck.report.model import FileReport, Finding, Refuted, Report, Unknown, Vacuous
from cecheck.report.paint import plain
from cecheck.report.words import headline
from cecheck.source import Span

MOST = 10  # of one kind are shown for one step of a job


def render(report: Report) -> str:
    """Return *report* as text that ends in a newline, or as nothing if all is well."""
    lines = sorted(_lines(report), key=lambda pair: pair[0])
    shown = [line for _, line in lines[:MOST]]
    if len(lines) > MOST:
        shown.append(f"::notice::cecheck: {len(lines) - MOST} more are in the report")
    return "".join(f"{line}\n" for line in shown)


def _lines(report: Report) -> Iterator[tuple[int, str]]:
    """Yield (weight, annotation): crashes, errors, refutations, what is open, warnings."""
    for file in report.files:
        if file.crash is not None:
            yield 0, f"::error file={_value(file.path)}::{_data(f'a bug in cecheck: {file.crash}')}"
        for diagnostic in file.diagnostics:
            is_error = diagnostic.code.severity is Severity.ERROR
            text = f"{diagnostic.message}\n{diagnostic.help or ''}".strip()
            line = _annotation(
                "error" if is_error else "warning", diagnostic.span, diagnostic.code.number, text
            )
            yield (1 if is_error else 4), line
        yield from _findings(file)


def _findings(file: FileReport) -> Iterator[tuple[int, str]]:
    missed = any(outcome.why for outcome in file.outcomes)
    for finding in file.findings if missed else ():
        title = f"{finding.kind.value} at {finding.site.name}"
        match finding.verdict:
            case Refuted():
                yield 2, _annotation("error", finding.site.span, title, _refuted(finding))
            case Unknown(reason=reason, pursued=True):
                yield 3, _annotation("warning", finding.site.span, title, f"undecided: {reason}")
            case Vacuous():
                yield 3, _annotation("warning", finding.site.span, title, "can never be reached")
            case _:
                pass


def _refuted(finding: Finding) -> str:
    assert isinstance(finding.verdict, Refuted)
    cause = finding.verdict.story.cause
    why = f"\n{cause.name}: {cause.text}" if cause else ""
    return f"{finding.site.name} {headline(finding.kind, finding.view)}{why}"


def _annotation(kind: str, span: Span, title: str, text: str) -> str:
    line, column = span.source.line_column(span.start)
    end_line, end_column = span.source.line_column(span.end)
    place = f"file={_value(span.source.path)},line={line},col={column}"
    place += f",endLine={end_line},endColumn={end_column}"
    return f"::{kind} {place},title={_value(title)}::{_data(text)}"


def _data(text: str) -> str:
    """Return *text* as the message of a command: only what a runner decodes is encoded."""
    lines = text.split("\n")
    return "%0A".join(plain(line).replace("%", "%25") for line in lines)


def _value(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
