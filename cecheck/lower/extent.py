"""Where an access lies and how far it goes; what it reads and writes of a driver object."""

from __future__ import annotations

from collections.abc import Iterator

from cecheck.ir.build import add, and_, ite, not_, sub, ult, word
from cecheck.ir.expr import Binary, BinaryOp, Const, Expr, Var, bits
from cecheck.ir.program import Action, Event
from cecheck.lower import contents, memory
from cecheck.lower.arithmetic import converted, times
from cecheck.lower.body import Body, DriverObject
from cecheck.lower.graph import Location, Updates, is_shared, shared_if
from cecheck.lower.keeping import changed_hands, not_followed
from cecheck.lower.loops import flows, lies_in
from cecheck.lower.overlap import overwritten
from cecheck.lower.overlap import parts as pieces
from cecheck.lower.reach import Reach, Shape
from cecheck.lower.values import Members, Pointer, Value, is_of, leaves
from cecheck.sema import typed
from cecheck.sema import types as ty


def pairs_used(
    body: Body,
    target: typed.Target | typed.RangeTarget,
    pointer: Pointer,
    amounts: list[Expr],
) -> list[tuple[Expr, Expr]]:
    """Return pointers with the sizes that an access goes up to: hints for proofs.

    An element of a loop goes up to what the counters of the loops around stay below.
    """
    sizes = [_size_used(body, target, amounts)]
    if isinstance(target, typed.ElementTarget):
        bounds = [converted(bound, False, pointer.word.sort) for bound in body.bounds]
        sizes += [times(bound, target.stride) for bound in bounds]
    match pointer.word:
        case Binary(op=BinaryOp.ADD, left=base, right=Const() as moved):
            return [(base, add(size, moved)) for size in sizes]
        case word_:
            return [(word_, size) for size in sizes]


def _size_used(
    body: Body, target: typed.Target | typed.RangeTarget, amounts: list[Expr]
) -> Expr:
    """Return the size that an access goes up to, as far as one word tells it."""
    match target:
        case typed.RangeTarget():
            return converted(amounts[1], False, bits(body.world.width))
        case typed.ElementTarget():
            return converted(amounts[0], False, bits(body.world.width))
        case typed.FieldTarget():
            return word(target.field.offset + target.size, body.world.width)


def extent(
    body: Body,
    target: typed.Target | typed.RangeTarget,
    writing: bool,
    pointer: Pointer,
    amounts: list[Expr],
) -> Reach:
    """Return the bytes that an access is about, given the values of its operands."""
    width = body.world.width
    double = 2 * width
    index: Expr | None = None
    inner = 0
    match target:
        case typed.FieldTarget():
            begins: Expr = word(0, width)
            index, inner = begins, target.field.offset
            moved: Expr = word(target.field.offset, width)
            count: Expr = word(target.size, double)
            shape = Shape.FIELD
        case typed.ElementTarget():
            inner = target.field.offset if target.field else 0
            index = amounts[0]
            begins = times(converted(amounts[0], False, pointer.word.sort), target.stride)
            moved = add(begins, word(inner, width))
            count = word(target.size, double)
            shape = Shape.ELEMENT
        case typed.RangeTarget():
            low, high = amounts
            moved = begins = times(converted(low, False, pointer.word.sort), target.stride)
            count = _exactly(sub(high, low), target.stride, double)
            shape = Shape.RANGE
    address, of = add(pointer.word, moved), target.pointer.type
    return Reach(
        pointer, address, moved, begins, count, shape, writing, target.site, target.span,
        " ".join(target.span.text.split()),
        of.target if isinstance(of, ty.PointerType) else None, index, inner,
    )  # fmt: skip


def _exactly(length: Expr, stride: int, width: int) -> Expr:
    """Return *length* times *stride* at *width* bits, or the largest number if it is larger."""
    exact = max(width, length.sort.width + stride.bit_length())
    count = times(converted(length, False, bits(exact)), stride)
    if exact == width:
        return count
    most = word((1 << width) - 1, exact)
    return converted(ite(ult(most, count), most, count), False, bits(width))


def fault(body: Body, reach: Reach, faults: Expr, here: Location) -> None:
    """Send an access that faults to its handler."""
    if body.guarded:
        event = Event("fault", f"{reach.text} faults")
        body.graph.edge(
            here, body.raise_to, faults, action=body.accesses, span=reach.span, event=event
        )


def read_object(
    body: Body,
    reach: Reach,
    number: int,
    hit: Expr,
    target: Value,
    ends: tuple[Location, Location],
) -> None:
    """Read a driver object through a pointer: exact where a word is read, or a part of a number."""
    item = body.objects[number]
    here, after = ends
    memory.ask_object(body, reach, number, hit, here)
    if item.is_heap:
        contents.read(body, reach, item, hit, target, ends)
        return
    held = leaves(body.env[number])
    action = Action.SHARED if is_shared(body.env[number]) else body.accesses
    rest = hit
    words = leaves(target)
    for offset, suffix, size in memory.parts(body.world, item, body.env[number]):
        value = held.get(suffix)
        if value is None or "" not in words or value.sort != words[""].sort:
            continue
        exact = and_(hit, memory.exactly(body, reach, item, offset, size))
        inner = {s.removeprefix(suffix): e for s, e in held.items() if is_of(s, suffix)}
        updates = tuple(
            (v, inner.get(s, body.graph.input(v.sort, here))) for s, v in words.items()
        )
        body.graph.edge(
            here, after, exact, updates,  # type: ignore[arg-type]
            action=action, span=reach.span, event=reach.event,
        )  # fmt: skip
        rest = and_(rest, not_(exact))
    found = body.graph.arbitrary(target, here)
    if len(found) == 1 and _is_bytes(found[0][1]):
        variable, value = found[0]
        for whole, distance in _plain(body, reach, item):
            for holds, part in pieces(whole, variable.sort.width, distance):
                value = ite(holds, part, value)
        found = ((variable, value),)
    flows(body.graph, here, (*held.values(), lies_in(number)), [value for _, value in found])
    body.graph.edge(
        here, after, rest, found, action=action, span=reach.span, event=reach.event
    )


def write_object(
    body: Body,
    written: tuple[Reach, Value],
    number: int,
    hit: Expr,
    ends: tuple[Location, Location],
) -> None:
    """Write a driver object through a pointer: exact where a word is written, or numbers."""
    reach, value = written
    item, held = body.objects[number], body.env[number]
    here, after = ends
    memory.ask_object(body, reach, number, hit, here)
    if item.block is not None:
        contents.write(body, written, item, hit, ends)
        return
    action = Action.SHARED if is_shared(held) else body.accesses
    not_followed(body, reach, item, hit, here)
    hands: Updates = ()
    if not item.followed:
        hands = changed_hands(body, (), value)
        action = shared_if(action, hands)
    rest, words = hit, leaves(held)
    new = leaves(body.world.closed(value) if isinstance(value, Members) else value)
    for offset, suffix, size in memory.parts(body.world, item, held):
        target = words.get(suffix)
        if target is None or "" not in new or new[""].sort != target.sort:
            continue
        exact = and_(hit, memory.exactly(body, reach, item, offset, size))
        inner = {s: e for s, e in words.items() if is_of(s, suffix)}
        updates = tuple(
            (v, new.get(s.removeprefix(suffix), body.graph.input(v.sort, here)))
            for s, v in inner.items()
            if isinstance(v, Var)
        )
        body.graph.edge(here, after, exact, (*updates, *hands), action=action, span=reach.span)
        rest = and_(rest, not_(exact))
    flows(body.graph, here, new.values(), (*words.values(), lies_in(number)))
    touched = dict(memory.touched(body, reach, item, here))
    for var, distance in _plain(body, reach, item):
        if var in touched and _is_bytes(new.get("")):
            touched[var] = overwritten(var, new[""], distance)
    changes = (*touched.items(), *hands)
    body.graph.edge(here, after, rest, changes, action=action, span=reach.span)


def _plain(body: Body, reach: Reach, item: DriverObject) -> Iterator[tuple[Var, Expr]]:
    """Yield the variables that are the bytes of *item*, no ghosts among them, and how far behind
    the start of each *reach* begins."""
    held, begins = leaves(body.env[item.variable.number]), memory.distance(body, reach, item)
    if not item.followed:
        return
    for offset, suffix, size in memory.parts(body.world, item, body.env[item.variable.number]):
        words = [expr for other, expr in held.items() if is_of(other, suffix)]
        if len(words) == 1 and isinstance(words[0], Var) and words[0].sort.width == 8 * size:
            yield words[0], sub(begins, word(offset, begins.sort.width))


def _is_bytes(value: Expr | None) -> bool:
    return value is not None and value.sort.width > 0 and value.sort.width % 8 == 0
