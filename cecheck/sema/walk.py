"""Every node of a typed tree, without following calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass

from cecheck.sema import typed

_LEAF = frozenset({"span", "type", "site"})


def nodes(tree: object) -> Iterator[object]:
    """Yield every node of a typed tree, without following calls."""
    for node, _ in levels(tree):
        yield node


def levels(tree: object) -> Iterator[tuple[object, int]]:
    """Yield every node of a typed tree, and how many others it is in."""
    stack = [(tree, 0)]
    while stack:
        node, level = stack.pop()
        if isinstance(node, tuple):
            stack += [(part, level) for part in node]
        elif is_dataclass(node) and type(node).__module__ == typed.__name__:
            yield node, level
            stack += [(part, level + 1) for part in inner(node).values()]


def inner(node: object) -> dict[str, object]:
    """Return what *node* of a typed tree is made of, by field: nodes, tuples of them, and words."""
    if not is_dataclass(node) or type(node).__module__ != typed.__name__:
        return {}
    if isinstance(node, typed.Variable | typed.FunctionRef | typed.FieldLayout):
        return {}
    return {f.name: getattr(node, f.name) for f in fields(node) if f.name not in _LEAF}


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
