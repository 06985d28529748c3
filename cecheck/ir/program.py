"""A program: threads of guarded edges over shared state, and the checks asked on the way.

This is the *unreduced* program: each edge does one thing.  Certificates and replays refer to it
alone; blocks, slices and encodings are derived from it and trusted by nobody.

A location is an integer.  At each location the guards of the edges that leave it exclude each
other once the inputs are chosen, so inputs alone decide a run.  All updates of an edge happen at
once.  Inputs belong to one location: an edge and the checks at its start may share them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum

from cecheck.ir.expr import TRUE, Expr, Scope, Var
from cecheck.record import record
from cecheck.source import Span


class View(Enum):
    """Which caller a check supposes (semantics 4)."""

    HOSTILE = "hostile"
    WELL_BEHAVED = "well-behaved"


class CheckKind(Enum):
    """What is asked of a site (semantics 3 and 7)."""

    MAPPED = "mapped"
    BOUNDS = "bounds"
    PERMITTED = "permitted"
    LIVE = "live"
    PAGING = "paging"  # asked while the entry of a critical call runs
    RESTORED = "restored"
    PAIRED = "paired"
    PRIVILEGE = "privilege"  # asked under `policy least_privilege`
    DMA = "dma"  # pages stay where they are while a device reaches them
    ASSERT = "assert"
    INVARIANT = "invariant"
    BOUNDED = "bounded"  # a loop whose end others decide about comes to one all the same
    ARITHMETIC = "arithmetic"  # division by zero, shift by the width or more
    COVER = "cover"  # nothing can go wrong there, but some run must come by
    REACHED = "reached"  # asked in order to show that a site can never be reached
    BOUND = "model bound"  # reaching it makes every verdict UNKNOWN

    @property
    def ends_run(self) -> bool:
        """A violation ends the run; others are recorded and the run goes on."""
        return self not in _RECORDED


_RECORDED = frozenset(
    {
        CheckKind.RESTORED, CheckKind.PAIRED, CheckKind.PRIVILEGE, CheckKind.BOUNDED,
        CheckKind.COVER, CheckKind.REACHED,
    }
)


@record
class Site:
    """A place in a specification where something is asked.

    *name* is its label, or what it is reported as where no label was given (the source text of
    the access, or the name of the call).  *labelled* tells the two apart.
    """

    name: str
    span: Span
    labelled: bool = False

    def __str__(self) -> str:
        return f"{self.name} ({self.span})"


@record
class Prefix:
    """What else a violation, or going on, says: *holds* for every *index* below *limit*.

    A sequential access reaches its bytes in order, so all before the violating one were reached
    and owned (semantics 3.4).  Solvers are told finitely many instances, in ``Check.violated``;
    the replay looks at all of them.  Byte *index* lies at *start* + *index*.
    """

    index: Var
    start: Expr
    limit: Expr
    holds: Expr


@record
class Check:
    """At *location* of its thread, *violated* must not hold.

    *violated* is over the state and the inputs of that location: some input choosing it true
    refutes the check.  *reached* (same inputs) holds where the access completes at least a byte.
    *terms* are the named values a story shows: (text, expression).

    BOUNDED is about the loop whose head is *location*: no run may stay in it for ever.  By itself
    it is violated where the loop is reached; what proves it is a measure (`ir.loops`), what
    refutes it a run that comes back to where it was (`replay.lasso`).  *measure* is what
    ``decreases`` says.
    """

    site: Site
    kind: CheckKind
    location: int
    violated: Expr
    reached: Expr = TRUE
    terms: tuple[tuple[str, Expr], ...] = ()
    prefix: Prefix | None = None
    measure: tuple[Expr, ...] = ()


class Action(Enum):
    """How an edge counts in a block (semantics 5)."""

    LOCAL = "local"
    SHARED = "shared"  # reads or writes one shared word
    ACCESS = "access"  # reaches memory whose call may run on another thread
    BLOCKING = "blocking"  # may have to wait (its guard has no else), and is shared


@record
class Use:
    """The platform's function *name* was given *pointer*, in an expression of *span*.

    *size* and *process* are what else it was given, if anything; it returned *result*.  All are
    over the state before the edge, and its inputs.
    """

    name: str
    span: Span
    pointer: Expr
    size: Expr | None
    process: Expr | None
    result: Expr


@record
class Event:
    """What a trace tells of an edge: a protocol step, a call, an access, a fault, ...

    *kind* is one of ``step enter return access fault assign free branch lock signal wait client
    exit unload``; *text* is in the words of the specification.  *number* is the protocol step.
    *uses* are of functions of the platform that take a pointer and return one: they map it, or
    check it.
    """

    kind: str
    text: str
    number: int | None = None
    uses: tuple[Use, ...] = ()


@record
class Recall:
    """Where *holds*, a well-behaved caller's memory has *value* at the absolute address *place*,
    until the driver writes there: None is such a write, to any place.

    A proof covers runs in which that memory changes by itself; the replay refuses them.
    """

    holds: Expr
    place: Expr | None
    value: Expr | None


@record
class Edge:
    """An atomic action from *start* to *end*, enabled where *guard* holds.

    *passes* is what else it says of the bytes it got past, for the replay to look at: a proof
    covers more runs than there are.  So it is with *recalls*.  After an *unfollowed* edge the run
    is about a handle of which nothing is known: that is for proofs, no replay takes it.
    """

    start: int
    end: int
    guard: Expr
    updates: tuple[tuple[Var, Expr], ...]
    action: Action
    span: Span | None = None
    event: Event | None = None
    passes: Prefix | None = None
    recalls: tuple[Recall, ...] = ()
    unfollowed: bool = False


@record
class Home:
    """The process of a thread: a LOCAL word that no edge updates, and whether it is *trusted*.

    In a run every *place* is *followed*, for of others a run knows nothing: nobody is there.  The
    threads of one process are trusted alike: no run has others at the same place, unless its
    tenants *change*.  A proof covers all that.
    """

    place: Var
    trusted: bool
    followed: tuple[Expr, ...] = ()
    change: bool = False


@record
class Gate:
    """What is said of *variables* may be true only where *holds*: a hint for proofs."""

    variables: frozenset[Var]
    holds: Expr


@record
class Thread:
    """One kind of thread.

    *count* is how many there are; None is any number.  *identity* is a LOCAL word that no edge
    updates and that differs between any two threads of the program.  *initial* constrains the
    locals (over RIGID, GLOBAL and LOCAL variables) when the thread stands at *start*.
    """

    name: str
    count: int | None
    identity: Var
    locals: tuple[Var, ...]
    initial: Expr
    start: int
    edges: tuple[Edge, ...]
    checks: tuple[Check, ...]
    cuts_hint: tuple[int, ...] = ()  # loop heads, in program order; checked by nobody
    home: Home | None = None
    rests: tuple[int, ...] = ()  # where a block ends in any case; checked by nobody
    gates: tuple[Gate, ...] = ()  # hints for proofs; checked by nobody


@dataclass(frozen=True)
class Program:
    """Everything a view of a specification means.

    *facts* constrains the RIGID variables, *initial* the GLOBAL ones (over RIGID and GLOBAL).
    *places* names the followed processes and *types* the types of the variables that a story
    may show (ghosts are not in it); *source* is the path of the specification, *platform* that of
    its platform, *regions* is where processes are.  Proofs and runs depend on none of them.
    """

    view: View
    rigid: tuple[Var, ...]
    facts: Expr
    globals: tuple[Var, ...]
    initial: Expr
    threads: tuple[Thread, ...]
    assumptions: tuple[str, ...] = ()
    locks: tuple[Var, ...] = ()  # words holding the identity of the owner, 0 when free
    vocabulary: tuple[Fact, ...] = ()
    places: tuple[tuple[str, Expr], ...] = field(default=(), compare=False)
    types: dict[str, str] = field(default_factory=dict, compare=False)  # by name of the Var
    # Of these only the vocabulary says anything that is worth a guess.
    unguessed: frozenset[Var] = field(default=frozenset(), compare=False)
    source: str = field(default="", compare=False)
    platform: str = field(default="", compare=False)
    regions: tuple[Region, ...] = field(default=(), compare=False)


@record
class Region:
    """Where a followed process has its memory, over RIGID variables: for pictures alone."""

    name: str
    first: Expr
    last: Expr


@record
class Fact:
    """A platform-worded predicate that may carry a proof: a candidate lemma, nothing more.

    *holds* is over RIGID, GLOBAL and LOCAL variables; those LOCAL ones belong to *thread*
    (None: no local occurs, any thread may use it).  *early*: much else rests on it.
    """

    text: str
    holds: Expr
    thread: str | None = None
    early: bool = False


def outgoing(thread: Thread) -> dict[int, tuple[Edge, ...]]:
    """Return the edges that leave each location."""
    table: dict[int, list[Edge]] = {}
    for edge in thread.edges:
        table.setdefault(edge.start, []).append(edge)
    return {location: tuple(edges) for location, edges in table.items()}


def followed(program: Program) -> Program:
    """Return *program* without the edges that no replay takes."""
    threads = (
        replace(thread, edges=tuple(edge for edge in thread.edges if not edge.unfollowed))
        for thread in program.threads
    )
    return replace(program, threads=tuple(threads))


def checks_at(thread: Thread) -> dict[int, tuple[Check, ...]]:
    """Return the checks asked at each location."""
    table: dict[int, list[Check]] = {}
    for check in thread.checks:
        table.setdefault(check.location, []).append(check)
    return {location: tuple(checks) for location, checks in table.items()}


__all__ = [
    "Action", "Check", "CheckKind", "Edge", "Event", "Fact", "Gate", "Home", "Prefix", "Program",
    "Recall", "Scope", "Site", "Thread", "View", "checks_at", "followed", "outgoing",
]  # fmt: skip
