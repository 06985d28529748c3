"""Platform and specification to one program: what a view of a specification means."""

from __future__ import annotations

from dataclasses import replace

from cecheck.ir.build import all_of, and_, eq, word
from cecheck.ir.expr import BOOL, FALSE, TRUE, Expr, Scope, Var, bits
from cecheck.ir.program import Fact, Program, View
from cecheck.lower.client import client_kinds, client_thread
from cecheck.lower.counts import COUNT_BITS
from cecheck.lower.environment import environment_threads, rests_on_exits, retires
from cecheck.lower.facts import platform_facts, vocabulary
from cecheck.lower.graph import Storage, shown, without_record
from cecheck.lower.heap import blocks, unguessed, variables_of
from cecheck.lower.held import Copies, copies
from cecheck.lower.life import life_of
from cecheck.lower.objects import globals_placed
from cecheck.lower.outline import Lowered, Shared
from cecheck.lower.pictured import regions
from cecheck.lower.pure import Pure, Scene
from cecheck.lower.references import without_references
from cecheck.lower.script import script_thread
from cecheck.lower.standing import candidates, standing
from cecheck.lower.strewn import unasked
from cecheck.lower.survey import Survey, survey
from cecheck.lower.tables import changing
from cecheck.lower.thread import driver_thread, system_thread
from cecheck.lower.told import gated_by_copies, told_of_copies
from cecheck.lower.transfers import Device, device_of, device_thread
from cecheck.lower.unknown import Unknown
from cecheck.lower.values import Members, Pointer, Record, Value, leaves, rebuilt
from cecheck.lower.world import IDENTITY_BITS, World
from cecheck.sema import typed
from cecheck.sema import types as ty


def views(spec: typed.Spec) -> tuple[View, ...]:
    """Return the views that the clients of *spec* are checked in (semantics 4): a test, in one.

    Where nothing runs but in tests there is none.
    """
    if spec.tests and not spec.clients and not any(d.runs_by_itself for d in spec.drivers):
        return ()
    behaviours = {b for client in spec.clients for b in client.behaviours}
    if behaviours <= {typed.Behaviour.TRUSTED}:
        return (View.WELL_BEHAVED,)
    if all(client.is_test for client in spec.clients):
        return (View.HOSTILE,)  # what a well-behaved caller does a hostile one may do, too
    return (View.HOSTILE, View.WELL_BEHAVED)


def lower(spec: typed.Spec, view: View) -> Program:
    """Return the unreduced program of one view of *spec*.

    Of each block so many elements are followed that all that flow into a check are among them.
    """
    spec = without_references(spec)
    found = survey(spec)
    program, needed = _lower(spec, view, found)
    if needed > found.followed:
        program, _ = _lower(spec, view, replace(found, followed=needed))
    return program


def _lower(spec: typed.Spec, view: View, found: Survey) -> tuple[Program, int]:
    """Return the program, and how many elements of each block it would have to follow."""
    world = _world(spec, view, found)
    env, starts, types = _globals(world)
    initial = [eq(var, value) for var, value in starts.items()]
    returned = Var("the observed call has returned", BOOL, Scope.GLOBAL) if found.lasting else None
    if returned is not None:
        initial.append(eq(returned, FALSE))
    threads_of = [(d, t) for d in spec.drivers for t in d.threads for _ in range(t.count)]
    lives = {d.name: life_of(world, d, _prefix(spec, d)) for d in spec.drivers}
    systems = [d for d in spec.drivers if lives[d.name].stage is not None]
    initial += [lives[d.name].initial(d) for d in spec.drivers]
    device = device_of(world) if found.transfers else None
    before = len(threads_of) + len(systems) + (device is not None)
    events = spec.platform.events if world.recycled else ()
    reserved = before + len(events)
    outliving = blocks(Storage(world), found) if found.outliving else {}
    begins = variables_of(outliving)
    initial += [eq(var, value) for var, value in begins.items()]
    told = standing(world, env, starts)
    shared = Shared(env, lives, returned, found, reserved, device, told, outliving)
    lowered = _threads(world, shared, threads_of, systems)
    held = [v for value in env.values() for v in leaves(value).values() if isinstance(v, Var)]
    held += [var for life in lives.values() for var in life.variables]
    held += begins
    if returned is not None:
        held.append(returned)
    state, locks = _platform_state(world, device), _locks(env)
    held += [var for var, _ in state]
    assert len(set(held)) == len(held), "two variables of one name"
    initial += [holds for _, holds in state]
    alike = _copies(lowered)
    threads = [gated_by_copies(item.thread, alike) for item in lowered]
    threads += [] if device is None else [device_thread(world, device, before)]
    threads += environment_threads(world, events, before + 1, shared)
    known = (*_vocabulary(lowered, alike), *platform_facts(world, device, locks))
    known += tuple(candidates(shared.standing, [thread.name for thread in threads]))
    facts = and_(world.facts, globals_placed(world, found))
    types = types | {name: kind for item in lowered for name, kind in item.types.items()}
    types |= {} if world.tenancy is None else world.tenancy.types
    program = Program(
        view, world.rigid_variables, facts, tuple(held), all_of(initial), tuple(threads),
        (*assumptions(spec, view), *unasked(outliving.values(), threads)), locks, known,
        world.followed, types, unguessed(outliving),
        spec.source.path, spec.platform.span.source.path, regions(world),
    )  # fmt: skip
    return program, max((item.needed for item in lowered), default=0)


def _threads(
    world: World,
    shared: Shared,
    threads_of: list[tuple[typed.Driver, typed.DriverThread]],
    systems: list[typed.Driver],
) -> list[Lowered]:
    kinds = client_kinds(world.spec, world.view)
    lowered = [
        (client_thread if kind.client.script is None else script_thread)(world, kind, shared)
        for kind in kinds
    ]
    lowered += [
        driver_thread(world, driver, thread, number, shared)
        for number, (driver, thread) in enumerate(threads_of, start=1)
    ]
    lowered += [
        system_thread(world, driver, number, shared)
        for number, driver in enumerate(systems, start=len(threads_of) + 1)
    ]
    return lowered


def _world(spec: typed.Spec, view: View, found: Survey) -> World:
    return World(
        spec, view, found.writes, found.exposed, found.written, found.counted, found.read,
        found.opened, found.lasting, retires(spec), found.strings, found.granted, found.arrays,
    )  # fmt: skip


def _platform_state(world: World, device: Device | None) -> list[tuple[Var, Expr]]:
    """Return the shared variables of the platform, and that they begin as they should."""
    kept = [(v, eq(v, word(0, v.sort.width))) for v in world.kept.values()]
    found = [*changing(world), *kept, *(() if device is None else device.variables())]
    if world.tenancy is not None:
        first, *others = world.tenancy.variables
        found.append((first, world.tenancy.initial(world.observed_trusted)))  # of all of them
        found += [(var, TRUE) for var in others]
    return found


def _locks(env: dict[int, Value]) -> tuple[Var, ...]:
    """Return the words that hold the owners of locks."""
    return tuple(
        owner
        for value in env.values()
        if isinstance(value, Record) and isinstance(owner := dict(value.fields).get("owner"), Var)
        and "count" in dict(value.fields)
    )  # fmt: skip


def _copies(lowered: list[Lowered]) -> Copies:
    used = [pair for item in lowered for body in item.bodies for pair in body.used]
    return copies((item.thread for item in lowered), used)


def _vocabulary(lowered: list[Lowered], known: Copies) -> tuple[Fact, ...]:
    facts = [f for item in lowered for body in item.bodies for f in vocabulary(body, known)]
    for item in lowered:
        facts += told_of_copies(item.thread, known)
    return tuple(dict.fromkeys(facts))


def _globals(world: World) -> tuple[dict[int, Value], dict[Var, Expr], dict[str, str]]:
    """Return what drivers keep by variable number, its initial values, its types."""
    env: dict[int, Value] = {}
    initial: dict[Var, Expr] = {}
    types: dict[str, str] = {}
    for driver in world.spec.drivers:
        for item in _kept(driver):
            held, zero = _global(world, item, _prefix(world.spec, driver) + item.variable.name)
            env[item.variable.number] = held
            words = leaves(zero)
            initial |= {v: words[s] for s, v in leaves(held).items() if isinstance(v, Var)}
            types |= shown(item.variable.type, leaves(held))
    return env, initial, types


def _prefix(spec: typed.Spec, driver: typed.Driver) -> str:
    """Return what the names of a driver's state begin with."""
    return "" if len(spec.drivers) == 1 else f"{driver.name}."


def _kept(driver: typed.Driver) -> list[typed.GlobalInit]:
    """Return what a driver keeps: a context is zero before its handle is opened."""
    context = driver.context
    return [*driver.globals, *([typed.GlobalInit(context, None)] if context is not None else [])]


def _global(world: World, item: typed.GlobalInit, name: str) -> tuple[Value, Value]:
    """Return the variables of a global, and the value they start with."""
    if isinstance(item.variable.type, ty.LockType):
        owner = Var(f"{name}.owner", bits(IDENTITY_BITS), Scope.GLOBAL)
        count = Var(f"{name}.count", bits(COUNT_BITS), Scope.GLOBAL)
        free = (("owner", word(0, IDENTITY_BITS)), ("count", word(0, COUNT_BITS)))
        return Record((("owner", owner), ("count", count))), Record(free)
    zero = world.zero_of(item.variable)
    if item.value is not None:
        pure = Pure(world, Scene({}, world.observed_place, FALSE), Unknown(None))
        zero = pure.value(item.value, {})
    if isinstance(zero, Pointer):
        zero = without_record(zero)
    if not isinstance(zero, Members):
        words = {s: Var(name + s, e.sort, Scope.GLOBAL) for s, e in leaves(zero).items()}
        return rebuilt(zero, dict(words)), zero
    zero = world.closed(zero)
    places = [place for place, _ in world.followed]
    names = zip(leaves(zero), places, strict=True)
    bits_ = {s: Var(f"{name} has {place}", BOOL, Scope.GLOBAL) for s, place in names}
    return rebuilt(zero, dict(bits_)), zero


def assumptions(spec: typed.Spec, view: View) -> tuple[str, ...]:
    """Return what a verdict of *view* rests on, in words."""
    values = spec.platform.constants
    facts = [f"{name} = {'true' if values[name] else 'false'}" for name in facts_of(spec)]
    stated = [f"assumed: {assumption}" for assumption in spec.assumptions]
    return (*stated, *supposed(spec, view), *facts)


def facts_of(spec: typed.Spec) -> tuple[str, ...]:
    """Return the constants of the platform, truths, that a verdict may rest on."""
    return (*spec.facts, *(_facts_of_exits(spec) if rests_on_exits(spec) else ()))


def supposed(spec: typed.Spec, view: View) -> tuple[str, ...]:
    """Return what the model itself supposes in *view*, in words."""
    found = []
    behaviours = {b for client in spec.clients for b in client.behaviours}
    if view is View.WELL_BEHAVED and typed.Behaviour.TRUSTED in behaviours:
        found.append("trusted callers pass no malicious pointers")
    if view is View.WELL_BEHAVED:
        found.append("objects of a well-behaved caller are disjoint, its lists acyclic")
    return (*found, "EMPTY_STAYS_EMPTY: no process starts in a place that nobody has")


def _facts_of_exits(spec: typed.Spec) -> list[str]:
    """Return the named facts that tell whether processes exit, in the order of the platform."""
    said = {name for event in spec.platform.events for name in event.mentions}
    constants = spec.platform.constants.items()
    return [name for name, value in constants if isinstance(value, bool) and name in said]
