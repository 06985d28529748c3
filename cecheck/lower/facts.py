"""Facts in the platform's words that may carry a proof: candidates, believed by nobody.

For every user pointer and every size that could go with it: that its ends are memory of its
origin, that it does not wrap, that it means the same on every thread; in the well-behaved view
that it lands in the object the caller meant.  For thread fields: whom they name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

from cecheck.ir.build import (
    and_,
    const,
    eq,
    implies,
    ite,
    ne,
    not_,
    or_,
    substitute,
    ule,
    word,
    zero_extend,
)
from cecheck.ir.expr import FALSE, Expr, Scope, Var, variables
from cecheck.ir.program import Fact
from cecheck.lower import opened
from cecheck.lower.body import Body
from cecheck.lower.graph import is_shared
from cecheck.lower.held import Copies, Held, held_by
from cecheck.lower.hints import hints, of_compared, of_fetched
from cecheck.lower.itself import as_driver
from cecheck.lower.life import Phase, succeeded
from cecheck.lower.pointer_facts import about, begun, is_observed
from cecheck.lower.pointers import is_some
from cecheck.lower.transfers import Device
from cecheck.lower.values import (
    Members,
    Origin,
    Record,
    followed_item,
    leaves,
    origin,
    scalar,
)
from cecheck.lower.world import World
from cecheck.sema import types as ty

MOST_COPIES = 24  # of the variables that told what was counted


def vocabulary(body: Body, known: Copies) -> tuple[Fact, ...]:
    """Return facts about the variables of the thread that *body* lowered."""
    held = held_by(body, known)
    name = body.graph.thread
    found: dict[Expr, None] = {}
    for pointer in held.pointers:
        for holds in about(body, pointer, held):
            found[holds] = None
    states = (*_identities(body, held), *_own_members(body, held), *_lives(body))
    own = (*states, *body.ledger.facts(), *_counted(body, known))
    own += tuple(opened.in_keeping(body, ((p, held.sizes_of(p)) for p in held.pointers)))
    own += tuple(fact for raised in body.raised for fact in (raised, not_(raised)))
    for holds in own:
        found[holds] = None
    blocks = dict.fromkeys(hints(body, held))
    found |= blocks
    told = (h for h in found if h.children or h in body.raised)
    facts = [Fact("", h, name) for h in of_compared(body, held)]
    facts += [Fact("", h, name) for h in of_fetched(body, held)]
    facts += [
        Fact("", h, name if _is_own(h) or h in blocks else None, h in blocks and not _is_own(h))
        for h in told
    ]
    facts += [Fact("", h) for h in blocks if not _is_own(h)]
    if body.device is not None:  # whatever locks are held
        begun = or_(ne(body.identity, body.world.followed_thread), not_(body.device.runs))
        pinned = _pinned_by_theirs(body.world, body.device)
        facts += [Fact("", begun, name), Fact("", pinned, name)]
    return tuple(facts)


def platform_facts(
    world: World, device: Device | None, locks: tuple[Var, ...]
) -> tuple[Fact, ...]:
    """Return facts about the shared state of the platform: counts, and a transfer that runs."""
    found: list[Expr] = []
    for table in world.tables.values():
        if table.count is not None:
            wide = zero_extend(table.count.theirs, table.count.total.sort.width)
            found += [not_(table.count.lost), ule(wide, table.count.total)]
    if device is not None:
        found += [*device.facts(world, locks), _pinned_by_theirs(world, device)]
    found += [] if world.tenancy is None else world.tenancy.hints()
    return tuple(Fact("", holds) for holds in found)


def _pinned_by_theirs(world: World, device: Device) -> Expr:
    """Return that the followed transfer, if it runs, needs no pin but the followed thread's."""
    entries: dict[int, Expr] = {}
    for number, table in world.tables.items():
        if table.count is not None:
            wide = zero_extend(table.count.theirs, table.count.total.sort.width)
            entries[number] = table.entry_of(wide)
    place = world.named[world.spec.drivers[0].process]
    pure = as_driver(world, place, entries)
    pinned = pure.hook("pinned", [device.byte])
    return or_(not_(device.runs), pinned, pure.unknown.skip)


def _counted(body: Body, known: Copies) -> Iterator[Expr]:
    """Yield that what the thread counted is what it counted last, in copies of what told where."""
    mine = eq(body.identity, body.world.followed_thread)
    for number, own in body.ledger.adds.items():
        table = body.world.tables[number]
        if table.count is not None:
            yield or_(not_(mine), eq(own, table.count.theirs))
    kept = {v for held in body.scene.fields.values() for v in leaves(held).values()}
    tables = [(own, body.world.tables[number]) for number, own in body.ledger.adds.items()]
    totals = {own: [table.count.total] for own, table in tables if table.count is not None}
    groups: dict[Expr, list[Var]] = {}
    for var in body.graph.locals.values():
        groups.setdefault(known.root.get(var, var), []).append(var)
    for own, inside in dict.fromkeys(body.ledger.ranges):
        told = [v for v in variables(inside) if v.scope is Scope.LOCAL and v not in kept]
        told.sort(key=lambda var: var.name)
        one, none = word(1, own.sort.width), word(0, own.sort.width)
        choices = product(*(groups.get(known.root.get(v, v), [v]) for v in told))
        for chosen in sorted(choices, key=_owners)[:MOST_COPIES]:
            same = substitute(inside, dict(zip(told, chosen, strict=True)))
            yield eq(own, ite(same, one, none))
            counts = (own, *totals.get(own, ()))
            yield from [or_(not_(same), ne(c, const(0, c.sort))) for c in counts]


def _owners(chosen: tuple[Var, ...]) -> int:
    """Return of how many functions *chosen* are the variables: of one they likely belong together.
    """
    return len({var.name.rpartition(".")[0] for var in chosen})


def _is_own(holds: Expr) -> bool:
    return any(v.scope is Scope.LOCAL for v in variables(holds))


def _identities(body: Body, held: Held) -> Iterator[Expr]:
    """Yield whom each thread field names, and when a call can be the observed one."""
    for value in body.env.values():
        if isinstance(value, Record) and {"owner", "count"} == dict(value.fields).keys():
            owner, count = scalar(value.get("owner")), scalar(value.get("count"))
            once = eq(count, word(1, count.sort.width))
            yield implies(eq(owner, body.identity), once)
    if body.world.spec.least_privilege:
        yield from _narrow(body, held.keys)
    for variable in held.processes:
        yield from (eq(variable, place) for _, place in body.world.followed)
        yield from (ne(variable, place) for place in body.world.named.values())
        yield eq(variable, body.scene.home)
    if body.observing is not FALSE:
        mine = is_observed(body)
        yield implies(body.observing, mine)
        for variable in held.processes:  # where the program has no use for the thread's home
            yield implies(mine, eq(variable, body.world.observed_place))
        if body.world.tenancy is not None:
            yield implies(body.observing, body.world.tenancy.runs)
        if body.returned is not None:
            yield implies(body.observing, not_(body.returned))
            before = begun(body)
            yield implies(body.observing, before)
            yield implies(and_(mine, body.returned), before)
            yield implies(before, mine)
        for written in (body.written, body.filled):
            if written is not None:  # what is the observed call's is written to in that call
                yield or_(begun(body), not_(written.more))
                yield or_(begun(body), eq(written.base, word(0, body.world.width)))


def _own_members(body: Body, held: Held) -> Iterator[Expr]:
    """Yield that the followed member of a set, if the observed call put it in, is a pointer that
    the call still has."""
    sets = [followed_item(value) for value in body.env.values()]
    if body.observing is FALSE:
        return
    for item in [item for item in sets if item is not None and is_shared(item)]:
        put_in = and_(eq(item.origin, origin(Origin.OBSERVED)), is_some(item), body.observing)
        for own in held.pointers:
            if not is_shared(own):
                yield implies(put_in, eq(item.word, own.word))


def _narrow(body: Body, keys: Iterable[Members]) -> Iterator[Expr]:
    """Yield that keys hold no place, or that of the thread's own process alone."""
    for key in keys:
        for (_, place), bit in zip(body.world.followed, key.bits, strict=True):
            yield not_(bit)
            yield implies(bit, eq(place, body.scene.home))


def _lives(body: Body) -> Iterator[Expr]:
    """Yield what truth values of a driver may say of its life: a set holds no handle that is
    closed, a flag or an event is on, or off, when the driver is unloaded."""
    for driver in body.world.spec.drivers:
        life = body.lives[driver.name]
        for item in driver.globals:
            value = body.env[item.variable.number]
            if isinstance(item.variable.type, ty.HandlesType):
                yield implies(scalar(value), not_(life.has_lost_its_context))
                if life.handle is not None:
                    yield implies(scalar(value), not_(life.handle.is_in(Phase.NEVER)))
                if body.result is not None:
                    yield implies(scalar(value), succeeded(body.result))
            elif isinstance(item.variable.type, ty.BoolType | ty.EventType):
                yield implies(life.is_over, scalar(value))
                yield implies(life.is_over, not_(scalar(value)))
