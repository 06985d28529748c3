"""Statements with blocks inside: branches, loops, handlers, locks, labels."""

from __future__ import annotations

from dataclasses import replace

from cecheck.sema import errors, typed
from cecheck.sema.blocks import Outcome, block, joined
from cecheck.sema.context import Code, Env
from cecheck.sema.conversions import condition
from cecheck.sema.loops import for_statement, loop, while_statement
from cecheck.sema.places import refer
from cecheck.sema.references import PlaceRef
from cecheck.sema.scope import VariableName
from cecheck.sema.statements import simple
from cecheck.sema.switches import switch
from cecheck.sema.types import LockType
from cecheck.sema.values import Poison
from cecheck.syntax import ast


def statement(env: Env, node: ast.Stmt) -> Outcome:
    """Return what *node* becomes."""
    match node:
        case ast.If():
            return _if(env, node)
        case ast.Labelled():
            return _labelled(env, node)
        case ast.StepStmt():
            return _step(env, node)
        case ast.Try():
            return _try(env, node)
        case ast.Acquire() | ast.Release():
            return _lock(env, node)
        case ast.While():
            return while_statement(env, node, statement)
        case ast.For():
            return for_statement(env, node, statement)
        case ast.Loop():
            return loop(env, node, statement)
        case ast.Switch():
            return switch(env, node, statement)
        case ast.Atomic():
            return _atomic(env, node)
        case _:
            return simple(env, node)


def _if(env: Env, node: ast.If) -> Outcome:
    test = condition(env, node.condition)
    decided = _decided(env, test)
    then, first = _branch(env, node.then, decided is not False)
    if node.otherwise is None:
        otherwise, second = typed.Block((), node.span), Outcome((), env.scope)
    else:
        otherwise, second = _branch(env, node.otherwise, decided is not True)
    leaves, breaks = first.leaves and second.leaves, first.breaks or second.breaks
    if isinstance(test, Poison):
        return Outcome((), env.scope, leaves, breaks)
    return Outcome((typed.If(test, then, otherwise, node.span),), env.scope, leaves, breaks)


def _decided(env: Env, test: typed.Expr | Poison) -> bool | None:
    """Return what a constant of the platform decides about a branch of the platform's."""
    if env.code is Code.PLATFORM and isinstance(test, typed.Literal):
        return bool(test.value)
    return None


def _branch(env: Env, node: ast.Block, can_run: bool) -> tuple[typed.Block, Outcome]:
    """Return what *node* becomes: nothing where a fact says that the system has no such branch.

    So no driver is asked about it, and no verdict rests on what it mentions; its mistakes are
    found all the same.  (Of a driver's own code each place is asked whether it can be reached.)
    """
    if can_run:
        return block(env, node, statement)
    context, owner = env.context, env.owner
    calls, mentions = list(context.calls.get(owner, ())), set(context.mentions.get(owner, ()))
    found, outcome = block(env, node, statement)
    context.calls[owner], context.mentions[owner] = calls, mentions
    return typed.Block((), found.span), outcome


def _labelled(env: Env, node: ast.Labelled) -> Outcome:
    """A label is no scope: what is declared under it is visible afterwards."""
    label = node.label.text
    env.context.site_names.add(label)
    inside = replace(env, label=label)
    if isinstance(node.body, ast.Block):
        body, outcome = block(inside, node.body, statement)
        scope = env.scope
    else:
        outcome = statement(inside, node.body)
        body, scope = typed.Block(outcome.statements, node.body.span), outcome.scope
    found = typed.Labelled(label, body, node.span)
    return Outcome((found,), scope, outcome.leaves, outcome.breaks)


def _step(env: Env, node: ast.StepStmt) -> Outcome:
    """A step is a label, too."""
    body, outcome = joined(env, node.body, statement)
    found = typed.ProtocolStep(node.number, node.title, body, node.span)
    return replace(outcome, statements=(found,))


def _try(env: Env, node: ast.Try) -> Outcome:
    body, first = block(env, node.body, statement)
    handler, second, final, third = None, first, None, None
    if node.handler is not None:
        handler, second = _handler(env, node.handler, node.caught)
    if node.final is not None:
        inside = replace(env, in_final=True, in_loop=False)
        final, third = block(inside, node.final, statement)
    leaves = (first.leaves and second.leaves) or (third is not None and third.leaves)
    found = typed.Try(body, handler, final, node.span)
    return Outcome((found,), env.scope, leaves, first.breaks or second.breaks)


def _handler(
    env: Env, node: ast.Block, caught: ast.Identifier | None
) -> tuple[typed.Block, Outcome]:
    """A caught exception's code is arbitrary."""
    if caught is None:
        return block(env, node, statement)
    number = env.context.number
    variable = env.context.variable(caught.text, number, typed.Storage.LOCAL, caught.span)
    scope = env.scope.inner().with_name(caught.text, VariableName(variable, assignable=False))
    body, outcome = joined(env.within(scope), node, statement)
    first = typed.Declare(variable, None, caught.span)
    return typed.Block((first, *body.statements), body.span), outcome


def _lock(env: Env, node: ast.Acquire | ast.Release) -> Outcome:
    body, outcome = None, Outcome((), env.scope)
    lock = refer(env, node.lock)
    if isinstance(node, ast.Acquire) and node.body is not None:
        body, outcome = block(env, node.body, statement)
    outcome = replace(outcome, scope=env.scope)
    if isinstance(lock, Poison):
        return outcome
    if not isinstance(lock, PlaceRef) or not isinstance(lock.place.type, LockType):
        env.report(errors.not_a(node.lock.span, "a lock"))
        return outcome
    if isinstance(node, ast.Release):
        return replace(outcome, statements=(typed.Release(lock.place, node.span),))
    return replace(outcome, statements=(typed.Acquire(lock.place, body, node.span),))


def _atomic(env: Env, node: ast.Atomic) -> Outcome:
    """One action; what stands in it is looked at once all functions are read."""
    body, outcome = block(replace(env, in_atomic=True, in_loop=False), node.body, statement)
    found = typed.Atomic(body, node.span)
    env.context.atomics.append(found)
    return replace(outcome, statements=(found,), scope=env.scope)
