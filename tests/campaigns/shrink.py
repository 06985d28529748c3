"""Make a specification smaller while something stays true of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator


def shrunk(text: str, stays: Callable[[str], bool]) -> str:
    """Return a text of which no line, and no block with its braces, can go while *stays* is true.

    *stays* is true of *text* itself; it must be false of what is no specification.
    """
    lines = text.splitlines()
    smaller = True
    while smaller:
        smaller = False
        for candidate in _candidates(lines):
            if stays("\n".join(candidate) + "\n"):
                lines, smaller = candidate, True
                break
    return "\n".join(lines) + "\n"


def _candidates(lines: list[str]) -> Iterator[list[str]]:
    """Yield *lines* without a block, without the braces around one, or without one line."""
    for start, line in enumerate(lines):
        if line.rstrip().endswith("{"):
            end = _closing(lines, start)
            if end is not None:
                yield lines[:start] + lines[end + 1 :]
                yield lines[:start] + lines[start + 1 : end] + lines[end + 1 :]
    for number, line in enumerate(lines):
        if line.strip() and not line.startswith("//"):
            yield lines[:number] + lines[number + 1 :]


def _closing(lines: list[str], start: int) -> int | None:
    """Return the line that closes the block which *start* opens: the next as far to the left."""
    margin = len(lines[start]) - len(lines[start].lstrip())
    for number in range(start + 1, len(lines)):
        line = lines[number]
        if line.strip() and len(line) - len(line.lstrip()) <= margin:
            return number if line.strip().endswith("}") else None
    return None
