"""What puts pointers into sets and takes them out: edges, as what is followed is a free choice."""

from __future__ import annotations

from cecheck.ir.build import and_, eq, not_, or_, word
from cecheck.ir.expr import BOOL, FALSE, TRUE, Expr
from cecheck.ir.program import CheckKind, Event, Site
from cecheck.lower.body import Body
from cecheck.lower.graph import Location
from cecheck.lower.pointers import is_some, item_of, others_of
from cecheck.lower.synthetic import stored, synthetic
from cecheck.lower.values import (
    OBJECT_BITS,
    Origin,
    Pointer,
    Record,
    origin,
    scalar,
    set_of,
)
from cecheck.sema import typed


def joined(
    body: Body, expr: typed.Operation, here: Location
) -> tuple[typed.Expr, Location]:
    """Put a pointer into a set: it becomes the followed member, or is one of the others.

    The same number passed by two calls is in it twice.
    """
    pure = body.pure(here)
    members, single = (pure.value(operand, body.env) for operand in expr.operands)
    here, fine = body.raises(here, pure, expr.span)
    assert isinstance(members, Record)
    assert isinstance(single, Record)
    item, new = item_of(members), item_of(single)
    is_there = and_(eq(item.word, new.word), *_same_ghosts(item, new))
    changes = and_(is_some(new), not_(is_there))
    taken = and_(changes, not_(is_some(item)), body.graph.input(BOOL, here))
    read = synthetic(body, "set", members, expr.type, expr.span)
    of_driver = or_(scalar(members.get("ours")), eq(new.origin, origin(Origin.DRIVER)))
    ways = (
        (not_(changes), members, False),
        (taken, members.put("item", new), False),
        (and_(changes, not_(taken)), set_of(item, TRUE, of_driver), True),
    )
    target, after = stored(body, read), body.graph.location()
    for guard, value, aside in ways:
        updates = body.graph.store(target, value, here)
        body.graph.edge(
            here, after, and_(fine, guard), updates, span=expr.span, unfollowed=aside
        )
    return read, after


def _same_ghosts(one: Pointer, other: Pointer) -> list[Expr]:
    same = [eq(one.origin, other.origin), eq(one.object, other.object)]
    same.append(eq(one.lasting or FALSE, other.lasting or FALSE))
    if one.promised is not None and other.promised is not None:
        first, second = one.promised, other.promised
        same += [eq(first.base, second.base), eq(first.offset, second.offset)]
        same.append(eq(first.size, second.size))
        if first.unit is not None and second.unit is not None:
            same.append(eq(first.unit, second.unit))
    return same


def picked(body: Body, expr: typed.Picked, here: Location) -> tuple[typed.Expr, Location]:
    """Take any member of a set: the followed one, another, or null where there is none."""
    pure = body.pure(here)
    members = pure.value(expr.members, body.env)
    here, fine = body.raises(here, pure, expr.span)
    assert isinstance(members, Record)
    item, others = item_of(members), others_of(members)
    site = body.site(Site(body.label or expr.span.text, expr.span, body.label is not None))
    strange = and_(others, scalar(members.get("ours")))
    body.graph.check(site, CheckKind.BOUND, here, strange)
    read = synthetic(body, "any", body.world.null(expr.type), expr.type, expr.span)
    target, after = stored(body, read), body.graph.location()
    assert isinstance(target, Pointer)
    event = Event("assign", f"{expr.span.text} is taken")
    other = and_(others, body.graph.input(BOOL, here))
    updates = body.graph.store(target, item, here)
    body.graph.edge(here, after, and_(fine, not_(other)), updates, span=expr.span, event=event)
    theirs = {target.origin: origin(Origin.OTHER), target.object: word(0, OBJECT_BITS)}
    updates = tuple((v, theirs.get(v, value)) for v, value in body.graph.arbitrary(target, here))
    body.graph.edge(
        here, after, and_(fine, other), updates, span=expr.span, event=event, unfollowed=True
    )
    return read, after
