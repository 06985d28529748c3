"""Fitting a value to the type it is needed at: what converts silently, and what must be written."""

from __future__ import annotations

from cecheck.sema import operator_errors, type_errors, typed
from cecheck.sema.context import Code, Env
from cecheck.sema.types import (
    ADDRESS,
    BoolType,
    HandlesType,
    HandleType,
    IntType,
    NullType,
    PointersType,
    PointerType,
    ProcessType,
    SetType,
    Type,
    VoidType,
)
from cecheck.sema.values import Constant, Poison, Value, type_of
from cecheck.source import Span
from cecheck.syntax import ast

BOOL = BoolType()
PROCESS = ProcessType()
SET = SetType()
HANDLE = HandleType()
HANDLES = HandlesType()


def value_at(env: Env, expr: ast.Expr, want: Type) -> typed.Expr | Poison:
    """Return the value of *expr* at type *want*."""
    return fit(env, env.evaluate(expr, want), want, expr.span)


def condition(env: Env, expr: ast.Expr) -> typed.Expr | Poison:
    """Return the value of *expr*, a truth value."""
    return value_at(env, expr, BOOL)


def fit(env: Env, value: Value, want: Type, span: Span) -> typed.Expr | Poison:
    """Return *value* at type *want*, converted where that needs no word."""
    match value:
        case Poison():
            return value
        case Constant():
            return _constant(env, value, want, span)
        case _:
            return value if value.type == want else _converted(env, value, want, span)


def settle(env: Env, value: Value, span: Span) -> typed.Expr | Poison:
    """Return *value* at the type it has by itself."""
    match value:
        case Poison():
            return value
        case Constant(number, type_):
            signed = IntType(env.context.number.width, True, env.context.number.size, "i32")
            return fit(env, value, type_ or (env.context.number if number >= 0 else signed), span)
        case typed.Null():
            return env.report(type_errors.needs_type(span, "null", "user ptr u8"))
        case _:
            if isinstance(value.type, VoidType):
                return env.report(type_errors.gives_nothing(span))
            return value


def in_range(value: Constant, type_: IntType) -> int | None:
    """Return *value* as the unsigned word it is in *type_*, or None if it does not fit."""
    low, high = (-1 << (type_.width - 1), 1 << (type_.width - 1)) if type_.signed else (0, 0)
    if not type_.signed:
        high = 1 << type_.width
        low = -high if value.complemented else 0
    return value.value % (1 << type_.width) if low <= value.value < high else None


def of_type(value: Constant, type_: IntType) -> Constant | None:
    """Return the number of *type_* that *value* is there, or None if it does not fit."""
    word = in_range(value, type_)
    if word is None:
        return None
    is_negative = type_.signed and word >> (type_.width - 1)
    return Constant(word - (1 << type_.width) if is_negative else word, type_, value.span)


def _constant(env: Env, value: Constant, want: Type, span: Span) -> typed.Expr | Poison:
    truth = isinstance(value.type, BoolType)
    if isinstance(want, IntType) and not truth:
        word = in_range(value, want)
        if word is None:
            return env.report(operator_errors.no_fit(span, value.value, want))
        return typed.Literal(word, want, span)
    if isinstance(want, BoolType) and truth:
        return typed.Literal(value.value, want, span)
    return env.report(type_errors.mismatch(span, want, value))


def _converted(env: Env, value: typed.Expr, want: Type, span: Span) -> typed.Expr | Poison:
    if isinstance(want, PointerType):
        if isinstance(value.type, NullType):
            return typed.Null(want, span)
        if isinstance(value.type, PointerType):
            return _pointer(env, value, want, span)
    is_empty = isinstance(value, typed.SetOf) and not value.items
    if is_empty and isinstance(want, HandlesType | PointersType):
        return typed.SetOf((), want, span)
    if want == env.context.word and silently_a_word(env, value):
        return typed.Convert(value, want, span)
    return env.report(type_errors.mismatch(span, want, value))


def silently_a_word(env: Env, value: typed.Expr) -> bool:
    """Return whether *value* is an ``address`` in platform code, which counts as a number."""
    return env.code is Code.PLATFORM and value.type == ADDRESS


def _pointer(env: Env, value: typed.Expr, want: PointerType, span: Span) -> typed.Expr | Poison:
    have = value.type
    assert isinstance(have, PointerType)
    if want.target is None:
        return typed.Retype(value, False, want, span)
    if have.target == want.target and have.user == want.user:
        return value  # they differ in `?` alone, which is a promise, not a type
    if have.target == want.target and want.user:
        return typed.Retype(value, False, want, span)
    return env.report(type_errors.mismatch(span, want, value))


def same_type(
    env: Env, first: tuple[ast.Expr, Value], second: tuple[ast.Expr, Value], default: IntType
) -> tuple[typed.Expr, typed.Expr] | Poison:
    """Return both ends of a range at one integer type."""
    type_ = type_of_ends(first[1], second[1]) or default
    low = fit(env, first[1], type_, first[0].span)
    high = fit(env, second[1], type_, second[0].span)
    if isinstance(low, Poison):
        return low
    return high if isinstance(high, Poison) else (low, high)


def type_of_ends(*ends: Value) -> IntType | None:
    """Return the type of a range: that of an end which is no constant, or of one that has a type;
    None where both adapt."""
    in_order = sorted(ends, key=lambda value: isinstance(value, Constant))
    found = [type_of(value) for value in in_order]
    return next((type_ for type_ in found if isinstance(type_, IntType)), None)
