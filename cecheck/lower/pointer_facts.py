"""Facts about one user pointer, in the platform's words: candidates, believed by nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from cecheck.ir.build import add, and_, eq, implies, ne, not_, or_, sub, ule, word
from cecheck.ir.expr import BOOL, FALSE, Expr, Scope, Var
from cecheck.ir.program import View
from cecheck.lower import meant
from cecheck.lower.body import Body
from cecheck.lower.graph import is_shared
from cecheck.lower.held import Held
from cecheck.lower.itself import as_driver, as_itself
from cecheck.lower.keeping import is_outliving
from cecheck.lower.objects import made_from, rests_on_showing
from cecheck.lower.pure import Pure
from cecheck.lower.staying import may_stay, stays
from cecheck.lower.unknown import Unknown
from cecheck.lower.values import Origin, Pointer, origin, scalar


def about(body: Body, pointer: Pointer, held: Held) -> Iterator[Expr]:
    """Yield facts about *pointer*, among what is *held* with it."""
    world = body.world
    observed = eq(pointer.origin, origin(Origin.OBSERVED))
    zero = word(0, world.width)
    used = and_(observed, ne(pointer.word, zero))
    yield ne(pointer.origin, origin(Origin.DRIVER))
    yield or_(eq(pointer.word, zero), ne(pointer.origin, origin(Origin.NOBODY)))
    yield not_(observed)
    if body.observing is not FALSE:
        yield implies(observed, body.observing)
        yield implies(body.observing, not_(used))
        yield implies(and_(is_observed(body), not_(begun(body))), not_(used))
    if world.tenancy is not None:
        yield implies(used, world.tenancy.runs)
        yield implies(used, not_(world.tenancy.is_gone))
    if body.returned is not None:
        yield implies(used, not_(body.returned))
        if pointer.lasting is not None:
            yield implies(used, or_(not_(body.returned), pointer.lasting))
            yield implies(used, pointer.lasting)
    for place in held.saved:  # with the pointer
        yield implies(used, eq(place, world.observed_place))
    for key in held.keys:
        for (name, _), bit in zip(world.followed, key.bits, strict=True):
            if name == "caller":
                yield implies(used, bit)
            yield implies(ne(pointer.word, zero), bit)
            if world.spec.least_privilege:
                yield implies(used, not_(bit))
    yield implies(used, eq(_landing(_driver(body), pointer.word), pointer.word))
    if world.view is View.HOSTILE:
        yield from (implies(used, holds) for holds in _hostile(body, pointer, held))
        yield from (implies(used, holds) for holds in _staying(body, pointer, held))
    else:
        yield from (implies(used, holds) for holds in _well_behaved(body, pointer, held))


def _landing(pure: Pure, address: Expr) -> Expr:
    """Return where *pure* lands at *address*."""
    value, _ = pure.hook_value("translate", [address])
    return scalar(value)


def _driver(body: Body) -> Pure:
    """Return how a thread of the driver's process reaches memory."""
    place = body.world.named[body.world.spec.drivers[0].process]
    return as_driver(body.world, place)


def _itself(body: Body) -> Pure:
    """Return how the observed process does."""
    world = body.world
    return as_itself(world, world.observed_place, world.observed_trusted, Unknown(None))


Way = Callable[[], Pure]  # anew each time: what one finds out it does not know stays with it


def _ways(body: Body, pointer: Pointer, held: Held) -> tuple[Way, ...]:
    """Return whose way to memory a thread may take: where a process is saved, that of it, too; with
    a pointer of its own, where that is another question, its own as it runs."""
    ways: tuple[Way, ...] = (partial(_driver, body),)
    if held.saved:
        ways += (partial(_itself, body),)
    if not body.world.lands_with_its_owner and not is_shared(pointer):
        ways += (body.asking,)
    return ways


def _theirs(way: Way, address: Expr) -> Expr:
    """Return that *address*, reached so, is of the observed process, or of nobody."""
    pure = way()
    owned = pure.hook("owns", [pure.world.observed_place, address, FALSE])
    vacant = pure.hook("vacant", [address])
    return or_(owned, vacant, pure.unknown.skip)


def _hostile(body: Body, pointer: Pointer, held: Held) -> Iterator[Expr]:
    width = body.world.width
    for way in _ways(body, pointer, held):
        yield _theirs(way, pointer.word)
        for size in held.sizes_of(pointer):
            last = sub(add(pointer.word, size), word(1, width))
            empty = eq(size, word(0, width))
            yield or_(empty, and_(ule(pointer.word, last), _theirs(way, last)))


def _staying(body: Body, pointer: Pointer, held: Held) -> Iterator[Expr]:
    """Yield that *pointer* leads to what a platform shows, and that this stays there."""
    nothing, one = word(0, body.world.width), word(1, body.world.width)
    shown = () if is_outliving(body) else may_stay(body)
    if shown:
        yield rests_on_showing(body, pointer)
    for item in shown:
        other = not_(made_from(pointer, item))
        yield or_(other, stays(_driver(body), item, pointer.word))
        for size in held.sizes_of(pointer):
            last = sub(add(pointer.word, size), one)
            yield or_(other, eq(size, nothing), stays(_driver(body), item, last))


def _well_behaved(body: Body, pointer: Pointer, held: Held) -> Iterator[Expr]:
    promised = pointer.promised
    if promised is None:  # it was made of a number
        return
    world, driver, zero = body.world, partial(_driver, body), word(0, body.world.width)
    somewhere = ne(promised.size, zero)
    place = add(promised.base, promised.offset)
    for way in _ways(body, pointer, held):
        yield implies(somewhere, eq(_landing(way(), pointer.word), place))
        if not world.lands_with_its_owner:
            yield from (implies(somewhere, holds) for holds in meant.ends(way, pointer))
    yield implies(somewhere, eq(pointer.word, place))
    last = sub(add(promised.base, promised.size), word(1, body.world.width))
    both = and_(_theirs(driver, promised.base), _theirs(driver, last))
    yield implies(somewhere, and_(ule(promised.base, last), both))
    yield somewhere
    yield eq(promised.offset, zero)
    for size in held.sizes_of(pointer):
        yield eq(promised.size, size)
        yield ule(size, promised.size)
    itself = _itself(body)
    for start in (promised.base, pointer.word) if held.saved else (promised.base,):
        honest = itself.hook("honest", [world.observed_place, start, promised.size])
        yield implies(somewhere, or_(honest, itself.unknown.skip))


def is_observed(body: Body) -> Expr:
    """Return that this thread makes the observed call, sooner or later."""
    return eq(body.identity, body.world.observed_thread)


def begun(body: Body) -> Expr:
    """Return that it has begun it."""
    return Var(f"{body.graph.thread}.observed before", BOOL, Scope.LOCAL)
