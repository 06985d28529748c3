"""Bounded model checking of a few concrete threads: short runs first, counted in blocks.

    Biere, Cimatti, Clarke, Zhu: Symbolic Model Checking without BDDs.  TACAS 1999.

One instance of each kind of client, then two, then three.  It never proves anything: where it
finds nothing up to its bound, nothing is known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, assert_never

import z3

from cecheck.encode.terms import Term, read_value
from cecheck.encode.unroll import Choice, Moment, Opening, Part, Stock, Unrolling
from cecheck.engines.places import Stops, ahead, elsewhere, stops
from cecheck.engines.schedule import Lack, Run, refined, schedule
from cecheck.engines.solve import Answer, Budget, GaveUp, Questions, Sat, Unsat
from cecheck.engines.verdict import Name, Refuted
from cecheck.ir.expr import FALSE, TRUE, Expr
from cecheck.ir.program import Program, followed
from cecheck.ir.trace import Actor
from cecheck.lower.blocks import Blocks, blocks
from cecheck.record import record
from cecheck.replay.replay import Goal

ENGINE = "bmc"
MOST = 3  # instances of one kind
STAGE = 4  # blocks of the first stage, where the shortest run is wanted
REACH = 16  # blocks of the first stage, where any run will do
ONWARD = 6  # blocks by which a run that was found is continued
REFINEMENTS = 80  # of one check: more than a platform has regions


@record
class Found:
    """The runs that were found, each replayed; what they reach on the way; why there are no more.

    In those that were found of *changing* a caller's memory would have to change by itself.
    """

    runs: Mapping[Name, Refuted]
    passed: frozenset[Name]
    reason: str
    changing: frozenset[Name] = frozenset()


@record
class Effort:
    """How far to search: within a budget, up to so many blocks, which may be small ones."""

    budget: Budget
    bound: int = 24
    large: bool = True


def search(
    program: Program,
    goals: Sequence[Name],
    part: Part,
    effort: Effort,
    wanted: Collection[Name] | None = None,
) -> Found:
    """Look for runs that violate, or reach, the checks *goals*.

    It stops when none of those *wanted* is left (None: all are); one check of each place is
    enough.  A run that the interpreter refuses, because a byte before the violating one is not
    reached, says what to add to the question; it is then asked again.
    """
    program = followed(program)
    runs: dict[Name, Refuted] = {}
    passed: set[Name] = set()
    more: dict[Name, list[Expr]] = {}
    lacks: list[Lack] = []
    left, needed = list(goals), frozenset(goals if wanted is None else wanted)
    for _ in range(REFINEMENTS):
        whole = blocks(refined(program, more, lacks), large=effort.large)
        asked = _Search(program, whole, part, effort, needed - runs.keys())
        reason = asked.run(left)
        runs.update(asked.runs)
        passed |= asked.passed
        left = list(asked.refused)
        if part is Part.VIOLATED:
            left = elsewhere(program, left, runs)
        for name, lack in asked.refused.items():
            if lack.edge is None:
                more.setdefault(name, []).append(lack.instance)
            else:
                lacks.append(lack)
        if not needed.intersection(left):
            break
    changing = frozenset(name for name, parts in more.items() if FALSE in parts)
    return Found(runs, frozenset(passed), reason, changing - runs.keys())


def teams_of(whole: Blocks) -> list[tuple[Actor, ...]]:
    """Return the threads of one instance of each kind of client, of two, of three.

    A kind that never writes shared state changes nothing for others: one instance is enough.
    """
    found: dict[tuple[Actor, ...], None] = {}
    for size in range(1, MOST + 1):
        team: list[Actor] = []
        for kind, thread in enumerate(whole.threads):
            count = thread.thread.count
            most = size if any(region.write is not None for region in thread.regions) else 1
            number = most if count is None else min(count, MOST)
            team += [Actor(kind, n) for n in range(number)]
        found[tuple(team)] = None
    return list(found)


def _stages(first: int, bound: int) -> Iterator[list[range]]:
    """Yield the depths to search in each stage, with one instance, with two, with three.

    Each stage looks twice as far as the one before; more instances follow a stage later.  So a
    run of few threads is preferred to a slightly shorter one of many, which costs far more.
    """
    depths: list[range] = []
    start, end = 0, first
    while start <= bound:
        depths.insert(0, range(start, min(end, bound) + 1))
        yield depths[:MOST]
        start, end = end + 1, 2 * end


class _Search:
    """One search, stage by stage; *refused* runs do not replay without more being asked."""

    def __init__(
        self,
        program: Program,
        whole: Blocks,
        part: Part,
        effort: Effort,
        wanted: Collection[Name],
    ) -> None:
        self._program = program
        self._stops: Stops = {}  # where to go, if any run will do
        self._wanted = frozenset(wanted)
        self._whole = whole
        self._stock = Stock(whole)
        self._part = part
        self._budget = effort.budget
        self._bound = effort.bound
        self.runs: dict[Name, Refuted] = {}
        self.refused: dict[Name, Lack] = {}
        self.passed: set[Name] = set()  # by a run that reaches another
        self._names = {
            id(check): Name(kind, number)
            for kind, thread in enumerate(program.threads)
            for number, check in enumerate(thread.checks)
        }

    def run(self, goals: Sequence[Name]) -> str:
        """Look for runs within the bound; return why no more were found.

        A stage that violates something is the last one: what is left may hold until then.  So is
        one that reaches nothing new, once something was reached: what is left may well be dead.
        """
        if self._part is Part.REACHED:
            self._stops = stops(self._program, goals)
            goals = list(self._stops)
        for depths in _stages(STAGE if self._part is Part.VIOLATED else REACH, self._bound):
            known = len(self.runs) + len(self.passed)
            for size, (actors, far) in enumerate(zip(teams_of(self._whole), depths, strict=False)):
                reason = self._stage(actors, range(max(size, far[0]), far[-1] + 1), goals)
                if reason is not None:
                    return reason
            if not self._left(goals) or self._is_last(known):
                return f"searched runs of up to {depths[0][-1]} blocks"
        return f"no run of up to {self._bound} blocks"

    def _stage(self, actors: Sequence[Actor], depths: range, goals: Sequence[Name]) -> str | None:
        """Search the runs of one team; return why the solver gave up, if it did.

        Its solver goes when the stage is over: those of all teams together need much memory.
        """
        if not self._left(goals):
            return None
        team = _Team(self._stock, actors, goals, self._budget)
        for depth in depths:
            reason = self._at(team, depth, goals)
            if reason is not None:
                return f"{reason} at {depth} blocks"
        return None

    def _is_last(self, known: int) -> bool:
        """Tell whether to stop after a stage that began with *known* runs."""
        found = len(self.runs) + len(self.passed) - known
        return found > 0 if self._part is Part.VIOLATED else known > 0 and found == 0

    def _left(self, goals: Sequence[Name]) -> list[Name]:
        known = (self.runs, self.refused, self.passed)
        left = [name for name in goals if not any(name in names for names in known)]
        if self._stops:
            where = {name: self._stops[name] for name in left}
            left = ahead(self._program, where, [*self.runs, *self.passed])
        else:
            left = elsewhere(self._program, left, self.runs)
        return left if self._wanted.intersection(left) else []

    def _at(self, team: _Team, depth: int, goals: Sequence[Name]) -> str | None:
        """Add the runs of exactly *depth* blocks; return why the solver gave up, if it did."""
        groups = self._groups(goals, depth)
        while groups:
            left = self._left(groups.pop(0))
            if not left:
                continue
            match team.ask(depth, left, self._part):
                case Unsat():
                    pass
                case GaveUp(reason):
                    return reason
                case Sat(model):
                    model = team.nearer(left, model) if self._part is Part.VIOLATED else model
                    for name in team.shown(model, left):
                        self._take(name, team.run(model, name, self._part))
                    if self._part is Part.REACHED:
                        self._go_on(team, model, goals)
                    groups.insert(0, left)
                case other:
                    assert_never(other)
        return None

    def _groups(self, goals: Sequence[Name], depth: int) -> list[Sequence[Name]]:
        """Return what to ask for together: anything, but first the end of the first block.

        The run to what stands last there passes what stands before.
        """
        if self._part is Part.VIOLATED or depth > 0:
            return [goals]
        checks = {name: self._program.threads[name.thread].checks[name.check] for name in goals}
        last = [name for name in goals if checks[name].reached is not TRUE][-1:]
        return [last, goals]

    def _take(self, name: Name, run: Run) -> None:
        """Keep *run* if it replays."""
        cuts = [frozenset(thread.cuts) for thread in self._whole.threads]
        goal = Goal.VIOLATED if self._part is Part.VIOLATED else Goal.REACHED
        found = schedule(self._program, cuts, run, name, goal)
        if isinstance(found, Lack):
            self.refused[name] = found
            return
        self.runs[name] = Refuted(found.schedule, ENGINE, len(run.choices))
        self.passed |= {self._names[id(check)] for check in found.reached}

    def _go_on(self, team: _Team, model: Any, goals: Sequence[Name]) -> None:
        """Continue the run of *model* to whatever else it may reach.

        All is known of what came before, so that the questions are small.  What is not found so is
        still searched for.
        """
        past: _Past | None = team.past(model)
        while past is not None:
            team, past = _Team(self._stock, team.actors, goals, self._budget, past), None
            for depth in range(min(ONWARD, self._bound) + 1):
                while left := self._left(goals):
                    answer = team.ask(depth, left, self._part)
                    if not isinstance(answer, Sat):
                        break
                    for name in team.shown(answer.model, left):
                        self._take(name, team.run(answer.model, name, self._part))
                    if depth > 0:
                        past = team.past(answer.model)


@record
class _Past:
    """What a run did so far, and where that led."""

    opening: Opening
    choices: Sequence[Choice]
    now: Moment


class _Team:
    """The runs of a fixed set of threads; a *past* is what all of them begin with."""

    def __init__(
        self,
        stock: Stock,
        actors: Sequence[Actor],
        goals: Sequence[Name],
        budget: Budget,
        past: _Past | None = None,
    ) -> None:
        self.actors = actors
        self._past = past
        self._questions = Questions(budget)
        moving = {name.thread for name in goals} | {
            kind
            for kind, thread in enumerate(stock.blocks.threads)
            if any(region.write is not None for region in thread.regions)
        }
        self._runs = Unrolling(stock, actors, moving, past.now if past else None)
        self._questions.always(*self._runs.opening())
        self._flags: dict[Name, Term] = {}
        self._near: dict[Name, Term] = {}  # the same, within few bytes

    def ask(self, depth: int, goals: Sequence[Name], part: Part) -> Answer:
        """Ask for a run of exactly *depth* blocks before one of the checks *goals*."""
        while self._runs.depth < depth:
            self._questions.always(*self._runs.extend())
            self._flags.clear()
        for name in goals:
            if name not in self._flags:
                term, near = self._runs.goal(name.thread, name.check, part)
                self._flags[name] = self._flag(depth, name, term)
                self._near[name] = near
        possible = [self._flags[name] for name in goals if not z3.is_false(self._flags[name])]
        return self._questions.some(possible, ()) if possible else Unsat(())

    def _flag(self, depth: int, name: Name, term: Term) -> Term:
        if z3.is_false(term):
            return term
        return self._questions.flag((depth, name), lambda: term)

    def nearer(self, goals: Sequence[Name], model: Any) -> Any:
        """Return a model that violates one of *goals* within fewer bytes than *model*, if any.

        The replay looks at all bytes before the violating one.
        """
        flags = [self._near[name] for name in self.shown(model, goals)]
        answer = self._questions.some(flags, ())
        return answer.model if isinstance(answer, Sat) else model

    def shown(self, model: Any, goals: Sequence[Name]) -> list[Name]:
        """Return those of *goals* that *model* shows."""
        return [name for name in goals if read_value(model, self._flags[name])]

    def past(self, model: Any) -> _Past:
        """Return the run of *model* so far."""
        return _Past(self._opening(model), self._choices(model), self._runs.moment_in(model))

    def _opening(self, model: Any) -> Opening:
        return self._runs.opening_in(model) if self._past is None else self._past.opening

    def _choices(self, model: Any) -> list[Choice]:
        before = () if self._past is None else self._past.choices
        return [*before, *self._runs.choices_in(model)]

    def run(self, model: Any, name: Name, part: Part) -> Run:
        """Return the run that *model* describes, up to the check *name*."""
        return Run(
            self._opening(model),
            self._choices(model),
            self._runs.last_in(model, name.thread, name.check, part),
        )
