"""Conversions that are written: ``x as u32``, ``x as user ptr T of P``."""

from __future__ import annotations

from cecheck.sema import operator_errors, typed
from cecheck.sema.context import Env
from cecheck.sema.conversions import PROCESS, fit, value_at
from cecheck.sema.heap import ALLOC, allocation, is_call_of
from cecheck.sema.heap_errors import untyped_memory
from cecheck.sema.type_expr import resolve
from cecheck.sema.types import BoolType, IntType, NullType, PointerType, Type
from cecheck.sema.values import POISON, Constant, Poison, Value, type_words
from cecheck.syntax import ast


def number_cast(env: Env, node: ast.NumberCast) -> Value:
    """Return ``arg as T`` where *T* is a name: of a number, an enum, or any other type."""
    want = resolve(env, ast.NamedType(node.target.text, node.target.span))
    if isinstance(node.arg, ast.Invocation) and is_call_of(env, node.arg, ALLOC):
        if isinstance(want, PointerType):
            return allocation(env, node.arg, node, want)
        return POISON if isinstance(want, Poison) else env.report(untyped_memory(node.arg))
    value = env.evaluate(node.arg, want if isinstance(want, IntType) else None)
    if isinstance(want, Poison) or isinstance(value, Poison):
        return POISON
    if isinstance(want, PointerType):
        return _to_pointer(env, node, value, want)
    if node.party is not None:
        return env.report(operator_errors.party_without_pointer(node.party.span))
    if not isinstance(want, IntType):
        return env.report(operator_errors.no_cast(node.span, type_words(value), want))
    if isinstance(value, Constant):
        return _constant(env, node, value, want)
    if isinstance(value.type, IntType | BoolType | PointerType):
        return typed.Convert(value, want, node.span)
    return env.report(operator_errors.no_cast(node.span, type_words(value), want))


def _constant(env: Env, node: ast.NumberCast, value: Constant, want: IntType) -> Value:
    """A constant may be written with either sign: ``-1 as u32``, ``0xFFFFFFFF as i32``."""
    number, size = value.value, 1 << want.width
    if not -(size >> 1) <= number < size and not value.complemented:
        return env.report(operator_errors.no_fit(node.span, number, want))
    word = number % size
    exact = word - size if want.signed and word >= size >> 1 else word
    return Constant(exact, want, node.span)


def pointer_cast(env: Env, node: ast.PointerCast) -> Value:
    """Return ``arg as [user] ptr T [of party]``."""
    target = resolve(env, ast.NamedType(node.target.text, node.target.span))
    if isinstance(node.arg, ast.Invocation) and is_call_of(env, node.arg, ALLOC):
        if isinstance(target, Poison):
            return POISON
        return allocation(env, node.arg, node, PointerType(node.user, target))
    value = env.evaluate(node.arg)
    if isinstance(target, Poison) or isinstance(value, Poison):
        return POISON
    return _to_pointer(env, node, value, PointerType(node.user, target))


def _to_pointer(
    env: Env, node: ast.NumberCast | ast.PointerCast, value: Value, want: PointerType
) -> Value:
    have: Type | None = None if isinstance(value, Poison | Constant) else value.type
    if isinstance(have, PointerType | NullType):
        if node.party is not None:
            return env.report(operator_errors.party_of_pointer(node.party.span))
        return _retyped(env, node, value, want)
    if not isinstance(have, IntType | None) or not want.user:
        return env.report(operator_errors.no_cast(node.span, type_words(value), want))
    if node.party is None:
        return env.report(operator_errors.needs_party(node.span, want))
    word = fit(env, value, env.context.word, node.arg.span)
    party = value_at(env, node.party, PROCESS)
    if isinstance(word, Poison) or isinstance(party, Poison):
        return POISON
    return typed.MakePointer(word, party, want, node.span)


def _retyped(
    env: Env, node: ast.NumberCast | ast.PointerCast, value: Value, want: PointerType
) -> Value:
    if isinstance(value, Poison | Constant) or isinstance(value.type, NullType):
        return fit(env, value, want, node.span)
    assert isinstance(value.type, PointerType)
    checked = value.type.user and not want.user
    return typed.Retype(value, checked, want, node.span)
