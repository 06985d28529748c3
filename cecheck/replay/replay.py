"""A second opinion on every refutation: run the schedule on the unreduced program.

All that is believed of a schedule is its choices.  Everything else is computed here: that it
starts in an initial state, that one edge is enabled at each step, that nothing ends the run
before its last check, and that this check is violated; of a loop, that the run comes round.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import Enum

from cecheck.ir.expr import Expr, Scope, Var, variables
from cecheck.ir.program import Check, CheckKind, Edge, Prefix, Program, Recall, Thread
from cecheck.ir.trace import Actor, Move, Schedule, Step, Trace
from cecheck.record import record
from cecheck.replay.interp import Machine, State, Stuck, evaluate, reader
from cecheck.replay.lasso import Arrival, comes_round
from cecheck.replay.ranges import first_false


class Goal(Enum):
    """What the last check of a schedule is said to be."""

    VIOLATED = "violated"
    REACHED = "reached"  # the access of its site completes at least a byte


@record
class Stop:
    """An access stops at byte number *byte*, in *state*: the violated one, or the one of *edge*."""

    prefix: Prefix
    byte: int
    state: State
    actor: Actor
    inputs: Mapping[str, int]
    edge: Edge | None = None


@record
class Mismatch:
    """The schedule is not a run of the program: *reason*, met in the *move*-th move (from 0).

    *stop* says which byte an access does not get past, if that is why; *kept* which input of the
    move the caller's memory has already, and as what.
    """

    move: int
    reason: str
    stop: Stop | None = None
    kept: tuple[str, int] | None = None


@record
class EarlierViolation:
    """The run ends before its last check, at *check*; *trace* is the run up to there."""

    check: Check
    trace: Trace


UNFOLLOWED = "it works on a handle that is not followed"
CHANGED = "the caller's memory would have to change by itself"


class _Refused(Exception):
    """The schedule does not start in an initial state of the program."""


def replay(
    program: Program, schedule: Schedule, goal: Goal = Goal.VIOLATED
) -> Trace | Mismatch | EarlierViolation:
    """Run *schedule*; return the trace computed if its last check is what *goal* says."""
    try:
        state = initial(program, schedule)
    except _Refused as problem:
        return Mismatch(0, str(problem))
    machine, memory = Machine(program), _Memory()
    steps: list[Step] = []
    reached: list[Check] = []
    arrivals = [Arrival(0, state)]
    for number, move in enumerate(schedule.moves):
        if move.actor not in state.at:
            return Mismatch(number, f"there is no {move.actor}")
        for taken in range(move.edges):
            ended = _ending_check(machine, state, move)
            if ended is not None:
                shorter = _cut_short(schedule, number, taken, ended)
                return EarlierViolation(ended, _trace(shorter, steps, state))
            if goal is Goal.REACHED:
                reached += _reached(machine, state, move.actor, move.inputs)
            match machine.step(state, move.actor, move.inputs):
                case Stuck(reason):
                    return Mismatch(number, reason)
                case (after, step):
                    refused = _refused(step.edge, (state, number, move), memory)
                    if refused is not None:
                        return refused
                    state = after
                    steps.append(step)
                    arrivals.append(Arrival(len(steps), state))
    wrong = _wrong_end(machine, state, schedule, goal)
    if wrong:
        return Mismatch(len(schedule.moves), wrong)
    if goal is Goal.VIOLATED:
        stop = _stop(schedule.check.prefix, state, schedule.actor, schedule.last_inputs)
        if stop is not None:
            return Mismatch(len(schedule.moves), f"byte {stop.byte} is not reached", stop)
    if goal is Goal.REACHED:
        reached += _reached(machine, state, schedule.actor, schedule.last_inputs)
    trace = replace(_trace(schedule, steps, state), reached=tuple(reached))
    if goal is Goal.VIOLATED and schedule.check.kind is CheckKind.BOUNDED:
        again = _again(program, schedule, arrivals, steps)
        if again is None:
            return Mismatch(len(schedule.moves), "the run does not come back to where it was")
        return replace(trace, again=again)
    return trace


def _refused(edge: Edge, where: tuple[State, int, Move], memory: _Memory) -> Mismatch | None:
    """Return why no system takes *edge*, which a proof covers all the same, if none does."""
    state, number, move = where
    if edge.unfollowed:
        return Mismatch(number, UNFOLLOWED)
    stop = _stop(edge.passes, state, move.actor, move.inputs, edge)
    if stop is not None:
        return Mismatch(number, f"byte {stop.byte} stops the access", stop)
    return memory.refused(edge.recalls, (state, number, move))


def _again(
    program: Program, schedule: Schedule, states: Sequence[Arrival], steps: Sequence[Step]
) -> int | None:
    """Return the step from which the run goes round for ever in the loop of its last check."""
    actor, check = schedule.actor, schedule.check
    heads = [one for one in states if one.state.at[actor] == check.location]
    return comes_round(program.threads[actor.thread], check, actor, heads, steps)


class _Memory:
    """The bytes that a well-behaved caller's memory was found to hold, by absolute address."""

    def __init__(self) -> None:
        self._known: dict[int, int] = {}

    def refused(
        self, recalls: Sequence[Recall], where: tuple[State, int, Move]
    ) -> Mismatch | None:
        """Note *recalls*; return what does not agree with what is known, if anything."""
        state, number, move = where
        value, known = reader(state, move.actor, move.inputs), dict[Expr, int]()
        for one in recalls:
            if not evaluate(one.holds, value, known):
                continue
            if one.place is None or one.value is None:
                self._known.clear()
                continue
            free = (v.name for v in variables(one.value) if v.scope is Scope.INPUT)
            if any(name not in move.inputs for name in free):
                continue  # nothing ever depends on what is there
            place, found = (evaluate(part, value, known) for part in (one.place, one.value))
            kept = self._noted(place, found, one.value.sort.width)
            if kept != found:
                return Mismatch(number, CHANGED, kept=_chosen(one.value, kept))
        return None

    def _noted(self, place: int, found: int, width: int) -> int:
        """Return what *width* bits at *place* hold, of which those that are not known are noted as
        they were *found*: byte by byte, but on a scaled-down machine, where numbers are no bytes
        (semantics 9.4), all at once."""
        if width % 8:
            return self._known.setdefault(place, found) & ((1 << width) - 1)
        new = enumerate(found.to_bytes(width // 8, "little"))
        held = [self._known.setdefault(place + behind, byte) for behind, byte in new]
        return int.from_bytes(held, "little")


def _chosen(value: Expr, number: int) -> tuple[str, int] | None:
    """Return the input that makes *value* be *number*, if it is one."""
    if isinstance(value, Var) and value.scope is Scope.INPUT:
        return value.name, number
    return None


def _reached(
    machine: Machine, state: State, actor: Actor, inputs: Mapping[str, int]
) -> list[Check]:
    """Return the checks whose access completes where *actor* stands."""
    value, known = reader(state, actor, inputs), dict[Expr, int]()
    return [c for c in machine.checks(state, actor) if evaluate(c.reached, value, known)]


def _stop(
    prefix: Prefix | None,
    state: State,
    actor: Actor,
    inputs: Mapping[str, int],
    edge: Edge | None = None,
) -> Stop | None:
    """Return where the access that *prefix* is about stops, if it does."""
    byte = None if prefix is None else _first_stop(prefix, state, actor, inputs)
    if prefix is None or byte is None:
        return None
    return Stop(prefix, byte, state, actor, inputs, edge)


def _first_stop(
    prefix: Prefix, state: State, actor: Actor, inputs: Mapping[str, int]
) -> int | None:
    """Return the first byte before the violating one that the access does not get past."""
    value = reader(state, actor, inputs)
    start, limit = evaluate(prefix.start, value), evaluate(prefix.limit, value)
    return first_false(prefix.holds, value, prefix.index, start, limit)


def _ending_check(machine: Machine, state: State, move: Move) -> Check | None:
    """Return the first check violated where *move* goes on, if it ends the run."""
    checks = [c for c in machine.checks(state, move.actor) if c.kind.ends_run]
    value, known = reader(state, move.actor, move.inputs), dict[Expr, int]()
    for check in checks:
        if evaluate(check.violated, value, known) and (
            check.prefix is None
            or _first_stop(check.prefix, state, move.actor, move.inputs) is None
        ):
            return check
    return None


def _cut_short(schedule: Schedule, moves: int, edges: int, check: Check) -> Schedule:
    """Return the first *moves* moves of *schedule* and *edges* edges more, ending at *check*."""
    last = schedule.moves[moves]
    rest = (replace(last, edges=edges),) if edges else ()
    return replace(
        schedule,
        moves=(*schedule.moves[:moves], *rest),
        actor=last.actor,
        check=check,
        last_inputs=last.inputs,
    )


def _wrong_end(machine: Machine, state: State, schedule: Schedule, goal: Goal) -> str | None:
    """Return why *state* is not the end that *schedule* promises."""
    actor, check = schedule.actor, schedule.check
    if actor not in state.at:
        return f"there is no {actor}"
    if all(asked is not check for asked in machine.checks(state, actor)):
        return f"the check is not asked at location {state.at[actor]}"
    asked = check.violated if goal is Goal.VIOLATED else check.reached
    if not evaluate(asked, reader(state, actor, schedule.last_inputs)):
        return f"the check is not {goal.value} at the end"
    return None


def _trace(schedule: Schedule, steps: list[Step], state: State) -> Trace:
    last = (state.rigid, state.shared, state.local[schedule.actor])
    values = {var.name: value for part in last for var, value in part.items()}
    return Trace(schedule, tuple(steps), {**values, **schedule.last_inputs})


def initial(program: Program, schedule: Schedule) -> State:
    """Return the state *schedule* starts in, having checked that it is initial."""
    rigid = _values("rigid", program.rigid, schedule.rigid)
    shared = _values("shared", program.globals, schedule.shared)
    local, at = {}, {}
    for actor, values in schedule.local.items():
        thread = _kind(program, actor)
        names = (*thread.locals, thread.identity)
        local[actor] = _values(f"{thread.name} {actor.number}", names, values)
        at[actor] = thread.start
    state = State(rigid, shared, local, at)
    _require_initial(program, state)
    return state


def _require_initial(program: Program, state: State) -> None:
    identities: dict[int, Actor] = {}
    for actor in state.at:
        thread = program.threads[actor.thread]
        for what, expr in (
            ("facts", program.facts),
            ("initial", program.initial),
            (f"initial of {thread.name}", thread.initial),
        ):
            _require(_holds(expr, state, actor), f"`{what}` does not hold at the start")
        twin = identities.setdefault(state.local[actor][thread.identity], actor)
        _require(twin == actor, f"{twin} and {actor} have the same identity")
    _require_apart(program, state)
    for index, thread in enumerate(program.threads):
        is_there = thread.count is None or any(actor.thread == index for actor in state.at)
        _require(is_there, f"thread {thread.name} is missing")
    _require(bool(state.at), "no thread at all")


def _require_apart(program: Program, state: State) -> None:
    """Require that all processes are followed, and trusted or not unless their tenants change."""
    known: dict[int, bool] = {}
    for actor in state.at:
        home = program.threads[actor.thread].home
        if home is None:
            continue
        place, value = state.local[actor][home.place], reader(state, actor, {})
        is_followed = place in [evaluate(one, value) for one in home.followed]
        _require(is_followed, f"nothing is known of process {place}")
        if not home.change:
            alike = known.setdefault(place, home.trusted) == home.trusted
            _require(alike, f"process {place} is trusted, and is not")


def _kind(program: Program, actor: Actor) -> Thread:
    _require(0 <= actor.thread < len(program.threads), f"there is no kind of {actor}")
    thread = program.threads[actor.thread]
    is_one = actor.number >= 0 and (thread.count is None or actor.number < thread.count)
    _require(is_one, f"there is no {actor}")
    return thread


def _values(what: str, wanted: Iterable[Var], given: Mapping[str, int]) -> dict[Var, int]:
    by_name = {var.name: var for var in wanted}
    _require(by_name.keys() == given.keys(), f"{what}: not one value for each variable")
    for name, var in by_name.items():
        fits = 0 <= given[name] < 1 << max(var.sort.width, 1)
        _require(fits, f"{what}: `{name}` is out of range")
    return {var: given[name] for name, var in by_name.items()}


def _holds(expr: Expr, state: State, actor: Actor) -> bool:
    return bool(evaluate(expr, reader(state, actor, {})))


def _require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise _Refused(otherwise)


def run_until(
    machine: Machine, state: State, actor: Actor, inputs: Mapping[str, int], stop: frozenset[int]
) -> tuple[State, int] | Stuck:
    """Run *actor* at least one edge, on to a location of *stop* or to its end; count the edges."""
    for edges in range(len(machine.program.threads[actor.thread].edges)):
        match machine.step(state, actor, inputs):
            case Stuck() as stuck:
                return stuck
            case (state, _):
                if state.at[actor] in stop or machine.is_final(state, actor):
                    return state, edges + 1
    return Stuck("no location to stop at is met")
