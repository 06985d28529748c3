"""From cut to cut through the unreduced program: all that one thread does in one block.

A region is the part of a thread's graph from one cut to the next ones.  It is walked once, each
location after its predecessors; where paths join, values become choices on the path taken.  That
is exact because the guards at a location exclude each other, which `questions` asks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from cecheck.ir.build import all_of, and_, any_of, ite, not_, rebuilt
from cecheck.ir.expr import FALSE, TRUE, Expr, Scope, Var
from cecheck.ir.node import fold
from cecheck.ir.program import Check, Edge, Thread, checks_at, outgoing

Values: TypeAlias = Mapping[Var, Expr]


@dataclass(frozen=True)
class Path:
    """The runs of a block that satisfy *condition* (over its start), and what they wrote."""

    condition: Expr
    values: Values


@dataclass
class Region:
    """What a block may do: checks asked on the way, writes to shared state, cuts arrived at."""

    asked: list[tuple[Check, Expr]] = field(default_factory=list)
    writes: list[Path] = field(default_factory=list)
    exits: list[tuple[int, Path]] = field(default_factory=list)


def as_other(var: Var) -> Var:
    """Return what a local of a thread is called when another thread acts."""
    return Var(f"{var.name}@other", var.sort, var.scope)


def seen_at(location: int, values: Values) -> Callable[[Expr], Expr]:
    """Return how an expression of *location* reads at the start of the block."""
    results: dict[Expr, Expr] = {}

    def visit(node: Expr, children: tuple[Expr, ...]) -> Expr:
        if isinstance(node, Var):
            if node.scope in (Scope.INPUT, Scope.DEMONIC):
                # Chosen anew at each location, whatever its name there.
                return Var(f"{node.name}@{location}", node.sort, node.scope)
            return values.get(node, node)
        return node if children == node.children else rebuilt(node, children)

    return lambda expr: fold(expr, visit, results)


def region(
    thread: Thread,
    cut: int,
    cuts: frozenset[int],
    order: tuple[int, ...],
    asked: Collection[Check],
) -> Region:
    """Return what *thread* may do from *cut* to the next of *cuts*; *order* is `inner_order`.

    The checks to be *asked* are given back; other checks end the run where they are violated.
    """
    edges, checks, found = outgoing(thread), checks_at(thread), Region()
    arrived: dict[int, list[Path]] = {cut: [Path(TRUE, {})]}
    for here in (cut, *order):
        if here not in arrived:
            continue
        path = joined(arrived.pop(here))
        seen = seen_at(here, path.values)
        goes_on = [path.condition]
        for check in checks.get(here, ()):
            if check in asked:
                found.asked.append((check, and_(path.condition, seen(check.violated))))
            elif check.kind.ends_run and check.prefix is None:  # a prefix says more than is asked
                goes_on.append(not_(seen(check.violated)))
        for edge in edges.get(here, ()):
            after = _taken(edge, path.values, all_of(goes_on), seen)
            if after.condition is FALSE:
                continue
            written = {v: after.values[v] for v, _ in edge.updates if v.scope is Scope.GLOBAL}
            if written:
                found.writes.append(Path(after.condition, written))
            if edge.end in cuts:
                found.exits.append((edge.end, after))
            else:
                arrived.setdefault(edge.end, []).append(after)
    return found


def _taken(edge: Edge, values: Values, condition: Expr, seen: Callable[[Expr], Expr]) -> Path:
    new = {var: seen(expr) for var, expr in edge.updates}
    return Path(and_(condition, seen(edge.guard)), {**values, **new} if new else values)


def joined(paths: list[Path]) -> Path:
    """Return one path for several that exclude each other."""
    first, *others = paths
    values = dict(first.values)
    for path in others:
        for var in {**values, **path.values}:
            here, there = values.get(var, var), path.values.get(var, var)
            values[var] = ite(path.condition, there, here)
    return Path(any_of(path.condition for path in paths), values)


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
