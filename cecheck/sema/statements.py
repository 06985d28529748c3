"""Statements without statements inside."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from cecheck.ir.program import Site
from cecheck.sema import link_errors, memory_errors, type_errors, typed
from cecheck.sema.assignments import assign
from cecheck.sema.bindings import let, var
from cecheck.sema.blocks import Outcome, done, give_zero
from cecheck.sema.context import Env
from cecheck.sema.conversions import condition, fit, same_type
from cecheck.sema.copies import copy, is_copy
from cecheck.sema.expressions import event_place, wait_for
from cecheck.sema.heap import FREE, HIDE, hidden, is_call_of, release
from cecheck.sema.layout import size_of
from cecheck.sema.places import elements
from cecheck.sema.resources import pair, resource_of
from cecheck.sema.retirement import is_retire, retire
from cecheck.sema.scope import HandOnName
from cecheck.sema.types import (
    IntType,
    PointerType,
    VoidType,
)
from cecheck.sema.values import POISON, Constant, Poison
from cecheck.syntax import ast

Simple = (
    ast.Let | ast.Var | ast.Assign | ast.CallStmt | ast.Access | ast.WaitStmt | ast.Signal
    | ast.Reset | ast.Assert | ast.Invariant | ast.Assume | ast.Cover | ast.Dma | ast.Return
    | ast.Raise | ast.Break | ast.Continue
)  # fmt: skip


def simple(env: Env, node: Simple) -> Outcome:
    """Return what a statement becomes that has no statements inside."""
    match node:
        case ast.Let():
            return let(env, node)
        case ast.Var():
            return var(env, node)
        case ast.Assign():
            return assign(env, node)
        case ast.CallStmt():
            return _call(env, node)
        case ast.Access():
            return _access(env, node)
        case ast.WaitStmt():
            return _wait(env, node)
        case ast.Signal() | ast.Reset():
            return _signal(env, node)
        case ast.Assert() | ast.Invariant():
            return _demand(env, node)
        case ast.Assume():
            return _assume(env, node)
        case ast.Cover():
            return done(env, typed.Cover(env.site(node.span), node.span))
        case ast.Dma():
            return _transfer(env, node)
        case ast.Return():
            return _leave(env, node)
        case ast.Raise():
            return _throw(env, node)
        case ast.Break() | ast.Continue():
            return _jump(env, node)
        case _:
            assert_never(node)


# ---- accesses, calls, demands --------------------------------------------------------------------


def _access(env: Env, node: ast.Access) -> Outcome:
    """``read p[a .. b]``, ``write p[a .. b]``."""
    target = _range(env, node.range)
    if isinstance(target, Poison):
        return done(env)
    return done(env, typed.Touch(node.writing, target, node.span))


def _range(env: Env, node: ast.Range) -> typed.RangeTarget | Poison:
    pointer = elements(env, node.base)
    bounds = _bounds(env, node)
    if isinstance(pointer, Poison) or isinstance(bounds, Poison):
        return POISON
    assert isinstance(pointer.type, PointerType)
    assert pointer.type.target is not None
    stride = size_of(env, pointer.type.target, node.base.span)
    if isinstance(stride, Poison):
        return stride
    return typed.RangeTarget(pointer, *bounds, stride, env.site(node.span), node.span)


def _transfer(env: Env, node: ast.Dma) -> Outcome:
    """``dma into p[a .. b] until event``."""
    target = _range(env, node.range)
    event = event_place(env, node.until)
    if isinstance(target, Poison) or isinstance(event, Poison):
        return done(env)
    if not env.context.pins:
        env.report(link_errors.no_pinned(node.span))
        return done(env)
    return done(env, typed.Transfer(node.into, target, event, node.span))


def _bounds(env: Env, node: ast.Range) -> tuple[typed.Expr, typed.Expr] | Poison:
    low = env.evaluate(node.low, env.context.word)
    high = env.evaluate(node.high, env.context.word)
    pair = same_type(env, (node.low, low), (node.high, high), env.context.word)
    if isinstance(pair, Poison):
        return pair
    if isinstance(pair[1].type, IntType) and pair[1].type.signed:
        return env.report(type_errors.signed_bound(node.high.span, pair[1].type))
    return pair


def _call(env: Env, node: ast.CallStmt) -> Outcome:
    """A call for its effect."""
    resource, callee = resource_of(env, node.call.callee), node.call.callee
    if isinstance(callee, ast.Name) and isinstance(env.scope.find(callee.text), HandOnName):
        return _hand_on(env, node)
    if isinstance(callee, ast.Name) and is_retire(env, callee):
        exits = retire(env, node)
        return done(env) if exits is None else done(env, exits)
    if is_copy(env, callee):
        copied = copy(env, node.call)
        return done(env) if copied is None else done(env, copied)
    if is_call_of(env, node.call, FREE):
        freed = release(env, node.call)
        return done(env) if freed is None else done(env, freed)
    if is_call_of(env, node.call, HIDE):
        given_back = hidden(env, node.call)
        return done(env) if given_back is None else done(env, given_back)
    if resource is not None and isinstance(callee, ast.Member):
        found = pair(env, node.call, resource, callee.name)
        return done(env) if found is None else done(env, found)
    value = env.evaluate(node.call)
    if isinstance(value, Poison | Constant):
        return done(env)
    if isinstance(value, typed.Lasting):
        env.report(memory_errors.lasting_is_lost(node.call))
        return done(env)
    return done(env, typed.Evaluate(value, node.span))


def _hand_on(env: Env, node: ast.CallStmt) -> Outcome:
    """``hand_on()``: a site that is called like the function or call that it stands in."""
    if node.call.args or node.call.passes_all:
        env.report(type_errors.nothing_to_pass(node.call))
        return done(env)
    name = env.owner.replace(".", " ").split()[-1]
    env.context.site_names.add(name)
    return done(env, typed.HandOn(Site(name, node.span), node.span))


def _wait(env: Env, node: ast.WaitStmt) -> Outcome:
    """``wait event [timeout]``."""
    value = wait_for(env, node)
    return done(env) if isinstance(value, Poison) else done(env, typed.Evaluate(value, node.span))


def _signal(env: Env, node: ast.Signal | ast.Reset) -> Outcome:
    """``signal event``, ``reset event``."""
    event = event_place(env, node.event)
    if isinstance(event, Poison):
        return done(env)
    return done(env, typed.Signal(event, isinstance(node, ast.Signal), node.span))


def _demand(env: Env, node: ast.Assert | ast.Invariant) -> Outcome:
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


def _assume(env: Env, node: ast.Assume) -> Outcome:
    """``assume``: listed with every verdict."""
    test = condition(env, node.condition)
    if isinstance(test, Poison):
        return done(env)
    words = " ".join(node.condition.span.text.split())
    env.context.assumptions.append(typed.Assumption(f"`{words}` is assumed", node.span))
    return done(env, typed.Assume(test, node.span))


# ---- jumps ---------------------------------------------------------------------------------------


def _leave(env: Env, node: ast.Return) -> Outcome:
    """``return [value]``; without a value it gives zero."""
    if env.in_atomic or env.in_final:
        wrong = type_errors.jump_out_of_atomic if env.in_atomic else type_errors.jump_out_of_finally
        env.report(wrong(node.span, "return"))
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


def _throw(env: Env, node: ast.Raise) -> Outcome:
    """``raise [value]``: the value is for people, exceptions carry none."""
    made: list[typed.Stmt] = []
    if node.value is not None:
        value = env.evaluate(node.value, env.context.number)
        if not isinstance(value, Poison | Constant):
            made.append(typed.Evaluate(value, node.span))  # it may access, call, raise itself
    return replace(done(env, *made, typed.Raise(node.span)), leaves=True)


def _jump(env: Env, node: ast.Break | ast.Continue) -> Outcome:
    """``break`` and ``continue``."""
    word = "break" if isinstance(node, ast.Break) else "continue"
    if not env.in_loop:
        wrong = type_errors.jump_out_of_finally if env.in_final else type_errors.jump_outside_loop
        env.report((type_errors.jump_out_of_atomic if env.in_atomic else wrong)(node.span, word))
        return done(env)
    if isinstance(node, ast.Continue):
        return replace(done(env, typed.Continue(node.span)), leaves=True)
    return replace(done(env, typed.Break(node.span)), leaves=True, breaks=True)
