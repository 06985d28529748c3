"""Clients: threads that call drivers for ever, each call on one handle."""

from __future__ import annotations

from dataclasses import replace

from cecheck.ir.build import all_of, and_, eq, implies, ite, ne, not_, or_, truth, word
from cecheck.ir.expr import BOOL, FALSE, TRUE, Expr, Scope, Var, bits
from cecheck.ir.program import Action, Edge, Event, Home, View
from cecheck.lower import records
from cecheck.lower.body import Body
from cecheck.lower.cells import memory_of
from cecheck.lower.graph import Graph, Location, Updates
from cecheck.lower.ledger import Ledger
from cecheck.lower.monitors import begin_monitors
from cecheck.lower.objects import driver_objects, locals_placed
from cecheck.lower.outline import (
    Lowered,
    Shared,
    call_around,
    lowered,
    new_scene,
    saving,
    snapshot,
)
from cecheck.lower.statement import run_block
from cecheck.lower.survey import uses_shared_pointers
from cecheck.lower.tenancy import NUMBER_BITS, OBSERVED, numbered
from cecheck.lower.values import OBJECT_BITS, Origin, Pointer, leaves, origin
from cecheck.lower.world import IDENTITY_BITS, World
from cecheck.record import record
from cecheck.sema import typed
from cecheck.sema import types as ty
from cecheck.source import Span


@record
class ClientKind:
    """Callers of one behaviour.  *observable* ones may make the observed call in this view."""

    client: typed.Client
    behaviour: typed.Behaviour
    name: str
    observable: bool


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
    graph = Graph(world, kind.name)
    identity = graph.local("id", bits(IDENTITY_BITS))
    home = graph.local("home", world.process_sort)
    is_trusted = truth(kind.behaviour is not typed.Behaviour.UNTRUSTED)
    scene, fields = new_scene(graph, home, is_trusted)
    number = None if world.tenancy is None else graph.local("tenant", bits(NUMBER_BITS))
    observing, begun = graph.local("observed", BOOL), graph.local("observed before", BOOL)
    own = ite(observing, origin(Origin.OBSERVED), origin(Origin.OTHER))
    addressed = driver_objects(graph, shared.survey)
    remembered = memory_of(graph, shared.survey)
    start = graph.location()
    bodies: list[Body] = []
    ledger = Ledger(graph, shared.survey.by_hand)
    for way in _ways(world.spec, kind):
        body = Body(
            world, graph, replace(scene, origin=own, aside=way.aside), dict(shared.env),
            start, False, identity, observing, shared.returned, Action.LOCAL, run_block, ledger,
            addressed, remembered.cells, remembered.written, lives=shared.lives, of_client=True,
            device=shared.device, filled=remembered.filled,
        )  # fmt: skip
        before = len(graph.edges)
        with graph.asking(not way.aside):
            _call(body, kind, way, (start, begun), number)
        if way.aside and _changes_nothing(body, graph.edges[before:]):
            del graph.edges[before:]
        else:
            bodies.append(body)
    initial = and_(
        _tenant(world, identity, home, is_trusted, number),
        ne(identity, word(0, IDENTITY_BITS)),
        *(ne(identity, word(n + 1, IDENTITY_BITS)) for n in range(shared.reserved)),
        _at_home(world, kind, identity, home, is_trusted),
        fields,
        not_(observing),
        not_(begun),
        remembered.initial,
        ledger.initial(),
        locals_placed(world, addressed),
    )
    count = kind.client.count
    found = lowered(graph, count, identity, initial, start, tuple(bodies), shared.standing)
    if world.spec.platform.trusted is None:
        return found  # traits say how threads behave, and nothing of their process
    of_process = Home(
        home, kind.behaviour is not typed.Behaviour.UNTRUSTED,
        (world.observed_place, world.further_place), world.recycled,
    )  # fmt: skip
    return replace(found, thread=replace(found.thread, home=of_process))


def _at_home(world: World, kind: ClientKind, identity: Expr, home: Expr, is_trusted: Expr) -> Expr:
    """Return where a client's process may be, and what is known of its trust."""
    observed = eq(identity, world.observed_thread)
    here = eq(home, world.observed_place)
    observer = here if kind.observable else FALSE
    if world.tenancy is not None:  # who may call then depends on who has the place
        return and_(world.home_is_possible(home), implies(observed, observer))
    return and_(
        world.home_is_possible(home),
        implies(observed, observer),
        implies(here, eq(world.observed_trusted, is_trusted)),
        implies(eq(home, world.further_place), eq(world.further_trusted, is_trusted)),
    )


def _tenant(
    world: World, identity: Expr, home: Expr, is_trusted: Expr, number: Var | None
) -> Expr:
    """Return which tenant of its place a client's process can be, where others come after it."""
    if number is None:
        return TRUE
    is_it = and_(eq(home, world.observed_place), eq(number, numbered(OBSERVED)))
    return and_(
        implies(eq(identity, world.observed_thread), is_it),
        implies(is_it, eq(world.observed_trusted, is_trusted)),
    )


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
    observes = _begins(body, kind, begun, start)
    may, begins = _on_a_handle(body, way, start)
    guard, event = _chosen(body, way, start), Event("client", f"calls {driver.name}.{entry.name}")
    told = kind.client.span, event
    noted: Updates = ((begun, or_(begun, observes)), *begins)
    action = Action.BLOCKING if life.variables else Action.LOCAL
    here = start
    if number is not None:
        way_in = start, way.aside
        here, observes = _enters(body, (may, guard), (observes, noted), number, way_in, told)
        may, guard, noted, action = TRUE, TRUE, (), Action.LOCAL
    arguments, honest = _arguments(body, call, entry, observes, here)
    result = graph.storage("result", body.world.zero(call.result)) if life.handle else None
    nothing = () if result is None else graph.store(result, body.world.zero(call.result), here)
    updates = (
        *saving(body, before, here),
        *begin_monitors(body, here),
        *(((body.observing, observes),) if here == start else ()),
        *arguments,
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
    _returns(body, end, start, (call.name, done))


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


def _on_a_handle(body: Body, way: _Way, start: Location) -> tuple[Expr, Updates]:
    """Return when a call may begin, and what that changes: the context of a new handle is
    arbitrary, like other new memory."""
    life, context, kind = body.lives[way.driver.name], way.driver.context, way.entry.kind
    guard, updates = life.begins(kind, way.aside, body.identity, body.scene.home)
    if kind == typed.OPEN and context is not None and not way.aside:
        updates = (*updates, *body.graph.arbitrary(body.env[context.number], start))
    return guard, updates


def _begins(body: Body, kind: ClientKind, begun: Var, here: Location) -> Expr:
    """Return whether the call that starts at *here* is the observed one: chosen once."""
    if not kind.observable:
        return FALSE
    chosen = Var(f"{body.graph.thread}@{here}.observed", BOOL, Scope.INPUT)
    return and_(chosen, eq(body.identity, body.world.observed_thread), not_(begun))


def _returns(body: Body, end: Location, start: Location, what: tuple[str, Updates]) -> None:
    name, done = what
    updates = [*done]
    assert isinstance(body.observing, Var)
    if body.returned is not None:
        updates.append((body.returned, or_(body.returned, body.observing)))
    if body.world.tenancy is not None:
        updates += body.world.tenancy.ends(body.scene.home, body.observing)
    action = Action.SHARED if updates else Action.LOCAL
    updates.append((body.observing, FALSE))
    event = Event("return", f"{name} returns")
    body.graph.edge(end, start, TRUE, tuple(updates), action=action, event=event)


def _arguments(
    body: Body, call: typed.PlatformCall, entry: typed.Entry, observes: Expr, here: Location
) -> tuple[Updates, Expr]:
    """Return arbitrary arguments; those of the observed, well-behaved caller keep promises."""
    world, graph = body.world, body.graph
    bound = {p.position: p for p in entry.parameters}
    given = ite(observes, origin(Origin.OBSERVED), origin(Origin.OTHER))
    shapes = [
        world.zero(bound[i].variable.type if i in bound else p.type)
        for i, p in enumerate(call.parameters)
    ]
    words: dict[str, Expr] = {}
    for position, parameter in enumerate(call.parameters):
        storage = graph.storage(f"{call.name}.{parameter.name}", shapes[position], parameter.type)
        body.env[parameter.number] = storage
        sort = leaves(storage)[""].sort if "" in leaves(storage) else BOOL
        words[parameter.name] = graph.input(sort, here)
    updates: list[tuple[Var, Expr]] = []
    promises: list[Expr] = []
    for position, parameter in enumerate(call.parameters):
        target, value = body.env[parameter.number], words[parameter.name]
        if not isinstance(target, Pointer):
            updates += graph.store(target, value, here)
            continue
        pointer = Pointer(value, given, word(0, OBJECT_BITS), None)
        if world.view is View.WELL_BEHAVED:
            pointer, honest = _promised(body, pointer, bound.get(position), words, here)
            promises.append(honest)
        updates += graph.store(target, pointer, here)
    return tuple(updates), implies(observes, all_of(promises))


def _promised(
    body: Body,
    pointer: Pointer,
    parameter: typed.EntryParameter | None,
    words: dict[str, Expr],
    here: Location,
) -> tuple[Pointer, Expr]:
    type_ = parameter.variable.type if parameter else ty.PointerType(True, None)
    assert isinstance(type_, ty.PointerType)
    record = records.fresh_record(body, type_, here)
    promise = parameter.promise if parameter else None
    promised, honest = records.pointer_to(body, pointer.word, type_, promise, words, record, here)
    if promise is None:
        honest = TRUE
    honest = and_(honest, records.honest_record(body, type_, record, here))
    return replace(pointer, promised=promised), honest


