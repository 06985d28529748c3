"""Runs are found with few threads and few blocks, and every one of them replays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
import tiny
from tiny import DATA, SAVED, check, edge, number, thread, variable

from cecheck.encode.unroll import Part
from cecheck.engines.bmc import Effort, Found, _Team, search, teams_of
from cecheck.engines.solve import Answer, Budget
from cecheck.engines.verdict import Name
from cecheck.ir.build import add, and_, eq, not_, ult
from cecheck.ir.expr import TRUE, Expr, Scope
from cecheck.ir.program import Action, Check, Prefix, Program
from cecheck.ir.trace import Trace
from cecheck.lower.blocks import blocks
from cecheck.replay.replay import Goal, replay

UNITS = 10**8


def names(program: Program) -> list[Name]:
    """Return all checks of *program*."""
    return [Name(k, n) for k, kind in enumerate(program.threads) for n in range(len(kind.checks))]


def found(
    program: Program, part: Part = Part.VIOLATED, *, bound: int = 8, large: bool = True
) -> Found:
    """Search *program* and replay what is found."""
    result = search(program, names(program), part, Effort(Budget(UNITS), bound, large))
    goal = Goal.VIOLATED if part is Part.VIOLATED else Goal.REACHED
    for run in result.runs.values():
        assert isinstance(replay(program, run.schedule, goal), Trace)
    return result


def depths(program: Program, *, large: bool = True) -> list[int]:
    """Return how many blocks the runs took that violate something."""
    return [run.depth for run in found(program, bound=12, large=large).runs.values()]


def test_the_counter_takes_its_rounds():
    """Eleven rounds, not one more."""
    assert depths(tiny.counter(11)) == [11]
    assert depths(tiny.counter(10)) == []


def test_small_and_large_blocks_agree():
    """Without reductions the same checks are violated, later."""
    assert depths(tiny.checked_list(checks_each=False)) == [2]
    assert depths(tiny.checked_list(checks_each=False), large=False) == [5]
    assert depths(tiny.checked_list()) == depths(tiny.checked_list(), large=False) == []


def test_a_race_needs_two_threads_and_four_blocks():
    """The shortest interleaving is found."""
    (run,) = found(tiny.race()).runs.values()
    assert run.depth == 4
    assert {move.actor.thread for move in run.schedule.moves} == {0, 1}


def test_a_second_client_joins_only_where_it_is_needed():
    """Two clients without the lock, one where one is enough."""
    runs = found(tiny.locked(forgets=True)).runs
    assert all(len(run.schedule.local) == 2 for run in runs.values())
    (run,) = found(tiny.checked_list(checks_each=False)).runs.values()
    assert len(run.schedule.local) == 1


def test_threads_that_never_write_are_not_doubled():
    """One instance is enough of a kind that changes nothing for others."""
    assert len(teams_of(blocks(tiny.counter(3)))) == 1
    assert [len(team) for team in teams_of(blocks(tiny.published()))] == [2, 3, 4]


def test_sites_are_reached():
    """A safe program's checks are reached all the same."""
    result = found(tiny.published(), Part.REACHED)
    assert result.runs.keys() | result.passed == set(names(tiny.published()))


def test_it_stops_when_nothing_wanted_is_left():
    """What is not wanted is asked along with the rest, no further."""
    bad = eq(SAVED, number(7))
    edges = [edge(0, 1, TRUE, {SAVED: tiny.CHOICE}), edge(1, 2), edge(2, 0)]
    asked = [check(1, bad, "first"), check(2, eq(SAVED, number(9)), "second")]
    program = tiny.program([thread(edges, asked, [SAVED])])
    for wanted in (Name(0, 0), Name(0, 1)):
        effort = Effort(Budget(UNITS), 8)
        result = search(program, names(program), Part.VIOLATED, effort, [wanted])
        assert wanted in result.runs
    assert search(program, names(program), Part.VIOLATED, Effort(Budget(UNITS), 8), []).runs == {}


def test_one_run_is_enough_of_a_place(monkeypatch: pytest.MonkeyPatch):
    """Nobody asks for another check of it: here, one that no run violates."""
    edges = [edge(0, 1, ult(tiny.CHOICE, number(8)), {SAVED: tiny.CHOICE}), edge(1, 0)]
    asked = [check(1, eq(SAVED, number(value))) for value in (7, 9)]
    program = tiny.program([thread(edges, asked, [SAVED])])
    questions: list[Sequence[Name]] = []
    ask = _Team.ask

    def noted(team: _Team, depth: int, goals: Sequence[Name], part: Part) -> Answer:
        questions.append(goals)
        return ask(team, depth, goals, part)

    monkeypatch.setattr(_Team, "ask", noted)
    result = search(program, names(program), Part.VIOLATED, Effort(Budget(UNITS), 8))
    assert set(result.runs) == {Name(0, 0)}
    assert questions
    assert all(Name(0, 0) in goals for goals in questions)  # until it is found


def test_a_run_ends_at_its_first_violation():
    """What comes behind a violated check is not refuted by the same run."""
    edges = [edge(0, 1, TRUE, {SAVED: tiny.CHOICE}), edge(1, 2), edge(2, 0)]
    bad = eq(SAVED, number(7))
    program = tiny.program([thread(edges, [check(1, bad), check(2, bad)], [SAVED])])
    assert set(found(program).runs) == {Name(0, 0)}


def test_an_exhausted_budget_keeps_what_was_found():
    """A limit is a reason, never a verdict."""
    result = search(tiny.published(), [Name(1, 0)], Part.VIOLATED, Effort(Budget(10), 8))
    assert result.runs == {}
    assert "blocks" in result.reason


def sequential(owned_from: int, owned_to: int, *, told: Expr = TRUE) -> Program:
    """An access that reaches bytes in order and strays at the first one that is not owned.

    What violates it says nothing of the bytes in between: only the replay looks at them.
    """
    index, probe = variable("index", Scope.INPUT), variable("probe", Scope.INPUT)
    start = variable("start", Scope.INPUT)

    def owned(number_: Expr) -> Expr:
        byte = add(start, number_)
        return and_(not_(ult(byte, number(owned_from))), ult(byte, number(owned_to)))

    strayed = and_(eq(add(start, index), number(200)), told)
    prefix = Prefix(probe, start, index, owned(probe))
    asked = Check(tiny.check(0, TRUE).site, tiny.check(0, TRUE).kind, 0, strayed, prefix=prefix)
    return tiny.program([thread([edge(0, 0, TRUE, {DATA: number(1)}, Action.SHARED)], [asked])],
                        [DATA])  # fmt: skip


@pytest.mark.parametrize(("owned_from", "refuted"), [(64, True), (199, True), (0, True)])
def test_a_refused_run_says_what_it_lacks(owned_from: int, refuted: bool):
    """A run whose bytes are not all reached is asked again until one replays."""
    program = sequential(owned_from, 200)
    assert (Name(0, 0) in found(program).runs) == refuted


def test_an_access_that_cannot_get_there_is_not_refuted():
    """No byte is owned and the violating one is never the first: nothing replays."""
    index = variable("index", Scope.INPUT)
    program = sequential(0, 0, told=not_(eq(index, number(0))))
    assert found(program, bound=1).runs == {}


def passing(owned_to: int) -> Program:
    """An access of up to 15 bytes from an arbitrary address, and a check behind it."""
    start, length, probe = (variable(name, Scope.INPUT) for name in ("start", "length", "probe"))
    owned = ult(add(start, probe), number(owned_to))
    ends = and_(ult(start, number(owned_to)), ult(add(start, length), number(owned_to)))
    going = replace(edge(0, 1, ends), passes=Prefix(probe, start, length, owned))
    asked = check(1, ult(number(9), SAVED))
    kept = replace(going, updates=((SAVED, length),))
    return tiny.program([thread([kept, edge(1, 0)], [asked], [SAVED])])


def test_a_run_goes_on_past_an_access_that_reaches_all_of_its_bytes():
    """What lies behind is refuted by a run whose bytes are all there, and by no other."""
    assert Name(0, 0) in found(passing(200)).runs
    assert Name(0, 0) not in found(passing(5), bound=1).runs
