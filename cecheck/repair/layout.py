"""Where in a text new statements go, so that the result looks as if it had been written so."""

from __future__ import annotations

from cecheck.repair.change import Change
from cecheck.repair.tree import Node

STEP = "    "


def _line(text: str, offset: int) -> tuple[int, int]:
    """Return where the line of *offset* begins and ends."""
    end = text.find("\n", offset)
    return text.rfind("\n", 0, offset) + 1, len(text) if end < 0 else end


def _stands_first(text: str, node: Node) -> bool:
    return not text[_line(text, node.span.start)[0] : node.span.start].strip()


def _stands_last(text: str, node: Node) -> bool:
    rest = text[node.span.end : _line(text, node.span.end)[1]].strip()
    return not rest or rest.startswith("//")


def indent(text: str, node: Node) -> str:
    """Return the blanks that the line of *node* begins with."""
    line = text[slice(*_line(text, node.span.start))]
    return line[: len(line) - len(line.lstrip())]


def before(text: str, node: Node, statement: str) -> Change:
    """Return the change that writes *statement* before *node*."""
    gap = f"\n{indent(text, node)}" if _stands_first(text, node) else "  "
    return Change(node.span.start, node.span.start, f"{statement}{gap}")


def after(text: str, node: Node, statement: str) -> Change:
    """Return the change that writes *statement* after *node*."""
    if _stands_first(text, node) and _stands_last(text, node):
        end = _line(text, node.span.end)[1]
        return Change(end, end, f"\n{indent(text, node)}{statement}")
    return Change(node.span.end, node.span.end, f"  {statement}")


def removed(text: str, node: Node) -> Change:
    """Return the change that takes the statement *node* away, with its line if it has one."""
    start, end = node.span.start, node.span.end
    if _stands_first(text, node) and _stands_last(text, node):
        first, last = _line(text, start)[0], _line(text, end)[1]
        return Change(first, min(last + 1, len(text)), "")
    while end < len(text) and text[end] == " ":
        end += 1
    return Change(start, end, "")


def wrapped(text: str, nodes: tuple[Node, ...], head: str, tail: str) -> tuple[Change, ...]:
    """Return the changes that put *nodes*, which follow each other, between *head* and *tail*.

    One line stays one line; more get lines of their own, one step further in.
    """
    start, end = nodes[0].span.start, nodes[-1].span.end
    if "\n" not in text[start:end] or not _stands_first(text, nodes[0]):
        return (Change(start, start, f"{head} "), Change(end, end, f" {tail}"))
    margin = indent(text, nodes[0])
    last = _line(text, end)[1] if _stands_last(text, nodes[-1]) else end
    inside = text[start:last].replace("\n", f"\n{STEP}")
    return (Change(start, last, f"{head}\n{margin}{STEP}{inside}\n{margin}{tail}"),)
