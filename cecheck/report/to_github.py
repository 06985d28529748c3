"""A report as annotations of GitHub Actions: the most important ones, for only few are shown."""

from __future__ import annotations

from typing import Final

from cecheck.report.addresses import relative
from cecheck.report.model import Report
from cecheck.report.paint import plain
from cecheck.report.problems import Problem, problems

MOST: Final = 10  # of one kind are shown for one step of a job


def render(report: Report) -> str:
    """Return *report* as text that ends in a newline, or as nothing if all is well."""
    found = problems(report)
    shown = [_annotation(problem) for problem in found[:MOST]]
    if len(found) > MOST:
        shown.append(f"::notice::cecheck: {len(found) - MOST} more are in the report")
    return "".join(f"{line}\n" for line in shown)


def _annotation(problem: Problem) -> str:
    finding = problem.finding
    title = f"{finding.kind.value} at {finding.site.name}" if finding else problem.rule.id
    properties = [*_place(problem), f"title={_value(title)}"]
    text = _data("\n".join([problem.title, *problem.notes]))
    return f"::{problem.level.value} {','.join(properties)}::{text}"


def _place(problem: Problem) -> list[str]:
    span = problem.span
    if span is None:
        return [f"file={_value(relative(problem.path))}"] if problem.path else []
    line, column = span.source.line_column(span.start)
    last, end = span.source.line_column(span.end)
    place = [f"file={_value(relative(span.source.path))}", f"line={line}", f"endLine={last}"]
    # GitHub takes columns within one line only.
    return place + ([f"col={column}", f"endColumn={end}"] if line == last else [])


def _data(text: str) -> str:
    """Return *text* as the message of a command: only what a runner decodes is encoded."""
    lines = text.split("\n")
    return "%0A".join(plain(line).replace("%", "%25") for line in lines)


def _value(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
