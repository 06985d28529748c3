"""Types as they are written, and the promises that callers make in them."""

from __future__ import annotations

from typing import assert_never

from cecheck.sema import errors, link_errors, type_errors, typed
from cecheck.sema.context import Env
from cecheck.sema.conversions import fit
from cecheck.sema.layout import size_of
from cecheck.sema.scope import CONTEXT, TypeName
from cecheck.sema.types import (
    ArrayType,
    HandlesType,
    IntType,
    PointersType,
    PointerType,
    ProcessType,
    SetType,
    Type,
)
from cecheck.sema.values import Constant, Poison
from cecheck.syntax import ast


def resolve(env: Env, written: ast.TypeExpr) -> Type | Poison:
    """Return the type that *written* means."""
    match written:
        case ast.NamedType(name):
            return _named(env, name, written)
        case ast.PointerType():
            return _pointer(env, written)
        case ast.ArrayType():
            return _array(env, written)
        case ast.SetType():
            return _set(env, written)
        case _:
            assert_never(written)


def _named(env: Env, name: str, written: ast.NamedType) -> Type | Poison:
    entity = env.scope.find(name)
    if isinstance(entity, TypeName):
        return entity.type.get()
    if entity is None:
        known = [n for n in env.scope.visible() if isinstance(env.scope.find(n), TypeName)]
        return env.report(errors.unknown_type(written.span, name, tuple(known)))
    return env.report(errors.wrong_kind(written.span, name, entity, "a type"))


def _pointer(env: Env, written: ast.PointerType) -> Type | Poison:
    """A pointer to an array points to its elements; the extent is a promise."""
    inner = written.target
    pointee = inner.element if isinstance(inner, ast.ArrayType) else inner
    target = resolve(env, pointee)
    if isinstance(target, Poison):
        return target
    return PointerType(written.user, target, written.optional)


def _array(env: Env, written: ast.ArrayType) -> Type | Poison:
    element = resolve(env, written.element)
    match written.extent:
        case ast.Count(count):
            number = natural(env, count)
            if isinstance(number, Poison) or isinstance(element, Poison):
                return number if isinstance(number, Poison) else element
            return ArrayType(element, number)
        case ast.Terminated():
            return env.report(type_errors.terminated_array(written.span))
        case ast.AtLeast() | ast.Flexible():
            return env.report(type_errors.open_array(written.span))
        case _:
            assert_never(written.extent)


def resolve_last(env: Env, written: ast.TypeExpr) -> Type | Poison:
    """Return the type of the last field of a structure, which may be an array of open size."""
    if not isinstance(written, ast.ArrayType):
        return resolve(env, written)
    if not isinstance(written.extent, ast.AtLeast | ast.Flexible):
        return resolve(env, written)
    element = resolve(env, written.element)
    count: int | Poison = 0
    if isinstance(written.extent, ast.AtLeast):
        count = natural(env, written.extent.declared)
    if isinstance(count, Poison) or isinstance(element, Poison):
        return count if isinstance(count, Poison) else element
    return ArrayType(element, count, open=True)


def _set(env: Env, written: ast.SetType) -> Type | Poison:
    if isinstance(written.element, ast.NamedType) and written.element.name == CONTEXT:
        return HandlesType()
    element = resolve(env, written.element)
    if isinstance(element, ProcessType | Poison):
        return element if isinstance(element, Poison) else SetType()
    if isinstance(element, PointerType) and element.user and element.target is not None:
        return PointersType(element)
    return env.report(link_errors.not_yet(written.span, f"`set {element.name}`"))


def natural(env: Env, expr: ast.Expr) -> int | Poison:
    """Return the value of a constant that counts something, at least one."""
    value = env.evaluate(expr, env.context.number)
    if isinstance(value, Poison):
        return value
    if not isinstance(value, Constant):
        return env.report(type_errors.not_constant(expr.span))
    if value.value < 1 or not isinstance(value.type, IntType | None):
        return env.report(type_errors.bad_count(expr.span))
    return value.value


# ---- promises ------------------------------------------------------------------------------------


def promise_of(env: Env, written: ast.TypeExpr, type_: Type) -> typed.Promise | None:
    """Return what a well-behaved caller promises of a pointer, or of an array of open size; names
    are looked up in *env*."""
    if isinstance(type_, ArrayType) and isinstance(written, ast.ArrayType):
        return _promise_of_array(env, written, type_)
    if not isinstance(type_, PointerType) or not type_.user or type_.target is None:
        return None
    unit = size_of(env, type_.target, written.span)
    if isinstance(unit, Poison):
        return None
    one = typed.Literal(1, env.context.word, written.span)
    if not isinstance(written, ast.PointerType):
        return typed.Promise(one, unit, type_.optional)
    if written.sized is not None:
        return _counted(env, written.sized, 1, type_.optional)
    if not isinstance(written.target, ast.ArrayType):
        return typed.Promise(one, unit, type_.optional)
    match written.target.extent:
        case ast.Count(count):
            return _counted(env, count, unit, type_.optional)
        case ast.AtLeast(_, promised) if promised is not None:
            return _counted(env, promised, unit, type_.optional)
        case ast.Terminated():
            return typed.Promise(one, unit, type_.optional, terminated=True)
        case _:
            return typed.Promise(
                typed.Literal(0, env.context.word, written.span), unit, type_.optional
            )


def _promise_of_array(env: Env, written: ast.ArrayType, type_: ArrayType) -> typed.Promise | None:
    unit = size_of(env, type_.element, written.span)
    if isinstance(unit, Poison) or not isinstance(written.extent, ast.AtLeast):
        return None
    if written.extent.promised is None:
        return None
    return _counted(env, written.extent.promised, unit, False)


def _counted(env: Env, count: ast.Expr, unit: int, optional: bool) -> typed.Promise | None:
    value = env.evaluate(count, env.context.word)
    type_ = value.type if not isinstance(value, Poison | Constant) else env.context.word
    if isinstance(value, Poison):
        return None
    if not isinstance(type_, IntType) or type_.signed:
        env.report(type_errors.bad_promise_type(count.span, value))
        return None
    number = fit(env, value, type_, count.span)
    if isinstance(number, Poison):
        return None
    if not _is_plain(number):
        env.report(type_errors.promise_not_plain(count.span))
        return None
    return typed.Promise(number, unit, optional)


def _is_plain(expr: typed.Expr) -> bool:
    """A promise is made of fields or parameters beside it, constants and operators."""
    match expr:
        case typed.Literal():
            return True
        case typed.Read(place):
            return isinstance(place, typed.VarPlace)
        case typed.Operation(_, operands):
            return all(_is_plain(o) for o in operands)
        case typed.Convert(value):
            return _is_plain(value)
        case _:
            return False
