"""What may be true of allocated memory, and of pointers to it, at any place: hints for proofs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from cecheck.ir.build import const, eq, ite, ne, not_, or_, word
from cecheck.ir.expr import BOOL, Const, Expr, Scope, Var, variables
from cecheck.lower import elements
from cecheck.lower.arrays import at_index, elements_of
from cecheck.lower.body import Body, DriverObject, Keeping
from cecheck.lower.graph import is_shared
from cecheck.lower.heap import account, room
from cecheck.lower.held import Held
from cecheck.lower.itself import as_driver
from cecheck.lower.keeping import is_outliving, kept, kept_by, pointers_in
from cecheck.lower.life import Phase, Stage, succeeded
from cecheck.lower.staying import may_stay
from cecheck.lower.values import (
    NO_BLOCK,
    OBJECT_BITS,
    OTHER_BLOCK,
    Origin,
    Pointer,
    origin,
    scalar,
)
from cecheck.sema import typed
from cecheck.sema import types as ty


def hints(body: Body, held: Held) -> Iterator[Expr]:
    """Yield what may be true of blocks and of pointers to them at any place: hints for proofs."""
    pointers = held.pointers
    yield from _of_shown(body, [*pointers, *body.hidden])
    blocks = (item for item in body.objects.values() if item.block is not None)
    followed = [item for item in blocks if not item.is_shown]
    for item in followed:
        assert item.block is not None
        block, home = item.block, as_driver(body.world, item.home)
        if block.keeping is None:
            count = account(body, item).count
            yield eq(count, ite(block.live, const(1, count.sort), const(0, count.sort)))
        else:
            yield from _of_keeping(body, item, block.keeping, pointers)
        yield or_(not_(block.live), block.taken)
        yield from elements.hints(body.world, block)
        lies = home.hook("honest", [item.home, item.address, room(item.size)])
        yield or_(not_(block.followed), lies)
        yield from _of_place(body, item)
    outliving = is_outliving(body)
    everywhere = dict.fromkeys([*pointers, *(kept(body) if outliving else ())])
    for pointer in everywhere if followed else ():
        null = eq(pointer.word, word(0, body.world.width))
        yield or_(ne(pointer.object, word(NO_BLOCK, OBJECT_BITS)), null)
        yield or_(ne(pointer.object, word(OTHER_BLOCK, OBJECT_BITS)), not_(null))
        if outliving:
            yield or_(ne(pointer.object, word(0, OBJECT_BITS)), null)
            ours = eq(pointer.origin, origin(Origin.DRIVER))
            yield or_(not_(ours), ne(pointer.object, word(0, OBJECT_BITS)))
            tags = (0, NO_BLOCK, *(item.tag for item in body.objects.values()))
            yield or_(*(eq(pointer.object, word(tag, OBJECT_BITS)) for tag in tags))
        for item in followed:
            assert item.block is not None
            mine = eq(pointer.object, word(item.tag, OBJECT_BITS))
            yield or_(not_(mine), eq(pointer.word, item.address))
            yield or_(not_(mine), item.block.live)
            if outliving:
                yield from _of_outliving(item, not_(mine), pointer, held)
                continue
            yield or_(not_(item.block.live), mine)
            others = [word(n, OBJECT_BITS) for n in (OTHER_BLOCK, NO_BLOCK)]
            yield or_(mine, *(eq(pointer.object, other) for other in others))


def _of_place(body: Body, item: DriverObject) -> Iterator[Expr]:
    """Yield which sizes *item* may have."""
    assert item.block is not None
    for tag, size in body.taken:
        if tag == item.tag and not any(v.scope is Scope.INPUT for v in variables(size)):
            yield or_(not_(item.block.followed), eq(item.size, size))


def of_compared(body: Body, held: Held) -> Iterator[Expr]:
    """Yield what may be true of two pointers that are compared, where blocks outlive calls: if one
    leads to a block then the other one leads elsewhere and is not null; if it leads to none, it is
    the other one, or null."""
    blocks = [item for item in body.objects.values() if item.block is not None]
    for pointer in held.pointers if blocks and is_outliving(body) else ():
        for other in held.pointers:
            if not held.copies.are_compared(pointer.word, other.word):
                continue
            none = word(0, pointer.word.sort.width)
            same = eq(pointer.word, other.word)
            for item in blocks:
                no = ne(pointer.object, word(item.tag, OBJECT_BITS))
                yield from (or_(no, not_(same)), or_(no, ne(other.word, none)))
            yield or_(ne(pointer.object, word(0, OBJECT_BITS)), same, eq(pointer.word, none))


def _of_outliving(
    item: DriverObject, other: Expr, pointer: Pointer, held: Held
) -> Iterator[Expr]:
    """Yield what may be true of a *pointer* to a block that outlives calls: it is an*other* one, or
    the block has the size that goes with the pointer."""
    nothing = word(0, pointer.word.sort.width)
    for size in held.sizes_of(pointer):
        if not isinstance(size, Const) and size.sort == item.size.sort:
            yield from (or_(other, eq(item.size, size)), or_(other, ne(size, nothing)))


def _of_shown(body: Body, pointers: Iterable[Pointer]) -> Iterator[Expr]:
    """Yield what may be true of memory that is shown, and of pointers to it: it is shown, to this
    thread, and the driver keeps no pointer to it."""
    for item in body.objects.values():
        if item.block is None or item.block.shown_to is None:
            continue
        block, state = item.block, item.block.keeping
        yield or_(not_(block.live), block.taken)
        if state is None and may_stay(body):
            yield from _of_place(body, item)
        everywhere = dict.fromkeys([*pointers, *(kept(body) if state is not None else ())])
        for pointer in everywhere:
            no = ne(pointer.object, word(item.tag, OBJECT_BITS))
            yield or_(no, block.live)
            if state is None and may_stay(body):
                yield or_(no, eq(pointer.word, item.address))
            if state is None or is_shared(pointer):
                continue
            yield or_(no, eq(item.block.shown_to, body.identity))
            for other in kept(body):
                yield or_(no, ne(other.object, word(item.tag, OBJECT_BITS)))
        if state is not None:
            yield from _of_keeping(body, item, state, pointers)


def _of_keeping(
    body: Body, item: DriverObject, state: Keeping, pointers: Iterable[Pointer]
) -> Iterator[Expr]:
    """Yield what may be true at any place of who has the followed block *item*."""
    assert item.block is not None
    block, nobody = item.block, eq(state.holder, const(0, state.holder.sort))
    other = ne(state.holder, body.identity)
    yield from (other, or_(other, block.live), or_(block.taken, nobody))
    yield from (or_(either, not_(state.strewn)) for either in (block.taken, nobody, other))
    for pointer in dict.fromkeys((*pointers, *kept(body))):
        no = ne(pointer.object, word(item.tag, OBJECT_BITS))
        if is_shared(pointer):
            yield from (or_(no, block.taken), or_(no, nobody), or_(no, not_(block.live)))
            yield or_(no, not_(state.strewn))
        else:
            yield from (no, or_(no, not_(other)), or_(other, not_(no)), or_(no, state.strewn))
    for one, another in combinations(_kept_in_arrays(body), 2):
        yield or_(*(ne(pointer.object, word(item.tag, OBJECT_BITS)) for pointer in (one, another)))
    for flag in body.env.values():
        if isinstance(flag, Var) and flag.sort == BOOL and flag.scope is Scope.LOCAL:
            yield from (or_(flag, other), or_(not_(flag), other))
    for driver in body.world.spec.drivers:
        ends = list(_ends_of_use(body, driver))
        for pointer in kept_by(body, driver):
            some = ne(pointer.word, word(0, body.world.width))
            none = ne(pointer.object, word(0, OBJECT_BITS))
            fine = or_(ne(pointer.object, word(item.tag, OBJECT_BITS)), block.live)
            yield from (or_(end, fact) for end in ends for fact in (fine, some))
            yield from (or_(end, none, not_(some)) for end in ends)


def of_fetched(body: Body, held: Held) -> Iterator[Expr]:
    """Yield that pointers which were read of arrays lead where the element that they were read of
    leads, where blocks outlive calls."""
    root = held.copies.root
    numbers = [value for value in body.env.values() if isinstance(value, Var)]
    for found, array, index in body.fetched if is_outliving(body) else ():
        origins = [p.object for p in elements_of(array) if isinstance(p, Pointer)]
        for pointer in held.pointers:
            if root.get(pointer.object, pointer.object) is not root.get(found.object, found.object):
                continue
            alike = (size for size in numbers if root.get(size, size) is root.get(index, index))
            for at in dict.fromkeys((index, *alike)):
                yield eq(pointer.object, at_index(origins, at))


def _kept_in_arrays(body: Body) -> list[Pointer]:
    """Return the pointers in arrays that are followed and that drivers keep: a block lies in one
    element of a table, mostly."""
    arrays = [n for n in body.env if n in body.world.arrays]
    return [p for number in arrays for p in pointers_in(body.env[number]) if is_shared(p)]


def _ends_of_use(body: Body, driver: typed.Driver) -> Iterator[Expr]:
    """Yield when what *driver* keeps may be of no use yet, or any more: the call that was to make
    it failed, the driver is not loaded, the followed handle is not open, a truth value or a set of
    handles says so."""
    life = body.lives[driver.name]
    if body.result is not None:
        yield not_(succeeded(body.result))
    if life.stage is not None:
        yield from (life.is_ending, life.is_at(Stage.BEFORE))
    if life.handle is not None:
        yield not_(life.handle.is_in(Phase.OPEN))
    for item in driver.globals:
        if isinstance(item.variable.type, ty.BoolType | ty.HandlesType):
            flag = scalar(body.env[item.variable.number])
            yield from (flag, not_(flag))
