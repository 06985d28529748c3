"""Which arrays of a driver hold what was put there: others are anything (semantics 10)."""

from __future__ import annotations

from cecheck.sema import typed as t
from cecheck.sema.types import ArrayType, BoolType, IntType, PointerType
from oracle.live import nodes

MOST = 64  # numbers
MOST_POINTERS = 8


def known(spec: t.Spec) -> frozenset[int]:
    """Return the small arrays, by number, of which nothing but elements is named."""
    inside: set[int] = set()  # the places that are only there for an element of them
    whole: set[int] = set()
    seen: dict[int, t.Variable] = {}
    trees = [*spec.drivers, *spec.functions.values()]
    for node in (node for tree in trees for node in nodes(tree)):
        match node:
            case t.AddressOf(place):
                while isinstance(place, t.FieldPlace | t.ElementPlace):
                    place = place.base
                whole |= {place.variable.number} if isinstance(place, t.VarPlace) else set()
            case t.ElementPlace(t.VarPlace() as base):
                inside.add(id(base))
            case t.VarPlace(variable):
                seen[variable.number] = variable
                if id(node) not in inside:
                    whole.add(variable.number)
    return frozenset(n for n, variable in seen.items() if n not in whole and _is_small(variable))


def _is_small(variable: t.Variable) -> bool:
    match variable.type:
        case ArrayType(IntType() | BoolType(), count):
            return count <= MOST
        case ArrayType(PointerType(), count):
            return count <= MOST_POINTERS
        case _:
            return False
