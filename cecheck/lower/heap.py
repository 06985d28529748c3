"""Memory that a driver allocates and frees (semantics 2.5, 7.4).

Of each place where memory is allocated one arbitrary block is followed in a call: its size, where
it lies, whether it is live, some of what it holds (`elements`).  All other blocks are one object
of which nothing is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from cecheck.ir.build import add, all_of, and_, const, eq, ite, ne, not_, or_, ule, word
from cecheck.ir.expr import BOOL, FALSE, TRUE, Expr, Scope, Var, bits, variables
from cecheck.ir.program import CheckKind, Event
from cecheck.lower import elements
from cecheck.lower.body import Block, Body, DriverObject
from cecheck.lower.graph import Graph, Location, Updates
from cecheck.lower.ledger import Account
from cecheck.lower.pure import as_itself
from cecheck.lower.survey import Survey
from cecheck.lower.synthetic import stored, synthetic
from cecheck.lower.unknown import Unknown
from cecheck.lower.values import (
    NO_BLOCK,
    OBJECT_BITS,
    OTHER_BLOCK,
    Opaque,
    Origin,
    Pointer,
    Value,
    origin,
)
from cecheck.sema import typed
from cecheck.sema import types as ty
from cecheck.source import Span

FIRST = 1 << 40  # below all numbers of variables that lowering makes up


def blocks(graph: Graph, survey: Survey, taken_tags: int) -> dict[int, DriverObject]:
    """Return what stands for allocated memory: a followed block per site, and all others."""
    found: dict[int, DriverObject] = {}
    world = graph.world
    for count, (node, process) in enumerate(survey.allocated, start=1):
        text = " ".join(node.span.text.split())
        assert isinstance(node.type, ty.PointerType)
        assert node.type.target is not None
        block = Block(
            node.span, graph.local(f"{text} taken", BOOL), graph.local(f"{text} live", BOOL),
            node.type.target, elements.elements(graph, text, node.type.target, survey.followed),
            node.span in survey.once,
        )  # fmt: skip
        number = -FIRST - count
        found[number] = DriverObject(
            taken_tags + count, _stand_in(number, text, node.type, node.span),
            graph.local(f"&{text}", bits(world.width)),
            graph.local(f"{text} size", bits(world.width)),
            world.named[process], block,
        )  # fmt: skip
    if any(node.span not in survey.once for node, _ in survey.allocated):
        node, process = survey.allocated[0]
        nothing = word(0, world.width)
        other = _stand_in(-FIRST, "another block", node.type, node.span)
        home = world.named[process]
        found[-FIRST] = DriverObject(OTHER_BLOCK, other, nothing, nothing, home, followed=False)
    return found


def _stand_in(number: int, name: str, type_: ty.Type, span: Span) -> typed.Variable:
    return typed.Variable(number, name, type_, typed.Storage.LOCAL, span)


def unheld(body: Body) -> None:
    """Make what blocks hold arbitrary, here and everywhere."""
    body.env |= {n: Opaque() for n, item in body.objects.items() if item.is_heap}


def none_taken(objects: dict[int, DriverObject]) -> Expr:
    """Return that no block is followed yet."""
    found = [item.block for item in objects.values() if item.block is not None]
    return all_of(and_(not_(block.taken), not_(block.live)) for block in found)


def forgotten(body: Body) -> Updates:
    """Return that no block is followed any more: a call is over."""
    found: list[tuple[Var, Expr]] = []
    for item in body.objects.values():
        if item.block is not None:
            found += [(item.block.taken, FALSE), (item.block.live, FALSE)]
            found += elements.emptied(item.block)
    return tuple(found)


def allocate(
    body: Body, expr: typed.Allocate, size: Expr, guard: Expr, here: Location
) -> tuple[typed.Expr, Location]:
    """Allocate *size* bytes: that fails, or gives the block that is followed, or another one."""
    graph, world = body.graph, body.world
    item = next(
        i for i in body.objects.values() if i.block is not None and i.block.span == expr.span
    )
    block = item.block
    assert block is not None
    null = _pointer(world.null(expr.type), word(0, world.width), NO_BLOCK)
    read = synthetic(body, "block", null, expr.type, expr.span)
    target, after = stored(body, read), graph.location()
    site = body.site(expr.site)
    home = as_itself(world, item.home, TRUE, Unknown(None))
    beyond = not_(home.hook("heap", [size]))
    if block.once:
        beyond = or_(beyond, block.taken)
    graph.check(site, CheckKind.BOUND, here, and_(guard, beyond))
    fails = graph.input(BOOL, here)
    follows = TRUE if block.once else and_(graph.input(BOOL, here), not_(block.taken))
    graph.edge(
        here, after, and_(guard, fails), graph.store(target, null, here),
        span=expr.span, event=Event("assign", "alloc fails"),
    )  # fmt: skip
    address = graph.input(bits(world.width), here)
    placed = and_(
        ne(address, word(0, world.width)), *_apart(body, address, size),
        home.hook("honest", [item.home, address, _room(size)]),
    )  # fmt: skip
    gives = and_(guard, not_(fails), placed)
    given = _pointer(null, address, item.tag)
    body.taken.append((item.tag, size))
    account = _account(body, item)
    new, chosen = elements.chosen(body, block, here)
    updates = (
        *graph.store(target, given, here),
        (block.taken, TRUE), (block.live, TRUE), (item.address, address),
        (item.size, size), *body.ledger.opening(account, site), *new,
    )  # fmt: skip
    graph.edge(
        here, after, and_(gives, follows, chosen), updates,  # type: ignore[arg-type]
        span=expr.span, event=Event("assign", "alloc gives memory"),
    )  # fmt: skip
    other = graph.store(target, _pointer(null, address, OTHER_BLOCK), here)
    graph.edge(
        here, after, and_(gives, FALSE if block.once else not_(follows)), other,
        span=expr.span, event=Event("assign", "alloc gives another block"), unfollowed=True,
    )  # fmt: skip
    return read, after


def _apart(body: Body, address: Expr, size: Expr) -> Iterator[Expr]:
    """Yield that a new block overlaps no object of the driver."""
    for item in body.objects.values():
        if not item.followed:
            continue
        before = ule(add(address, _room(size)), item.address)
        gone = FALSE if item.block is None else not_(item.block.live)
        yield or_(gone, before, ule(add(item.address, _room(item.size)), address))


def _room(size: Expr) -> Expr:
    """Return what a block of *size* bytes takes: one of no bytes has an address of its own."""
    return ite(eq(size, const(0, size.sort)), const(1, size.sort), size)


def hints(body: Body, pointers: Iterable[Pointer]) -> Iterator[Expr]:
    """Yield what may be true of blocks and of pointers to them at any place: hints for proofs."""
    followed = [item for item in body.objects.values() if item.block is not None]
    for item in followed:
        assert item.block is not None
        block, home = item.block, as_itself(body.world, item.home, TRUE, Unknown(None))
        count = _account(body, item).count
        yield eq(count, ite(block.live, const(1, count.sort), const(0, count.sort)))
        yield or_(not_(block.live), block.taken)
        yield from elements.hints(body.world, block)
        lies = home.hook("honest", [item.home, item.address, _room(item.size)])
        yield or_(not_(block.live), lies)
        for tag, size in body.taken:
            if tag == item.tag and not any(v.scope is Scope.INPUT for v in variables(size)):
                yield or_(not_(block.live), eq(item.size, size))
    for pointer in pointers if followed else ():
        null = eq(pointer.word, word(0, body.world.width))
        yield or_(ne(pointer.object, word(NO_BLOCK, OBJECT_BITS)), null)
        for item in followed:
            assert item.block is not None
            mine = eq(pointer.object, word(item.tag, OBJECT_BITS))
            yield or_(not_(mine), eq(pointer.word, item.address))
            yield or_(not_(mine), item.block.live)
            yield or_(not_(item.block.live), mine)
            others = [word(n, OBJECT_BITS) for n in (OTHER_BLOCK, NO_BLOCK)]
            yield or_(mine, *(eq(pointer.object, other) for other in others))
        yield or_(ne(pointer.object, word(OTHER_BLOCK, OBJECT_BITS)), not_(null))


def _account(body: Body, item: DriverObject) -> Account:
    """Return where it is noted that the block of a site is to be given back: each has its own."""
    return body.ledger.account(f"memory {item.tag} of {item.variable.name}")


def _pointer(null: Pointer, address: Expr, tag: int) -> Pointer:
    made = origin(Origin.DRIVER)
    return replace(
        null, word=address, origin=made, object=word(tag, OBJECT_BITS), literal=False
    )


def free(
    body: Body, statement: typed.Free, value: Value, guard: Expr, here: Location
) -> Location:
    """Free a block: it must be live, and meant by its start; null is none."""
    assert isinstance(value, Pointer)
    graph, width = body.graph, body.world.width
    fine = or_(eq(value.word, word(0, width)), eq(value.object, word(OTHER_BLOCK, OBJECT_BITS)))
    updates: list[tuple[Expr, Expr]] = []
    for item in body.objects.values():
        if item.block is None:
            continue
        mine = and_(eq(value.object, word(item.tag, OBJECT_BITS)), eq(value.word, item.address))
        ends = and_(mine, item.block.live)
        fine = or_(fine, ends)
        account = _account(body, item)
        updates.append((item.block.live, and_(item.block.live, not_(ends))))
        updates += body.ledger.closing(account, here, ends)
    site = body.site(statement.site)
    graph.check(site, CheckKind.PAIRED, here, and_(guard, not_(fine)), guard, body.terms())
    after = graph.location()
    event = Event("assign", " ".join(statement.span.text.split()))
    graph.edge(here, after, guard, tuple(updates), span=statement.span, event=event)  # type: ignore[arg-type]
    return after

