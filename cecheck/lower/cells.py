"""Elements of arrays that a well-behaved caller handed in: the one read last is remembered.

An array may have any length, so its elements are not all part of the state.  A thread remembers
one for each structure: reading a field of it again, or another field of it, tells what the caller
put there.  An element that is read anew may hold anything honest, even if it was read before: a
proof covers more than there is, and a run is kept only if each element stayed as it was
(`ir.program.Recall`).
"""

from __future__ import annotations

from dataclasses import replace

from cecheck.ir.build import add, and_, eq, ite, not_, or_, word
from cecheck.ir.expr import BOOL, FALSE, TRUE, Expr, Var, bits
from cecheck.ir.program import Recall, View
from cecheck.lower.body import Body, Cell, Written
from cecheck.lower.graph import Graph, Location, Updates
from cecheck.lower.reach import Reach
from cecheck.lower.records import fresh_record, honest_record
from cecheck.lower.survey import Survey
from cecheck.lower.values import (
    Held,
    Members,
    Opaque,
    Origin,
    Pointer,
    Record,
    Value,
    origin,
    scalar,
)
from cecheck.record import record
from cecheck.sema import types as ty


@record
class Memory:
    """The cells of a thread, by structure, and what it and a device for it have written to."""

    cells: dict[str, Cell]
    written: Written | None
    filled: Written | None

    @property
    def initial(self) -> Expr:
        """Return what is true of them before the first call."""
        parts = [not_(cell.known) for cell in self.cells.values()]
        told = [held for cell in self.cells.values() for held in cell.record if held.tells]
        parts += [not_(held.value) for held in told]
        for written in (self.written, self.filled):
            if written is not None:
                nothing = word(0, written.base.sort.width)
                parts += [eq(written.base, nothing), not_(written.more)]
        return and_(*parts)


def memory_of(graph: Graph, survey: Survey) -> Memory:
    """Return what the thread of *graph* remembers: nothing of a hostile caller, who may change
    anything at any time."""
    if graph.world.view is View.HOSTILE:
        return Memory({}, None, None)
    address = bits(graph.world.width)
    written = filled = None
    if survey.writes:
        written = Written(graph.local("written.base", address), graph.local("written.more", BOOL))
    if survey.filled:
        filled = Written(graph.local("filled.base", address), graph.local("filled.more", BOOL))
    structures = (name for name in survey.elements if name)
    return Memory({name: _cell(graph, name) for name in structures}, written, filled)


def _cell(graph: Graph, name: str) -> Cell:
    address = bits(graph.world.width)
    shape = graph.world.record_shape(ty.PointerType(True, ty.StructType(name)))
    prefix = f"{name} read last"
    words = [graph.local(f"{prefix}{held.suffix}", held.value.sort) for held in shape]
    return Cell(
        graph.local(f"{prefix}.known", BOOL),
        graph.local(f"{prefix}.base", address),
        graph.local(f"{prefix}.offset", address),
        tuple(replace(held, value=var) for held, var in zip(shape, words, strict=True)),
    )


@record
class Seen:
    """What an access finds in the structure that it is to: its words, that new ones among them
    are honest, what is remembered from now on, and what must not have changed."""

    record: tuple[Held, ...]
    honest: Expr
    updates: Updates
    recalls: tuple[Recall, ...]


def seen(body: Body, reach: Reach, type_: ty.Type, here: Location) -> Seen | None:
    """Return what an access through a pointer of *type_* finds in a structure of the observed
    caller, if elements of that structure are followed at all."""
    promised = reach.pointer.promised
    if promised is None or not isinstance(type_, ty.PointerType):
        return None
    cell = body.cells.get(type_.target.name) if isinstance(type_.target, ty.StructType) else None
    if cell is None:
        return None
    offset = add(promised.offset, reach.begins)
    zero = word(0, body.world.width)
    own = {held.suffix: held.value for held in promised.record}
    is_whole = reach.begins is zero and all(held.suffix in own for held in cell.record)
    first = eq(offset, zero) if is_whole else FALSE  # its words are those of the pointer
    again = and_(cell.known, eq(cell.base, promised.base), eq(cell.offset, offset))
    fresh = fresh_record(body, type_, here)
    written = FALSE if body.written is None else body.written.to(promised.base)
    new = tuple(
        replace(held, value=ite(again, held.value, written if held.tells else anything.value))
        for held, anything in zip(cell.record, fresh, strict=True)
    )
    found = tuple(
        replace(held, value=ite(first, own.get(held.suffix, held.value), held.value))
        for held in new
    )
    caller = eq(reach.pointer.origin, origin(Origin.OBSERVED))
    is_element = and_(caller, not_(first))
    honest = or_(not_(is_element), written, honest_record(body, type_, new, here))
    changes: list[tuple[Var, Expr]] = [
        (cell.known, or_(cell.known, is_element)),
        (cell.base, ite(is_element, promised.base, cell.base)),
        (cell.offset, ite(is_element, offset, cell.offset)),
    ]
    for held, now in zip(cell.record, new, strict=True):
        assert isinstance(held.value, Var)
        changes.append((held.value, ite(is_element, now.value, held.value)))
    recalls = _recalls(is_element, add(promised.base, offset), new)
    if is_whole:
        suffixes = {held.suffix for held in new}
        kept = tuple(held for held in promised.record if held.suffix in suffixes)
        recalls += _recalls(and_(caller, first), promised.base, kept)
    return Seen(found, honest, tuple(changes), recalls)


def _recalls(holds: Expr, start: Expr, words: tuple[Held, ...]) -> tuple[Recall, ...]:
    """Return that the structure at *start* holds those of *words* that are in it, where *holds*."""
    inside = (held for held in words if "/" not in held.path and held.is_word)
    width = start.sort.width
    return tuple(
        Recall(holds, add(start, word(h.offset, width)), number_in(h.value)) for h in inside
    )


def recalled(
    body: Body, reach: Reach, value: Value | None, holds: Expr = TRUE
) -> tuple[Recall, ...]:
    """Return that the observed caller's memory has *value*, where *holds*, for *reach* to read.

    What a device may write is none of the caller's any more.
    """
    found = number_in(value)
    caller = _is_callers(body, reach)
    if found is None or caller is FALSE:
        return ()
    promised = reach.pointer.promised
    if promised is not None:
        place: Value = add(add(promised.base, promised.offset), reach.moved)
        mine = TRUE if body.filled is None else not_(body.filled.to(promised.base))
    else:
        place, nowhere = body.asking().hook_value("translate", [reach.address])
        mine = not_(nowhere) if body.filled is None else FALSE
    holds = and_(caller, holds, mine)
    return () if holds is FALSE else (Recall(holds, scalar(place), found),)


def number_in(value: Value | None) -> Expr | None:
    """Return the number that memory has for a *value*, if it is one word; true is 1."""
    match value:
        case Pointer():
            return value.word
        case None | Opaque() | Members() | Record():
            return None
        case _:
            return value if value.sort.width else ite(value, word(1, 8), word(0, 8))


def forgetting(body: Body, reach: Reach) -> tuple[Recall, ...]:
    """Return that a write may change what the observed caller's memory holds."""
    caller = _is_callers(body, reach)
    return () if caller is FALSE else (Recall(caller, None, None),)


def _is_callers(body: Body, reach: Reach) -> Expr:
    """Return that an access is to memory that stays as the observed caller made it: a hostile one
    may change his at any time."""
    if body.world.view is View.HOSTILE:
        return FALSE
    return eq(reach.pointer.origin, origin(Origin.OBSERVED))


def noted(reach: Reach, written: Written | None) -> Updates:
    """Return how a write is noted in *written*: what is not the caller's need not be honest."""
    promised = reach.pointer.promised
    if promised is None or written is None:
        return ()
    caller = eq(reach.pointer.origin, origin(Origin.OBSERVED))
    clean = eq(written.base, word(0, written.base.sort.width))
    other = and_(not_(clean), not_(eq(written.base, promised.base)))
    return (
        (written.base, ite(and_(caller, clean), promised.base, written.base)),
        (written.more, or_(written.more, and_(caller, other))),
    )
