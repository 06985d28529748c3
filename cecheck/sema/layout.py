"""Structures in memory: the platform's C layout, with nested structures laid flat."""

from __future__ import annotations

from cecheck.sema import type_errors
from cecheck.sema.context import Env
from cecheck.sema.types import ArrayType, BoolType, IntType, PointerType, StructType, Type
from cecheck.sema.values import Poison
from cecheck.source import Span


def size_of(env: Env, type_: Type, span: Span) -> int | Poison:
    """Return how many bytes *type_* takes."""
    found = extent(env, type_, span)
    return found if isinstance(found, Poison) else found[0]


def extent(env: Env, type_: Type, span: Span) -> tuple[int, int] | Poison:
    """Return the size and the alignment of *type_*."""
    match type_:
        case IntType() | BoolType():
            return type_.size, type_.size
        case PointerType():
            return env.context.widths.pointer_size, env.context.widths.pointer_size
        case ArrayType(element, count):
            one = inner_extent(env, element, span)
            return one if isinstance(one, Poison) else (one[0] * count, one[1])
        case StructType(name):
            shape = env.context.structures[name].shape.get()
            return shape if isinstance(shape, Poison) else (shape.size, shape.align)
        case _:
            return env.report(type_errors.no_layout(span, type_))


def inner_extent(env: Env, type_: Type, span: Span) -> tuple[int, int] | Poison:
    """Return the size and the alignment of *type_* inside another type."""
    if isinstance(type_, StructType):
        shape = env.context.structures[type_.name].shape.get()
        if not isinstance(shape, Poison) and shape.open:
            return env.report(type_errors.open_inside(span, type_))
    return extent(env, type_, span)
