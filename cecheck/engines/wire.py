"""Schedules as JSON-able data: what crosses the pipe from a child that searched."""

from __future__ import annotations

from typing import TypeAlias

from cecheck.engines.child import Json
from cecheck.engines.verdict import Name
from cecheck.ir.program import Program
from cecheck.ir.trace import Actor, Move, Schedule

Words: TypeAlias = dict[str, int]


def to_data(schedule: Schedule) -> Json:
    """Return *schedule* without its check, which the reader knows."""
    return {
        "rigid": dict(schedule.rigid),
        "shared": dict(schedule.shared),
        "local": [[a.thread, a.number, dict(words)] for a, words in schedule.local.items()],
        "moves": [
            [m.actor.thread, m.actor.number, dict(m.inputs), m.edges] for m in schedule.moves
        ],
        "actor": [schedule.actor.thread, schedule.actor.number],
        "last": dict(schedule.last_inputs),
    }


def from_data(data: Json, program: Program, name: Name) -> Schedule:
    """Return the schedule that *data* is; it ends at the check *name*."""
    return Schedule(
        _words(data["rigid"]),
        _words(data["shared"]),
        {Actor(kind, number): _words(words) for kind, number, words in data["local"]},
        tuple(
            Move(Actor(kind, number), _words(inputs), int(edges))
            for kind, number, inputs, edges in data["moves"]
        ),
        Actor(*data["actor"]),
        program.threads[name.thread].checks[name.check],
        _words(data["last"]),
    )


def _words(data: Json) -> Words:
    return {str(name): int(value) for name, value in data.items()}
