"""A report as Markdown: the summary of a job, with a table of the files and of what is wrong."""

from __future__ import annotations

import re

from cecheck.report.addresses import relative
from cecheck.report.exit_status import MEANINGS, exit_status
from cecheck.report.model import FileReport, Met, Refuted, Report
from cecheck.report.paint import plain
from cecheck.report.problems import Problem, problems
from cecheck.report.to_text import verdict_word

_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&@:$^])")
_MOST = 200  # rows: a summary may have 1 MiB


def render(report: Report) -> str:
    """Return *report* as text that ends in a newline."""
    status = exit_status(report)
    rows = [_wrong(problem) for problem in problems(report)]
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
    lines += [line for file in report.files[:_MOST] for line in _repair(file)]
    return "\n".join(lines) + "\n"


def _repair(file: FileReport) -> list[str]:
    """Return a repair of what is refuted: its name, and the diff as a block that nothing ends."""
    if file.repair is None:
        return []
    told = [plain(line) for line in file.repair.diff]
    longest = max(map(len, re.findall("`+", "\n".join(told))), default=0)
    fence = "`" * max(3, longest + 1)
    title = f"A repair that is proved: {_text(file.repair.name)}"
    return ["", title, "", f"{fence}diff", *told, fence]


def _row(file: FileReport) -> str:
    expects = any(outcome.expectation for outcome in file.outcomes)
    met = all(outcome.met is Met.YES for outcome in file.outcomes)
    verdict = "INTERNAL ERROR" if file.crash else verdict_word(file)
    verdict = f"{len(file.diagnostics)} errors" if file.has_errors else verdict
    answer = ("yes" if met else "**no**") if expects else ""
    seconds = sum(time for _, time in file.seconds)
    return f"| {_text(relative(file.path))} | {verdict} | {answer} | {seconds:.1f} |"


def _wrong(problem: Problem) -> str:
    """Return the row of a problem."""
    where = relative(problem.span.source.path if problem.span else problem.path)
    where += f":{problem.span.line}" if problem.span else ""
    finding = problem.finding
    words = [where, problem.rule.id, "", "", problem.title]
    if finding is not None:
        cause = finding.verdict.story.cause if isinstance(finding.verdict, Refuted) else None
        why = problem.title + (f": {cause.name}" if cause else "")
        words = [where, finding.kind.value, finding.site.name, finding.view.value, why]
    return f"| {' | '.join(map(_text, words))} |"


def _text(text: str) -> str:
    """Return *text* as it is, on one line, with nothing that Markdown or HTML would obey."""
    return _SPECIAL.sub(r"\\\1", plain(text)).replace("\\<", "&lt;").replace("\\>", "&gt;")
