"""What the lowering of one thread knows at a point: memory, scene, handlers, open scopes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cecheck.ir.build import and_, eq, ne, not_, or_, word
from cecheck.ir.expr import FALSE, Expr, Var
from cecheck.ir.program import Action, CheckKind, Event, Site
from cecheck.lower.graph import Graph, Location, Updates, is_shared
from cecheck.lower.ledger import Ledger
from cecheck.lower.life import Life
from cecheck.lower.pure import Memo, Pure, Scene
from cecheck.lower.transfers import Device
from cecheck.lower.unknown import Unknown
from cecheck.lower.values import Held, Members, Opaque, Pointer, Record, Value
from cecheck.lower.world import World
from cecheck.record import record
from cecheck.sema import typed
from cecheck.sema import types as ty
from cecheck.source import Span


@record
class Around:
    """What stands around a statement: its label, the `acquire` blocks, and what is done at the head
    of a loop that stands in no other."""

    label: str | None
    held: int
    on_loop: Callable[[Location], Updates] | None


@record
class FunctionScope:
    """``return`` ends here; *given* is what null comes back as, *own* its variables, by number."""

    exit: Location
    result: Value | None
    given: Pointer | None = None
    own: frozenset[int] = frozenset()


@record
class LoopScope:
    """``break`` and ``continue`` end here; *outside* is what stands around the loop."""

    exit: Location
    next: Location
    outside: Around


@record
class FinalScope:
    """A ``finally`` that runs on the way out; exceptions in it go to *raise_to*."""

    block: typed.Block
    raise_to: Location
    guarded: bool
    outside: Around


@record
class LockScope:
    """An ``acquire`` block: released on every normal way out; exceptions go to *raise_to* then."""

    lock: typed.Place
    span: Span
    raise_to: Location
    outside: Around


Scope = FunctionScope | LoopScope | FinalScope | LockScope


@record
class Element:
    """An element of a block that is followed: number *index*, which is chosen when the block is
    allocated, and what it holds."""

    index: Var
    value: Value


@record
class Keeping:
    """Who has a block that may outlive its call: *holder* is the thread that has to give it back,
    zero where the driver keeps it.  *strewn*: a pointer to it may lie where nobody follows it;
    *astray*: one that points to another byte than its first."""

    holder: Var
    strewn: Var
    astray: Var


@record
class Block:
    """The block that is followed of the memory allocated at *span*: one, once it is *taken*.

    *live*: it has not been given back.  It is an array of *type*; some *elements* are followed.
    *once*: there is no other, in a call or, where blocks outlive calls, at all.  *keeping*: None
    where they do not.  *shown_to*: it is memory of others, which the platform shows for a while to
    the driver, and this thread asked for that; 0 where it does not outlive the call.
    """

    span: Span
    taken: Var
    live: Var
    type: ty.Type
    elements: tuple[Element, ...]
    once: bool
    keeping: Keeping | None = None
    shown_to: Expr | None = None

    @property
    def followed(self) -> Var:
        """When it lies where its variables tell: of one that may outlive its call that goes on to
        be true once it was given back."""
        return self.live if self.keeping is None else self.taken


@record
class DriverObject:
    """Driver memory that pointers may reach: *tag* is its ghost, *address* as its home sees it.

    It is a variable whose address is taken, or a *block*, or (not *followed*) any other block.
    """

    tag: int
    variable: typed.Variable
    address: Expr
    size: Expr
    home: Expr
    block: Block | None = None
    followed: bool = True

    @property
    def is_heap(self) -> bool:
        """Whether it is allocated memory, which holds anything."""
        return self.block is not None or not self.followed

    @property
    def stays(self) -> bool:
        """Whether it is still there when the call is over, or may be."""
        return self.is_heap or self.variable.is_kept

    @property
    def is_shown(self) -> bool:
        """Whether it is no memory of the driver's at all."""
        return self.block is not None and self.block.shown_to is not None


@record
class Cell:
    """What the thread remembers of an element of the caller's arrays: once *known*, it lies
    *offset* bytes behind *base*, the start of the object, and holds *record*."""

    known: Var
    base: Var
    offset: Var
    record: tuple[Held, ...]


@record
class Written:
    """Which of the caller's objects the driver has written to: that at *base*, if it is not
    zero, and once there are *more* perhaps any."""

    base: Var
    more: Var

    def to(self, base: Expr) -> Expr:
        """Return that the object at *base* may have been written to."""
        some = ne(self.base, word(0, self.base.sort.width))
        return or_(self.more, and_(some, eq(self.base, base)))


Calling = Callable[["Body", typed.CrossExpr, Location], tuple[typed.Expr, Location]]


@dataclass
class Body:
    """The state of lowering one thread; private to the package.

    *raise_to* is where an exception goes from here, *guarded* whether a handler is there.
    *accesses* says how an access of foreign memory counts: a thread that only uses pointers of
    its own running call accesses locally (semantics 5.2).
    """

    world: World
    graph: Graph
    scene: Scene
    env: dict[int, Value]
    raise_to: Location
    guarded: bool
    identity: Expr
    observing: Expr  # the observed call runs on this thread
    returned: Var | None  # shared: the observed call has returned
    accesses: Action
    run: Callable[[Body, typed.Block, Location], Location]
    ledger: Ledger
    objects: dict[int, DriverObject] = field(default_factory=dict)
    cells: dict[str, Cell] = field(default_factory=dict)  # by structure
    written: Written | None = None  # where that matters
    scopes: list[Scope] = field(default_factory=list)
    called: Span | None = None  # the outermost `api` function of the platform that runs
    driver: typed.Driver | None = None
    device: Device | None = None
    filled: Written | None = None  # by a device, where that matters
    synthetic: int = 0
    used: list[tuple[Expr, Expr]] = field(default_factory=list)  # pointers, and sizes they go with
    taken: list[tuple[int, Expr]] = field(default_factory=list)  # marks of blocks, and their sizes
    # What is stored into blocks: their mark, the index, what counters of loops around stay below.
    stored: list[tuple[int, Expr, tuple[Expr, ...]]] = field(default_factory=list)
    # Pointers that were read of an array that is followed, the array, and at which index.
    fetched: list[tuple[Pointer, Value, Expr]] = field(default_factory=list)
    hidden: list[Pointer] = field(default_factory=list)  # pointers to what is shown no longer then
    bounds: list[Expr] = field(default_factory=list)  # what counters of the loops around stay below
    critical: bool = False  # an entry runs during which nothing can be paged in
    held: int = 0  # `acquire` blocks around this point whose lock is given back nowhere inside
    given: dict[int, typed.Expr] = field(default_factory=dict)  # arguments, by parameter
    on_loop: Callable[[Location], Updates] | None = None  # called at the head of an outermost loop
    on_wait: Callable[[Site, Location, Expr], None] | None = None  # called where the thread waits
    memos: dict[int, tuple[Scene, Memo]] = field(default_factory=dict)  # by identity of the scene
    lives: dict[str, Life] = field(default_factory=dict)  # of drivers, by name
    of_client: bool = False  # a call of a client: the system waits for it before it unloads
    entered: Callable[[Body, typed.EnterExpr, Location], Location] | None = None
    calling: Calling | None = None  # in a script: how its thread makes a call
    result: Value | None = None  # of the call that is lowered
    raised: list[Expr] = field(default_factory=list)  # in a script: calls that an exception ended

    def pure(self, here: Location) -> Pure:
        """Return an evaluator for the program running at *here*: what it cannot know is free."""
        name = self.graph.input_name
        unknown = Unknown(lambda: name(here))
        return Pure(self.world, self.scene, unknown, uses=self.graph.uses)

    def asking(self, entries: Mapping[int, Expr] | None = None) -> Pure:
        """Return an evaluator for checks: what rests on the unfollowed is collected.

        *entries* are what maps would hold at their followed entries.
        """
        if entries is not None:
            return Pure(self.world, self.scene, Unknown(None), entries=entries)
        memo = self.memos.setdefault(id(self.scene), (self.scene, {}))[1]
        return Pure(self.world, self.scene, Unknown(None), memo=memo)

    @property
    def label(self) -> str | None:
        """The innermost label around this point, that of a call of this function included."""
        return self.graph.label

    @label.setter
    def label(self, label: str | None) -> None:
        self.graph.label = label

    @property
    def around(self) -> Around:
        """What stands around this point."""
        return Around(self.label, self.held, self.on_loop)

    @around.setter
    def around(self, around: Around) -> None:
        self.label, self.held, self.on_loop = around.label, around.held, around.on_loop

    def site(self, site: Site) -> Site:
        """Return *site* under the label it is reached by (labels name inlined sites too)."""
        if self.label is None or site.labelled:
            return site
        return Site(self.label, site.span, True)

    def call_site(self, span: Span) -> Site:
        """Return the site of what a platform function does at *span*: where that was called."""
        where = self.called or span
        return self.site(Site(" ".join(where.text.split()), where))

    def driver_place(self) -> Expr:
        """Return the process of the driver that runs here."""
        assert self.driver is not None
        return self.world.named[self.driver.process]

    def raises(self, here: Location, pure: Pure, span: Span) -> tuple[Location, Expr]:
        """Send exceptions of an evaluation at *here* away; return where and when it goes on.

        The guard returned is to be put on the edge that leaves *here*.  Division by zero, and a
        shift by the width or more, is asked.
        """
        if pure.meaningless is not FALSE:
            text = " ".join(span.text.split())
            site = self.site(Site(text, span))
            self.graph.check(
                site, CheckKind.ARITHMETIC, here, pure.meaningless, terms=self.terms()
            )
        if pure.raised is not FALSE:
            event = Event("fault", "an exception is raised")
            self.graph.edge(here, self.raise_to, pure.raised, span=span, event=event)
        return here, not_(or_(pure.raised, pure.meaningless))

    def touches_shared(
        self, variable: typed.Variable, value: Value, span: Span, here: Location
    ) -> Action:
        """Return how an access to *variable*, or to its part *value*, counts, asking that it is
        reached at all.

        Driver memory is reached under its own addresses only while its process is the one that
        the platform shows there (hook ``inside``).
        """
        if (not variable.is_kept and not is_shared(value)) or self.is_elsewhere(variable):
            return Action.LOCAL
        if self.driver is not None:
            site = Site(self.label or variable.name, span, self.label is not None)
            pure = self.asking()
            inside = pure.hook("inside", [self.driver_place()])
            self.graph.check(site, CheckKind.MAPPED, here, not_(inside), terms=self.terms())
            if self.critical:
                paged = pure.hook("pageable_driver", [self.driver_place()])
                self.graph.check(site, CheckKind.PAGING, here, paged, terms=self.terms())
            self.asks_life(variable, span, here)
        return Action.SHARED

    def shares(self, number: int) -> bool:
        """Tell whether threads share what driver object *number* holds."""
        block = self.objects[number].block
        return is_shared(self.env[number]) or (block is not None and block.keeping is not None)

    def is_elsewhere(self, variable: typed.Variable) -> bool:
        """Tell whether *variable* is the context of a handle that is not followed."""
        return self.scene.aside and variable.storage is typed.Storage.CONTEXT

    def asks_life(self, variable: typed.Variable, span: Span, here: Location) -> None:
        """Ask that the driver is still loaded and, of its context, that the handle is open."""
        gone = self.is_gone(variable)
        if gone is not FALSE:
            site = Site(self.label or variable.name, span, self.label is not None)
            self.graph.check(site, CheckKind.LIVE, here, gone, terms=self.terms())

    def is_gone(self, variable: typed.Variable) -> Expr:
        """Return that the driver is not loaded any more that *variable* is of or, of its context,
        that the handle is closed."""
        life = self.lives.get(variable.owner)
        if life is None:
            return FALSE
        gone = FALSE if self.of_client else life.is_over
        if variable.storage is typed.Storage.CONTEXT:
            gone = or_(gone, life.has_lost_its_context)
        return gone

    @property
    def is_over(self) -> Expr:
        """Return what is false, as the system waits for the calls of clients before it unloads a
        driver: a proof would have to count them to know."""
        life = None if self.driver is None else self.lives.get(self.driver.name)
        return life.is_ending if life is not None and self.of_client else FALSE

    def terms(self) -> tuple[tuple[str, Expr], ...]:
        """Return what a story shows of the platform at any failure: thread fields, places."""
        shown: list[tuple[str, Expr]] = []
        for init in self.world.spec.platform.thread_fields:
            name = init.variable.name
            value = self.scene.fields[init.variable.number]
            shown += _term(self.world, name, value)
        unique = self.world.spec.platform.unique.name
        shown += [(f"{name}.{unique}", place) for name, place in self.world.followed]
        return tuple(shown)


def _term(world: World, name: str, value: Value) -> list[tuple[str, Expr]]:
    match value:
        case Members():
            places = [place for place, _ in world.followed]
            return [
                (f"{name} has {place}", bit) for place, bit in zip(places, value.bits, strict=True)
            ]
        case Pointer():
            return [(name, value.word)]
        case Record() | Opaque():
            return []
        case _:
            return [(name, value)]
