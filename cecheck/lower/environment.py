"""``environment``: what the system does at any time, as threads of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from cecheck.ir.build import eq, word
from cecheck.ir.expr import FALSE, Scope, bits
from cecheck.ir.program import Action, Edge, Event, Thread
from cecheck.lower.atomic import atomic
from cecheck.lower.body import Body
from cecheck.lower.graph import Graph, Updates
from cecheck.lower.itself import as_itself
from cecheck.lower.ledger import Ledger
from cecheck.lower.outline import Shared
from cecheck.lower.statement import run_block
from cecheck.lower.unknown import Unknown
from cecheck.lower.world import IDENTITY_BITS, World
from cecheck.sema import typed
from cecheck.sema import types as ty
from cecheck.sema.walk import nodes


def environment_threads(
    world: World, events: Iterable[typed.Environment], first: int, shared: Shared
) -> list[Thread]:
    """Return the threads that take *events*, numbered from *first* on."""
    return [_thread(world, event, n, shared) for n, event in enumerate(events, start=first)]


def _thread(world: World, event: typed.Environment, number: int, shared: Shared) -> Thread:
    """Return the thread that takes *event*, one action, again and again."""
    graph = Graph(world, event.name)
    identity, start = graph.local("id", bits(IDENTITY_BITS)), graph.location()
    nobody = as_itself(world, word(0, world.process_sort.width), FALSE, Unknown(None)).scene
    body = Body(
        world, graph, nobody, dict(shared.env), graph.location(), False, identity, FALSE,
        None, Action.LOCAL, run_block, Ledger(graph), lives=shared.lives,
    )  # fmt: skip
    atomic(body, typed.Atomic(event.body, event.span), start)
    told = Event("exit", "a process exits, and another has its place")
    edges = tuple(
        replace(
            edge, end=start, updates=_shared(edge),
            span=event.span, event=told, action=Action.BLOCKING,
        )
        for edge in graph.edges
    )
    initial = eq(identity, word(number, IDENTITY_BITS))
    return Thread(
        graph.thread, 1, identity, (identity,), initial, start, edges, tuple(graph.checks)
    )


def _shared(edge: Edge) -> Updates:
    """Return what is left of the event once it is over: its variables begin anew each time."""
    return tuple((var, value) for var, value in edge.updates if var.scope is Scope.GLOBAL)


def retires(spec: typed.Spec) -> bool:
    """Tell whether processes of *spec* exit at all."""
    return any(_is_taken(event.body) for event in spec.platform.events)


def rests_on_exits(spec: typed.Spec) -> bool:
    """Tell whether a verdict rests on whether processes exit.

    Where drivers keep no process and choose none, and all clients are trusted alike or nothing is
    kept that could tell them apart, a process that comes later does nothing that one of the same
    place did not do before.
    """
    if retires(spec):
        return True
    kept = [item.variable.type for driver in spec.drivers for item in driver.globals]
    kept += [driver.context.type for driver in spec.drivers if driver.context is not None]
    held = [part for type_ in kept for part in _parts(spec, type_)]
    chosen = (n for driver in spec.drivers for n in nodes(driver) if isinstance(n, typed.Chosen))
    held += [node.type for node in chosen]
    behaviours = {b for client in spec.clients for b in client.behaviours}
    mixed = len({b is typed.Behaviour.UNTRUSTED for b in behaviours}) > 1
    return any(
        isinstance(part, ty.ProcessType | ty.SetType)
        or (mixed and isinstance(part, ty.IntType | ty.PointerType))
        for part in held
    )


def _parts(spec: typed.Spec, type_: ty.Type) -> Iterator[ty.Type]:
    match type_:
        case ty.StructType():
            for item in spec.layouts[type_.name].fields:
                yield from _parts(spec, item.type)
        case ty.ArrayType() | ty.PointersType():
            yield from _parts(spec, type_.element)
        case _:
            yield type_


def _is_taken(tree: object) -> bool:
    return any(isinstance(node, typed.Retire) for node in _live(tree))


def _live(tree: object) -> Iterator[object]:
    """Yield the statements of *tree*, without branches that a constant rules out."""
    match tree:
        case typed.If(condition=typed.Literal(value=value)):
            yield from _live(tree.then if value else tree.otherwise)
        case typed.If():
            yield from (*_live(tree.then), *_live(tree.otherwise))
        case typed.Block():
            for statement in tree.statements:
                yield from _live(statement)
        case _:
            yield tree
