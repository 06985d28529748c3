"""A refutation counts only if its schedule is a run of the program, to the very end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tiny import DATA, SAVED, check, edge, number, program, race, thread, variable

from cecheck.ir.build import eq, ult, word
from cecheck.ir.expr import FALSE, TRUE, Expr, Scope
from cecheck.ir.program import CheckKind, Home, Prefix, Program, Thread
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


# What is wrong, how, at which move that is found, and what is told.
WRONG: dict[str, tuple[dict[str, Any], int, str]] = {
    "facts or initial": (
        {"shared": {"data": 1, "size": 0}},
        0, "`initial` does not hold at the start",
    ),
    "initial of the thread": (
        {"local": {ONE: {"me": 0, "saved": 0}, DRIVER: {"me": 2}}},
        0, "`initial of client` does not hold at the start",
    ),
    "equal identities": (
        {"local": {ONE: {"me": 2, "saved": 0}, DRIVER: {"me": 2}}},
        0, f"{ONE} and {DRIVER} have the same identity",
    ),
    "a variable missing": (
        {"shared": {"data": 0}},
        0, "shared: not one value for each variable",
    ),
    "a variable too many": (
        {"shared": {"data": 0, "size": 0, "more": 0}},
        0, "shared: not one value for each variable",
    ),
    "a rigid variable nobody declared": (
        {"rigid": {"slot": 0}},
        0, "rigid: not one value for each variable",
    ),
    "a local missing": (
        {"local": {ONE: {"me": 1}, DRIVER: {"me": 2}}},
        0, "client 0: not one value for each variable",
    ),
    "out of range": (
        {"local": {ONE: {"me": 1, "saved": 256}, DRIVER: {"me": 2}}},
        0, "client 0: `saved` is out of range",
    ),
    "negative": (
        {"local": {ONE: {"me": 1, "saved": -1}, DRIVER: {"me": 2}}},
        0, "client 0: `saved` is out of range",
    ),
    "no driver thread": (
        {"local": {ONE: {"me": 1, "saved": 0}}},
        0, "thread driver is missing",
    ),
    "two driver threads": (
        {"local": {**FOUND.local, Actor(1, 1): {"me": 3}}},
        0, f"there is no {Actor(1, 1)}",
    ),
    "a kind that is not there": (
        {"local": {**FOUND.local, Actor(2, 0): {"me": 3}}},
        0, f"there is no kind of {Actor(2, 0)}",
    ),
    "a kind before the first": (
        {"local": {**FOUND.local, Actor(-1, 0): {"me": 3}}},
        0, f"there is no kind of {Actor(-1, 0)}",
    ),
    "an edge too many": (
        {"moves": (FOUND.moves[0], Move(DRIVER, {}, 2), FOUND.moves[2])},
        1, "0 edges are enabled at location 1",
    ),
    "an edge too few": (
        {"moves": FOUND.moves[:2]},
        2, "the check is not asked at location 2",
    ),
    "a blocked edge": (
        {"moves": (FOUND.moves[1], FOUND.moves[0], FOUND.moves[2])},
        0, "0 edges are enabled at location 0",
    ),
    "the mark too early": (
        {"moves": (Move(ONE, {}, 3), Move(DRIVER, {}, 0))},
        2, "the check is not violated at the end",
    ),
    "a thread that is not there moves": (
        {"moves": (Move(TWO, {}, 1), *FOUND.moves)},
        0, f"there is no {TWO}",
    ),
    "a thread that is not there ends": (
        {"actor": TWO},
        3, f"there is no {TWO}",
    ),
    "another thread ends": (
        {"actor": DRIVER},
        3, "the check is not asked at location 1",
    ),
    "a check of another program": (
        {"check": replace(FOUND.check, violated=TRUE)},
        3, "the check is not asked at location 3",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "move", "reason"), WRONG.values(), ids=WRONG.keys())
def test_what_is_no_run_is_a_mismatch(changes: dict[str, Any], move: int, reason: str) -> None:
    assert replay(RACE, replace(FOUND, **changes)) == Mismatch(move, reason)


def test_a_run_needs_somebody_who_runs() -> None:
    model = program([thread([], [check(0, TRUE)])])
    nobody = Schedule({}, {}, {}, (), ONE, model.threads[0].checks[0], {})
    assert replay(model, nobody) == Mismatch(0, "no thread at all")


def test_a_mismatch_names_the_move() -> None:
    schedule = replace(FOUND, moves=(*FOUND.moves, Move(DRIVER, {}, 1)))
    assert replay(RACE, schedule) == Mismatch(3, "0 edges are enabled at location 1")


def test_facts_must_hold() -> None:
    slot = variable("slot", Scope.RIGID)
    changed = replace(RACE, rigid=(slot,), facts=ult(slot, number(3)))
    assert isinstance(replay(changed, replace(FOUND, rigid={"slot": 2})), Trace)
    assert replay(changed, replace(FOUND, rigid={"slot": 3})) == Mismatch(
        0, "`facts` does not hold at the start"
    )


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


# ---- processes ---------------------------------------------------------------------------------

HOME = variable("home", Scope.LOCAL)
FIVE, SIX = number(5), number(6)


def of(trusted: bool, *, change: bool = False, count: int | None = None) -> Thread:
    """Return threads of process 5 or 6, which are trusted or not."""
    one = thread([edge(0, 1)], [check(1, TRUE)], [HOME], count=count)
    return replace(one, home=Home(HOME, trusted, (FIVE, SIX), change))


def together(*threads: tuple[Thread, int]) -> Trace | Mismatch | EarlierViolation:
    """Return what comes of a run with these threads, of these processes."""
    model = program([one for one, _ in threads])
    actors = [Actor(kind, 0) for kind, _ in enumerate(threads)]
    start: dict[Actor, dict[str, int]] = {
        actor: {"me": 1 + actor.thread} for actor in actors
    }
    for actor, (one, place) in zip(actors, threads, strict=True):
        start[actor] |= {"home": place} if one.home else {}
    moves = (Move(actors[0], {}, 1),)
    return replay(model, Schedule({}, {}, start, moves, actors[0], model.threads[0].checks[0], {}))


def test_every_process_of_a_run_is_followed() -> None:
    assert isinstance(together((of(False), 5)), Trace)
    assert isinstance(together((of(False), 6)), Trace)
    assert together((of(False), 7)) == Mismatch(0, "nothing is known of process 7")
    changing = of(False, change=True)
    assert together((changing, 7)) == Mismatch(0, "nothing is known of process 7")


def test_the_threads_of_a_process_are_trusted_alike() -> None:
    """Whoever else is there; and unless it may be another process by now."""
    assert isinstance(together((of(False), 5), (of(True), 6)), Trace)
    assert isinstance(together((of(True), 5), (of(True), 5)), Trace)
    clash = Mismatch(0, "process 5 is trusted, and is not")
    assert together((of(False), 5), (of(True), 5)) == clash
    system = thread([], count=1)
    first = thread([edge(0, 1)], [check(1, TRUE)])
    assert together((first, 0), (system, 0), (of(True), 5), (of(False), 5)) == clash
    assert isinstance(together((of(False, change=True), 5), (of(True, change=True), 5)), Trace)


def test_a_truth_value_is_no_number() -> None:
    flag = variable("flag", Scope.LOCAL, 0)
    model = program([thread([], [check(0, TRUE)], [flag])])
    for value, fits in ((1, True), (2, False)):
        start = {ONE: {"me": 1, "flag": value}}
        found = replay(model, Schedule({}, {}, start, (), ONE, model.threads[0].checks[0], {}))
        assert isinstance(found, Trace) is fits


def test_all_that_is_reached_on_the_way_is_told() -> None:
    edges = [edge(0, 1), edge(1, 2), edge(2, 3)]
    every = [replace(check(at, FALSE, f"at {at}"), reached=TRUE) for at in range(4)]
    model = program([thread(edges, every)])
    found = replay(
        model, Schedule({}, {}, {ONE: {"me": 1}}, (Move(ONE, {}, 3),), ONE, every[3], {}),
        Goal.REACHED,
    )  # fmt: skip
    assert isinstance(found, Trace)
    assert found.reached == tuple(every)


def test_a_step_says_what_was_chosen() -> None:
    model = guessing(earlier=CheckKind.REACHED)
    trace = replay(model, guesses(model, 7, 9))
    assert isinstance(trace, Trace)
    assert [step.inputs for step in trace.steps] == [{"guess": 7}, {"guess": 7}, {"guess": 9}]
