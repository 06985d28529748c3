"""Members and elements: what stands behind a dot or in brackets."""

from __future__ import annotations

from cecheck.sema import errors, operator_errors, typed
from cecheck.sema.context import Code, Env, Member, Shape
from cecheck.sema.conversions import PROCESS, fit, value_at
from cecheck.sema.layout import size_of
from cecheck.sema.names import refer_name
from cecheck.sema.references import (
    PlaceRef,
    Ref,
    TargetRef,
    address_of,
    address_of_target,
    read,
)
from cecheck.sema.scope import TableName
from cecheck.sema.types import ArrayType, IntType, PointerType, ProcessType, StructType, Type
from cecheck.sema.values import POISON, Constant, Poison, Value, type_of, type_words
from cecheck.syntax import ast


def refer(env: Env, expr: ast.Expr) -> Ref:
    """Return the place, target or value that *expr* is."""
    match expr:
        case ast.Name():
            return refer_name(env, expr)
        case ast.Member():
            return _member(env, expr)
        case ast.Index():
            return _index(env, expr)
        case _:
            return env.evaluate(expr)


def elements(env: Env, expr: ast.Expr) -> typed.Expr | Poison:
    """Return the pointer whose elements are reached; an array stands for its first element."""
    ref = refer(env, expr)
    type_ = ref.place.type if isinstance(ref, PlaceRef) else None
    type_ = ref.type if isinstance(ref, TargetRef) else type_
    value = address_of(env, ref, expr.span) if isinstance(type_, ArrayType) else read(env, ref)
    if isinstance(value, Poison):
        return value
    have = type_of(value)
    if isinstance(value, Constant) or not isinstance(have, PointerType) or have.target is None:
        return env.report(operator_errors.no_elements(expr.span, type_words(value)))
    return value


# ---- members -------------------------------------------------------------------------------------


def _member(env: Env, node: ast.Member) -> Ref:
    base = refer(env, node.base)
    if isinstance(base, PlaceRef) and isinstance(base.place.type, StructType):
        return _field_of_place(env, node, base, base.place.type)
    if isinstance(base, TargetRef) and isinstance(base.type, StructType):
        return _field_of_target(env, node, base, base.type)
    return _through(env, node, read(env, base))


def _field_of_place(env: Env, node: ast.Member, base: PlaceRef, struct: StructType) -> Ref:
    member = _find_member(env, node, struct)
    if isinstance(member, Poison) or isinstance(member.type, Poison):
        return POISON
    outer, path, offset = base.place, member.name, member.offset
    if isinstance(outer, typed.FieldPlace):
        path, offset = f"{outer.field.name}.{path}", outer.field.offset + offset
        outer = outer.base
    field = typed.FieldLayout(path, member.type, offset)
    if isinstance(outer.type, StructType):
        layout = env.context.structures[outer.type.name].layout.get()
        if isinstance(layout, typed.Layout):
            field = layout.by_name.get(path, field)
    return PlaceRef(typed.FieldPlace(outer, field, member.type, node.span), base.fixed)


def _field_of_target(env: Env, node: ast.Member, base: TargetRef, struct: StructType) -> Ref:
    member = _find_member(env, node, struct)
    if isinstance(member, Poison) or isinstance(member.type, Poison):
        return POISON
    path = f"{base.path}.{member.name}" if base.path else member.name
    offset = base.offset + member.offset
    return TargetRef(base.pointer, base.index, base.stride, path, offset, member.type, node.span)


def _through(env: Env, node: ast.Member, value: Value) -> Ref:
    """Return the member of what *value* points to, or of the process that it is."""
    if isinstance(value, Poison):
        return value
    if isinstance(value, Constant):
        return env.report(errors.no_fields(node, type_words(value)))
    if isinstance(value.type, ProcessType):
        return _process_field(env, node, value)
    target = value.type.target if isinstance(value.type, PointerType) else None
    if not isinstance(target, StructType):
        return env.report(errors.no_fields(node, type_words(value)))
    member = _find_member(env, node, target)
    if isinstance(member, Poison) or isinstance(member.type, Poison):
        return POISON
    if env.in_structure and isinstance(value, typed.Read):
        return _promised_behind(env, value, member, node)
    return TargetRef(value, None, 0, member.name, member.offset, member.type, node.span)


def _promised_behind(env: Env, pointer: typed.Read, member: Member, node: ast.Member) -> Ref:
    """Return a field of the object behind a pointer that stands beside: ``size/bytes``."""
    assert isinstance(pointer.place, typed.VarPlace)
    assert not isinstance(member.type, Poison)
    name = f"{pointer.place.variable.name}/{member.name}"
    beside = env.context.variable(name, member.type, typed.Storage.SIBLING, node.span)
    return PlaceRef(typed.VarPlace(beside, member.type, node.span), "promised")


def _find_member(env: Env, node: ast.Member, struct: StructType) -> Member | Poison:
    shape = env.context.structures[struct.name].shape.get()
    if not isinstance(shape, Shape):
        return shape
    found = shape.members.get(node.name.text)
    if found is None:
        known = tuple(shape.members)
        return env.report(errors.unknown_field(node.name, f"structure `{struct.name}`", known))
    return found


def _process_field(env: Env, node: ast.Member, process: typed.Expr) -> Ref:
    if env.code is not Code.PLATFORM:
        return env.report(errors.hidden_process_field(node))
    fields = env.context.process_fields
    variable = fields.get(node.name.text)
    if variable is None:
        return env.report(errors.unknown_field(node.name, "a process", tuple(fields)))
    place = typed.ProcessFieldPlace(process, variable, variable.type, node.span)
    return PlaceRef(place, "unique" if variable.unique else None)


# ---- elements ------------------------------------------------------------------------------------


def _index(env: Env, node: ast.Index) -> Ref:
    if isinstance(node.base, ast.ProcessTable):
        return _process_lookup(env, node)
    if isinstance(node.base, ast.Name):
        table = env.scope.find(node.base.text)
        if isinstance(table, TableName):
            return _table_entry(env, node, table)
    base = refer(env, node.base)
    if isinstance(base, PlaceRef) and isinstance(base.place.type, ArrayType):
        index = value_at(env, node.index, env.context.word)
        if isinstance(index, Poison):
            return index
        element = base.place.type.element
        return PlaceRef(typed.ElementPlace(base.place, index, element, node.span), base.fixed)
    if isinstance(base, TargetRef) and isinstance(base.type, ArrayType):
        return _element_of_field(env, node, base, base.type)
    return _element(env, node, read(env, base))


def _element(env: Env, node: ast.Index, pointer: Value) -> Ref:
    if isinstance(pointer, Poison):
        env.evaluate(node.index)
        return pointer
    if isinstance(pointer, Constant) or not isinstance(pointer.type, PointerType):
        return env.report(operator_errors.no_elements(node.base.span, type_words(pointer)))
    if pointer.type.target is None:
        return env.report(operator_errors.no_elements(node.base.span, type_words(pointer)))
    index = value_at(env, node.index, env.context.word)
    stride = size_of(env, pointer.type.target, node.base.span)
    if isinstance(index, Poison) or isinstance(stride, Poison):
        return POISON
    return TargetRef(pointer, index, stride, "", 0, pointer.type.target, node.span)


def _element_of_field(env: Env, node: ast.Index, base: TargetRef, array: ArrayType) -> Ref:
    """An element of an array inside a structure; a constant one is a field like any other."""
    value = env.evaluate(node.index, env.context.word)
    stride = size_of(env, array.element, node.span)
    if isinstance(value, Poison) or isinstance(stride, Poison):
        return POISON
    if isinstance(value, Constant) and _is_plain_field(array, value):
        path, offset = f"{base.path}[{value.value}]", base.offset + value.value * stride
        return TargetRef(
            base.pointer, base.index, base.stride, path, offset, array.element, node.span
        )
    index = fit(env, value, env.context.word, node.index.span)
    if isinstance(index, Poison):
        return index
    start = address_of_target(env, base, node.base.span)
    return TargetRef(start, index, stride, "", 0, array.element, node.span)


def _is_plain_field(array: ArrayType, index: Constant) -> bool:
    plain = not isinstance(array.element, StructType | ArrayType)
    return plain and isinstance(index.type, IntType | None) and 0 <= index.value < array.count


def _process_lookup(env: Env, node: ast.Index) -> Value:
    unique = next((v for v in env.context.process_fields.values() if v.unique), None)
    if unique is None:
        env.evaluate(node.index)
        return POISON
    index = value_at(env, node.index, unique.type)
    return index if isinstance(index, Poison) else typed.ProcessLookup(index, PROCESS, node.span)


def _table_entry(env: Env, node: ast.Index, table: TableName) -> Ref:
    index = value_at(env, node.index, table.index)
    if isinstance(index, Poison):
        return index
    type_: Type = table.variable.type
    env.context.table_reads.append((env.owner, table.variable.number, node.span))
    return PlaceRef(typed.TableEntry(table.variable, index, type_, node.span), "map")
