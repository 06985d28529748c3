"""Threads: clients that call for ever, and the threads that belong to drivers."""

from __future__ import annotations

from dataclasses import replace

from cecheck.ir.build import all_of, and_, eq, implies, ite, ne, not_, or_, truth, word
from cecheck.ir.expr import BOOL, FALSE, TRUE, Expr, Scope, Var, bits
from cecheck.ir.program import Action, CheckKind, Event, Site, Thread, View
from cecheck.lower import records
from cecheck.lower.body import Body, FunctionScope
from cecheck.lower.calls import run_entry
from cecheck.lower.cells import memory_of
from cecheck.lower.graph import Graph, Location, Updates
from cecheck.lower.ledger import Ledger
from cecheck.lower.loops import loop_checks
from cecheck.lower.objects import driver_objects, locals_placed
from cecheck.lower.pure import Pure, Scene
from cecheck.lower.statement import run_block, unequal
from cecheck.lower.survey import Survey, label_of_effects, uses_shared_pointers
from cecheck.lower.tidy import tidied
from cecheck.lower.unknown import Unknown
from cecheck.lower.values import (
    OBJECT_BITS,
    Members,
    Origin,
    Pointer,
    Value,
    leaves,
    origin,
)
from cecheck.lower.world import IDENTITY_BITS, World
from cecheck.record import record
from cecheck.sema import typed
from cecheck.sema import types as ty


@record
class Shared:
    """What all threads share: globals by variable number, and whether the call is over."""

    env: dict[int, Value]
    returned: Var | None
    survey: Survey
    reserved: int  # identities 1 .. reserved are driver threads'


@record
class Lowered:
    """A thread, how it was lowered, and the types of the variables that a story may show."""

    thread: Thread
    bodies: tuple[Body, ...]
    types: dict[str, str]


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


# ---- state of a thread --------------------------------------------------------------------------


def _scene(graph: Graph, home: Expr, trusted: Expr) -> tuple[Scene, Expr]:
    """Return a scene of new thread fields, and that they have their initial values."""
    world = graph.world
    scene = Scene({}, home, trusted)
    initial = []
    pure = Pure(world, scene, Unknown(None))
    for init in world.spec.platform.thread_fields:
        zero = world.zero(init.variable.type)
        value = zero if init.value is None else pure.value(init.value, {})
        if isinstance(value, Members):
            value = world.closed(value)
        scene.fields[init.variable.number] = value
    fields: dict[int, Value] = {}
    for init in world.spec.platform.thread_fields:
        number, name = init.variable.number, init.variable.name
        fields[number] = graph.storage(name, scene.fields[number], init.variable.type)
        initial.append(_equal(fields[number], scene.fields[number]))
    return Scene(fields, home, trusted), all_of(initial)


def _equal(left: Value, right: Value) -> Expr:
    words = leaves(right)
    return all_of(eq(expr, words[suffix]) for suffix, expr in leaves(left).items())


def _restored(world: World) -> list[typed.Variable]:
    return [f.variable for f in world.spec.platform.thread_fields if f.variable.restored]


def _snapshot(body: Body) -> dict[int, Value]:
    """Return new locals that can hold the fields that have to be restored."""
    return {
        v.number: body.graph.storage(f"before.{v.name}", body.scene.fields[v.number])
        for v in _restored(body.world)
    }


def _saving(body: Body, before: dict[int, Value], here: Location) -> Updates:
    fields = body.scene.fields
    stores = [body.graph.store(kept, fields[n], here) for n, kept in before.items()]
    return tuple(update for updates in stores for update in updates)


def _ask_restored(body: Body, before: dict[int, Value], site: Site, here: Location) -> None:
    changed = []
    terms = list(body.terms())
    for variable in _restored(body.world):
        now, then = body.scene.fields[variable.number], before[variable.number]
        changed.append(unequal(body.world, now, then))
        terms += [(f"{variable.name}{s} before", e) for s, e in leaves(then).items()]
    body.graph.check(site, CheckKind.RESTORED, here, or_(*changed), TRUE, tuple(terms))


# ---- clients ------------------------------------------------------------------------------------


def client_thread(world: World, kind: ClientKind, shared: Shared) -> Lowered:
    """Return a thread that makes any calls, one after the other, for ever."""
    graph = Graph(world, kind.name)
    identity = graph.local("id", bits(IDENTITY_BITS))
    home = graph.local("home", world.process_sort)
    is_trusted = truth(kind.behaviour is not typed.Behaviour.UNTRUSTED)
    scene, fields = _scene(graph, home, is_trusted)
    observing, begun = graph.local("observed", BOOL), graph.local("observed before", BOOL)
    own = ite(observing, origin(Origin.OBSERVED), origin(Origin.OTHER))
    objects = driver_objects(graph, shared.survey)
    remembered = memory_of(graph, shared.survey)
    start = graph.location()
    bodies: list[Body] = []
    ledger = Ledger(graph, shared.survey.by_hand)
    for number, target in enumerate(kind.client.targets):
        body = Body(
            world, graph, replace(scene, origin=own), dict(shared.env),
            start, False, identity, observing, shared.returned, Action.LOCAL, run_block, ledger,
            objects, remembered.cells, remembered.written,
        )  # fmt: skip
        _target(body, kind, (number, len(kind.client.targets)), target, (start, begun))
        bodies.append(body)
    initial = and_(
        ne(identity, word(0, IDENTITY_BITS)),
        *(ne(identity, word(n + 1, IDENTITY_BITS)) for n in range(shared.reserved)),
        _at_home(world, kind, identity, home, is_trusted),
        fields,
        not_(observing),
        not_(begun),
        remembered.initial,
        ledger.initial(),
        locals_placed(world, objects),
    )
    count = kind.client.count
    return _lowered(graph, count, identity, initial, start, tuple(bodies))


def _at_home(world: World, kind: ClientKind, identity: Expr, home: Expr, is_trusted: Expr) -> Expr:
    """Return where a client's process may be, and what is known of its trust."""
    observed = eq(identity, world.observed_thread)
    here = eq(home, world.observed_place)
    observer = here if kind.observable else FALSE
    return and_(
        world.home_is_possible(home),
        implies(observed, observer),
        implies(here, eq(world.observed_trusted, is_trusted)),
        implies(eq(home, world.further_place), eq(world.further_trusted, is_trusted)),
    )


def _target(
    body: Body,
    kind: ClientKind,
    choice: tuple[int, int],
    target: tuple[str, str],
    ends: tuple[Location, Var],
) -> None:
    """Lower one entry that the client may call: the platform's call with the entry inside."""
    spec, graph = body.world.spec, body.graph
    start, begun = ends
    driver, entry = spec.entry(*target)
    call = spec.platform.call(entry.call)
    body.scene = replace(body.scene, callee=body.world.named[driver.process])
    body.critical = call.critical
    if uses_shared_pointers(spec, entry.body, frozenset()):
        body.accesses = Action.ACCESS
    inside, end, raised = (graph.location() for _ in range(3))
    before = _snapshot(body)
    observes = _begins(body, kind, begun, start)
    arguments, honest = _arguments(body, call, entry, observes, start)
    updates = (
        *_saving(body, before, start),
        (body.observing, observes),
        (begun, or_(begun, observes)),
        *arguments,
    )
    number, total = choice
    guard: Expr = honest
    if total > 1:
        chosen = Var(f"{graph.thread}@{start}.target", bits(8), Scope.INPUT)
        last = not_(or_(*(eq(chosen, word(n, 8)) for n in range(total - 1))))
        guard = and_(guard, last if number == total - 1 else eq(chosen, word(number, 8)))
    event = Event("client", f"calls {driver.name}.{entry.name}")
    graph.edge(start, inside, guard, updates, span=kind.client.span, event=event)  # type: ignore[arg-type]
    body.raise_to = raised
    body.ledger.opened.clear()
    body.entered = lambda b, e, at: run_entry(b, driver, entry, e, at)
    body.scopes = [FunctionScope(end, None)]
    graph.edge(run_block(body, call.body, inside), end)
    event = Event("fault", f"the exception ends {call.name}")
    graph.edge(raised, end, event=event)
    _ask_restored(body, before, Site(call.name, call.span, True), end)
    body.ledger.ask(end, {}, body.terms())
    _returns(body, end, start, call.name)


def _begins(body: Body, kind: ClientKind, begun: Var, here: Location) -> Expr:
    """Return whether the call that starts at *here* is the observed one: chosen once."""
    if not kind.observable:
        return FALSE
    chosen = Var(f"{body.graph.thread}@{here}.observed", BOOL, Scope.INPUT)
    return and_(chosen, eq(body.identity, body.world.observed_thread), not_(begun))


def _returns(body: Body, end: Location, start: Location, name: str) -> None:
    updates: list[tuple[Var, Expr]] = []
    assert isinstance(body.observing, Var)
    action = Action.LOCAL
    if body.returned is not None:
        updates.append((body.returned, or_(body.returned, body.observing)))
        action = Action.SHARED
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


# ---- driver threads -----------------------------------------------------------------------------


def driver_thread(
    world: World, driver: typed.Driver, thread: typed.DriverThread, number: int, shared: Shared
) -> Lowered:
    """Return a thread of a driver: it belongs to the driver's process and has no caller."""
    name = f"{driver.name}.{thread.name}" + (f" {number}" if thread.count > 1 else "")
    graph = Graph(world, name)
    identity = graph.local("id", bits(IDENTITY_BITS))
    place = world.named[driver.process]
    scene, fields = _scene(graph, place, truth(True))
    start, end = graph.location(), graph.location()
    remembered = memory_of(graph, shared.survey)
    ledger = Ledger(graph, shared.survey.by_hand)
    body = Body(
        world, graph, scene, dict(shared.env), end, False, identity, FALSE, shared.returned,
        Action.ACCESS, run_block, ledger, driver_objects(graph, shared.survey),
        remembered.cells, remembered.written, driver=driver,
    )  # fmt: skip
    before = _snapshot(body)
    label = label_of_effects(world.spec, thread.body)
    site = Site(label or thread.name, thread.span, label is not None)

    rounds: list[tuple[Location, dict[str, Var]]] = []

    def first_arrival(head: Location) -> Updates:
        _ask_restored(body, before, site, head)
        rounds.append((head, ledger.before()))
        opened = tuple((var, ledger.accounts[name].count) for name, var in rounds[0][1].items())
        return (*_saving(body, before, head), *opened)

    body.on_loop = first_arrival
    body.scopes = [FunctionScope(end, None)]
    graph.edge(run_block(body, thread.body, start), end)
    for arrival, open_before in [*rounds, (end, dict[str, Var]())]:
        ledger.ask(arrival, open_before, body.terms())
    initial = and_(
        eq(identity, word(number, IDENTITY_BITS)),
        fields,
        remembered.initial,
        ledger.initial(),
        locals_placed(world, body.objects),
    )
    return _lowered(graph, 1, identity, initial, start, (body,))


def _lowered(
    graph: Graph,
    count: int | None,
    identity: Var,
    initial: Expr,
    start: Location,
    bodies: tuple[Body, ...],
) -> Lowered:
    thread = Thread(
        graph.thread, count, identity, tuple(graph.locals.values()), initial, start,
        tuple(graph.edges), (*graph.checks, *loop_checks(graph, start)), tuple(graph.loop_heads),
    )  # fmt: skip
    return Lowered(tidied(thread), bodies, graph.types)
