"""Loops that a hostile caller may keep busy for ever: which they are, and the check they get.

A loop is asked whose end depends on a read of foreign memory made inside it: what leaves it, the
condition, a jump or a fault, depends on what was read, be it through what earlier rounds computed
(semantics 7.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from typing import Final

from cecheck.ir.expr import BOOL, TRUE, Const, Expr, Scope, Var, variables
from cecheck.ir.loops import natural_loop
from cecheck.ir.program import Check, CheckKind, Edge, View
from cecheck.lower.body import Body
from cecheck.lower.elements import words_of
from cecheck.lower.graph import Graph, Location, Loop, Updates
from cecheck.lower.values import Pointer, leaves, scalar
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


# What foreign memory holds, where it goes to a place that nobody follows.
FOREIGN: Final = Var("what foreign memory holds", BOOL, Scope.INPUT)


def lies_in(number: int) -> Var:
    """Return what stands for all that is not followed in a variable, or an object, by number."""
    return Var(f"what lies in {number}", BOOL, Scope.LOCAL)


def flows(graph: Graph, here: Location, out_of: Iterable[Expr], into: Iterable[Expr]) -> None:
    """Note that whatever stands in *into* may depend on all of *out_of*, where no update says."""
    values = tuple(out_of)
    graph.flows += [
        (here, var, value) for target in into for var in variables(target) for value in values
    ]


def noted_move(
    body: Body, source: Pointer, out_of: Iterable[int], into: Iterable[int], here: Location
) -> None:
    """Note that bytes go *out_of* some objects, by number, or foreign memory, *into* others."""
    found = [held for number in out_of for held in _all_in(body, number)]
    if not isinstance(source.object, Const) or source.object.value == 0:  # it may be foreign
        found.append(FOREIGN)
    flows(body.graph, here, found, (held for number in into for held in _all_in(body, number)))


def _all_in(body: Body, number: int) -> Iterator[Expr]:
    """Yield all that an object holds: the words that are followed, and what stands for others."""
    item = body.objects[number]
    if item.block is not None:
        for one in words_of(body.world, item.block):
            yield from leaves(one.value).values()
    elif item.followed:
        yield from leaves(body.env[number]).values()
    yield lies_in(number)


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
    """Tell whether the end of *loop* depends on a foreign read made *inside*: on what one finds,
    or, where nothing else ends the loop, on whether one faults that the driver handles.

    The outermost loop of a driver's thread is its life, and is asked only if it is left on
    purpose: a fault in it is none.
    """
    leaving = [edge for edge in graph.edges if edge.start in inside and edge.end not in inside]
    if loop.is_life:
        leaving = [edge for edge in leaving if edge.event is None or edge.event.kind != "fault"]
    found = _tainted(graph, inside, graph.fetched)
    if any(_depends(edge.guard, found) for edge in leaving):
        return True
    found = _tainted(graph, inside, graph.fetched | graph.outcomes)
    ways = [edge for edge in leaving if edge.end not in graph.escapes]
    return bool(ways) and all(_depends(edge.guard, found) for edge in ways)


def _depends(value: Expr, found: Set[Var]) -> bool:
    return not variables(value).isdisjoint(found)


def _tainted(graph: Graph, inside: Set[int], chosen: Set[Var]) -> set[Var]:
    """Return what depends on an input that was *chosen* *inside* a loop.

    Where a choice between two ways to go on depends on one, all that the loop assigns does.
    """
    within = [edge for edge in graph.edges if edge.start in inside and edge.end in inside]
    found = {var for edge in within for var in _inputs(edge) if var in chosen} | {FOREIGN}
    ways: dict[Location, list[Edge]] = {}
    for edge in within:
        ways.setdefault(edge.start, []).append(edge)
    branches = [edge.guard for edges in ways.values() if len(edges) > 1 for edge in edges]
    updates = [update for edge in within for update in edge.updates]
    updates += [(into, value) for here, into, value in graph.flows if here in inside]
    known = -1
    while known < len(found):
        known = len(found)
        decided = any(_depends(guard, found) for guard in branches)
        found |= {var for var, value in updates if decided or _depends(value, found)}
    return found


def _inputs(edge: Edge) -> Iterator[Var]:
    exprs: list[Expr] = [edge.guard, *[value for _, value in edge.updates]]
    return (var for expr in exprs for var in variables(expr) if var.scope is Scope.INPUT)
