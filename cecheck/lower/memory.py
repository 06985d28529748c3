"""What is read and written through a pointer, once an access has gone through.

Foreign memory in the hostile view gives fresh values.  In the well-behaved view an object of the
observed call keeps what it held when the call began: the record behind the pointer.  Driver
objects are exact.
"""

from __future__ import annotations

from dataclasses import replace

from cecheck.ir.build import (
    add,
    and_,
    binary,
    eq,
    ite,
    low_bits,
    not_,
    or_,
    sub,
    ule,
    ult,
    word,
    zero_extend,
)
from cecheck.ir.expr import BOOL, FALSE, TRUE, BinaryOp, Expr, Scope, Var, bits
from cecheck.ir.program import View
from cecheck.lower.access import Reach
from cecheck.lower.arithmetic import converted
from cecheck.lower.body import Body, DriverObject
from cecheck.lower.graph import Location, Updates
from cecheck.lower.pure import as_itself
from cecheck.lower.unknown import Unknown
from cecheck.lower.values import (
    OBJECT_BITS,
    Held,
    Members,
    Opaque,
    Origin,
    Pointer,
    Promised,
    Record,
    Value,
    leaves,
    origin,
    scalar,
)
from cecheck.lower.world import World, flat_fields
from cecheck.sema import typed
from cecheck.sema import types as ty


def absolute(world: World, address: Expr) -> Expr:
    """Return where the observed process itself lands at *address*."""
    pure = as_itself(world, world.observed_place, world.observed_trusted, Unknown(None))
    value, _ = pure.hook_value("translate", [address])
    return scalar(value)


# ---- objects of the observed, well-behaved caller -----------------------------------------------


def pointer_to(
    body: Body,
    address: Expr,
    type_: ty.PointerType,
    promise: typed.Promise | None,
    siblings: dict[str, Expr],
    record: tuple[Held, ...],
    here: Location,
) -> tuple[Promised, Expr]:
    """Return what a well-behaved caller means by *address*, and that it is honest."""
    world = body.world
    size, fits = _promised_size(body, promise, type_, siblings, here)
    zero = word(0, world.width)
    promised = Promised(absolute(world, address), zero, size, record)
    pure = as_itself(world, world.observed_place, world.observed_trusted, Unknown(None))
    honest = pure.hook("honest", [world.observed_place, address, size])
    honest = or_(honest, pure.unknown.skip)
    optional = type_.optional or (promise is not None and promise.optional)
    null = and_(eq(address, zero), TRUE if optional else FALSE)
    return promised, and_(fits, or_(null, eq(size, zero), honest))


def _promised_size(
    body: Body,
    promise: typed.Promise | None,
    type_: ty.PointerType,
    siblings: dict[str, Expr],
    here: Location,
) -> tuple[Expr, Expr]:
    """Return the promised bytes and that they fit an address; no promise is no bytes."""
    width = body.world.width
    if promise is None:
        return word(0, width), TRUE
    if promise.terminated:
        return body.graph.input(bits(width), here), TRUE
    env: dict[int, Value] = {}
    for variable in _siblings(promise.count):
        found = siblings.get(variable.name)
        if found is None:
            found = body.graph.input(body.world.sort(variable.type), here)
        env[variable.number] = found
    count = scalar(body.asking().value(promise.count, env))
    exact = max(2 * width, count.sort.width + promise.unit.bit_length())
    size = _times(zero_extend(count, exact), promise.unit)
    low = converted(size, False, bits(width))
    return low, ult(size, word(1 << width, exact))


def _times(value: Expr, factor: int) -> Expr:
    return binary(BinaryOp.MUL, value, word(factor, value.sort.width))


def _siblings(expr: typed.Expr) -> list[typed.Variable]:
    match expr:
        case typed.Read(place=typed.VarPlace(variable=variable)):
            return [variable]
        case typed.Operation():
            return [v for operand in expr.operands for v in _siblings(operand)]
        case typed.Convert() | typed.Retype():
            return _siblings(expr.value)
        case typed.Choice():
            parts = (expr.condition, expr.then, expr.otherwise)
            return [v for part in parts for v in _siblings(part)]
        case _:
            return []


def fresh_record(body: Body, type_: ty.Type, here: Location) -> tuple[Held, ...]:
    """Return arbitrary contents of the object that *type_* points to."""
    shape = body.world.record_shape(type_)
    return tuple(replace(h, value=body.graph.input(h.value.sort, here)) for h in shape)


def inner_record(record: tuple[Held, ...], field: str) -> tuple[Held, ...]:
    """Return the contents of the object behind *field*, as far as the record has them."""
    prefix = f"{field}/"
    inner = (held for held in record if held.path.startswith(prefix))
    return tuple(replace(held, path=held.path.removeprefix(prefix)) for held in inner)


def honest_record(body: Body, type_: ty.Type, record: tuple[Held, ...], here: Location) -> Expr:
    """Return that every pointer in the object that *type_* points to is honest, all the way."""
    if not isinstance(type_, ty.PointerType) or not isinstance(type_.target, ty.StructType):
        return TRUE
    words = {held.path: held.value for held in record}
    parts = []
    for field in flat_fields(body.world.spec, type_.target.name):
        if isinstance(field.type, ty.PointerType) and field.name in words:
            inner = inner_record(record, field.name)
            _, honest = pointer_to(
                body, words[field.name], field.type, field.promise,
                beside(words, field.name), inner, here,
            )  # fmt: skip
            parts.append(honest)
            if inner:
                parts.append(honest_record(body, field.type, inner, here))
    return and_(*parts)


def beside(words: dict[str, Expr], field: str) -> dict[str, Expr]:
    """Return the fields that a promise of *field* may name."""
    prefix = field.rpartition(".")[0]
    inner = f"{prefix}." if prefix else ""
    near = {n.removeprefix(inner): e for n, e in words.items() if n.startswith(inner)}
    return {**words, **near}


# ---- reading ------------------------------------------------------------------------------------


def foreign_value(
    body: Body, reach: Reach, field: typed.FieldLayout | None, type_: ty.Type, here: Location
) -> tuple[Value, Expr]:
    """Return what is read from foreign memory, and what a well-behaved caller makes true of it."""
    match type_:
        case ty.PointerType():
            return _foreign_pointer(body, reach, field, type_, here)
        case ty.BoolType():
            return body.graph.input(BOOL, here), TRUE
        case ty.IntType():
            return _recorded(body, reach, field, bits(type_.width).width, here), TRUE
        case ty.StructType() | ty.ArrayType():
            return Opaque(), TRUE
        case _:
            return body.world.zero(type_), TRUE


def _recorded(
    body: Body, reach: Reach, field: typed.FieldLayout | None, width: int, here: Location
) -> Expr:
    """Return a word of foreign memory: that of the record where it is known, else anything."""
    anything = body.graph.input(bits(width), here)
    promised = reach.pointer.promised
    held = None if promised is None or field is None else _held(promised, field)
    if promised is None or field is None or held is None or held.sort != anything.sort:
        return anything
    return ite(_at_object(reach, promised, field), held, anything)


def _held(promised: Promised, field: typed.FieldLayout) -> Expr | None:
    """Return what the object holds in *field*, if the record tells."""
    told = (h for h in promised.record if (h.path, h.offset) == (field.name, field.offset))
    return next((held.value for held in told), None)


def _at_object(reach: Reach, promised: Promised, field: typed.FieldLayout) -> Expr:
    """Return that the access is to *field* of the very object the observed caller meant."""
    width = promised.base.sort.width
    exact = eq(add(promised.offset, reach.moved), word(field.offset, width))
    return and_(eq(reach.pointer.origin, origin(Origin.OBSERVED)), exact)


def _foreign_pointer(
    body: Body,
    reach: Reach,
    field: typed.FieldLayout | None,
    type_: ty.PointerType,
    here: Location,
) -> tuple[Pointer, Expr]:
    """Return a pointer read from foreign memory.

    One that the caller's record has is honest since the call began, or the driver wrote it.
    """
    address = _recorded(body, reach, field, body.world.width, here)
    none = word(0, OBJECT_BITS)
    loaded = Pointer(address, reach.pointer.origin, none, None)
    outer = reach.pointer.promised
    if body.world.view is View.HOSTILE or outer is None:
        return loaded, TRUE
    name = field.name if field else ""
    inner = inner_record(outer.record, name)
    record = inner or fresh_record(body, type_, here)
    promise = field.promise if field else None
    promised, honest = pointer_to(
        body, address, type_, promise, beside(outer.words(), name), record, here
    )
    if not inner:
        honest = and_(honest, honest_record(body, type_, record, here))
    elif field is not None and _held(outer, field) is not None:
        honest = or_(_at_object(reach, outer, field), honest)
    observed = eq(reach.pointer.origin, origin(Origin.OBSERVED))
    return replace(loaded, promised=promised), or_(not_(observed), honest)


# ---- what the driver writes over -----------------------------------------------------------------


def overwritten(body: Body, reach: Reach, value: Value | None, here: Location) -> Updates:
    """Return what a write changes in the records that the caller's pointers carry.

    A word that is overwritten exactly holds the new *value*; one that is touched at all is
    arbitrary from then on, and so is what is known of the object that it pointed to.
    """
    promised = reach.pointer.promised
    if promised is None:
        return ()
    start = add(promised.base, add(promised.offset, reach.moved))
    count = low_bits(reach.count, body.world.width)
    caller = eq(reach.pointer.origin, origin(Origin.OBSERVED))
    updates: dict[Var, Expr] = {}
    for pointer in (v for v in body.env.values() if isinstance(v, Pointer)):
        if pointer.promised is None:
            continue
        bases: dict[str, Expr] = {"": pointer.promised.base}
        touched: dict[str, Expr] = {"": FALSE}
        for held in pointer.promised.record:
            above = held.path.rpartition("/")[0]
            place = add(bases[above], word(held.offset, body.world.width))
            size = word(held.size, body.world.width)
            meets = and_(caller, or_(ult(sub(place, start), count), ult(sub(start, place), size)))
            if isinstance(held.value, Var) and held.value.scope is Scope.LOCAL:
                anything: Expr = body.graph.input(held.value.sort, here)
                exact = and_(not_(touched[above]), eq(start, place))
                told = _replacing(reach, held, value)
                new = anything if told is None else ite(exact, told, anything)
                updates[held.value] = ite(or_(meets, touched[above]), new, held.value)
            touched[held.path] = or_(touched[above], meets)
            if any(h.path.startswith(f"{held.path}/") for h in pointer.promised.record):
                bases[held.path] = absolute(body.world, held.value)
    return tuple(updates.items())


def _replacing(reach: Reach, held: Held, value: Value | None) -> Expr | None:
    """Return what a write at the place of *held* leaves there, if *value* tells."""
    if value is None or isinstance(value, Members | Record | Opaque):
        return None
    same = reach.count is word(held.size, reach.count.sort.width)
    new = scalar(value)
    return new if same and new.sort == held.value.sort else None


# ---- driver objects -----------------------------------------------------------------------------


def hits(body: Body, reach: Reach) -> dict[int, Expr]:
    """Return, per driver object whose address is taken, where *reach* starts in it."""
    found = {}
    for number, item in body.objects.items():
        if number in body.env:
            tagged = eq(reach.pointer.object, word(item.tag, OBJECT_BITS))
            inside, _ = _inside(body, reach, item)
            hit = and_(tagged, inside)
            if hit is not FALSE:
                found[number] = hit
    return found


def _inside(body: Body, reach: Reach, item: DriverObject) -> tuple[Expr, Expr]:
    """Return whether *reach* starts in *item*, and how far behind its start."""
    world = body.world
    home = as_itself(world, item.home, TRUE, Unknown(None))
    start, _ = home.hook_value("translate", [item.address])
    pure = body.asking()
    landed, nowhere = pure.hook_value("translate", [reach.address])
    writing = TRUE if reach.writing else FALSE
    permitted = pure.hook("permit", [reach.address, writing])
    distance = sub(scalar(landed), scalar(start))
    within = ult(distance, word(item.size, world.width))
    return and_(not_(nowhere), permitted, within), distance


def overrun(body: Body, reach: Reach, item: DriverObject, hit: Expr) -> Expr:
    """Return that an access that starts in *item* does not end in it."""
    _, distance = _inside(body, reach, item)
    double = 2 * body.world.width
    end = add(zero_extend(distance, double), reach.count)
    return and_(hit, not_(ule(end, word(item.size, double))))


def parts(world: World, item: DriverObject, value: Value) -> list[tuple[int, str, int]]:
    """Return the (offset, suffix of the leaf, bytes) of the words of a driver object."""
    match item.variable.type:
        case ty.StructType(name=name):
            fields = flat_fields(world.spec, name)
            return [
                (f.offset, f".{f.name}", size_of(world, f.type))
                for f in fields
                if f".{f.name}" in leaves(value)
            ]
        case other:
            return [(0, "", size_of(world, other))]


def size_of(world: World, type_: ty.Type) -> int:
    """Return the bytes a value of *type_* takes."""
    match type_:
        case ty.IntType() | ty.BoolType():
            return type_.size
        case ty.StructType():
            return world.spec.layouts[type_.name].size
        case ty.ArrayType():
            return type_.count * size_of(world, type_.element)
        case _:
            return world.spec.widths.pointer_size


def exactly(body: Body, reach: Reach, item: DriverObject, offset: int, size: int) -> Expr:
    """Return that *reach* is just the word of *item* at *offset*."""
    _, distance = _inside(body, reach, item)
    whole = eq(reach.count, word(size, 2 * body.world.width))
    return and_(eq(distance, word(offset, body.world.width)), whole)
