"""Removes what cannot be reached and edges that do nothing; the runs stay the same."""

from __future__ import annotations

from dataclasses import replace

from cecheck.ir.expr import TRUE, Var, variables
from cecheck.ir.program import Action, Edge, Thread, outgoing


def tidied(thread: Thread) -> Thread:
    """Return *thread* without dead code, empty edges, and variables that never occur.

    Checks stay: that one can never be reached is for the report to say.
    """
    thread = _without_empty_edges(thread)
    reached = _reachable(thread)
    edges = tuple(e for e in thread.edges if e.start in reached)
    rests = tuple(r for r in thread.rests if r in reached)
    hints = tuple(h for h in thread.cuts_hint if h in reached)
    used = _used(replace(thread, edges=edges))
    kept = tuple(v for v in thread.locals if v in used)
    return replace(thread, edges=edges, cuts_hint=hints, locals=kept, rests=rests)


def _reachable(thread: Thread) -> set[int]:
    leaving = outgoing(thread)
    reached, stack = {thread.start}, [thread.start]
    while stack:
        for edge in leaving.get(stack.pop(), ()):
            if edge.end not in reached:
                reached.add(edge.end)
                stack.append(edge.end)
    return reached


def _is_empty(edge: Edge) -> bool:
    nothing = edge.guard is TRUE and not edge.updates and edge.event is None
    return nothing and edge.action is Action.LOCAL and edge.start != edge.end


def _without_empty_edges(thread: Thread) -> Thread:
    """Merge a location that has one empty way out, and no check, with the next one."""
    asked = {check.location for check in thread.checks} | {thread.start, *thread.cuts_hint}
    asked |= set(thread.rests)
    target: dict[int, int] = {}
    for location, edges in outgoing(thread).items():
        if len(edges) == 1 and _is_empty(edges[0]) and location not in asked:
            target[location] = edges[0].end
    edges = tuple(
        replace(e, end=_final(e.end, target)) for e in thread.edges if e.start not in target
    )
    return replace(thread, edges=edges)


def _final(location: int, target: dict[int, int]) -> int:
    seen: set[int] = set()
    while location in target and location not in seen:
        seen.add(location)
        location = target[location]
    return location


def _used(thread: Thread) -> set[Var]:
    found: set[Var] = {thread.identity}
    for edge in thread.edges:
        found |= variables(edge.guard)
        for variable, value in edge.updates:
            found.add(variable)
            found |= variables(value)
    for check in thread.checks:
        found |= variables(check.violated)
        found |= variables(check.reached)
    return found | variables(thread.initial)
