"""Loops that a hostile caller may keep busy for ever: which they are, and the check they get.

A loop is asked whose end depends on a read of foreign memory made inside it: what leaves it, the
condition, a jump or a fault, depends on what was read, be it through what earlier rounds computed
(semantics 7.3).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cecheck.ir.expr import TRUE, Expr, Scope, Var, variables
from cecheck.ir.loops import natural_loop
from cecheck.ir.program import Check, CheckKind, Edge, View
from cecheck.lower.body import Body
from cecheck.lower.graph import Graph, Location, Loop, Updates
from cecheck.lower.values import scalar
from cecheck.sema import typed


def note(body: Body, statement: typed.While, head: Location) -> None:
    """Note the loop that begins at *head*, for when its thread is complete."""
    if body.world.view is not View.HOSTILE or not body.graph.asks or body.calling is not None:
        return
    site = body.site(statement.site)
    pure = body.pure(head)
    words = tuple([scalar(pure.value(word, body.env)) for word in statement.measure])
    is_life = body.on_loop is not None and not statement.after.statements  # no `for`
    body.graph.loops.append(Loop(head, site, words, is_life, body.terms()))


def noted_reads(graph: Graph, updates: Updates) -> None:
    """Note the free choices in *updates*, which stand for what foreign memory holds."""
    found = (var for _, value in updates for var in variables(value))
    graph.fetched.update(var for var in found if var.scope is Scope.INPUT)


def loop_checks(graph: Graph, start: Location) -> Iterator[Check]:
    """Yield the check of each loop that is asked, in a graph that is complete."""
    for loop in graph.loops:
        inside = natural_loop(graph.edges, start, loop.head)
        if not inside or not inside.isdisjoint(graph.waits):
            continue  # it goes round no second time, or it waits
        if loop.measure or _is_asked(graph, loop, inside):
            yield _check(loop)


def _check(loop: Loop) -> Check:
    return Check(
        loop.site, CheckKind.BOUNDED, loop.head, TRUE, TRUE, loop.terms, measure=loop.measure
    )


def _is_asked(graph: Graph, loop: Loop, inside: frozenset[int]) -> bool:
    """Tell whether the end of *loop* depends on a foreign read made *inside*.

    The outermost loop of a driver's thread is its life, and is asked only if it is left on
    purpose: a fault in it is none.
    """
    within = [edge for edge in graph.edges if edge.start in inside and edge.end in inside]
    leaving = [edge for edge in graph.edges if edge.start in inside and edge.end not in inside]
    if loop.is_life:
        leaving = [edge for edge in leaving if edge.event is None or edge.event.kind != "fault"]
    touched = _tainted(graph, within)
    return any(not variables(edge.guard).isdisjoint(touched) for edge in leaving)


def _tainted(graph: Graph, within: Sequence[Edge]) -> set[Var]:
    """Return what depends on a foreign read made on one of the edges *within* a loop.

    Where a choice between two ways to go on depends on one, all that the loop assigns does.
    """
    found = {var for edge in within for var in _inputs(edge) if var in graph.fetched}
    ways: dict[Location, list[Edge]] = {}
    for edge in within:
        ways.setdefault(edge.start, []).append(edge)
    branches = [edge.guard for edges in ways.values() if len(edges) > 1 for edge in edges]
    updates = [update for edge in within for update in edge.updates]
    known = -1
    while found and known < len(found):
        known = len(found)
        decided = any(not variables(guard).isdisjoint(found) for guard in branches)
        found |= {v for v, value in updates if decided or not variables(value).isdisjoint(found)}
    return found


def _inputs(edge: Edge) -> Iterator[Var]:
    exprs: list[Expr] = [edge.guard, *[value for _, value in edge.updates]]
    return (var for expr in exprs for var in variables(expr) if var.scope is Scope.INPUT)
