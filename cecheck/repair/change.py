"""Edits of a text: changes at offsets, what they make of it, how large they are."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from cecheck.record import record

_TOKEN = re.compile(r"\w+|[^\w\s]")


@record
class Change:
    """The characters from offset *start* to *end* (half open) become *text*."""

    start: int
    end: int
    text: str


def replaced(node: Any, text: str) -> Change:
    """Return the change that writes *text* for a node of the tree."""
    return Change(node.span.start, node.span.end, text)


@record
class Edit:
    """What a driver engineer would call *name*: *changes* that are to be made at once."""

    name: str
    changes: tuple[Change, ...]


def applied(text: str, changes: Iterable[Change]) -> str:
    """Return *text* after *changes*.  Insertions at one offset keep their order."""
    parts, last = [], 0
    for change in sorted(changes, key=lambda one: (one.start, one.end)):
        if change.start < last:
            raise ValueError("changes overlap")
        parts += [text[last : change.start], change.text]
        last = change.end
    return "".join([*parts, text[last:]])


def overlap(changes: Iterable[Change]) -> bool:
    """Tell whether two of *changes* touch the same characters."""
    ordered = sorted(changes, key=lambda one: (one.start, one.end))
    return any(b.start < a.end for a, b in pairwise(ordered))


def size(old: str, new: str) -> tuple[int, int]:
    """Return how many lines are written or taken away, then how many tokens are.

    A line that changes is one line.
    """
    before, after = old.splitlines(), new.splitlines()
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    lines = tokens = 0
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            lines += max(b - a, d - c)
            tokens += _tokens("\n".join(before[a:b]), "\n".join(after[c:d]))
    return lines, tokens


def _tokens(old: str, new: str) -> int:
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    return sum(
        max(b - a, d - c) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"
    )


def diff(path: str, old: str, new: str) -> tuple[str, ...]:
    """Return the lines of a unified diff that `patch` takes, with one line of context."""
    lines = difflib.unified_diff(
        old.splitlines(), new.splitlines(), f"a/{path}", f"b/{path}", n=1, lineterm=""
    )
    return tuple(lines)
