"""What a variable of the driver holds once bytes were copied into it.

Words that are copied whole keep their ghosts (semantics 1.3); what is touched otherwise, or lies
elsewhere than the text of the statement tells, is arbitrary from then on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from cecheck.ir.build import (
    add,
    and_,
    eq,
    implies,
    ite,
    ne,
    not_,
    or_,
    sub,
    ule,
    ult,
    word,
    zero_extend,
)
from cecheck.ir.expr import FALSE, TRUE, Expr, Var
from cecheck.ir.program import Action, CheckKind, Event, Recall
from cecheck.lower import memory
from cecheck.lower.body import Body, DriverObject
from cecheck.lower.cells import Seen, recalled, seen
from cecheck.lower.changes import handed_over
from cecheck.lower.contents import is_word_of, read
from cecheck.lower.elements import boundary, last_index
from cecheck.lower.graph import Location, Updates, is_shared
from cecheck.lower.keeping import is_outliving
from cecheck.lower.loops import noted_move, noted_reads
from cecheck.lower.orders import Course, in_any_order, one_by_one
from cecheck.lower.reach import Reach
from cecheck.lower.synthetic import stored, synthetic
from cecheck.lower.values import Members, Value, leaves
from cecheck.lower.words import ObjectWord, as_word, from_foreign, words_of_object
from cecheck.lower.world import flat_fields
from cecheck.record import record
from cecheck.sema import typed
from cecheck.sema import types as ty


@record
class Move:
    """A copy: what it reads and writes, and which driver objects these ranges begin in.

    *type* is that of the source pointer, *offset* how far in its object the destination lies, as
    the text tells.  *is_partial*: it faults, so that any of the bytes may have arrived.
    """

    statement: typed.Copy
    read: Reach
    written: Reach
    out_of: dict[int, Expr]
    into: dict[int, Expr]
    type: ty.PointerType
    offset: int
    is_partial: bool = False

    @property
    def size(self) -> Expr:
        """The number of bytes."""
        return self.read.count

    def course(self, body: Body) -> Course:
        """Return what all words have in common that are moved one after the other."""
        return Course(self.statement.span, partial(self.ask_live, body))

    def ask_live(self, body: Body, here: Location, when: Expr = TRUE) -> None:
        """Ask, *when* bytes are still to be moved, that blocks which other threads may give back
        were not."""
        for reach, hits in ((self.read, self.out_of), (self.written, self.into)):
            for number, hit in hits.items() if is_outliving(body) else ():
                memory.ask_live(body, reach, body.objects[number], and_(hit, when), here)


@record
class _Source:
    """Where words come from: driver object *number*, or foreign memory; None: nobody can tell."""

    number: int | None


def move(
    body: Body,
    what: Move,
    goes_on: Expr,
    ends: tuple[Location, Location],
    event: Event | None = None,
) -> None:
    """Copy into each variable that the destination may begin in, where *goes_on* holds."""
    event = event or what.written.event
    noted_move(body, what.read.pointer, what.out_of, what.into, ends[0])
    for number, hit in what.into.items():
        if body.objects[number].is_heap:
            continue  # see `captures`
        there = and_(goes_on, hit, _begins(body, what.written, number, what.offset))
        rest = and_(goes_on, hit)
        for source, condition in [] if what.is_partial else _sources(body, what, number):
            way = _Way(what, number, source, ends, event)
            exact = and_(there, condition)
            rest = and_(rest, not_(exact))
            way.run(body, exact)
        _Way(what, number, None, ends, event).run(body, rest)


def _begins(body: Body, reach: Reach, number: int, offset: int) -> Expr:
    distance = memory.distance(body, reach, body.objects[number])
    return eq(distance, word(offset, body.world.width))


def _sources(body: Body, what: Move, number: int) -> Iterator[tuple[_Source, Expr]]:
    """Yield where the bytes may come from, exclusive of each other, and when they do."""
    yield _Source(None), not_(or_(*what.out_of.values()))
    between = abs(what.offset - _source_offset(what))
    apart = ule(what.size, word(between, 2 * body.world.width))  # else anything arrives
    for other, hit in what.out_of.items():
        if body.objects[other].is_heap:
            yield _Source(other), hit
            continue
        begins = _begins(body, what.read, other, _source_offset(what))
        yield _Source(other), and_(hit, begins, apart if other == number else TRUE)


def _source_offset(what: Move) -> int:
    return offset_of(what.statement.source)


def offset_of(expr: typed.Expr) -> int:
    """Return how far behind the start of its object *expr* points, as far as its text tells."""
    inner = expr.value if isinstance(expr, typed.Retype) else expr
    place = inner.place if isinstance(inner, typed.AddressOf) else None
    offset = 0
    while isinstance(place, typed.FieldPlace):
        offset += place.field.offset
        place = place.base
    return offset


@record
class _Way:
    """One way for a copy to go on: into object *number*, out of *source* (None: any bytes)."""

    what: Move
    number: int
    source: _Source | None
    ends: tuple[Location, Location]
    event: Event

    def run(self, body: Body, guard: Expr) -> None:
        """Add the edges: one, or one for each word where threads share the object."""
        if guard is FALSE:
            return
        here, after = self.ends
        if self.from_object is not None and body.objects[self.from_object].is_heap:
            self._out_of_block(body, guard)
            return
        words = list(words_of_object(body, self.number))
        target_is_shared = is_shared(body.env[self.number])
        origin_is_shared = self.from_object is not None and is_shared(body.env[self.from_object])
        if not target_is_shared and not origin_is_shared:
            self._edge(body, (here, after), guard, words, body.accesses)
            return
        steps = [partial(self._shared_word, body, one, origin_is_shared) for one in words]
        in_any_order(body, (here, after), guard, steps, self.what.course(body))
        if not words:
            body.graph.edge(
                here, after, guard, action=Action.SHARED,
                span=self.what.statement.span, event=self.event,
            )  # fmt: skip

    def _out_of_block(self, body: Body, guard: Expr) -> None:
        """Move one word after the other out of a block, as if each was read by itself."""
        assert self.from_object is not None
        (here, after), span = self.ends, self.what.statement.span
        words = list(words_of_object(body, self.number))
        steps = [partial(self._word_of_block, body, one) for one in words]
        shared = is_shared(body.env[self.number])
        moves = in_any_order if shared or body.shares(self.from_object) else one_by_one
        moves(body, (here, after), guard, steps, self.what.course(body))
        if not words:
            action = Action.SHARED if shared else body.accesses
            body.graph.edge(here, after, guard, action=action, span=span, event=self.event)

    def _word_of_block(
        self,
        body: Body,
        one: ObjectWord,
        ends: tuple[Location, Location],
        guard: Expr,
        done: Updates,
    ) -> None:
        """Move one word out of a block, by way of a variable of the thread."""
        assert self.from_object is not None
        (here, end), span = ends, self.what.statement.span
        item = body.objects[self.from_object]
        action = Action.SHARED if is_shared(body.env[self.number]) else body.accesses
        whole, middle = self._is_whole(body, one), body.graph.location()
        self.what.ask_live(body, middle)
        kept = stored(body, synthetic(body, "copied", one.value, one.type, span))
        reach, is_element = self._read_of(body, item, one, kept)
        read(body, reach, item, and_(guard, whole), kept, (here, middle), is_element)
        variable = body.objects[self.number].variable
        stores = (*body.graph.store(one.value, kept, middle),
                  *handed_over(body, variable, kept), *done)  # fmt: skip
        body.graph.edge(middle, end, TRUE, stores, action=action, span=span, event=self.event)
        body.graph.edge(
            here, end, and_(guard, not_(whole)), (*self._changed(body, one, None, here), *done),
            action=action, span=span, event=self.event,
        )  # fmt: skip

    def _read_of(
        self, body: Body, item: DriverObject, one: ObjectWord, kept: Value
    ) -> tuple[Reach, Expr]:
        """Return the read of what arrives in a word, and that it is one word of one element."""
        width, behind = body.world.width, max(one.offset - self.what.offset, 0)
        whole, moved = self.what.read, word(behind, width)
        reach = replace(
            whole, address=add(whole.address, moved), moved=moved, count=word(one.size, 2 * width)
        )
        if item.block is None:
            return reach, FALSE
        stride = memory.size_of(body.world, item.block.type)
        distance = memory.distance(body, whole, item)
        begins, index = boundary(body.world, item.block, distance)
        index = add(index, word(behind // stride, width))
        reach = replace(reach, element=item.block.type, index=index, inner=behind % stride)
        is_word = is_word_of(body, item.block, reach, kept)
        most = last_index(body.world, item.block)
        return reach, and_(begins, ule(index, most)) if is_word else FALSE

    @property
    def from_object(self) -> int | None:
        """The driver object that the bytes come from."""
        return None if self.source is None else self.source.number

    def _shared_word(
        self,
        body: Body,
        one: ObjectWord,
        origin_is_shared: bool,
        ends: tuple[Location, Location],
        guard: Expr,
        done: Updates,
    ) -> None:
        """Move one word: if both sides are shared, by way of a variable of the thread."""
        here, end = ends
        fetched: Value | None = None
        if origin_is_shared and is_shared(one.value):
            found = self._of_object(body, one, here)
            if found is not None and not isinstance(found, Members):
                read = synthetic(body, "copied", found, one.type, self.what.statement.span)
                kept, middle = stored(body, read), body.graph.location()
                updates = body.graph.store(kept, found, here)
                body.graph.edge(
                    here, middle, guard, updates,
                    action=Action.SHARED, span=self.what.statement.span, event=self.event,
                )  # fmt: skip
                here, guard, fetched = middle, TRUE, kept
        self._edge(body, (here, end), guard, [one], Action.SHARED, (fetched, done))

    def _edge(
        self,
        body: Body,
        ends: tuple[Location, Location],
        guard: Expr,
        words: list[ObjectWord],
        action: Action,
        also: tuple[Value | None, Updates] = (None, ()),
    ) -> None:
        """Move *words* in one step, or one that was *fetched* before, and make more updates."""
        (here, after), (fetched, done) = ends, also
        found = self._found(body, here)
        updates: list[tuple[Var, Expr]] = [*done, *(() if found is None else found.updates)]
        recalls: list[Recall] = [] if found is None else [*found.recalls]
        holds: Expr = TRUE
        for one in words:
            arrives: tuple[Value | None, Expr, Expr] = (fetched, TRUE, FALSE)
            value, honest, strange = (
                self._value(body, one, found, here) if fetched is None else arrives
            )
            whole = self._is_whole(body, one)
            updates += self._changed(body, one, value, here)
            if found is None and self._is_foreign and whole is not FALSE:
                recalls += recalled(body, self._reach_of(body, one), value, whole)
            holds = and_(holds, implies(whole, honest))
            wrong = and_(guard, whole, strange)
            if wrong is not FALSE:
                body.graph.check(self.what.read.site, CheckKind.BOUND, here, wrong)
        if self._is_foreign:
            noted_reads(body.graph, tuple(updates))
        body.graph.edge(
            here, after, and_(guard, holds), tuple(updates),
            action=action, span=self.what.statement.span, event=self.event, recalls=tuple(recalls),
        )  # fmt: skip

    # ---- which bytes -----------------------------------------------------------------------------

    def _is_whole(self, body: Body, one: ObjectWord) -> Expr:
        """Return that all of a word is copied."""
        behind = one.offset - self.what.offset
        if self.source is None or behind < 0:
            return FALSE
        return ule(word(behind + one.size, 2 * body.world.width), self.what.size)

    def _is_touched(self, body: Body, one: ObjectWord) -> Expr:
        """Return that some of a word is copied."""
        reach, item = self.what.written, body.objects[self.number]
        width = body.world.width
        some = ne(self.what.size, word(0, 2 * width))
        if self.source is not None:
            behind = one.offset - self.what.offset
            if behind < 0:
                return some if behind + one.size > 0 else FALSE
            return ult(word(behind, 2 * width), self.what.size)
        distance, place = memory.distance(body, reach, item), word(one.offset, width)
        from_here = ult(_wide(body, sub(place, distance)), self.what.size)
        into = ult(sub(distance, place), word(one.size, width))
        return and_(some, or_(from_here, into))

    def _changed(
        self, body: Body, one: ObjectWord, value: Value | None, here: Location
    ) -> Iterator[tuple[Var, Expr]]:
        """Yield what a word of the destination holds then."""
        whole, touched = self._is_whole(body, one), self._is_touched(body, one)
        new: dict[Var, Expr] = {}
        if value is not None and whole is not FALSE:
            new = dict(body.graph.store(one.value, value, here))
            variable = body.objects[self.number].variable
            for var, kept in handed_over(body, variable, value):
                yield var, ite(whole, kept, var)
        for held in leaves(one.value).values():
            assert isinstance(held, Var)
            then = ite(touched, body.graph.input(held.sort, here), held)
            yield held, ite(whole, new[held], then) if held in new else then

    # ---- what was there --------------------------------------------------------------------------

    @property
    def _is_foreign(self) -> bool:
        return self.source is not None and self.source.number is None

    def _reach_of(self, body: Body, one: ObjectWord) -> Reach:
        """Return the read of what arrives in a word."""
        width = body.world.width
        moved = word(one.offset - self.what.offset, width)
        address, count = add(self.what.read.address, moved), word(one.size, 2 * width)
        return replace(self.what.read, address=address, moved=moved, count=count)

    def _found(self, body: Body, here: Location) -> Seen | None:
        """Return the structure of the caller that is read, where elements of it are followed."""
        return seen(body, self.what.read, self.what.type, here) if self._is_foreign else None

    def _value(
        self, body: Body, one: ObjectWord, found: Seen | None, here: Location
    ) -> tuple[Value | None, Expr, Expr]:
        """Return what arrives in a word, what an honest caller makes true of it, and where the
        driver itself may have written it; None is anything."""
        if self.source is None:
            return None, TRUE, FALSE
        if self.source.number is not None:
            return self._of_object(body, one, here), TRUE, FALSE
        behind = one.offset - self.what.offset
        field = next((f for f in self._fields(body) if _is_at(body, f, behind, one.size)), None)
        if field is None:
            return from_foreign(body, self.what.read, one.type, None, here), TRUE, FALSE
        reach = self._reach_of(body, one)
        wanted = memory.Wanted(field.type, field, found)
        value, honest = memory.foreign_value(body, reach, wanted, here)
        strange = memory.not_the_callers(body, reach, wanted)
        return from_foreign(body, reach, one.type, value, here), honest, strange

    def _fields(self, body: Body) -> tuple[typed.FieldLayout, ...]:
        target = self.what.type.target
        is_structure = isinstance(target, ty.StructType)
        return flat_fields(body.world.spec, target.name) if is_structure else ()  # type: ignore[union-attr]

    def _of_object(self, body: Body, one: ObjectWord, here: Location) -> Value | None:
        """Return what the source, a driver object, holds for a word."""
        assert self.from_object is not None
        place = one.offset - self.what.offset + _source_offset(self.what)
        words = words_of_object(body, self.from_object)
        same = (w for w in words if w.offset == place and w.size == one.size)
        found = next(same, None)
        return None if found is None else as_word(body, one.value, found.value, here)


def _is_at(body: Body, field: typed.FieldLayout, place: int, size: int) -> bool:
    return field.offset == place and memory.size_of(body.world, field.type) == size


def _wide(body: Body, value: Expr) -> Expr:
    return zero_extend(value, 2 * body.world.width)
