"""The places that the unified diff of a repair changes, as regions of the text before it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cecheck.record import record

_HEAD = re.compile(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@")


@record
class Hunk:
    """The *removed* lines from line *first* on (counted from 1) become the *added* lines."""

    first: int
    removed: tuple[str, ...]
    added: tuple[str, ...]


def hunks(diff: Sequence[str]) -> Iterator[Hunk]:
    """Yield the places that *diff*, a unified diff of one file, changes, without context."""
    line = 0
    removed: list[str] = []
    added: list[str] = []
    for text in (*diff[2:], " "):
        if text[:1] in ("+", "-"):
            (added if text[0] == "+" else removed).append(text[1:])
            continue
        if removed or added:
            yield Hunk(line, tuple(removed), tuple(added))
            line += len(removed)
            removed, added = [], []
        if head := _HEAD.fullmatch(text):
            line = int(head[1]) + (head[2] == "0")  # an empty range is behind the line it names
        else:
            line += 1
