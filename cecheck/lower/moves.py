"""What a driver object holds once bytes were copied into it.

Words that are copied whole keep their ghosts (semantics 1.3); what is touched otherwise, or lies
elsewhere than the text of the statement tells, is arbitrary from then on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

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
from cecheck.ir.expr import FALSE, TRUE, Expr, Var, bits
from cecheck.ir.program import Action, CheckKind, Event, Recall
from cecheck.lower import memory
from cecheck.lower.body import Body
from cecheck.lower.cells import Seen, seen
from cecheck.lower.changes import handed_over
from cecheck.lower.graph import Location, is_shared
from cecheck.lower.loops import noted_reads
from cecheck.lower.reach import Reach
from cecheck.lower.synthetic import stored, synthetic
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


@record
class _Word:
    """A word of a driver object: *size* bytes, *offset* behind its start."""

    offset: int
    size: int
    type: ty.Type
    value: Value


@record
class _Source:
    """Where words come from: driver object *number*, or foreign memory; None: nobody can tell."""

    number: int | None


def _words(body: Body, number: int) -> Iterator[_Word]:
    """Yield the words of a driver object, as far as they are followed."""
    item, held = body.objects[number], body.env[number]
    if item.is_heap:
        return
    if not isinstance(item.variable.type, ty.StructType):
        size = memory.size_of(body.world, item.variable.type)
        whole = _Word(0, size, item.variable.type, held)
        yield from () if isinstance(held, Opaque) else (whole,)
        return
    for field in flat_fields(body.world.spec, item.variable.type.name):
        assert isinstance(held, Record)
        value = held.get(field.name)
        if not isinstance(value, Opaque | Record):
            size = memory.size_of(body.world, field.type)
            yield _Word(field.offset, size, field.type, value)


def move(
    body: Body,
    what: Move,
    goes_on: Expr,
    ends: tuple[Location, Location],
    event: Event | None = None,
) -> None:
    """Copy into each driver object that the destination may begin in, where *goes_on* holds."""
    event = event or what.written.event
    for number, hit in what.into.items():
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
    for other, hit in what.out_of.items():
        if other != number:  # ranges may overlap: then anything arrives
            yield _Source(other), and_(hit, _begins(body, what.read, other, _source_offset(what)))


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
        words = list(_words(body, self.number))
        target_is_shared = is_shared(body.env[self.number])
        origin_is_shared = self.from_object is not None and is_shared(body.env[self.from_object])
        if not target_is_shared and not origin_is_shared:
            self._edge(body, (here, after), guard, words, body.accesses)
            return
        for number, one in enumerate(words):
            end = after if number == len(words) - 1 else body.graph.location()
            here = self._shared_word(body, (here, end), guard, one, origin_is_shared)
            guard = TRUE
        if not words:
            body.graph.edge(
                here, after, guard, action=Action.SHARED,
                span=self.what.statement.span, event=self.event,
            )  # fmt: skip

    @property
    def from_object(self) -> int | None:
        """The driver object that the bytes come from."""
        return None if self.source is None else self.source.number

    def _shared_word(
        self,
        body: Body,
        ends: tuple[Location, Location],
        guard: Expr,
        one: _Word,
        origin_is_shared: bool,
    ) -> Location:
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
        self._edge(body, (here, end), guard, [one], Action.SHARED, fetched)
        return end

    def _edge(
        self,
        body: Body,
        ends: tuple[Location, Location],
        guard: Expr,
        words: list[_Word],
        action: Action,
        fetched: Value | None = None,
    ) -> None:
        here, after = ends
        found = self._found(body, here)
        updates: list[tuple[Var, Expr]] = [] if found is None else [*found.updates]
        recalls: tuple[Recall, ...] = () if found is None else found.recalls
        holds: Expr = TRUE
        for one in words:
            arrives: tuple[Value | None, Expr, Expr] = (fetched, TRUE, FALSE)
            value, honest, strange = (
                self._value(body, one, found, here) if fetched is None else arrives
            )
            whole = self._is_whole(body, one)
            updates += self._changed(body, one, value, here)
            holds = and_(holds, implies(whole, honest))
            wrong = and_(guard, whole, strange)
            if wrong is not FALSE:
                body.graph.check(self.what.read.site, CheckKind.BOUND, here, wrong)
        if self.source is not None and self.source.number is None:
            noted_reads(body.graph, tuple(updates))
        body.graph.edge(
            here, after, and_(guard, holds), tuple(updates),
            action=action, span=self.what.statement.span, event=self.event, recalls=recalls,
        )  # fmt: skip

    # ---- which bytes -----------------------------------------------------------------------------

    def _is_whole(self, body: Body, one: _Word) -> Expr:
        """Return that all of a word is copied."""
        behind = one.offset - self.what.offset
        if self.source is None or behind < 0:
            return FALSE
        return ule(word(behind + one.size, 2 * body.world.width), self.what.size)

    def _is_touched(self, body: Body, one: _Word) -> Expr:
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
        self, body: Body, one: _Word, value: Value | None, here: Location
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

    def _found(self, body: Body, here: Location) -> Seen | None:
        """Return the structure of the caller that is read, where elements of it are followed."""
        if self.source is None or self.source.number is not None:
            return None
        return seen(body, self.what.read, self.what.type, here)

    def _value(
        self, body: Body, one: _Word, found: Seen | None, here: Location
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
            return _foreign(body, self.what.read, one.type, None, here), TRUE, FALSE
        moved = word(field.offset, body.world.width)
        reach = replace(
            self.what.read, address=add(self.what.read.address, moved), moved=moved,
            count=word(one.size, 2 * body.world.width),
        )  # fmt: skip
        wanted = memory.Wanted(field.type, field, found)
        value, honest = memory.foreign_value(body, reach, wanted, here)
        strange = memory.not_the_callers(body, reach, wanted)
        return _foreign(body, reach, one.type, value, here), honest, strange

    def _fields(self, body: Body) -> tuple[typed.FieldLayout, ...]:
        target = self.what.type.target
        is_structure = isinstance(target, ty.StructType)
        return flat_fields(body.world.spec, target.name) if is_structure else ()  # type: ignore[union-attr]

    def _of_object(self, body: Body, one: _Word, here: Location) -> Value | None:
        """Return what the source, a driver object, holds for a word."""
        assert self.from_object is not None
        place = one.offset - self.what.offset + _source_offset(self.what)
        words = _words(body, self.from_object)
        same = (w for w in words if w.offset == place and w.size == one.size)
        found = next(same, None)
        if found is None:
            return None
        if isinstance(one.value, Pointer) and isinstance(found.value, Pointer):
            return found.value
        if isinstance(one.value, Members) and isinstance(found.value, Members):
            return found.value
        return _as_word(body, one, found.value, here)


def _as_word(body: Body, one: _Word, value: Value, here: Location) -> Value | None:
    """Return a word of another type: a number has no ghosts to give to a pointer."""
    if isinstance(value, Members | Record | Opaque):
        return None
    number = value.word if isinstance(value, Pointer) else value
    if isinstance(one.value, Pointer) and number.sort == bits(body.world.width):
        anyone = body.graph.input(bits(ORIGIN_BITS), here)
        return Pointer(number, anyone, body.graph.input(bits(OBJECT_BITS), here), None)
    is_word = not isinstance(one.value, Pointer | Members | Record | Opaque)
    return number if is_word and number.sort == leaves(one.value)[""].sort else None


def _foreign(
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
            got = value.word if isinstance(value, Pointer) else value
            same = got is not None and got.sort == body.world.sort(type_)
            return got if same else None
        case _:
            return None


def _is_at(body: Body, field: typed.FieldLayout, place: int, size: int) -> bool:
    return field.offset == place and memory.size_of(body.world, field.type) == size


def _wide(body: Body, value: Expr) -> Expr:
    return zero_extend(value, 2 * body.world.width)
