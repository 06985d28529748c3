"""Runs that come back to where they were: the second opinion on every loop that never ends.

A thread arrives twice at the head of its loop, and between the two it alone moved and never left
the loop.  If all that its way depended on is then what it was before, the same free choices lead
it round again, for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cecheck.ir.expr import Expr, Scope, Var, variables
from cecheck.ir.loops import loop_of
from cecheck.ir.program import Check, Prefix, Thread, checks_at, outgoing
from cecheck.ir.trace import Actor, Step
from cecheck.record import record
from cecheck.replay.interp import State


@record
class Arrival:
    """*state* is what it was after *steps* steps, when the thread stood at the head."""

    steps: int
    state: State


def comes_round(
    thread: Thread, check: Check, actor: Actor, arrivals: Sequence[Arrival], steps: Sequence[Step]
) -> int | None:
    """Return the number of the step from which the run repeats itself, if it does.

    *arrivals* are those of *actor* at the head of the loop that *check* is about; with the last
    one the run ends.
    """
    inside = loop_of(thread, check)
    *earlier, last = arrivals
    for arrival in reversed(earlier):
        path = steps[arrival.steps :]
        if not all(step.actor == actor and _stays(step, inside) for step in path):
            return None
        if _is_same(_needed(thread, path), actor, arrival.state, last.state):
            return arrival.steps
    return None


def _stays(step: Step, inside: frozenset[int]) -> bool:
    """Tell whether a step begins and ends in the loop; none looks at a memory that is kept."""
    edge = step.edge
    return edge.start in inside and edge.end in inside and not edge.recalls


def _is_same(needed: Iterable[Var], actor: Actor, before: State, after: State) -> bool:
    pairs = ((before.shared, after.shared), (before.local[actor], after.local[actor]))
    return all(
        old[var] == new[var] for var in needed for old, new in pairs if var in old or var in new
    )


def _needed(thread: Thread, path: Sequence[Step]) -> frozenset[Var]:
    """Return what must be the same at the start of *path* for it to be taken again and again."""
    asked, leaving = checks_at(thread), outgoing(thread)
    needed: frozenset[Var] = frozenset()
    while True:
        before = needed
        for step in reversed(path):
            edge = step.edge
            later = [value for var, value in edge.updates if var in before]
            checks = [check for check in asked.get(edge.start, ()) if check.kind.ends_run]
            read = [
                *later,
                *[other.guard for other in leaving[edge.start]],
                *[check.violated for check in checks],
                *_bytes([edge.passes, *[check.prefix for check in checks]]),
            ]
            kept = before - {var for var, _ in edge.updates}
            before = kept.union(*map(_state_of, read))
        if before <= needed:
            return needed
        needed |= before


def _bytes(prefixes: Iterable[Prefix | None]) -> Iterator[Expr]:
    for prefix in prefixes:
        if prefix is not None:
            yield from (prefix.start, prefix.limit, prefix.holds)


def _state_of(expr: Expr) -> frozenset[Var]:
    """Return what *expr* reads of what may change."""
    return frozenset(v for v in variables(expr) if v.scope in (Scope.LOCAL, Scope.GLOBAL))
