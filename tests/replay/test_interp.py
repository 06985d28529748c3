"""One thread, one edge at a time, on plain integers."""

from __future__ import annotations

from itertools import product

import pytest
from tiny import COUNT, DATA, ME, SAVED, counter, edge, number, program, thread, variable

from cecheck.ir.build import add, eq, not_, word
from cecheck.ir.expr import FALSE, TRUE, Binary, BinaryOp, Expr, Extend, Scope, Unary, UnaryOp, Var
from cecheck.ir.program import Action, Program
from cecheck.ir.trace import Actor
from cecheck.replay.interp import Machine, State, Stuck, combined, evaluate
from cecheck.replay.replay import run_until

CLIENT = Actor(0, 0)
GUESS = variable("guess", Scope.INPUT)
OTHER = variable("other", Scope.DEMONIC)


def standing(at: int, shared: dict[Var, int] | None = None, **local: int) -> State:
    """Return a state of one thread."""
    names = {"saved": SAVED, "count": COUNT}
    values = {ME: 1, **{names[name]: value for name, value in local.items()}}
    return State({}, shared or {}, {CLIENT: values}, {CLIENT: at})


def assigning(value: Expr) -> Program:
    return program([thread([edge(0, 1, updates={SAVED: value})], variables=[SAVED])])


def after(value: Expr, **inputs: int) -> int:
    """Return what SAVED is once *value* is assigned to it."""
    taken = Machine(assigning(value)).step(standing(0, saved=9), CLIENT, inputs)
    assert not isinstance(taken, Stuck)
    return taken[0].local[CLIENT][SAVED]


def test_inputs_that_are_not_named_are_zero() -> None:
    assert after(GUESS, guess=7) == 7
    assert after(GUESS) == 0


def test_an_input_is_reduced_to_its_width() -> None:
    assert after(GUESS, guess=257) == 1


def test_what_is_demonic_is_zero_whatever_the_schedule_says() -> None:
    assert after(OTHER, other=7) == 0


def test_all_updates_of_an_edge_happen_at_once() -> None:
    swap = edge(0, 1, updates={SAVED: DATA, DATA: SAVED}, action=Action.SHARED)
    machine = Machine(program([thread([swap], variables=[SAVED])], [DATA]))
    taken = machine.step(standing(0, {DATA: 3}, saved=5), CLIENT, {})
    assert not isinstance(taken, Stuck)
    state, step = taken
    assert (state.shared[DATA], state.local[CLIENT][SAVED]) == (5, 3)
    assert step.changes == ((SAVED, 5, 3), (DATA, 3, 5))


def test_a_step_leaves_the_state_it_came_from_alone() -> None:
    state = standing(0, saved=1)
    Machine(assigning(number(2))).step(state, CLIENT, {})
    assert state.local[CLIENT][SAVED] == 1
    assert state.at[CLIENT] == 0


def test_a_thread_with_no_edge_enabled_is_stuck() -> None:
    machine = Machine(program([thread([edge(0, 1, eq(ME, number(2)))])]))
    assert machine.step(standing(0), CLIENT, {}) == Stuck("0 edges are enabled at location 0")


def test_a_thread_with_two_edges_enabled_is_stuck() -> None:
    machine = Machine(program([thread([edge(0, 1), edge(0, 2)])]))
    assert machine.step(standing(0), CLIENT, {}) == Stuck("2 edges are enabled at location 0")


def test_a_block_runs_to_the_next_location_to_stop_at() -> None:
    machine = Machine(counter(5))
    found = run_until(machine, standing(0, count=0), CLIENT, {}, frozenset({0}))
    assert not isinstance(found, Stuck)
    state, edges = found
    assert (state.at[CLIENT], state.local[CLIENT][COUNT], edges) == (0, 1, 2)


def test_a_block_ends_where_the_thread_ends() -> None:
    machine = Machine(counter(5))
    found = run_until(machine, standing(0, count=5), CLIENT, {}, frozenset())
    assert not isinstance(found, Stuck)
    assert (found[0].at[CLIENT], found[1]) == (2, 1)


def test_a_block_says_where_it_is_stuck() -> None:
    guards = edge(0, 1), edge(1, 2, not_(eq(ME, number(1))))
    machine = Machine(program([thread(guards)]))
    found = run_until(machine, standing(0), CLIENT, {}, frozenset({2}))
    assert found == Stuck("0 edges are enabled at location 1")


def test_evaluation_needs_no_stack() -> None:
    expr: Expr = DATA
    for _ in range(50_000):
        expr = Binary(BinaryOp.ADD, expr, number(1))
    assert evaluate(expr, lambda _: 0) == 50_000 % 256


def test_a_shared_table_is_used() -> None:
    known = {DATA: 4}
    assert evaluate(add(DATA, number(1)), lambda _: 0, known) == 5  # type: ignore[arg-type]


# ---- operators, as the standard of SMT-LIB has them --------------------------------------------


def signed(value: int, width: int) -> int:
    return value - (1 << width) if value >> width - 1 else value


def quotient(left: int, right: int, width: int) -> int:
    """Divide signed numbers, towards zero; by zero it is 1 of a negative one, else -1."""
    a, b = signed(left, width), signed(right, width)
    if b == 0:
        return 1 if a < 0 else -1
    size = abs(a) // abs(b)
    return -size if (a < 0) != (b < 0) else size


def rest(left: int, right: int, width: int) -> int:
    """Return what is left of a division: it has the sign of what is divided."""
    a, b = signed(left, width), signed(right, width)
    size = abs(a) % abs(b) if b else abs(a)
    return -size if a < 0 else size


MEANINGS = {
    BinaryOp.SDIV: quotient,
    BinaryOp.SREM: rest,
    BinaryOp.ASHR: lambda a, b, w: signed(a, w) >> b,
}


@pytest.mark.parametrize("op", MEANINGS)
@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_signed_operators_mean_what_the_standard_says(op: BinaryOp, width: int) -> None:
    for a, b in product(range(1 << width), repeat=2):
        node = Binary(op, word(a, width), word(b, width))
        assert evaluate(node, nobody) == MEANINGS[op](a, b, width) % (1 << width), (a, b)


def nobody(var: Var) -> int:
    raise AssertionError(f"{var} is no constant")


@pytest.mark.parametrize("value", range(8))
def test_a_word_is_widened_by_its_sign_or_by_zeros(value: int) -> None:
    three = word(value, 3)
    assert evaluate(Extend(three, 5, False), nobody) == value
    assert evaluate(Extend(three, 5, True), nobody) == signed(value, 3) % 32


def test_results_have_the_width_of_what_they_are() -> None:
    """A truth value has one bit."""
    assert evaluate(Unary(UnaryOp.NEG, word(0, 3)), nobody) == 0
    assert evaluate(Unary(UnaryOp.NEG, word(1, 3)), nobody) == 7
    assert evaluate(Unary(UnaryOp.NOT, FALSE), nobody) == 1
    assert evaluate(Unary(UnaryOp.NOT, TRUE), nobody) == 0
    assert evaluate(Binary(BinaryOp.ADD, word(1, 1), word(1, 1)), nobody) == 0
    flag = variable("flag", Scope.INPUT, 0)
    machine = Machine(program([thread([edge(0, 1, flag)])]))
    assert not isinstance(machine.step(standing(0), CLIENT, {"flag": 3}), Stuck)
    assert isinstance(machine.step(standing(0), CLIENT, {"flag": 2}), Stuck)


def test_variables_are_asked_for_and_not_worked_out() -> None:
    with pytest.raises(AssertionError, match=r"^variables have no arguments$"):
        combined(DATA, ())


def test_a_block_that_never_ends_says_so() -> None:
    machine = Machine(counter(255))
    found = run_until(machine, standing(0, count=0), CLIENT, {}, frozenset({2}))
    assert found == Stuck("no location to stop at is met")
