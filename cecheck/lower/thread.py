"""Threads that no client has: those of drivers, and the ones that load and unload a driver."""

from __future__ import annotations

from cecheck.ir.build import and_, eq, not_, word
from cecheck.ir.expr import FALSE, TRUE, Expr, Var, bits
from cecheck.ir.program import Action, Event, Site
from cecheck.lower.body import Body, FunctionScope
from cecheck.lower.cells import memory_of
from cecheck.lower.graph import Graph, Location, Updates
from cecheck.lower.heap import unheld
from cecheck.lower.ledger import Ledger
from cecheck.lower.life import Life, Stage, succeeded
from cecheck.lower.monitors import begin_monitors
from cecheck.lower.objects import driver_objects, locals_placed
from cecheck.lower.outline import (
    Lowered,
    Shared,
    ask_restored,
    call_around,
    lowered,
    new_scene,
    saving,
    snapshot,
)
from cecheck.lower.statement import run_block
from cecheck.lower.survey import label_of_effects
from cecheck.lower.trust import trusts
from cecheck.lower.values import Value
from cecheck.lower.world import IDENTITY_BITS, World
from cecheck.sema import typed


def driver_thread(
    world: World, driver: typed.Driver, thread: typed.DriverThread, number: int, shared: Shared
) -> Lowered:
    """Return a thread of a driver: it belongs to the driver's process and has no caller."""
    name = f"{driver.name}.{thread.name}" + (f" {number}" if thread.count > 1 else "")
    body, own = _body(world, driver, name, shared)
    graph, start = body.graph, body.raise_to
    end = body.raise_to = graph.location()
    graph.escapes.add(end)
    ledger, before = body.ledger, snapshot(body)
    label = label_of_effects(world.spec, thread.body)
    site = Site(label or thread.name, thread.span, label is not None)

    rounds: list[tuple[Location, dict[str, Var]]] = []

    def first_arrival(head: Location) -> Updates:
        ask_restored(body, before, site, head)
        rounds.append((head, ledger.before()))
        opened = tuple((var, ledger.count_of(name)) for name, var in rounds[-1][1].items())
        return (*saving(body, before, head), *opened)

    def waiting(where: Site, here: Location, holds_nothing: Expr) -> None:
        ask_restored(body, before, where, here, holds_nothing)

    body.on_loop, body.on_wait = first_arrival, waiting
    body.scopes = [FunctionScope(end, None)]
    here = _once_loaded(body, shared.lives[driver.name], start)
    inside = graph.location()
    begun = (*begin_monitors(body, here), *saving(body, before, here))
    graph.edge(here, inside, TRUE, begun)
    graph.edge(run_block(body, thread.body, inside), end)
    ask_restored(body, before, site, end)
    for arrival, open_before in [*rounds, (end, dict[str, Var]())]:
        ledger.ask(arrival, open_before, body.terms())
    return _finished(body, own, number, start, shared)


def _body(
    world: World, driver: typed.Driver, name: str, shared: Shared
) -> tuple[Body, Expr]:
    """Return an empty thread of the driver's process, which starts where exceptions go for now,
    and the initial values of its fields."""
    graph = Graph(world, name)
    identity = graph.local("id", bits(IDENTITY_BITS))
    home = world.named[driver.process]
    scene, fields = new_scene(graph, home, trusts(world.spec, world.named, home))
    remembered = memory_of(graph, shared.survey)
    ledger = Ledger(graph, shared.survey.by_hand)
    objects = driver_objects(graph, shared.survey, shared.blocks)
    body = Body(
        world, graph, scene, dict(shared.env), graph.location(), False, identity, FALSE,
        shared.returned, Action.ACCESS, run_block, ledger, objects,
        remembered.cells, remembered.written, driver=driver, lives=shared.lives,
        device=shared.device, filled=remembered.filled,
    )  # fmt: skip
    if shared.survey.outliving:
        unheld(body)
    lie = locals_placed(world, body.objects)
    return body, and_(fields, remembered.initial, lie)


def _finished(
    body: Body, own: Expr, number: int, start: Location, shared: Shared
) -> Lowered:
    assert isinstance(body.identity, Var)
    opened = body.ledger.initial()  # of all that was met while the thread was lowered
    initial = and_(eq(body.identity, word(number, IDENTITY_BITS)), own, opened)
    return lowered(body.graph, 1, body.identity, initial, start, (body,), shared.standing)


def _once_loaded(body: Body, life: Life, here: Location) -> Location:
    """Threads of a driver start when it is loaded."""
    if life.stage is None:
        return here
    after = body.graph.location()
    body.graph.edge(here, after, not_(life.is_at(Stage.BEFORE)), action=Action.BLOCKING)
    return after


# ---- loading and unloading -----------------------------------------------------------------------


def system_thread(world: World, driver: typed.Driver, number: int, shared: Shared) -> Lowered:
    """Return the thread on which the system loads a driver, and unloads it after the last close."""
    body, own = _body(world, driver, f"{driver.name} (system)", shared)
    graph, life, here = body.graph, shared.lives[driver.name], body.raise_to
    start = here
    init, deinit = driver.of_kind(typed.INIT), driver.of_kind(typed.DEINIT)
    if init is not None:
        result, here = _call(body, driver, init, here)
        loaded = graph.location()
        updates = life.goes_to(Stage.LOADED)
        event = Event("return", f"{driver.name} is loaded")
        graph.edge(
            here, loaded, succeeded(result), updates,
            action=Action.SHARED, span=init.span, event=event,
        )  # fmt: skip
        here = loaded
    if deinit is not None:
        leaving = graph.location()
        graph.edge(here, leaving, life.may_end, life.goes_to(Stage.LEAVING), action=Action.BLOCKING)
        _, here = _call(body, driver, deinit, leaving)
        updates = life.goes_to(Stage.UNLOADED)
        event = Event("unload", f"{driver.name} is unloaded")
        graph.edge(
            here, graph.location(), TRUE, updates,
            action=Action.SHARED, span=deinit.span, event=event,
        )  # fmt: skip
    return _finished(body, own, number, start, shared)


def _call(
    body: Body, driver: typed.Driver, entry: typed.Entry, here: Location
) -> tuple[Value, Location]:
    """Make the platform's call around *entry*; return its result, and where it has returned."""
    graph, call = body.graph, body.world.spec.platform.call(entry.call)
    result = graph.storage(call.name, body.world.zero(call.result), call.result)
    inside, before = graph.location(), snapshot(body)
    nothing = graph.store(result, body.world.zero(call.result), here)
    event = Event("client", f"the system calls {driver.name}.{entry.name}")
    updates = (*nothing, *saving(body, before, here), *begin_monitors(body, here))
    graph.edge(here, inside, TRUE, updates, event=event)
    return result, call_around(body, (driver, entry), before, result, inside)
