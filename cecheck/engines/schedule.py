"""From the choices of a model, in blocks, to a schedule, in edges.

The interpreter itself says how many edges a block took: a block ends where its inputs lead it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from cecheck.encode.unroll import Choice, Opening
from cecheck.engines.verdict import Name
from cecheck.ir.build import and_, binary, implies, sub, substitute, ule, ult, unary, word
from cecheck.ir.expr import FALSE, BinaryOp, Expr, UnaryOp, Var
from cecheck.ir.program import Check, Edge, Prefix, Program
from cecheck.ir.trace import Move, Schedule, Trace
from cecheck.record import record
from cecheck.replay.interp import Machine, State, Stuck, evaluate, reader
from cecheck.replay.replay import CHANGED, EarlierViolation, Goal, Mismatch, Stop, replay, run_until

REMEMBERED = 64  # words of a caller that a run may read again


class NoRun(Exception):
    """The interpreter cannot follow what the encoding found: a bug in cecheck."""


@record
class Run:
    """What a model says of a run: how it begins, its blocks, and the choice at its end."""

    opening: Opening
    choices: Sequence[Choice]
    last: Choice


@record
class Lack:
    """What else must hold for a run to replay: where its check is asked, or to take *edge*."""

    thread: int
    edge: Edge | None
    instance: Expr


def schedule(
    program: Program, cuts: Sequence[frozenset[int]], run: Run, name: Name, goal: Goal
) -> Trace | Lack:
    """Return *run* as it replays, or what it lacks.

    *cuts* are the locations where the blocks of each kind of thread end.
    """
    machine = Machine(program)
    check = program.threads[name.thread].checks[name.check]
    state = _start(program, run.opening)
    moves = []
    for choice in run.choices:
        state, move = _run(machine, state, choice, cuts[choice.actor.thread])
        moves.append(move)
    if state.at[run.last.actor] != check.location:
        state, move = _run(machine, state, run.last, frozenset((check.location,)))
        moves.append(move)
    acting = {run.last.actor, *[choice.actor for choice in run.choices]}
    needed = {
        actor: values
        for actor, values in run.opening.local.items()
        if actor in acting or program.threads[actor.thread].count is not None
    }
    found = Schedule(
        run.opening.rigid,
        run.opening.shared,
        needed,
        tuple(moves),
        run.last.actor,
        check,
        run.last.inputs,
    )
    match replay(program, found, goal):
        case Mismatch(stop=Stop() as stop):
            value = reader(stop.state, stop.actor, stop.inputs)
            return Lack(stop.actor.thread, stop.edge, _instance(stop.prefix, stop.byte, value))
        case Mismatch(reason=reason) as changed if reason == CHANGED:
            # If that does not help nothing that could be added is known.
            return _remembering(program, found, goal, changed) or Lack(name.thread, None, FALSE)
        case Mismatch(reason=reason):
            raise NoRun(reason)
        case EarlierViolation(check=earlier):
            raise NoRun(f"{earlier.kind.value} at {earlier.site} is violated before")
        case trace:
            return trace


def _remembering(
    program: Program, found: Schedule, goal: Goal, changed: Mismatch
) -> Trace | None:
    """Return the run in which what is read again is what it was, if it goes on like *found*."""
    for _ in range(REMEMBERED):
        if changed.kept is None:
            return None
        name, number = changed.kept
        moves = list(found.moves)
        inputs = {**moves[changed.move].inputs, name: number}
        moves[changed.move] = replace(moves[changed.move], inputs=inputs)
        found = replace(found, moves=tuple(moves))
        match replay(program, found, goal):
            case Trace() as trace:
                return trace
            case Mismatch() as more:
                changed = more
            case _:
                return None
    return None


def _run(
    machine: Machine, state: State, choice: Choice, stop: frozenset[int]
) -> tuple[State, Move]:
    if state.at[choice.actor] != choice.cut:
        raise NoRun(f"{choice.actor} stands at {state.at[choice.actor]}, not at {choice.cut}")
    match run_until(machine, state, choice.actor, choice.inputs, stop):
        case Stuck(reason):
            raise NoRun(reason)
        case (after, edges):
            return after, Move(choice.actor, choice.inputs, edges)


def _start(program: Program, opening: Opening) -> State:
    threads = {actor: program.threads[actor.thread] for actor in opening.local}
    return State(
        _by_variable(program.rigid, opening.rigid),
        _by_variable(program.globals, opening.shared),
        {
            actor: _by_variable((*thread.locals, thread.identity), opening.local[actor])
            for actor, thread in threads.items()
        },
        {actor: thread.start for actor, thread in threads.items()},
    )


def _by_variable(known: Sequence[Var], values: Mapping[str, int]) -> dict[Var, int]:
    return {var: values[var.name] for var in known}


# ---- bytes before the violating one (semantics 3.4) --------------------------------------------


def _instance(prefix: Prefix, byte: int, value: Callable[[Var], int]) -> Expr:
    """Return what the run lacks: that *byte* and the first at a border are got past.

    A border is the next multiple of a power of two, the smallest one that this run does not get
    past, so that a run which only moved elsewhere is not found next.
    """
    width = prefix.index.sort.width
    start = evaluate(prefix.start, value)
    places: list[Expr] = [sub(word(start + byte, width), prefix.start)]
    for bits_below in range(width // 2, width):
        low = word((1 << bits_below) - 1, width)
        number = unary(UnaryOp.NEG, binary(BinaryOp.AND_BITS, prefix.start, low))
        next_border = binary(BinaryOp.AND_BITS, number, low)
        if not evaluate(_got_past(prefix, next_border), value):
            places.append(next_border)
            break
    return and_(*[_got_past(prefix, place) for place in places])


def _got_past(prefix: Prefix, number: Expr) -> Expr:
    """Return that byte *number* holds if it comes before the violating one."""
    holds = substitute(prefix.holds, {prefix.index: number})
    return implies(ult(number, prefix.limit), holds)


def refined(
    program: Program, more: Mapping[Name, Sequence[Expr]], lacks: Sequence[Lack]
) -> Program:
    """Return *program* with *more* said of what violates some checks, and of what goes on.

    No run goes on past an access of very many bytes: the replay would look at all of them.
    """
    threads = [
        replace(
            thread,
            checks=tuple(
                [
                    _with(check, more.get(Name(kind, number), ()))
                    for number, check in enumerate(thread.checks)
                ]
            ),
            edges=tuple(
                [
                    _going_on(edge, [x.instance for x in lacks if x.edge is edge])
                    for edge in thread.edges
                ]
            ),
        )
        for kind, thread in enumerate(program.threads)
    ]
    return replace(program, threads=tuple(threads))


def _going_on(edge: Edge, more: Sequence[Expr]) -> Edge:
    if edge.passes is None:
        return edge
    width = edge.passes.limit.sort.width
    few = ule(edge.passes.limit, word(1 << 3 * width // 4, width))
    return replace(edge, guard=and_(edge.guard, few, *more))


def _with(check: Check, more: Sequence[Expr]) -> Check:
    return replace(check, violated=and_(check.violated, *more)) if more else check
