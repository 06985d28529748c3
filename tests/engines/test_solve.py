"""Only `sat` is sat and only `unsat` is unsat."""

from __future__ import annotations

import pytest
import z3

from cecheck.engines.solve import Budget, GaveUp, Sat, Unsat, ask, bit_vector_solver


class Stub:
    """A solver that answers as it is told."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def check(self, *assumptions: object) -> object:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def model(self) -> object:
        return "model"

    def unsat_core(self) -> object:
        return []

    def reason_unknown(self) -> str:
        return "because"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (z3.sat, Sat("model")),
        (z3.unsat, Unsat(())),
        (z3.unknown, GaveUp("because")),
        (None, GaveUp("because")),
        (True, GaveUp("because")),
        ("sat", GaveUp("because")),
        (z3.Z3Exception("canceled"), GaveUp("canceled")),
    ],
)
def test_answers_are_read_exactly(answer, expected):
    """Whatever is neither `sat` nor `unsat` is no answer."""
    assert ask(Stub(answer)) == expected


def test_memory_ends_the_child():
    """A solver that ran out of memory is not asked again."""
    with pytest.raises(MemoryError):
        ask(Stub(z3.Z3Exception("out of memory")))


def test_a_core_names_assumptions():
    """The core of a refutation is among the assumptions."""
    solver = bit_vector_solver()
    a, b = z3.Bools("a b")
    x = z3.BitVec("x", 8)
    solver.add(z3.Implies(a, x == 1), z3.Implies(b, x != 1))
    assert isinstance(ask(solver, [a]), Sat)
    answer = ask(solver, [a, b])
    assert isinstance(answer, Unsat)
    assert {str(part) for part in answer.core} == {"a", "b"}


def test_a_budget_is_used_up():
    """Hard questions exhaust a budget, and every later one is refused."""
    x, y = z3.BitVecs("x y", 32)
    solver = bit_vector_solver()
    solver.add(x * y == 0x7FFFFFFF * 3, z3.UGT(x, 2), z3.UGT(y, 2), z3.ULT(x, 1 << 16))
    budget = Budget(1000)
    assert isinstance(budget.ask(solver), GaveUp)
    assert isinstance(budget.ask(bit_vector_solver()), GaveUp)
    assert isinstance(Budget(10**8).ask(bit_vector_solver()), Sat)
