"""Terms of Z3 read back as expressions mean the same; what we cannot say is not read."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
import z3

from cecheck.encode.back import Reader
from cecheck.ir.expr import BOOL, Expr, Extract, Scope, Var, bits
from cecheck.replay.interp import evaluate

WIDTH = 3
A, B, C = (Var(name, bits(WIDTH), Scope.LOCAL) for name in "abc")
P, Q = (Var(name, BOOL, Scope.LOCAL) for name in "pq")
ALL = (A, B, C, P, Q)
a, b, c = (z3.Var(at, z3.BitVecSort(WIDTH)) for at in range(3))
p, q = (z3.Var(at, z3.BoolSort()) for at in (3, 4))


def value(term: Any, known: dict[Var, int]) -> int:
    """Return what Z3 says *term* is."""
    given = [
        z3.BitVecVal(known[var], WIDTH) if var.sort.width else z3.BoolVal(bool(known[var]))
        for var in ALL
    ]
    found = z3.simplify(z3.substitute_vars(term, *given))
    return found.as_long() if z3.is_bv_value(found) else int(z3.is_true(found))


def agree(term: Any, *about: Var) -> None:
    """Require that what is read of *term* is what Z3 says, for all values of *about*."""
    read = Reader(ALL)(term)
    assert read is not None, term
    assert read.sort.width == (term.size() if z3.is_bv(term) else 0)
    for values in product(*(range(1 << max(var.sort.width, 1)) for var in about)):
        known = dict.fromkeys(ALL, 0) | dict(zip(about, values, strict=True))
        assert evaluate(read, known.__getitem__) == value(term, known), (term, known)


TWO: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda x, y: x + y, "-": lambda x, y: x - y, "*": lambda x, y: x * y,
    "&": lambda x, y: x & y, "|": lambda x, y: x | y, "^": lambda x, y: x ^ y,
    "udiv": z3.UDiv, "urem": z3.URem, "sdiv": lambda x, y: x / y, "srem": z3.SRem,
    "<<": lambda x, y: x << y, "lshr": z3.LShR, "ashr": lambda x, y: x >> y,
    "ult": z3.ULT, "ule": z3.ULE, "ugt": z3.UGT, "uge": z3.UGE,
    "slt": lambda x, y: x < y, "sle": lambda x, y: x <= y, "sgt": lambda x, y: x > y,
    "sge": lambda x, y: x >= y, "==": lambda x, y: x == y, "!=": lambda x, y: x != y,
    "concat": z3.Concat,
}  # fmt: skip


@pytest.mark.parametrize("make", TWO.values(), ids=TWO)
def test_operators_of_two_words(make: Callable[[Any, Any], Any]) -> None:
    agree(make(a, b), A, B)
    agree(make(a, z3.BitVecVal(5, WIDTH)), A)


def test_operators_of_several() -> None:
    """Z3 makes one operator of many where the order does not matter."""
    agree(z3.simplify(a + b + c), A, B, C)
    agree(z3.Concat(a, b, c), A, B, C)
    agree(z3.Concat(a, z3.BitVecVal(1, 2), b), A, B)
    agree(z3.Distinct(a, b, c), A, B, C)
    agree(z3.And(p, q, a == b), P, Q, A, B)
    agree(z3.Or(p, q, a == b), P, Q, A, B)


@pytest.mark.parametrize(
    "term",
    [~a, -a, z3.SignExt(2, a), z3.ZeroExt(2, a), z3.Extract(1, 0, a), z3.Extract(2, 1, a),
     z3.Extract(1, 1, a), z3.Extract(2, 0, a), z3.BitVecVal(6, WIDTH), z3.If(p, a, ~a)],
    ids=str,
)  # fmt: skip
def test_operators_of_one_word(term: Any) -> None:
    agree(term, A, P)


@pytest.mark.parametrize(
    "term",
    [z3.Not(p), z3.Implies(p, q), p == q, z3.If(p, q, z3.Not(q)), z3.BoolVal(True),
     z3.BoolVal(False), z3.Distinct(p, q), p],
    ids=str,
)  # fmt: skip
def test_truth_values(term: Any) -> None:
    agree(term, P, Q)


def test_a_bit_may_be_a_truth_value() -> None:
    """As Z3 has it in its own lemmas; there is no other way to write it than its own language."""
    for number in range(WIDTH):
        text = f"(declare-const x (_ BitVec {WIDTH})) (assert ((_ bit2bool {number}) x))"
        (term,) = z3.parse_smt2_string(text)
        read = Reader(ALL)(z3.substitute(term, (z3.BitVec("x", WIDTH), a)))
        assert read is not None
        for one in range(1 << WIDTH):
            assert evaluate(read, {A: one}.__getitem__) == one >> number & 1


def test_a_whole_word_is_no_part() -> None:
    assert Reader(ALL)(z3.Extract(2, 0, a)) is A
    assert isinstance(Reader(ALL)(z3.Extract(2, 1, a)), Extract)


X = z3.BitVec("x", WIDTH)


@pytest.mark.parametrize(
    "term",
    [
        X, X + a, z3.ForAll([X], X >= 0), z3.And(p, z3.Exists([X], a == X)), z3.Int("n") > 0,
        z3.RotateLeft(a, 1), z3.Var(3, z3.BitVecSort(WIDTH)), z3.Var(0, z3.BoolSort()),
        z3.Var(0, z3.BitVecSort(8)),
    ],
    ids=str,
)  # fmt: skip
def test_what_we_cannot_say_is_not_read(term: Any) -> None:
    """Names that nobody gave, quantifiers, other numbers, other operators, other widths."""
    assert Reader(ALL)(term) is None


def test_what_was_read_is_known() -> None:
    """A part that is shared is the same expression, in one term and in the next."""
    reader = Reader(ALL)
    twice: Expr | None = reader((a + b) * (a + b))
    assert twice is not None
    assert twice.children[0] is twice.children[1]
    assert reader(a + b) is twice.children[0]
