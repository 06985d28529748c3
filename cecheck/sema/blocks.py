"""Blocks: statements in a row, each seeing the names of those before it."""

from __future__ import annotations

from collections.abc import Callable

from cecheck.record import record
from cecheck.sema import errors, typed
from cecheck.sema.context import Env
from cecheck.sema.expansion import MAX_NAMES
from cecheck.sema.scope import Entity, Scope
from cecheck.sema.types import (
    ArrayType,
    BoolType,
    HandlesType,
    IntType,
    PointersType,
    PointerType,
    ProcessType,
    SetType,
    StructType,
    Type,
)
from cecheck.sema.values import Poison
from cecheck.source import Span
from cecheck.syntax import ast


@record
class Outcome:
    """What a statement becomes, the names after it, and how control goes on.

    *leaves*: what stands behind it never runs.  *breaks*: it may end the innermost loop.
    """

    statements: tuple[typed.Stmt, ...]
    scope: Scope
    leaves: bool = False
    breaks: bool = False


def done(env: Env, *statements: typed.Stmt) -> Outcome:
    """Return an outcome after which control goes on with the same names."""
    return Outcome(statements, env.scope)


Elaborate = Callable[[Env, ast.Stmt], Outcome]


def block(env: Env, node: ast.Block, statement: Elaborate) -> tuple[typed.Block, Outcome]:
    """Return *node*, a scope of its own, and how control leaves it."""
    return joined(env.within(env.scope.inner()), node, statement)


def joined(env: Env, node: ast.Block, statement: Elaborate) -> tuple[typed.Block, Outcome]:
    """Return *node* read in the scope of *env* itself, and the names after it."""
    found: list[typed.Stmt] = []
    leaves = breaks = warned = False
    for item in node.statements:
        if leaves and not warned:
            env.report(errors.unreachable(item.span))
            warned = True
        outcome = statement(env, item)
        found += outcome.statements
        leaves, breaks = leaves or outcome.leaves, breaks or outcome.breaks
        if outcome.scope is not env.scope:
            env = env.within(outcome.scope)
    done = typed.Block(tuple(found), node.span)
    return done, Outcome((), env.scope, leaves, breaks)


def body(env: Env, node: ast.Block, statement: Elaborate) -> typed.Block:
    """Return the body of a function, entry or call; where it ends without a jump it gives zero."""
    done, outcome = joined(env, node, statement)
    if outcome.leaves:
        return done
    end = Span(node.span.source, max(node.span.end - 1, node.span.start), node.span.end)
    last = give_zero(env, end)
    return typed.Block((*done.statements, last), node.span) if last is not None else done


def give_zero(env: Env, span: Span) -> typed.Return | None:
    """Return ``return 0`` at the result type of *env*; None where there is no result."""
    zero = zero_of(env.result, span) if not isinstance(env.result, Poison) else None
    return typed.Return(zero, span) if zero is not None else None


def zero_of(type_: Type, span: Span) -> typed.Expr | None:
    """Return the zero of *type_*, if it has one."""
    match type_:
        case IntType() | BoolType():
            return typed.Literal(0, type_, span)
        case PointerType():
            return typed.Null(type_, span)
        case ProcessType():
            return typed.PartyExpr(typed.Party.NOBODY, type_, span)
        case SetType() | HandlesType() | PointersType():
            return typed.SetOf((), type_, span)
        case _:
            return None


def is_storable(type_: Type) -> bool:
    """Return whether a local variable can have *type_*."""
    plain = (IntType, BoolType, PointerType, ProcessType, SetType, StructType, ArrayType)
    return isinstance(type_, (*plain, HandlesType, PointersType))


def declared(env: Env, name: ast.Identifier, entity: Entity) -> Scope:
    """Return the scope with one more name in its innermost frame."""
    first = env.scope.names.get(name.text)
    if first is not None and first.span is not None:
        env.report(errors.duplicate(name.span, name.text, first.span))
    if len(env.scope.names) == MAX_NAMES:
        env.report(errors.too_many_names(name.span, MAX_NAMES))
    return env.scope.with_name(name.text, entity)
