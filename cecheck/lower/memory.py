"""What is read and written through a pointer, once an access has gone through.

Foreign memory in the hostile view gives fresh values, in the well-behaved view what the caller's
record has.  Driver objects are exact.
"""

from __future__ import annotations

from dataclasses import replace

from cecheck.ir.build import (
    add,
    and_,
    eq,
    ite,
    low_bits,
    ne,
    not_,
    or_,
    sub,
    ule,
    ult,
    word,
    zero_extend,
)
from cecheck.ir.expr import FALSE, TRUE, Expr, bits
from cecheck.ir.program import CheckKind, View
from cecheck.lower.body import Body, DriverObject
from cecheck.lower.cells import Seen
from cecheck.lower.graph import Location, Updates
from cecheck.lower.itself import as_driver
from cecheck.lower.reach import Reach
from cecheck.lower.records import beside, fresh_record, honest_record, inner_record, pointer_to
from cecheck.lower.values import (
    OBJECT_BITS,
    SIZED,
    Opaque,
    Origin,
    Pointer,
    Promised,
    Value,
    is_of,
    leaves,
    origin,
    scalar,
)
from cecheck.lower.world import World, flat_fields
from cecheck.record import record
from cecheck.sema import typed
from cecheck.sema import types as ty

# ---- reading ------------------------------------------------------------------------------------


@record
class Wanted:
    """What is read: a word of *type*, the *field* of a structure if it is one.

    *found* is the structure that is read from, where elements of it are followed.
    """

    type: ty.Type
    field: typed.FieldLayout | None
    found: Seen | None


def foreign_value(
    body: Body, reach: Reach, wanted: Wanted, here: Location
) -> tuple[Value, Expr]:
    """Return what is read from foreign memory, and what a well-behaved caller makes true of it."""
    found = wanted.found
    match wanted.type:
        case ty.PointerType():
            return _foreign_pointer(body, reach, wanted, here)
        case ty.IntType() | ty.BoolType():
            value = _recorded(body, reach, wanted, here)
            return value, TRUE if found is None else found.honest
        case ty.StructType() | ty.ArrayType():
            return Opaque(), TRUE
        case other:
            return body.world.zero(other), TRUE


def _recorded(body: Body, reach: Reach, wanted: Wanted, here: Location) -> Expr:
    """Return a word of foreign memory: that of a record where it is known, else anything."""
    type_, field, found = wanted.type, wanted.field, wanted.found
    world = body.world
    is_pointer = isinstance(type_, ty.PointerType)
    anything = body.graph.input(bits(world.width) if is_pointer else world.sort(type_), here)
    promised = reach.pointer.promised
    if promised is None or field is None:
        return anything
    record = promised.record if found is None else found.record
    held = next((h.value for h in record if (h.path, h.offset) == (field.name, field.offset)), None)
    if held is None or held.sort != anything.sort:
        return anything
    observed = eq(reach.pointer.origin, origin(Origin.OBSERVED))
    known = _at_object(reach, promised, field) if found is None else TRUE
    return ite(and_(observed, known), held, anything)


def not_the_callers(body: Body, reach: Reach, wanted: Wanted) -> Expr:
    """Return that the driver itself may have written what is read, so that the caller's promise
    is not about it: a pointer, or anything that another thread, or a device, may write."""
    promised, field = reach.pointer.promised, wanted.field
    if promised is not None and field is not None and body.filled is not None:
        found_before = _not_the_callers(body, reach, wanted)
        caller = eq(reach.pointer.origin, origin(Origin.OBSERVED))
        return or_(found_before, and_(caller, body.filled.to(promised.base)))
    return _not_the_callers(body, reach, wanted)


def _not_the_callers(body: Body, reach: Reach, wanted: Wanted) -> Expr:
    promised, field, found = reach.pointer.promised, wanted.field, wanted.found
    if promised is not None and field is not None and body.world.exposed:
        return eq(reach.pointer.origin, origin(Origin.OBSERVED))  # another thread may have
    if promised is None or body.written is None or not isinstance(wanted.type, ty.PointerType):
        return FALSE
    record = promised.record if found is None else found.record
    told = (held.value for held in record if field and held.tells == field.name)
    anywhere = body.written.to(promised.base)
    known = next(told, anywhere)
    if field is not None and found is None:
        known = ite(_at_object(reach, promised, field), known, anywhere)
    return and_(eq(reach.pointer.origin, origin(Origin.OBSERVED)), known)


def _at_object(reach: Reach, promised: Promised, field: typed.FieldLayout) -> Expr:
    """Return that the access is to *field* of the very object the observed caller meant."""
    width = promised.base.sort.width
    return eq(add(promised.offset, reach.moved), word(field.offset, width))


def _foreign_pointer(
    body: Body, reach: Reach, wanted: Wanted, here: Location
) -> tuple[Pointer, Expr]:
    """Return a pointer read from foreign memory.

    One that the caller's record has is honest since the call began, or the driver wrote it.
    """
    type_, field, found = wanted.type, wanted.field, wanted.found
    assert isinstance(type_, ty.PointerType)
    address = _recorded(body, reach, wanted, here)
    loaded = body.world.pointer(address, reach.pointer.origin)
    outer = reach.pointer.promised
    if body.world.view is View.HOSTILE or outer is None:
        return loaded, TRUE
    name = field.name if field else ""
    around = outer.record if found is None else found.record
    inner = inner_record(around, name)
    record = inner or fresh_record(body, type_, here)
    promise = field.promise if field else None
    words = beside({held.path: held.value for held in around}, name)
    if SIZED in words and field is not None and found is None:
        elsewhere = body.graph.input(bits(body.world.width), here)
        words[SIZED] = ite(_at_object(reach, outer, field), words[SIZED], elsewhere)
    promised, honest = pointer_to(body, address, type_, promise, words, record, here)
    if body.written is not None:
        honest = or_(body.written.to(outer.base), honest)
    if found is not None:
        honest = found.honest
    elif field is not None and any(held.path == name for held in around):
        honest = or_(_at_object(reach, outer, field), honest)
    if not inner:
        honest = and_(honest, honest_record(body, type_, record, here))
    observed = eq(reach.pointer.origin, origin(Origin.OBSERVED))
    return replace(loaded, promised=promised), or_(not_(observed), honest)


# ---- driver objects -----------------------------------------------------------------------------


def hits(body: Body, reach: Reach) -> dict[int, Expr]:
    """Return, per driver object whose address is taken, where *reach* starts in it."""
    found = {}
    for number, item in body.objects.items():
        if number in body.env and not item.is_shown:
            tagged = eq(reach.pointer.object, word(item.tag, OBJECT_BITS))
            inside = _inside(body, reach, item)[0] if item.followed else TRUE
            hit = and_(tagged, inside)
            if hit is not FALSE:
                found[number] = hit
    return found


def _inside(body: Body, reach: Reach, item: DriverObject) -> tuple[Expr, Expr]:
    """Return whether *reach* starts in *item*, and how far behind its start."""
    world = body.world
    home = as_driver(world, item.home)
    start, _ = home.hook_value("translate", [item.address])
    pure = body.asking()
    landed, nowhere = pure.hook_value("translate", [reach.address])
    writing = TRUE if reach.writing else FALSE
    permitted = pure.hook("permit", [reach.address, writing])
    distance = sub(scalar(landed), scalar(start))
    within = ult(distance, item.size)
    return and_(not_(nowhere), permitted, within), distance


def distance(body: Body, reach: Reach, item: DriverObject) -> Expr:
    """Return how far behind the start of *item* an access begins that starts in it."""
    return _inside(body, reach, item)[1]


def overrun(body: Body, reach: Reach, item: DriverObject, hit: Expr) -> Expr:
    """Return that an access that starts in *item* does not end in it."""
    if not item.followed:
        return FALSE
    _, distance = _inside(body, reach, item)
    double = 2 * body.world.width
    end = add(zero_extend(distance, double), reach.count)
    return and_(hit, not_(ule(end, zero_extend(item.size, double))))


def ask_object(body: Body, reach: Reach, number: int, hit: Expr, here: Location) -> None:
    """Ask that *reach*, which begins in driver object *number* where *hit*, ends in it, and that
    it is still there."""
    item, site = body.objects[number], body.site(reach.site)
    if not item.followed:
        return  # nothing is asked, and no run gets there
    over = overrun(body, reach, item, hit)
    body.graph.check(site, CheckKind.BOUNDS, here, over, hit, body.terms())
    ask_live(body, reach, item, hit, here)


def ask_live(body: Body, reach: Reach, item: DriverObject, hit: Expr, here: Location) -> None:
    """Ask that *item*, which *reach* begins in where *hit*, was not given back, nor its driver
    unloaded."""
    some = ne(reach.count, word(0, 2 * body.world.width))
    if item.block is None:
        dead = and_(hit, some, body.is_gone(item.variable))
        if dead is not FALSE:
            site = body.site(reach.site)
            body.graph.check(site, CheckKind.LIVE, here, dead, TRUE, body.terms())
        return
    dead = and_(hit, some, not_(item.block.live), not_(body.is_over))
    # That the access completes is asked of `mapped`, whatever the pointer is to.
    body.graph.check(body.site(reach.site), CheckKind.LIVE, here, dead, TRUE, body.terms())


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


def touched(body: Body, reach: Reach, item: DriverObject, here: Location) -> Updates:
    """Return what a variable may hold after *reach* went over parts of its words: those that it
    overlaps are anything, the others what they were."""
    value, width = body.env[item.variable.number], body.world.width
    found, held = dict(body.graph.arbitrary(value, here)), leaves(value)
    start, count = distance(body, reach, item), low_bits(reach.count, width)
    for offset, suffix, size in parts(body.world, item, value):
        begins = word(offset, width)
        inside = ult(sub(begins, start), count)
        around = and_(ult(sub(start, begins), word(size, width)), ne(count, word(0, width)))
        for path, var in held.items():
            if is_of(path, suffix) and var in found:
                found[var] = ite(or_(inside, around), found[var], var)
    return tuple(found.items())


def exactly(body: Body, reach: Reach, item: DriverObject, offset: int, size: int) -> Expr:
    """Return that *reach* is just the word of *item* at *offset*."""
    _, distance = _inside(body, reach, item)
    whole = eq(reach.count, word(size, 2 * body.world.width))
    return and_(eq(distance, word(offset, body.world.width)), whole)
