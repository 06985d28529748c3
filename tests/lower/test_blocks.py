"""Blocks mean what the edges mean, one after another, and end where the rules say."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import tiny
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import CHOICE, COUNT, DATA, LOCK, SAVED, check, edge, number, thread, variable

from cecheck.ir.build import add, and_, const, eq, not_, substitute, ult
from cecheck.ir.expr import TRUE, Const, Expr, Scope, Var, variables
from cecheck.ir.program import Action, CheckKind, Thread, checks_at, outgoing
from cecheck.lower.blocks import Region, ThreadBlocks, blocks


def value(expr: Expr, state: Mapping[Var, int]) -> int:
    """Return the value of *expr*; variables that *state* leaves out are zero."""
    known = {var: const(state.get(var, 0), var.sort) for var in variables(expr)}
    result = substitute(expr, known)
    assert isinstance(result, Const)
    return result.value


def only(made: Thread, *, large: bool = True) -> ThreadBlocks:
    """Return the blocks of a program of one thread."""
    return blocks(tiny.program([made], [LOCK, DATA]), large=large).threads[0]


def test_local_actions_are_one_block():
    """A choice whose paths join again leaves no trace in the condition of the exit."""
    made = thread(
        [
            edge(0, 1, ult(CHOICE, number(3)), {COUNT: number(1)}),
            edge(0, 2, not_(ult(CHOICE, number(3))), {COUNT: number(2)}),
            edge(1, 3),
            edge(2, 3),
            edge(3, 0, TRUE, {DATA: COUNT}, Action.SHARED),
        ],
        variables=[COUNT],
    )
    (region,) = only(made).regions
    (way,) = region.exits
    assert way.reached is TRUE
    assert set(way.updates) == {DATA}  # the local is dead at the start
    assert value(way.updates[DATA], {CHOICE: 2}) == 1
    assert value(way.updates[DATA], {CHOICE: 3}) == 2


@pytest.mark.parametrize(("guard", "cuts"), [(TRUE, (0,)), (ult(CHOICE, number(3)), (0, 1))])
def test_no_run_is_dropped_in_a_block_after_what_others_see(guard: Expr, cuts: tuple[int, ...]):
    """They have seen it, whether the run goes on or not: nobody would ask what it means to them."""
    made = thread([edge(0, 1, TRUE, {DATA: number(1)}, Action.SHARED), edge(1, 0, guard)])
    assert only(made).cuts == cuts


def test_a_second_shared_action_begins_a_block():
    """Two writes of shared words are never one step."""
    made = thread(
        [
            edge(0, 1, TRUE, {DATA: number(1)}, Action.SHARED),
            edge(1, 2),
            edge(2, 3, TRUE, {DATA: number(2)}, Action.SHARED),
            edge(3, 0),
        ]
    )
    assert set(only(made).cuts) == {0, 2}


def test_a_check_of_shared_state_is_a_shared_action():
    """What is asked of shared state after a shared action is asked at the start of a block."""
    edges = [edge(0, 1, TRUE, {DATA: number(1)}, Action.SHARED), edge(1, 2), edge(2, 0)]
    recorded = CheckKind.PAIRED
    assert set(only(thread(edges, [check(1, eq(DATA, number(7)), kind=recorded)])).cuts) == {0, 1}
    assert set(only(thread(edges, [check(1, eq(tiny.ME, number(7)), kind=recorded)])).cuts) == {0}


def test_what_ends_the_run_begins_a_block_once_others_saw_something():
    """A violation must not hide a write from the others; what they cannot see needs no cut."""
    written = [edge(0, 1, TRUE, {DATA: number(1)}, Action.SHARED), edge(1, 2), edge(2, 0)]
    read = [edge(0, 1, TRUE, {COUNT: DATA}, Action.SHARED), edge(1, 2), edge(2, 0)]
    asked = [check(2, eq(tiny.ME, number(7)))]
    assert set(only(thread(written, asked)).cuts) == {0, 2}
    assert set(only(thread(read, asked, [COUNT])).cuts) == {0}


def test_a_blocking_step_stands_first():
    """A location that may have to wait is a cut, even after local actions only."""
    made = thread([edge(0, 1), edge(1, 0, eq(LOCK, number(0)), {LOCK: tiny.ME}, Action.BLOCKING)])
    assert set(only(made).cuts) == {0, 1}


def test_ends_are_cuts_and_dead_code_is_not():
    """The last location keeps what was written on the way to it; unreached ones are gone."""
    made = thread([edge(0, 1, TRUE, {DATA: number(1)}, Action.SHARED), edge(5, 6)])
    assert set(only(made).cuts) == {0, 1}


@pytest.mark.parametrize("hints", [(), (1,), (2,)])
def test_every_cycle_passes_a_cut(hints: tuple[int, ...]):
    """Loop heads are found whether or not they are hinted; a hint chooses which."""
    edges = [edge(0, 1), edge(1, 2), edge(2, 1, ult(CHOICE, number(3))),
             edge(2, 3, not_(ult(CHOICE, number(3))))]  # fmt: skip
    made = Thread("t", None, tiny.ME, (tiny.ME,), TRUE, 0, tuple(edges), (), hints)
    assert set(only(made).cuts) == {0, 3} | set(hints or (1,))


def test_without_reductions_every_location_is_a_cut():
    """Switching large blocks off gives one region per location."""
    made = tiny.checked_list().threads[0]
    assert set(only(made, large=False).cuts) == {0, 1, 2, 3, 4}


def test_demonic_values_are_free_at_each_location():
    """The same unknown at two locations is two unknowns; an input is one."""
    unknown = variable("unknown", Scope.DEMONIC, 0)
    made = thread([edge(0, 1), edge(1, 0)], [check(0, unknown), check(1, unknown)])
    first, second = (question.violated for question in only(made).regions[0].questions)
    assert first is not second


# ---- agreement with the edges, one after another ----------------------------------------------

LOCALS = [COUNT, SAVED, variable("b", Scope.LOCAL, 0)]
LAST = 7


@st.composite
def expressions(draw: st.DrawFn, location: int) -> Expr:
    """Words over the state and one input of *location*."""
    choice = variable(f"choice{location}", Scope.INPUT)
    leaves = [COUNT, SAVED, DATA, choice, number(1)]
    left, right = draw(st.sampled_from(leaves)), draw(st.sampled_from(leaves))
    return add(left, right) if draw(st.booleans()) else left


@st.composite
def threads(draw: st.DrawFn) -> Thread:
    """Threads that fork and join at random, forwards or back to the start."""
    edges, checks = [], []
    for location in range(LAST):
        guard = ult(draw(expressions(location)), draw(expressions(location)))
        for side in draw(st.sampled_from([[TRUE], [guard, not_(guard)]])):
            end = draw(st.integers(location + 1, LAST + 1)) % (LAST + 1)
            target = draw(st.sampled_from([COUNT, SAVED, DATA]))
            action = Action.SHARED if target is DATA else Action.LOCAL
            edges.append(edge(location, end, side, {target: draw(expressions(location))}, action))
        if draw(st.booleans()):
            kind = draw(st.sampled_from([CheckKind.ASSERT, CheckKind.PAIRED]))
            bad = eq(draw(expressions(location)), draw(expressions(location)))
            checks.append(check(location, bad, f"at{location}", kind))
    return thread(edges, checks, [COUNT, SAVED])


def run(made: Thread, region: Region, stops: set[int], state: dict[Var, int]) -> None:
    """Run *made* from the start of *region* to the next cut and compare."""
    before, here, clean, asked = dict(state), region.start, True, set()
    while True:
        violated = [c for c in checks_at(made).get(here, ()) if value(c.violated, state)]
        for bad in violated:
            number_ = made.checks.index(bad)
            (question,) = [q for q in region.questions if q.check == number_]
            assert value(question.violated, before)
            assert value(question.clean, before) == clean
            asked.add(number_)
        clean &= not any(bad.kind.ends_run for bad in violated)
        taken = [e for e in outgoing(made).get(here, ()) if value(e.guard, state)]
        if taken:
            state = {**state, **{var: value(new, state) for var, new in taken[0].updates}}
            here = taken[0].end
        if not taken or here in stops:
            break
    assert asked == {q.check for q in region.questions if value(q.violated, before)}
    ways = [way for way in region.exits if value(way.reached, before)]
    assert [way.target for way in ways] == ([here] if taken else [])
    for way in ways:
        assert value(way.clean, before) == clean
        assert all(value(fact, before) for fact in way.conjuncts)
        alive = cuts_live(made, here)
        for var in [DATA, *alive]:
            assert value(way.updates.get(var, var), before) == state.get(var, 0)


def cuts_live(made: Thread, location: int) -> tuple[Var, ...]:
    """Return the locals that are live at *location*."""
    return only(made).live[location]


@settings(max_examples=150, deadline=None)
@given(threads(), st.lists(st.integers(0, 3), min_size=LAST + 4, max_size=LAST + 4))
def test_a_region_is_its_edges_one_after_another(made: Thread, numbers: list[int]):
    """Exits, updates, checks and cleanness agree with running the edges."""
    state = {COUNT: numbers[0], SAVED: numbers[1], DATA: numbers[2]}
    for location in range(LAST + 1):
        state[variable(f"choice{location}", Scope.INPUT)] = numbers[3 + location]
    found = only(made)
    for region in found.regions:
        run(made, region, set(found.cuts), dict(state))


def test_conditions_that_outgrow_the_diagram_stay_right():
    """A long chain of early exits gives up simplification, never meaning."""
    steps = 300
    flags = [variable(f"f{n}", Scope.INPUT, 0) for n in range(steps)]
    edges = [edge(n, n + 1, flags[n], {COUNT: number(n % 250)}) for n in range(steps)]
    edges += [edge(n, steps, not_(flags[n])) for n in range(steps)]
    edges += [edge(steps, 0, TRUE, {DATA: COUNT}, Action.SHARED)]
    (region,) = only(thread(edges, variables=[COUNT])).regions
    (way,) = region.exits
    for first_false in (0, 1, 77, 299):
        inputs = {flag: int(n != first_false) for n, flag in enumerate(flags)}
        expected = (first_false - 1) % 250 if first_false else 9
        assert value(way.updates[DATA], {**inputs, COUNT: 9}) == expected
    assert value(and_(way.reached), {}) == 1
