"""Clients: threads that call drivers for ever, each call on one handle."""

from __future__ import annotations

from cecheck.ir.build import and_, eq, not_, or_, word
from cecheck.ir.expr import TRUE, Expr, Scope, Var, bits
from cecheck.ir.program import Action, Edge, Event, View
from cecheck.lower.body import Body
from cecheck.lower.caller import (
    ClientKind,
    arguments,
    begins,
    new_caller,
    on_a_handle,
    returns,
)
from cecheck.lower.graph import Location, Updates
from cecheck.lower.monitors import begin_monitors
from cecheck.lower.outline import Lowered, Shared, call_around, saving, snapshot
from cecheck.lower.survey import uses_shared_pointers
from cecheck.lower.world import World
from cecheck.record import record
from cecheck.sema import typed
from cecheck.source import Span


def client_kinds(spec: typed.Spec, view: View) -> list[ClientKind]:
    """Return the kinds of client threads that *view* has."""
    kinds = []
    for client in spec.clients:
        for behaviour in client.behaviours:
            trusted = behaviour is typed.Behaviour.TRUSTED
            name = client.name
            if len(client.behaviours) > 1:
                name = f"{client.name} ({behaviour.value})"
            observable = not (trusted and view is View.HOSTILE)
            kinds.append(ClientKind(client, behaviour, name, observable))
    return kinds


@record
class _Way:
    """A call that a client may choose: number *choice* of *total*.

    *aside*: on a handle that is not followed.
    """

    driver: typed.Driver
    entry: typed.Entry
    aside: bool
    choice: int
    total: int


def _ways(spec: typed.Spec, kind: ClientKind) -> list[_Way]:
    """Return the calls that a client of *kind* chooses from."""
    found = [
        (driver, entry, aside)
        for driver, entry in (spec.entry(*target) for target in kind.client.targets)
        for aside in ((False, True) if driver.has_handles else (False,))
    ]
    return [_Way(*what, number, len(found)) for number, what in enumerate(found)]


def client_thread(world: World, kind: ClientKind, shared: Shared) -> Lowered:
    """Return a thread that makes any calls, one after the other, for ever."""
    caller = new_caller(world, kind, shared)
    graph = caller.graph
    start = graph.location()
    bodies: list[Body] = []
    for way in _ways(world.spec, kind):
        body = caller.body(shared.env, way.aside, start)
        before = len(graph.edges)
        with graph.asking(not way.aside):
            _call(body, kind, way, (start, caller.begun), caller.number)
        if way.aside and _changes_nothing(body, graph.edges[before:]):
            del graph.edges[before:]
        else:
            bodies.append(body)
    return caller.finished(start, bodies)


def _changes_nothing(body: Body, edges: list[Edge]) -> bool:
    """Tell whether a call on another handle leaves nothing behind: then it need not be made.

    What its thread has to restore it has restored, or that is found where its handle is followed.
    """
    fields = body.world.spec.platform.thread_fields
    if body.world.writes or not all(field.variable.restored for field in fields):
        return False
    written = {var for edge in edges for var, _ in edge.updates if var.scope is Scope.GLOBAL}
    tenancy = body.world.tenancy
    counts = () if tenancy is None else tenancy.variables
    return written <= {body.returned, *counts, *(life.inside for life in body.lives.values())}


def _call(
    body: Body, kind: ClientKind, way: _Way, ends: tuple[Location, Var], number: Var | None
) -> None:
    """Lower one entry that the client may call: the platform's call with the entry inside."""
    spec, graph = body.world.spec, body.graph
    start, begun = ends
    driver, entry = way.driver, way.entry
    call, life = spec.platform.call(entry.call), body.lives[driver.name]
    if uses_shared_pointers(spec, entry.body, frozenset()):
        body.accesses = Action.ACCESS
    inside, before = graph.location(), snapshot(body)
    observes = begins(body, kind, begun, start)
    may, begun_with = on_a_handle(body, driver, entry, start)
    guard, event = _chosen(body, way, start), Event("client", f"calls {driver.name}.{entry.name}")
    told = kind.client.span, event
    noted: Updates = ((begun, or_(begun, observes)), *begun_with)
    action = Action.BLOCKING if life.variables else Action.LOCAL
    here = start
    if number is not None:
        way_in = start, way.aside
        here, observes = _enters(body, (may, guard), (observes, noted), number, way_in, told)
        may, guard, noted, action = TRUE, TRUE, (), Action.LOCAL
    given, honest = arguments(body, call, entry, observes, here)
    result = graph.storage("result", body.world.zero(call.result)) if life.handle else None
    nothing = () if result is None else graph.store(result, body.world.zero(call.result), here)
    updates = (
        *saving(body, before, here),
        *begin_monitors(body, here),
        *(((body.observing, observes),) if here == start else ()),
        *given,
        *noted,
        *nothing,
    )
    graph.edge(
        here, inside, and_(honest, guard, may), updates,
        action=action, span=kind.client.span,
        event=event if here == start else None, unfollowed=way.aside,
    )  # fmt: skip
    end = call_around(body, (driver, entry), before, result, inside)
    done = life.ends(entry.kind, way.aside, result)
    returns(body, end, start, (call.name, done))


def _enters(
    body: Body,
    guards: tuple[Expr, Expr],
    noted: tuple[Expr, Updates],
    number: Var,
    what: tuple[Location, bool],
    told: tuple[Span, Event],
) -> tuple[Location, Expr]:
    """Begin a call where processes exit: that, which others see, is an action of its own.

    Return where the arguments are chosen then, and whether the call is the observed one.
    """
    graph, (start, aside), (observes, updates) = body.graph, what, noted
    tenancy, scene, here = body.world.tenancy, body.scene, graph.location()
    assert tenancy is not None
    assert isinstance(body.observing, Var)
    graph.rests.append(here)
    graph.edge(
        start, here, and_(*guards, tenancy.may_call(scene.home, number, scene.home_trusted)),
        ((body.observing, observes), *updates, *tenancy.begins(scene.home, observes)),
        action=Action.BLOCKING, span=told[0], event=told[1], unfollowed=aside,
    )  # fmt: skip
    return here, body.observing


def _chosen(body: Body, way: _Way, start: Location) -> Expr:
    """Return that the client chooses *way*."""
    if way.total == 1:
        return TRUE
    choice = Var(f"{body.graph.thread}@{start}.target", bits(8), Scope.INPUT)
    if way.choice < way.total - 1:
        return eq(choice, word(way.choice, 8))
    return not_(or_(*(eq(choice, word(n, 8)) for n in range(way.total - 1))))
