"""A refutation counts only if its schedule is a run of the program, to the very end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tiny import DATA, SAVED, check, edge, number, program, race, thread, variable

from cecheck.ir.build import eq, ult, word
from cecheck.ir.expr import FALSE, TRUE, Expr, Scope
from cecheck.ir.program import CheckKind, Prefix, Program
from cecheck.ir.trace import Actor, Move, Schedule, Trace
from cecheck.replay.replay import EarlierViolation, Goal, Mismatch, replay

ONE, TWO, DRIVER = Actor(0, 0), Actor(0, 1), Actor(1, 0)
RACE = race()

# The client reads `data`, writes it, the driver marks, the client reads again.
FOUND = Schedule(
    rigid={},
    shared={"data": 0, "size": 0},
    local={ONE: {"me": 1, "saved": 0}, DRIVER: {"me": 2}},
    moves=(Move(ONE, {}, 2), Move(DRIVER, {}, 1), Move(ONE, {}, 1)),
    actor=ONE,
    check=RACE.threads[0].checks[0],
    last_inputs={},
)


def test_a_run_replays_step_by_step() -> None:
    trace = replay(RACE, FOUND)
    assert isinstance(trace, Trace)
    assert [(step.actor, step.edge.end) for step in trace.steps] == [
        (ONE, 1), (ONE, 2), (DRIVER, 1), (ONE, 3),
    ]  # fmt: skip
    assert trace.steps[1].changes == ((DATA, 0, 1),)
    assert trace.final == {"data": 1, "size": 1, "me": 1, "saved": 1}


WRONG: dict[str, dict[str, Any]] = {
    "facts or initial": {"shared": {"data": 1, "size": 0}},
    "initial of the thread": {"local": {ONE: {"me": 0, "saved": 0}, DRIVER: {"me": 2}}},
    "equal identities": {"local": {ONE: {"me": 2, "saved": 0}, DRIVER: {"me": 2}}},
    "a variable missing": {"shared": {"data": 0}},
    "a variable too many": {"shared": {"data": 0, "size": 0, "more": 0}},
    "a rigid variable nobody declared": {"rigid": {"slot": 0}},
    "a local missing": {"local": {ONE: {"me": 1}, DRIVER: {"me": 2}}},
    "out of range": {"local": {ONE: {"me": 1, "saved": 256}, DRIVER: {"me": 2}}},
    "negative": {"local": {ONE: {"me": 1, "saved": -1}, DRIVER: {"me": 2}}},
    "no driver thread": {"local": {ONE: {"me": 1, "saved": 0}}},
    "two driver threads": {"local": {**FOUND.local, Actor(1, 1): {"me": 3}}},
    "a kind that is not there": {"local": {**FOUND.local, Actor(2, 0): {"me": 3}}},
    "a kind before the first": {"local": {**FOUND.local, Actor(-1, 0): {"me": 3}}},
    "an edge too many": {"moves": (FOUND.moves[0], Move(DRIVER, {}, 2), FOUND.moves[2])},
    "an edge too few": {"moves": FOUND.moves[:2]},
    "a blocked edge": {"moves": (FOUND.moves[1], FOUND.moves[0], FOUND.moves[2])},
    "the mark too early": {"moves": (Move(ONE, {}, 3), Move(DRIVER, {}, 0))},
    "a thread that is not there moves": {"moves": (Move(TWO, {}, 1), *FOUND.moves)},
    "a thread that is not there ends": {"actor": TWO},
    "another thread ends": {"actor": DRIVER},
    "a check of another program": {"check": replace(FOUND.check, violated=TRUE)},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG.keys())
def test_what_is_no_run_is_a_mismatch(changes: dict[str, Any]) -> None:
    assert isinstance(replay(RACE, replace(FOUND, **changes)), Mismatch)


def test_a_mismatch_names_the_move() -> None:
    schedule = replace(FOUND, moves=(*FOUND.moves, Move(DRIVER, {}, 1)))
    assert replay(RACE, schedule) == Mismatch(3, "0 edges are enabled at location 1")


def test_facts_must_hold() -> None:
    slot = variable("slot", Scope.RIGID)
    changed = replace(RACE, rigid=(slot,), facts=ult(slot, number(3)))
    assert isinstance(replay(changed, replace(FOUND, rigid={"slot": 2})), Trace)
    assert isinstance(replay(changed, replace(FOUND, rigid={"slot": 3})), Mismatch)


GUESS = variable("guess", Scope.INPUT)


def guessing(*, earlier: CheckKind, last: CheckKind = CheckKind.ASSERT) -> Program:
    """Save an input twice; a check of kind *earlier* refuses 7, the *last* one 9."""
    edges = [edge(0, 1, updates={SAVED: GUESS}), edge(1, 2), edge(2, 3, updates={SAVED: GUESS})]
    checks = [
        check(1, eq(SAVED, number(7)), "first", earlier),
        check(3, eq(SAVED, number(9)), "second", last),
    ]
    return program([thread(edges, checks, [SAVED])])


def guesses(model: Program, first: int, second: int, name: int = 1) -> Schedule:
    moves = (Move(ONE, {"guess": first}, 2), Move(ONE, {"guess": second}, 1))
    local = {ONE: {"me": 1, "saved": 0}}
    return Schedule({}, {}, local, moves, ONE, model.threads[0].checks[name], {})


def test_a_run_ends_at_its_first_violation() -> None:
    """The engine's check is violated later, but the run does not get there."""
    model = guessing(earlier=CheckKind.MAPPED)
    found = replay(model, guesses(model, 7, 9))
    assert isinstance(found, EarlierViolation)
    assert found.check is model.threads[0].checks[0]
    assert len(found.trace.steps) == 1
    assert replay(model, found.trace.schedule) == found.trace


@pytest.mark.parametrize("kind", [CheckKind.RESTORED, CheckKind.PAIRED, CheckKind.REACHED])
def test_some_violations_do_not_end_a_run(kind: CheckKind) -> None:
    model = guessing(earlier=kind)
    assert isinstance(replay(model, guesses(model, 7, 9)), Trace)


def test_a_check_that_holds_at_the_end_is_a_mismatch() -> None:
    model = guessing(earlier=CheckKind.MAPPED)
    assert isinstance(replay(model, guesses(model, 1, 8)), Mismatch)


def test_the_last_check_has_inputs_of_its_own() -> None:
    asked = check(0, eq(GUESS, number(3)))
    model = program([thread([], [asked])])
    found = Schedule({}, {}, {ONE: {"me": 1}}, (), ONE, asked, {"guess": 3})
    assert isinstance(replay(model, found), Trace)
    assert isinstance(replay(model, replace(found, last_inputs={})), Mismatch)


@pytest.mark.parametrize(("reached", "expected"), [(TRUE, Trace), (FALSE, Mismatch)])
def test_a_site_is_reached_if_its_access_completes(reached: Expr, expected: type) -> None:
    asked = replace(check(1, FALSE), reached=reached)
    model = program([thread([edge(0, 1)], [asked])])
    found = Schedule({}, {}, {ONE: {"me": 1}}, (Move(ONE, {}, 1),), ONE, asked, {})
    assert isinstance(replay(model, found, Goal.REACHED), expected)
    assert isinstance(replay(model, found), Mismatch)


INDEX = variable("index", Scope.INPUT)


def sequential(limit: int) -> Program:
    """An access of bytes in order, from 40 on: those below *limit* are owned."""
    holds = ult(INDEX, number(limit))
    prefix = Prefix(INDEX, number(40), word(200, 8), holds)
    asked = replace(check(0, TRUE), prefix=prefix)
    return program([thread([edge(0, 1)], [asked, check(1, TRUE)])])


def test_every_byte_before_the_violating_one_is_reached() -> None:
    for limit, expected in ((201, Trace), (100, Mismatch)):
        model = sequential(limit)
        asked = model.threads[0].checks[0]
        found = replay(model, Schedule({}, {}, {ONE: {"me": 1}}, (), ONE, asked, {}))
        assert isinstance(found, expected)
        if isinstance(found, Mismatch):
            assert found.stop is not None
            assert 100 <= found.stop.byte < 200


def test_an_access_goes_on_only_past_bytes_that_it_reaches() -> None:
    """The first and the last byte are not enough: the run would have ended in between."""
    for limit, expected in ((201, Trace), (100, Mismatch)):
        passes = Prefix(INDEX, number(40), word(200, 8), ult(INDEX, number(limit)))
        going = replace(edge(0, 1), passes=passes)
        model = program([thread([going], [check(1, TRUE)])])
        last = model.threads[0].checks[0]
        moves = (Move(ONE, {}, 1),)
        found = replay(model, Schedule({}, {}, {ONE: {"me": 1}}, moves, ONE, last, {}))
        assert isinstance(found, expected)
        if isinstance(found, Mismatch):
            assert found.stop is not None
            assert found.stop.edge is going


def test_a_violation_with_bytes_not_reached_ends_no_run() -> None:
    for limit, expected in ((201, EarlierViolation), (100, Trace)):
        model = sequential(limit)
        last = model.threads[0].checks[1]
        moves = (Move(ONE, {}, 1),)
        found = replay(model, Schedule({}, {}, {ONE: {"me": 1}}, moves, ONE, last, {}))
        assert isinstance(found, expected)


def test_every_thread_has_its_own_locals() -> None:
    """Another client moves in between, and some never move."""
    others = {Actor(0, number): {"me": 4 + number, "saved": 0} for number in range(1, 4)}
    moves = (Move(TWO, {}, 1), *FOUND.moves)
    found = replay(RACE, replace(FOUND, local={**FOUND.local, **others}, moves=moves))
    assert isinstance(found, Trace)
    assert found.final["me"] == 1
