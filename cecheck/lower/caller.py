"""Threads that make calls: who they are, how a call begins and ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeAlias

from cecheck.ir.build import all_of, and_, eq, implies, ite, ne, not_, or_, truth, word
from cecheck.ir.expr import BOOL, FALSE, TRUE, Expr, Scope, Var, bits
from cecheck.ir.program import Action, Event, Home, View
from cecheck.lower import records
from cecheck.lower.body import Body, DriverObject
from cecheck.lower.cells import Memory, memory_of
from cecheck.lower.graph import Graph, Location, Updates, shared_if
from cecheck.lower.heap import forgotten, none_taken, unheld
from cecheck.lower.ledger import Ledger
from cecheck.lower.lent import Lent, apart
from cecheck.lower.monitors import begin_monitors
from cecheck.lower.objects import driver_objects, locals_placed
from cecheck.lower.outline import Lowered, Shared, lowered, new_scene, saving, snapshot
from cecheck.lower.pure import Scene
from cecheck.lower.statement import run_block
from cecheck.lower.strewn import new_memory
from cecheck.lower.survey import uses_shared_pointers
from cecheck.lower.tenancy import NUMBER_BITS, OBSERVED, numbered
from cecheck.lower.values import (
    Members,
    Origin,
    Pointer,
    Value,
    leaves,
    origin,
    scalar,
)
from cecheck.lower.world import IDENTITY_BITS, World
from cecheck.record import record
from cecheck.sema import typed
from cecheck.sema import types as ty
from cecheck.source import Span


@record
class ClientKind:
    """Callers of one behaviour.  *observable* ones may make the observed call in this view."""

    client: typed.Client
    behaviour: typed.Behaviour
    name: str
    observable: bool

    @property
    def is_always_well_behaved(self) -> bool:
        """Whether a call of its is asked for nothing but as the observed one: the others are
        anything, which the calls of a trusted program are not (semantics 4.3).  What a test calls
        it says itself."""
        return self.behaviour is typed.Behaviour.TRUSTED and not self.client.is_test

    @property
    def is_tried(self) -> bool:
        """A test of a well-behaved caller: its call is the observed one."""
        return self.client.is_test and self.behaviour is typed.Behaviour.TRUSTED


@record
class Caller:
    """The thread of a client, while it is lowered: who it is, and what it starts with."""

    kind: ClientKind
    shared: Shared
    graph: Graph
    identity: Var
    home: Var
    scene: Scene
    observing: Var  # the observed call runs
    begun: Var  # it has begun
    addressed: dict[int, DriverObject]
    remembered: Memory
    ledger: Ledger
    fields: Expr
    number: Var | None  # which tenant of its place its process is, where others come after it

    @property
    def own(self) -> Expr:
        """The origin of what the call that runs was given."""
        return ite(self.observing, origin(Origin.OBSERVED), origin(Origin.OTHER))

    def body(self, env: dict[int, Value], aside: bool, here: Location) -> Body:
        """Return what lowers one call, in which exceptions go to *here* for now."""
        shared = self.shared
        body = Body(
            self.graph.world, self.graph, replace(self.scene, origin=self.own, aside=aside),
            dict(env), here, False, self.identity, self.observing, shared.returned, Action.LOCAL,
            run_block, self.ledger, self.addressed, self.remembered.cells,
            self.remembered.written, lives=shared.lives, of_client=True, device=shared.device,
            filled=self.remembered.filled,
        )  # fmt: skip
        unheld(body)
        return body

    def finished(self, start: Location, bodies: Iterable[Body]) -> Lowered:
        """Return the thread that begins at *start*."""
        world, kind = self.graph.world, self.kind
        reserved = range(1, self.shared.reserved + 1)
        initial = and_(
            _tenant(world, self.identity, self.home, self.scene.home_trusted, self.number),
            ne(self.identity, word(0, IDENTITY_BITS)),
            *(ne(self.identity, word(number, IDENTITY_BITS)) for number in reserved),
            _at_home(world, kind, self.identity, self.home, self.scene.home_trusted),
            self.fields,
            not_(self.observing),
            not_(self.begun),
            self.remembered.initial,
            self.ledger.initial(),
            none_taken(self.addressed),
            locals_placed(world, self.addressed),
            eq(self.identity, world.observed_thread) if kind.is_tried else TRUE,
        )
        found = lowered(
            self.graph, kind.client.count, self.identity, initial, start, tuple(bodies),
            self.shared.standing,
        )  # fmt: skip
        if world.spec.platform.trusted is None:
            return found  # traits say how threads behave, and nothing of their process
        of_process = Home(
            self.home, kind.behaviour is not typed.Behaviour.UNTRUSTED,
            (world.observed_place, world.further_place), world.recycled,
        )  # fmt: skip
        return replace(found, thread=replace(found.thread, home=of_process))


def new_caller(world: World, kind: ClientKind, shared: Shared) -> Caller:
    """Return a thread of *kind* that does nothing yet."""
    graph = Graph(world, kind.name)
    identity = graph.local("id", bits(IDENTITY_BITS))
    home = graph.local("home", world.process_sort)
    is_trusted = truth(kind.behaviour is not typed.Behaviour.UNTRUSTED)
    scene, fields = new_scene(graph, home, is_trusted)
    number = None if world.tenancy is None else graph.local("tenant", bits(NUMBER_BITS))
    observing, begun = graph.local("observed", BOOL), graph.local("observed before", BOOL)
    addressed = driver_objects(graph, shared.survey, shared.blocks)
    if kind.is_always_well_behaved:
        graph.owed = observing if kind.observable else FALSE
    return Caller(
        kind, shared, graph, identity, home, scene, observing, begun, addressed,
        memory_of(graph, shared.survey), Ledger(graph, shared.survey.by_hand), fields, number,
    )  # fmt: skip


def _at_home(world: World, kind: ClientKind, identity: Expr, home: Expr, is_trusted: Expr) -> Expr:
    """Return where a client's process may be, and what is known of its trust."""
    observed = eq(identity, world.observed_thread)
    here = eq(home, world.observed_place)
    observer = here if kind.observable else FALSE
    if world.tenancy is not None:  # who may call then depends on who has the place
        return and_(world.home_is_possible(home), implies(observed, observer))
    return and_(
        world.home_is_possible(home),
        implies(observed, observer),
        implies(here, eq(world.observed_trusted, is_trusted)),
        implies(eq(home, world.further_place), eq(world.further_trusted, is_trusted)),
    )


def _tenant(
    world: World, identity: Expr, home: Expr, is_trusted: Expr, number: Var | None
) -> Expr:
    """Return which tenant of its place a client's process can be, where others come after it."""
    if number is None:
        return TRUE
    is_it = and_(eq(home, world.observed_place), eq(number, numbered(OBSERVED)))
    return and_(
        implies(eq(identity, world.observed_thread), is_it),
        implies(is_it, eq(world.observed_trusted, is_trusted)),
    )


# ---- how a call begins and ends -----------------------------------------------------------------


Passed: TypeAlias = Callable[[Location], Mapping[int, Value]]


@record
class Beginning:
    """A call that begins: what a story says of it, where it stands, and *when*.

    *passed* returns the arguments that are given, by position; all others are arbitrary.  At
    a place where a thread *blocks* more than the beginning of a block stands before the call.
    """

    driver: typed.Driver
    entry: typed.Entry
    says: str
    span: Span
    when: Expr = TRUE
    passed: Passed = lambda _: MappingProxyType({})
    blocks: bool = False
    aside: bool = False


def _is_one(world: World, kind: ClientKind) -> Expr:
    """Return that a client which is one thread is of this *kind*, as it may be of several."""
    client = kind.client
    if client.count != 1 or len(client.behaviours) == 1:
        return TRUE
    chosen = world.rigid(f"what {client.name} is", bits(8))
    return eq(chosen, word(client.behaviours.index(kind.behaviour), 8))


def begin(
    caller: Caller, body: Body, what: Beginning, start: Location, result: Value | None,
    also: Updates = (),
) -> tuple[dict[int, Value], Location]:  # fmt: skip
    """Begin a call at *start*, which makes *result* zero and changes what *also* says.

    Return what the thread had before, and where it is inside.
    """
    graph, driver, entry = body.graph, what.driver, what.entry
    call, life = body.world.spec.platform.call(entry.call), body.lives[driver.name]
    in_blocks = caller.shared.survey.outliving and body.world.lasting
    if in_blocks or uses_shared_pointers(body.world.spec, entry.body, frozenset()):
        body.accesses = Action.ACCESS
    inside, before = graph.location(), snapshot(body)
    observes = _observes(body, caller, entry, start)
    may, begun_with = _on_a_handle(body, driver, entry, start)
    guard = and_(what.when, may, _is_one(body.world, caller.kind))
    event = Event("client", what.says)
    noted: Updates = ((caller.begun, or_(caller.begun, observes)), *begun_with)
    action = Action.BLOCKING if life.variables or what.blocks else Action.LOCAL
    here = start
    if caller.number is not None:
        here = _enters(caller, body, what, (guard, observes, noted), start)
        observes, guard, noted, action = caller.observing, TRUE, (), Action.LOCAL
    given, honest = _arguments(body, call, entry, observes, here, what.passed(here))
    nothing = () if result is None else graph.store(result, body.world.zero(call.result), here)
    updates = (
        *saving(body, before, here),
        *begin_monitors(body, here),
        *(((caller.observing, observes),) if here == start else ()),
        *given,
        *noted,
        *nothing,
        *also,
    )
    graph.edge(
        here, inside, and_(honest, guard), updates, action=action, span=what.span,
        event=event if here == start else None, unfollowed=what.aside,
    )  # fmt: skip
    return before, inside


def _enters(
    caller: Caller,
    body: Body,
    what: Beginning,
    noted: tuple[Expr, Expr, Updates],
    start: Location,
) -> Location:
    """Begin a call where processes exit: that, which others see, is an action of its own.

    Return where the arguments are chosen then.
    """
    graph, tenancy, scene, here = body.graph, body.world.tenancy, body.scene, body.graph.location()
    guard, observes, updates = noted
    assert tenancy is not None
    assert caller.number is not None
    graph.rests.append(here)
    graph.edge(
        start, here, and_(guard, tenancy.may_call(scene.home, caller.number, scene.home_trusted)),
        ((caller.observing, observes), *updates, *tenancy.begins(scene.home, observes)),
        action=Action.BLOCKING, span=what.span, event=Event("client", what.says),
        unfollowed=what.aside,
    )  # fmt: skip
    return here


def _observes(body: Body, caller: Caller, entry: typed.Entry, here: Location) -> Expr:
    """Return whether the call that starts at *here* is the observed one: chosen once.

    In a test of a well-behaved caller it is the one in which he passes pointers.
    """
    kind = caller.kind
    if not kind.observable:
        return FALSE
    if kind.is_tried:
        return truth(entry.passes_pointers)
    begun = caller.begun
    chosen = Var(f"{body.graph.thread}@{here}.observed", BOOL, Scope.INPUT)
    return and_(chosen, eq(body.identity, body.world.observed_thread), not_(begun))


def _on_a_handle(
    body: Body, driver: typed.Driver, entry: typed.Entry, start: Location
) -> tuple[Expr, Updates]:
    """Return when a call may begin, and what that changes: the context of a new handle is
    arbitrary, like other new memory."""
    life, context, kind = body.lives[driver.name], driver.context, entry.kind
    aside = body.scene.aside
    guard, updates = life.begins(kind, aside, body.identity, body.scene.home)
    if kind == typed.OPEN and context is not None and not aside:
        updates = (*updates, *new_memory(body, body.env[context.number], start))
    return guard, updates


def returns(body: Body, end: Location, start: Location, what: tuple[str, Updates]) -> None:
    """Let a call that is over at *end* return to *start*: *what* are its name and its effects."""
    name, done = what
    updates = [*done]
    assert isinstance(body.observing, Var)
    if body.returned is not None:
        updates.append((body.returned, or_(body.returned, body.observing)))
    if body.world.tenancy is not None:
        updates += body.world.tenancy.ends(body.scene.home, body.observing)
    gone = forgotten(body)
    action = Action.SHARED if updates else shared_if(Action.LOCAL, gone)
    updates += [(body.observing, FALSE), *body.ledger.forgetting(), *gone]
    event = Event("return", f"{name} returns")
    body.graph.edge(end, start, TRUE, tuple(updates), action=action, event=event)


def _arguments(
    body: Body,
    call: typed.PlatformCall,
    entry: typed.Entry,
    observes: Expr,
    here: Location,
    passed: Mapping[int, Value],
) -> tuple[Updates, Expr]:
    """Return the arguments *passed*, by position, and arbitrary others; those of the observed,
    well-behaved caller keep promises."""
    world, graph = body.world, body.graph
    bound = {p.position: p for p in entry.parameters}
    given = ite(observes, origin(Origin.OBSERVED), origin(Origin.OTHER))
    shapes = [
        world.zero(bound[i].variable.type if i in bound else p.type)
        for i, p in enumerate(call.parameters)
    ]
    words: dict[str, Expr] = {}
    for position, parameter in enumerate(call.parameters):
        storage = graph.storage(f"{call.name}.{parameter.name}", shapes[position], parameter.type)
        body.env[parameter.number] = storage
        sort = leaves(storage)[""].sort if "" in leaves(storage) else BOOL
        words[parameter.name] = graph.input(sort, here)
        if position in passed and not isinstance(storage, Members):
            words[parameter.name] = scalar(passed[position])
    updates: list[tuple[Var, Expr]] = []
    promises: list[Expr] = []
    passing, behind = list[Lent](), list[Lent]()
    for position, parameter in enumerate(call.parameters):
        target, value = body.env[parameter.number], words[parameter.name]
        if not isinstance(target, Pointer):
            updates += graph.store(target, passed.get(position, value), here)
            continue
        pointer = world.pointer(value, given)
        if world.view is View.WELL_BEHAVED:
            pointer, honest, further = _promised(body, pointer, bound.get(position), words, here)
            assert pointer.promised is not None
            promises.append(honest)
            passing.append(Lent(value, pointer.promised.base, pointer.promised.size))
            behind += further
        updates += graph.store(target, pointer, here)
    return tuple(updates), implies(observes, all_of([*promises, apart(passing, behind)]))


def _promised(
    body: Body,
    pointer: Pointer,
    parameter: typed.EntryParameter | None,
    words: dict[str, Expr],
    here: Location,
) -> tuple[Pointer, Expr, tuple[Lent, ...]]:
    type_ = parameter.variable.type if parameter else ty.ADDRESS
    assert isinstance(type_, ty.PointerType)
    record = records.fresh_record(body, type_, here)
    promise = parameter.promise if parameter else None
    promised, honest = records.pointer_to(body, pointer.word, type_, promise, words, record, here)
    if promise is None:
        honest = TRUE
    inside, behind = records.lent_behind(body, type_, record, here)
    return replace(pointer, promised=promised), and_(honest, inside), behind
