"""Driver objects whose address is taken: where they may lie, and whose they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from cecheck.ir.build import add, all_of, and_, eq, ite, not_, or_, ule, word
from cecheck.ir.expr import FALSE, Expr, bits
from cecheck.ir.program import CheckKind, Site
from cecheck.lower import memory
from cecheck.lower.body import Body, DriverObject
from cecheck.lower.graph import Graph, Location, Storage
from cecheck.lower.heap import blocks
from cecheck.lower.itself import as_driver
from cecheck.lower.survey import Survey
from cecheck.lower.values import OBJECT_BITS, OTHER_SHOWN, Pointer, Value, leaves
from cecheck.lower.world import World
from cecheck.record import record
from cecheck.sema import typed
from cecheck.source import Span


def driver_objects(
    graph: Graph, survey: Survey, outliving: Mapping[int, DriverObject]
) -> dict[int, DriverObject]:
    """Return the driver objects whose address is taken, where they lie is arbitrary, and blocks of
    allocated memory: those *outliving* calls, or a thread's own."""
    world = graph.world
    found = {}
    for tag, (variable, process) in enumerate(survey.addressed, start=1):
        home = world.named[process]
        size = word(memory.size_of(world, variable.type), world.width)
        if variable.storage is typed.Storage.GLOBAL:
            address = _address(world, variable)
        else:
            address = graph.local(f"&{variable.name}", bits(world.width))
        found[variable.number] = DriverObject(tag, variable, address, size, home)
    own = {} if survey.outliving else blocks(Storage(world, graph), survey)
    return {**found, **outliving, **own}


@record
class _Room:
    """Where an object that is no block lies: *size* bytes from *address* on."""

    home: Expr
    address: Expr
    size: Expr


def locals_placed(world: World, objects: dict[int, DriverObject]) -> Expr:
    """Return that the locals among driver objects lie where their process keeps objects, each in a
    place of its own."""
    found = [o for o in objects.values() if not o.is_heap]
    rooms = {o.tag: _Room(o.home, o.address, o.size) for o in found}
    is_global = {o.tag: o.variable.storage is typed.Storage.GLOBAL for o in found}
    own = [room for tag, room in rooms.items() if not is_global[tag]]
    return _placed(world, own, [room for tag, room in rooms.items() if is_global[tag]])


def globals_placed(world: World, survey: Survey) -> Expr:
    """Return that globals whose address is taken lie where their process keeps objects, each in a
    place of its own."""
    rooms = [
        _Room(
            world.named[process], _address(world, variable),
            word(memory.size_of(world, variable.type), world.width),
        )
        for variable, process in survey.addressed
        if variable.storage is typed.Storage.GLOBAL
    ]
    return _placed(world, rooms, [])


def _placed(world: World, rooms: list[_Room], others: list[_Room]) -> Expr:
    """Return that *rooms* are where their process keeps objects, and apart, also from *others*."""
    lie = [
        as_driver(world, one.home).hook("honest", [one.home, one.address, one.size])
        for one in rooms
    ]
    pairs = [(a, b) for n, a in enumerate(rooms) for b in (*rooms[:n], *others)]
    return all_of([*lie, *(_apart(a, b) for a, b in pairs if a.home is b.home)])


def _apart(one: _Room, other: _Room) -> Expr:
    before = ule(add(one.address, one.size), other.address)
    return or_(before, ule(add(other.address, other.size), one.address))


def _address(world: World, variable: typed.Variable) -> Expr:
    several = len(world.spec.drivers) > 1
    name = f"{variable.owner}.{variable.name}" if several else variable.name
    return world.rigid(f"&{name}", bits(world.width))


def made_from(pointer: Pointer, item: DriverObject) -> Expr:
    """Return that *pointer* was made from *item*."""
    return eq(pointer.object, word(item.tag, OBJECT_BITS))


def home_of(body: Body, pointer: Pointer) -> Expr:
    """Return whose a driver's pointer is: that of the object it was made from (1.2)."""
    home = body.driver_place()
    for item in body.objects.values():
        if not item.is_shown:
            home = ite(made_from(pointer, item), item.home, home)
    return home


def is_foreign(body: Body, pointer: Pointer) -> Expr:
    """Return that *pointer* was made from nothing that is the driver's."""
    return or_(eq(pointer.object, word(0, OBJECT_BITS)), rests_on_showing(body, pointer))


def ask_stays(
    body: Body, value: Value, among: Collection[int], what: tuple[Span, Expr], here: Location
) -> None:
    """Ask that *value*, which goes where it stays when they are gone, is no pointer to one of the
    local variables *among* all, by number; *what* is the place, and when it goes there (10)."""
    span, when = what
    tags = [word(body.objects[number].tag, OBJECT_BITS) for number in sorted(among)]
    words = [expr for suffix, expr in leaves(value).items() if suffix.endswith(".object")]
    gone = and_(when, or_(*(eq(expr, tag) for expr in words for tag in tags)))
    if gone is not FALSE:
        site = Site(body.label or span.text, span, body.label is not None)
        body.graph.check(site, CheckKind.BOUND, here, gone)


def addressed_locals(body: Body) -> frozenset[int]:
    """Return the local variables whose address is taken, by number."""
    return frozenset(
        number
        for number, item in body.objects.items()
        if not item.is_heap and item.variable.storage is typed.Storage.LOCAL
    )


def rests_on_showing(body: Body, pointer: Pointer) -> Expr:
    """Return that *pointer* comes from one that the platform showed."""
    shown = [made_from(pointer, item) for item in body.objects.values() if item.is_shown]
    return or_(*shown, eq(pointer.object, word(OTHER_SHOWN, OBJECT_BITS))) if shown else FALSE


def was_hidden(body: Body, pointer: Pointer) -> Expr:
    """Return that what *pointer* leads to was shown, and is no longer."""
    shown = ((i, i.block) for i in body.objects.values() if i.block is not None and i.is_shown)
    gone = or_(*(and_(made_from(pointer, i), not_(block.live)) for i, block in shown))
    return and_(gone, not_(body.is_over))
