"""Assignments: to driver memory, or through a pointer."""

from __future__ import annotations

from dataclasses import replace

from cecheck.sema import errors, type_errors, typed
from cecheck.sema.blocks import Outcome, done
from cecheck.sema.context import Env
from cecheck.sema.conversions import fit
from cecheck.sema.operators import combine
from cecheck.sema.places import refer
from cecheck.sema.references import (
    PlaceRef,
    TargetRef,
    mention,
    span_of,
    target_of,
)
from cecheck.sema.tables import is_table, write_table
from cecheck.sema.types import (
    ArrayType,
    EventType,
    IntType,
    LockType,
    StructType,
    Type,
)
from cecheck.sema.values import Poison, Value
from cecheck.source import Span
from cecheck.syntax import ast
from cecheck.syntax.walk import nodes


def assign(env: Env, node: ast.Assign) -> Outcome:
    """``place = value``, ``place += value``; through a pointer it is a write access."""
    target = node.target
    if isinstance(target, ast.Range | ast.Index) and is_table(env, target.base):
        written = write_table(env, node, target)
        return done(env) if written is None else done(env, written)
    if isinstance(target, ast.Range):
        ref_ = refer(env, target.base)
        if not isinstance(ref_, Poison):
            env.report(errors.not_a(target.base.span, "a map"))
        return done(env)
    ref = refer(env, target)
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
    before, ref = ((), ref) if node.op == "=" else _once(env, ref, node.value)
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
        return (*before, typed.Store(where, value, node.span))
    return (*before, typed.Assign(where, value, node.span))


def _once(
    env: Env, ref: PlaceRef | TargetRef, value: ast.Expr
) -> tuple[tuple[typed.Declare, ...], PlaceRef | TargetRef]:
    """Return *ref* for a compound assignment of *value*, which reads and writes what it finds once,
    and the statements that find it.  Only a call changes a variable in between, or, of variables
    that are shared, another thread."""
    found: list[typed.Declare] = []
    may_change = any(isinstance(node, ast.Invocation) for node in nodes(value))

    def kept(expr: typed.Expr) -> typed.Expr:
        inner = expr
        while isinstance(inner, typed.Convert | typed.Retype):
            inner = inner.value
        place = inner.place if isinstance(inner, typed.Read) else None
        is_local = (
            isinstance(place, typed.VarPlace) and place.variable.storage is typed.Storage.LOCAL
        )
        if isinstance(inner, typed.Literal) or (is_local and not may_change):
            return expr
        name = " ".join(expr.span.text.split())
        variable = env.context.variable(name, expr.type, typed.Storage.LOCAL, expr.span)
        found.append(typed.Declare(variable, expr, expr.span))
        return typed.Read(typed.VarPlace(variable, expr.type, expr.span), expr.type, expr.span)

    def place(one: typed.Place) -> typed.Place:
        match one:
            case typed.FieldPlace():
                return replace(one, base=place(one.base))
            case typed.ElementPlace():
                return replace(one, base=place(one.base), index=kept(one.index))
            case _:
                return one

    if isinstance(ref, PlaceRef):
        ref = replace(ref, place=place(ref.place))
    else:
        pointer = kept(ref.pointer)
        index = ref.index if ref.index is None else kept(ref.index)
        ref = replace(ref, pointer=pointer, index=index)
    return tuple(found), ref


def _new_value(env: Env, node: ast.Assign, old: Value, type_: Type) -> Value:
    """Return what is assigned; ``p.n += 1`` fetches and stores at one site."""
    if node.op == "=":
        return env.evaluate(node.value, type_)
    assert not isinstance(node.target, ast.Range)
    whole = ast.Binary(node.op.removesuffix("="), node.target, node.value, node.span)
    right = env.evaluate(node.value, type_ if isinstance(type_, IntType) else None)
    return combine(env, whole, old, right)
