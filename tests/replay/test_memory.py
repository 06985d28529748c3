"""What a well-behaved caller's memory was found to hold, it holds until the driver writes there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from tiny import CHOICE, SAVED, check, edge, number, program, thread, variable

from cecheck.ir.build import add, eq, ult, word
from cecheck.ir.expr import FALSE, TRUE, Expr, Scope, Var, bits
from cecheck.ir.program import Edge, Program, Recall
from cecheck.ir.trace import Actor, Move, Schedule, Trace
from cecheck.replay.replay import CHANGED, UNFOLLOWED, Goal, Mismatch, replay

ONE = Actor(0, 0)
AGAIN = variable("again", Scope.INPUT)
WIDE = Var("wide", bits(16), Scope.INPUT)
PLACE = word(0x100, 16)
ENDS = check(2, TRUE)


def recalling(*first: Recall) -> Edge:
    return replace(edge(0, 1, TRUE, {SAVED: CHOICE}), recalls=first)


def reads(value: Expr = CHOICE, place: Expr = PLACE, holds: Expr = TRUE) -> Recall:
    return Recall(holds, place, value)


WRITES = Recall(TRUE, None, None)


def outcome(
    first: Sequence[Recall], second: Sequence[Recall], goal: Goal = Goal.VIOLATED, **inputs: int
) -> Trace | Mismatch:
    """Return what comes of a run that reads *first* and then *second*, with these inputs."""
    edges = [recalling(*first), replace(edge(1, 2), recalls=tuple(second))]
    model = program([thread(edges, [ENDS], [SAVED])])
    before = {name: value for name, value in inputs.items() if name != "again"}
    after = {name: value for name, value in inputs.items() if name != "choice"}
    moves = (Move(ONE, before, 1), Move(ONE, after, 1))
    found = replay(model, run(model, *moves), goal)
    assert isinstance(found, Trace | Mismatch)
    return found


def run(model: Program, *moves: Move) -> Schedule:
    return Schedule({}, {}, {ONE: {"me": 1, "saved": 0}}, moves, ONE, ENDS, {})


def test_a_word_that_is_read_twice_is_the_same() -> None:
    assert isinstance(outcome([reads()], [reads(AGAIN)], choice=7, again=7), Trace)
    assert outcome([reads()], [reads(AGAIN)], choice=7, again=8) == Mismatch(
        1, CHANGED, kept=("again", 7)
    )


def test_another_word_may_be_another() -> None:
    elsewhere = reads(AGAIN, word(0x101, 16))
    assert isinstance(outcome([reads()], [elsewhere], choice=7, again=8), Trace)


def test_a_word_that_is_not_read_is_not_known() -> None:
    nothing = reads(holds=FALSE)
    assert isinstance(outcome([nothing], [reads(AGAIN)], choice=7, again=8), Trace)
    second = outcome([nothing, reads()], [reads(AGAIN)], choice=7, again=8)
    assert isinstance(second, Mismatch)


def test_where_the_driver_writes_nothing_is_known_any_more() -> None:
    assert isinstance(outcome([reads()], [WRITES, reads(AGAIN)], choice=7, again=8), Trace)
    forgotten = outcome([WRITES, reads()], [reads(AGAIN)], choice=7, again=8)
    assert isinstance(forgotten, Mismatch)
    somewhere = Recall(TRUE, PLACE, None)
    assert isinstance(outcome([reads()], [somewhere, reads(AGAIN)], choice=7, again=8), Trace)


def test_what_nobody_chose_may_be_anything() -> None:
    """Nothing depends on it; what is read after it in the same step is looked at all the same."""
    assert isinstance(outcome([reads(AGAIN), reads()], [reads(AGAIN)], choice=7, again=8), Mismatch)
    assert isinstance(outcome([reads(AGAIN)], [reads(AGAIN)], again=8), Trace)


def test_a_word_is_its_bytes_the_lowest_first() -> None:
    high = reads(AGAIN, word(0x101, 16))
    kept = outcome([reads(WIDE)], [high], wide=0x1234, again=0x12)
    assert isinstance(kept, Trace)
    assert outcome([reads(WIDE)], [high], wide=0x1234, again=0x34) == Mismatch(
        1, CHANGED, kept=("again", 0x12)
    )
    assert outcome([reads()], [reads(WIDE)], choice=7, wide=0x1234) == Mismatch(
        1, CHANGED, kept=("wide", 0x1207)
    )


def test_numbers_of_a_scaled_down_machine_are_remembered_whole() -> None:
    few = Var("again", bits(5), Scope.INPUT)
    first = reads(Var("choice", bits(5), Scope.INPUT))
    assert isinstance(outcome([first], [reads(few)], choice=7, again=7), Trace)
    assert outcome([first], [reads(few)], choice=7, again=8) == Mismatch(
        1, CHANGED, kept=("again", 7)
    )
    narrow = reads(Var("again", bits(2), Scope.INPUT))
    assert isinstance(outcome([first], [narrow], choice=7, again=3), Trace)


def test_what_was_not_chosen_by_itself_has_no_better_number() -> None:
    """Nobody knows which input would make it so."""
    shifted = reads(add(AGAIN, number(1)))
    assert outcome([reads()], [shifted], choice=7, again=8) == Mismatch(1, CHANGED, kept=None)
    assert isinstance(outcome([reads()], [shifted], choice=7, again=6), Trace)
    settled = reads(number(9))
    assert outcome([reads()], [settled], choice=7) == Mismatch(1, CHANGED, kept=None)
    local = outcome([reads()], [reads(SAVED)], choice=7)
    assert isinstance(local, Trace)
    other = outcome([reads(number(3))], [reads(SAVED)], choice=7)
    assert other == Mismatch(1, CHANGED, kept=None)


def test_whether_it_is_read_may_depend_on_the_state() -> None:
    seven = reads(AGAIN, holds=eq(SAVED, number(7)))
    assert isinstance(outcome([reads()], [seven], choice=7, again=8), Mismatch)
    assert isinstance(outcome([reads()], [seven], choice=6, again=8), Trace)


def test_no_run_works_on_a_handle_that_is_not_followed() -> None:
    unfollowed = replace(edge(0, 1), unfollowed=True)
    model = program([thread([unfollowed, edge(1, 2)], [ENDS], [SAVED])])
    assert replay(model, run(model, Move(ONE, {}, 2))) == Mismatch(0, UNFOLLOWED)


# ---- what is passed ----------------------------------------------------------------------------


@pytest.mark.parametrize(("chosen", "reached"), [(3, 1), (7, 0)])
def test_what_a_run_reaches_depends_on_what_is_chosen_there(chosen: int, reached: int) -> None:
    """On the way as at its end."""
    few = replace(check(0, FALSE, "few"), reached=ult(CHOICE, number(5)))
    last = replace(check(1, FALSE, "last"), reached=ult(CHOICE, number(9)))
    model = program([thread([edge(0, 1)], [few, last], [SAVED])])
    moves = (Move(ONE, {"choice": chosen}, 1),)
    schedule = Schedule({}, {}, {ONE: {"me": 1, "saved": 0}}, moves, ONE, last, {"choice": 8})
    trace = replay(model, schedule, Goal.REACHED)
    assert isinstance(trace, Trace)
    assert trace.reached == (few, last)[1 - reached :]
