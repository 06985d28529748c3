"""Nothing but *unsatisfiable*, said by every solver of every question, proves a claim."""

from __future__ import annotations

from typing import Any

import pytest
import z3
from bitwuzla import Kind
from certificates import BOTH, EXCLUSION, GOOD, LOCKED, all_claims, certificate, found
from tiny import (
    COUNT,
    counter,
    number,
    published,
)

from cecheck.certify import ask_bitwuzla, ask_cvc5
from cecheck.certify.answer import Answer, GaveUp, Sat, Unsat
from cecheck.certify.ask_bitwuzla import bitwuzla_says
from cecheck.certify.ask_cvc5 import cvc5_says
from cecheck.certify.ask_z3 import z3_says
from cecheck.certify.check import Backend, flaws
from cecheck.certify.questions import Claim, Question, questions
from cecheck.encode.terms import is_pure
from cecheck.ir.build import add, all_of, and_, eq, not_, ule, ult
from cecheck.ir.expr import TRUE, Binary, BinaryOp, Expr, Scope, Var, bits

EACH = (*BOTH, bitwuzla_says)


@pytest.mark.parametrize(
    "claims", [[], [Claim(0, 2)], [Claim(1, 0)], [Claim(-1, 0)], [Claim(0, -1)]]
)
def test_a_claim_names_a_check(claims: list[Claim]) -> None:
    assert flaws(LOCKED, GOOD, claims, BOTH)


def test_a_claim_does_not_count_from_the_end() -> None:
    model = published()
    judged = certificate(model, dict.fromkeys(range(8), TRUE), dict.fromkeys(range(4), TRUE))
    for claim in (Claim(-1, 0), Claim(1, -1), Claim(1, -2), Claim(-2, 0)):
        told = flaws(model, judged, [claim], [answering(Unsat())])
        assert told == (f"{claim} names no check",)


def answering(answer: Answer) -> Backend:
    return lambda asked: tuple(answer for _ in asked)


def test_nothing_but_unsatisfiable_proves() -> None:
    for answer in (Sat(), GaveUp("timeout"), GaveUp("")):
        assert flaws(LOCKED, GOOD, all_claims(LOCKED), [z3_says, answering(answer)])


def test_no_solver_proves_nothing() -> None:
    assert flaws(LOCKED, GOOD, all_claims(LOCKED), [])


def test_a_solver_that_answers_too_little_or_too_much_proves_nothing() -> None:
    for says in (lambda asked: (), lambda asked: (Unsat(),) * (len(asked) + 1)):
        assert flaws(LOCKED, GOOD, all_claims(LOCKED), [says])


def test_one_lying_solver_is_caught_by_the_other() -> None:
    judged = certificate(LOCKED, dict.fromkeys(EXCLUSION, TRUE))
    for honest in EACH:
        assert flaws(LOCKED, judged, all_claims(LOCKED), [answering(Unsat()), honest])


def test_all_solvers_give_the_same_answers() -> None:
    for formulas in (EXCLUSION, dict.fromkeys(EXCLUSION, TRUE)):
        asked = questions(LOCKED, certificate(LOCKED, formulas), all_claims(LOCKED))
        assert asked
        assert z3_says(asked) == cvc5_says(asked) == bitwuzla_says(asked)


P, Q, N = (Var(name, bits(48), Scope.LOCAL) for name in "pqn")
PRODUCT = Question(
    "a product that is even", and_(eq(Binary(BinaryOp.MUL, P, Q), add(N, N)), not_(eq(P, N)))
)


def test_a_solver_out_of_resources_gives_up() -> None:
    for says in (z3_says, cvc5_says):
        (answer,) = says([PRODUCT], rlimit=1)  # type: ignore[call-arg]
        assert isinstance(answer, GaveUp)
    (answer,) = bitwuzla_says([PRODUCT], limit=1)
    assert isinstance(answer, GaveUp)


def test_what_bitwuzla_does_not_take_is_no_answer(monkeypatch) -> None:
    monkeypatch.setitem(ask_bitwuzla._BINARY, BinaryOp.AND, Kind.BV_AND)
    (answer,) = bitwuzla_says([Question("two sorts", Binary(BinaryOp.AND, eq(P, Q), eq(P, N)))])
    assert isinstance(answer, GaveUp)
    assert "unexpected sort" in str(answer)


def test_what_is_not_settled_lazily_is_asked_whole(monkeypatch) -> None:
    """With the answers that it has otherwise; a limit is one for both ways."""
    asked = questions(LOCKED, certificate(LOCKED, EXCLUSION), all_claims(LOCKED))
    yes = Question("both", and_(ult(P, Q), ult(N, P)))
    before = cvc5_says([*asked, yes])
    assert Unsat() in before
    assert before[-1] == Sat()
    ways: list[dict[str, str]] = []
    ask = ask_cvc5._asked

    def noted(terms: Any, expr: Expr, rlimit: int, **options: str) -> Answer:
        ways.append(options)
        return ask(terms, expr, rlimit, **options)

    monkeypatch.setattr(ask_cvc5, "_asked", noted)
    monkeypatch.setattr(ask_cvc5, "_LAZILY", 1)
    assert cvc5_says([*asked, yes]) == before
    assert {"bitblast": "eager"} in ways
    ways.clear()
    assert isinstance(cvc5_says([PRODUCT], rlimit=1)[0], GaveUp)
    assert ways == [{}]


def test_only_bit_vectors_are_pure() -> None:
    """The solver for bit-vectors answers wrongly about anything else."""
    whole, small = z3.Int("n"), z3.BitVec("x", 8)
    array = z3.Array("a", z3.BitVecSort(8), z3.BitVecSort(8))
    function = z3.Function("f", z3.BoolSort(), z3.BoolSort())
    assert is_pure([z3.ULT(small, 3), z3.Bool("p"), z3.BoolVal(True)])
    for strange in (
        whole > 3,
        z3.BV2Int(small) > 255,
        array[small] == small,
        function(z3.Bool("p")),
        z3.ForAll([small], small == small + 0),
        z3.If(whole > 3, small, small + 1) == small,
    ):
        assert not is_pure([z3.Bool("p"), z3.Or(z3.Bool("q"), strange)])


def test_every_part_of_a_formula_is_asked() -> None:
    """However large a formula is: a false part among true ones is found."""
    others = [not_(eq(add(COUNT, number(k)), number(k + 50))) for k in range(20)]
    formula = all_of([*others[:10], ule(COUNT, number(9)), *others[10:]])
    assert found(counter(10), {0: all_of([*others, ule(COUNT, number(10))])}) == ()
    assert found(counter(10), {0: formula})
