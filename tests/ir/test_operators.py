"""Five tables of operators have one meaning: simplifier, interpreter, Z3, cvc5, bitwuzla."""

from __future__ import annotations

from collections.abc import Iterator

import bitwuzla
import cvc5
import pytest
import z3

from cecheck.certify import ask_bitwuzla, ask_cvc5
from cecheck.encode import terms
from cecheck.encode.terms import Terms, read_value
from cecheck.ir.build import rebuilt
from cecheck.ir.expr import (
    BOOL,
    Binary,
    BinaryOp,
    Const,
    Expr,
    Extend,
    Extract,
    Ite,
    Unary,
    UnaryOp,
    bits,
)
from cecheck.ir.node import fold
from cecheck.replay import interp

WIDTHS = range(1, 7)


def constants(width: int) -> list[Const]:
    return [Const(value, bits(width) if width else BOOL) for value in range(1 << max(width, 1))]


def applications(width: int) -> Iterator[Expr]:
    """Yield every operator on all values of *width* bits."""
    for left in constants(width):
        yield from (Unary(op, left) for op in (UnaryOp.NEG, UnaryOp.COMPLEMENT))
        for low in range(width):
            yield from (Extract(left, high, low) for high in range(low, width))
        yield from (Extend(left, width + 2, signed) for signed in (False, True))
        for right in constants(width):
            yield from (Binary(op, left, right) for op in BinaryOp if not op.is_logical)


def truths() -> Iterator[Expr]:
    """Yield every operator on all booleans."""
    for left in constants(0):
        yield Unary(UnaryOp.NOT, left)
        for right in constants(0):
            yield from (Binary(op, left, right) for op in (BinaryOp.AND, BinaryOp.OR, BinaryOp.EQ))
            yield from (Ite(left, right, other) for other in constants(0))


def no_variable(var: object) -> int:
    raise AssertionError(f"{var} occurs")


def simplified(expr: Expr) -> int:
    found = fold(expr, rebuilt)
    assert isinstance(found, Const)
    return found.value


@pytest.mark.parametrize("width", WIDTHS)
def test_simplifier_and_interpreter_agree(width: int) -> None:
    for expr in applications(width):
        assert interp.evaluate(expr, no_variable) == simplified(expr), expr


@pytest.mark.parametrize("width", WIDTHS)
def test_z3_agrees(width: int) -> None:
    term, model = Terms(str), z3.Model()
    for expr in applications(width):
        assert read_value(model, term(expr)) == simplified(expr), expr


@pytest.mark.parametrize("width", WIDTHS)
def test_cvc5_agrees(width: int) -> None:
    term = ask_cvc5._Terms()
    solver = cvc5.Solver(term.manager)
    for expr in applications(width):
        value = solver.simplify(term(expr))
        number = value.getBooleanValue() if expr.sort == BOOL else value.getBitVectorValue(10)
        assert int(number) == simplified(expr), expr


class InBitwuzla:
    """What expressions are worth to bitwuzla."""

    def __init__(self) -> None:
        self.term = ask_bitwuzla._Terms()
        self.solver = bitwuzla.Bitwuzla(self.term.manager)

    def __call__(self, expr: Expr) -> int:
        value = self.solver.simplify_term(self.term(expr)).value()
        return int(value) if expr.sort == BOOL else int(value, 2)


@pytest.mark.parametrize("width", WIDTHS)
def test_bitwuzla_agrees(width: int) -> None:
    worth = InBitwuzla()
    for expr in applications(width):
        assert worth(expr) == simplified(expr), expr


def test_all_agree_on_booleans() -> None:
    worth = InBitwuzla()
    to_z3, to_cvc5 = Terms(str), ask_cvc5._Terms()
    solver = cvc5.Solver(to_cvc5.manager)
    for expr in truths():
        expected = simplified(expr)
        assert interp.evaluate(expr, no_variable) == expected
        assert read_value(z3.Model(), to_z3(expr)) == expected
        assert solver.simplify(to_cvc5(expr)).getBooleanValue() == bool(expected)
        assert worth(expr) == expected


def test_every_operator_is_in_every_table() -> None:
    """A new operator cannot be added without all its meanings."""
    for table in (terms, interp, ask_cvc5, ask_bitwuzla):
        assert set(table._UNARY) == set(UnaryOp)
        assert set(table._BINARY) == set(BinaryOp)
