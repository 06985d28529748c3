"""``present(p, n)``: is the memory there that a pointer leads to?

Nobody knows, except of an object that a well-behaved caller promised, while his call runs.  So the
answer is free unless it has to be yes; which byte of the range keeps it from that is free as well,
so that it has to be yes only where every byte is one of the object's.
"""

from __future__ import annotations

from cecheck.ir.build import add, and_, eq, not_, or_, ule, ult, zero_extend
from cecheck.ir.expr import BOOL, FALSE, TRUE, Expr, bits
from cecheck.ir.program import Action, Event
from cecheck.lower.body import Body
from cecheck.lower.graph import Location
from cecheck.lower.meant import is_elsewhere
from cecheck.lower.pure import Pure
from cecheck.lower.synthetic import stored, synthetic
from cecheck.lower.values import Origin, Pointer, origin, scalar
from cecheck.sema import typed


def present(body: Body, expr: typed.Present, here: Location) -> tuple[typed.Expr, Location]:
    """Return the answer, as a variable, and where its evaluation stands."""
    graph, pure = body.graph, body.pure(here)
    pointer, count = pure.value(expr.pointer, body.env), scalar(pure.value(expr.count, body.env))
    assert isinstance(pointer, Pointer)
    own, dead = _in_object(body, pure, (pointer, count), here), _dead(body)
    here, guard = body.raises(here, pure, expr.span)
    answer = or_(graph.input(BOOL, here), and_(own, not_(dead)))
    is_shared = own is not FALSE and dead is not FALSE
    read = synthetic(body, "present", TRUE, expr.type, expr.span)
    after = graph.location()
    graph.edge(
        here, after, guard, graph.store(stored(body, read), answer, here),
        action=Action.SHARED if is_shared else Action.LOCAL,
        span=expr.span, event=Event("assign", "finds out whether memory is there"),
    )  # fmt: skip
    return read, after


def _dead(body: Body) -> Expr:
    """Return that the observed call is over; it is not while it runs on this very thread."""
    if body.returned is None or body.accesses is Action.LOCAL:
        return FALSE
    return body.returned


def _in_object(body: Body, pure: Pure, what: tuple[Pointer, Expr], here: Location) -> Expr:
    """Return that a free byte of the range, and its end, are in an object of the observed caller.

    The byte is inside, and lands, as the thread runs, where the caller meant it to be.
    """
    pointer, count = what
    promised, width = pointer.promised, body.world.width
    if promised is None:
        return FALSE
    double = 2 * width
    end = add(zero_extend(promised.offset, double), zero_extend(count, double))
    index = body.graph.input(bits(width), here)
    byte, meant = add(pointer.word, index), add(promised.base, promised.offset)
    astray = is_elsewhere(pure, body.world.observed_place, byte, index, meant)
    return and_(
        eq(pointer.origin, origin(Origin.OBSERVED)),
        ule(end, zero_extend(promised.size, double)),
        not_(and_(ult(index, count), astray)),
    )
