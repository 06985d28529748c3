"""Every node of a syntax tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from cecheck.syntax import ast


def nodes(tree: object) -> Iterator[object]:
    """Yield every node of *tree*, a node or a tuple of them, the outer ones first."""
    pending = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, tuple):
            pending += reversed(node)
        elif is_dataclass(node) and type(node).__module__ == ast.__name__:
            yield node
            pending += [getattr(node, item.name) for item in reversed(fields(node))]
