"""What lies where nobody follows it, as far as it may be a pointer to an allocated block.

Anything may lie in other blocks, in elements that are not followed, in arrays, in the contexts of
other handles.  A pointer to a block that is followed does only if somebody put one there, which is
noted (`keeping.changed_hands`).  Arrays of a call are no such place: they may hold any pointer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cecheck.ir.build import and_, const, eq, ite, not_, or_, word
from cecheck.ir.expr import Expr, Var
from cecheck.ir.program import Thread
from cecheck.lower.body import Body, DriverObject, Keeping
from cecheck.lower.graph import Location, Updates
from cecheck.lower.keeping import is_outliving, outliving, pointers_in
from cecheck.lower.purity import root
from cecheck.lower.values import OBJECT_BITS, OTHER_BLOCK, Origin, Value, origin
from cecheck.sema import typed
from cecheck.sema import types as ty


def anything(body: Body, target: Value, here: Location) -> Updates:
    """Return the updates that make *target* what may lie in a place that is not followed: a pointer
    to the followed block only if one was put where nobody follows it."""
    return _with_objects(body, target, here, lambda *told: _not_ours(body, *told))


def unfollowed(body: Body, read: typed.Read, target: Value, here: Location) -> Updates:
    """Return the updates that make *target* what *read* may find: an element of an array, or the
    context of a handle that is not followed.

    A `ptr` in such a context is null, or points to an object: where nobody stored it, its use is
    found out about where the handle is followed.
    """
    variable = root(read.place)
    assert variable is not None
    if not variable.is_kept:
        return body.graph.arbitrary(target, here)
    is_ours = isinstance(read.type, ty.PointerType) and not read.type.user
    if not (is_ours and body.is_elsewhere(variable)):
        return anything(body, target, here)
    variables = [o.tag for o in body.objects.values() if not o.is_heap]

    def tells(number: Expr, found: Expr) -> Expr:
        some = or_(*(eq(found, word(tag, OBJECT_BITS)) for tag in variables))
        items = list(outliving(body))
        of_block = or_(*(_is_strewn(item, state, number, found) for item, state in items))
        known = ite(or_(some, of_block), found, word(OTHER_BLOCK, OBJECT_BITS))
        return ite(eq(number, const(0, number.sort)), word(0, OBJECT_BITS), known)

    updates = dict(_with_objects(body, target, here, tells))
    for pointer in pointers_in(target) if is_outliving(body) else ():
        assert isinstance(pointer.origin, Var)
        updates[pointer.origin] = origin(Origin.DRIVER)
    return tuple(updates.items())


def new_memory(body: Body, target: Value, here: Location) -> Updates:
    """Return the updates that make *target* what lies in new memory: any number, but none that was
    made from an object.  Whoever uses what nobody stored there uses a pointer made from nothing."""
    return _with_objects(body, target, here, lambda *_: word(0, OBJECT_BITS))


def unasked(objects: Iterable[DriverObject], threads: Iterable[Thread]) -> tuple[str, ...]:
    """Return, in words, which memory *threads* may put where nobody follows it: of that it is not
    asked whether it is lost there (semantics 2.5)."""
    changed = {var for thread in threads for edge in thread.edges for var, _ in edge.updates}
    found = []
    for item in objects:
        state = None if item.block is None else item.block.keeping
        if item.block is not None and state is not None and state.strewn in changed:
            found.append(
                f"`{item.variable.name}` in line {item.block.span.line}: memory whose address was "
                "put into an array, other memory or another context is not lost there"
            )
    return tuple(found)


def _with_objects(
    body: Body, target: Value, here: Location, tells: Callable[[Expr, Expr], Expr]
) -> Updates:
    """Return the updates that make *target* arbitrary; which objects its pointers were made from
    is what *tells* says of a number, and of an object that was chosen for it."""
    updates = dict(body.graph.arbitrary(target, here))
    for pointer in pointers_in(target) if is_outliving(body) else ():
        assert isinstance(pointer.word, Var)
        assert isinstance(pointer.object, Var)
        updates[pointer.object] = tells(updates[pointer.word], updates[pointer.object])
    return tuple(updates.items())


def _not_ours(body: Body, number: Expr, found: Expr) -> Expr:
    """Return the object *found*, or another block where it cannot be that one."""
    chosen = found
    for item, state in outliving(body):
        mine = eq(found, word(item.tag, OBJECT_BITS))
        no = and_(mine, not_(_is_strewn(item, state, number, found)))
        chosen = ite(no, word(OTHER_BLOCK, OBJECT_BITS), chosen)
    return chosen


def _is_strewn(item: DriverObject, state: Keeping, number: Expr, found: Expr) -> Expr:
    """Return that *number* may be a pointer to *item*, if *found* tells so, that lies somewhere."""
    is_there = and_(state.strewn, or_(state.astray, eq(number, item.address)))
    return and_(eq(found, word(item.tag, OBJECT_BITS)), is_there)
