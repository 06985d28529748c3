"""Every node of a typed tree, without following calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass

from cecheck.sema import typed

_LEAF = frozenset({"span", "type", "site"})


def nodes(tree: object) -> Iterator[object]:
    """Yield every node of a typed tree, without following calls."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack += node
        elif is_dataclass(node) and type(node).__module__ == typed.__name__:
            yield node
            if not isinstance(node, typed.Variable | typed.FunctionRef | typed.FieldLayout):
                stack += [getattr(node, f.name) for f in fields(node) if f.name not in _LEAF]


def called(functions: Mapping[str, typed.Function], roots: Iterable[object]) -> dict[str, None]:
    """Return the keys of the functions that *roots* call, and that those call."""
    found: dict[str, None] = {}
    pending = list(roots)
    while pending:
        for node in nodes(pending.pop()):
            if isinstance(node, typed.CallExpr) and node.function.key not in found:
                found[node.function.key] = None
                if node.function.key in functions:
                    pending.append(functions[node.function.key].body)
    return found
