"""Large blocks: what a thread does from one cut to the next, as one symbolic step.

A region runs forward from a cut over the acyclic graph to the next cuts and merges where paths
join.  Expressions are over the state at the cut and the inputs met on the way; inputs keep their
names, for each belongs to one location and a region passes a location once.  DEMONIC variables
are free at each location, so they are renamed by it.  Nobody trusts the result: certificates and
replays refer to the unreduced program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from cecheck.ir.build import and_, ite, not_, substitute, ult, word
from cecheck.ir.expr import BOOL, TRUE, Expr, Scope, Var, variables
from cecheck.ir.movers import Movers, movers
from cecheck.ir.program import Check, Program, Thread
from cecheck.lower.cuts import Graph, cuts, graph, in_order, live
from cecheck.lower.diagram import ALWAYS, NEVER, Condition, Diagram
from cecheck.record import record


@record
class Exit:
    """One way out of a region: to the cut *target*, where *reached* holds.

    *updates* are the shared and the live local variables that change.  *clean* holds where no
    violation ended the run on the way; *conjuncts* are consequences of *reached*.
    """

    target: int
    reached: Expr
    updates: Mapping[Var, Expr]
    clean: Expr
    conjuncts: tuple[Expr, ...]


@record
class Write:
    """What others see of a region: where *condition* holds, shared state changes at its end."""

    condition: Expr
    updates: Mapping[Var, Expr]


@record
class Question:
    """A check met in a region; *violated*, *reached* and *clean* include the path to it.

    *near* holds where few bytes come before the violating one.
    """

    check: int  # index into ``Thread.checks``
    violated: Expr
    reached: Expr
    clean: Expr
    near: Expr = TRUE


@record
class Region:
    """What can happen from the cut *start* to the next cuts."""

    start: int
    exits: tuple[Exit, ...]
    questions: tuple[Question, ...]
    write: Write | None


@record
class ThreadBlocks:
    """The regions of one kind of thread, and the locals that are live at each cut."""

    thread: Thread
    regions: tuple[Region, ...]
    live: Mapping[int, tuple[Var, ...]]

    @property
    def cuts(self) -> tuple[int, ...]:
        """The locations where regions begin and end."""
        return tuple([region.start for region in self.regions])


@record
class Blocks:
    """A program in blocks."""

    program: Program
    threads: tuple[ThreadBlocks, ...]


def ends_run(check: Check) -> bool:
    """Tell whether a violation of *check* ends the run."""
    return check.kind.ends_run


def blocks(
    program: Program, *, large: bool = True, ends: Callable[[Check], bool] = ends_run
) -> Blocks:
    """Return *program* in blocks as large as the rules allow, or one per edge.

    Where a check that *ends* the run is violated, nothing follows.
    """
    moves = movers(program) if large else [None] * len(program.threads)
    pairs = zip(program.threads, moves, strict=True)
    return Blocks(program, tuple([_thread(thread, how, ends) for thread, how in pairs]))


def _thread(thread: Thread, moves: Movers | None, ends: Callable[[Check], bool]) -> ThreadBlocks:
    whole = graph(thread)
    walk = _Walk(whole, cuts(whole, moves), ends)
    regions = tuple([walk.region(cut) for cut in walk.cuts])
    alive = {cut: tuple([v for v in thread.locals if v in walk.live[cut]]) for cut in walk.cuts}
    return ThreadBlocks(thread, regions, alive)


_CLEAN = Var("clean", BOOL, Scope.INPUT)  # no violation yet; carried along like a variable


@record
class _Arrival:
    """A path, or several that were merged, as it comes to a location."""

    condition: Condition
    state: Mapping[Var, Expr]  # only what differs from the state at the cut


@record
class _Ahead:
    """Arrivals by location, inside the region and at its end."""

    inside: dict[int, list[_Arrival]]
    exits: dict[int, list[_Arrival]]


class _Walk:
    """Walks the regions of one thread."""

    def __init__(self, whole: Graph, cut: Sequence[int], ends: Callable[[Check], bool]) -> None:
        self.whole = whole
        self._ends = ends
        self.cuts = tuple(cut)
        self.live = live(whole)
        self._cut = frozenset(cut)
        self._order = {location: n for n, location in enumerate(in_order(whole, cut))}
        self._numbers = {id(check): n for n, check in enumerate(whole.thread.checks)}
        self._demonic = {location: self._demonic_at(location) for location in whole.locations}

    def _demonic_at(self, location: int) -> dict[Var, Expr]:
        asked = [e for c in self.whole.checks.get(location, ()) for e in (c.violated, c.reached)]
        for edge in self.whole.after(location):
            asked += [edge.guard, *[value for _, value in edge.updates]]
        free = {v for expr in asked for v in variables(expr)}
        return {
            var: Var(f"{var.name}@{location}", var.sort, Scope.DEMONIC)
            for var in free
            if var.scope is Scope.DEMONIC
        }

    def region(self, start: int) -> Region:
        """Return what can happen from *start* to the next cuts."""
        diagram = Diagram()
        ahead = _Ahead({start: [_Arrival(ALWAYS, {})]}, {})
        questions: list[Question] = []
        for location in self._inside(start):
            here = _merged(diagram, ahead.inside.pop(location, []), self.live[location])
            if here.condition == NEVER:
                continue
            questions += self._step(diagram, location, here, ahead)
        exits = [self._exit(diagram, target, found) for target, found in ahead.exits.items()]
        return Region(
            start,
            tuple([way for way in exits if way is not None]),
            tuple(questions),
            _write(diagram, [arrival for found in ahead.exits.values() for arrival in found]),
        )

    def _inside(self, start: int) -> list[int]:
        found = {start: None}
        pending = [start]
        while pending:
            for edge in self.whole.after(pending.pop()):
                if edge.end not in found and edge.end not in self._cut:
                    found[edge.end] = None
                    pending.append(edge.end)
        return sorted(found, key=self._order.__getitem__)

    def _step(
        self, diagram: Diagram, location: int, here: _Arrival, ahead: _Ahead
    ) -> list[Question]:
        """Pass on what arrives at *location* to its successors; return what is asked there."""
        values = {**self._demonic[location], **here.state}
        table: dict[Expr, Expr] = {}
        path = diagram.expr(here.condition)
        clean = here.state.get(_CLEAN, TRUE)
        later = clean
        questions: list[Question] = []
        for check in self.whole.checks.get(location, ()):
            violated = substitute(check.violated, values, table)
            reached = and_(path, substitute(check.reached, values, table))
            number = self._numbers[id(check)]
            near = substitute(_few_before(check), values, table)
            questions.append(Question(number, and_(path, violated), reached, clean, near))
            if self._ends(check):
                later = and_(later, not_(violated))
        for edge in self.whole.after(location):
            guard = diagram.condition(substitute(edge.guard, values, table))
            condition = diagram.bounded(diagram.both(here.condition, guard))
            state = {**here.state, _CLEAN: later}
            state.update({v: substitute(e, values, table) for v, e in edge.updates})
            arrival = _Arrival(condition, state)
            found = ahead.exits if edge.end in self._cut else ahead.inside
            found.setdefault(edge.end, []).append(arrival)
        return questions

    def _exit(self, diagram: Diagram, target: int, found: list[_Arrival]) -> Exit | None:
        here = _merged(diagram, found, self.live[target])
        if here.condition == NEVER:
            return None
        changed = [v for v in here.state if v is not _CLEAN and here.state[v] is not v]
        return Exit(
            target,
            diagram.expr(here.condition),
            {var: here.state[var] for var in sorted(changed, key=_name)},
            here.state.get(_CLEAN, TRUE),
            diagram.conjuncts(here.condition),
        )


def _few_before(check: Check) -> Expr:
    """Return that at most a few hundred thousand bytes come before the violating one."""
    if check.prefix is None:
        return TRUE
    limit = check.prefix.limit
    return ult(limit, word(1 << min(limit.sort.width - 1, 18), limit.sort.width))


def _merged(diagram: Diagram, arrivals: Iterable[_Arrival], alive: frozenset[Var]) -> _Arrival:
    """Join paths: each variable takes the value of the path that was run."""
    possible = [arrival for arrival in arrivals if arrival.condition != NEVER]
    names = dict.fromkeys(
        var
        for arrival in possible
        for var in arrival.state
        if var.scope is not Scope.LOCAL or var in alive
    )
    chooser = _Chooser(diagram, possible)
    return _Arrival(
        _any(diagram, [arrival.condition for arrival in possible]),
        {var: chooser.value(var) for var in names},
    )


def _write(diagram: Diagram, exits: list[_Arrival]) -> Write | None:
    writes = [way for way in exits if any(var.scope is Scope.GLOBAL for var in way.state)]
    here = _merged(diagram, writes, frozenset())
    if here.condition == NEVER:
        return None
    changed = {var: value for var, value in here.state.items() if var.scope is Scope.GLOBAL}
    condition = and_(diagram.expr(here.condition), here.state[_CLEAN])
    return Write(condition, {var: changed[var] for var in sorted(changed, key=_name)})


def _name(var: Var) -> str:
    return var.name


def _any(diagram: Diagram, conditions: Iterable[Condition]) -> Condition:
    result = NEVER
    for condition in conditions:
        result = diagram.bounded(diagram.either(result, condition))
    return result


class _Chooser:
    """Chooses between the values that joining paths give a variable."""

    def __init__(self, diagram: Diagram, arrivals: Sequence[_Arrival]) -> None:
        self._diagram = diagram
        self._arrivals = arrivals
        self._selectors: dict[tuple[int, ...], list[Expr]] = {}

    def value(self, var: Var) -> Expr:
        """Return the value of *var* after the join."""
        default = TRUE if var is _CLEAN else var
        numbers: dict[Expr, int] = {}
        group = tuple(
            [
                numbers.setdefault(arrival.state.get(var, default), len(numbers))
                for arrival in self._arrivals
            ]
        )
        if group not in self._selectors:
            self._selectors[group] = self._selector(group)
        *first, result = numbers
        for selector, value in zip(self._selectors[group], reversed(first), strict=True):
            result = ite(selector, value, result)
        return result

    def _selector(self, group: tuple[int, ...]) -> list[Expr]:
        """Return when to take each group's value, last but one first, if no earlier one is."""
        members: list[list[Condition]] = [[] for _ in range(max(group) + 1)]
        for arrival, number in zip(self._arrivals, group, strict=True):
            members[number].append(arrival.condition)
        conditions = [_any(self._diagram, own) for own in members]
        care = conditions.pop()
        selectors = []
        for condition in reversed(conditions):
            care = _any(self._diagram, [care, condition])
            selectors.append(self._diagram.expr(self._diagram.where(condition, care)))
        return selectors
