"""Simpler runs to the same violation: each is replayed, so none can be wrong, only simple."""

from __future__ import annotations

from tiny import CHOICE, DATA, SAVED, check, edge, number, program, race, thread

from cecheck.ir.build import eq, ule
from cecheck.ir.expr import TRUE
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
