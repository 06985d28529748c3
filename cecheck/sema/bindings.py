"""Local declarations: ``let`` and ``var``."""

from __future__ import annotations

from cecheck.sema import type_errors, typed
from cecheck.sema.blocks import Outcome, declared, is_storable
from cecheck.sema.context import Env
from cecheck.sema.conversions import fit, settle
from cecheck.sema.layout import size_of
from cecheck.sema.scope import Ruined, VariableName
from cecheck.sema.type_expr import promise_of, resolve
from cecheck.sema.types import (
    ArrayType,
    StructType,
    Type,
)
from cecheck.sema.values import POISON, Poison
from cecheck.syntax import ast


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
