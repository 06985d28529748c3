"""Words of driver objects, and what one is that arrives as a word of another type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cecheck.ir.build import word
from cecheck.ir.expr import bits
from cecheck.lower import memory
from cecheck.lower.body import Body
from cecheck.lower.graph import Location
from cecheck.lower.reach import Reach
from cecheck.lower.values import (
    OBJECT_BITS,
    ORIGIN_BITS,
    Members,
    Opaque,
    Pointer,
    Record,
    Value,
    leaves,
)
from cecheck.lower.world import flat_fields
from cecheck.record import record
from cecheck.sema import types as ty


@record
class ObjectWord:
    """A word of a driver object: *size* bytes, *offset* behind its start."""

    offset: int
    size: int
    type: ty.Type
    value: Value


def words_of_object(body: Body, number: int) -> Iterator[ObjectWord]:
    """Yield the words of a variable of the driver, as far as they are followed."""
    item, held = body.objects[number], body.env[number]
    if item.is_heap:
        return
    if not isinstance(item.variable.type, ty.StructType):
        size = memory.size_of(body.world, item.variable.type)
        whole = ObjectWord(0, size, item.variable.type, held)
        yield from () if isinstance(held, Opaque) else (whole,)
        return
    for field in flat_fields(body.world.spec, item.variable.type.name):
        assert isinstance(held, Record)
        value = held.get(field.name)
        if not isinstance(value, Opaque | Record):
            size = memory.size_of(body.world, field.type)
            yield ObjectWord(field.offset, size, field.type, value)


def as_word(body: Body, shape: Value, value: Value, here: Location) -> Value | None:
    """Return *value* in the shape of another word, if it fits: a number has no ghosts to give to a
    pointer."""
    if isinstance(shape, Pointer) and isinstance(value, Pointer):
        return value
    if isinstance(shape, Members) and isinstance(value, Members):
        return value
    if isinstance(value, Members | Record | Opaque):
        return None
    number = value.word if isinstance(value, Pointer) else value
    if isinstance(shape, Pointer) and number.sort == bits(body.world.width):
        anyone = body.graph.input(bits(ORIGIN_BITS), here)
        made = body.world.pointer(number, anyone)
        return replace(made, object=body.graph.input(bits(OBJECT_BITS), here))
    is_word = not isinstance(shape, Pointer | Members | Record | Opaque)
    return number if is_word and number.sort == leaves(shape)[""].sort else None


def from_foreign(
    body: Body, reach: Reach, type_: ty.Type, value: Value | None, here: Location
) -> Value | None:
    """Return a word that was read as *value* (None: as nothing in particular) as a *type_*."""
    if isinstance(value, Opaque | Members | Record):
        return None
    match type_:
        case ty.PointerType():
            if isinstance(value, Pointer):
                return value
            number = value or body.graph.input(bits(body.world.width), here)
            if number.sort != bits(body.world.width):
                return None
            null = body.world.null(type_)
            none = word(0, OBJECT_BITS)
            return replace(
                null, word=number, origin=reach.pointer.origin, object=none, literal=False
            )
        case ty.IntType() | ty.BoolType():
            if value is None:
                return body.graph.input(body.world.sort(type_), here)
            got = value.word if isinstance(value, Pointer) else value
            same = got is not None and got.sort == body.world.sort(type_)
            return got if same else None
        case _:
            return None
