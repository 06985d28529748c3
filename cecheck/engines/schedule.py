"""From the choices of a model, in blocks, to a schedule, in edges.

The interpreter itself says how many edges a block took: a block ends where its inputs lead it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cecheck.encode.unroll import Choice, Opening
from cecheck.engines.verdict import Name
from cecheck.ir.expr import Var
from cecheck.ir.program import Program
from cecheck.ir.trace import Move, Schedule
from cecheck.lower.blocks import Blocks
from cecheck.replay.interp import Machine, State, Stuck
from cecheck.replay.replay import run_until


class NoRun(Exception):
    """The interpreter cannot follow what the encoding found: a bug in cecheck."""


def schedule(
    blocks: Blocks, opening: Opening, choices: Sequence[Choice], last: Choice, name: Name
) -> Schedule:
    """Return the run that makes *choices* and then, with those of *last*, comes to a check."""
    program = blocks.program
    machine = Machine(program)
    check = program.threads[name.thread].checks[name.check]
    state = _start(program, opening)
    moves = []
    for choice in choices:
        cuts = frozenset(blocks.threads[choice.actor.thread].cuts)
        state, move = _run(machine, state, choice, cuts)
        moves.append(move)
    if state.at[last.actor] != check.location:
        state, move = _run(machine, state, last, frozenset((check.location,)))
        moves.append(move)
    acting = {last.actor, *[choice.actor for choice in choices]}
    needed = {
        actor: values
        for actor, values in opening.local.items()
        if actor in acting or program.threads[actor.thread].count is not None
    }
    return Schedule(
        opening.rigid, opening.shared, needed, tuple(moves), last.actor, check, last.inputs
    )


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
