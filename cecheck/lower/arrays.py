"""Arrays that are variables of a driver: of small ones, used by name alone, each element is a word.

Of others, and of those whose address is taken, nobody knows what they hold (semantics 10).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeGuard

from cecheck.ir.build import eq, ite, word
from cecheck.ir.expr import Expr
from cecheck.lower.values import Record, Value, scalar
from cecheck.sema import typed
from cecheck.sema import types as ty

MOST = 64  # elements


def is_small(type_: ty.Type) -> bool:
    """Tell whether *type_* is an array of numbers whose elements can all be followed."""
    if not isinstance(type_, ty.ArrayType) or type_.open or type_.count > MOST:
        return False
    return isinstance(type_.element, ty.IntType | ty.BoolType)


def of_elements(type_: ty.Type, zero: Value) -> Record:
    """Return an array of *type_* in which each element is *zero*."""
    assert isinstance(type_, ty.ArrayType)
    return Record(tuple((f"[{number}]", zero) for number in range(type_.count)))


def is_known(place: typed.Place, value: Value) -> TypeGuard[typed.ElementPlace]:
    """Tell whether *place* is an element of a variable whose elements, in *value*, are known."""
    is_element = isinstance(place, typed.ElementPlace) and isinstance(place.base, typed.VarPlace)
    return is_element and isinstance(value, Record)  # a structure has none that is known


def element(array: Value, index: Expr) -> Expr:
    """Return the element at *index*, which is one."""
    found: Expr | None = None
    for at, part in _elements(array, index):
        found = part if found is None else ite(at, part, found)
    assert found is not None
    return found


def with_element(array: Value, index: Expr, new: Expr) -> Record:
    """Return *array* with *new* at *index*."""
    assert isinstance(array, Record)
    parts = zip(array.fields, _elements(array, index), strict=True)
    return Record(tuple((name, ite(at, new, part)) for (name, _), (at, part) in parts))


def _elements(array: Value, index: Expr) -> Iterator[tuple[Expr, Expr]]:
    """Yield the elements of *array*, each with when it is that at *index*."""
    assert isinstance(array, Record)
    for number, (_, part) in enumerate(array.fields):
        yield eq(index, word(number, index.sort.width)), scalar(part)
