"""Expressions and programs read like the language."""

from __future__ import annotations

import pytest
from tiny import DATA, LOCK, ME, edge, number, published, variable

from cecheck.ir.build import add, and_, eq, not_, or_, sub, word
from cecheck.ir.expr import FALSE, Binary, BinaryOp, Expr, Extend, Extract, Ite, Scope, Unary
from cecheck.ir.expr import UnaryOp as Op
from cecheck.ir.show import show, show_edge, show_program

A, B = variable("a", Scope.LOCAL), variable("b", Scope.LOCAL)
P, Q, R = (variable(name, Scope.LOCAL, 0) for name in "pqr")


def binary(op: BinaryOp, left: Expr, right: Expr) -> Expr:
    return Binary(op, left, right)


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (FALSE, "false"),
        (word(1023, 32), "1023"),
        (word(0x1000, 32), "0x1000"),
        (not_(eq(A, B)), "a != b"),
        (not_(binary(BinaryOp.SLT, A, B)), "a >=s b"),
        (not_(and_(P, Q)), "!(p && q)"),
        (and_(P, Q, R), "p && q && r"),
        (and_(P, or_(Q, R)), "p && (q || r)"),
        (or_(and_(P, Q), R), "p && q || r"),
        (sub(A, sub(B, A)), "a - (b - a)"),
        (sub(sub(A, B), A), "a - b - a"),
        (binary(BinaryOp.MUL, add(A, B), A), "(a + b) * a"),
        (eq(binary(BinaryOp.AND_BITS, A, B), number(0)), "(a & b) == 0"),
        (binary(BinaryOp.ASHR, A, add(A, B)), "a >>s a + b"),
        (Unary(Op.NEG, add(A, B)), "-(a + b)"),
        (Unary(Op.COMPLEMENT, A), "~a"),
        (Ite(P, A, B), "p ? a : b"),
        (Ite(P, Ite(Q, A, B), B), "p ? (q ? a : b) : b"),
        (Extract(A, 3, 0), "a as u4"),
        (Extract(add(A, B), 7, 4), "(a + b >> 4) as u4"),
        (Extend(A, 32, False), "a as u32"),
        (Extend(add(A, B), 32, True), "(a + b) as s32"),
    ],
)
def test_operators_bind_as_in_the_language(expr: Expr, text: str) -> None:
    assert show(expr) == text


def test_variables_are_called_what_the_reader_calls_them() -> None:
    assert show(eq(A, B), lambda var: f"my {var.name}") == "my a == my b"


def test_a_large_expression_is_told_in_parts() -> None:
    """It would be 2 ** 60 characters long."""
    expr: Expr = A
    for _ in range(60):
        expr = Binary(BinaryOp.ADD, expr, Binary(BinaryOp.MUL, expr, B))
    text = show(expr)
    assert len(text) < 4000
    assert "where #1 = " in text


def test_an_edge_is_a_line() -> None:
    shown = show_edge(published().threads[0].edges[3])
    assert shown == "2 -> 3 [blocking] if lock == 0: lock = me"
    assert show_edge(edge(0, 1)) == "0 -> 1"


def test_a_program_shows_all_it_has() -> None:
    text = show_program(published())
    for part in ("thread client (any number", "thread driver (1,", "at 3 assert of held: never"):
        assert part in text
    for var in (LOCK, DATA, ME):
        assert f"{var.scope.value} {var.name} : u8" in text
