"""Expressions: each node of the tree becomes a typed value."""

from __future__ import annotations

from typing import assert_never

from cecheck.sema import errors, link_errors, type_errors, typed
from cecheck.sema.calls import invoke
from cecheck.sema.casts import number_cast, pointer_cast
from cecheck.sema.choices import any_value
from cecheck.sema.context import Env
from cecheck.sema.conversions import BOOL, HANDLE, HANDLES, PROCESS, SET, condition, fit
from cecheck.sema.layout import size_of
from cecheck.sema.operators import combine, operation, unary
from cecheck.sema.places import refer
from cecheck.sema.references import PlaceRef, address_of, read
from cecheck.sema.type_expr import resolve
from cecheck.sema.types import (
    BoolType,
    EventType,
    IntType,
    NullType,
    PointersType,
    PointerType,
    StructType,
    Type,
)
from cecheck.sema.values import POISON, Constant, Poison, Value, type_of
from cecheck.syntax import ast


def evaluate(env: Env, expr: ast.Expr, want: Type | None) -> Value:
    """Return what *expr* is worth; *want* helps where the type is not in the expression."""
    match expr:
        case ast.Number(value):
            return Constant(value, None, expr.span)
        case ast.Name() | ast.Member() | ast.Index():
            return read(env, refer(env, expr))
        case ast.Binary():
            return _binary(env, expr, want)
        case ast.Invocation():
            return invoke(env, expr)
        case ast.Unary():
            return _unary(env, expr, want)
        case ast.Choose():
            return _choose(env, expr, want)
        case ast.NumberCast():
            return number_cast(env, expr)
        case ast.PointerCast():
            return pointer_cast(env, expr)
        case ast.SetLiteral():
            return _set(env, expr, want)
        case ast.Any():
            return any_value(env, expr, want)
        case ast.SizeOf():
            return _size(env, expr)
        case ast.OffsetOf():
            return _offset(env, expr)
        case ast.WaitExpr():
            return wait_for(env, expr)
        case ast.Text():
            return env.report(type_errors.text_value(expr.span))
        case ast.ProcessTable():
            return env.report(type_errors.process_table_value(expr.span))
        case _:
            assert_never(expr)


def _binary(env: Env, node: ast.Binary, want: Type | None) -> Value:
    if node.op in ("&&", "||"):
        left, right = env.evaluate(node.left, BOOL), env.evaluate(node.right, BOOL)
        return combine(env, node, left, right)
    hint = want if isinstance(want, IntType) else None
    left = env.evaluate(node.left, hint)
    right = env.evaluate(node.right, PROCESS if node.op == "has" else type_of(left) or hint)
    return combine(env, node, left, right)


def _unary(env: Env, node: ast.Unary, want: Type | None) -> Value:
    if node.op == "&":
        return address_of(env, refer(env, node.arg), node.span)
    return unary(env, node, env.evaluate(node.arg, want))


def _choose(env: Env, node: ast.Choose, want: Type | None) -> Value:
    test = condition(env, node.condition)
    then = env.evaluate(node.then, want)
    otherwise = env.evaluate(node.otherwise, want or type_of(then))
    if isinstance(test, typed.Literal) and _both_constant(then, otherwise):
        return then if test.value else otherwise
    type_ = _common(env, then, otherwise, want)
    if type_ is None or isinstance(test, Poison):
        return POISON
    first = fit(env, then, type_, node.then.span)
    second = fit(env, otherwise, type_, node.otherwise.span)
    if isinstance(first, Poison) or isinstance(second, Poison):
        return POISON
    return typed.Choice(test, first, second, type_, node.span)


def _both_constant(then: Value, otherwise: Value) -> bool:
    return isinstance(then, Constant) and isinstance(otherwise, Constant)


def _common(env: Env, then: Value, otherwise: Value, want: Type | None) -> Type | None:
    """Return the type of both branches of a choice; None where one of them is wrong."""
    if isinstance(then, Poison) or isinstance(otherwise, Poison):
        return None
    first, second = type_of(then), type_of(otherwise)
    if isinstance(then, Constant) and isinstance(otherwise, Constant):
        adapts = isinstance(want, IntType) and not isinstance(first, BoolType)
        return want if adapts else first or second or env.context.number
    if isinstance(then, Constant) or isinstance(first, NullType):
        return second if not isinstance(second, NullType) else want or second
    if isinstance(first, PointerType) and isinstance(second, PointerType):
        wider = second.target is None or (second.user and first.target == second.target)
        return second if wider and first.target is not None else first
    return first


def _set(env: Env, node: ast.SetLiteral, want: Type | None) -> Value:
    values = [(env.evaluate(item, PROCESS), item.span) for item in node.items]
    element, type_ = _members_of([type_of(value) for value, _ in values], want)
    if isinstance(type_, PointersType) and len(values) > 1:
        return env.report(link_errors.not_yet(node.span, "several pointers in one set"))
    items = [fit(env, value, element, span) for value, span in values]
    good = tuple(i for i in items if not isinstance(i, Poison))
    if len(good) < len(items):
        return POISON
    made = typed.SetOf(good, type_, node.span)
    if not good or not isinstance(type_, PointersType):
        return made
    nothing = typed.SetOf((), type_, node.span)  # where it is put in: see `lower.membership`
    return operation("|", (nothing, made), type_, node.span)


def _members_of(have: list[Type | None], want: Type | None) -> tuple[Type, Type]:
    """Return the type of the members of a set, and its own."""
    if HANDLE in have:
        return HANDLE, HANDLES
    pointers = [t for t in have if isinstance(t, PointerType | NullType)]
    if not pointers:
        return PROCESS, SET
    if isinstance(want, PointersType):
        return want.element, want
    first = pointers[0]
    if isinstance(first, PointerType) and first.user and first.target is not None:
        return first, PointersType(first)
    return PROCESS, SET


def _size(env: Env, node: ast.SizeOf) -> Value:
    type_ = resolve(env, node.type)
    size = type_ if isinstance(type_, Poison) else size_of(env, type_, node.type.span)
    return size if isinstance(size, Poison) else Constant(size, None, node.span)


def _offset(env: Env, node: ast.OffsetOf) -> Value:
    type_ = resolve(env, ast.NamedType(node.struct.text, node.struct.span))
    if isinstance(type_, Poison):
        return type_
    if not isinstance(type_, StructType):
        return env.report(errors.no_fields_in_type(node.struct.span, type_.name))
    shape = env.context.structures[type_.name].shape.get()
    if isinstance(shape, Poison):
        return shape
    found = shape.members.get(node.field.text)
    if found is None:
        what = f"structure `{type_.name}`"
        return env.report(errors.unknown_field(node.field, what, tuple(shape.members)))
    return Constant(found.offset, None, node.span)


def wait_for(env: Env, node: ast.WaitExpr | ast.WaitStmt) -> typed.Expr | Poison:
    """Return ``wait event [timeout]`` as a truth value."""
    event = event_place(env, node.event)
    if isinstance(event, Poison):
        return event
    return typed.WaitFor(event, node.timeout, BOOL, node.span)


def event_place(env: Env, expr: ast.Expr) -> typed.Place | Poison:
    """Return the event that *expr* names."""
    ref = refer(env, expr)
    if isinstance(ref, Poison):
        return ref
    if isinstance(ref, PlaceRef) and isinstance(ref.place.type, EventType):
        return ref.place
    return env.report(errors.not_a(expr.span, "an event"))
