"""Source lines with what is meant underlined, and diagnostics as text."""

from __future__ import annotations

from cecheck.diagnostics import Diagnostic, Severity
from cecheck.report.paint import Paint, Style, plain, shown_path
from cecheck.source import Span

# So much of a line is shown before, inside and after the part that is meant.
_BEFORE, _INSIDE, _AFTER = 90, 60, 30


def snippet(span: Span, mark: str = "^", paint: Paint = Paint.PLAIN) -> str:
    """Return the line *span* starts on, and a line of *mark* under it."""
    number, column = span.source.line_column(span.start)
    line = span.source.line(number)
    start, length = column - 1, max(span.end - span.start, 1)
    before, cut_left = _tail(line[:start], _BEFORE)
    inside = line[start : start + min(length, _INSIDE)]
    after, cut_right = _head(line[start + len(inside) :], _AFTER + _INSIDE - len(inside))
    left, middle = cut_left + plain(before), plain(inside)
    gutter = " " * len(str(number))
    under = paint(Style.BAD if mark == "^" else Style.QUIET, mark * max(len(middle), 1))
    return (
        f" {number} | {left}{middle}{plain(after)}{cut_right}".rstrip()
        + f"\n {gutter} | {' ' * len(left)}{under}"
    )


def _tail(text: str, width: int) -> tuple[str, str]:
    return (text, "") if len(text) <= width else (text[-width:], "…")


def _head(text: str, width: int) -> tuple[str, str]:
    return (text, "") if len(text) <= width else (text[:width], "…")


def place(span: Span) -> str:
    """Return ``path:line:column``."""
    line, column = span.source.line_column(span.start)
    return f"{shown_path(span.source.path)}:{line}:{column}"


def diagnostic_text(diagnostic: Diagnostic, paint: Paint = Paint.PLAIN) -> str:
    """Return *diagnostic* as it is shown: place, code, message, line, notes, help."""
    code = diagnostic.code
    style = Style.BAD if code.severity is Severity.ERROR else Style.DOUBT
    kind = paint(style, f"{code.severity.value}[{code.number}]")
    lines = [
        f"{place(diagnostic.span)}: {kind}: {plain(diagnostic.message)}",
        snippet(diagnostic.span, "^", paint),
    ]
    for note in diagnostic.notes:
        lines.append(f"{place(note.span)}: note: {plain(note.message)}")
        lines.append(snippet(note.span, "-", paint))
    if diagnostic.help:
        lines.append(f"help: {plain(diagnostic.help)}")
    return "\n".join(lines)
