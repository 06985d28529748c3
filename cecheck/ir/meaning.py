"""The meaning of each operator on Python integers; one table, exhaustively tested.

Values are unsigned integers below ``2 ** width``.  The replay interpreter has its own table
(`replay.interp`), so that simplification here and evaluation there check each other.
"""

from __future__ import annotations

from collections.abc import Callable

from cecheck.ir.expr import BinaryOp, UnaryOp


def signed(value: int, width: int) -> int:
    """Return *value* read as a two's complement number of *width* bits."""
    return value - (1 << width) if value >> (width - 1) & 1 else value


def extend(value: int, width: int, to: int, by_sign: bool) -> int:
    """Return *value* of *width* bits at *to* bits."""
    return (signed(value, width) if by_sign else value) & ((1 << to) - 1)


def extract(value: int, high: int, low: int) -> int:
    """Return bits *high* down to *low*."""
    return value >> low & ((1 << (high - low + 1)) - 1)


def apply_unary(op: UnaryOp, value: int, width: int) -> int:
    """Return *op* of *value*."""
    if op is UnaryOp.NOT:
        return 1 - value
    result = -value if op is UnaryOp.NEG else ~value
    return result & ((1 << width) - 1)


def _sdiv(a: int, b: int, width: int) -> int:
    x, y = signed(a, width), signed(b, width)
    if y == 0:
        return 1 if x < 0 else -1
    quotient = abs(x) // abs(y)
    return quotient if (x < 0) == (y < 0) else -quotient


def _srem(a: int, b: int, width: int) -> int:
    x, y = signed(a, width), signed(b, width)
    if y == 0:
        return x
    rest = abs(x) % abs(y)
    return -rest if x < 0 else rest


_BINARY: dict[BinaryOp, Callable[[int, int, int], int]] = {
    BinaryOp.ADD: lambda a, b, w: a + b,
    BinaryOp.SUB: lambda a, b, w: a - b,
    BinaryOp.MUL: lambda a, b, w: a * b,
    BinaryOp.UDIV: lambda a, b, w: a // b if b else -1,
    BinaryOp.UREM: lambda a, b, w: a % b if b else a,
    BinaryOp.SDIV: _sdiv,
    BinaryOp.SREM: _srem,
    BinaryOp.AND_BITS: lambda a, b, w: a & b,
    BinaryOp.OR_BITS: lambda a, b, w: a | b,
    BinaryOp.XOR_BITS: lambda a, b, w: a ^ b,
    BinaryOp.SHL: lambda a, b, w: a << b if b < w else 0,
    BinaryOp.LSHR: lambda a, b, w: a >> b if b < w else 0,
    BinaryOp.ASHR: lambda a, b, w: signed(a, w) >> min(b, w - 1),
    BinaryOp.EQ: lambda a, b, w: a == b,
    BinaryOp.ULT: lambda a, b, w: a < b,
    BinaryOp.ULE: lambda a, b, w: a <= b,
    BinaryOp.SLT: lambda a, b, w: signed(a, w) < signed(b, w),
    BinaryOp.SLE: lambda a, b, w: signed(a, w) <= signed(b, w),
    BinaryOp.AND: lambda a, b, w: a & b,
    BinaryOp.OR: lambda a, b, w: a | b,
}


def apply_binary(op: BinaryOp, left: int, right: int, width: int) -> int:
    """Return *op* of two values of *width* bits (0 for booleans)."""
    result = int(_BINARY[op](left, right, width))
    return result if op.yields_bool else result & ((1 << width) - 1)
