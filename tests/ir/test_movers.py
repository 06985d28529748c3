"""What a lock protects is nobody else's; what only looks like a lock protects nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from tiny import DATA, LOCK, ME, SAVED, check, edge, number, program, thread

from cecheck.ir.build import eq, ite, not_, or_
from cecheck.ir.expr import TRUE
from cecheck.ir.movers import Mover, movers
from cecheck.ir.program import Action, Edge, Program, Thread

FREE, MINE = eq(LOCK, number(0)), eq(LOCK, ME)
GIVEN = {LOCK: ite(MINE, number(0), LOCK)}
TAKE = edge(0, 1, or_(FREE, MINE), {LOCK: ME}, Action.BLOCKING)
WRITE = edge(1, 2, TRUE, {DATA: ME}, Action.SHARED)
READ = edge(2, 3, TRUE, {SAVED: DATA}, Action.SHARED)
GIVE = edge(3, 0, TRUE, GIVEN, Action.SHARED)
USUAL = (TAKE, WRITE, READ, GIVE)


def model(*threads: Thread) -> Program:
    return program(threads, [LOCK, DATA], FREE, locks=(LOCK,))


def moves(edges: Iterable[Edge], *others: Thread) -> list[Mover]:
    """Return how the locations 0, 1, ... of a client with these edges move."""
    found = movers(model(thread(edges, (), [SAVED]), *others))[0]
    return [found[here] for here in sorted(found)]


def test_what_is_done_under_a_lock_is_local() -> None:
    expected = [Mover.TAKES, Mover.LOCAL, Mover.LOCAL, Mover.GIVES]
    assert moves(USUAL) == expected
    assert moves((replace(TAKE, guard=FREE), *USUAL[1:])) == expected


@pytest.mark.parametrize(
    "instead",
    [
        replace(TAKE, guard=TRUE),  # taken from whoever has it
        replace(TAKE, guard=not_(FREE)),
        replace(TAKE, updates=((LOCK, number(1)),)),  # under a name that all share
        replace(GIVE, updates=((LOCK, number(0)),)),  # given back by anybody
        replace(GIVE, updates=((LOCK, ite(MINE, number(0), ME)),)),
        replace(GIVE, updates=((LOCK, ite(MINE, number(2), LOCK)),)),  # to another thread
    ],
)
def test_a_word_that_is_treated_otherwise_is_no_lock(instead: Edge) -> None:
    edges = [instead if one.start == instead.start else one for one in USUAL]
    assert moves(edges) == [Mover.SEEN] * 4
    careless = replace(thread(edges, (), [SAVED], count=1), name="careless")
    assert moves(USUAL, careless) == [Mover.SEEN] * 4


def test_a_lock_that_somebody_looks_at_is_none() -> None:
    for peek in (
        edge(0, 0, TRUE, {SAVED: LOCK}, Action.SHARED),
        edge(0, 0, FREE, {}, Action.BLOCKING),
    ):
        assert moves(USUAL, thread([peek], (), [SAVED], count=1)) == [Mover.SEEN] * 4
    asks = thread([edge(0, 0)], [check(0, FREE)], count=1)
    assert moves(USUAL, asks) == [Mover.SEEN] * 4
    is_mine = thread([edge(0, 0)], [check(0, MINE)], count=1)
    assert moves(USUAL, is_mine)[1] is Mover.LOCAL


def test_a_thread_that_may_be_nobody_takes_no_lock() -> None:
    anybody = replace(thread(USUAL, (), [SAVED]), initial=TRUE)
    assert set(movers(model(anybody))[0].values()) == {Mover.SEEN}
    known = replace(anybody, initial=eq(ME, number(7)))
    assert movers(model(known))[0][1] is Mover.LOCAL


@pytest.mark.parametrize(
    "touch",
    [
        thread([edge(0, 0, TRUE, {DATA: number(1)}, Action.SHARED)], count=1),
        thread([edge(0, 0, TRUE, {SAVED: DATA}, Action.SHARED)], (), [SAVED], count=1),
        thread([edge(0, 0, eq(DATA, number(1)), {}, Action.BLOCKING)], count=1),
        thread([edge(0, 0)], [check(0, eq(DATA, number(1)))], count=1),
    ],
)
def test_what_is_touched_without_the_lock_is_shared(touch: Thread) -> None:
    assert moves(USUAL, touch) == [Mover.TAKES, Mover.SEEN, Mover.SEEN, Mover.GIVES]


def test_a_lock_that_is_held_on_one_of_two_ways_is_not_held() -> None:
    branch = [
        edge(5, 0, eq(SAVED, number(0)), {}),
        edge(5, 1, not_(eq(SAVED, number(0))), {}),
    ]
    edges = [*USUAL, *branch]
    jumps = replace(thread(edges, (), [SAVED]), start=5)
    assert movers(model(jumps))[0][1] is Mover.SEEN
    given_twice = [TAKE, edge(1, 2, TRUE, GIVEN, Action.SHARED), READ, GIVE]
    assert moves(given_twice)[2] is Mover.SEEN


def test_memory_of_others_is_seen_under_a_lock_too() -> None:
    assert moves((TAKE, edge(1, 2, action=Action.ACCESS), READ, GIVE))[1] is Mover.SEEN
    assert moves((TAKE, edge(1, 2, action=Action.SHARED), READ, GIVE))[1] is Mover.SEEN
    assert moves((TAKE, replace(WRITE, action=Action.ACCESS), READ, GIVE))[1] is Mover.SEEN
    assert moves((TAKE, edge(1, 2, action=Action.BLOCKING), READ, GIVE))[1] is Mover.SEEN


def test_of_a_thread_that_is_alone_nobody_sees_anything() -> None:
    """As soon as there is a second one, or may be, others see what no lock protects."""
    edges = (replace(TAKE, guard=TRUE), *USUAL[1:])
    alone = thread(edges, (), [SAVED], count=1)
    assert set(movers(model(alone))[0].values()) == {Mover.LOCAL}
    for others in ([alone, thread(edges, (), [SAVED])], [replace(alone, count=2)]):
        assert Mover.SEEN in movers(model(*others))[0].values()
