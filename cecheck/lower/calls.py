"""Functions and entries, inlined where they are called."""

from __future__ import annotations

from dataclasses import replace

from cecheck.ir.expr import FALSE, TRUE, Const, Expr, Var
from cecheck.ir.program import CheckKind, Event, Site, View
from cecheck.lower.activation import with_ghosts
from cecheck.lower.body import Body, FunctionScope
from cecheck.lower.graph import Location
from cecheck.lower.objects import addressed_locals
from cecheck.lower.purity import PLACES, root
from cecheck.lower.synthetic import stored, synthetic
from cecheck.lower.uses import probed
from cecheck.lower.values import Pointer, Value
from cecheck.sema import typed
from cecheck.sema import types as ty
from cecheck.sema.walk import nodes


def call(body: Body, expr: typed.CallExpr, here: Location) -> tuple[typed.Expr, Location]:
    """Inline a function that does more than compute; its arguments are reduced already."""
    function = body.world.spec.functions[expr.function.key]
    pure = body.pure(here)
    updates: list[tuple[Var, Expr]] = []
    bound: dict[int, Value] = {}
    ghosts: Pointer | None = None
    given: list[Value] = []
    for parameter, arg in zip(function.parameters, expr.args, strict=True):
        assert not isinstance(arg, PLACES)  # see `references`
        value = pure.value(arg, body.env)
        given.append(value)
        if isinstance(value, Const) and _stays(body, function, parameter):
            bound[parameter.number] = value
            continue
        name = f"{function.ref.name}.{parameter.name}"
        bound[parameter.number] = body.graph.storage(name, value)
        updates += body.graph.store(bound[parameter.number], value, here)
        kept = bound[parameter.number]
        if _stays_what_it_was(function, parameter):
            body.given[parameter.number] = arg
        if ghosts is None and isinstance(kept, Pointer) and _tells(function, parameter):
            ghosts = kept
    here, guard = body.raises(here, pure, expr.span)
    body.env |= bound
    inside, after = body.graph.location(), body.graph.location()
    event = None
    if expr.function.is_api:
        uses = probed(body.world.spec, function, given, expr.span)
        event = Event("call", expr.span.text, uses=tuple(uses))
    body.graph.edge(here, inside, guard, tuple(updates), span=expr.span, event=event)
    shape = _result_shape(body, function, ghosts)
    result = synthetic(body, function.ref.name, shape, expr.type, expr.span)
    outer = body.called
    if expr.function.is_api and outer is None:
        body.called = expr.span
    null = ghosts if function.makes else None
    scope = FunctionScope(after, stored(body, result), null, _own(body, function))
    _run(body, function, scope, inside)
    body.called = outer
    if ghosts is None or function.makes:
        return result, after
    kept_ghosts = with_ghosts(stored(body, result), ghosts)  # type: ignore[arg-type]
    assert isinstance(result.place, typed.VarPlace)
    body.env[result.place.variable.number] = kept_ghosts
    return result, after


def _own(body: Body, function: typed.Function) -> frozenset[int]:
    """Return the variables of *function* whose address is taken, by number."""
    declared = [n.variable for n in nodes(function.body) if isinstance(n, typed.Declare)]
    return addressed_locals(body) & {v.number for v in (*function.parameters, *declared)}


def _tells(function: typed.Function, parameter: typed.Variable) -> bool:
    """Tell whether *parameter*, if no other before, tells what the result is a pointer to (1.3)."""
    if function.makes:
        return isinstance(function.result, ty.PointerType)
    return function.of_platform and function.result == parameter.type == ty.ADDRESS


def _stays(body: Body, function: typed.Function, parameter: typed.Variable) -> bool:
    """Tell whether a constant can stand for *parameter*: in the platform's functions, of which what
    the arguments rule out is no code of the driver that is never reached."""
    is_ours = body.called is None and not function.ref.is_api
    return not is_ours and _stays_what_it_was(function, parameter)


def _stays_what_it_was(function: typed.Function, parameter: typed.Variable) -> bool:
    """Tell whether *parameter* is never assigned, by name or through a pointer to it; no call
    passes it on as a place."""
    changed = (n for n in nodes(function.body) if isinstance(n, typed.Assign | typed.AddressOf))
    return not any(root(node.place) == parameter for node in changed)


def _result_shape(body: Body, function: typed.Function, ghosts: Pointer | None) -> Value:
    return body.world.zero(function.result) if ghosts is None else ghosts


def _run(body: Body, function: typed.Function, scope: FunctionScope, here: Location) -> None:
    outer_label = body.label
    body.scopes.append(scope)
    end = body.run(body, function.body, here)
    body.scopes.pop()
    body.label = outer_label
    zero = () if scope.result is None else body.graph.store(
        scope.result, body.world.zero(function.result), end
    )  # fmt: skip
    body.graph.edge(end, scope.exit, TRUE, zero, span=function.span)


def enter(body: Body, expr: typed.EnterExpr, here: Location) -> tuple[typed.Expr, Location]:
    """Run the driver's entry: the body knows which one.  Arguments are reduced already."""
    assert body.entered is not None
    shape = body.world.zero(expr.type)
    result = synthetic(body, "entry", shape, expr.type, expr.span)
    after = body.graph.location()
    body.scopes.append(FunctionScope(after, stored(body, result)))
    end = body.entered(body, expr, here)
    body.scopes.pop()
    zero = body.graph.store(stored(body, result), shape, end)
    body.graph.edge(end, after, TRUE, zero, span=expr.span)
    return result, after


def run_entry(
    body: Body, driver: typed.Driver, entry: typed.Entry, expr: typed.EnterExpr, here: Location
) -> Location:
    """Run the body of an entry with the arguments that the platform hands on."""
    graph, pure = body.graph, body.pure(here)
    updates: list[tuple[Var, Expr]] = []
    for parameter in entry.parameters:
        value = pure.value(expr.args[parameter.position], body.env)
        name = f"{entry.name}.{parameter.variable.name}"
        target = graph.storage(name, value, parameter.variable.type)
        body.env[parameter.variable.number] = target
        updates += graph.store(target, value, here)
    here, guard = body.raises(here, pure, expr.span)
    after = graph.location()
    event = Event("enter", f"{driver.name}.{entry.name}")
    graph.edge(
        here, after, guard, tuple(updates), span=entry.span, event=event,
        evaluates=expr.span,
    )  # fmt: skip
    outer, body.driver = (body.driver, body.raise_to), driver
    if not body.guarded:
        body.raise_to = graph.location()
    graph.escapes.add(body.raise_to)
    end = body.run(body, entry.body, after)
    thrown = body.raise_to
    body.driver, body.raise_to = outer
    if not body.guarded and any(edge.end == thrown for edge in graph.edges):
        _ask_unhandled(body, entry, thrown)
    return end


def _ask_unhandled(body: Body, entry: typed.Entry, thrown: Location) -> None:
    """Ask that nothing gets to *thrown*: the system has no handler for what the driver raises, so
    that the run ends there (semantics 3.2).  Whoever returns shows that it was asked."""
    call = body.world.spec.platform.call(entry.call)
    site = Site(call.name, call.span, True)
    asked = TRUE if body.world.view is View.HOSTILE else body.observing
    body.graph.check(site, CheckKind.LIVE, thrown, asked, FALSE, body.terms())
    scope = body.scopes[-1]
    assert isinstance(scope, FunctionScope)
    body.graph.check(site, CheckKind.LIVE, scope.exit, FALSE)


def cross(body: Body, expr: typed.CrossExpr, here: Location) -> tuple[typed.Expr, Location]:
    """Run the platform's call around an entry of another driver, on the same thread.

    The call may be running already, around the driver that calls: its variables are put back.
    A script makes calls of its own.
    """
    if body.calling is not None:
        return body.calling(body, expr, here)
    driver, entry = body.world.spec.entry(expr.driver, expr.entry)
    platform_call = body.world.spec.platform.call(entry.call)
    outer = body.env, body.scene, body.entered, body.critical
    body.critical = body.critical or platform_call.critical
    here = _given(body, expr, platform_call, here)
    shape = body.world.zero(expr.type)
    result = synthetic(body, entry.name, shape, expr.type, expr.span)
    kept, after = stored(body, result), body.graph.location()
    body.scene = replace(body.scene, callee=body.world.named[driver.process])
    body.entered = lambda b, e, at: run_entry(b, driver, entry, e, at)
    body.scopes.append(FunctionScope(after, kept))
    end = body.run(body, platform_call.body, here)
    body.scopes.pop()
    body.graph.edge(end, after, TRUE, body.graph.store(kept, shape, end), span=expr.span)
    body.env, body.scene, body.entered, body.critical = outer
    assert isinstance(result.place, typed.VarPlace)
    body.env[result.place.variable.number] = kept
    return result, after


def _given(
    body: Body, expr: typed.CrossExpr, platform_call: typed.PlatformCall, here: Location
) -> Location:
    """Give the parameters of a call their values, in variables of their own."""
    pure = body.pure(here)
    given = dict(zip(expr.positions, expr.args, strict=True))
    updates: list[tuple[Var, Expr]] = []
    bound: dict[int, Value] = {}
    for position, parameter in enumerate(platform_call.parameters):
        value = body.world.zero(parameter.type)
        if position in given:
            value = pure.value(given[position], body.env)
        name = f"{platform_call.name}.{parameter.name}"
        bound[parameter.number] = body.graph.storage(name, value, parameter.type)
        updates += body.graph.store(bound[parameter.number], value, here)
    here, guard = body.raises(here, pure, expr.span)
    body.env = body.env | bound
    inside = body.graph.location()
    event = Event("call", expr.span.text)
    body.graph.edge(here, inside, guard, tuple(updates), span=expr.span, event=event)
    return inside
