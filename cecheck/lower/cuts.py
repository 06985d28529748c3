"""Where the blocks of a thread begin and end (semantics 5).

Cuts are the start, every end, one location of each cycle, every location that may have to wait,
wherever a second action that others see would begin, and where a run could end, by a check or for
want of a way on, once others have seen something.  Also which locals are read later at a location.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cecheck.ir.expr import FALSE, TRUE, Scope, Var, variables
from cecheck.ir.movers import Mover, Movers
from cecheck.ir.program import Action, Check, Edge, Thread, checks_at, outgoing
from cecheck.record import record


@record
class Graph:
    """The reachable part of a thread: successors in order, edges and checks by location."""

    thread: Thread
    edges: Mapping[int, tuple[Edge, ...]]
    checks: Mapping[int, tuple[Check, ...]]
    locations: tuple[int, ...]  # in order of discovery

    def after(self, location: int) -> tuple[Edge, ...]:
        """Return the edges that leave *location*."""
        return self.edges.get(location, ())


def graph(thread: Thread) -> Graph:
    """Return the part of *thread* that its start reaches."""
    edges = {
        location: tuple([edge for edge in edges if edge.guard is not FALSE])
        for location, edges in outgoing(thread).items()
    }
    found = {thread.start: None}
    pending = [thread.start]
    while pending:
        for edge in edges.get(pending.pop(), ()):
            if edge.end not in found:
                found[edge.end] = None
                pending.append(edge.end)
    return Graph(thread, edges, checks_at(thread), tuple(found))


def cuts(whole: Graph, moves: Movers | None) -> tuple[int, ...]:
    """Return the cuts of a thread whose locations move as *moves* says; None: all are cuts."""
    if moves is None:
        return whole.locations
    found = {whole.thread.start, *whole.thread.rests} | {
        location
        for location in whole.locations
        if not whole.after(location)
        or any(edge.action is Action.BLOCKING for edge in whole.after(location))
    }
    for hint in whole.thread.cuts_hint:
        if hint not in found and _returns(whole, hint, found):
            found.add(hint)
    found |= _loop_heads(whole, found)
    found |= _second_actions(whole, moves, found)
    return tuple([location for location in whole.locations if location in found])


def _returns(whole: Graph, start: int, cut: set[int]) -> bool:
    """Tell whether a path leads from *start* back to it without passing a cut."""
    seen: set[int] = set()
    pending = [start]
    while pending:
        for edge in whole.after(pending.pop()):
            if edge.end == start:
                return True
            if edge.end not in seen and edge.end not in cut:
                seen.add(edge.end)
                pending.append(edge.end)
    return False


def _loop_heads(whole: Graph, cut: set[int]) -> set[int]:
    """Return the targets of the back edges that are left when *cut* is cut."""
    heads: set[int] = set()
    done: set[int] = set()
    for root in whole.locations:
        if root not in cut:
            continue
        path = {root: None}
        pending = [iter(whole.after(root))]
        while pending:
            end = next((edge.end for edge in pending[-1] if edge.end not in cut), None)
            if end is None:
                done.add(path.popitem()[0])
                pending.pop()
            elif end in path:
                heads.add(end)
            elif end not in done:
                path[end] = None
                pending.append(iter(whole.after(end)))
    return heads


def in_order(whole: Graph, cut: Iterable[int]) -> tuple[int, ...]:
    """Return all locations so that each edge that enters no cut goes forward."""
    stops = set(cut)
    done: dict[int, None] = {}
    for root in whole.locations:
        if root not in stops or root in done:
            continue
        pending = [(root, iter(whole.after(root)))]
        while pending:
            ends = (edge.end for edge in pending[-1][1])
            end = next((end for end in ends if end not in stops and end not in done), None)
            if end is None:
                done[pending.pop()[0]] = None
            else:
                pending.append((end, iter(whole.after(end))))
    return tuple(reversed(done))


def _second_actions(whole: Graph, moves: Movers, cut: set[int]) -> set[int]:
    """Return the locations where a block must begin for the sake of what others see of it.

    A block is what happens as well later, one action that others see, and what happens as well
    earlier.  What ends the run, or drops it, must not come after what others see: they would see
    it still.
    """
    found: set[int] = set()
    acted: dict[int, bool] = {}  # is the one action over when the location is reached?
    shown: dict[int, bool] = {}  # have others seen something by then?
    for location in in_order(whole, cut):
        over, seen = (at.get(location, False) and location not in cut for at in (acted, shown))
        ends = _ends_run(whole, location) or _may_stop(whole, location)
        if (over and moves[location] is Mover.SEEN) or (seen and ends):
            found.add(location)
            over = seen = False
        acts = moves[location] in (Mover.SEEN, Mover.GIVES)
        for edge in whole.after(location):
            acted[edge.end] = acted.get(edge.end, False) or over or acts
            shown[edge.end] = shown.get(edge.end, False) or seen or (acts and _writes(edge))
    return found


def _writes(edge: Edge) -> bool:
    """Tell whether *edge* changes shared state."""
    return any(var.scope is Scope.GLOBAL for var, _ in edge.updates)


def _ends_run(whole: Graph, location: int) -> bool:
    return any(check.kind.ends_run for check in whole.checks.get(location, ()))


def _may_stop(whole: Graph, location: int) -> bool:
    """Tell whether no run may go on from *location*: an assumption, a choice out of a range."""
    edges = whole.after(location)
    return len(edges) == 1 and edges[0].guard is not TRUE


def live(whole: Graph) -> dict[int, frozenset[Var]]:
    """Return the LOCAL variables that are read at or after each location; identity always is."""
    found = {location: frozenset((whole.thread.identity,)) for location in whole.locations}
    before: dict[int, list[int]] = {}
    for location in whole.locations:
        for edge in whole.after(location):
            before.setdefault(edge.end, []).append(location)
    pending = dict.fromkeys(whole.locations)
    while pending:
        location = pending.popitem()[0]
        needed = found[location] | _needed(whole, location, found)
        if needed != found[location]:
            found[location] = needed
            pending.update(dict.fromkeys(before.get(location, ())))
    return found


def _needed(whole: Graph, location: int, found: Mapping[int, frozenset[Var]]) -> frozenset[Var]:
    needed: set[Var] = set()
    for check in whole.checks.get(location, ()):
        needed |= variables(check.violated) | variables(check.reached)
    for edge in whole.after(location):
        later = found[edge.end]
        needed |= later - {var for var, _ in edge.updates} | variables(edge.guard)
        for var, value in edge.updates:
            if var.scope is Scope.GLOBAL or var in later:
                needed |= variables(value)
    return frozenset([var for var in needed if var.scope is Scope.LOCAL])
