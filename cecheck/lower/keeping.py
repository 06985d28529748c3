"""Blocks that outlive a call: who has to give them back (semantics 2.5, 7.4).

The driver keeps a block where a global, a context or another block has a pointer to it.  Else a
thread has it, the *holder*: the one that allocated it, or took it from the last place that the
driver kept it in.  As with locks it is the thread's identity that is noted, so that a proof needs
no second thread to tell that nobody else has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from cecheck.ir.build import and_, const, eq, ite, ne, not_, or_, word
from cecheck.ir.expr import BOOL, FALSE, TRUE, Expr, Var, bits
from cecheck.ir.program import CheckKind, Site
from cecheck.lower.body import Body, DriverObject, Keeping
from cecheck.lower.counts import COUNT_BITS
from cecheck.lower.graph import Location, Storage, Updates, site_of
from cecheck.lower.life import succeeded
from cecheck.lower.reach import Reach
from cecheck.lower.values import OBJECT_BITS, Opaque, Pointer, Record, Value, followed_item
from cecheck.lower.world import IDENTITY_BITS
from cecheck.sema import typed


def keeping(place: Storage, name: str) -> Keeping:
    """Return variables that tell who has the followed block of the site *name*."""
    holder = place.word(f"{name} holder", bits(IDENTITY_BITS))
    strewn, astray = (place.word(f"{name} {what}", BOOL) for what in ("strewn", "astray"))
    return Keeping(holder, strewn, astray)


def is_outliving(body: Body) -> bool:
    """Tell whether blocks may outlive the call they are allocated in."""
    return any(True for _ in outliving(body))


def outliving(body: Body) -> Iterator[tuple[DriverObject, Keeping]]:
    """Yield the followed blocks that may outlive a call, and who has them."""
    for item in body.objects.values():
        if item.block is not None and item.block.keeping is not None:
            yield item, item.block.keeping


# ---- where the driver keeps pointers -------------------------------------------------------------


def kept(body: Body) -> tuple[Pointer, ...]:
    """Return the pointers that drivers keep, as far as they are followed: in globals, in the
    followed context, in followed elements of blocks."""
    drivers = body.world.spec.drivers
    return (*(p for one in drivers for p in kept_by(body, one)), *_in_blocks(body))


def kept_by(body: Body, driver: typed.Driver) -> Iterator[Pointer]:
    """Yield the pointers that *driver* keeps in its globals and in the followed context."""
    for item in driver.globals:
        yield from pointers_in(body.env[item.variable.number])
    if driver.context is not None:
        yield from pointers_in(body.env[driver.context.number])


def _in_blocks(body: Body) -> Iterator[Pointer]:
    for item, _ in outliving(body):
        assert item.block is not None
        for element in item.block.elements:
            yield from pointers_in(element.value)


def pointers_in(value: Value) -> Iterator[Pointer]:
    """Yield the pointers in *value*: of a set the member that is followed."""
    item = followed_item(value)
    match value:
        case Pointer():
            yield value
        case Record() if item is not None:
            yield item
        case Record(fields=fields):
            for _, part in fields:
                yield from pointers_in(part)
        case _:
            pass


def _is_among(item: DriverObject, pointers: Iterable[Pointer]) -> Expr:
    """Return that one of *pointers* was made from *item*."""
    return or_(*(eq(pointer.object, word(item.tag, OBJECT_BITS)) for pointer in pointers))


# ---- who has it ----------------------------------------------------------------------------------


def changed_hands(body: Body, updates: Updates, stored: Value | None = None) -> Updates:
    """Return who has which block once *updates* were made to places that a driver keeps pointers
    in, and *stored* was put in one that is not followed: nobody knows any more where that is.

    Whoever writes over the last pointer to a block, in a global or in another block, has it.
    """
    if not is_outliving(body):
        return ()
    then, pointers = dict(updates), kept(body)
    old = [p for p in pointers if p.object in then]
    new = [replace(p, object=then[p.object]) for p in old if isinstance(p.object, Var)]
    others = [p for p in pointers if p.object not in then]
    beside = () if stored is None else tuple(pointers_in(stored))
    found: list[tuple[Var, Expr]] = []
    for item, state in outliving(body):
        assert item.block is not None
        puts = _is_among(item, (*new, *beside))
        elsewhere = or_(_is_among(item, others), state.strewn)
        takes = and_(_is_among(item, old), item.block.live, not_(or_(puts, elsewhere)))
        if takes is not FALSE and not item.is_shown:
            watched(body, item)
        nobody = const(0, state.holder.sort)
        holder = ite(puts, nobody, ite(takes, body.identity, state.holder))
        aside = (and_(_is_among(item, [p]), ne(p.word, item.address)) for p in beside)
        found.append((state.holder, holder))
        found.append((state.strewn, or_(state.strewn, _is_among(item, beside))))
        found.append((state.astray, or_(state.astray, *aside)))
    return tuple((var, value) for var, value in found if value is not var)


def holds_block(body: Body, number: int) -> Expr:
    """Return that a pointer to a block that may outlive its call may lie in a driver object: in
    what is not followed of it, if one was ever put where nobody follows it."""
    item = body.objects[number]
    if item.block is None:
        values = [] if item.is_heap else [body.env[number]]
    else:
        values = [element.value for element in item.block.elements]
    held = [pointer for value in values for pointer in pointers_in(value)]
    is_followed = not item.is_heap and not any(_has_opaque(value) for value in values)
    return or_(
        *(_is_among(one, held) for one, _ in outliving(body)),
        *(state.strewn for _, state in outliving(body) if not is_followed),
    )


def _has_opaque(value: Value) -> bool:
    if isinstance(value, Record):
        return any(_has_opaque(part) for _, part in value.fields)
    return isinstance(value, Opaque)


def not_followed(
    body: Body, reach: Reach, item: DriverObject, hit: Expr, here: Location
) -> None:
    """Note a bound of the model where a pointer that a driver keeps may be written over through a
    pointer, or by a copy: nobody tells then which block is lost."""
    kept_there = item.variable.is_kept and body.world.spec.holds_pointer(item.variable.type)
    if kept_there and is_outliving(body):
        body.graph.check(body.site(reach.site), CheckKind.BOUND, here, hit)


def watched(body: Body, item: DriverObject, site: Site | None = None) -> None:
    """Have it asked at the end of the entry that runs whether its thread still has *item*, which
    was allocated at *site*."""
    assert item.block is not None
    assert item.block.keeping is not None
    state = item.block.keeping
    has = and_(
        eq(state.holder, body.identity), item.block.live,
        not_(or_(_is_among(item, kept(body)), state.strewn)),
    )  # fmt: skip
    count = ite(has, word(1, COUNT_BITS), word(0, COUNT_BITS))
    body.ledger.watch(_name(item), count, site, site_of(item.block.span, None))


def _name(item: DriverObject) -> str:
    return f"memory {item.tag}"


def let_go(body: Body, state: Keeping) -> Updates:
    """Return that the thread has a block no longer: its call is over."""
    mine = eq(state.holder, body.identity)
    return ((state.holder, ite(mine, const(0, state.holder.sort), state.holder)),)


def ask_gone(
    body: Body, what: tuple[typed.Driver, typed.Entry], result: Value | None, end: Location
) -> None:
    """Ask that no block is lost with what is gone after an entry: the context of a handle that
    was closed or not opened, all that the driver kept once it is unloaded."""
    driver, entry = what
    context = () if driver.context is None else tuple(pointers_in(body.env[driver.context.number]))
    match entry.kind:
        case typed.OPEN if result is not None and not body.scene.aside:
            gone, when = context, not_(succeeded(result))
        case typed.INIT if result is not None:
            gone, when = tuple(kept_by(body, driver)), not_(succeeded(result))
            context = gone
        case typed.CLOSE if not body.scene.aside:
            gone, when = context, TRUE
        case typed.DEINIT:
            gone, when = tuple(kept_by(body, driver)), TRUE
            context = gone
        case _:
            return
    words = {pointer.word for pointer in context}
    others = [pointer for pointer in kept(body) if pointer.word not in words]
    ends = entry.kind in (typed.INIT, typed.DEINIT)
    for item, state in outliving(body):
        assert item.block is not None
        if item.is_shown:
            continue
        elsewhere = FALSE if ends else or_(_is_among(item, others), state.strewn)
        lost = and_(when, _is_among(item, gone), item.block.live, not_(elsewhere))
        site = body.ledger.site_of(_name(item)) or site_of(item.block.span, None)
        body.graph.check(site, CheckKind.PAIRED, end, lost, TRUE, body.terms())
