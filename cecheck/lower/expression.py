"""Expressions with fetches, calls, choices and shared words: one edge for each.

`reduce` runs the parts of an expression that do something, in order, leaves their results in
local variables, and returns what is left: an expression that only computes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from cecheck.ir.build import add, and_, eq, not_, or_, ult, word
from cecheck.ir.expr import FALSE, TRUE, Expr, Scope, Var, bits, variables
from cecheck.ir.program import CheckKind, Event, Site
from cecheck.lower import access, memory
from cecheck.lower.arithmetic import between, converted, is_signed, times
from cecheck.lower.arrays import element, is_known
from cecheck.lower.body import Body
from cecheck.lower.calls import call, cross, enter
from cecheck.lower.cells import recalled, seen
from cecheck.lower.contents import is_own
from cecheck.lower.entries import read_entry
from cecheck.lower.extent import extent, fault, pairs_used, read_object
from cecheck.lower.graph import Location, shared_if
from cecheck.lower.heap import allocate
from cecheck.lower.locks import wait
from cecheck.lower.loops import flows, lies_in, noted_reads
from cecheck.lower.membership import joined, picked
from cecheck.lower.objects import is_foreign
from cecheck.lower.presence import present
from cecheck.lower.processes import is_tenant
from cecheck.lower.purity import (
    computes,
    has_effect,
    is_pure,
    joins,
    may_stop,
    parts,
    root,
    with_parts,
)
from cecheck.lower.reach import Reach
from cecheck.lower.shows import show
from cecheck.lower.strewn import unfollowed
from cecheck.lower.strings import string_length
from cecheck.lower.synthetic import stored, synthetic
from cecheck.lower.values import OBJECT_BITS, Opaque, Origin, Pointer, Value, leaves, origin, scalar
from cecheck.sema import typed
from cecheck.sema import types as ty
from cecheck.sema.typed import Operator
from cecheck.sema.walk import has_element
from cecheck.source import Span


def reduce(body: Body, expr: typed.Expr, here: Location) -> tuple[typed.Expr, Location]:
    """Return an expression that only computes, and where its evaluation stands."""
    if is_pure(body.world, expr, body.env):
        return expr, here
    match expr:
        case typed.Operation(operator=Operator.AND | Operator.OR):
            return _short_circuit(body, expr, here)
        case typed.Choice():
            return _choice(body, expr, here)
        case typed.Fetch():
            return _fetch(body, expr, here)
        case typed.Chosen():
            return _chosen(body, expr, here)
        case typed.AddressOf():
            return _address(body, expr, here)
        case typed.WaitFor():
            return wait(body, expr, here)
        case _:
            return _by_parts(body, expr, here)


def _by_parts(body: Body, expr: typed.Expr, here: Location) -> tuple[typed.Expr, Location]:
    operands = parts(expr)
    new: list[typed.Expr] = []
    for number, operand in enumerate(operands):
        value, here = reduce(body, operand, here)
        rest = operands[number + 1 :]
        stops_first = may_stop(value) and not all(
            is_pure(body.world, later, body.env) for later in rest
        )
        if stops_first or any(has_effect(body.world, later) for later in rest):
            value, here = keep(body, value, here)
        new.append(value)
    expr = with_parts(expr, tuple(new))
    match expr:
        case typed.Read():
            return _read(body, expr, here)
        case typed.Picked():
            return picked(body, expr, here)
        case typed.Operation() if joins(expr):
            return joined(body, expr, here)
        case typed.EnterExpr():
            return enter(body, expr, here)
        case typed.CrossExpr():
            return cross(body, expr, here)
        case typed.CallExpr() if not computes(body.world, expr.function.key):
            return call(body, expr, here)
        case typed.Allocate():
            size, here, guard = value_of(body, expr.size, here)
            return allocate(body, expr, scalar(size), guard, here)
        case typed.Show():
            values, here, guard = values_of(body, parts(expr), expr.span, here)
            return show(body, expr, values, guard, here)
        case typed.Retype(checked=True):
            return _checked(body, expr, here)
        case typed.Present():
            return present(body, expr, here)
        case typed.StringLength():
            return _measured(body, expr, here)
        case _:
            return expr, here


def value_of(body: Body, expr: typed.Expr, here: Location) -> tuple[Value, Location, Expr]:
    """Return the value of *expr*, where it is known, and the guard of the edge that uses it.

    Exceptions have left already.
    """
    reduced, here = reduce(body, expr, here)
    pure = body.pure(here)
    value = pure.value(reduced, body.env)
    here, guard = body.raises(here, pure, expr.span)
    return value, here, guard


def values_of(
    body: Body, operands: Sequence[typed.Expr], span: Span, here: Location
) -> tuple[list[Value], Location, Expr]:
    """Return the values of *operands*, which are evaluated in this order: see `value_of`."""
    reduced: list[typed.Expr] = []
    for number, operand in enumerate(operands):
        part, here = reduce(body, operand, here)
        if any(not is_pure(body.world, later, body.env) for later in operands[number + 1 :]):
            part, here = keep(body, part, here)
        reduced.append(part)
    pure = body.pure(here)
    values = [pure.value(part, body.env) for part in reduced]
    here, guard = body.raises(here, pure, span)
    return values, here, guard


def keep(body: Body, expr: typed.Expr, here: Location) -> tuple[typed.Expr, Location]:
    """Put the value of *expr* into a local of its own."""
    value, here, guard = value_of(body, expr, here)
    read = synthetic(body, "value", value, expr.type, expr.span)
    after = body.graph.location()
    updates = body.graph.store(stored(body, read), value, here)
    body.graph.edge(here, after, guard, updates, span=expr.span)
    return read, after


# ---- branching expressions ----------------------------------------------------------------------


def _short_circuit(
    body: Body, expr: typed.Operation, here: Location
) -> tuple[typed.Expr, Location]:
    left, right = expr.operands
    condition, here, guard = value_of(body, left, here)
    read = synthetic(body, "condition", TRUE, expr.type, expr.span)
    target = stored(body, read)
    goes_on = scalar(condition) if expr.operator is Operator.AND else not_(scalar(condition))
    inside, after = body.graph.location(), body.graph.location()
    stops = body.graph.store(target, scalar(condition), here)
    body.graph.edge(here, after, and_(guard, not_(goes_on)), stops, span=expr.span)
    body.graph.edge(here, inside, and_(guard, goes_on), span=expr.span)
    value, inside, guard = value_of(body, right, inside)
    updates = body.graph.store(target, value, inside)
    body.graph.edge(inside, after, guard, updates, span=expr.span)
    return read, after


def _choice(body: Body, expr: typed.Choice, here: Location) -> tuple[typed.Expr, Location]:
    condition, here, guard = value_of(body, expr.condition, here)
    shape = body.world.zero(expr.type)
    read = synthetic(body, "chosen", shape, expr.type, expr.span)
    after = body.graph.location()
    for holds, branch in ((True, expr.then), (False, expr.otherwise)):
        inside = body.graph.location()
        taken = scalar(condition) if holds else not_(scalar(condition))
        body.graph.edge(here, inside, and_(guard, taken), span=expr.span)
        value, inside, guard_of = value_of(body, branch, inside)
        updates = body.graph.store(stored(body, read), value, inside)
        body.graph.edge(inside, after, guard_of, updates, span=branch.span)
    return read, after


# ---- single actions -----------------------------------------------------------------------------


def _chosen(body: Body, expr: typed.Chosen, here: Location) -> tuple[typed.Expr, Location]:
    shape = body.world.zero(expr.type)
    ends = [end for end in (expr.low, expr.high) if end is not None]
    bounds, here, guard = values_of(body, ends, expr.span, here)
    read = synthetic(body, "any", shape, expr.type, expr.span)
    updates = body.graph.arbitrary(stored(body, read), here)
    if bounds:
        choice, (low, high) = updates[0][1], map(scalar, bounds)
        guard = and_(guard, between(low, choice, high, is_signed(expr.type)))
    if isinstance(expr.type, ty.ProcessType):
        guard = and_(guard, is_tenant(body, updates[0][1], here))
    after = body.graph.location()
    event = Event("assign", "any")
    body.graph.edge(here, after, guard, updates, span=expr.span, event=event)
    return read, after


def _read(body: Body, expr: typed.Read, here: Location) -> tuple[typed.Expr, Location]:
    """Read a word that other threads may change, or an element of an array."""
    if isinstance(expr.place, typed.TableEntry):
        return _read_table(body, expr, here)
    variable = root(expr.place)
    assert variable is not None
    holder, after = body.env[variable.number], body.graph.location()
    event = Event("assign", f"reads {expr.span.text}")
    index, here = indexed(body, expr.place, here)
    anything = False
    if is_known(expr.place, holder):
        read = synthetic(body, variable.name, body.world.zero(expr.type), expr.type, expr.span)
        target = stored(body, read)
        updates = element(holder, index, partial(body.graph.store, target, here=here))
        body.fetched += [(target, holder, index)] if isinstance(target, Pointer) else []
    elif anything := has_element(expr.place) or body.is_elsewhere(variable):
        read = synthetic(body, variable.name, body.world.zero(expr.type), expr.type, expr.span)
        updates = unfollowed(body, expr, stored(body, read), here)
        flows(body.graph, here, [lies_in(variable.number)], [value for _, value in updates])
    else:
        value = body.pure(here).place(expr.place, body.env)
        read = synthetic(body, variable.name, value, expr.type, expr.span)
        updates = body.graph.store(stored(body, read), value, here)
    action = shared_if(body.touches_shared(variable, holder, expr.span, here), updates)
    lost = anything and body.world.spec.holds_pointer(expr.type)  # no run rests on such a pointer
    body.graph.edge(
        here, after, TRUE, updates, action=action, span=expr.span, event=event, unfollowed=lost
    )
    return read, after


def _read_table(body: Body, expr: typed.Read, here: Location) -> tuple[typed.Expr, Location]:
    """Read an entry of a map that changes."""
    assert isinstance(expr.place, typed.TableEntry)
    table = expr.place.table
    kept, here = reduce(body, expr.place.index, here)
    pure = body.pure(here)
    index = scalar(pure.value(kept, body.env))
    if or_(pure.raised, pure.meaningless) is not FALSE or not is_own(index):
        kept, here = keep(body, kept, here)
        index = scalar(body.pure(here).value(kept, body.env))
    read = synthetic(body, table.name, body.world.zero(expr.type), expr.type, expr.span)
    into = stored(body, read)
    assert isinstance(into, Var)
    return read, read_entry(body, table, index, into, expr.span, here)


def indexed(body: Body, place: typed.Place, here: Location) -> tuple[Expr, Location]:
    """Ask that every index in *place* is inside its array of driver memory; return the last one."""
    index: Expr = FALSE  # there may be none
    if isinstance(place, typed.FieldPlace | typed.ElementPlace):
        index, here = indexed(body, place.base, here)
    if not isinstance(place, typed.ElementPlace):
        return index, here
    assert isinstance(place.base.type, ty.ArrayType)
    kept = place.index, here  # it stays what it is from one edge to the next
    read, here = kept if isinstance(place.index, typed.Literal) else keep(body, *kept)
    index = scalar(body.pure(here).value(read, body.env))
    size = word(place.base.type.count, index.sort.width)
    site = body.site(Site(body.label or place.span.text, place.span, body.label is not None))
    outside = not_(ult(index, size))
    body.graph.check(site, CheckKind.BOUNDS, here, outside, TRUE, body.terms())
    return index, here


def _address(
    body: Body, expr: typed.AddressOf, here: Location
) -> tuple[typed.Expr, Location]:
    """Return the address of driver memory: a pointer with the driver's origin and the object."""
    variable = root(expr.place)
    assert variable is not None
    item = body.objects[variable.number]
    offset, here = _offset(body, expr.place, here)
    null = body.world.null(expr.type)
    pointer = replace(
        null,
        word=add(item.address, offset),
        origin=origin(Origin.DRIVER),
        object=word(item.tag, OBJECT_BITS),
        literal=False,
    )
    read = synthetic(body, f"&{variable.name}", pointer, expr.type, expr.span)
    after = body.graph.location()
    body.graph.edge(here, after, TRUE, body.graph.store(stored(body, read), pointer, here))
    return read, after


def _offset(body: Body, place: typed.Place, here: Location) -> tuple[Expr, Location]:
    """Return how many bytes *place* lies behind the start of its variable."""
    width = body.world.width
    match place:
        case typed.FieldPlace():
            inner, here = _offset(body, place.base, here)
            return add(inner, word(place.field.offset, width)), here
        case typed.ElementPlace():
            inner, here = _offset(body, place.base, here)
            index, here, guard = value_of(body, place.index, here)
            here = _settled(body, here, guard, place.span)
            moved = converted(scalar(index), False, bits(width))
            return add(inner, times(moved, memory.size_of(body.world, place.type))), here
        case _:
            return word(0, width), here


def _checked(body: Body, expr: typed.Retype, here: Location) -> tuple[typed.Expr, Location]:
    """Ask that a user pointer turned into a driver pointer is one of ours."""
    value, here, guard = value_of(body, expr.value, here)
    assert isinstance(value, Pointer)
    site = body.site(Site(expr.span.text, expr.span))
    strange = and_(guard, is_foreign(body, value), not_(eq(value.word, word(0, body.world.width))))
    body.graph.check(site, CheckKind.MAPPED, here, strange, guard, body.terms())
    return replace(expr, checked=False), here


# ---- accesses -----------------------------------------------------------------------------------


def _fetch(body: Body, expr: typed.Fetch, here: Location) -> tuple[typed.Expr, Location]:
    reach, here, guard = reach_of(body, expr.access, False, here)
    here = _settled(body, here, guard, expr.span)
    found = seen(body, reach, expr.access.pointer.type, here)
    wanted = memory.Wanted(expr.type, expr.access.field, found)
    value, honest = memory.foreign_value(body, reach, wanted, here)
    shape = value if not isinstance(value, Opaque) else body.world.zero(expr.type)
    read = synthetic(body, reach.text, shape, expr.type, expr.span)
    target = stored(body, read)
    after = body.graph.location()
    hits = memory.hits(body, reach)
    outcome = access.ask(body, reach, or_(*hits.values()), here)
    strange = and_(memory.not_the_callers(body, reach, wanted), outcome.goes_on)
    if strange is not FALSE:
        body.graph.check(body.site(reach.site), CheckKind.BOUND, here, strange)
    for number, hit in hits.items():
        read_object(body, reach, number, hit, target, (here, after))
    happened = reach.event
    foreign = and_(outcome.goes_on, not_(or_(*hits.values())))
    remembered = found.updates if found else ()
    updates = (*body.graph.store(target, value, here), *remembered)
    noted_reads(body.graph, updates)
    body.graph.edge(
        here, after, and_(foreign, honest), updates,
        action=body.accesses, span=expr.span, event=happened, passes=outcome.passes,
        recalls=found.recalls if found else recalled(body, reach, value),
    )  # fmt: skip
    fault(body, reach, outcome.faults, here)
    return read, after


def _settled(body: Body, here: Location, guard: Expr, span: Span) -> Location:
    """Return a location at which exceptions of the evaluation before have left."""
    if guard is TRUE:
        return here
    after = body.graph.location()
    body.graph.edge(here, after, guard, span=span)
    return after


def _measured(
    body: Body, expr: typed.StringLength, here: Location
) -> tuple[typed.Expr, Location]:
    """Measure a string; its operands stay what they are from one edge to the next."""
    operands = list(parts(expr))
    for number, part in enumerate(operands):
        words = leaves(body.pure(here).value(part, body.env)).values()
        if any(v.scope is Scope.INPUT for word_ in words for v in variables(word_)):
            operands[number], here = keep(body, part, here)
    given, here, guard = values_of(body, operands, expr.span, here)
    return string_length(body, expr, given, _settled(body, here, guard, expr.span))


def reach_of(
    body: Body, target: typed.Target | typed.RangeTarget, writing: bool, here: Location
) -> tuple[Reach, Location, Expr]:
    """Return where *target* lies and how far it goes."""
    amounts: list[typed.Expr] = []
    match target:
        case typed.FieldTarget():
            pass
        case typed.ElementTarget():
            amounts = [target.index]
        case typed.RangeTarget():
            amounts = [target.low, target.high]
    values, here, guard = values_of(body, (target.pointer, *amounts), target.span, here)
    pointer = values[0]
    assert isinstance(pointer, Pointer)
    reach = extent(body, target, writing, pointer, [scalar(v) for v in values[1:]])
    body.used += pairs_used(body, target, pointer, [scalar(v) for v in values[1:]])
    return reach, here, guard
