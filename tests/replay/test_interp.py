"""One thread, one edge at a time, on plain integers."""

from __future__ import annotations

from tiny import COUNT, DATA, ME, SAVED, counter, edge, number, program, thread, variable

from cecheck.ir.build import add, eq, not_
from cecheck.ir.expr import Binary, BinaryOp, Expr, Scope, Var
from cecheck.ir.program import Action, Program
from cecheck.ir.trace import Actor
from cecheck.replay.interp import Machine, State, Stuck, evaluate
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


def test_a_block_that_never_ends_is_given_up() -> None:
    machine = Machine(counter(255))
    found = run_until(machine, standing(0, count=0), CLIENT, {}, frozenset({2}))
    assert isinstance(found, Stuck)


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
