"""Loops.  ``for`` becomes ``while`` with the increment at the end of each round."""

from __future__ import annotations

from dataclasses import replace

from cecheck.sema import link_errors, typed
from cecheck.sema.blocks import Elaborate, Outcome, block, declared, joined
from cecheck.sema.context import Env
from cecheck.sema.conversions import BOOL, condition, same_type
from cecheck.sema.measures import measure
from cecheck.sema.scope import Ruined, VariableName
from cecheck.sema.types import Type
from cecheck.sema.values import Poison
from cecheck.source import Span
from cecheck.syntax import ast


def while_statement(env: Env, node: ast.While, statement: Elaborate) -> Outcome:
    """``while condition [decreases measure] { }``."""
    test = condition(env, node.condition)
    measured = [measure(env, word) for word in node.decreases]
    site = env.site(Span(node.span.source, node.span.start, node.condition.span.end))
    body, inside = block(replace(env, in_loop=True), node.body, statement)
    endless = isinstance(test, typed.Literal) and test.value == 1 and not inside.breaks
    if isinstance(test, Poison):
        return Outcome((), env.scope)
    nothing = typed.Block((), node.span)
    words = tuple([word for word in measured if not isinstance(word, Poison)])
    found = typed.While(test, body, nothing, words, site, node.span)
    return Outcome((found,), env.scope, leaves=endless)


def loop(env: Env, node: ast.Loop, statement: Elaborate) -> Outcome:
    """``loop { }``."""
    source, start = node.span.source, node.span.start
    site = env.site(Span(source, start, start + len("loop")))
    body, inside = block(replace(env, in_loop=True), node.body, statement)
    true = typed.Literal(1, BOOL, Span(source, start, start))
    found = typed.While(true, body, typed.Block((), node.span), (), site, node.span)
    return Outcome((found,), env.scope, leaves=not inside.breaks)


def for_statement(env: Env, node: ast.For, statement: Elaborate) -> Outcome:
    """``for x in low .. high { }``; both ends are evaluated once."""
    if node.high is None:
        instead = "take one with `any(process)` or `any(s)`: what is proved of it holds of each"
        what = "`for` over anything but numbers"
        env.report(link_errors.not_yet(node.low.span, what, instead))
        return Outcome((), env.scope)
    low = env.evaluate(node.low, env.context.number)
    high = env.evaluate(node.high, env.context.number)
    ends = same_type(env, (node.low, low), (node.high, high), env.context.number)
    inner = env.within(env.scope.inner())
    if isinstance(ends, Poison):
        names = declared(inner, node.name, Ruined(node.name.span))
        joined(replace(env, scope=names.inner(), in_loop=True), node.body, statement)
        return Outcome((), env.scope)
    return _counted(inner, node, ends, statement, env)


def _counted(
    env: Env,
    node: ast.For,
    ends: tuple[typed.Expr, typed.Expr],
    statement: Elaborate,
    outside: Env,
) -> Outcome:
    type_, name = ends[0].type, node.name
    counter = env.context.variable(name.text, type_, typed.Storage.LOCAL, name.span)
    before: list[typed.Stmt] = [typed.Declare(counter, ends[0], name.span)]
    limit = ends[1]
    if not _is_fixed(outside, node.high, limit):
        end = env.context.variable(f"{name.text}_end", type_, typed.Storage.LOCAL, limit.span)
        before.append(typed.Declare(end, limit, limit.span))
        limit = _value(end, type_, limit.span)
    names = declared(env, name, VariableName(counter, assignable=False))
    inside = replace(env, scope=names, in_loop=True)
    assert node.high is not None
    site = env.site(Span(node.span.source, node.span.start, node.high.span.end))
    body, _ = block(inside, node.body, statement)
    value = _value(counter, type_, name.span)
    test = typed.Operation(typed.Operator.LESS, (value, limit), BOOL, name.span)
    one = typed.Literal(1, type_, name.span)
    more = typed.Operation(typed.Operator.ADD, (value, one), type_, name.span)
    place = typed.VarPlace(counter, type_, name.span)
    after = typed.Block((typed.Assign(place, more, name.span),), name.span)
    found = typed.While(test, body, after, (), site, node.span)
    return Outcome((*before, found), outside.scope)


def _is_fixed(env: Env, written: ast.Expr | None, limit: typed.Expr) -> bool:
    """Return whether *limit* has one value throughout, so that it needs no variable."""
    if isinstance(limit, typed.Literal):
        return True
    entity = env.scope.find(written.text) if isinstance(written, ast.Name) else None
    return isinstance(entity, VariableName) and not entity.assignable


def _value(variable: typed.Variable, type_: Type, span: Span) -> typed.Read:
    return typed.Read(typed.VarPlace(variable, type_, span), type_, span)
