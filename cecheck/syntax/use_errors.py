"""One function per diagnostic about a file that another one uses."""

from __future__ import annotations

from cecheck.diagnostics import Code, Diagnostic, Note
from cecheck.source import Span

_SHORT = 40


def no_path(span: Span, text: str) -> Diagnostic:
    """Return that a use names nothing that could be a file of the project."""
    shown = text if len(text) <= _SHORT else f"{text[: _SHORT - 3]}..."
    return Diagnostic(
        Code.UNUSABLE_FILE,
        f"`{shown}` is not the path of a file in the project",
        span,
        help="write a path from the folder of this file, such as `lib/request.ce`: letters A to Z, "
        "digits, `_ - .`, spaces and `/`, ending in `.ce`",
    )


def outside_project(span: Span, text: str, marker: str) -> Diagnostic:
    """Return that a use leads out of the project, by its path or by a link."""
    return Diagnostic(
        Code.UNUSABLE_FILE,
        f"`{text}` lies outside the project",
        span,
        help=f"the project is the nearest folder above with a file `{marker}`, without one the "
        "folder of the file that is verified",
    )


def unreadable(span: Span, text: str, reason: str | None) -> Diagnostic:
    """Return that the file is not there, or for what *reason* it cannot be read."""
    words = f"there is no file `{text}`" if reason is None else f"cannot read `{text}`: {reason}"
    tip = "a path begins in the folder of the file that uses it" if reason is None else None
    return Diagnostic(Code.UNUSABLE_FILE, words, span, help=tip)


def uses_itself(span: Span, names: list[str], through: list[Span]) -> Diagnostic:
    """Return that files use each other in a circle, *names* being its stations."""
    return Diagnostic(
        Code.UNUSABLE_FILE,
        f"`{names[0]}` uses itself: {' → '.join(names)}",
        span,
        tuple(Note("by way of this use", place) for place in through),
        "put what both need into a third file",
    )


def uses_too_deep(span: Span, limit: int) -> Diagnostic:
    """Return that more than *limit* files use each other in a row."""
    return Diagnostic(Code.TOO_LARGE, f"more than {limit} files use each other in a row", span)


def too_many_files(span: Span, limit: int) -> Diagnostic:
    """Return that more than *limit* files are used."""
    return Diagnostic(Code.TOO_LARGE, f"a specification uses at most {limit} files", span)


def files_too_long(span: Span, limit: int) -> Diagnostic:
    """Return that the files used are together larger than *limit*."""
    words = f"the files that are used are together larger than {limit:,} bytes"
    return Diagnostic(Code.TOO_LARGE, words, span)
