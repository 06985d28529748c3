"""What platform functions do to state that all threads share: maps that change, resources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from cecheck.ir.build import add, and_, eq, ite, not_, or_, ult, word
from cecheck.ir.expr import FALSE, TRUE, Expr, Var
from cecheck.ir.program import Action, CheckKind, Event
from cecheck.lower.arithmetic import between, is_signed
from cecheck.lower.body import Body
from cecheck.lower.counts import down, number, up
from cecheck.lower.expression import values_of
from cecheck.lower.graph import Location, Updates
from cecheck.lower.sums import is_followed, sums
from cecheck.lower.tables import Table
from cecheck.lower.values import Pointer, Value, followed_item, scalar
from cecheck.sema import typed

# ---- maps ---------------------------------------------------------------------------------------


def write_table(body: Body, statement: typed.TableWrite, here: Location) -> Location:
    """Change the entries of a map, which may be pinned no longer then."""
    table = body.world.tables[statement.table.number]
    operands = (statement.low, statement.high, statement.value)
    given = tuple(operand for operand in operands if operand is not None)
    values, here, guard = values_of(body, given, statement.span, here)
    if table.cell is None:  # nobody looks at it
        after = body.graph.location()
        body.graph.edge(here, after, guard, span=statement.span)
        return after
    low = scalar(values[0])
    inside = eq(table.index, low)
    if statement.high is not None:
        inside = between(low, table.index, scalar(values[1]), is_signed(statement.low.type))
    cell, changes = _changed(body, statement, (inside, scalar(values[-1])), here)
    if table.aside is not None:
        others = _changes_others(statement, table, [scalar(value) for value in values])
        changes = (*changes, (table.aside, or_(table.aside, others)))
    sound = sums(body)
    _ask_pinned(body, (statement, table.entry_of(cell)), and_(guard, sound), here)
    after = body.graph.location()
    event = Event("assign", " ".join(statement.span.text.split()))
    body.graph.edge(
        here, after, and_(guard, sound), changes,
        action=Action.SHARED, span=statement.span, event=event,
    )  # fmt: skip
    return after


def _changes_others(statement: typed.TableWrite, table: Table, values: Sequence[Expr]) -> Expr:
    """Return that an entry which is not followed may become another than it was at first."""
    low = values[0]
    is_only = eq(low, table.index)
    if statement.high is not None:
        high, next_one = values[1], add(low, word(1, low.sort.width))
        is_only = or_(eq(low, high), and_(is_only, eq(high, next_one)))
    stays = statement.value is not None and table.is_zero
    same = eq(values[-1], table.begins) if stays else FALSE
    return not_(or_(is_only, same))


def _changed(
    body: Body, statement: typed.TableWrite, what: tuple[Expr, Expr], here: Location
) -> tuple[Expr, Updates]:
    """Return what the followed entry holds then, and all that changes."""
    inside, value = what
    table = body.world.tables[statement.table.number]
    assert table.cell is not None
    match statement.change:
        case typed.Change.SET:
            cell = ite(inside, value, table.cell)
            return cell, ((table.cell, cell),)
        case typed.Change.MORE:
            cell, counted = up(table.cell), up
        case typed.Change.LESS:
            cell = down(body.graph, table.cell, here)
            counted = lambda count: down(body.graph, count, here)  # noqa: E731
        case _:
            assert_never(statement.change)
    assert table.count is not None
    cell = ite(inside, cell, table.cell)
    own = body.ledger.added(statement.table)
    body.ledger.ranges.append((own, inside))
    mine = ite(inside, counted(own), own)
    changes: Updates = (
        (table.cell, cell),
        (own, mine),
        (table.count.theirs, ite(is_followed(body), mine, table.count.theirs)),
    )
    if statement.change is typed.Change.LESS:
        too_often = and_(inside, eq(own, number(0, own)))
        changes = (*changes, (table.count.lost, or_(table.count.lost, too_often)))
    return cell, changes


def _ask_pinned(
    body: Body, what: tuple[typed.TableWrite, Expr], guard: Expr, here: Location
) -> None:
    """Ask that a change leaves pinned what the followed transfer reaches, if it runs."""
    statement, entry = what
    if body.device is None:
        return
    before, after = body.asking(), body.asking({statement.table.number: entry})
    pinned, kept = (asked.hook("pinned", [body.device.byte]) for asked in (before, after))
    if pinned is kept:
        return  # it does not look at this map
    known = not_(or_(before.unknown.skip, after.unknown.skip))
    lost = and_(guard, body.device.runs, pinned, not_(kept), known)
    terms = (("byte of the transfer", body.device.byte), *body.terms())
    site = body.call_site(statement.span)
    body.graph.check(site, CheckKind.DMA, here, lost, terms=terms)


# ---- resources ----------------------------------------------------------------------------------


def pair(body: Body, statement: typed.Pair, here: Location) -> Location:
    """Open or close a resource; one arbitrary tuple of arguments is followed.

    What a thread does not have open may be open in the driver's keeping.
    """
    values, here, guard = values_of(body, statement.args, statement.span, here)
    same: Expr = TRUE
    for followed, value in zip(body.world.followed_of(statement.resource), values, strict=True):
        same = and_(same, eq(scalar(value), followed))
    account, site = body.ledger.account(statement.resource), body.call_site(statement.span)
    kept = body.world.kept.get(statement.resource)
    none = eq(account.count, number(0, account.count))
    body.ledger.ranges.append((account.count, same))
    if statement.opens:
        updates = body.ledger.opening(account, site, same)
    else:
        closed = none if kept is None else and_(none, eq(kept, number(0, kept)))
        wrong = and_(guard, same, closed)
        body.graph.check(site, CheckKind.PAIRED, here, wrong, guard, body.terms())
        updates = body.ledger.closing(account, here, same)
        if kept is not None:
            fewer = ite(and_(same, none), down(body.graph, kept, here), kept)
            updates = (*updates, (kept, fewer))
    after = body.graph.location()
    event = Event("lock", " ".join(statement.span.text.split()))
    action = Action.LOCAL if kept is None or statement.opens else Action.SHARED
    body.graph.edge(here, after, guard, updates, action=action, span=statement.span, event=event)
    return after


def handed_over(body: Body, variable: typed.Variable, value: Value) -> Updates:
    """Return what changes where *value* is stored in a global: what was opened with it, the driver
    has to close from then on."""
    value = followed_item(value) or value
    if variable.storage is not typed.Storage.GLOBAL or not isinstance(value, Pointer):
        return ()
    found: list[tuple[Var, Expr]] = []
    for name, kept in body.world.kept.items():
        account = body.ledger.account(name)
        same = or_(*(eq(value.word, pointer) for pointer in body.world.pointers_of(name)))
        sum_ = add(kept, account.count)
        more = ite(ult(sum_, kept), number(-1, kept), sum_)
        found.append((kept, ite(same, more, kept)))
        found.append((account.count, ite(same, number(0, account.count), account.count)))
    return tuple(found)
