"""Clients: threads that call drivers for ever, each call on one handle."""

from __future__ import annotations

from cecheck.ir.build import eq, not_, or_, word
from cecheck.ir.expr import TRUE, Expr, Scope, Var, bits
from cecheck.ir.program import Edge, View
from cecheck.lower.body import Body
from cecheck.lower.caller import Beginning, Caller, ClientKind, begin, new_caller, returns
from cecheck.lower.graph import Location
from cecheck.lower.outline import Lowered, Shared, call_around
from cecheck.lower.world import World
from cecheck.record import record
from cecheck.sema import typed


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
            _call(body, caller, way, start)
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


def _call(body: Body, caller: Caller, way: _Way, start: Location) -> None:
    """Lower one entry that the client may call: the platform's call with the entry inside."""
    graph, driver, entry = body.graph, way.driver, way.entry
    call, life = body.world.spec.platform.call(entry.call), body.lives[driver.name]
    result = graph.storage("result", body.world.zero(call.result)) if life.handle else None
    says = f"calls {driver.name}.{entry.name}"
    when = _chosen(body, way, start)
    what = Beginning(driver, entry, says, caller.kind.client.span, when, aside=way.aside)
    before, inside = begin(caller, body, what, start, result)
    end = call_around(body, (driver, entry), before, result, inside)
    returns(body, end, start, (call.name, life.ends(entry.kind, way.aside, result)))


def _chosen(body: Body, way: _Way, start: Location) -> Expr:
    """Return that the client chooses *way*."""
    if way.total == 1:
        return TRUE
    width = max(8, (way.total - 1).bit_length())
    choice = Var(f"{body.graph.thread}@{start}.target", bits(width), Scope.INPUT)
    if way.choice < way.total - 1:
        return eq(choice, word(way.choice, width))
    return not_(or_(*(eq(choice, word(n, width)) for n in range(way.total - 1))))
