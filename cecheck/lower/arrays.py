"""Arrays that are variables of a driver: of small ones, used by name alone, each element is known.

Of others, and of those whose address is taken, nobody knows what they hold (semantics 10).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeGuard

from cecheck.ir.build import eq, ite, word
from cecheck.ir.expr import FALSE, Expr, Var
from cecheck.lower.values import Record, Value
from cecheck.sema import typed
from cecheck.sema import types as ty

if TYPE_CHECKING:
    from cecheck.lower.graph import Updates  # which imports this file

MOST = 64  # numbers or truth values
MOST_POINTERS = 8  # each is several words: what it was made from goes with it


def is_small(type_: ty.Type) -> bool:
    """Tell whether *type_* is an array whose elements can all be followed."""
    if not isinstance(type_, ty.ArrayType) or type_.open:
        return False
    match type_.element:
        case ty.IntType() | ty.BoolType():
            return type_.count <= MOST
        case ty.PointerType():
            return type_.count <= MOST_POINTERS
        case _:
            return False


def of_elements(type_: ty.Type, zero: Value) -> Record:
    """Return an array of *type_* in which each element is *zero*."""
    assert isinstance(type_, ty.ArrayType)
    return Record(tuple((f"[{number}]", zero) for number in range(type_.count)))


def elements_of(array: Value) -> Iterator[Value]:
    """Yield what the elements of *array* hold, as far as they are followed."""
    if isinstance(array, Record):
        yield from (part for _, part in array.fields)


def is_known(place: typed.Place, value: Value) -> TypeGuard[typed.ElementPlace]:
    """Tell whether *place* is an element of a variable whose elements, in *value*, are known."""
    is_element = isinstance(place, typed.ElementPlace) and isinstance(place.base, typed.VarPlace)
    return is_element and isinstance(value, Record)  # a structure has none that is known


def element(array: Value, index: Expr, stored: Callable[[Value], Updates]) -> Updates:
    """Return the updates that put the element at *index*, which is one, where *stored* puts a
    value."""
    found: dict[Var, Expr] = {}
    for at, part in _elements(array, index):
        for var, value in stored(part):
            found[var] = ite(at, value, found[var]) if var in found else value
    return tuple(found.items())


def at_index(parts: Sequence[Expr], index: Expr) -> Expr:
    """Return that of *parts* whose number is *index*, which one has."""
    found = parts[0]
    for number, part in enumerate(parts[1:], start=1):
        found = ite(eq(index, word(number, index.sort.width)), part, found)
    return found


def with_element(array: Value, index: Expr, stored: Callable[[Value], Updates]) -> Updates:
    """Return the updates of *array* where *stored* changes the element at *index* alone."""
    every = [(at, var, new) for at, part in _elements(array, index) for var, new in stored(part)]
    return tuple((var, ite(at, new, var)) for at, var, new in every if at is not FALSE)


def _elements(array: Value, index: Expr) -> Iterator[tuple[Expr, Value]]:
    """Yield the elements of *array*, each with when it is that at *index*."""
    assert isinstance(array, Record)
    for number, (_, part) in enumerate(array.fields):
        yield eq(index, word(number, index.sort.width)), part
