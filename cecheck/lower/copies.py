"""``copy``: bytes from one range to another, in no order that anybody promises (semantics 3.8).

Both ranges are asked before anything moves.  Then the source is read, all of it, and after that
the destination written: an exception in between leaves anything in the bytes that were to be
written.  Words that threads share move one by one.
"""

from __future__ import annotations

from dataclasses import replace

from cecheck.ir.build import add, and_, not_, or_, sub, word, zero_extend
from cecheck.ir.expr import FALSE, TRUE, Const, Expr, bits
from cecheck.ir.program import CheckKind, Event, Prefix, Site
from cecheck.lower import memory, records
from cecheck.lower.access import Questions
from cecheck.lower.body import Body
from cecheck.lower.captures import captured
from cecheck.lower.cells import forgetting, noted
from cecheck.lower.expression import keep, reduce, value_of
from cecheck.lower.graph import Location
from cecheck.lower.keeping import holds_block, is_outliving, not_followed
from cecheck.lower.moves import Move, move, offset_of
from cecheck.lower.purity import is_pure, root
from cecheck.lower.reach import Outcome, Reach, Shape
from cecheck.lower.values import OBJECT_BITS, Pointer, scalar
from cecheck.sema import typed
from cecheck.sema import types as ty


def copy(body: Body, statement: typed.Copy, here: Location) -> Location:
    """Copy *size* bytes; see above."""
    to, source, size, here = _operands(body, statement, here)
    site = body.site(statement.site) if body.called is None else body.call_site(statement.span)
    texts = [_text(e) for e in (statement.to, statement.source, statement.size)]
    of_source, of_target = (_pointed(body, e) for e in (statement.source, statement.to))
    written = _reach(body, (to, of_target), size, (site, True, f"{texts[0]}[0 .. {texts[2]}]"))
    read = _reach(body, (source, of_source), size, (site, False, f"{texts[1]}[0 .. {texts[2]}]"))
    body.used += [(pointer.word, size) for pointer in (to, source)]
    hits = {r.writing: memory.hits(body, r) for r in (read, written)}
    fetched = Questions(body, read, or_(*hits[False].values()), here)
    stored = _Destination(fetched, written, or_(*hits[True].values()))
    for asked in (fetched, stored):
        asked.ask_all()
        _ask_ends(body, asked.reach, hits[asked.reach.writing], here)
    got, middle = fetched.outcome(), body.graph.location()
    body.graph.edge(
        here, middle, and_(got.goes_on, not_(stored.ended)),
        action=body.accesses, span=statement.span, event=read.event, passes=got.passes,
    )  # fmt: skip
    offset = offset_of(statement.to)
    what = Move(statement, read, written, hits[False], hits[True], of_source, offset)
    body.graph.check(site, CheckKind.BOUND, here, _spreads(body, what))
    what.ask_live(body, middle)
    _fault(body, what, got.faults, here)
    put = Questions(body, written, or_(*hits[True].values()), middle).outcome()
    after = body.graph.location()
    move(body, what, put.goes_on, (middle, after))
    captured(body, what, put.goes_on, (middle, after))
    _into_foreign(body, what, put, (middle, after))
    _fault(body, what, put.faults, middle)
    return after


# ---- operands ------------------------------------------------------------------------------------


def _operands(
    body: Body, statement: typed.Copy, here: Location
) -> tuple[Pointer, Pointer, Expr, Location]:
    """Return destination, source and size, which stay what they are while bytes move."""
    given = (statement.to, statement.source, statement.size)
    found = []
    for number, operand in enumerate(given):
        part, here = reduce(body, operand, here)
        later_is_pure = all(is_pure(body.world, e, body.env) for e in given[number + 1 :])
        stays = later_is_pure and not is_outliving(body)  # else it is looked at in the middle, too
        if not (stays and _is_settled(body, part)):
            part, here = keep(body, part, here)
        found.append(part)
    values = []
    for part, operand in zip(found, given, strict=True):
        value, here, guard = value_of(body, part, here)
        assert guard is TRUE
        values.append(_exact(body, value, operand) if isinstance(value, Pointer) else value)
    to, source, size = values
    assert isinstance(to, Pointer)
    assert isinstance(source, Pointer)
    return to, source, scalar(size), here


def _is_settled(body: Body, expr: typed.Expr) -> bool:
    """Tell whether *expr* is a constant, or a variable that no copy changes."""
    inner = expr.value if isinstance(expr, typed.Retype) else expr
    if isinstance(inner, typed.Read):
        variable = root(inner.place)
        return variable is None or variable.number not in body.objects
    return isinstance(inner, typed.Literal | typed.Null)


def _exact(body: Body, pointer: Pointer, operand: typed.Expr) -> Pointer:
    """Return *pointer* with the object that it is made from on the spot, if it is."""
    inner = operand.value if isinstance(operand, typed.Retype) else operand
    if not isinstance(inner, typed.AddressOf):
        return pointer
    place = inner.place
    while isinstance(place, typed.FieldPlace | typed.ElementPlace):
        place = place.base
    assert isinstance(place, typed.VarPlace)
    tag = body.objects[place.variable.number].tag
    return replace(pointer, object=word(tag, OBJECT_BITS))


def _pointed(body: Body, expr: typed.Expr) -> ty.PointerType:
    """Return the type of a pointer before it was taken for an address."""
    while True:
        if isinstance(expr, typed.Retype) and not isinstance(expr.value.type, ty.NullType):
            expr = expr.value
        elif isinstance(expr, typed.Read) and expr.type == ty.ADDRESS:
            place = expr.place
            number = place.variable.number if isinstance(place, typed.VarPlace) else None
            if number not in body.given:
                return ty.ADDRESS
            expr = body.given[number]
        else:
            type_ = expr.type
            return type_ if isinstance(type_, ty.PointerType) else ty.ADDRESS


def _text(expr: typed.Expr) -> str:
    return " ".join(expr.span.text.split())


def _reach(
    body: Body, typed_: tuple[Pointer, ty.PointerType], size: Expr, how: tuple[Site, bool, str]
) -> Reach:
    (pointer, type_), (site, writing, text) = typed_, how
    none, count = word(0, body.world.width), zero_extend(size, 2 * body.world.width)
    is_whole = False
    if isinstance(type_.target, ty.StructType) and isinstance(size, Const):
        is_whole = size.value <= memory.size_of(body.world, type_.target)
    shape = Shape.WHOLE if is_whole else Shape.BYTES
    return Reach(pointer, pointer.word, none, none, count, shape, writing, site, site.span, text)


# ---- what is asked -------------------------------------------------------------------------------


class _Destination(Questions):
    """Questions about where bytes arrive: a byte does once that of the source was read."""

    def __init__(self, source: Questions, reach: Reach, hit: Expr) -> None:
        self.source = source
        super().__init__(source.body, reach, hit, source.here)

    def _fetched_from(self, byte: Expr) -> Expr:
        first = self.reach.address
        start = self.source.reach.address
        return start if byte is first else add(start, sub(byte, first))

    def _within(self, byte: Expr) -> Expr:
        read = self.source.premise(self._fetched_from(byte), owned=False)
        return and_(super()._within(byte), read)

    def _prefix(self, lost: Expr, owned: bool = True) -> Prefix | None:
        """Return that the byte of the source is read, for the replay to look at."""
        index = self.body.graph.input(bits(self.width), self.here)
        start = self._fetched_from(self.byte)
        pure = self.body.asking()
        holds = or_(lost, self.source.reached(pure, add(start, index)))
        return Prefix(index, start, word(1, self.width), holds)


def _ask_ends(body: Body, reach: Reach, hits: dict[int, Expr], here: Location) -> None:
    """Ask that a range that begins in a driver object ends in it, and that this is there."""
    for number, hit in hits.items():
        memory.ask_object(body, reach, number, hit, here)
        if reach.writing:
            not_followed(body, reach, body.objects[number], hit, here)


def _spreads(body: Body, what: Move) -> Expr:
    """Return that pointers to a block that may outlive its call may be among the bytes, or be made
    of them, that go from the driver's memory to its memory: nobody tells who has it then."""
    if not is_outliving(body):
        return FALSE
    found: list[Expr] = []
    for source, out_of in what.out_of.items():
        for target, into in what.into.items():
            spread = or_(_has_block(body, source), _makes_pointers(body, source, target))
            found.append(and_(out_of, into, spread))
    return or_(*found)


def _has_block(body: Body, number: int) -> Expr:
    """Return that there may be a pointer to such a block in a driver object."""
    type_ = _type_of(body, number)
    is_number = type_ is not None and not body.world.spec.holds_pointer(type_)
    return FALSE if is_number else holds_block(body, number)


def _makes_pointers(body: Body, source: int, target: int) -> Expr:
    """Return whether pointers that are followed may be made of other bytes."""
    made = _type_of(body, target)
    if made is None or made == _type_of(body, source):
        return FALSE
    return TRUE if body.world.spec.holds_pointer(made) else FALSE


def _type_of(body: Body, number: int) -> ty.Type | None:
    """Return what a driver object holds; None: nobody knows."""
    item = body.objects[number]
    if item.block is not None:
        return item.block.type
    return item.variable.type if item.followed else None


# ---- foreign destinations, faults ----------------------------------------------------------------


def _into_foreign(
    body: Body, what: Move, put: Outcome, ends: tuple[Location, Location]
) -> None:
    """Copy to memory that is not the driver's: what arrives there is not followed."""
    here, after = ends
    foreign = and_(put.goes_on, not_(or_(*what.into.values())))
    changed = records.overwritten(body, what.written, None, here)
    body.graph.edge(
        here, after, foreign, (*changed, *noted(what.written, body.written)),
        action=body.accesses, span=what.statement.span, event=what.written.event,
        passes=put.passes, recalls=forgetting(body, what.written),
    )  # fmt: skip


def _fault(body: Body, what: Move, faults: Expr, here: Location) -> None:
    """Send a copy that faults to its handler; any bytes may have arrived before."""
    if not body.guarded or faults is FALSE:
        return
    event = Event("fault", f"{_text_of(what)} faults")
    partly = replace(what, is_partial=True)
    move(body, partly, faults, (here, body.raise_to), event)
    captured(body, partly, faults, (here, body.raise_to), event)
    foreign = and_(faults, not_(or_(*what.into.values())))
    changed = records.overwritten(body, what.written, None, here)
    body.graph.edge(
        here, body.raise_to, foreign, (*changed, *noted(what.written, body.written)),
        action=body.accesses, span=what.statement.span, event=event,
        recalls=forgetting(body, what.written),
    )  # fmt: skip


def _text_of(what: Move) -> str:
    return " ".join(what.statement.span.text.split())
