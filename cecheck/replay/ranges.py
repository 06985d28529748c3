"""What holds of every number of a range, decided without looking at each of them.

    Moore: Interval Analysis.  1966.

An expression of which one variable runs through a range lies in an interval.  Where that is a
single value it is the value all over the range; where it is not, the range is cut in two.  So a
condition about addresses is asked a few times for each border, wherever these lie.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from cecheck.ir.expr import (
    Binary,
    BinaryOp,
    Expr,
    Extend,
    Extract,
    Ite,
    Unary,
    UnaryOp,
    Var,
)
from cecheck.ir.node import fold
from cecheck.replay.interp import combined

Interval: TypeAlias = tuple[int, int]  # both ends are in it; words as unsigned numbers

MOST = 20_000  # stretches that are looked at


def first_false(
    holds: Expr, value_of: Callable[[Var], int], index: Var, start: int, limit: int
) -> int | None:
    """Return the first number below *limit* for which *holds* is false as the value of *index*.

    Ranges are cut where *start* and the number together have a round sum, as borders do.  Where
    that leads to too many stretches, the first one that is left counts as false.
    """
    pending = [(0, limit - 1)] if limit else []
    for _ in range(MOST):
        if not pending:
            return None
        low, high = within = pending.pop()
        match interval(holds, partial(_at, value_of, index, within)):
            case (1, 1):
                continue
            case (0, 0):
                return low
            case _:
                middle = _roundest(start + low, start + high) - start
                pending += [(middle, high), (low, middle - 1)]
    return pending[-1][0] if pending else None


def _roundest(low: int, high: int) -> int:
    """Return the number above *low*, up to *high*, that is divisible by the most twos."""
    place = (low ^ high).bit_length() - 1
    return high >> place << place


def _at(value_of: Callable[[Var], int], index: Var, within: Interval, var: Var) -> Interval:
    return within if var is index else (value_of(var),) * 2


def interval(expr: Expr, of: Callable[[Var], Interval]) -> Interval:
    """Return an interval that holds what *expr* is, its variables being in those *of* them."""

    def visit(node: Expr, args: tuple[Interval, ...]) -> Interval:
        if isinstance(node, Var):
            return of(node)
        if all(low == high for low, high in args):
            return (combined(node, tuple([low for low, _ in args])),) * 2
        return _spread(node, args)

    return fold(expr, visit)


def _spread(node: Expr, args: tuple[Interval, ...]) -> Interval:
    """Return an interval for *node*, of which one argument at least is not a single value."""
    match node:
        case Unary():
            return _unary(node.op, args[0], node.sort.width)
        case Binary():
            return _binary(node.op, args[0], args[1], node.left.sort.width)
        case Ite():
            if args[0] != (0, 1):
                return args[1] if args[0][0] else args[2]
            return min(args[1][0], args[2][0]), max(args[1][1], args[2][1])
        case Extract():
            low, high = _wrapped(*args[0], node.high + 1)
            return low >> node.low, high >> node.low
        case Extend():
            low, high = args[0]
            if node.signed and _crosses(args[0], node.arg.sort.width):
                return anything(node.width)
            return combined(node, (low,)), combined(node, (high,))
        case _:
            raise AssertionError("constants and variables have no arguments")


def anything(width: int) -> Interval:
    """Return all numbers of *width* bits; of width 0, both truth values."""
    return 0, (1 << max(width, 1)) - 1


def _wrapped(low: int, high: int, width: int) -> Interval:
    """Return the interval from *low* to *high*, which may be any integers, modulo 2 ** *width*."""
    if low >> width != high >> width:
        return anything(width)
    return low % (1 << width), high % (1 << width)


def _crosses(one: Interval, width: int) -> bool:
    """Tell whether *one* has both negative numbers and others, read as signed ones."""
    return one[0] >> width - 1 != one[1] >> width - 1


def _unary(op: UnaryOp, one: Interval, width: int) -> Interval:
    low, high = one
    match op:
        case UnaryOp.NOT:
            return 1 - high, 1 - low
        case UnaryOp.COMPLEMENT:
            return ~high % (1 << width), ~low % (1 << width)
        case UnaryOp.NEG:
            return _wrapped(-high, -low, width)


def _binary(op: BinaryOp, left: Interval, right: Interval, width: int) -> Interval:
    match op:
        case BinaryOp.ADD:
            return _wrapped(left[0] + right[0], left[1] + right[1], width)
        case BinaryOp.SUB:
            return _wrapped(left[0] - right[1], left[1] - right[0], width)
        case BinaryOp.MUL:
            return _wrapped(left[0] * right[0], left[1] * right[1], width)
        case BinaryOp.AND | BinaryOp.OR | BinaryOp.AND_BITS | BinaryOp.OR_BITS | BinaryOp.XOR_BITS:
            return _by_bits(op, left, right)
        case BinaryOp.EQ | BinaryOp.ULT | BinaryOp.ULE | BinaryOp.SLT | BinaryOp.SLE:
            return _compared(op, left, right, width)
        case _:
            return _by_a_number(op, left, right, width)


def _by_bits(op: BinaryOp, left: Interval, right: Interval) -> Interval:
    """Return what comes of bits: above the first in which its ends differ an interval has one."""
    loose = [(1 << (low ^ high).bit_length()) - 1 for low, high in (left, right)]
    a, b = (low & ~free for (low, _), free in zip((left, right), loose, strict=True))
    c, d = a | loose[0], b | loose[1]
    match op:
        case BinaryOp.AND | BinaryOp.AND_BITS:
            return a & b, c & d
        case BinaryOp.OR | BinaryOp.OR_BITS:
            return a | b, c | d
        case _:
            free = loose[0] | loose[1]
            return (a ^ b) & ~free, (a ^ b) | free


def _compared(op: BinaryOp, left: Interval, right: Interval, width: int) -> Interval:
    if op is BinaryOp.EQ:
        return 0, int(left[0] <= right[1] and right[0] <= left[1])
    if op in (BinaryOp.SLT, BinaryOp.SLE):
        if _crosses(left, width) or _crosses(right, width):
            return 0, 1
        half = 1 << width - 1
        left, right = ((low ^ half, high ^ half) for low, high in (left, right))
    equal = op in (BinaryOp.ULE, BinaryOp.SLE)
    surely = left[1] < right[0] + equal
    return int(surely), int(left[0] < right[1] + equal)


def _by_a_number(op: BinaryOp, left: Interval, right: Interval, width: int) -> Interval:
    """Return what division and shifts give, where it is by one number that is not zero."""
    number = right[0]
    if right[1] != number or number == 0:
        return anything(width)
    match op:
        case BinaryOp.UDIV:
            return left[0] // number, left[1] // number
        case BinaryOp.UREM:
            same = left[0] // number == left[1] // number
            return (left[0] % number, left[1] % number) if same else (0, number - 1)
        case BinaryOp.SHL:
            return _wrapped(left[0] << min(number, width), left[1] << min(number, width), width)
        case BinaryOp.LSHR:
            return left[0] >> min(number, width), left[1] >> min(number, width)
        case _:
            return anything(width)
