"""Memory that a driver allocates and frees (semantics 2.5, 7.4).

Of each place where memory is allocated one arbitrary block is followed, in a call or, where blocks
outlive calls, in the whole run: its size, where it lies, whether it is live, some of what it holds
(`elements`), who has to give it back (`keeping`).  All other blocks are one object of which nothing
is asked.  What a platform shows of the memory of others (`shows`) is followed in the same way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from cecheck.ir.build import add, all_of, and_, const, eq, ite, ne, not_, or_, ule, word
from cecheck.ir.expr import BOOL, FALSE, TRUE, Expr, Var, bits
from cecheck.ir.program import Action, CheckKind, Event, Site
from cecheck.lower import elements
from cecheck.lower.body import Block, Body, DriverObject
from cecheck.lower.graph import Location, Storage, Updates
from cecheck.lower.itself import as_driver
from cecheck.lower.keeping import (
    is_outliving,
    keeping,
    let_go,
    watched,
)
from cecheck.lower.ledger import Account
from cecheck.lower.survey import Survey
from cecheck.lower.synthetic import stored, synthetic
from cecheck.lower.values import (
    NO_BLOCK,
    OBJECT_BITS,
    OTHER_BLOCK,
    Opaque,
    Origin,
    Pointer,
    leaves,
    origin,
)
from cecheck.lower.world import IDENTITY_BITS
from cecheck.sema import typed
from cecheck.sema import types as ty
from cecheck.source import Span

FIRST = 1 << 40  # below all numbers of variables that lowering makes up


def blocks(place: Storage, survey: Survey) -> dict[int, DriverObject]:
    """Return what stands for allocated memory: a followed block per site, and all others."""
    found: dict[int, DriverObject] = {}
    world = place.world
    texts = Counter(_text(node) for node, _ in survey.allocated)
    for count, (node, process) in enumerate(survey.allocated, start=1):
        text = _text(node)
        if texts[text] > 1 and place.graph is None:
            text += f" #{count}"  # all threads call it that
        assert isinstance(node.type, ty.PointerType)
        assert node.type.target is not None
        shown, target = isinstance(node, typed.Show), node.type.target
        block = Block(
            node.span, place.word(f"{text} taken", BOOL), place.word(f"{text} live", BOOL), target,
            () if shown else elements.elements(place, text, target, survey.followed),
            node.span in survey.once, keeping(place, text) if survey.outliving else None,
            _asker(place, text, survey) if shown else None,
        )  # fmt: skip
        number = -FIRST - count
        found[number] = DriverObject(
            len(survey.addressed) + count, _stand_in(number, text, node.type, node.span),
            place.word(f"&{text}", bits(world.width)),
            place.word(f"{text} size", bits(world.width)),
            world.named[process], block,
        )  # fmt: skip
    own = [(n, process) for n, process in survey.allocated if isinstance(n, typed.Allocate)]
    if any(node.span not in survey.once for node, _ in own):
        node, process = own[0]
        nothing = word(0, world.width)
        other = _stand_in(-FIRST, "another block", node.type, node.span)
        home = world.named[process]
        found[-FIRST] = DriverObject(OTHER_BLOCK, other, nothing, nothing, home, followed=False)
    return found


def _asker(place: Storage, text: str, survey: Survey) -> Expr:
    """Return the thread that asks for what is shown; of one's own calls nobody needs to know."""
    sort = bits(IDENTITY_BITS)
    return place.word(f"{text} shown to", sort) if survey.outliving else const(0, sort)


def _text(node: typed.Borrowed) -> str:
    return " ".join(node.span.text.split())


def _stand_in(number: int, name: str, type_: ty.Type, span: Span) -> typed.Variable:
    return typed.Variable(number, name, type_, typed.Storage.LOCAL, span)


def unheld(body: Body) -> None:
    """Make what blocks hold arbitrary, here and everywhere."""
    body.env |= {n: Opaque() for n, item in body.objects.items() if item.is_heap}


def none_taken(objects: Mapping[int, DriverObject]) -> Expr:
    """Return that no block of a call is followed yet."""
    found = [item.block for item in objects.values() if item.block and not item.block.keeping]
    return all_of(and_(not_(block.taken), not_(block.live)) for block in found)


def variables_of(objects: Mapping[int, DriverObject]) -> dict[Var, Expr]:
    """Return the variables that are kept of *objects* that are blocks, and how they begin."""
    found: list[Expr] = []
    for item in objects.values():
        if item.block is not None:
            found += [item.block.taken, item.block.live, item.address, item.size]
            for element in item.block.elements:
                found += [element.index, *leaves(element.value).values()]
            state = item.block.keeping
            found += [] if state is None else [state.holder, state.strewn, state.astray]
            found += [] if item.block.shown_to is None else [item.block.shown_to]
    return {var: const(0, var.sort) for var in found if isinstance(var, Var)}


def unguessed(objects: Mapping[int, DriverObject]) -> frozenset[Var]:
    """Return the variables of which nothing simple is true: where blocks lie and what they hold."""
    told: set[Var] = set()
    for item in objects.values():
        if item.block is not None and item.block.keeping is not None:
            told |= {item.block.taken, item.block.keeping.strewn, item.block.keeping.astray}
    return frozenset(variables_of(objects).keys() - told)


def forgotten(body: Body) -> Updates:
    """Return that no block of a call is followed any more: it is over, and what it had left open
    was asked of it."""
    found: list[tuple[Var, Expr]] = []
    for item in body.objects.values():
        if item.block is None:
            continue
        if item.block.keeping is not None:  # nobody asks who has what is shown
            found += () if item.is_shown else let_go(body, item.block.keeping)
        else:
            found += [(item.block.taken, FALSE), (item.block.live, FALSE)]
            found += elements.emptied(item.block)
    return tuple(found)


def allocate(
    body: Body, expr: typed.Allocate, size: Expr, guard: Expr, here: Location
) -> tuple[typed.Expr, Location]:
    """Allocate *size* bytes: that fails, or gives the block that is followed, or another one."""
    graph, world = body.graph, body.world
    item, block = place_of(body, expr)
    null = _pointer(world.null(expr.type), word(0, world.width), NO_BLOCK)
    read = synthetic(body, "block", null, expr.type, expr.span)
    target, after = stored(body, read), graph.location()
    site = body.site(expr.site)
    home = as_driver(world, item.home)
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
        home.hook("honest", [item.home, address, room(size)]),
    )  # fmt: skip
    gives = and_(guard, not_(fails), placed)
    given = _pointer(null, address, item.tag)
    body.taken.append((item.tag, size))
    new, chosen = elements.chosen(body, block, here)
    updates = (
        *graph.store(target, given, here),
        (block.taken, TRUE), (block.live, TRUE), (item.address, address),
        (item.size, size), *_opened(body, item, site), *new,
    )  # fmt: skip
    action = Action.LOCAL if block.keeping is None else Action.SHARED
    graph.edge(
        here, after, and_(gives, follows, chosen), updates, action=action,  # type: ignore[arg-type]
        span=expr.span, event=Event("assign", "alloc gives memory"),
    )  # fmt: skip
    other = graph.store(target, _pointer(null, address, OTHER_BLOCK), here)
    graph.edge(
        here, after, and_(gives, FALSE if block.once else not_(follows)), other, action=action,
        span=expr.span, event=Event("assign", "alloc gives another block"), unfollowed=True,
    )  # fmt: skip
    return read, after


def place_of(body: Body, expr: typed.Borrowed) -> tuple[DriverObject, Block]:
    """Return what is followed of the memory that *expr* gives."""
    for item in body.objects.values():
        is_it = item.is_shown == isinstance(expr, typed.Show)
        if is_it and item.block is not None and item.block.span == expr.span:
            return item, item.block
    raise AssertionError("a place of memory that no survey found")


def _opened(body: Body, item: DriverObject, site: Site) -> Updates:
    """Return what is noted of a new block, which its thread has to give back."""
    assert item.block is not None
    if item.block.keeping is None:
        return body.ledger.opening(account(body, item), site)
    watched(body, item, site)
    return ((item.block.keeping.holder, body.identity),)


def _apart(body: Body, address: Expr, size: Expr) -> Iterator[Expr]:
    """Yield that a new block overlaps no object of the driver."""
    for item in body.objects.values():
        if not item.followed or item.is_shown:
            continue
        before = ule(add(address, room(size)), item.address)
        gone = FALSE if item.block is None else not_(item.block.live)
        yield or_(gone, before, ule(add(item.address, room(item.size)), address))


def room(size: Expr) -> Expr:
    """Return what a block of *size* bytes takes: one of no bytes has an address of its own."""
    return ite(eq(size, const(0, size.sort)), const(1, size.sort), size)


def account(body: Body, item: DriverObject) -> Account:
    """Return where it is noted that the block of a site is to be given back: each has its own."""
    return body.ledger.account(f"memory {item.tag} of {item.variable.name}")


def _pointer(null: Pointer, address: Expr, tag: int) -> Pointer:
    made = origin(Origin.DRIVER)
    return replace(
        null, word=address, origin=made, object=word(tag, OBJECT_BITS), literal=False
    )


def free(
    body: Body, statement: typed.Free, value: Pointer, guard: Expr, here: Location
) -> Location:
    """Free a block: it must be live, and meant by its start; null is none."""
    graph, width = body.graph, body.world.width
    fine = or_(eq(value.word, word(0, width)), eq(value.object, word(OTHER_BLOCK, OBJECT_BITS)))
    updates: list[tuple[Expr, Expr]] = []
    for item in body.objects.values():
        if item.block is None or item.is_shown:
            continue
        mine = and_(eq(value.object, word(item.tag, OBJECT_BITS)), eq(value.word, item.address))
        ends = and_(mine, item.block.live)
        fine = or_(fine, ends)
        updates.append((item.block.live, and_(item.block.live, not_(ends))))
        state = item.block.keeping
        if state is None:
            updates += body.ledger.closing(account(body, item), here, ends)
        else:
            updates.append((state.holder, ite(ends, const(0, state.holder.sort), state.holder)))
    site = body.site(statement.site) if body.called is None else body.call_site(statement.span)
    wrong = and_(guard, not_(fine), not_(body.is_over))
    graph.check(site, CheckKind.PAIRED, here, wrong, guard, body.terms())
    after = graph.location()
    event = Event("free", " ".join(statement.span.text.split()))
    graph.edge(
        here, after, guard, tuple(updates),  # type: ignore[arg-type]
        action=Action.SHARED if is_outliving(body) else Action.LOCAL,
        span=statement.span, event=event,
    )  # fmt: skip
    return after

