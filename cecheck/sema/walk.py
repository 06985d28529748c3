"""Every node of a typed tree, without following calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from cecheck.sema import typed

_LEAF = frozenset({"span", "type", "site"})
_WHOLE = (typed.Variable, typed.FunctionRef, typed.FieldLayout)  # known by name, not taken apart
_PARTS: dict[type, tuple[str, ...] | None] = {}  # of each class: elaboration asks for each node


def nodes(tree: object) -> Iterator[object]:
    """Yield every node of a typed tree, without following calls."""
    for node, _ in levels(tree):
        yield node


def levels(tree: object) -> Iterator[tuple[object, int]]:
    """Yield every node of a typed tree, and how many others it is in."""
    stack: list[tuple[Any, int]] = [(tree, 0)]
    while stack:
        node, level = stack.pop()
        if isinstance(node, tuple):
            stack += [(part, level) for part in node]
        elif (parts := _parts(type(node))) is not None:
            yield node, level
            stack += [(getattr(node, name), level + 1) for name in parts]


def inner(node: Any) -> dict[str, object]:
    """Return what *node* of a typed tree is made of, by field: nodes, tuples of them, and words."""
    return {name: getattr(node, name) for name in _parts(type(node)) or ()}


def _parts(kind: type[Any]) -> tuple[str, ...] | None:
    """Return the fields of a node that are part of the tree, or None for what is no node."""
    if kind not in _PARTS:
        if not is_dataclass(kind) or kind.__module__ != typed.__name__:
            _PARTS[kind] = None
        elif issubclass(kind, _WHOLE):
            _PARTS[kind] = ()
        else:
            _PARTS[kind] = tuple(f.name for f in fields(kind) if f.name not in _LEAF)
    return _PARTS[kind]


def has_element(place: typed.Place) -> bool:
    """Tell whether *place* is an element of an array in driver memory, or inside one."""
    match place:
        case typed.ElementPlace():
            return True
        case typed.FieldPlace():
            return has_element(place.base)
        case _:
            return False


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
