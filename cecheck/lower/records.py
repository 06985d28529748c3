"""What objects of a well-behaved caller hold, and what the driver writes over.

An object of the observed call keeps what it held when the call began: the record behind a pointer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cecheck.ir.build import (
    add,
    and_,
    binary,
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
from cecheck.ir.expr import FALSE, TRUE, BinaryOp, Expr, Scope, Var, bits
from cecheck.lower.arithmetic import converted, times
from cecheck.lower.body import Body
from cecheck.lower.graph import Location, Updates
from cecheck.lower.itself import as_itself
from cecheck.lower.lent import Lent
from cecheck.lower.promises import siblings as siblings_of
from cecheck.lower.reach import Reach
from cecheck.lower.unknown import Unknown
from cecheck.lower.values import (
    SIZED,
    Held,
    Members,
    Opaque,
    Origin,
    Pointer,
    Promised,
    Record,
    Value,
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
    size, fits = _promised_size(body, promise, siblings, here)
    size, holds = _with_tail(body, (promise, type_, size), record, here)
    zero = word(0, world.width)
    unit = world.unit_of(promise)
    promised = Promised(absolute(world, address), zero, size, record, unit)
    pure = as_itself(world, world.observed_place, world.observed_trusted, Unknown(None))
    honest = pure.hook("honest", [world.observed_place, address, size])
    honest = or_(honest, pure.unknown.skip)
    optional = type_.optional or (promise is not None and promise.optional)
    null = and_(eq(address, zero), TRUE if optional else FALSE)
    return promised, or_(null, and_(fits, holds, or_(eq(size, zero), honest)))


def _promised_size(
    body: Body,
    promise: typed.Promise | None,
    siblings: dict[str, Expr],
    here: Location,
) -> tuple[Expr, Expr]:
    """Return the promised bytes and that they fit an address; no promise is no bytes.

    A string has any number of elements, the zero at its end included.
    """
    width = body.world.width
    if promise is None:
        return word(0, width), TRUE
    if promise.terminated:
        size = siblings.get(SIZED)
        size = body.graph.input(bits(width), here) if size is None else size
        over = binary(BinaryOp.UREM, size, word(promise.unit, width))
        return size, and_(ne(size, word(0, width)), eq(over, word(0, width)))
    exact = _exact_size(body, promise, siblings, here)
    return converted(exact, False, bits(width)), ult(exact, word(1 << width, exact.sort.width))


def _exact_size(
    body: Body, promise: typed.Promise, siblings: dict[str, Expr], here: Location
) -> Expr:
    """Return the promised bytes, as wide as the product needs."""
    env: dict[int, Value] = {}
    for variable in siblings_of(promise.count):
        found = siblings.get(variable.name)
        if found is None:
            found = body.graph.input(body.world.sort(variable.type), here)
        env[variable.number] = found
    count = scalar(body.asking().value(promise.count, env))
    exact = max(2 * body.world.width, count.sort.width + promise.unit.bit_length())
    return times(zero_extend(count, exact), promise.unit)


def _with_tail(
    body: Body,
    what: tuple[typed.Promise | None, ty.PointerType, Expr],
    record: tuple[Held, ...],
    here: Location,
) -> tuple[Expr, Expr]:
    """Return the size of an object that ends in an array of open size, and that the caller has
    it all: where the size is promised in bytes, the array ends inside."""
    promise, type_, size = what
    if promise is None or not isinstance(type_.target, ty.StructType):
        return size, TRUE
    last = flat_fields(body.world.spec, type_.target.name)[-1]
    is_open = isinstance(last.type, ty.ArrayType) and last.type.open
    if not is_open or last.promise is None:
        return size, TRUE
    tail = _exact_size(body, last.promise, {held.path: held.value for held in record}, here)
    width = tail.sort.width + 1
    end = add(word(last.offset, width), zero_extend(tail, width))
    inside = ule(end, zero_extend(size, width))
    whole = body.world.spec.layouts[type_.target.name].size
    if promise.unit != whole:
        return size, or_(eq(size, word(0, size.sort.width)), inside)
    end_low = converted(end, False, size.sort)
    return ite(inside, size, end_low), ult(end, word(1 << body.world.width, width))


def fresh_record(body: Body, type_: ty.Type, here: Location) -> tuple[Held, ...]:
    """Return arbitrary contents of the object that *type_* points to."""
    shape = body.world.record_shape(type_)
    return tuple(
        held if held.tells else replace(held, value=body.graph.input(held.value.sort, here))
        for held in shape
    )


def inner_record(record: tuple[Held, ...], field: str) -> tuple[Held, ...]:
    """Return the contents of the object behind *field*, as far as the record has them."""
    prefix = f"{field}/"
    inner = (held for held in record if held.path.startswith(prefix))
    return tuple(replace(held, path=held.path.removeprefix(prefix)) for held in inner)


def honest_record(body: Body, type_: ty.Type, record: tuple[Held, ...], here: Location) -> Expr:
    """Return that every pointer in the object that *type_* points to is honest, all the way."""
    return lent_behind(body, type_, record, here)[0]


def lent_behind(
    body: Body, type_: ty.Type, record: tuple[Held, ...], here: Location
) -> tuple[Expr, tuple[Lent, ...]]:
    """Return that every pointer in the object that *type_* points to is honest, all the way, and
    the objects that they lead to."""
    if not isinstance(type_, ty.PointerType) or not isinstance(type_.target, ty.StructType):
        return TRUE, ()
    words = {held.path: held.value for held in record}
    parts, found = [], list[Lent]()
    for field in flat_fields(body.world.spec, type_.target.name):
        if isinstance(field.type, ty.PointerType) and field.name in words:
            inner = inner_record(record, field.name)
            promised, honest = pointer_to(
                body, words[field.name], field.type, field.promise,
                beside(words, field.name), inner, here,
            )  # fmt: skip
            parts.append(honest)
            found.append(Lent(words[field.name], promised.base, promised.size))
            if inner:
                honest, further = lent_behind(body, field.type, inner, here)
                parts.append(honest)
                found += further
    return and_(*parts), tuple(found)


def beside(words: dict[str, Expr], field: str) -> dict[str, Expr]:
    """Return the fields that a promise of *field* may name, and the size of the string there."""
    prefix = field.rpartition(".")[0]
    inner = f"{prefix}." if prefix else ""
    near = {n.removeprefix(inner): e for n, e in words.items() if n.startswith(inner)}
    size = words.get(field + SIZED)
    return {**words, **near, **({} if size is None else {SIZED: size})}


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
    some = ne(reach.count, word(0, reach.count.sort.width))
    caller = and_(some, eq(reach.pointer.origin, origin(Origin.OBSERVED)))
    updates: dict[Var, Expr] = {}
    for base, record in _records(body):
        bases: dict[str, Expr] = {"": base}
        touched: dict[str, Expr] = {"": FALSE}
        for held in record:
            if not held.is_word:
                continue
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
            if any(h.path.startswith(f"{held.path}/") for h in record):
                bases[held.path] = absolute(body.world, held.value)
        for held in record:
            if held.tells is not None and isinstance(held.value, Var):
                near = [e for path, e in touched.items() if _is_needed(held, path)]
                updates[held.value] = or_(held.value, touched[held.tells], *near)
    return tuple(updates.items())


def _is_needed(held: Held, path: str) -> bool:
    """Tell whether the promise that *held* tells of needs the field at *path*, which lies in the
    same object."""
    assert held.tells is not None
    above, _, name = path.rpartition("/")
    return above == held.tells.rpartition("/")[0] and name.split(".")[-1] in held.needs


def _records(body: Body) -> Iterator[tuple[Expr, tuple[Held, ...]]]:
    """Yield where the thread's records lie, and what they are: those of pointers in structures and
    in allocated memory, too."""
    blocks = [item.block for item in body.objects.values() if item.block is not None]
    held = [element.value for block in blocks for element in block.elements]
    pending: list[Value] = [*body.env.values(), *held]
    for value in pending:
        if isinstance(value, Record):
            pending += [part for _, part in value.fields]
        elif isinstance(value, Pointer) and value.promised is not None:
            yield value.promised.base, value.promised.record
    for cell in body.cells.values():
        yield add(cell.base, cell.offset), cell.record


def _replacing(reach: Reach, held: Held, value: Value | None) -> Expr | None:
    """Return what a write at the place of *held* leaves there, if *value* tells."""
    if value is None or isinstance(value, Members | Record | Opaque):
        return None
    same = reach.count is word(held.size, reach.count.sort.width)
    new = scalar(value)
    return new if same and new.sort == held.value.sort else None
