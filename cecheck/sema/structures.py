"""Declared structures: the offsets of their fields, then the promises about their pointers."""

from __future__ import annotations

from dataclasses import replace

from cecheck.sema import errors, type_errors, typed
from cecheck.sema.context import Env, Member, Shape, Structure
from cecheck.sema.expansion import MAX_FIELDS
from cecheck.sema.layout import inner_extent
from cecheck.sema.scope import Lazy, Scope, VariableName
from cecheck.sema.type_expr import promise_of, resolve, resolve_last
from cecheck.sema.types import ArrayType, StructType, Type
from cecheck.sema.values import POISON, Poison
from cecheck.source import Span
from cecheck.syntax import ast


def declare_structure(env: Env, key: str, struct: ast.Struct) -> None:
    """Note *struct* under *key*; it is laid out when somebody asks."""

    def cyclic() -> Poison:
        return env.report(type_errors.contains_itself(struct.name.span, struct.name.text))

    def endless() -> Poison:
        return env.report(type_errors.rests_on_too_much(struct.name.span, struct.name.text))

    shape: Lazy[Shape | Poison] = Lazy(lambda: _shape(env, key, struct), cyclic, endless)
    layout: Lazy[typed.Layout | Poison] = Lazy(
        lambda: _layout(env, key), lambda: POISON, endless
    )
    env.context.structures[key] = Structure(shape, layout)


def _shape(env: Env, key: str, struct: ast.Struct) -> Shape | Poison:
    members: dict[str, Member] = {}
    places: dict[str, Span] = {}
    offset, align, fields, sound = 0, 1, 0, True
    if not struct.fields:
        return env.report(type_errors.empty_structure(struct.name.span, struct.name.text))
    for field in struct.fields:
        is_last = field is struct.fields[-1] and len(field.names) == 1
        type_ = resolve_last(env, field.type) if is_last else resolve(env, field.type)
        found = type_ if isinstance(type_, Poison) else inner_extent(env, type_, field.type.span)
        for name in field.names:
            if name.text in places:
                env.report(errors.duplicate(name.span, name.text, places[name.text]))
                continue
            places[name.text] = name.span
            size, step = (0, 1) if isinstance(found, Poison) else found
            step = 1 if struct.packed else step
            offset += -offset % step
            members[name.text] = Member(name.text, type_, offset, field.type)
            offset, align, fields = offset + size, max(align, step), fields + _fields(env, type_)
            sound &= _is_sound(env, type_) and not isinstance(found, Poison)
    is_open = isinstance(type_, ArrayType) and type_.open
    if fields > MAX_FIELDS:
        return env.report(errors.too_many_fields(struct.name, MAX_FIELDS))
    return Shape(key, members, fields, offset + -offset % align, align, sound, is_open)


def _fields(env: Env, type_: Type | Poison) -> int:
    """Return as how many fields one of *type_* counts."""
    if not isinstance(type_, StructType):
        return 1
    shape = env.context.structures[type_.name].shape.get()
    return shape.fields if isinstance(shape, Shape) else 1


def _is_sound(env: Env, type_: Type | Poison) -> bool:
    """Return whether no structure inside *type_* has a wrong field."""
    match type_:
        case Poison():
            return False
        case ArrayType(element):
            return _is_sound(env, element)
        case StructType(name):
            shape = env.context.structures[name].shape.get()
            return isinstance(shape, Shape) and shape.sound
        case _:
            return True


def _layout(env: Env, key: str) -> typed.Layout | Poison:
    shape = env.context.structures[key].shape.get()
    if isinstance(shape, Poison) or not shape.sound:
        return POISON
    fields = _flat(env, shape, "", 0)
    return typed.Layout(key, fields, shape.size, shape.align)


def _flat(env: Env, shape: Shape, prefix: str, base: int) -> tuple[typed.FieldLayout, ...]:
    """Return the leaves of *shape*; promises are over the fields beside the pointer."""
    fields: list[typed.FieldLayout] = []
    beside = replace(env, scope=_siblings(env, shape, prefix), in_structure=True)
    for member in shape.members.values():
        assert not isinstance(member.type, Poison)
        name, offset = prefix + member.name, base + member.offset
        if isinstance(member.type, StructType):
            inner = env.context.structures[member.type.name].shape.get()
            assert isinstance(inner, Shape)
            fields += _flat(env, inner, f"{name}.", offset)
        else:
            promise = promise_of(beside, member.written, member.type)
            fields.append(typed.FieldLayout(name, member.type, offset, promise))
    return tuple(fields)


def _siblings(env: Env, shape: Shape, prefix: str) -> Scope:
    names = {
        m.name: VariableName(
            env.context.variable(prefix + m.name, m.type, typed.Storage.SIBLING, m.written.span),
            assignable=False,
        )
        for m in shape.members.values()
        if not isinstance(m.type, Poison)
    }
    return Scope(dict(names), env.scope)
