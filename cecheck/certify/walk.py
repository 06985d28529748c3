"""From cut to cut through the unreduced program: all that one thread does in one block.

A region is the part of a thread's graph from one cut to the next ones.  It is walked once, each
location after its predecessors; where paths join, values become choices on the path taken.  That
is exact because the guards at a location exclude each other, which `questions` asks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from cecheck.ir.assume import Known, conjuncts
from cecheck.ir.build import all_of, any_of, ite, not_, rebuilt
from cecheck.ir.expr import FALSE, TRUE, Expr, Scope, Var
from cecheck.ir.node import fold
from cecheck.ir.program import Check, Edge, Thread, checks_at, outgoing
from cecheck.record import record

Values: TypeAlias = Mapping[Var, Expr]


@record
class Path:
    """The runs of a block that satisfy all *parts* (over its start), and what they wrote."""

    parts: tuple[Expr, ...]
    values: Values


@dataclass
class Region:
    """What a block may do: checks asked on the way, cuts arrived at, what others see of it then."""

    asked: list[tuple[Path, list[tuple[Check, Expr]]]] = field(default_factory=list)
    writes: list[Path] = field(default_factory=list)
    exits: list[tuple[int, Path]] = field(default_factory=list)


def as_other(var: Var) -> Var:
    """Return what a local of a thread is called when another thread acts."""
    return Var(f"{var.name}@other", var.sort, var.scope)


def seen_at(location: int, values: Values, known: Known) -> Callable[[Expr], Expr]:
    """Return how an expression of *location* reads at the start of the block, where all that is
    *known* holds."""
    results: dict[Expr, Expr] = {}

    def visit(node: Expr, children: tuple[Expr, ...]) -> Expr:
        if isinstance(node, Var):
            if node.scope in (Scope.INPUT, Scope.DEMONIC):
                # Chosen anew at each location, whatever its name there.
                node = Var(f"{node.name}@{location}", node.sort, node.scope)
            # A value stays as it was when it was assigned, so that it looks the same everywhere.
            return values.get(node, node)
        if children != node.children:
            node = rebuilt(node, children)
        return known.truths.get(node, node)

    return lambda expr: fold(expr, visit, results)


@record
class Cuts:
    """Where the blocks of *thread* begin and end; *order* is `inner_order`."""

    thread: Thread
    cuts: frozenset[int]
    order: tuple[int, ...]


def region(graph: Cuts, cut: int, asked: Collection[int], start: Known) -> Region:
    """Return what a thread may do from *cut* to the next ones.

    The checks to be *asked* (by identity) are given back; other checks end the run where they
    are violated.  All of it reads as it does where *start* holds at the cut.
    """
    thread, cuts = graph.thread, graph.cuts
    edges, checks, found = outgoing(thread), checks_at(thread), Region()
    arrived: dict[int, list[Path]] = {cut: [Path((), dict(start.values))]}
    for here in (cut, *graph.order):
        if here not in arrived:
            continue
        path = joined(arrived.pop(here))
        known = start.also()  # a copy of its own
        for part in path.parts:
            known.learn(part)
        seen = seen_at(here, path.values, known)
        goes_on = list(path.parts)
        together: list[tuple[Check, Expr]] = []
        for check in checks.get(here, ()):
            violated = seen(check.violated)
            if id(check) in asked:
                together.append((check, violated))
            elif check.kind.ends_run and check.prefix is None:  # a prefix says more than is asked
                goes_on += conjuncts(not_(violated))
        if together:
            found.asked.append((path, together))
        for edge in edges.get(here, ()):
            after = _taken(edge, path.values, goes_on, seen)
            if FALSE in after.parts:
                continue
            if edge.end in cuts:
                found.exits.append((edge.end, after))
                written = _written(after.values, start.values)
                if written:
                    found.writes.append(Path(after.parts, written))
            else:
                arrived.setdefault(edge.end, []).append(after)
    return found


def _written(values: Values, before: Values) -> Values:
    return {
        var: value
        for var, value in values.items()
        if var.scope is Scope.GLOBAL and value is not before.get(var, var)
    }


def _taken(edge: Edge, values: Values, condition: list[Expr], seen: Callable[[Expr], Expr]) -> Path:
    new = {var: seen(expr) for var, expr in edge.updates}
    guard = [part for part in conjuncts(seen(edge.guard)) if part is not TRUE]
    parts = tuple(dict.fromkeys([*condition, *guard]))
    return Path(parts, {**values, **new})


def joined(paths: list[Path]) -> Path:
    """Return one path for several that exclude each other.

    What all have in common is said once.  Which of them was taken is told by the rest alone.
    """
    if len(paths) == 1:
        return paths[0]
    common = [part for part in paths[0].parts if all(part in path.parts for path in paths)]
    own = [all_of(part for part in path.parts if part not in common) for path in paths]
    values = dict(paths[0].values)
    for path, taken in zip(paths[1:], own[1:], strict=True):
        for var in {**values, **path.values}:
            here, there = values.get(var, var), path.values.get(var, var)
            values[var] = ite(taken, there, here)
    return Path((*common, *conjuncts(_either(own))), values)


def _either(conditions: list[Expr]) -> Expr:
    """Return the disjunction of *conditions*; two that differ in one decision become one."""
    waiting = [frozenset(conjuncts(condition)) for condition in conditions]
    found: list[frozenset[Expr]] = []
    while waiting:
        one = waiting.pop()
        for other in [*waiting, *found]:
            here, there = one - other, other - one
            if len(here) == len(there) == 1 and not_(*here) in there:
                (waiting if other in waiting else found).remove(other)
                waiting.append(one & other)
                break
        else:
            found.append(one)
    parts = [part for condition in conditions for part in conjuncts(condition)]
    order = {part: n for n, part in enumerate(parts)}
    return any_of(all_of(sorted(own, key=order.__getitem__)) for own in reversed(found))


def inner_order(thread: Thread, cuts: frozenset[int]) -> tuple[int, ...]:
    """Return the locations that are no cuts, each after its predecessors; those of a cycle and
    behind it are left out."""
    leaving = outgoing(thread)
    waiting = {edge.start: 0 for edge in thread.edges} | {edge.end: 0 for edge in thread.edges}
    for edge in thread.edges:
        waiting[edge.end] += edge.start not in cuts
    ready = [here for here, count in waiting.items() if not count and here not in cuts]
    order: list[int] = []
    while ready:
        order.append(ready.pop())
        for edge in leaving.get(order[-1], ()):
            waiting[edge.end] -= 1
            if not waiting[edge.end] and edge.end not in cuts:
                ready.append(edge.end)
    return tuple(order)
