"""What solvers are asked is what an expression means, and what they say is told as it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import pytest
import z3
from bitwuzla import Kind as BitwuzlaKind
from cvc5 import Kind as Cvc5Kind

from cecheck.certify import ask_bitwuzla, ask_cvc5, ask_z3
from cecheck.certify.answer import Answer, GaveUp, Sat, Unsat
from cecheck.certify.ask_bitwuzla import bitwuzla_says
from cecheck.certify.ask_cvc5 import cvc5_says
from cecheck.certify.ask_z3 import z3_says
from cecheck.certify.questions import Question
from cecheck.ir.build import add, all_of, and_, eq, not_, truth, ult, word
from cecheck.ir.expr import (
    BOOL,
    FALSE,
    TRUE,
    Binary,
    BinaryOp,
    Const,
    Expr,
    Extend,
    Extract,
    Ite,
    Scope,
    Unary,
    UnaryOp,
    Var,
    bits,
)
from cecheck.ir.meaning import apply_binary, apply_unary, extend, extract

Says = Callable[..., tuple[Answer, ...]]
EACH = (z3_says, cvc5_says, bitwuzla_says)
each = pytest.mark.parametrize("says", EACH, ids=["z3", "cvc5", "bitwuzla"])
WIDTH = 2
WORDS = range(1 << WIDTH)


def means(says: Says, cases: Sequence[tuple[Expr, Expr]]) -> bool:
    """Tell whether each expression of *cases* is what it is said to be, and can be."""
    same = all_of(Binary(BinaryOp.EQ, one, other) for one, other in cases)
    return says([Question("same", same), Question("other", not_(same))]) == (Sat(), Unsat())


def value(number: int, width: int) -> Const:
    return word(number, width) if width else truth(bool(number))


# ---- what is asked -----------------------------------------------------------------------------


@each
@pytest.mark.parametrize("op", BinaryOp)
def test_two_operands(says: Says, op: BinaryOp) -> None:
    width = 0 if op.is_logical else WIDTH
    cases = [
        (
            Binary(op, value(x, width), value(y, width)),
            value(apply_binary(op, x, y, width), 0 if op.yields_bool else width),
        )
        for x, y in product(range(2) if op.is_logical else WORDS, repeat=2)
    ]
    assert means(says, cases)


@each
@pytest.mark.parametrize("op", UnaryOp)
def test_one_operand(says: Says, op: UnaryOp) -> None:
    width = 0 if op is UnaryOp.NOT else WIDTH
    operands = range(2) if op is UnaryOp.NOT else WORDS
    cases = [
        (Unary(op, value(x, width)), value(apply_unary(op, x, width), width)) for x in operands
    ]
    assert means(says, cases)


@each
def test_choices(says: Says) -> None:
    for width in (0, WIDTH):
        one, other = value(1, width), value(0, width)
        cases = [(Ite(TRUE, one, other), one), (Ite(FALSE, one, other), other)]
        assert means(says, cases)


@each
def test_parts_and_extensions(says: Says) -> None:
    cuts = [(high, low) for high in range(4) for low in range(high + 1)]
    cases: list[tuple[Expr, Expr]] = [
        (Extract(word(n, 4), high, low), word(extract(n, high, low), high - low + 1))
        for n in (5, 12) for high, low in cuts
    ]  # fmt: skip
    cases += [
        (Extend(word(n, WIDTH), 5, signed), word(extend(n, WIDTH, 5, signed), 5))
        for n in WORDS for signed in (False, True)
    ]  # fmt: skip
    assert means(says, cases)


@each
def test_variables_are_what_they_are_called(says: Says) -> None:
    """One is the same wherever it is mentioned, and nothing else is."""
    x, y = (Var(name, bits(WIDTH), Scope.LOCAL) for name in "xy")
    p, q = (Var(name, BOOL, Scope.LOCAL) for name in "pq")
    shared, wide = Var("x", bits(WIDTH), Scope.GLOBAL), Var("x", bits(5), Scope.LOCAL)
    truths = [eq(x, word(1, WIDTH)), eq(y, word(2, WIDTH)), eq(shared, word(3, WIDTH)),
              eq(wide, word(31, 5)), p, not_(q)]  # fmt: skip
    asked = [
        Question("they differ", all_of(truths)),
        Question("one is not itself", Binary(BinaryOp.ULT, x, x)),
        Question("nor is this", and_(p, Unary(UnaryOp.NOT, p))),
        Question("in another question", eq(x, word(2, WIDTH))),
        Question("nor there", and_(eq(x, word(2, WIDTH)), eq(x, word(3, WIDTH)))),
    ]
    assert says(asked) == (Sat(), Unsat(), Unsat(), Sat(), Unsat())
    assert says([]) == ()


@each
def test_answers_come_in_the_order_of_the_questions(says: Says) -> None:
    yes, no = Question("yes", P_LESS), Question("no", and_(P_LESS, ult(Q, P)))
    assert says([yes, no, no, yes]) == (Sat(), Unsat(), Unsat(), Sat())


@each
def test_smaller_questions_are_asked_first(says: Says) -> None:
    """What they settle is settled, whatever the whole is."""
    assert says([Question("lies", P_LESS, (and_(P_LESS, ult(Q, P)),))]) == (Unsat(),)
    assert says([Question("true", P_LESS, (P_LESS,))]) == (Sat(),)


P, Q, N = (Var(name, bits(48), Scope.LOCAL) for name in "pqn")
P_LESS = ult(P, Q)
PRODUCT = Question("even", and_(eq(Binary(BinaryOp.MUL, P, Q), add(N, N)), not_(eq(P, N))))


# ---- what they say -----------------------------------------------------------------------------


def test_answers_are_told_as_they_are() -> None:
    assert str(Sat()) == "the invariant allows it"
    assert str(GaveUp("timeout")) == "no answer (timeout)"


@pytest.mark.parametrize(
    ("says", "limit", "reason"),
    [
        (z3_says, "rlimit", "max. resource limit exceeded"),
        (cvc5_says, "rlimit", "RESOURCEOUT"),
        (bitwuzla_says, "limit", "unknown"),
    ],
    ids=["z3", "cvc5", "bitwuzla"],
)
def test_a_solver_that_has_done_enough_gives_up(says: Says, limit: str, reason: str) -> None:
    """And says so; without a limit it goes on."""
    (answer,) = says([PRODUCT], **{limit: 1})
    assert isinstance(answer, GaveUp)
    assert reason in answer.reason
    assert says([Question("small", P_LESS)], **{limit: 0}) == (Sat(),)


def test_what_z3_must_not_be_asked_it_is_not_asked(monkeypatch) -> None:
    """It was made for bit-vectors, and may answer anything else wrongly."""
    monkeypatch.setattr(ask_z3, "Terms", lambda _name: lambda _expr: z3.Int("n") > 3)
    assert z3_says([Question("whole", P_LESS)]) == (
        GaveUp("not a question about bit-vectors alone"),
    )


def test_an_exception_of_z3_is_no_answer(monkeypatch) -> None:
    def fails(_solver: Any) -> Any:
        raise z3.Z3Exception("out of memory")

    monkeypatch.setattr(z3.Solver, "check", fails)
    assert z3_says([Question("any", P_LESS)]) == (GaveUp("out of memory"),)


def test_an_unknown_of_z3_is_no_answer(monkeypatch) -> None:
    monkeypatch.setattr(z3.Solver, "check", lambda _solver: z3.unknown)
    monkeypatch.setattr(z3.Solver, "reason_unknown", lambda _solver: "tired")
    assert z3_says([Question("any", P_LESS)]) == (GaveUp("tired"),)


@pytest.mark.parametrize(
    ("says", "table", "kind"),
    [
        (cvc5_says, ask_cvc5._BINARY, Cvc5Kind.BITVECTOR_AND),
        (bitwuzla_says, ask_bitwuzla._BINARY, BitwuzlaKind.BV_AND),
    ],
    ids=["cvc5", "bitwuzla"],
)
def test_what_a_solver_does_not_take_is_no_answer(
    says: Says, table: Any, kind: Any, monkeypatch
) -> None:
    monkeypatch.setitem(table, BinaryOp.AND, kind)
    (answer,) = says([Question("two sorts", Binary(BinaryOp.AND, P_LESS, eq(P, N)))])
    assert isinstance(answer, GaveUp)
    assert "sort" in answer.reason or "term" in answer.reason


# ---- how cvc5 is asked -------------------------------------------------------------------------

LAZY, WHOLE = {}, {"bitblast": "eager"}
ENOUGH = ask_cvc5._LAZILY


@pytest.mark.parametrize(
    ("rlimit", "ways"),
    [
        (0, [(ENOUGH, LAZY), (0, WHOLE)]),
        (5, [(5, LAZY)]),
        (ENOUGH, [(ENOUGH, LAZY)]),
        (ENOUGH + 1, [(ENOUGH, LAZY), (ENOUGH + 1, WHOLE)]),
    ],
)
def test_what_is_not_settled_lazily_is_asked_whole(rlimit: int, ways: Any, monkeypatch) -> None:
    """No limit is exceeded, and what was settled is not asked again."""
    said: list[tuple[int, dict[str, str]]] = []
    answers: list[Answer] = []

    def asked(_terms: Any, expr: Expr, rlimit: int, **options: str) -> Answer:
        assert expr is P_LESS
        said.append((rlimit, options))
        return answers.pop(0)

    monkeypatch.setattr(ask_cvc5, "_asked", asked)
    for first in (Sat(), Unsat()):
        answers[:], said[:] = [first, GaveUp("never asked")], []
        assert cvc5_says([Question("any", P_LESS)], rlimit=rlimit) == (first,)
        assert said == ways[:1]
    last = [GaveUp("lazy"), GaveUp("whole")][: len(ways)]
    answers[:], said[:] = list(last), []
    assert cvc5_says([Question("any", P_LESS)], rlimit=rlimit) == (last[-1],)
    assert said == ways
    if len(ways) > 1:
        answers[:] = [GaveUp("lazy"), Unsat()]
        assert cvc5_says([Question("any", P_LESS)], rlimit=rlimit) == (Unsat(),)


def test_both_ways_of_cvc5_find_what_there_is(monkeypatch) -> None:
    monkeypatch.setattr(ask_cvc5, "_LAZILY", 1)
    assert cvc5_says([Question("yes", and_(P_LESS, ult(N, P)))]) == (Sat(),)
    assert cvc5_says([Question("no", and_(P_LESS, ult(Q, P)))]) == (Unsat(),)
