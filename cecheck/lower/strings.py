"""``string_length``: a walk over ascending elements, up to the first zero (semantics 3.10).

How long the walk is, is chosen before anything is asked of it; then it is the access to a range
of that many bytes.  A hostile caller changes his memory as he likes, so the choice is free each
time.  The string of a well-behaved caller ends where its object does, once and for all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cecheck.ir.build import (
    add,
    and_,
    binary,
    eq,
    ite,
    not_,
    or_,
    sub,
    ule,
    ult,
    word,
    zero_extend,
)
from cecheck.ir.expr import FALSE, TRUE, BinaryOp, Expr, Scope, variables
from cecheck.ir.program import Action, CheckKind, Event, Recall, View
from cecheck.lower import access, memory
from cecheck.lower.arithmetic import times
from cecheck.lower.body import Body
from cecheck.lower.extent import fault
from cecheck.lower.graph import Location, is_shared
from cecheck.lower.loops import noted_reads
from cecheck.lower.reach import Reach, Shape
from cecheck.lower.synthetic import stored, synthetic
from cecheck.lower.values import UNIT_BITS, Origin, Pointer, Promised, Value, origin, scalar
from cecheck.record import record
from cecheck.sema import typed


def string_length(
    body: Body, expr: typed.StringLength, given: Sequence[Value], here: Location
) -> tuple[typed.Expr, Location]:
    """Return the length, as a variable, and where its evaluation stands.

    *given* are the pointer and, if the walk is bounded, the most elements that it looks at.
    """
    graph, pointer = body.graph, given[0]
    assert isinstance(pointer, Pointer)
    most = scalar(given[1]) if len(given) > 1 else None
    read = synthetic(body, "length", word(0, body.world.width), expr.type, expr.span)
    length = scalar(stored(body, read))
    reach = _reach(expr, pointer, length, most)
    hits = memory.hits(body, reach)
    hit = or_(*hits.values())
    chosen, after = graph.location(), graph.location()
    choice = graph.input(length.sort, here)
    tried = _reach(expr, pointer, choice, most)
    for way in (*_in_own(body, tried, hits, choice), *_foreign(body, tried, hit, choice, expr)):
        updates = graph.store(stored(body, read), way.length, here)
        noted_reads(graph, updates)
        reads = any(v.scope is Scope.GLOBAL for e in (way.guard, way.length) for v in variables(e))
        graph.edge(
            here, chosen, way.guard, updates, span=expr.span, recalls=way.recalls,
            action=Action.SHARED if reads else Action.LOCAL, unfollowed=way.unfollowed,
            event=Event("assign", f"{reach.text} is measured"),
        )  # fmt: skip
        if way.beyond is not FALSE:
            beyond = and_(way.guard, way.beyond)
            graph.check(body.site(reach.site), CheckKind.BOUND, here, beyond)
    outcome = access.ask(body, reach, hit, chosen)
    result = length if most is None else ite(ult(length, most), length, most)
    done = graph.store(stored(body, read), result, chosen)
    for number, condition in hits.items():
        memory.ask_object(body, reach, number, condition, chosen)
        action = Action.SHARED if is_shared(body.env[number]) else body.accesses
        graph.edge(
            chosen, after, condition, done, action=action, span=expr.span, event=reach.event
        )
    graph.edge(
        chosen, after, and_(outcome.goes_on, not_(hit)), done, action=body.accesses,
        span=expr.span, event=reach.event, passes=outcome.passes,
    )  # fmt: skip
    fault(body, reach, outcome.faults, chosen)
    return read, after


def _reach(expr: typed.StringLength, pointer: Pointer, length: Expr, most: Expr | None) -> Reach:
    """Return the bytes of a walk over *length* elements and the zero behind them, or over *most*.

    Their number is exact: that of the elements may be 2 to the power of the address width.
    """
    width = pointer.word.sort.width
    double, none = 2 * width, word(0, width)
    if most is None:
        elements = add(zero_extend(length, double), word(1, double))
    else:
        elements = zero_extend(ite(ult(length, most), add(length, word(1, width)), most), double)
    text = f"{' '.join(expr.pointer.span.text.split())}[0 .. its end]"
    return Reach(
        pointer, pointer.word, none, none, times(elements, expr.stride), Shape.RANGE, False,
        expr.site, expr.span, text,
    )  # fmt: skip


# ---- how long the walk is ------------------------------------------------------------------------


@record
class _Way:
    """A *length* that the walk may have where *guard* holds.

    Is it *unfollowed*, only proofs are about it; one that goes *beyond* the object is what nobody
    can tell anything about.
    """

    guard: Expr
    length: Expr
    recalls: tuple[Recall, ...] = ()
    unfollowed: bool = False
    beyond: Expr = FALSE


def _in_own(body: Body, tried: Reach, hits: dict[int, Expr], choice: Expr) -> Iterator[_Way]:
    """Yield how long it may be in memory of the driver, where *choice* makes it the walk *tried*.

    What that memory holds is not followed: any length inside an array is possible, and of one that
    goes beyond nobody knows whether there is no zero before.  Allocated memory no run looks at.
    """
    for number, hit in hits.items():
        item = body.objects[number]
        lost = memory.overrun(body, tried, item, hit)
        followed = FALSE if item.is_heap else and_(hit, not_(lost))
        yield _Way(followed, choice)
        yield _Way(and_(hit, not_(followed)), choice, unfollowed=True, beyond=lost)


def _foreign(
    body: Body, tried: Reach, hit: Expr, choice: Expr, expr: typed.StringLength
) -> Iterator[_Way]:
    """Yield how long it may be in memory of others: *choice* is free.

    What the driver, another thread or a device may have written into an object of the well-behaved
    caller is not followed.
    """
    pointer, promised = tried.pointer, tried.pointer.promised
    if body.world.view is View.HOSTILE or promised is None:
        yield _Way(not_(hit), choice)
        return
    caller = and_(eq(pointer.origin, origin(Origin.OBSERVED)), not_(hit))
    yield _Way(not_(or_(caller, hit)), choice)
    known = and_(caller, not_(_may_be_written(body, promised)))
    ends, rest = _ends(promised, expr.stride)
    number = binary(BinaryOp.UDIV, rest, word(expr.stride, rest.sort.width))
    yield _Way(and_(known, ends), sub(number, word(1, rest.sort.width)))
    free = and_(known, not_(ends), _is_free(promised))
    yield _Way(free, choice, _recalls(promised, choice, free, expr.stride))
    others = and_(caller, not_(and_(known, ends)), not_(free))
    yield _Way(others, choice, unfollowed=True, beyond=_goes_beyond(promised, tried))


def _goes_beyond(promised: Promised, tried: Reach) -> Expr:
    """Return that the walk does not end in the object."""
    double = tried.count.sort.width
    end = add(zero_extend(promised.offset, double), tried.count)
    return ult(zero_extend(promised.size, double), end)


def _ends(promised: Promised, stride: int) -> tuple[Expr, Expr]:
    """Return that the walk goes to the end of a string, and how many bytes that is.

    It begins at an element, and looks at elements of the size that they have.
    """
    assert promised.unit is not None
    rest = sub(promised.size, promised.offset)
    width = rest.sort.width
    is_whole = eq(binary(BinaryOp.UREM, rest, word(stride, width)), word(0, width))
    same = eq(promised.unit, word(stride, UNIT_BITS))
    return and_(same, ult(promised.offset, promised.size), is_whole), rest


def _is_free(promised: Promised) -> Expr:
    """Return that the caller promised no zero, at least none where the walk is."""
    assert promised.unit is not None
    return or_(eq(promised.unit, word(0, UNIT_BITS)), ule(promised.size, promised.offset))


def _recalls(promised: Promised, length: Expr, holds: Expr, stride: int) -> tuple[Recall, ...]:
    """Return that the object has its first zero behind where the walk begins.

    That is kept where no address is, far from what is kept of other objects: what is said of it is
    not the word that lies there.
    """
    width = promised.base.sort.width
    double = 2 * width
    apart = times(zero_extend(promised.base, double), 1 << width // 2)
    place = add(apart, word(1 << (double - 1), double))
    moved = times(zero_extend(length, double), stride)
    return (Recall(holds, place, add(moved, zero_extend(promised.offset, double))),)


def _may_be_written(body: Body, promised: Promised) -> Expr:
    """Return that what the object holds need not be what the caller put there."""
    if body.world.lasting and body.world.writes:
        return TRUE  # another thread may have done it
    found = [w.to(promised.base) for w in (body.written, body.filled) if w is not None]
    return or_(*found)


__all__ = ["string_length"]
