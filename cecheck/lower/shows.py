"""Memory of others that a platform shows to a driver for a while (semantics 3.5).

Each place where some is shown is followed like one where memory is allocated: one showing of it,
and whether that has ended.  What is there is not the driver's, so this is asked besides all that is
asked of a pointer of its origin.  Who has to end it tells a resource of the platform.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cecheck.ir.build import and_, const, ite, not_, word
from cecheck.ir.expr import BOOL, TRUE, Expr, Var
from cecheck.ir.program import Action, CheckKind, Event
from cecheck.lower.body import Body
from cecheck.lower.graph import Location
from cecheck.lower.heap import free, place_of
from cecheck.lower.keeping import is_outliving
from cecheck.lower.objects import made_from
from cecheck.lower.staying import may_stay
from cecheck.lower.synthetic import stored, synthetic
from cecheck.lower.values import OBJECT_BITS, OTHER_SHOWN, Pointer, Value, scalar
from cecheck.sema import typed


def show(
    body: Body, expr: typed.Show, values: Sequence[Value], guard: Expr, here: Location
) -> tuple[typed.Expr, Location]:
    """Show memory, *values* being where and how much: this is the showing that is followed, or
    another one, of which nobody asks whether it has ended.

    Where some of it may stay, nobody knows that of the other one, so that no replay goes there.
    """
    pointer, size = values
    assert isinstance(pointer, Pointer)
    graph, (item, block) = body.graph, place_of(body, expr)
    read = synthetic(body, "shown", pointer, expr.type, expr.span)
    target, after = stored(body, read), graph.location()
    given = replace(pointer, object=word(item.tag, OBJECT_BITS), literal=False)
    other = replace(given, object=word(OTHER_SHOWN, OBJECT_BITS))
    body.taken.append((item.tag, scalar(size)))
    noted: list[tuple[Expr, Expr]] = [
        (block.taken, TRUE), (block.live, TRUE),
        (item.address, pointer.word), (item.size, scalar(size)),
    ]  # fmt: skip
    if block.keeping is not None:
        assert block.shown_to is not None
        noted += [(block.keeping.holder, body.identity), (block.shown_to, body.identity)]
    follows = and_(graph.input(BOOL, here), not_(block.taken))
    action = Action.LOCAL if block.keeping is None else Action.SHARED
    event = Event("assign", "the memory is shown")
    for holds, value, updates in ((follows, given, noted), (not_(follows), other, [])):
        changed = (*graph.store(target, value, here), *updates)
        graph.edge(
            here, after, and_(guard, holds), changed,  # type: ignore[arg-type]
            action=action, span=expr.span, event=event,
            unfollowed=value is other and bool(may_stay(body)),
        )  # fmt: skip
    return read, after


def give_back(
    body: Body, statement: typed.Free | typed.Hide, value: Value, guard: Expr, here: Location
) -> Location:
    """Free memory, or end the showing that a pointer rests on, if it does."""
    assert isinstance(value, Pointer)
    if isinstance(statement, typed.Free):
        return free(body, statement, value, guard, here)
    body.hidden.append(value)
    updates: list[tuple[Var, Expr]] = []
    for item in body.objects.values():
        if item.block is None or not item.is_shown:
            continue
        mine, state = made_from(value, item), item.block.keeping
        again = and_(guard, mine, not_(item.block.live), not_(body.is_over))
        site = body.call_site(statement.span)
        body.graph.check(site, CheckKind.PAIRED, here, again, guard, body.terms())
        updates.append((item.block.live, and_(item.block.live, not_(mine))))
        if state is not None:
            updates.append((state.holder, ite(mine, const(0, state.holder.sort), state.holder)))
    after, event = body.graph.location(), Event("hide", " ".join(statement.span.text.split()))
    body.graph.edge(
        here, after, guard, tuple(updates),
        action=Action.SHARED if is_outliving(body) else Action.LOCAL,
        span=statement.span, event=event,
    )  # fmt: skip
    return after
