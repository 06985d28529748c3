"""What arrives in followed words of a block that bytes are copied into (see `captures`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from cecheck.ir.build import (
    add,
    and_,
    eq,
    implies,
    low_bits,
    or_,
    sub,
    ule,
    ult,
    word,
    zero_extend,
)
from cecheck.ir.expr import FALSE, TRUE, Expr
from cecheck.lower import memory
from cecheck.lower.body import Body, DriverObject, Element
from cecheck.lower.cells import Seen, seen
from cecheck.lower.contents import meets
from cecheck.lower.elements import Word, boundary, last_index, start_of, words_of
from cecheck.lower.graph import Location, is_shared
from cecheck.lower.moves import Move, offset_of
from cecheck.lower.reach import Reach
from cecheck.lower.values import Value
from cecheck.lower.words import as_word, from_foreign, words_of_object
from cecheck.record import record


@record
class Arrival:
    """What a word holds once it was copied whole: each value of *found* where its condition holds;
    where none is *told*, anything."""

    found: tuple[tuple[Expr, Value | None], ...]
    told: Expr


NOTHING_TOLD = Arrival((), FALSE)


@record
class Told:
    """What a well-behaved caller's element says: that it is *aligned* with that of the block, what
    arrives, that this is *honest*, where it is *strange* (the driver itself may have written it),
    and the structure that was *found*."""

    aligned: Expr
    arrivals: tuple[Arrival, ...]
    honest: Expr
    strange: Expr
    found: Seen


class Capture:
    """A copy into the block *item*, as far as one of its followed elements is concerned."""

    def __init__(self, body: Body, what: Move, item: DriverObject, element: Element) -> None:
        self.body, self.what, self.item, self.element = body, what, item, element
        self.width = body.world.width

    # ---- which bytes -----------------------------------------------------------------------------

    @cached_property
    def start(self) -> Expr:
        """How far behind the start of the block the first byte arrives."""
        return memory.distance(self.body, self.what.written, self.item)

    @cached_property
    def moved(self) -> Expr:
        """How far behind the first byte that is copied the element begins."""
        assert self.item.block is not None
        return sub(start_of(self.body.world, self.item.block, self.element), self.start)

    def is_whole(self, one: Word) -> Expr:
        """Return that all of a word is copied."""
        double = 2 * self.width
        behind = zero_extend(sub(one.offset, self.start), double)
        return ule(add(behind, word(one.size, double)), self.what.size)

    def is_touched(self, one: Word) -> Expr:
        """Return that some of a word is copied."""
        return meets(self.body, self.what.written, self.item, one)

    def touched_bytes(self, one: Word) -> tuple[Expr, ...]:
        """Return, of each byte of a word, that it is copied."""
        behind, count = sub(one.offset, self.start), low_bits(self.what.size, self.width)
        places = (add(behind, word(number, self.width)) for number in range(one.size))
        return tuple(ult(place, count) for place in places)

    # ---- out of the driver's own memory ----------------------------------------------------------

    def held(self, source: int | None, one: Word, here: Location) -> Arrival:
        """Return what driver object *source* (None: nobody knows) holds where *one* comes from.

        Ranges in one block may overlap: then anything arrives.  So it does where one step would
        read and write what threads share.
        """
        body = self.body
        if source is None or body.objects[source] is self.item or self.what.is_partial:
            return NOTHING_TOLD
        if body.shares(source) and is_shared(self.element.value):
            return NOTHING_TOLD
        found: list[tuple[Expr, Value | None]] = []
        for condition, size, value in self._words_of(source, one):
            arrives = as_word(body, one.value, value, here)
            if size == one.size and arrives is not None:
                found.append((condition, arrives))
        return Arrival(tuple(found), or_(*(condition for condition, _ in found)))

    def _words_of(self, source: int, one: Word) -> Iterator[tuple[Expr, int, Value]]:
        """Yield the words of a driver object, and when *one* comes from where they begin."""
        item, behind = self.body.objects[source], sub(one.offset, self.start)
        distance = memory.distance(self.body, self.what.read, item)
        if item.block is not None:
            place = add(distance, behind)
            for other in words_of(self.body.world, item.block):
                yield eq(place, other.offset), other.size, other.value
            return
        first = offset_of(self.what.statement.source)  # as for words that go to variables
        begins = eq(distance, word(first, self.width))
        for own in words_of_object(self.body, source):
            if own.offset >= first:
                further = word(own.offset - first, self.width)
                yield and_(begins, eq(behind, further)), own.size, own.value

    def is_unseen(self, source: int | None) -> Expr:
        """Return that what arrives, where a word arrives whole, is one word of one element of
        another block: then it is enough to ask where that element is followed, too."""
        block, world = self.item.block, self.body.world
        item = None if source is None else self.body.objects[source]
        if block is None or item is None or item.block is None or item is self.item:
            return FALSE
        if item.block.type != block.type:
            return FALSE
        distance = memory.distance(self.body, self.what.read, item)
        begins, first = boundary(world, item.block, distance)
        aligned, _ = boundary(world, block, self.start)
        _, further = boundary(world, block, self.moved)
        return and_(begins, aligned, ule(add(first, further), last_index(world, item.block)))

    # ---- out of memory of the well-behaved caller ------------------------------------------------

    def read_of(self, one: Word) -> Reach:
        """Return the read of what arrives in a word."""
        read, behind = self.what.read, sub(one.offset, self.start)
        return replace(
            read, address=add(read.address, behind), moved=add(read.moved, behind),
            count=word(one.size, 2 * self.width),
        )  # fmt: skip

    def told(self, words: Sequence[Word], whole: Sequence[Expr], here: Location) -> Told | None:
        """Return what the caller's element holds that is copied to this one, if elements of his
        are followed; *whole* tells which of *words* arrive."""
        block, body, read = self.item.block, self.body, self.what.read
        if block is None or block.type != self.what.type.target:
            return None
        moved = self.moved
        reach = replace(read, address=add(read.address, moved), moved=moved, begins=moved)
        found = seen(body, reach, self.what.type, here)
        if found is None:
            return None
        arrivals, holds, strange = [], [], []
        for one, arrives in zip(words, whole, strict=True):
            value, honest, wrong = self._field(reach, one, found, here)
            value_of = from_foreign(body, read, one.part.type, value, here)
            arrivals.append(Arrival(((TRUE, value_of),), TRUE))
            holds.append(implies(arrives, honest))
            strange.append(and_(arrives, wrong))
        aligned, _ = boundary(body.world, block, self.start)
        return Told(aligned, tuple(arrivals), and_(*holds), or_(*strange), found)

    def _field(
        self, whole: Reach, one: Word, found: Seen, here: Location
    ) -> tuple[Value, Expr, Expr]:
        """Return what a field of the caller's element holds, what an honest caller makes true of
        it, and where the driver itself may have written it."""
        inner = word(one.part.inner, self.width)
        reach = replace(
            whole, address=add(whole.address, inner), moved=add(whole.moved, inner),
            count=word(one.size, 2 * self.width),
        )  # fmt: skip
        wanted = memory.Wanted(one.part.type, one.part.field, found)
        value, honest = memory.foreign_value(self.body, reach, wanted, here)
        return value, honest, memory.not_the_callers(self.body, reach, wanted)


__all__ = ["NOTHING_TOLD", "Arrival", "Capture", "Told"]
