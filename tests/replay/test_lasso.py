"""A loop goes on for ever only if a run comes back to where it was, in all that matters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from tiny import (
    CHOICE,
    COUNT,
    DATA,
    ME,
    SAVED,
    check,
    edge,
    number,
    program,
    rounds,
    thread,
    variable,
)

from cecheck.ir.build import add, eq, ne, not_, ult
from cecheck.ir.expr import TRUE, Expr, Scope, Var
from cecheck.ir.program import Action, CheckKind, Program
from cecheck.ir.trace import Actor, Move, Schedule, Trace
from cecheck.replay.replay import EarlierViolation, Mismatch, replay

ONE, TWO = Actor(0, 0), Actor(0, 1)
AGAIN, STOP = {CHOICE.name: 1}, {CHOICE.name: 0}
NOT_ROUND = "the run does not come back to where it was"


def ran(model: Program, moves: Iterable[Move], actors: Iterable[Actor] = (ONE,)) -> Schedule:
    """Return the run of *moves*, which is to come round in the first loop that is asked."""
    names = {var.name: 0 for var in model.threads[0].locals}
    local = {actor: {**names, ME.name: number + 1} for number, actor in enumerate(actors)}
    shared = {var.name: 0 for var in model.globals}
    return Schedule({}, shared, local, tuple(moves), ONE, model.threads[0].checks[0], {})


def turns(*choices: dict[str, int]) -> list[Move]:
    """Return the moves of a call that goes round once for each of *choices*."""
    return [Move(ONE, {}, 1), *[Move(ONE, choice, 2) for choice in choices]]


def test_a_loop_that_changes_nothing_comes_round() -> None:
    model = rounds(step=0)
    found = replay(model, ran(model, turns(AGAIN)))
    assert isinstance(found, Trace)
    assert (found.again, len(found.steps)) == (1, 3)


def test_what_decides_nothing_may_differ() -> None:
    """`saved` is another after the round."""
    model = rounds(step=0)
    found = replay(model, ran(model, turns(AGAIN)))
    assert isinstance(found, Trace)
    assert found.final[SAVED.name] == 1


@pytest.mark.parametrize(
    "moves",
    [
        [],  # at the beginning
        turns(),  # the first arrival
        [*turns(AGAIN)[:1], Move(ONE, AGAIN, 1)],  # in the middle of a round
        [*turns(), Move(ONE, STOP, 2)],  # the call is over
    ],
)
def test_a_run_that_arrives_once_is_no_loop(moves: list[Move]) -> None:
    model = rounds(step=0)
    assert isinstance(replay(model, ran(model, moves)), Mismatch)


def test_a_counter_that_decides_is_never_what_it_was() -> None:
    model = rounds()
    for times in range(1, 10):
        assert replay(model, ran(model, turns(*[AGAIN] * times))) == Mismatch(times + 1, NOT_ROUND)


def test_coming_back_by_way_of_another_call_is_not_going_round() -> None:
    model = rounds(step=0)
    leaves = [*turns(), Move(ONE, STOP, 2), *turns()]
    assert replay(model, ran(model, leaves)) == Mismatch(3, NOT_ROUND)


def test_a_later_round_may_be_the_one() -> None:
    """The first changes something that matters, the second does not."""
    first = variable("first", Scope.LOCAL)
    edges = [
        edge(0, 1, TRUE, {first: number(1)}),
        edge(1, 1, ult(first, number(3)), {first: number(0)}),
        edge(1, 0, not_(ult(first, number(3)))),
    ]
    model = program([thread(edges, [check(1, TRUE, "walk", CheckKind.BOUNDED)], [first])])
    walk = [Move(ONE, {}, 1)]
    assert isinstance(replay(model, ran(model, [*walk, Move(ONE, {}, 1)])), Mismatch)
    found = replay(model, ran(model, [*walk, Move(ONE, {}, 2)]))
    assert isinstance(found, Trace)
    assert found.again == 2


CHAIN = [variable(f"link {n}", Scope.LOCAL) for n in range(3)]


def test_what_decides_a_later_round_matters_too() -> None:
    """The first link decides, and takes its value from the second, and that from the third."""
    first, second, third = CHAIN
    edges = [
        edge(0, 1, TRUE, {first: number(0), second: number(0), third: number(0)}),
        edge(1, 1, ne(first, number(1)), {first: second, second: third, third: number(1)}),
        edge(1, 0, eq(first, number(1))),
    ]
    model = program([thread(edges, [check(1, TRUE, "walk", CheckKind.BOUNDED)], CHAIN)])
    for times in (1, 2):
        moves = [Move(ONE, {}, 1), Move(ONE, {}, times)]
        assert replay(model, ran(model, moves)) == Mismatch(2, NOT_ROUND)


def test_what_ends_the_run_in_a_later_round_matters_too() -> None:
    """A check that the count is not five: it is the fifth round that ends the run."""
    grows = [edge(0, 1), edge(1, 2, eq(CHOICE, number(1))), edge(1, 0, ne(CHOICE, number(1)))]
    grows.append(edge(2, 1, TRUE, {COUNT: add(COUNT, number(1))}))
    asked = [check(1, TRUE, "walk", CheckKind.BOUNDED), check(2, eq(COUNT, number(5)), "five")]
    start = eq(COUNT, number(0))
    model = program([thread(grows, asked, [COUNT], initial=start)])
    for times in range(1, 6):
        moves = [Move(ONE, {}, 1), *[Move(ONE, AGAIN, 2)] * times]
        assert replay(model, ran(model, moves)) == Mismatch(times + 1, NOT_ROUND)
    moves = [Move(ONE, {}, 1), *[Move(ONE, AGAIN, 2)] * 6]
    assert isinstance(replay(model, ran(model, moves)), EarlierViolation)
    unasked = replace(model, threads=(replace(model.threads[0], checks=tuple(asked[:1])),))
    assert isinstance(replay(unasked, ran(unasked, moves[:2])), Trace)


def until(word: Expr, *changed: Var) -> Program:
    """Two threads that go round until *word* is not zero, which each counts up."""
    more = eq(word, number(0))
    count = {var: add(var, number(1)) for var in changed}
    edges = [
        edge(0, 1, TRUE, {}, Action.LOCAL),
        edge(1, 2, more, {}, Action.SHARED),
        edge(1, 0, not_(more), {}, Action.SHARED),
        edge(2, 1, TRUE, count, Action.SHARED),
    ]
    asked = [check(1, TRUE, "walk", CheckKind.BOUNDED)]
    return program([thread(edges, asked, [COUNT])], [DATA], eq(DATA, number(0)))


def test_shared_words_matter_like_the_threads_own() -> None:
    moves = [Move(ONE, {}, 1), Move(ONE, {}, 2)]
    stays, changes = until(DATA), until(DATA, DATA)
    assert isinstance(replay(stays, ran(stays, moves)), Trace)
    assert replay(changes, ran(changes, moves)) == Mismatch(2, NOT_ROUND)


def test_nobody_else_moves_in_a_round_that_repeats_itself() -> None:
    """Whether another thread could go on doing what it did is not looked at."""
    model = until(DATA)
    alone = [Move(ONE, {}, 1), Move(ONE, {}, 1), Move(ONE, {}, 1)]
    assert isinstance(replay(model, ran(model, alone, (ONE, TWO))), Trace)
    between = [Move(TWO, {}, 1), *alone[:2], Move(TWO, {}, 2), alone[2]]
    assert replay(model, ran(model, between, (ONE, TWO))) == Mismatch(5, NOT_ROUND)
    before = [Move(TWO, {}, 1), *alone]
    assert isinstance(replay(model, ran(model, before, (ONE, TWO))), Trace)


def test_the_loop_of_another_thread_is_not_this_ones() -> None:
    """The last actor must be the one that goes round."""
    model = until(DATA)
    moves = [Move(TWO, {}, 3), Move(ONE, {}, 1)]
    assert isinstance(replay(model, ran(model, moves, (ONE, TWO))), Mismatch)
