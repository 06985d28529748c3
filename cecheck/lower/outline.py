"""What the threads of clients, drivers and the system have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cecheck.ir.build import all_of, and_, eq, ne, or_
from cecheck.ir.expr import TRUE, Expr, Scope, Var
from cecheck.ir.program import CheckKind, Event, Site, Thread
from cecheck.lower import elements
from cecheck.lower.body import Body, DriverObject, FunctionScope
from cecheck.lower.calls import run_entry
from cecheck.lower.flows import Reads
from cecheck.lower.graph import Graph, Location, Updates
from cecheck.lower.keeping import ask_gone
from cecheck.lower.life import Life
from cecheck.lower.loops import loop_checks
from cecheck.lower.pure import Pure, Scene
from cecheck.lower.standing import Standing, asked
from cecheck.lower.survey import Survey
from cecheck.lower.tidy import tidied
from cecheck.lower.transfers import Device
from cecheck.lower.unknown import Unknown
from cecheck.lower.unseen import marked
from cecheck.lower.values import Members, Value, leaves
from cecheck.lower.world import World
from cecheck.record import record
from cecheck.sema import typed


@record
class Shared:
    """What all threads share: state by variable number, the lives of drivers by name, and
    whether the observed call is over."""

    env: dict[int, Value]
    lives: dict[str, Life]
    returned: Var | None
    survey: Survey
    reserved: int  # identities 1 .. reserved are not those of clients
    device: Device | None
    standing: tuple[Standing, ...]
    blocks: Mapping[int, DriverObject]  # that outlive calls


@record
class Lowered:
    """A thread, how it was lowered, and the types of the variables that a story may show.

    *needed*: how many elements of each block would have to be followed."""

    thread: Thread
    bodies: tuple[Body, ...]
    types: dict[str, str]
    needed: int


# ---- state of a thread --------------------------------------------------------------------------


def new_scene(graph: Graph, home: Expr, trusted: Expr) -> tuple[Scene, Expr]:
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


def snapshot(body: Body) -> dict[int, Value]:
    """Return new locals that can hold the fields that have to be restored."""
    return {
        v.number: body.graph.storage(f"before.{v.name}", body.scene.fields[v.number])
        for v in _restored(body.world)
    }


def saving(body: Body, before: dict[int, Value], here: Location) -> Updates:
    """Return the updates that keep in *before* what the fields hold at *here*."""
    fields = body.scene.fields
    stores = [body.graph.store(kept, fields[n], here) for n, kept in before.items()]
    return tuple(update for updates in stores for update in updates)


def ask_restored(
    body: Body, before: dict[int, Value], site: Site, here: Location, where: Expr = TRUE
) -> None:
    """Ask at *here* that the fields hold what they held *before*, *where* it is true (semantics
    7.1)."""
    changed = []
    terms = list(body.terms())
    for variable in _restored(body.world):
        now, then = body.scene.fields[variable.number], before[variable.number]
        changed.append(unequal(body.world, now, then))
        terms += [(f"{variable.name}{s} before", e) for s, e in leaves(then).items()]
    wrong = and_(where, or_(*changed))
    body.graph.check(site, CheckKind.RESTORED, here, wrong, where, tuple(terms))


def call_around(
    body: Body,
    what: tuple[typed.Driver, typed.Entry],
    before: dict[int, Value],
    result: Value | None,
    inside: Location,
    failed: Updates = (),
) -> Location:
    """Run the platform's call around an entry, from *inside* on; return where it is over.

    There it is asked that all is as it was *before*, and that nothing is left open.  An exception
    that ends the call changes what *failed* says.
    """
    graph, (driver, entry) = body.graph, what
    call = body.world.spec.platform.call(entry.call)
    end, raised = graph.location(), graph.location()
    body.scene = replace(body.scene, callee=body.world.named[driver.process])
    body.critical = call.critical
    body.raise_to = raised
    body.ledger.opened.clear()
    body.entered = lambda b, e, at: run_entry(b, driver, entry, e, at)
    body.scopes, body.result = [FunctionScope(end, result)], result
    graph.edge(body.run(body, call.body, inside), end)
    event = Event("fault", f"the exception ends {call.name}")
    graph.edge(raised, end, updates=failed, event=event)
    ask_restored(body, before, Site(call.name, call.span, True), end)
    body.ledger.ask(end, {}, body.terms())
    ask_gone(body, what, result, end)
    return end


def lowered(
    graph: Graph,
    count: int | None,
    identity: Var,
    initial: Expr,
    start: Location,
    bodies: tuple[Body, ...],
    standing: tuple[Standing, ...],
) -> Lowered:
    """Return the thread that *graph* has grown to, asking the invariants *standing*."""
    asking = asked(graph, identity, start, standing)
    checks = (*graph.checks, *asking, *loop_checks(graph, start))
    thread = Thread(
        graph.thread, count, identity, tuple(graph.locals.values()), initial, start,
        tuple(graph.edges), checks, tuple(graph.loop_heads),
        rests=tuple(graph.rests), gates=tuple(elements.gates(bodies)),
    )  # fmt: skip
    blocks = [item.block for body in bodies for item in body.objects.values() if item.block]
    held = frozenset(
        graph.groups[var]
        for block in blocks for value in elements.values(block)
        for var in leaves(value).values() if isinstance(var, Var) and var.scope is Scope.LOCAL
    )  # fmt: skip
    reads = Reads(frozenset(graph.unseen), graph.groups, held, graph.indices)
    entries = replace(reads, unseen=frozenset(graph.entries), elements=frozenset())
    followed = max((len(block.elements) for block in blocks), default=0)
    thread, needed = marked(thread, reads, entries, followed)
    return Lowered(tidied(thread), bodies, graph.types, needed)


def unequal(world: World, left: Value, right: Value) -> Expr:
    """Return that two values of one shape differ, as far as they are followed."""
    if isinstance(left, Members) and isinstance(right, Members):
        left, right = world.closed(left), world.closed(right)
    words = leaves(right)
    return or_(*(ne(expr, words[suffix]) for suffix, expr in leaves(left).items()))
