"""A concrete run of a program: plain integers and names, no solver objects."""

from __future__ import annotations

from collections.abc import Mapping

from cecheck.ir.expr import Var
from cecheck.ir.program import Check, Edge
from cecheck.record import record


@record
class Actor:
    """The *number*-th thread of kind *thread* (an index into ``Program.threads``)."""

    thread: int
    number: int


@record
class Move:
    """*actor* runs on, with these inputs, until it has taken *edges* edges.

    Inputs that are not named are zero.  A schedule is all a replay needs.
    """

    actor: Actor
    inputs: Mapping[str, int]
    edges: int


@record
class Schedule:
    """A run as a list of choices, and the check it is said to violate at its end.

    *rigid* and *shared* give the RIGID and GLOBAL variables at the start, *local* those of each
    actor.  The last actor stands at the check's location when the moves are done; *last_inputs*
    are the inputs of the violated check.
    """

    rigid: Mapping[str, int]
    shared: Mapping[str, int]
    local: Mapping[Actor, Mapping[str, int]]
    moves: tuple[Move, ...]
    actor: Actor
    check: Check
    last_inputs: Mapping[str, int]


@record
class Step:
    """One edge taken by *actor*; *changes* are (variable, old, new), in the edge's order."""

    actor: Actor
    edge: Edge
    changes: tuple[tuple[Var, int, int], ...]
    inputs: Mapping[str, int]


@record
class Trace:
    """A replayed run: what the interpreter itself computed, step by step.

    *reached* are the checks whose access completes on the way, if that was the goal.  All from step
    *again* on may happen again and again, if the check is that a loop ends.
    """

    schedule: Schedule
    steps: tuple[Step, ...]
    final: Mapping[str, int]  # rigid, global and the last actor's local variables, and inputs
    reached: tuple[Check, ...] = ()
    again: int | None = None
