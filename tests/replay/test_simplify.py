"""Simpler runs to the same violation: each is replayed, so none can be wrong, only simple."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tiny import CHOICE, DATA, SAVED, check, edge, number, program, race, thread

from cecheck.ir.build import eq, ule, word
from cecheck.ir.expr import TRUE, Scope, Var, bits
from cecheck.ir.trace import Actor, Move, Schedule, Trace
from cecheck.replay.replay import replay
from cecheck.replay.simplify import simplest

ONE, TWO, DRIVER = Actor(0, 0), Actor(0, 1), Actor(1, 0)
CHOOSES = [edge(0, 1, TRUE, {SAVED: CHOICE})]


def choosing(least: int, chosen: int, *others: Move):
    """Return a program whose check wants at least *least*, and a run in which *chosen* is."""
    made = program([thread(CHOOSES, [check(1, ule(number(least), SAVED))], [SAVED])], [DATA])
    local = {ONE: {"me": 1, "saved": 77}}
    local |= {move.actor: {"me": 5 + move.actor.number, "saved": 0} for move in others}
    moves = (*others, Move(ONE, {"choice": chosen}, 1))
    schedule = Schedule({}, {"data": 0}, local, moves, ONE, made.threads[0].checks[0], {})
    trace = replay(made, schedule)
    assert isinstance(trace, Trace)
    return made, trace


def saved(trace: Trace) -> int:
    """Return the number that was chosen."""
    return trace.final["saved"]


def test_a_number_is_as_small_as_the_violation_allows():
    """One, where that is enough."""
    assert saved(simplest(*choosing(1, 171), lambda _: True)) == 1


def test_a_number_that_has_to_be_large_stays():
    """Nothing simpler violates the check."""
    assert saved(simplest(*choosing(171, 171), lambda _: True)) == 171


def test_a_run_that_would_tell_something_else_is_not_taken():
    """Who asks decides what else must stay the same."""
    assert saved(simplest(*choosing(1, 171), lambda t: saved(t) > 100)) == 171


def test_a_thread_that_is_not_needed_is_left_out():
    """And with it all that it does."""
    made, trace = choosing(1, 3, Move(TWO, {"choice": 9}, 1))
    assert {step.actor for step in trace.steps} == {ONE, TWO}
    found = simplest(made, trace, lambda _: True)
    assert [step.actor for step in found.steps] == [ONE]


def test_a_thread_that_is_needed_stays():
    """Without the mark of the driver nothing is wrong."""
    made = race()
    schedule = Schedule(
        {}, {"data": 0, "size": 0}, {ONE: {"me": 1, "saved": 0}, DRIVER: {"me": 2}},
        (Move(ONE, {}, 2), Move(DRIVER, {}, 1), Move(ONE, {}, 1)), ONE,
        made.threads[0].checks[0], {},
    )  # fmt: skip
    trace = replay(made, schedule)
    assert isinstance(trace, Trace)
    found = simplest(made, trace, lambda _: True)
    assert {step.actor for step in found.steps} == {ONE, DRIVER}


def test_a_thread_goes_on_at_once_where_the_other_can_come_first():
    """Fewer switches: what is independent is not interleaved."""
    two = [edge(0, 1, TRUE, {SAVED: CHOICE}), edge(1, 2, TRUE, {SAVED: SAVED})]
    writes = thread([edge(0, 1, TRUE, {DATA: number(1)})], count=1)
    wants = check(2, eq(DATA, number(1)))
    made = program([thread(two, [wants], [SAVED]), writes], [DATA])
    schedule = Schedule(
        {}, {"data": 0}, {ONE: {"me": 1, "saved": 0}, DRIVER: {"me": 2}},
        (Move(ONE, {"choice": 1}, 1), Move(DRIVER, {}, 1), Move(ONE, {}, 1)), ONE, wants, {},
    )  # fmt: skip
    trace = replay(made, schedule)
    assert isinstance(trace, Trace)
    found = simplest(made, trace, lambda _: True)
    assert [step.actor for step in found.steps] == [ONE, ONE, DRIVER]


def test_what_is_set_before_it_is_read_starts_with_zero():
    """The number that was there by chance tells nobody anything."""
    found = simplest(*choosing(1, 3), lambda _: True)
    assert found.schedule.local[ONE] == {"me": 1, "saved": 0}


def test_only_so_many_runs_are_tried(monkeypatch):
    """Each is replayed, and a story must not cost more than the search."""
    tried = []

    def counted(made, schedule):
        tried.append(schedule)
        return replay(made, schedule)

    monkeypatch.setattr("cecheck.replay.simplify.replay", counted)
    made, trace = choosing(171, 0xAB)
    for most in (0, 1, 2, 3):
        tried.clear()
        monkeypatch.setattr("cecheck.replay.simplify.MOST_REPLAYS", most)
        assert saved(simplest(made, trace, lambda _: True)) == 0xAB
        assert len(tried) == min(most, 3)  # zero at the start; then 1, and 0 for all three masks


WIDE = Var("wide", bits(32), Scope.INPUT)
LARGE = Var("large", bits(32), Scope.LOCAL)


@pytest.mark.parametrize(
    ("chosen", "told"),
    [(0x1234_5678, 0x1234_0000), (0x0001_5678, 0x0001_5000), (0x0000_10FF, 0x0000_1000)],
)
def test_a_number_that_has_to_be_large_is_made_round(chosen, told):
    """As round as what is wrong allows: here it must keep most of its size."""
    least = word(told, 32)
    made = program(
        [thread([edge(0, 1, TRUE, {LARGE: WIDE})], [check(1, ule(least, LARGE))], [LARGE])]
    )
    schedule = Schedule(
        {}, {}, {ONE: {"me": 1, "large": 0}}, (Move(ONE, {"wide": chosen}, 1),), ONE,
        made.threads[0].checks[0], {},
    )  # fmt: skip
    trace = replay(made, schedule)
    assert isinstance(trace, Trace)
    assert simplest(made, trace, lambda _: True).final["large"] == told


def test_a_candidate_that_is_the_same_run_hides_no_other():
    """One number is as round as it can be, the other can still be small."""
    asks = check(1, ule(word(0x10000, 32), LARGE))
    takes = edge(0, 1, TRUE, {LARGE: WIDE, SAVED: CHOICE})
    made = program([thread([takes], [asks], [LARGE, SAVED])])
    moves = (Move(ONE, {"wide": 0x10000, "choice": 171}, 1),)
    start = {ONE: {"me": 1, "large": 0, "saved": 0}}
    trace = replay(made, Schedule({}, {}, start, moves, ONE, asks, {}))
    assert isinstance(trace, Trace)
    found = simplest(made, trace, lambda _: True)
    assert (found.final["large"], saved(found)) == (0x10000, 1)


def test_numbers_chosen_at_the_end_are_made_simpler_too():
    asks = check(1, ule(number(1), CHOICE))
    made = program([thread([edge(0, 1)], [asks], [SAVED])])
    moves = (Move(ONE, {}, 1),)
    schedule = Schedule({}, {}, {ONE: {"me": 1, "saved": 0}}, moves, ONE, asks, {"choice": 171})
    trace = replay(made, schedule)
    assert isinstance(trace, Trace)
    assert simplest(made, trace, lambda _: True).schedule.last_inputs == {"choice": 1}


def test_ten_is_not_small():
    assert saved(simplest(*choosing(1, 10), lambda _: True)) == 1
    assert saved(simplest(*choosing(1, 9), lambda _: True)) == 9


@pytest.mark.parametrize(("before", "after"), [(10, 0), (9, 9)])
def test_only_what_is_set_anyway_starts_with_zero(before, after):
    made, trace = choosing(1, 3)
    start = {ONE: {"me": 40, "saved": before}}
    trace = replay(made, replace(trace.schedule, local=start))
    found = simplest(made, trace, lambda _: True)
    assert found.schedule.local[ONE] == {"me": 40, "saved": after}
