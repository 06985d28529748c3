"""Invariants of a driver, asked of every change of what they mention (semantics 7.6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cecheck.ir.build import and_, ne, not_, or_, substitute
from cecheck.ir.expr import FALSE, TRUE, Expr, Var, variables
from cecheck.ir.program import Check, CheckKind, Edge, Fact, Site
from cecheck.lower.graph import Graph, Location, site_of
from cecheck.lower.pure import Pure, Scene
from cecheck.lower.unknown import Unknown
from cecheck.lower.values import Record, Value, scalar
from cecheck.lower.world import World
from cecheck.record import record
from cecheck.sema import types as ty


@record
class Standing:
    """What must hold of a driver's globals while a thread has none of its locks.

    *owners* are those locks, *first* is what it says of the initial values.
    """

    text: str
    site: Site
    holds: Expr
    owners: tuple[Var, ...]
    first: Expr


def standing(
    world: World, env: dict[int, Value], initial: Mapping[Var, Expr]
) -> tuple[Standing, ...]:
    """Return the invariants of all drivers, over the globals in *env*."""
    found = []
    for driver in world.spec.drivers:
        owners = tuple(
            owner
            for item in driver.globals
            if isinstance(item.variable.type, ty.LockType)
            and isinstance(held := env[item.variable.number], Record)
            and isinstance(owner := held.get("owner"), Var)
        )
        for item in driver.invariants:
            pure = Pure(world, Scene({}, world.observed_place, FALSE), Unknown(None))
            value = scalar(pure.value(item.condition, env))
            holds = and_(value, not_(or_(pure.raised, pure.meaningless)))
            text = " ".join(item.span.text.split())
            first = substitute(holds, initial)
            found.append(Standing(text, site_of(item.span, None), holds, owners, first))
    return tuple(found)


def asked(
    graph: Graph, identity: Var, start: Location, invariants: Sequence[Standing]
) -> Iterator[Check]:
    """Yield the checks of *invariants* in a thread: at its beginning, and at every change, made in
    a call of which that is asked (semantics 4.1)."""
    for item in invariants:
        if item.first is not TRUE:
            yield Check(item.site, CheckKind.INVARIANT, start, not_(item.first))
    there = {id(edge) for edge in graph.edges}
    for edge, label in graph.changes:
        for item in invariants if id(edge) in there else ():
            check = _at(edge, label, item, and_(edge.guard, graph.owed), identity)
            if check is not None:
                yield check


def _at(
    edge: Edge, label: str | None, item: Standing, when: Expr, identity: Var
) -> Check | None:
    """Return what is asked of *item* *when* *edge* is taken: whether it holds behind it."""
    after = dict(edge.updates)
    if not after.keys() & (variables(item.holds) | set(item.owners)):
        return None
    assert edge.passes is None
    alone = and_(*(ne(substitute(owner, after), identity) for owner in item.owners))
    holds = substitute(item.holds, after)
    violated = and_(when, alone, not_(holds))
    if violated is FALSE:
        return None
    site = item.site if edge.span is None else site_of(edge.span, label)
    terms = tuple((var.name, substitute(var, after)) for var in sorted_vars(item.holds))
    said = ((item.text, holds), *terms)
    return Check(site, CheckKind.INVARIANT, edge.start, violated, when, said)


def sorted_vars(expr: Expr) -> list[Var]:
    """Return the variables of *expr* in the order of their names."""
    return sorted(variables(expr), key=lambda var: var.name)


def candidates(invariants: Sequence[Standing], threads: Sequence[str]) -> Iterator[Fact]:
    """Yield *invariants* as candidates for the proof of each thread."""
    for item in invariants:
        for thread in threads:
            yield Fact(item.text, item.holds, thread)
