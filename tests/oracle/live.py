"""Which variables a statement mentions: a variable that nothing ahead mentions tells no runs apart.

Mentioned is an over-estimate of needed, found by walking over the tree without knowing its nodes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from cecheck.sema import typed
from cecheck.sema.typed import EnterExpr, Entry, Expr, Read, Storage, VarPlace

_LEAVES = ("type", "span", "site", "field", "promise")


def nodes(
    root: object, entry: Entry | None = None, stop: type | None = None
) -> Iterator[object]:
    """Yield *root* and every typed node below it; not the bodies of functions called.

    Nothing below a node of the kind *stop* is yielded.  With *entry*, arguments of ``enter``
    that have no use there do not count.
    """
    stack = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack += node
        elif stop is not None and isinstance(node, stop):
            yield node
        elif isinstance(node, EnterExpr) and entry is not None:
            yield node
            stack += [arg for _, arg in useful_args(node, entry)]
        elif is_dataclass(node) and type(node).__module__ == typed.__name__:
            yield node
            stack += [getattr(node, f.name) for f in fields(node) if f.name not in _LEAVES]


def mentions(root: object, entry: Entry | None = None) -> frozenset[int]:
    """Return the locals that *root* reads or writes."""
    return frozenset(
        node.variable.number
        for node in nodes(root, entry)
        if isinstance(node, VarPlace) and node.variable.storage is Storage.LOCAL
    )


def useful_args(enter: EnterExpr, entry: Entry) -> list[tuple[int, Expr]]:
    """Return the arguments that *entry* names, and those whose evaluation may do something."""
    named = {parameter.position for parameter in entry.parameters}
    return [
        (position, arg)
        for position, arg in enumerate(enter.args)
        if position in named or not isinstance(arg, Read)
    ]
