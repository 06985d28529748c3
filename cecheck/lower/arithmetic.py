"""Operators on words and truth values, pointer arithmetic, conversions: C's rules."""

from __future__ import annotations

from dataclasses import replace

from cecheck.ir.build import (
    and_,
    binary,
    const,
    eq,
    ite,
    low_bits,
    ne,
    not_,
    or_,
    sign_extend,
    sub,
    ult,
    word,
    zero_extend,
)
from cecheck.ir.expr import BOOL, FALSE, BinaryOp, Expr, Ite, Sort, UnaryOp
from cecheck.lower.values import Pointer
from cecheck.sema.typed import Operator
from cecheck.sema.types import IntType, Type


def shifted(pointer: Pointer, operator: Operator, amount: Expr) -> Pointer:
    """Return ``pointer operator amount``; only ``+`` and ``-`` move within the object."""
    moved = replace(
        pointer, word=arithmetic(operator, pointer.word, amount, False), literal=False
    )
    promised = pointer.promised
    if promised is None or operator not in (Operator.ADD, Operator.SUBTRACT):
        return moved
    offset = arithmetic(operator, promised.offset, amount, False)
    return replace(moved, promised=replace(promised, offset=offset))


def converted(value: Expr, signed: bool, to: Sort) -> Expr:
    """Return a number or truth value at another integer sort."""
    if value.sort == BOOL:
        return ite(value, word(1, to.width), word(0, to.width))
    if to.width <= value.sort.width:
        return low_bits(value, to.width)
    return sign_extend(value, to.width) if signed else zero_extend(value, to.width)


def times(value: Expr, factor: int) -> Expr:
    """Return *value* times a constant."""
    return binary(BinaryOp.MUL, value, word(factor, value.sort.width))


UNARY = {
    Operator.NOT: UnaryOp.NOT,
    Operator.NEGATE: UnaryOp.NEG,
    Operator.COMPLEMENT: UnaryOp.COMPLEMENT,
}
_BINARY: dict[Operator, tuple[BinaryOp, BinaryOp]] = {
    Operator.ADD: (BinaryOp.ADD, BinaryOp.ADD),
    Operator.SUBTRACT: (BinaryOp.SUB, BinaryOp.SUB),
    Operator.MULTIPLY: (BinaryOp.MUL, BinaryOp.MUL),
    Operator.DIVIDE: (BinaryOp.UDIV, BinaryOp.SDIV),
    Operator.REMAINDER: (BinaryOp.UREM, BinaryOp.SREM),
    Operator.BIT_AND: (BinaryOp.AND_BITS, BinaryOp.AND_BITS),
    Operator.BIT_OR: (BinaryOp.OR_BITS, BinaryOp.OR_BITS),
    Operator.BIT_XOR: (BinaryOp.XOR_BITS, BinaryOp.XOR_BITS),
    Operator.SHIFT_LEFT: (BinaryOp.SHL, BinaryOp.SHL),
    Operator.SHIFT_RIGHT: (BinaryOp.LSHR, BinaryOp.ASHR),
    Operator.LESS: (BinaryOp.ULT, BinaryOp.SLT),
    Operator.LESS_EQUAL: (BinaryOp.ULE, BinaryOp.SLE),
}


def arithmetic(operator: Operator, left: Expr, right: Expr, signed: bool) -> Expr:
    """Return ``left operator right`` on words of one sort, or on truth values."""
    match operator:
        case Operator.EQUAL:
            return eq(left, right)
        case Operator.NOT_EQUAL:
            return ne(left, right)
        case Operator.AND:
            return and_(left, right)
        case Operator.OR:
            return or_(left, right)
        case Operator.GREATER:
            return arithmetic(Operator.LESS, right, left, signed)
        case Operator.GREATER_EQUAL:
            return arithmetic(Operator.LESS_EQUAL, right, left, signed)
        case _:
            if left.sort == BOOL:
                return _on_truths(operator, left, right)
            return binary(_BINARY[operator][signed], left, right)


def is_signed(type_: Type) -> bool:
    """Tell whether numbers of *type_* may be negative."""
    return isinstance(type_, IntType) and type_.signed


def between(low: Expr, value: Expr, high: Expr, signed: bool) -> Expr:
    """Return ``low <= value < high``."""
    at_least = arithmetic(Operator.LESS_EQUAL, low, value, signed)
    return and_(at_least, arithmetic(Operator.LESS, value, high, signed))


def has_no_value(operator: Operator, right: Expr) -> Expr:
    """Return that *operator* has no value where *right* is its second operand, as in C."""
    match operator:
        case Operator.DIVIDE | Operator.REMAINDER:
            return eq(right, const(0, right.sort))
        case Operator.SHIFT_LEFT | Operator.SHIFT_RIGHT:
            return not_(ult(right, const(right.sort.width, right.sort)))
        case _:
            return FALSE


def _on_truths(operator: Operator, left: Expr, right: Expr) -> Expr:
    match operator:
        case Operator.BIT_AND:
            return and_(left, right)
        case Operator.BIT_OR:
            return or_(left, right)
        case _:
            return ne(left, right)


def moved_back(place: Expr, number: Expr) -> Expr:
    """Return *place* - *number*, for each choice by itself: where both agree, no sum is left."""
    if isinstance(place, Ite):
        then, otherwise = moved_back(place.then, number), moved_back(place.otherwise, number)
        return ite(place.condition, then, otherwise)
    return sub(place, number)
