"""The growing graph of one thread: locations, edges, checks, state and inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from cecheck.ir.build import and_
from cecheck.ir.expr import BOOL, FALSE, TRUE, Expr, Scope, Sort, Var, variables
from cecheck.ir.program import Action, Check, CheckKind, Edge, Event, Prefix, Recall, Site, Use
from cecheck.lower.uses import with_uses
from cecheck.lower.values import Members, Pointer, Record, Value, beneath, leaves, rebuilt
from cecheck.lower.world import World
from cecheck.record import record
from cecheck.sema import types as ty
from cecheck.source import Span

Location = int
_LONGEST = 60
# What is asked of a call itself; the other checks are about pointers, which have an origin.
_OF_CALLS = (
    CheckKind.ASSERT, CheckKind.INVARIANT, CheckKind.COVER, CheckKind.RESTORED, CheckKind.PAIRED,
)  # fmt: skip
Updates = tuple[tuple[Var, Expr], ...]


@record
class Loop:
    """A loop by its *head*: what it is called, what ``decreases`` says, whether it is the outermost
    one of a driver's thread, and what a story shows there."""

    head: Location
    site: Site
    measure: tuple[Expr, ...]
    is_life: bool
    terms: tuple[tuple[str, Expr], ...]


class Graph:
    """A builder: private to the lowering of one thread."""

    def __init__(self, world: World, thread: str) -> None:
        self.world = world
        self.thread = thread
        self.edges: list[Edge] = []
        self.checks: list[Check] = []
        self.locals: dict[str, Var] = {}
        self.loop_heads: list[Location] = []
        self.rests: list[Location] = []  # where a block ends in any case
        self.loops: list[Loop] = []
        self.waits: set[Location] = set()  # where an event is waited for
        self.fetched: set[Var] = set()  # inputs that stand for what foreign memory holds
        self.outcomes: set[Var] = set()  # inputs that stand for whether foreign memory is there
        self.escapes: set[Location] = set()  # where exceptions come that the driver does not handle
        self.flows: list[tuple[Location, Var, Expr]] = []  # into what nobody follows, and out of it
        self.unseen: set[Var] = set()  # inputs that stand for elements that are not followed
        self.entries: set[Var] = set()  # and for entries of maps
        self.groups: dict[Var, Var] = {}  # the words of one value, by its first
        self.indices: dict[Var, tuple[int, Expr]] = {}  # what values are read at: block and index
        self.types: dict[str, str] = {}
        self.asks = True
        self.owed: Expr = TRUE  # when what is asked of a call, not of its pointers, is asked
        self.label: str | None = None  # of the statement that is lowered
        self.uses: list[Use] = []  # of the platform's functions, evaluated so far
        self.changes: list[tuple[Edge, str | None]] = []  # of shared state, with their labels
        self._locations = 0
        self._inputs = 0

    def location(self) -> Location:
        """Return a new location."""
        self._locations += 1
        return self._locations

    def edge(
        self,
        start: Location,
        end: Location,
        guard: Expr = TRUE,
        updates: Updates = (),
        *,
        action: Action = Action.LOCAL,
        span: Span | None = None,
        event: Event | None = None,
        passes: Prefix | None = None,
        recalls: tuple[Recall, ...] = (),
        unfollowed: bool = False,
        evaluates: Span | None = None,
    ) -> None:
        """Add an edge; one that can never be taken is left out.

        *evaluates* is the expression that it evaluates, where that does not lie in *span*.
        """
        if guard is not FALSE:
            if action is Action.LOCAL and self.world.tenancy is not None:
                read = [guard, *(part for update in updates for part in update)]
                if any(v.scope is Scope.GLOBAL for part in read for v in variables(part)):
                    action = Action.SHARED  # who has a place now
            said = with_uses(event, evaluates or span, self.uses)
            edge = Edge(
                start, end, guard, updates, action, span, said, passes, recalls, unfollowed
            )
            self.edges.append(edge)
            if self.asks and any(var.scope is Scope.GLOBAL for var, _ in updates):
                self.changes.append((edge, self.label))

    @contextmanager
    def asking(self, is_asked: bool) -> Iterator[None]:
        """Leave checks out meanwhile, unless *is_asked*."""
        before, self.asks = self.asks, is_asked
        yield
        self.asks = before

    def check(
        self,
        site: Site,
        kind: CheckKind,
        location: Location,
        violated: Expr,
        reached: Expr = TRUE,
        terms: tuple[tuple[str, Expr], ...] = (),
        prefix: Prefix | None = None,
    ) -> None:
        """Ask *kind* of *site* at *location*."""
        owed = self.owed if kind in _OF_CALLS else TRUE
        if self.asks and owed is not FALSE:
            asked, reached = and_(owed, violated), and_(owed, reached)
            self.checks.append(Check(site, kind, location, asked, reached, terms, prefix))

    def input_name(self, here: Location) -> str:
        """Return a new name for an input of location *here*."""
        self._inputs += 1
        return f"{self.thread}@{here}.{self._inputs}"

    def input(self, sort: Sort, here: Location) -> Var:
        """Return a new free choice at location *here*."""
        return Var(self.input_name(here), sort, Scope.INPUT)

    def local(self, name: str, sort: Sort) -> Var:
        """Return a new local variable, called *name* as far as that is free."""
        full, number = f"{self.thread}.{name}", 1
        while full in self.locals:
            number += 1
            full = f"{self.thread}.{name}#{number}"
        self.locals[full] = Var(full, sort, Scope.LOCAL)
        return self.locals[full]

    def storage(self, name: str, shape: Value, type_: ty.Type | None = None) -> Value:
        """Return new local variables that can hold a value of the shape of *shape*.

        With a *type_* they are variables of the specification, which a story may show.
        """
        if isinstance(shape, Members):
            words = self._memberships(name, shape)
        else:
            words = {s: self.local(name + s, e.sort) for s, e in leaves(shape).items()}
            self._grouped(shape, "", words)
        if type_ is not None:
            self.types |= shown(type_, words)
        return rebuilt(shape, dict(words))

    def _grouped(self, shape: Value, prefix: str, words: Mapping[str, Var]) -> None:
        """Note which of *words* are one value: a pointer and its ghosts."""
        if isinstance(shape, Record):
            for name, part in shape.fields:
                self._grouped(part, prefix + beneath(name), words)
            return
        own = [words[prefix + suffix] for suffix in leaves(shape)]
        self.groups |= {var: own[0] for var in own}

    def _memberships(self, name: str, shape: Members) -> dict[str, Var]:
        places = [place for place, _ in self.world.followed]
        return {
            suffix: self.local(f"{name} has {place}", bit.sort)
            for (suffix, bit), place in zip(leaves(shape).items(), places, strict=True)
        }

    def store(self, target: Value, value: Value, here: Location) -> Updates:
        """Return the updates that put *value* into the variables of *target*.

        What the value does not say (the record behind a pointer of another type) is arbitrary.
        """
        stored = leaves(self.world.closed(value) if isinstance(value, Members) else value)
        if isinstance(value, Record):
            stored = leaves(_closed(self.world, value))
        result = []
        for suffix, variable in leaves(target).items():
            assert isinstance(variable, Var)
            found = stored.get(suffix)
            result.append((variable, self.input(variable.sort, here) if found is None else found))
        return tuple(result)

    def arbitrary(self, target: Value, here: Location) -> Updates:
        """Return the updates that make *target* arbitrary."""
        result = []
        for variable in leaves(target).values():
            assert isinstance(variable, Var)
            result.append((variable, self.input(variable.sort, here)))
        return tuple(result)


@record
class Storage:
    """Where new variables are put: among the locals of the thread of *graph*, or (None) in what all
    threads share."""

    world: World
    graph: Graph | None = None

    def word(self, name: str, sort: Sort) -> Var:
        """Return a new variable."""
        if self.graph is None:
            return Var(name, sort, Scope.GLOBAL)
        return self.graph.local(name, sort)

    def value(self, name: str, shape: Value) -> Value:
        """Return new variables that can hold a value of the shape of *shape*."""
        if self.graph is not None:
            return self.graph.storage(name, shape)
        match shape:
            case Record():
                parts = [(part, self.value(f"{name}.{part}", held)) for part, held in shape.fields]
                return Record(tuple(parts))
            case Members():
                places = [place for place, _ in self.world.followed]
                named = zip(leaves(shape), places, strict=True)
                bits = {s: self.word(f"{name} has {place}", BOOL) for s, place in named}
                return rebuilt(shape, dict(bits))
            case _:
                words = {s: self.word(name + s, e.sort) for s, e in leaves(shape).items()}
                return rebuilt(shape, dict(words))


def _closed(world: World, record: Record) -> Record:
    return Record(tuple((name, _closed_field(world, value)) for name, value in record.fields))


def _closed_field(world: World, value: Value) -> Value:
    match value:
        case Members():
            return world.closed(value)
        case Record():
            return _closed(world, value)
        case _:
            return value


def site_of(span: Span, label: str | None) -> Site:
    """Return the site at *span*: its label, or its text, shortened."""
    text = " ".join(span.text.split())
    short = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
    return Site(label or short, span, label is not None)


def shown(type_: ty.Type, words: Mapping[str, Expr]) -> dict[str, str]:
    """Return how a story shows the variables of one value: its words, not its ghosts."""
    if isinstance(type_, ty.PointersType):
        return shown(type_.element, {s.removeprefix(".item"): v for s, v in words.items()})
    kind = "process" if isinstance(type_, ty.ProcessType) else type_.name
    ghosts = isinstance(type_, ty.PointerType)
    return {
        v.name: kind for s, v in words.items() if isinstance(v, Var) and not (ghosts and s)
    }


def shared_if(action: Action, updates: Updates) -> Action:
    """Return how an edge with *updates* counts that is an *action* but for them."""
    read = (var for update in updates for part in update for var in variables(part))
    is_seen = action is Action.LOCAL and any(var.scope is Scope.GLOBAL for var in read)
    return Action.SHARED if is_seen else action


def is_shared(value: Value) -> bool:
    """Return whether *value* is held in global variables."""
    return any(isinstance(e, Var) and e.scope is Scope.GLOBAL for e in leaves(value).values())


def without_record(value: Pointer) -> Pointer:
    """Return a pointer without what its object holds: shared pointers do not carry that."""
    if value.promised is None:
        return value
    return replace(value, promised=replace(value.promised, record=()))
