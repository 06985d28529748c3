"""Simplifying an expression never changes its value."""

from __future__ import annotations

from exprs import expressions, statements, values
from hypothesis import given, settings

from cecheck.ir.build import low_bits, rebuilt, sign_extend, substitute, word, zero_extend
from cecheck.ir.expr import BOOL, Const, Expr, Var, bits
from cecheck.ir.node import fold
from cecheck.replay.interp import evaluate


def simplified(expr: Expr) -> Expr:
    return fold(expr, rebuilt)


@settings(max_examples=150, deadline=None)
@given(statements(), values())
def test_simplified_statements_keep_their_value(expr: Expr, state: dict[Var, int]) -> None:
    assert evaluate(simplified(expr), state.__getitem__) == evaluate(expr, state.__getitem__)


@settings(max_examples=150, deadline=None)
@given(expressions(bits(8), 4), values())
def test_simplified_numbers_keep_their_value(expr: Expr, state: dict[Var, int]) -> None:
    assert evaluate(simplified(expr), state.__getitem__) == evaluate(expr, state.__getitem__)


@settings(max_examples=100, deadline=None)
@given(statements(), values())
def test_substituting_constants_computes_the_value(expr: Expr, state: dict[Var, int]) -> None:
    """`ir.meaning`, used here, and `replay.interp` agree on whole expressions."""
    known = {var: Const(value, var.sort) for var, value in state.items()}
    found = simplified(substitute(expr, known))
    assert found is Const(evaluate(expr, state.__getitem__), BOOL)


@settings(max_examples=100, deadline=None)
@given(expressions(bits(3), 2), values())
def test_widening_and_narrowing_give_back_the_number(expr: Expr, state: dict[Var, int]) -> None:
    for widen in (zero_extend, sign_extend):
        back = low_bits(widen(expr, 8), 3)
        assert evaluate(back, state.__getitem__) == evaluate(expr, state.__getitem__)


def test_equal_expressions_are_one_object() -> None:
    assert word(3, 8) is Const(3, bits(8))
