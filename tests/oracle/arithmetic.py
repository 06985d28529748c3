"""C's arithmetic on integers of a fixed width, in unsigned representation."""

from __future__ import annotations

import operator
from collections.abc import Callable

from cecheck.sema.typed import Operator as Op
from cecheck.sema.types import BoolType, IntType, Type
from oracle.choice import Unsupported


def signed(value: int, width: int) -> int:
    """Return the number that *value* represents in two's complement."""
    return value - (1 << width) if value >> (width - 1) else value


def number(value: int, type_: Type) -> int:
    """Return the mathematical value of *value*."""
    if isinstance(type_, IntType) and type_.signed:
        return signed(value, type_.width)
    return int(value)


def quotient(a: int, b: int) -> int:
    """Divide as C does: towards zero."""
    if b == 0:
        raise Unsupported("division by zero")
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def shifted(a: int, by: int, width: int) -> int:
    """Shift left (*by* > 0) or right; a shift by the width or more is no number in C."""
    if abs(by) >= width:
        raise Unsupported("a shift by the width or more")
    return a << by if by >= 0 else a >> -by


_EXACT: dict[Op, Callable[[int, int], int]] = {
    Op.ADD: operator.add,
    Op.SUBTRACT: operator.sub,
    Op.MULTIPLY: operator.mul,
    Op.DIVIDE: quotient,
    Op.REMAINDER: lambda a, b: a - b * quotient(a, b),
    Op.BIT_AND: operator.and_,
    Op.BIT_OR: operator.or_,
    Op.BIT_XOR: operator.xor,
}
_ORDER: dict[Op, Callable[[int, int], bool]] = {
    Op.LESS: operator.lt,
    Op.LESS_EQUAL: operator.le,
    Op.GREATER: operator.gt,
    Op.GREATER_EQUAL: operator.ge,
    Op.EQUAL: operator.eq,
    Op.NOT_EQUAL: operator.ne,
}


def binary(op: Op, type_: IntType | BoolType) -> Callable[[int, int], int | bool]:
    """Return the operation on two numbers of *type_*, in unsigned representation."""
    width = type_.width if isinstance(type_, IntType) else 1
    mask = (1 << width) - 1
    if op in _ORDER:
        compare = _ORDER[op]
        if not isinstance(type_, IntType) or not type_.signed:
            return compare
        return lambda a, b: compare(signed(a, width), signed(b, width))
    if op is Op.SHIFT_LEFT:
        return lambda a, b: shifted(a, b, width) & mask
    if op is Op.SHIFT_RIGHT:
        return lambda a, b: shifted(number(a, type_), -b, width) & mask
    exact = _EXACT[op]
    if isinstance(type_, BoolType):
        return lambda a, b: bool(exact(a, b))
    return lambda a, b: exact(number(a, type_), number(b, type_)) & mask


def converted(source: Type, target: IntType) -> Callable[[int], int]:
    """Return C's conversion between integer types: keep low bits, extend by the source's sign."""
    mask = (1 << target.width) - 1
    return lambda a: number(a, source) & mask
