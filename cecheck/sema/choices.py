"""``any``: a free choice."""

from __future__ import annotations

from cecheck.sema import errors, link_errors, type_errors, typed
from cecheck.sema.context import Env
from cecheck.sema.conversions import PROCESS, SET, fit, type_of_ends
from cecheck.sema.scope import TypeName
from cecheck.sema.types import (
    BoolType,
    IntType,
    PointersType,
    PointerType,
    ProcessType,
    SetType,
    Type,
)
from cecheck.sema.values import Constant, Poison, Value, type_of
from cecheck.syntax import ast


def any_value(env: Env, node: ast.Any, want: Type | None) -> Value:
    """Return a free choice; its type is written, or that of the bounds, or the one needed."""
    if node.low is None:
        if want is None:
            return env.report(type_errors.needs_type(node.span, "any", "u32"))
        return _chosen(env, node, want)
    if node.high is not None:
        return _between(env, node, node.low, node.high, want)
    if isinstance(node.low, ast.ProcessTable):
        return _chosen(env, node, PROCESS)
    if isinstance(node.low, ast.Name) and node.low.text == "set":
        return _chosen(env, node, SET)
    entity = env.scope.find(node.low.text) if isinstance(node.low, ast.Name) else None
    if isinstance(entity, TypeName):
        type_ = entity.type.get()
        return type_ if isinstance(type_, Poison) else _chosen(env, node, type_)
    value = env.evaluate(node.low)
    if isinstance(value, Poison):
        return value
    members = type_of(value)
    if isinstance(members, PointersType) and not isinstance(value, Constant):
        return typed.Picked(value, members.element, node.span)
    if isinstance(members, SetType):
        return env.report(link_errors.not_yet(node.span, "a free choice out of a set"))
    return env.report(errors.not_a(node.low.span, "a type"))


def _chosen(env: Env, node: ast.Any, type_: Type) -> Value:
    if isinstance(type_, IntType | BoolType | ProcessType | SetType):
        return typed.Chosen(None, None, type_, node.span)
    if env.in_script and isinstance(type_, PointerType):
        return typed.Chosen(None, None, type_, node.span)
    return env.report(link_errors.not_yet(node.span, f"a free choice of `{type_.name}`"))


def _between(env: Env, node: ast.Any, low: ast.Expr, high: ast.Expr, want: Type | None) -> Value:
    first, last = env.evaluate(low, want), env.evaluate(high, want)
    fixed = [type_of(v) for v in (first, last) if not isinstance(v, Constant | Poison)]
    hint = want if isinstance(want, IntType) else type_of_ends(first, last) or env.context.number
    type_ = fixed[0] if fixed else hint
    if not isinstance(type_, IntType):
        return env.report(errors.not_a(node.span, "a range of numbers"))
    start, end = fit(env, first, type_, low.span), fit(env, last, type_, high.span)
    if isinstance(start, Poison) or isinstance(end, Poison):
        return Poison()
    return typed.Chosen(start, end, type_, node.span)
