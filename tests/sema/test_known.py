"""What conditions are where some variables are known."""

from __future__ import annotations

import pytest

from cecheck.sema import typed
from cecheck.sema.known import known_value
from cecheck.sema.types import BoolType, IntType
from cecheck.source import Source, Span

SPAN = Span(Source("test.ce", ""), 0, 0)
WORD, SIGNED = IntType(32, False, 4, "u32"), IntType(32, True, 4, "i32")
Op = typed.Operator


def number(value: int, type_: IntType = WORD) -> typed.Expr:
    return typed.Literal(value, type_, SPAN)


def read(variable: int, type_: IntType = WORD) -> typed.Expr:
    place = typed.Variable(variable, f"v{variable}", type_, typed.Storage.LOCAL, SPAN)
    return typed.Read(typed.VarPlace(place, type_, SPAN), type_, SPAN)


def op(operator: Op, *operands: typed.Expr) -> typed.Expr:
    return typed.Operation(operator, operands, BoolType(), SPAN)


KNOWN, UNKNOWN = read(1), read(2)  # variable 1 is 6
YES, NO = op(Op.EQUAL, KNOWN, number(6)), op(Op.NOT_EQUAL, KNOWN, number(6))
MAYBE = op(Op.EQUAL, UNKNOWN, number(6))


@pytest.mark.parametrize(
    ("expr", "value"),
    [
        (KNOWN, 6),
        (UNKNOWN, None),
        (op(Op.BIT_AND, KNOWN, number(3)), 2),
        (op(Op.BIT_OR, KNOWN, number(1)), 7),
        (op(Op.BIT_AND, KNOWN, UNKNOWN), None),
        (op(Op.ADD, KNOWN, number(1)), None),  # may wrap: not computed here
        (YES, 1),
        (NO, 0),
        (op(Op.NOT, NO), 1),
        (op(Op.NOT, MAYBE), None),
        (op(Op.LESS, KNOWN, number(6)), 0),
        (op(Op.LESS_EQUAL, KNOWN, number(6)), 1),
        (op(Op.GREATER, KNOWN, number(5)), 1),
        (op(Op.GREATER_EQUAL, KNOWN, number(7)), 0),
        (op(Op.AND, NO, MAYBE), 0),
        (op(Op.AND, YES, MAYBE), None),
        (op(Op.AND, YES, NO), 0),
        (op(Op.AND, MAYBE, NO), None),  # what comes first may raise
        (op(Op.OR, YES, MAYBE), 1),
        (op(Op.OR, NO, YES), 1),
        (op(Op.OR, NO, MAYBE), None),
        (op(Op.OR, MAYBE, YES), None),
    ],
)
def test_value_of_a_condition(expr: typed.Expr, value: int | None) -> None:
    assert known_value(expr, {1: 6}) == value


def test_order_of_signed_numbers_is_left_open() -> None:
    less = op(Op.LESS, number(0xFFFF_FFFF, SIGNED), number(1, SIGNED))
    assert known_value(less, {}) is None
