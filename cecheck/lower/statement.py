"""Statements to edges: each case takes the location before and returns the one after."""

from __future__ import annotations

from typing import assert_never

from cecheck.ir.build import and_, not_, or_
from cecheck.ir.expr import FALSE, TRUE, Expr
from cecheck.ir.program import Action, Event
from cecheck.lower import access, memory, records
from cecheck.lower.arrays import is_known, with_element
from cecheck.lower.atomic import atomic
from cecheck.lower.body import Body, FinalScope, LockScope, LoopScope
from cecheck.lower.cells import forgetting, noted
from cecheck.lower.changes import handed_over, pair, write_table
from cecheck.lower.contents import touch
from cecheck.lower.copies import copy
from cecheck.lower.demands import assume, cover, demand
from cecheck.lower.dma import transfer
from cecheck.lower.exits import retire
from cecheck.lower.expression import indexed, keep, reach_of, reduce, value_of
from cecheck.lower.extent import fault, write_object
from cecheck.lower.graph import Location, Updates, is_shared, shared_if
from cecheck.lower.jumps import jump, return_from
from cecheck.lower.keeping import changed_hands, not_followed
from cecheck.lower.locks import acquire, is_by_hand, left_open, release, signal
from cecheck.lower.loops import flows, lies_in, note
from cecheck.lower.objects import addressed_locals, ask_stays
from cecheck.lower.purity import has_effect, is_pure, root
from cecheck.lower.rights import hand_on
from cecheck.lower.shows import give_back
from cecheck.lower.values import Pointer, Value, leaves, scalar
from cecheck.sema import typed
from cecheck.sema.walk import has_element


def run_block(body: Body, block: typed.Block, here: Location) -> Location:
    """Lower statements in a row."""
    for statement in block.statements:
        here = run(body, statement, here)
    return here


def run(body: Body, statement: typed.Stmt, here: Location) -> Location:  # noqa: C901, PLR0912
    """Lower one statement."""
    match statement:
        case typed.Declare():
            return _declare(body, statement, here)
        case typed.Assign():
            return _assign(body, statement, here)
        case typed.Store():
            return _store(body, statement, here)
        case typed.Touch():
            return _touch(body, statement, here)
        case typed.Copy():
            return copy(body, statement, here)
        case typed.TableWrite():
            return write_table(body, statement, here)
        case typed.Pair():
            return pair(body, statement, here)
        case typed.Transfer():
            return transfer(body, statement, here)
        case typed.Evaluate():
            return _evaluate(body, statement, here)
        case typed.If():
            return _if(body, statement, here)
        case typed.While():
            return _while(body, statement, here)
        case typed.Try():
            return _try(body, statement, here)
        case typed.Acquire():
            return _acquire_block(body, statement, here)
        case typed.Release():
            return release(body, statement.lock, statement.span, here)
        case typed.Free() | typed.Hide():
            value, here, guard = value_of(body, statement.pointer, here)
            return give_back(body, statement, value, guard, here)
        case typed.Signal():
            return signal(body, statement, here)
        case typed.Demand():
            return demand(body, statement, here)
        case typed.HandOn():
            return hand_on(body, statement, here)
        case typed.Retire():
            return retire(body, statement, here)
        case typed.Atomic():
            return atomic(body, statement, here)
        case typed.Cover():
            return cover(body, statement, here)
        case typed.Assume():
            return assume(body, statement, here)
        case typed.ProtocolStep():
            return _step(body, statement, here)
        case typed.Labelled():
            return _labelled(body, statement, here)
        case typed.Return():
            return return_from(body, statement, here)
        case typed.Raise():
            event = Event("fault", "raises an exception")
            body.graph.edge(here, body.raise_to, TRUE, span=statement.span, event=event)
            return body.graph.location()
        case typed.Break() | typed.Continue():
            return jump(body, statement, here)
        case _:
            assert_never(statement)


# ---- memory --------------------------------------------------------------------------------------


def _declare(body: Body, statement: typed.Declare, here: Location) -> Location:
    variable = statement.variable
    after = body.graph.location()
    if statement.value is None:
        shape = body.world.zero_of(variable)
        target = body.env[variable.number] = body.graph.storage(variable.name, shape, variable.type)
        body.graph.edge(here, after, TRUE, body.graph.arbitrary(target, here), span=statement.span)
        return after
    value, here, guard = value_of(body, statement.value, here)
    shape = _shape(body, variable, value)
    target = body.env[variable.number] = body.graph.storage(variable.name, shape, variable.type)
    updates = body.graph.store(target, value, here)
    event = Event("assign", f"{variable.name} = {statement.value.span.text}")
    body.graph.edge(
        here, after, guard, updates, span=statement.span, event=event,
        evaluates=statement.value.span,
    )  # fmt: skip
    return after


def _shape(body: Body, variable: typed.Variable, value: Value) -> Value:
    """Return the shape of a new variable: that of its value, but null may become anything."""
    if isinstance(value, Pointer) and value.literal:
        return body.world.null(variable.type)
    return value


def _assign(body: Body, statement: typed.Assign, here: Location) -> Location:
    place = statement.place
    variable = root(place)
    assert variable is not None
    says = statement.value.span.text
    if statement.value.span != statement.span:  # else it is a compound assignment, said whole
        says = f"{place.span.text} = {says}"
    event = Event("assign", says)
    if has_element(place) or body.is_elsewhere(variable):
        return _assign_aside(body, statement, variable, event, here)
    value, here, guard = value_of(body, statement.value, here)
    after = body.graph.location()
    target = body.pure(here).place(place, body.env)
    action = body.touches_shared(variable, target, place.span, here)
    updates = (*body.graph.store(target, value, here), *handed_over(body, variable, value))
    if variable.is_kept:
        updates = (*updates, *changed_hands(body, updates))
        ask_stays(body, value, addressed_locals(body), (place.span, guard), here)
    body.graph.edge(here, after, guard, updates, action=action, span=statement.span, event=event)
    return after


def _assign_aside(
    body: Body, statement: typed.Assign, variable: typed.Variable, event: Event, here: Location
) -> Location:
    """Assign to an element of an array, or to the context of a handle that is not followed: what is
    there then is known of arrays alone whose elements are."""
    place, array = statement.place, body.env[variable.number]
    written, is_followed = statement.value, is_known(place, array)
    if is_followed:
        written, here = keep(body, written, here)  # the index may change what it was made of
    value, here, guard = value_of(body, written, here)
    index, here = indexed(body, place, _after_guard(body, here, guard))
    action = body.touches_shared(variable, array, place.span, here)
    updates: Updates = ()
    if is_followed:
        updates = with_element(array, index, lambda one: body.graph.store(one, value, here))
    if variable.is_kept:
        updates = (*updates, *changed_hands(body, updates, None if is_followed else value))
        ask_stays(body, value, addressed_locals(body), (place.span, TRUE), here)
    flows(body.graph, here, leaves(value).values(), [lies_in(variable.number)])
    after = body.graph.location()
    body.graph.edge(
        here, after, TRUE, updates, action=shared_if(action, updates),
        span=statement.span, event=event,
    )  # fmt: skip
    return after


def _store(body: Body, statement: typed.Store, here: Location) -> Location:
    expr, here = reduce(body, statement.value, here)
    if has_effect(body.world, statement.target):
        expr, here = keep(body, expr, here)
    value, here, guard = value_of(body, expr, here)
    here = _after_guard(body, here, guard)
    reach, here, guard = reach_of(body, statement.target, True, here)
    here = _after_guard(body, here, guard)
    after = body.graph.location()
    hits = memory.hits(body, reach)
    hit = or_(*hits.values())
    outcome = access.ask(body, reach, hit, here)
    for number, condition in hits.items():
        write_object(body, (reach, value), number, condition, (here, after))
        if body.objects[number].stays:
            ask_stays(body, value, addressed_locals(body), (statement.span, condition), here)
    updates = (*records.overwritten(body, reach, value, here), *noted(reach, body.written))
    body.graph.edge(
        here, after, and_(outcome.goes_on, not_(hit)), updates,
        action=body.accesses, span=statement.span, event=reach.event,
        passes=outcome.passes, recalls=forgetting(body, reach),
    )  # fmt: skip
    fault(body, reach, outcome.faults, here)
    return after


def _after_guard(body: Body, here: Location, guard: Expr) -> Location:
    if guard is TRUE:
        return here
    after = body.graph.location()
    body.graph.edge(here, after, guard)
    return after


def _touch(body: Body, statement: typed.Touch, here: Location) -> Location:
    reach, here, guard = reach_of(body, statement.target, statement.writing, here)
    here = _after_guard(body, here, guard)
    after = body.graph.location()
    hits = memory.hits(body, reach)
    hit = or_(*hits.values())
    outcome = access.ask(body, reach, hit, here)
    for number, condition in hits.items():
        held, item = body.env[number], body.objects[number]
        memory.ask_object(body, reach, number, condition, here)
        if item.block is not None and statement.writing:
            touch(body, reach, item, condition, (here, after))
            continue
        if statement.writing:
            not_followed(body, reach, item, condition, here)
        new = memory.touched(body, reach, item, here) if statement.writing else ()
        action = Action.SHARED if is_shared(held) else body.accesses
        some = reach.some if new else TRUE  # of no bytes nothing changes
        body.graph.edge(here, after, and_(condition, some), new, action=action, span=statement.span)
        if some is not TRUE:
            body.graph.edge(
                here, after, and_(condition, not_(some)), action=action, span=statement.span
            )
    changed: Updates = ()
    if statement.writing:
        changed = (*records.overwritten(body, reach, None, here), *noted(reach, body.written))
    body.graph.edge(
        here, after, and_(outcome.goes_on, not_(hit)), changed,
        action=body.accesses, span=statement.span, event=reach.event,
        passes=outcome.passes, recalls=forgetting(body, reach) if statement.writing else (),
    )  # fmt: skip
    fault(body, reach, outcome.faults, here)
    return after


# ---- control ------------------------------------------------------------------------------------


def _evaluate(body: Body, statement: typed.Evaluate, here: Location) -> Location:
    expr, here = reduce(body, statement.value, here)
    pure = body.pure(here)
    pure.value(expr, body.env)
    here, guard = body.raises(here, pure, statement.span)
    return _after_guard(body, here, guard)


def _if(body: Body, statement: typed.If, here: Location) -> Location:
    value, here, guard = value_of(body, statement.condition, here)
    condition, after = scalar(value), body.graph.location()
    text = " ".join(statement.condition.span.text.split())
    for holds, block in ((True, statement.then), (False, statement.otherwise)):
        taken = condition if holds else not_(condition)
        if taken is FALSE and body.called is not None:
            continue  # the arguments rule it out: no code of the driver that is never reached
        inside = body.graph.location()
        event = Event("branch", f"{text} is {'true' if holds else 'false'}")
        span = statement.condition.span
        body.graph.edge(here, inside, and_(guard, taken), span=span, event=event)
        end = run_block(body, block, inside)
        body.graph.edge(end, after)
    return after


def _bounds(body: Body, condition: typed.Expr, here: Location) -> list[Expr]:
    """Return what a counter stays below while *condition* holds: a hint for proofs."""
    match condition:
        case typed.Operation(operator=typed.Operator.LESS, operands=(_, bound)):
            is_plain = is_pure(body.world, bound, body.env)
            return [scalar(body.pure(here).value(bound, body.env))] if is_plain else []
        case typed.Operation(operator=typed.Operator.AND, operands=operands):
            return [bound for part in operands for bound in _bounds(body, part, here)]
        case _:
            return []


def _while(body: Body, statement: typed.While, here: Location) -> Location:
    head, after, step = (body.graph.location() for _ in range(3))
    body.graph.loop_heads.append(head)
    note(body, statement, head)
    outside = body.around
    observe, body.on_loop = body.on_loop, None
    first: Updates = () if observe is None else observe(head)
    body.graph.edge(here, head, updates=first, action=shared_if(Action.LOCAL, first))
    value, ready, guard = value_of(body, statement.condition, head)
    inside = body.graph.location()
    span = statement.condition.span
    text = " ".join(span.text.split())
    goes, ends = Event("branch", f"{text} is true"), Event("branch", f"{text} is false")
    condition = scalar(value)
    body.graph.edge(ready, inside, and_(guard, condition), span=span, event=goes)
    body.graph.edge(ready, after, and_(guard, not_(condition)), span=span, event=ends)
    body.scopes.append(LoopScope(after, step, outside))
    bounds = _bounds(body, statement.condition, head)
    body.bounds += bounds
    end = run_block(body, statement.body, inside)
    del body.bounds[len(body.bounds) - len(bounds) :]
    body.scopes.pop()
    body.graph.edge(end, step)
    body.graph.edge(run_block(body, statement.after, step), head)
    body.on_loop = observe
    return after


def _try(body: Body, statement: typed.Try, here: Location) -> Location:
    after = body.graph.location()
    outer = (body.raise_to, body.guarded)
    if statement.final is not None:
        body.scopes.append(FinalScope(statement.final, *outer, body.around))
        failed = body.graph.location()
        body.raise_to = failed
        inner = (failed, body.guarded)
    else:
        inner = outer
    if statement.handler is not None:
        handler = body.graph.location()
        body.raise_to, body.guarded = handler, True
        end = run_block(body, statement.body, here)
        body.raise_to, body.guarded = inner
        handled = run_block(body, statement.handler, handler)
        body.graph.edge(handled, after)
    else:
        end = run_block(body, statement.body, here)
    body.graph.edge(end, after)
    body.raise_to, body.guarded = outer
    if statement.final is None:
        return after
    body.scopes.pop()
    again = run_block(body, statement.final, failed)
    body.graph.edge(again, body.raise_to)
    return run_block(body, statement.final, after)


def _step(body: Body, statement: typed.ProtocolStep, here: Location) -> Location:
    after = body.graph.location()
    event = Event("step", statement.title, statement.number)
    body.graph.edge(here, after, span=statement.span, event=event)
    return run_block(body, statement.body, after)


def _labelled(body: Body, statement: typed.Labelled, here: Location) -> Location:
    outer, body.label = body.label, statement.label
    here = run_block(body, statement.body, here)
    body.label = outer
    return here


# ---- locks ------------------------------------------------------------------------------------


def _acquire_block(body: Body, statement: typed.Acquire, here: Location) -> Location:
    here = acquire(body, statement, here)
    if statement.body is None:
        return here
    outer, left = body.raise_to, body.graph.location()
    body.scopes.append(LockScope(statement.lock, statement.span, outer, body.around))
    counted = not is_by_hand(body, statement.lock)  # else the lock itself tells who has it
    body.held += counted
    body.raise_to = left
    here = run_block(body, statement.body, here)
    body.raise_to = outer
    body.held -= counted
    body.scopes.pop()
    left_open(body, statement, left, outer)
    return release(body, statement.lock, statement.span, here)


