"""The typed tree: names resolved, types known, conversions explicit; what a spec means.

`lower` compiles it and the explicit-state enumerator of the tests interprets it; they share
nothing else.  Evaluation order is left to right, ``&&``, ``||`` and ``?:`` short-circuit, each
`Fetch` is a fetch (semantics 5.4).

Values: integers wrap at their width; a process is an entry of the process table or nobody; a
pointer is a word with ghosts (semantics 1).
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from functools import cached_property

from cecheck.ir.program import Site
from cecheck.record import record
from cecheck.sema.types import (
    ArrayType,
    IntType,
    PointersType,
    PointerType,
    StructType,
    Type,
    VoidType,
    Widths,
)
from cecheck.source import Source, Span
from cecheck.syntax.ast import Expectation

MOST_THREADS = 100  # of drivers, each of which has a number
MOST_OBJECTS = 60  # of drivers, to which pointers are made: a pointer tells which it is to


class Storage(Enum):
    """Where a variable lives."""

    LOCAL = "local"  # of a function, entry, thread or call activation (parameters too)
    GLOBAL = "global"  # of a driver
    CONTEXT = "context"  # of a driver, for each open handle
    THREAD_FIELD = "thread field"  # of the platform's ``thread { }``, one per thread
    PROCESS_FIELD = "process field"  # of the platform's ``process { }``, one per process
    TABLE = "table"  # a platform ``map``
    MONITOR = "monitor"  # of a rule, one per thread
    SIBLING = "sibling"  # inside a promise: a field beside the pointer, or a fellow parameter


@record
class Variable:
    """A declared variable.  *number* makes it unique; *owner* is the driver's name for globals."""

    number: int
    name: str
    type: Type
    storage: Storage
    span: Span
    owner: str = ""
    restored: bool = False  # thread fields
    unique: bool = False  # process fields

    @property
    def is_kept(self) -> bool:
        """Whether a driver keeps it between calls, where all of its threads reach it."""
        return self.storage in (Storage.GLOBAL, Storage.CONTEXT)


# ---- promises ------------------------------------------------------------------------------------


@record
class Promise:
    """What a well-behaved caller promises of a user pointer.

    The object has ``count * unit`` bytes; *count* is over SIBLING variables and constants, of an
    unsigned integer type.  ``optional`` pointers may be null.  *terminated* strings end with a
    zero element (their length is a ghost).
    """

    count: Expr
    unit: int
    optional: bool
    terminated: bool = False


@record
class FieldLayout:
    """One field of a structure: *offset* in bytes; nested fields are named ``outer.inner``.

    *promise* is set for user pointers; its SIBLING variables are named like fields, from the
    outermost structure inwards.
    """

    name: str
    type: Type
    offset: int
    promise: Promise | None = None


@record
class Layout:
    """The bytes of a structure."""

    name: str
    fields: tuple[FieldLayout, ...]
    size: int
    align: int

    @cached_property
    def by_name(self) -> dict[str, FieldLayout]:
        """The fields, nested ones too, by name."""
        return {item.name: item for item in self.fields}


# ---- expressions ---------------------------------------------------------------------------------


@record
class Literal:
    """An integer, enum or boolean constant, already in range (unsigned representation)."""

    value: int
    type: Type
    span: Span


@record
class Null:
    """The null pointer, at the pointer type that is needed."""

    type: Type
    span: Span


class Party(Enum):
    """The names a platform gives to processes without naming one."""

    HOME = "home"  # the process whose thread runs
    CALLEE = "callee"  # where the entered driver lives
    NOBODY = "none"


@record
class PartyExpr:
    """``home``, ``callee`` or ``none``."""

    party: Party
    type: Type
    span: Span


@record
class NamedProcess:
    """A process the platform names."""

    name: str
    type: Type
    span: Span


@record
class ProcessLookup:
    """``process[index]``: the process whose unique field is *index*, or nobody."""

    index: Expr
    type: Type
    span: Span


@record
class Everyone:
    """The full set."""

    type: Type
    span: Span


@record
class SetOf:
    """``{a, b}``, processes, handles or pointers; no items is the empty set."""

    items: tuple[Expr, ...]
    type: Type
    span: Span


@record
class Picked:
    """``any(members)``: one of a set of pointers, null if there is none."""

    members: Expr
    type: Type
    span: Span


@record
class OwnHandle:
    """``context`` as a value: the handle that the entry works on."""

    type: Type
    span: Span


@record
class Read:
    """The value of a place in driver or platform memory (no access of foreign memory)."""

    place: Place
    type: Type
    span: Span


@record
class Fetch:
    """A dereference as a value: ``p.f`` or ``p[i]``.  A site."""

    access: Target
    type: Type
    span: Span


class Operator(Enum):
    """Operators after type checking; signedness is in the operands' type."""

    NOT = "!"
    NEGATE = "unary -"
    COMPLEMENT = "~"
    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"
    REMAINDER = "%"
    BIT_AND = "&"
    BIT_OR = "|"
    BIT_XOR = "^"
    SHIFT_LEFT = "<<"
    SHIFT_RIGHT = ">>"
    EQUAL = "=="
    NOT_EQUAL = "!="
    LESS = "<"
    LESS_EQUAL = "<="
    GREATER = ">"
    GREATER_EQUAL = ">="
    AND = "&&"
    OR = "||"
    HAS = "has"


@record
class Operation:
    """*operator* on one or two operands.

    Integer operands have one type.  Sets have ``| & -`` (BIT_OR, BIT_AND, SUBTRACT) and HAS (set,
    member), those of processes ``==`` and ``!=``, too.  Pointers have comparisons, also with null
    (by word, unsigned).
    """

    operator: Operator
    operands: tuple[Expr, ...]
    type: Type
    span: Span


@record
class Shift:
    """Pointer arithmetic: ``p + i``, ``p - i``, ``p | i``, ``p & i``, ``p ^ i`` on the *word*.

    Keeps the pointer's type and ghosts.  *amount* has the address width and counts bytes: on
    ``ptr T`` and ``user ptr T`` the elaborator has already multiplied ``+``/``-`` by sizeof(T);
    on ``address`` it counts bytes as written.
    """

    operator: Operator
    pointer: Expr
    amount: Expr
    type: Type
    span: Span


@record
class Choice:
    """``condition ? then : otherwise``."""

    condition: Expr
    then: Expr
    otherwise: Expr
    type: Type
    span: Span


@record
class Convert:
    """A number, boolean or pointer's word as another integer type (C's rules).

    Narrowing keeps low bits; widening extends by the sign of the operand's type.
    """

    value: Expr
    type: Type
    span: Span


@record
class Retype:
    """A pointer as another pointer type; ghosts are kept.

    To ``ptr T`` from a user pointer it is *checked*, a site: the value must be one of ours.
    """

    value: Expr
    checked: bool
    type: Type
    span: Span


@record
class MakePointer:
    """``integer as user ptr T of party``: a pointer with the origin of *party*."""

    value: Expr
    party: Expr
    type: Type
    span: Span


@record
class AddressOf:
    """``&place``: the address of driver memory, as its owning process sees it."""

    place: Place
    type: Type
    span: Span


@record
class Allocate:
    """``alloc(size) as ptr T``: new memory of *size* bytes, or null.  A site."""

    size: Expr  # of the address width
    site: Site
    type: Type
    span: Span


@record
class Show:
    """``show(pointer, size)``: *pointer*, which may be used until that memory, *size* bytes, is
    hidden.  A site."""

    pointer: Expr
    size: Expr  # of the address width
    site: Site
    type: Type
    span: Span


Borrowed = Allocate | Show  # what has to be given back


@record
class Chosen:
    """``any``: a free choice of *type*; half-open *low* .. *high* when given (integers)."""

    low: Expr | None
    high: Expr | None
    type: Type
    span: Span


@record
class Present:
    """``present(p, n)``: are the *count* bytes at *pointer* there?"""

    pointer: Expr
    count: Expr
    type: Type
    span: Span


@record
class Lasting:
    """``lasting(p)``: *pointer*, which may be used when the call that it belongs to is over."""

    pointer: Expr
    type: Type
    span: Span


@record
class StringLength:
    """``string_length(p)``, ``string_length(p, most)``: a walk over elements of *stride* bytes.

    It goes from *pointer* up to the first element that is zero, that one included, or over *most*
    elements if that is less; the value is the number of elements before the zero.  A site.
    """

    pointer: Expr
    most: Expr | None
    stride: int
    site: Site
    type: Type
    span: Span


@record
class CallExpr:
    """A call of a function.  *args* fit the parameters; a ``ref`` argument is a Place."""

    function: FunctionRef
    args: tuple[Expr | Place, ...]
    type: Type
    span: Span


@record
class EnterExpr:
    """``enter(args)`` in a platform call: the driver's entry runs here.

    *args* are in the order of the call's own parameters.
    """

    args: tuple[Expr, ...]
    type: Type
    span: Span


@record
class CrossExpr:
    """``Lower.Send(args)`` in a driver: the platform's call around an entry of another one.

    Each of *args* is what the call's parameter at the same place in *positions* is given; the
    parameters that the entry does not name are zero.
    """

    driver: str
    entry: str
    positions: tuple[int, ...]
    args: tuple[Expr, ...]
    type: Type
    span: Span


@record
class WaitFor:
    """``wait event [timeout]`` as a value: true when signalled."""

    event: Place
    timeout: bool
    type: Type
    span: Span


Expr = (
    Literal | Null | PartyExpr | NamedProcess | ProcessLookup | Everyone | SetOf | OwnHandle | Read
    | Fetch | Operation | Shift | Choice | Convert | Retype | MakePointer | AddressOf | Allocate
    | Show | Chosen | Present | Lasting | StringLength | CallExpr | EnterExpr | CrossExpr | WaitFor
    | Picked
)  # fmt: skip

# ---- places: driver and platform memory ----------------------------------------------------------


@record
class VarPlace:
    """A variable."""

    variable: Variable
    type: Type
    span: Span


@record
class FieldPlace:
    """A field of a structure held in driver memory (``request.length``)."""

    base: Place
    field: FieldLayout
    type: Type
    span: Span


@record
class ElementPlace:
    """An element of a fixed array held in driver memory."""

    base: Place
    index: Expr
    type: Type
    span: Span


@record
class ProcessFieldPlace:
    """``p.field``: a field of a process; zero of nobody."""

    process: Expr
    variable: Variable
    type: Type
    span: Span


@record
class TableEntry:
    """``table[index]`` of a platform map."""

    table: Variable
    index: Expr
    type: Type
    span: Span


Place = VarPlace | FieldPlace | ElementPlace | ProcessFieldPlace | TableEntry

# ---- targets: what is reached through a pointer --------------------------------------------------


@record
class FieldTarget:
    """``p.f`` (nested fields flattened: *field* has the whole offset).  A constant extent."""

    pointer: Expr
    field: FieldLayout
    size: int
    site: Site
    span: Span


@record
class ElementTarget:
    """``p[i]``, possibly a field of it (*field*): *size* bytes at ``i * stride + offset``."""

    pointer: Expr
    index: Expr  # of the address width
    stride: int
    field: FieldLayout | None
    size: int
    site: Site
    span: Span


@record
class RangeTarget:
    """``p[low .. high]``: *stride* bytes each; n = (high - low) in the index type, exactly."""

    pointer: Expr
    low: Expr
    high: Expr
    stride: int
    site: Site
    span: Span


Target = FieldTarget | ElementTarget

# ---- statements ----------------------------------------------------------------------------------


@record
class Declare:
    """A local comes to life: *value* None leaves it arbitrary.  Structures start arbitrary."""

    variable: Variable
    value: Expr | None
    span: Span


@record
class Assign:
    """``place = value``; of a compound assignment what the place rests on is found before."""

    place: Place
    value: Expr
    span: Span


@record
class Store:
    """``p.f = value`` or ``p[i] = value``: a write access, then the effect."""

    target: Target
    value: Expr
    span: Span


@record
class Touch:
    """``read p[a .. b]`` or ``write p[a .. b]``."""

    writing: bool
    target: RangeTarget
    span: Span


@record
class Copy:
    """``copy(to, source, n)``: *size* bytes, in no order that anybody promises.  One site."""

    to: Expr
    source: Expr
    size: Expr
    site: Site
    span: Span


class Change(Enum):
    """What a write does to an entry of a platform map."""

    SET = "="
    MORE = "+= 1"  # never wraps: a count is as large as it is
    LESS = "-= 1"  # nothing is less than none


@record
class TableWrite:
    """``table[low .. high] = value``, ``+= 1``, ``-= 1``: all of these entries at once.

    *high* None is one entry; *value* is what entries are SET to.
    """

    table: Variable
    low: Expr
    high: Expr | None
    change: Change
    value: Expr | None
    span: Span


@record
class Pair:
    """``resource.open(args)`` or ``resource.close(args)`` in a platform function."""

    resource: str
    opens: bool
    args: tuple[Expr, ...]
    span: Span


@record
class Transfer:
    """``dma into p[a .. b] until event``: a device writes (or reads) there until it signals."""

    into: bool
    target: RangeTarget
    until: Place
    span: Span


@record
class Free:
    """``free(pointer)``: gives back what `Allocate` gave; a site."""

    pointer: Expr
    site: Site
    span: Span


@record
class Hide:
    """``hide(pointer)``: what was shown by it is shown no longer."""

    pointer: Expr
    span: Span


@record
class Evaluate:
    """An expression for its effect (calls, waits)."""

    value: Expr
    span: Span


@record
class If:
    """Two branches."""

    condition: Expr
    then: Block
    otherwise: Block
    span: Span


@record
class While:
    """*condition* is evaluated at the head, before each round.

    ``loop`` has the condition ``true``.  *after* runs at the end of each round and on
    ``continue`` (the increment of ``for``).  *measure* is what ``decreases`` says, if anything.
    """

    condition: Expr
    body: Block
    after: Block
    measure: tuple[Expr, ...]
    site: Site
    span: Span


@record
class Try:
    """*handler* None has no except part; *final* runs on every way out, jumps included."""

    body: Block
    handler: Block | None
    final: Block | None
    span: Span


@record
class Acquire:
    """Take a lock; with *body* it is released on every normal way out, not on a fault."""

    lock: Place
    body: Block | None
    span: Span


@record
class Release:
    """Give a lock back."""

    lock: Place
    span: Span


@record
class Signal:
    """Signal (or, *on* False, reset) an event."""

    event: Place
    on: bool
    span: Span


@record
class Demand:
    """``assert`` / ``invariant`` here; a site."""

    condition: Expr
    is_invariant: bool
    site: Site
    span: Span


@record
class HandOn:
    """``hand_on()``: the rights of the running thread leave it here; a site."""

    site: Site
    span: Span


@record
class Retire:
    """``retire(p)``: the process exits, another has its place from then on."""

    process: Expr
    span: Span


@record
class Cover:
    """``cover``: some run must come by; a site."""

    site: Site
    span: Span


@record
class Assume:
    """``assume``: listed with every verdict."""

    condition: Expr
    span: Span


@record
class Atomic:
    """``atomic { }``: one action."""

    body: Block
    span: Span


@record
class ProtocolStep:
    """``step number "title"``: a label, no scope (its declarations are visible afterwards)."""

    number: int
    title: str
    body: Block
    span: Span


@record
class Labelled:
    """``label: ...``: a label, no scope.  It names the sites inside that have no inner label.

    Sites written in *body* carry the label already; those of functions called there get it when
    the function is inlined.
    """

    label: str
    body: Block
    span: Span


@record
class Return:
    """Leave the function, entry or call."""

    value: Expr | None
    span: Span


@record
class Raise:
    """An exception."""

    span: Span


@record
class Break:
    """Leave the innermost loop."""

    span: Span


@record
class Continue:
    """Next round of the innermost loop."""

    span: Span


Stmt = (
    Declare | Assign | Store | Touch | Copy | TableWrite | Pair | Transfer | Evaluate | If | While
    | Free | Hide | Try | Acquire | Release | Signal | Demand | HandOn | Retire | Cover | Assume
    | Atomic | ProtocolStep | Labelled | Return | Raise
    | Break | Continue
)  # fmt: skip


@record
class Block:
    """Statements in a row."""

    statements: tuple[Stmt, ...]
    span: Span


# ---- declarations --------------------------------------------------------------------------------


@record
class FunctionRef:
    """Which function a call means; bodies are in `Spec.functions` under *key*."""

    key: str
    name: str
    is_api: bool


@record
class Function:
    """A function; *by_reference* parameters stand for the argument's place.

    One *of the platform* that gives an address keeps the origin of the first that it is given; one
    that *makes* memory of its own gives whatever it returns, null as the pointer that it is given.
    """

    ref: FunctionRef
    parameters: tuple[Variable, ...]
    by_reference: tuple[bool, ...]
    result: Type | VoidType
    body: Block
    span: Span
    of_platform: bool = False
    makes: bool = False


@record
class PlatformCall:
    """A ``call``: how a client enters a driver.

    While the entry of a *critical* one runs, the system can page nothing in.
    """

    name: str
    parameters: tuple[Variable, ...]
    result: Type
    enters: str
    body: Block
    span: Span
    critical: bool = False


@record
class Environment:
    """``environment``: one action, which the system may take at any time.

    *mentions* are the constants of the platform that it goes by."""

    name: str
    body: Block
    mentions: frozenset[str]
    span: Span


@record
class NamedProcessDecl:
    """A process of the platform with the fields it fixes; *trusted* None leaves it open."""

    name: str
    fields: tuple[tuple[Variable, Expr], ...]
    span: Span


@record
class FieldInit:
    """The initial value of a thread or process field."""

    variable: Variable
    value: Expr | None  # None: zero.  ``Chosen`` for `any`.


@record
class TableDecl:
    """A platform map; one that no `TableWrite` is about never changes."""

    variable: Variable
    index: IntType
    value: Expr | None  # None: zero.  ``Chosen``: arbitrary.
    span: Span


@record
class ResourceDecl:
    """What is opened and closed in pairs, told apart by the values of *parameters*."""

    name: str
    parameters: tuple[Variable, ...]
    span: Span


@record
class Platform:
    """An operating system.

    *hooks* maps ``translate permit owns inside there vacant honest`` (and ``pinned excess stays
    pageable pageable_driver``) to function keys; a missing hook that is needed is a diagnostic.
    *constants* by name; those that are a `bool` are named facts, which verdicts list.
    """

    name: str
    thread_fields: tuple[FieldInit, ...]
    process_fields: tuple[FieldInit, ...]
    unique: Variable  # the process field by which ``process[s]`` finds
    trusted: Variable | None  # the process field called `trusted`
    processes: tuple[NamedProcessDecl, ...]
    tables: tuple[TableDecl, ...]
    resources: tuple[ResourceDecl, ...]
    calls: tuple[PlatformCall, ...]
    hooks: dict[str, str]
    constants: dict[str, int]
    drivers_in: str
    changes: tuple[str, ...]  # the variant, in words: ("without step 8",)
    span: Span
    events: tuple[Environment, ...] = ()

    def call(self, name: str) -> PlatformCall:
        """Return the call of that name."""
        return next(c for c in self.calls if c.name == name)


INIT, OPEN, CLOSE, DEINIT = "init", "open", "close", "deinit"  # kinds the language knows


@record
class EntryParameter:
    """A parameter of an entry, bound to parameter *position* of the platform call by name."""

    variable: Variable
    position: int
    promise: Promise | None


@record
class Entry:
    """An entry point of a driver; *call* is the name of the platform call that enters it.

    The system itself runs those of *kind* INIT and DEINIT; OPEN and CLOSE begin and end the life
    of a handle, all others work on one (semantics 5.4).
    """

    driver: str
    name: str
    kind: str
    call: str
    parameters: tuple[EntryParameter, ...]
    body: Block
    span: Span

    @property
    def passes_pointers(self) -> bool:
        """Whether callers hand in pointers."""
        return any(is_pointer(parameter.variable.type) for parameter in self.parameters)


@record
class DriverThread:
    """A thread of a driver; *count* of them."""

    name: str
    count: int
    body: Block
    span: Span


@record
class GlobalInit:
    """A driver global, lock or event with its initial value (None: zero)."""

    variable: Variable
    value: Expr | None
    promise: Promise | None = None


@record
class Invariant:
    """``invariant`` of a driver: about its globals alone."""

    condition: Expr
    span: Span


@record
class Driver:
    """A driver and the named process it lives in; *context* is what it keeps for each handle."""

    name: str
    process: str
    globals: tuple[GlobalInit, ...]
    entries: tuple[Entry, ...]
    threads: tuple[DriverThread, ...]
    context: Variable | None
    span: Span
    invariants: tuple[Invariant, ...] = ()

    def of_kind(self, kind: str) -> Entry | None:
        """Return the entry of a kind of which a driver has one at most."""
        return next((entry for entry in self.entries if entry.kind == kind), None)

    @property
    def runs_by_itself(self) -> bool:
        """Whether anything of it runs without a client."""
        return bool(self.threads) or self.of_kind(INIT) is not None

    @property
    def has_handles(self) -> bool:
        """Whether callers open it, so that each call works on a handle."""
        return self.of_kind(OPEN) is not None


class Behaviour(Enum):
    """What is supposed of a client (M6)."""

    UNTRUSTED = "untrusted"  # not trusted by the platform; both views
    TRUSTED = "trusted"  # trusted by the platform; well-behaved view only, an assumption
    TRUSTED_HOSTILE = "trusted hostile"  # trusted by the platform; both views


@record
class Client:
    """Callers: *count* of them (None: any number), each of one of *behaviours*.

    Without a *script* they call any of *targets*, again and again; with one, just what it says.
    """

    name: str
    count: int | None
    behaviours: tuple[Behaviour, ...]
    targets: tuple[tuple[str, str], ...]  # (driver, entry)
    span: Span
    script: Block | None = None
    is_test: bool = False


@record
class Param:
    """A constant of which each of *values* is checked."""

    name: str
    values: range
    span: Span

    @property
    def count(self) -> int:
        """How many values there are; `len` has a limit."""
        return self.values.stop - self.values.start


@record
class Assumption:
    """What is taken for true, in the words of the spec."""

    text: str
    span: Span

    def __str__(self) -> str:
        return f"{self.text} at {self.span}"


@record
class Spec:
    """A whole specification over its platform, for one value of each of its *params*.

    Each of *tests* is run as the only client (`alone`).
    """

    source: Source
    expectations: tuple[Expectation, ...]
    head: tuple[str, ...]
    widths: Widths
    layouts: dict[str, Layout]
    functions: dict[str, Function]
    platform: Platform
    drivers: tuple[Driver, ...]
    clients: tuple[Client, ...]
    least_privilege: bool
    assumptions: tuple[Assumption, ...]  # every `assume`, and what else is taken for true
    params: tuple[Param, ...] = ()
    facts: tuple[str, ...] = ()  # constants of the platform that a verdict may rest on
    monitors: tuple[GlobalInit, ...] = ()  # the variables of rules
    tests: tuple[Client, ...] = ()

    def entry(self, driver: str, name: str) -> tuple[Driver, Entry]:
        """Return a driver and its entry *name*."""
        owner = next(d for d in self.drivers if d.name == driver)
        return owner, next(e for e in owner.entries if e.name == name)

    def holds_pointer(self, type_: Type) -> bool:
        """Return whether a value of *type_* is a pointer, or has one in it."""
        match type_:
            case PointerType() | PointersType():
                return True
            case StructType():
                return any(self.holds_pointer(f.type) for f in self.layouts[type_.name].fields)
            case ArrayType():
                return self.holds_pointer(type_.element)
            case _:
                return False


def alone(spec: Spec, test: Client) -> Spec:
    """Return *spec* with *test* as its only client."""
    return replace(spec, clients=(test,), tests=())


def is_pointer(type_: Type) -> bool:
    """Return whether values of *type_* carry pointer ghosts."""
    return isinstance(type_, PointerType)
