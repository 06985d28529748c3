"""Statements without blocks inside: declarations, assignments, accesses, jumps."""

from __future__ import annotations

from dataclasses import replace

from cecheck.sema import link_errors, type_errors, typed
from cecheck.sema.blocks import Outcome, declared, give_zero, is_storable
from cecheck.sema.context import Env
from cecheck.sema.conversions import condition, fit, settle
from cecheck.sema.expressions import event_place, wait_for
from cecheck.sema.layout import size_of
from cecheck.sema.operators import combine
from cecheck.sema.places import refer
from cecheck.sema.references import (
    PlaceRef,
    TargetRef,
    address_of,
    mention,
    read,
    span_of,
    target_of,
)
from cecheck.sema.scope import Ruined, VariableName
from cecheck.sema.type_expr import promise_of, resolve
from cecheck.sema.types import (
    ArrayType,
    EventType,
    IntType,
    LockType,
    PointerType,
    StructType,
    Type,
    VoidType,
)
from cecheck.sema.values import POISON, Constant, Poison, Value, type_of, type_words
from cecheck.source import Span
from cecheck.syntax import ast


def done(env: Env, *statements: typed.Stmt) -> Outcome:
    """Return an outcome after which control goes on with the same names."""
    return Outcome(statements, env.scope)


# ---- declarations --------------------------------------------------------------------------------


def let(env: Env, node: ast.Let) -> Outcome:
    """``let a = x, b = y``: each sees the ones before it."""
    found: list[typed.Stmt] = []
    for binding in node.bindings:
        outcome = _bind(env, binding)
        found += outcome.statements
        env = env.within(outcome.scope)
    return Outcome(tuple(found), env.scope)


def _bind(env: Env, binding: ast.Binding) -> Outcome:
    return _declare(env, binding.name, binding.type, binding.value, assignable=False)


def var(env: Env, node: ast.Var) -> Outcome:
    """``var x : T = value``; without a value it is arbitrary."""
    if node.type is None and node.value is None:
        env.report(type_errors.needs_type(node.name.span, node.name.text, "u32"))
        return Outcome((), declared(env, node.name, Ruined(node.name.span)))
    return _declare(env, node.name, node.type, node.value, assignable=True)


def _declare(
    env: Env,
    name: ast.Identifier,
    written: ast.TypeExpr | None,
    init: ast.Expr | None,
    *,
    assignable: bool,
) -> Outcome:
    type_ = local_type(env, written) if written is not None else None
    value: typed.Expr | Poison | None = None
    if init is not None:
        value = _initial(env, init, type_)
    if type_ is None and value is not None:
        type_ = value if isinstance(value, Poison) else value.type
    if type_ is None or isinstance(type_, Poison):
        return Outcome((), declared(env, name, Ruined(name.span)))
    variable = env.context.variable(name.text, type_, typed.Storage.LOCAL, name.span)
    scope = declared(env, name, VariableName(variable, assignable))
    if isinstance(value, Poison):
        return Outcome((), scope)
    return Outcome((typed.Declare(variable, value, name.span),), scope)


def _initial(env: Env, init: ast.Expr, type_: Type | Poison | None) -> typed.Expr | Poison:
    if type_ is None or isinstance(type_, Poison):
        value = env.evaluate(init)
        return POISON if isinstance(type_, Poison) else settle(env, value, init.span)
    if isinstance(type_, StructType | ArrayType):
        env.evaluate(init)
        return env.report(type_errors.not_a_value(init.span, type_))
    return fit(env, env.evaluate(init, type_), type_, init.span)


def local_type(env: Env, written: ast.TypeExpr) -> Type | Poison:
    """Return the type of a local; what it promises is checked and dropped."""
    type_ = resolve(env, written)
    if isinstance(type_, Poison):
        return type_
    if not is_storable(type_):
        return env.report(type_errors.no_local(written.span, type_))
    if isinstance(type_, StructType | ArrayType):
        size = size_of(env, type_, written.span)
        return size if isinstance(size, Poison) else type_
    promise_of(env, written, type_)
    return type_


# ---- assignments ---------------------------------------------------------------------------------


def assign(env: Env, node: ast.Assign) -> Outcome:
    """``place = value``, ``place += value``; through a pointer it is a write access."""
    if isinstance(node.target, ast.Range):
        env.report(link_errors.not_yet(node.target.span, "a map that is written"))
        return done(env)
    ref = refer(env, node.target)
    if isinstance(ref, Poison):
        env.evaluate(node.value)
        return done(env)
    if not isinstance(ref, PlaceRef | TargetRef):
        env.report(type_errors.no_place(node.target.span))
        return done(env)
    type_ = ref.place.type if isinstance(ref, PlaceRef) else ref.type
    problem = _problem(env, ref, type_)
    if problem is not None:
        env.evaluate(node.value)
        return done(env)
    return done(env, *_store(env, node, ref, type_))


def _problem(env: Env, ref: PlaceRef | TargetRef, type_: Type) -> Poison | None:
    span = span_of(ref)
    if isinstance(ref, PlaceRef) and ref.fixed == "map":
        return env.report(link_errors.not_yet(span, "a map that is written"))
    if isinstance(ref, PlaceRef) and ref.fixed is not None:
        return env.report(type_errors.not_assignable(span, ref.fixed, _root(ref.place)))
    if isinstance(type_, StructType | ArrayType | LockType | EventType):
        return env.report(type_errors.not_a_value(span, type_))
    return None


def _root(place: typed.Place) -> Span | None:
    while isinstance(place, typed.FieldPlace | typed.ElementPlace):
        place = place.base
    return place.variable.span if isinstance(place, typed.VarPlace) else None


def _store(
    env: Env, node: ast.Assign, ref: PlaceRef | TargetRef, type_: Type
) -> tuple[typed.Stmt, ...]:
    where = ref.place if isinstance(ref, PlaceRef) else target_of(env, ref)
    if isinstance(where, Poison):
        return ()
    if isinstance(where, typed.FieldTarget | typed.ElementTarget):
        old: Value = typed.Fetch(where, type_, node.target.span)
    else:
        mention(env, where)
        old = typed.Read(where, type_, node.target.span)
    value = fit(env, _new_value(env, node, old, type_), type_, node.value.span)
    if isinstance(value, Poison):
        return ()
    if isinstance(where, typed.FieldTarget | typed.ElementTarget):
        return (typed.Store(where, value, node.span),)
    return (typed.Assign(where, value, node.span),)


def _new_value(env: Env, node: ast.Assign, old: Value, type_: Type) -> Value:
    """Return what is assigned; ``p.n += 1`` fetches and stores at one site."""
    if node.op == "=":
        return env.evaluate(node.value, type_)
    assert not isinstance(node.target, ast.Range)
    whole = ast.Binary(node.op.removesuffix("="), node.target, node.value, node.span)
    right = env.evaluate(node.value, type_ if isinstance(type_, IntType) else None)
    return combine(env, whole, old, right)


# ---- accesses, calls, demands --------------------------------------------------------------------


def access(env: Env, node: ast.Access) -> Outcome:
    """``read p[a .. b]``, ``write p[a .. b]``."""
    pointer = _base(env, node.range.base)
    bounds = _bounds(env, node.range)
    if isinstance(pointer, Poison) or isinstance(bounds, Poison):
        return done(env)
    assert isinstance(pointer.type, PointerType)
    assert pointer.type.target is not None
    stride = size_of(env, pointer.type.target, node.range.base.span)
    if isinstance(stride, Poison):
        return done(env)
    span = node.range.span
    target = typed.RangeTarget(pointer, *bounds, stride, env.site(span), span)
    return done(env, typed.Touch(node.writing, target, node.span))


def _base(env: Env, expr: ast.Expr) -> typed.Expr | Poison:
    """Return the pointer whose elements are reached; an array stands for its first element."""
    ref = refer(env, expr)
    type_ = ref.place.type if isinstance(ref, PlaceRef) else None
    type_ = ref.type if isinstance(ref, TargetRef) else type_
    if isinstance(type_, ArrayType):
        return address_of(env, ref, expr.span)
    value = read(env, ref)
    if isinstance(value, Poison):
        return value
    have = type_of(value)
    if isinstance(value, Constant) or not isinstance(have, PointerType) or have.target is None:
        return env.report(type_errors.no_elements(expr.span, type_words(value)))
    return value


def _bounds(env: Env, node: ast.Range) -> tuple[typed.Expr, typed.Expr] | Poison:
    low = env.evaluate(node.low, env.context.word)
    high = env.evaluate(node.high, env.context.word)
    pair = same_type(env, (node.low, low), (node.high, high), env.context.word)
    if isinstance(pair, Poison):
        return pair
    if isinstance(pair[1].type, IntType) and pair[1].type.signed:
        return env.report(type_errors.signed_bound(node.high.span, pair[1].type))
    return pair


def same_type(
    env: Env, first: tuple[ast.Expr, Value], second: tuple[ast.Expr, Value], default: IntType
) -> tuple[typed.Expr, typed.Expr] | Poison:
    """Return both ends of a range at one integer type."""
    have = [type_of(v) for _, v in (first, second) if not isinstance(v, Constant | Poison)]
    type_ = have[0] if have else default
    if not isinstance(type_, IntType):
        type_ = default
    low = fit(env, first[1], type_, first[0].span)
    high = fit(env, second[1], type_, second[0].span)
    if isinstance(low, Poison):
        return low
    return high if isinstance(high, Poison) else (low, high)


def call(env: Env, node: ast.CallStmt) -> Outcome:
    """A call for its effect."""
    value = env.evaluate(node.call)
    if isinstance(value, Poison | Constant):
        return done(env)
    return done(env, typed.Evaluate(value, node.span))


def wait(env: Env, node: ast.WaitStmt) -> Outcome:
    """``wait event [timeout]``."""
    value = wait_for(env, node)
    return done(env) if isinstance(value, Poison) else done(env, typed.Evaluate(value, node.span))


def signal(env: Env, node: ast.Signal | ast.Reset) -> Outcome:
    """``signal event``, ``reset event``."""
    event = event_place(env, node.event)
    if isinstance(event, Poison):
        return done(env)
    return done(env, typed.Signal(event, isinstance(node, ast.Signal), node.span))


def demand(env: Env, node: ast.Assert | ast.Invariant) -> Outcome:
    """``assert`` and ``invariant``."""
    found = demanded(env, node)
    return done(env) if found is None else done(env, found)


def demanded(env: Env, node: ast.Assert | ast.Invariant) -> typed.Demand | None:
    """Return what is demanded, a site."""
    test = condition(env, node.condition)
    if isinstance(test, Poison):
        return None
    site = env.site(node.span)
    return typed.Demand(test, isinstance(node, ast.Invariant), site, node.span)


def assume(env: Env, node: ast.Assume) -> Outcome:
    """``assume``: listed with every verdict."""
    test = condition(env, node.condition)
    if isinstance(test, Poison):
        return done(env)
    words = " ".join(node.condition.span.text.split())
    env.context.assumptions.append(f"`{words}` is assumed at {node.span}")
    return done(env, typed.Assume(test, node.span))


# ---- jumps ---------------------------------------------------------------------------------------


def leave(env: Env, node: ast.Return) -> Outcome:
    """``return [value]``; without a value it gives zero."""
    if env.in_final:
        env.report(type_errors.jump_out_of_finally(node.span, "return"))
        return done(env)
    if node.value is None:
        statement = give_zero(env, node.span) or typed.Return(None, node.span)
        return replace(done(env, statement), leaves=True)
    if isinstance(env.result, Poison | VoidType):
        env.evaluate(node.value)
        if isinstance(env.result, VoidType):
            env.report(type_errors.nothing_to_return(node.value.span))
        return replace(done(env), leaves=True)
    value = fit(env, env.evaluate(node.value, env.result), env.result, node.value.span)
    if isinstance(value, Poison):
        return replace(done(env), leaves=True)
    return replace(done(env, typed.Return(value, node.span)), leaves=True)


def throw(env: Env, node: ast.Raise) -> Outcome:
    """``raise [value]``: the value is for people, exceptions carry none."""
    if node.value is not None:
        env.evaluate(node.value, env.context.number)
    return replace(done(env, typed.Raise(node.span)), leaves=True)


def jump(env: Env, node: ast.Break | ast.Continue) -> Outcome:
    """``break`` and ``continue``."""
    word = "break" if isinstance(node, ast.Break) else "continue"
    if not env.in_loop:
        wrong = type_errors.jump_out_of_finally if env.in_final else type_errors.jump_outside_loop
        env.report(wrong(node.span, word))
        return done(env)
    if isinstance(node, ast.Continue):
        return replace(done(env, typed.Continue(node.span)), leaves=True)
    return replace(done(env, typed.Break(node.span)), leaves=True, breaks=True)
