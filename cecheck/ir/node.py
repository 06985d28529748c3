"""Interned nodes and `fold`, the only traversal of expressions.

Equal nodes are one object, so comparing and hashing cost nothing however large a graph is, and
shared parts are visited once.  Nodes are built with positional arguments and never pickled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Protocol, TypeVar


class Interned(type):
    """Metaclass: calling a class with equal arguments gives the very same object.

    Nodes live as long as the process; a specification has its own, or its own child.
    """

    _table: ClassVar[dict[tuple[Any, ...], Any]] = {}

    def __call__(cls, *args: Any) -> Any:
        key = (cls, *args)
        found = Interned._table.get(key)
        if found is None:
            found = super().__call__(*args)
            Interned._table[key] = found
        return found


class Node(Protocol):
    """Anything `fold` can walk."""

    @property
    def children(self) -> tuple[Any, ...]: ...


N = TypeVar("N", bound=Node)
R = TypeVar("R")


def fold(root: N, visit: Callable[[N, tuple[R, ...]], R], results: dict[N, R] | None = None) -> R:
    """Return ``visit(root, ...)``, where each node is given its children's results.

    *results*, when given, is read and extended: passing one table to several folds shares work.
    """
    if results is None:
        results = {}
    stack: list[N] = [root]
    while stack:
        node = stack[-1]
        if node in results:
            stack.pop()
            continue
        is_ready = True
        for child in node.children:
            if child not in results:
                stack.append(child)
                is_ready = False
        if is_ready:
            stack.pop()
            results[node] = visit(node, tuple([results[child] for child in node.children]))
    return results[root]
