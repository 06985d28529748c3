"""Platform and specification to one program: what a view of a specification means."""

from __future__ import annotations

from cecheck.ir.build import all_of, eq, word
from cecheck.ir.expr import BOOL, FALSE, Expr, Scope, Var, bits
from cecheck.ir.program import Program, View
from cecheck.lower.graph import without_record
from cecheck.lower.pure import Pure, Scene, Unknown
from cecheck.lower.statement import COUNT_BITS
from cecheck.lower.survey import survey
from cecheck.lower.thread import Shared, client_kinds, client_thread, driver_thread
from cecheck.lower.values import Members, Pointer, Record, Value, leaves, rebuilt
from cecheck.lower.world import IDENTITY_BITS, World
from cecheck.sema import typed
from cecheck.sema import types as ty


def views(spec: typed.Spec) -> tuple[View, ...]:
    """Return the views that the clients of *spec* are checked in (semantics 4)."""
    behaviours = {b for client in spec.clients for b in client.behaviours}
    if behaviours <= {typed.Behaviour.TRUSTED}:
        return (View.WELL_BEHAVED,)
    return (View.HOSTILE, View.WELL_BEHAVED)


def lower(spec: typed.Spec, view: View) -> Program:
    """Return the unreduced program of one view of *spec*."""
    world = World(spec, view)
    found = survey(spec)
    env, initial = _globals(world)
    returned = Var("the observed call has returned", BOOL, Scope.GLOBAL) if found.lasting else None
    if returned is not None:
        initial.append(eq(returned, FALSE))
    threads_of = [(d, t) for d in spec.drivers for t in d.threads for _ in range(t.count)]
    shared = Shared(env, returned, found, len(threads_of))
    threads = [client_thread(world, kind, shared) for kind in client_kinds(spec, view)]
    threads += [
        driver_thread(world, driver, thread, number, shared)
        for number, (driver, thread) in enumerate(threads_of, start=1)
    ]
    held = [v for value in env.values() for v in leaves(value).values() if isinstance(v, Var)]
    if returned is not None:
        held.append(returned)
    locks = [
        owner
        for value in env.values()
        if isinstance(value, Record) and isinstance(owner := dict(value.fields).get("owner"), Var)
        and "count" in dict(value.fields)
    ]  # fmt: skip
    facts = world.facts
    return Program(
        view,
        world.rigid_variables,
        facts,
        tuple(held),
        all_of(initial),
        tuple(threads),
        assumptions(spec, view),
        tuple(locks),
    )


def _globals(world: World) -> tuple[dict[int, Value], list[Expr]]:
    """Return the drivers' globals by variable number, and their initial values."""
    env: dict[int, Value] = {}
    initial: list[Expr] = []
    pure = Pure(world, Scene({}, world.observed_place, FALSE), Unknown(None))
    for driver in world.spec.drivers:
        for item in driver.globals:
            variable = item.variable
            name = variable.name if len(world.spec.drivers) == 1 else f"{driver.name}.{variable.name}"
            if isinstance(variable.type, ty.LockType):
                owner = Var(f"{name}.owner", bits(IDENTITY_BITS), Scope.GLOBAL)
                count = Var(f"{name}.count", bits(COUNT_BITS), Scope.GLOBAL)
                env[variable.number] = Record((("owner", owner), ("count", count)))
                zero: Value = Record((("owner", _zero(owner)), ("count", _zero(count))))
            else:
                zero = world.zero(variable.type)
                if item.value is not None:
                    zero = pure.value(item.value, {})
                if isinstance(zero, Pointer):
                    zero = without_record(zero)
                if isinstance(zero, Members):
                    zero = world.closed(zero)
                words = leaves(zero)
                held = {s: Var(name + s, e.sort, Scope.GLOBAL) for s, e in words.items()}
                env[variable.number] = rebuilt(zero, dict(held))
            words = leaves(zero)
            initial += [eq(v, words[s]) for s, v in leaves(env[variable.number]).items()]
    return env, initial


def _zero(variable: Var) -> Expr:
    return word(0, variable.sort.width)


def assumptions(spec: typed.Spec, view: View) -> tuple[str, ...]:
    """Return what a verdict of *view* rests on, in words."""
    facts = [f"{n} = {'true' if v else 'false'}" for n, v in spec.platform.constants.items()]
    found = [f"assumed: {text}" for text in spec.assumptions]
    behaviours = {b for client in spec.clients for b in client.behaviours}
    if view is View.WELL_BEHAVED and typed.Behaviour.TRUSTED in behaviours:
        found.append("trusted callers pass no malicious pointers")
    if view is View.WELL_BEHAVED:
        found.append("objects of a well-behaved caller are disjoint, its lists acyclic")
    found.append("EMPTY_STAYS_EMPTY: no process starts in a place that nobody has")
    return (*found, *facts)
