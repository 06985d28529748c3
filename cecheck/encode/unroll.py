"""Concrete runs of a program in blocks, step by step, as Z3 terms.

There is a fixed number of threads, every variable has a name at every time, and at each time one
thread takes one way out of the cut where it stands.  DEMONIC variables are zero, as in a replay.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from itertools import combinations
from typing import Any

import z3

from cecheck.encode.terms import Term, Terms, read_value
from cecheck.ir.build import and_, const, substitute
from cecheck.ir.expr import Expr, Scope, Var, variables
from cecheck.ir.program import Thread
from cecheck.ir.trace import Actor
from cecheck.lower.blocks import Blocks, Question, Region
from cecheck.record import record


class Part(Enum):
    """What a run may show of a check."""

    VIOLATED = "violated"
    REACHED = "reached"


@record
class Opening:
    """The values a model chose for the start of a run."""

    rigid: Mapping[str, int]
    shared: Mapping[str, int]
    local: Mapping[Actor, Mapping[str, int]]


@record
class Choice:
    """What a model chose for a step: *actor* leaves *cut* with these inputs."""

    actor: Actor
    cut: int
    inputs: Mapping[str, int]


@record
class Moment:
    """Where a run is after some of its steps: values by name, and the cuts where threads stand."""

    values: Opening
    at: Mapping[Actor, int]


@record
class _Way:
    """An exit over plain names: what is true of a step that takes it."""

    target: int
    taken: Term
    changed: tuple[Var, ...]


class _Template:
    """A region over plain names; Z3 renames it for each time and actor."""

    def __init__(self, region: Region, plain: Terms, later: Terms) -> None:
        self._plain = plain
        self._later = later
        self._values: dict[Var, Expr] = {}
        self._table: dict[Expr, Expr] = {}
        parts = [e for way in region.exits for e in (way.reached, way.clean, *way.updates.values())]
        parts += [e for q in region.questions for e in (q.violated, q.reached, q.clean, q.near)]
        found = _variables(parts)
        self._values.update((v, const(0, v.sort)) for v in found if v.scope is Scope.DEMONIC)
        self.inputs = [v for v in found if v.scope is Scope.INPUT]
        self.variables = [v for v in found if v.scope is not Scope.DEMONIC]
        self.ways = [
            _Way(way.target, self._taken(way.reached, way.clean, way.updates), tuple(way.updates))
            for way in region.exits
        ]
        self.changed = list(dict.fromkeys(var for way in self.ways for var in way.changed))
        self._questions = {question.check: question for question in region.questions}

    def _term(self, expr: Expr) -> Term:
        return self._plain(substitute(expr, self._values, self._table))

    def _taken(self, reached: Expr, clean: Expr, updates: Mapping[Var, Expr]) -> Term:
        changes = [self._later(var) == self._term(value) for var, value in updates.items()]
        return z3.And(self._term(and_(reached, clean)), *changes)

    def question(self, check: int) -> Question | None:
        """Return what is asked of *check* in this region."""
        return self._questions.get(check)

    def holds(self, *exprs: Expr) -> Term:
        """Return that all *exprs* hold, over plain names."""
        return self._term(and_(*exprs))


def _variables(exprs: Iterable[Expr]) -> list[Var]:
    found = {var for expr in exprs for var in variables(expr)}
    return sorted(found, key=lambda var: (var.scope.value, var.name))


@record
class _Time:
    """The names of everything at one time."""

    shared: Mapping[Var, Term]
    local: Mapping[Actor, Mapping[Var, Term]]
    at: Mapping[Actor, Mapping[int, Term]]  # by cut: does the actor stand there?


class Stock:
    """The regions of a program over plain names: made once, used by every unrolling of it."""

    def __init__(self, blocks: Blocks) -> None:
        self.blocks = blocks
        self._numbers: dict[Var, int] = {}
        self.plain = Terms(self.name)
        self.later = Terms(lambda var: f"n{self.name(var)}")
        self._templates: dict[tuple[int, int], _Template] = {}
        self._regions = {
            (number, region.start): region
            for number, thread in enumerate(blocks.threads)
            for region in thread.regions
        }

    def name(self, var: Var) -> str:
        """Return what *var* is called."""
        return f"v{self._numbers.setdefault(var, len(self._numbers))}"

    def template(self, thread: int, cut: int) -> _Template:
        """Return the region that begins at a cut of a kind of thread."""
        key = (thread, cut)
        if key not in self._templates:
            self._templates[key] = _Template(self._regions[key], self.plain, self.later)
        return self._templates[key]


class Unrolling:
    """The runs of *actors*, of which those of *moving* kinds act; grows by one step at a time.

    They begin at the *start*, if it is given, or as the program says.
    """

    def __init__(
        self,
        stock: Stock,
        actors: Sequence[Actor],
        moving: Container[int],
        start: Moment | None = None,
    ) -> None:
        self._stock = stock
        self._blocks = stock.blocks
        self._start = start
        self._actors = {actor: number for number, actor in enumerate(actors)}
        self._moving = [actor for actor in actors if actor.thread in moving]
        self._plain = stock.plain
        self._later = stock.later
        self._name = stock.name
        self._moves: list[_Step] = []
        self._times = [self._first()]

    def _constant(self, var: Var, when: str) -> Term:
        """Return what *var* is called at a time."""
        return Terms(lambda _: f"{self._name(var)}_{when}")(var)

    def _first(self) -> _Time:
        shared = {var: self._constant(var, "0") for var in self._blocks.program.globals}
        local, at = {}, {}
        for actor, number in self._actors.items():
            thread = self._thread(actor)
            names = dict.fromkeys((*thread.locals, thread.identity))
            local[actor] = {var: self._constant(var, f"0_{number}") for var in names}
            at[actor] = {thread.start: z3.BoolVal(True)}
        return _Time(shared, local, at) if self._start is None else self._known(self._start)

    def _known(self, start: Moment) -> _Time:
        """Return the names of everything at *start*: its values."""
        values = start.values
        return _Time(
            {var: self._value(var, values.shared) for var in self._blocks.program.globals},
            {
                actor: {
                    var: self._value(var, own)
                    for var in (*self._thread(actor).locals, self._thread(actor).identity)
                }
                for actor, own in values.local.items()
            },
            {actor: {cut: z3.BoolVal(True)} for actor, cut in start.at.items()},
        )

    def _value(self, var: Var, values: Mapping[str, int]) -> Term:
        return self._plain(const(values[var.name], var.sort))

    def _thread(self, actor: Actor) -> Thread:
        return self._blocks.threads[actor.thread].thread

    @property
    def depth(self) -> int:
        """How many steps there are so far."""
        return len(self._moves)

    def opening(self) -> Iterator[Term]:
        """Yield what is true of the start."""
        program, first = self._blocks.program, self._times[0]
        if self._start is not None:
            rigid = self._start.values.rigid
            yield from [self._plain(v) == self._value(v, rigid) for v in program.rigid]
            return
        yield self._plain(program.facts)
        yield self._renamed(self._plain(program.initial), first.shared)
        for actor in self._actors:
            names = {**first.shared, **first.local[actor]}
            yield self._renamed(self._plain(self._thread(actor).initial), names)
        identities = [first.local[actor][self._thread(actor).identity] for actor in self._actors]
        yield from [a != b for a, b in combinations(identities, 2) if a.sort() == b.sort()]
        yield from self._apart()

    def _apart(self) -> Iterator[Term]:
        """Yield that all processes are followed, and none is trusted and is not."""
        local, kinds = self._times[0].local, [(a, self._thread(a).home) for a in self._actors]
        homes = [(local[actor][home.place], home) for actor, home in kinds if home is not None]
        known = {at: z3.Or(*[at == self._plain(p) for p in home.followed]) for at, home in homes}
        yield from known.values()
        for (at, home), (there, other) in combinations(homes, 2):
            if home.trusted != other.trusted:
                yield z3.Or(at != there, z3.BoolVal(home.change))

    def _renamed(self, term: Term, values: Mapping[Var, Term]) -> Term:
        pairs = [(self._plain(var), value) for var, value in values.items()]
        return z3.substitute(term, *pairs) if pairs else term

    def _now(self, actor: Actor, template: _Template) -> dict[Var, Term]:
        """Return what the variables of *template* are called when *actor* takes the next step."""
        now, when = self._times[-1], f"{self.depth}_{self._actors[actor]}"
        known = {**now.shared, **now.local[actor]}
        inputs = {var: self._constant(var, when) for var in template.inputs}
        return {**inputs, **{var: known[var] for var in template.variables if var in known}}

    # ---- one more step -----------------------------------------------------------------------

    def _standing(self) -> Iterator[tuple[Actor, int, _Template]]:
        """Yield who may stand where now, and act."""
        for actor in self._moving:
            for cut in self._times[-1].at[actor]:
                yield actor, cut, self._stock.template(actor.thread, cut)

    def extend(self) -> Iterator[Term]:
        """Yield what is true of one more step, which some thread must take."""
        now, step = self._times[-1], _Step(self.depth, self._actors)
        for actor, cut, template in self._standing():
            step.choose(actor, cut, template)
        after = self._after(now, step)
        for actor, cut, template in self._standing():
            changed = {**after.shared, **after.local[actor]}
            names = [(self._plain(v), term) for v, term in self._now(actor, template).items()]
            names += [(self._later(v), changed[v]) for v in template.changed]
            for way, switch in zip(template.ways, step.switches[actor, cut], strict=True):
                taken = z3.substitute(way.taken, *names) if names else way.taken
                yield z3.Implies(switch, z3.And(now.at[actor][cut], step.turns[actor], taken))
        yield from self._frame(now, after, step)
        yield from self._order(step)
        self._moves.append(step)
        self._times.append(after)

    def _after(self, now: _Time, step: _Step) -> _Time:
        when = self.depth + 1
        shared, local, at = dict(now.shared), {a: dict(own) for a, own in now.local.items()}, {}
        for owner, var in step.changes:
            if owner is None:
                shared[var] = self._constant(var, f"{when}")
            else:
                local[owner][var] = self._constant(var, f"{when}_{self._actors[owner]}")
        for actor, number in self._actors.items():
            cuts = dict.fromkeys([*now.at[actor], *step.targets(actor)])
            at[actor] = {cut: z3.Bool(f"a{when}_{number}_{cut}") for cut in cuts}
        return _Time(shared, local, at)

    def _frame(self, now: _Time, after: _Time, step: _Step) -> Iterator[Term]:
        """Yield that what the step does not change stays, and where everybody stands."""
        for (owner, var), switches in step.changes.items():
            old, new = (t.shared if owner is None else t.local[owner] for t in (now, after))
            yield z3.Or(new[var] == old[var], *switches)
        for actor in self._actors:
            for cut, there in after.at[actor].items():
                before = now.at[actor].get(cut)
                turn = step.turns[actor] if actor in self._moving else z3.BoolVal(False)
                stays = [] if before is None else [z3.And(before, z3.Not(turn))]
                yield there == z3.Or(*stays, *step.arrivals.get((actor, cut), ()))

    def _order(self, step: _Step) -> Iterator[Term]:
        """Yield that one thread moves, and that twins move for the first time in order."""
        yield z3.Or(*[switch for switches in step.switches.values() for switch in switches])
        yield from [
            z3.Not(z3.And(step.turns[one], step.turns[two]))
            for one, two in combinations(self._moving, 2)
        ]
        for actor in self._moving:
            twin = Actor(actor.thread, actor.number - 1)
            if twin in self._actors:
                earlier = [past.turns[twin] for past in self._moves]
                yield z3.Implies(step.turns[actor], z3.Or(*earlier))

    # ---- goals and what a model says of them ---------------------------------------------------

    def goal(self, thread: int, check: int, part: Part) -> tuple[Term, Term]:
        """Return that now the check is violated, or reached; and that it is so within few bytes."""
        found = list(self._goals(thread, check, part))
        return z3.Or(*[term for *_, term, _ in found]), z3.Or(*[near for *_, near in found])

    def _goals(
        self, thread: int, check: int, part: Part
    ) -> Iterator[tuple[Actor, int, Term, Term]]:
        for actor, cut, template in self._standing():
            question = template.question(check)
            if actor.thread == thread and question is not None:
                asked = question.violated if part is Part.VIOLATED else question.reached
                names, here = self._now(actor, template), self._times[-1].at[actor][cut]
                holds = self._renamed(template.holds(asked, question.clean), names)
                near = self._renamed(template.holds(question.near), names)
                yield actor, cut, z3.And(here, holds), z3.And(here, holds, near)

    def opening_in(self, model: Any) -> Opening:
        """Return how the run that *model* describes begins."""
        return self._values_at(model, self._times[0])

    def moment_in(self, model: Any) -> Moment:
        """Return where the run that *model* describes is now."""
        now = self._times[-1]
        at = {
            actor: next(cut for cut, there in cuts.items() if read_value(model, there))
            for actor, cuts in now.at.items()
        }
        return Moment(self._values_at(model, now), at)

    def _values_at(self, model: Any, time: _Time) -> Opening:
        return Opening(
            _values(model, {var: self._plain(var) for var in self._blocks.program.rigid}),
            _values(model, time.shared),
            {actor: _values(model, own) for actor, own in time.local.items()},
        )

    def choices_in(self, model: Any) -> list[Choice]:
        """Return the steps of the run that *model* describes."""
        return [
            self._choice(model, actor, cut, time)
            for time, step in enumerate(self._moves)
            for (actor, cut), switches in step.switches.items()
            if any(read_value(model, switch) for switch in switches)
        ]

    def last_in(self, model: Any, thread: int, check: int, part: Part) -> Choice:
        """Return the choice that violates or reaches the check now."""
        goals = self._goals(thread, check, part)
        actor, cut = next((a, cut) for a, cut, term, _ in goals if read_value(model, term))
        return self._choice(model, actor, cut, self.depth)

    def _choice(self, model: Any, actor: Actor, cut: int, time: int) -> Choice:
        inputs = self._stock.template(actor.thread, cut).inputs
        names = {v: self._constant(v, f"{time}_{self._actors[actor]}") for v in inputs}
        return Choice(actor, cut, _values(model, names))


def _values(model: Any, names: Mapping[Var, Term]) -> dict[str, int]:
    return {var.name: read_value(model, term) for var, term in names.items()}


class _Step:
    """The switches of one step: a thread's turn, and the way that it takes."""

    def __init__(self, time: int, actors: Mapping[Actor, int]) -> None:
        self._time = time
        self._actors = actors
        self.turns = {actor: z3.Bool(f"t{time}_{number}") for actor, number in actors.items()}
        self.switches: dict[tuple[Actor, int], list[Term]] = {}
        self.changes: dict[tuple[Actor | None, Var], list[Term]] = {}
        self.arrivals: dict[tuple[Actor, int], list[Term]] = {}

    def choose(self, actor: Actor, cut: int, template: _Template) -> None:
        """Add the ways of *actor* out of *cut*."""
        own = self.switches.setdefault((actor, cut), [])
        for number, way in enumerate(template.ways):
            own.append(z3.Bool(f"m{self._time}_{self._actors[actor]}_{cut}_{number}"))
            self.arrivals.setdefault((actor, way.target), []).append(own[-1])
            for var in way.changed:
                owner = None if var.scope is Scope.GLOBAL else actor
                self.changes.setdefault((owner, var), []).append(own[-1])

    def targets(self, actor: Actor) -> list[int]:
        """Return where the step may bring *actor*."""
        return [cut for mover, cut in self.arrivals if mover == actor]
