"""Functions and entries, inlined where they are called."""

from __future__ import annotations

from cecheck.ir.expr import TRUE, Expr, Var
from cecheck.ir.program import Event
from cecheck.lower.activation import with_ghosts
from cecheck.lower.body import Body, FunctionScope
from cecheck.lower.graph import Location
from cecheck.lower.purity import PLACES
from cecheck.lower.synthetic import stored, synthetic
from cecheck.lower.values import Pointer, Value
from cecheck.sema import typed
from cecheck.sema import types as ty


def call(body: Body, expr: typed.CallExpr, here: Location) -> tuple[typed.Expr, Location]:
    """Inline a function that does more than compute; its arguments are reduced already."""
    function = body.world.spec.functions[expr.function.key]
    pure = body.pure(here)
    updates: list[tuple[Var, Expr]] = []
    bound: dict[int, Value] = {}
    ghosts: Pointer | None = None
    for parameter, arg in zip(function.parameters, expr.args, strict=True):
        if isinstance(arg, PLACES):
            bound[parameter.number] = pure.place(arg, body.env)
            continue
        value = pure.value(arg, body.env)
        name = f"{function.ref.name}.{parameter.name}"
        bound[parameter.number] = body.graph.storage(name, value)
        updates += body.graph.store(bound[parameter.number], value, here)
        kept = bound[parameter.number]
        if ghosts is None and isinstance(kept, Pointer):
            ghosts = kept
    here, guard = body.raises(here, pure, expr.span)
    body.env |= bound
    inside, after = body.graph.location(), body.graph.location()
    event = Event("call", expr.span.text) if expr.function.is_api else None
    body.graph.edge(here, inside, guard, tuple(updates), span=expr.span, event=event)
    shape = _result_shape(body, function, ghosts)
    result = synthetic(body, function.ref.name, shape, expr.type, expr.span)
    _run(body, function, FunctionScope(after, stored(body, result)), inside)
    if ghosts is None or not isinstance(function.result, ty.PointerType):
        return result, after
    kept_ghosts = with_ghosts(stored(body, result), ghosts)  # type: ignore[arg-type]
    assert isinstance(result.place, typed.VarPlace)
    body.env[result.place.variable.number] = kept_ghosts
    return result, after


def _result_shape(body: Body, function: typed.Function, ghosts: Pointer | None) -> Value:
    if ghosts is not None and isinstance(function.result, ty.PointerType):
        return ghosts
    return body.world.zero(function.result)


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
    """Run the driver's entry; `thread` knows which one."""
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

