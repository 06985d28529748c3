"""A simpler run to the same violation: fewer threads, fewer switches, small and round numbers.

Every candidate is replayed; one that does not violate the check in as few steps is thrown away.
Which candidates are tried, and in what order, depends on the run alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from cecheck.ir.program import Program
from cecheck.ir.trace import Actor, Move, Schedule, Trace
from cecheck.replay.replay import replay

MOST_REPLAYS = 32
_SMALL = 10  # numbers below are simple enough
_ROUND = (0xFFFF, 0xFFF, 0xFF)  # what is cut off a number that cannot be small


def simplest(program: Program, trace: Trace, is_same: Callable[[Trace], bool]) -> Trace:
    """Return *trace*, or a simpler one that violates the same check, and of which *is_same* holds.

    A run that comes round stays as it is.
    """
    if trace.again is not None:
        return trace
    attempts = 0
    for change in (_alone, _together, _quiet, _smaller):
        for candidate in list(change(trace)):
            if attempts == MOST_REPLAYS:
                return trace
            schedule = candidate(trace.schedule)
            if schedule == trace.schedule:
                continue
            attempts += 1
            found = replay(program, schedule)
            if isinstance(found, Trace) and len(found.steps) <= len(trace.steps):
                trace = found if is_same(found) else trace
    return trace


_Candidate: TypeAlias = Callable[[Schedule], Schedule]


def _alone(trace: Trace) -> Iterator[_Candidate]:
    """Leave out one thread, and all that it does."""
    for actor in dict.fromkeys(move.actor for move in trace.schedule.moves):
        if actor != trace.schedule.actor:
            yield partial(_without, actor)


def _without(actor: Actor, schedule: Schedule) -> Schedule:
    return replace(schedule, moves=tuple(m for m in schedule.moves if m.actor != actor))


def _together(trace: Trace) -> Iterator[_Candidate]:
    """Let a thread do at once what it does before and after another one."""
    return (partial(_swapped, number) for number in range(2, len(trace.schedule.moves)))


def _swapped(number: int, schedule: Schedule) -> Schedule:
    moves = list(schedule.moves)
    if number >= len(moves) or moves[number].actor != moves[number - 2].actor:
        return schedule
    moves[number - 1], moves[number] = moves[number], moves[number - 1]
    return replace(schedule, moves=tuple(moves))


def _quiet(trace: Trace) -> Iterator[_Candidate]:
    """Start with zero where a number is set anyway, for one thread after the other."""
    for actor in trace.schedule.local:
        steps = [step for step in trace.steps if step.actor == actor]
        assigned = {var.name for step in steps for var, _, _ in step.changes}
        yield partial(_zeroed, actor, assigned)


def _zeroed(actor: Actor, names: set[str], schedule: Schedule) -> Schedule:
    own = schedule.local[actor]
    kept = {name: 0 if name in names and old >= _SMALL else old for name, old in own.items()}
    return replace(schedule, local={**schedule.local, actor: kept})


def _smaller(trace: Trace) -> Iterator[_Candidate]:
    """Put another number in the place of one that was chosen, wherever it was."""
    for old in _chosen(trace.schedule):
        for new in (1, *(old & ~low for low in _ROUND)):
            yield partial(_with, old, new)


def _chosen(schedule: Schedule) -> list[int]:
    """Return the numbers that inputs have, each once, in the order of the run."""
    inputs = [*(move.inputs for move in schedule.moves), schedule.last_inputs]
    numbers = dict.fromkeys(number for some in inputs for number in some.values())
    return [number for number in numbers if number >= _SMALL]


def _with(old: int, new: int, schedule: Schedule) -> Schedule:
    def changed(inputs: Mapping[str, int]) -> dict[str, int]:
        return {name: new if number == old else number for name, number in inputs.items()}

    moves = tuple(Move(m.actor, changed(m.inputs), m.edges) for m in schedule.moves)
    return replace(schedule, moves=moves, last_inputs=changed(schedule.last_inputs))
