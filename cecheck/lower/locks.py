"""Locks that know their owner, and events that remember a signal (semantics 1.4 and 5.4)."""

from __future__ import annotations

from cecheck.ir.build import all_of, and_, eq, ite, ne, not_, or_, word
from cecheck.ir.expr import FALSE, TRUE, Expr, Var
from cecheck.ir.program import Action, CheckKind, Event, Site
from cecheck.lower.body import Body
from cecheck.lower.counts import COUNT_BITS, down, up
from cecheck.lower.graph import Location, Updates
from cecheck.lower.purity import root
from cecheck.lower.synthetic import stored, synthetic
from cecheck.lower.values import Record, scalar
from cecheck.sema import typed
from cecheck.sema import types as ty
from cecheck.source import Span


def _lock(body: Body, place: typed.Place, here: Location) -> tuple[Var, Var, bool]:
    value = body.pure(here).place(place, body.env)
    assert isinstance(value, Record)
    owner, count = value.get("owner"), value.get("count")
    assert isinstance(owner, Var)
    assert isinstance(count, Var)
    type_ = place.type
    return owner, count, not isinstance(type_, ty.LockType) or type_.recursive


def _is_there(body: Body, place: typed.Place, span: Span, here: Location) -> None:
    """Ask that the driver whose lock or event it is has not been unloaded."""
    variable = root(place)
    if variable is not None:
        body.asks_life(variable, span, here)


def acquire(body: Body, statement: typed.Acquire, here: Location) -> Location:
    """Take a lock, waiting for it; its owner may take it again where it is recursive.

    One that blocks alone give back is open only where an exception leaves a block.
    """
    owner, count, recursive = _lock(body, statement.lock, here)
    _is_there(body, statement.lock, statement.span, here)
    free = eq(owner, word(0, owner.sort.width))
    mine = eq(owner, body.identity)
    site = body.site(_site(body, statement))
    if not recursive:
        body.graph.check(site, CheckKind.PAIRED, here, mine, terms=body.terms())
    opened: Updates = ()
    if statement.body is None or is_by_hand(body, statement.lock):
        opened = body.ledger.opening(body.ledger.account(_name(owner)), site)
    taken = ((owner, body.identity), (count, ite(mine, up(count), word(1, COUNT_BITS))))
    after = body.graph.location()
    event = Event("lock", f"takes {statement.lock.span.text}")
    guard = or_(free, mine) if recursive else free
    body.graph.edge(
        here, after, guard, (*taken, *opened),
        action=Action.BLOCKING, span=statement.span, event=event,
    )  # fmt: skip
    return after


def left_open(body: Body, statement: typed.Acquire, here: Location, end: Location) -> None:
    """Go on from *here*, where an exception leaves the block of *statement*, to *end*."""
    opened: Updates = ()
    if not any(edge.end == here for edge in body.graph.edges):
        return
    if not is_by_hand(body, statement.lock):
        owner, _, _ = _lock(body, statement.lock, here)
        account = body.ledger.account(_name(owner))
        opened = body.ledger.opening(account, body.site(_site(body, statement)))
    body.graph.edge(here, end, TRUE, opened, span=statement.span)


def is_by_hand(body: Body, lock: typed.Place) -> bool:
    """Tell whether some statement gives *lock* back, so that it is counted all the time."""
    variable = root(lock)
    return variable is None or variable.number in body.ledger.by_hand


def _holds_nothing(body: Body) -> Expr:
    """Return that the thread has no lock that is given back by hand."""
    locks = [body.env[number] for number in sorted(body.ledger.by_hand) if number in body.env]
    owners = [lock.get("owner") for lock in locks if isinstance(lock, Record)]
    return all_of(ne(scalar(owner), body.identity) for owner in owners)


def _name(owner: Var) -> str:
    """Return what the ledger calls a lock: a resource may have its name."""
    return f"lock {owner.name.removesuffix('.owner')}"


def _site(body: Body, statement: typed.Acquire) -> Site:
    name = body.label or statement.lock.span.text
    return Site(name, statement.span, body.label is not None)


def release(body: Body, lock: typed.Place, span: Span, here: Location) -> Location:
    """Give a lock back; only its owner may."""
    owner, count, _ = _lock(body, lock, here)
    _is_there(body, lock, span, here)
    site = Site(body.label or lock.span.text, span, body.label is not None)
    mine = eq(owner, body.identity)
    body.graph.check(site, CheckKind.PAIRED, here, not_(mine), terms=body.terms())
    last = eq(count, word(1, COUNT_BITS))
    free = word(0, owner.sort.width)
    updates: Updates = (
        (owner, ite(and_(mine, last), free, owner)),
        (count, ite(mine, down(body.graph, count, here), count)),
    )
    if is_by_hand(body, lock):
        closed = body.ledger.closing(body.ledger.account(_name(owner)), here)
        updates = (*updates, *closed)
    after = body.graph.location()
    event = Event("lock", f"releases {lock.span.text}")
    body.graph.edge(here, after, TRUE, updates, action=Action.SHARED, span=span, event=event)
    return after


def signal(body: Body, statement: typed.Signal, here: Location) -> Location:
    """Signal or reset an event; a signal is remembered."""
    event = body.pure(here).place(statement.event, body.env)
    _is_there(body, statement.event, statement.span, here)
    updates = body.graph.store(event, TRUE if statement.on else FALSE, here)
    after = body.graph.location()
    verb = "signals" if statement.on else "resets"
    says = Event("signal", f"{verb} {statement.event.span.text}")
    body.graph.edge(
        here, after, TRUE, updates, action=Action.SHARED, span=statement.span, event=says
    )
    return after


def wait(body: Body, expr: typed.WaitFor, here: Location) -> tuple[typed.Expr, Location]:
    """Wait for an event, or until the time is over; the value tells which."""
    body.graph.waits.add(here)
    event = body.pure(here).place(expr.event, body.env)
    _is_there(body, expr.event, expr.span, here)
    if body.on_wait is not None and body.held == 0:
        site = Site(body.label or expr.event.span.text, expr.span, body.label is not None)
        body.on_wait(site, here, _holds_nothing(body))
    signalled = scalar(event)
    manual = isinstance(expr.event.type, ty.EventType) and expr.event.type.manual
    read = synthetic(body, "signalled", TRUE, expr.type, expr.span)
    result = stored(body, read)
    after = body.graph.location()
    consumed = () if manual else body.graph.store(event, FALSE, here)
    updates = (*consumed, *body.graph.store(result, TRUE, here))
    says = Event("wait", f"waits for {expr.event.span.text}: signalled")
    if not expr.timeout:
        body.graph.edge(
            here, after, signalled, updates,
            action=Action.BLOCKING, span=expr.span, event=says,
        )  # fmt: skip
        return read, after
    expired = body.graph.input(TRUE.sort, here)
    arrives = and_(signalled, not_(expired))
    body.graph.edge(
        here, after, arrives, updates, action=Action.SHARED, span=expr.span, event=says
    )
    late = Event("wait", f"waits for {expr.event.span.text}: the time is over")
    body.graph.edge(
        here, after, not_(arrives), body.graph.store(result, FALSE, here),
        action=Action.SHARED, span=expr.span, event=late,
    )  # fmt: skip
    return read, after
