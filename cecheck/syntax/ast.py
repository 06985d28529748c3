"""The tree: exactly what was written, each node with its span (always the last field)."""

from __future__ import annotations

from cecheck.record import record
from cecheck.source import Source, Span


@record
class Identifier:
    """A name, where it stands."""

    text: str
    span: Span


# ---- types ------------------------------------------------------------------------------------


@record
class NamedType:
    """``u32``, ``Request``, ``process``, ``lock``, ``event``, ``bool``, ``address``."""

    name: str
    span: Span


@record
class PointerType:
    """``[user] ptr[?] target [sized bytes]``."""

    user: bool
    optional: bool
    target: TypeExpr
    sized: Expr | None
    span: Span


@record
class Count:
    """``[n]``."""

    count: Expr


@record
class AtLeast:
    """``[declared .. promised]``; *promised* None leaves it open."""

    declared: Expr
    promised: Expr | None


@record
class Terminated:
    """``[*]``: ends with a zero element."""


@record
class Flexible:
    """``[]``: a flexible last member."""


Extent = Count | AtLeast | Terminated | Flexible


@record
class ArrayType:
    """``element[extent]``."""

    element: TypeExpr
    extent: Extent
    span: Span


@record
class SetType:
    """``set element``."""

    element: TypeExpr
    span: Span


TypeExpr = NamedType | PointerType | ArrayType | SetType

# ---- expressions ------------------------------------------------------------------------------


@record
class Number:
    """A literal; *text* as it was written."""

    value: int
    text: str
    span: Span


@record
class Text:
    """A string literal, without its quotes."""

    value: str
    span: Span


@record
class Name:
    """A name used as a value; ``null``, ``true``, ``everyone``, ``home``, ... are names too."""

    text: str
    span: Span


@record
class Unary:
    """*op* is one of ``- + ! ~ &``."""

    op: str
    arg: Expr
    span: Span


@record
class Binary:
    """*op* is one of C's binary operators, or ``has``."""

    op: str
    left: Expr
    right: Expr
    span: Span


@record
class Choose:
    """``condition ? then : otherwise``."""

    condition: Expr
    then: Expr
    otherwise: Expr
    span: Span


@record
class NumberCast:
    """``arg as target [of party]``; the target names a number type, an enum or an alias."""

    arg: Expr
    target: Identifier
    party: Expr | None
    span: Span


@record
class PointerCast:
    """``arg as [user] ptr target [of party]``."""

    arg: Expr
    user: bool
    target: Identifier
    party: Expr | None
    span: Span


@record
class Member:
    """``base.name``."""

    base: Expr
    name: Identifier
    span: Span


@record
class Index:
    """``base[index]``."""

    base: Expr
    index: Expr
    span: Span


@record
class Invocation:
    """``callee(args)``; *passes_all* is ``callee(...)``.  The callee is a Name or a Member."""

    callee: Expr
    args: tuple[Expr, ...]
    passes_all: bool
    span: Span


@record
class SetLiteral:
    """``{a, b}``."""

    items: tuple[Expr, ...]
    span: Span


@record
class Any:
    """``any``, ``any(u32)``, ``any(set)``, ``any(process)`` (*low* alone) or ``any(a .. b)``."""

    low: Expr | None
    high: Expr | None
    span: Span


@record
class SizeOf:
    """``sizeof(type)``."""

    type: TypeExpr
    span: Span


@record
class OffsetOf:
    """``offsetof(struct, field)``."""

    struct: Identifier
    field: Identifier
    span: Span


@record
class WaitExpr:
    """``wait event [timeout]`` as a value: signalled or not."""

    event: Expr
    timeout: bool
    span: Span


@record
class ProcessTable:
    """``process``: the table of processes, in ``process[s]``, ``any(process)``, ``for``."""

    span: Span


Expr = (
    Number | Text | Name | Unary | Binary | Choose | NumberCast | PointerCast | Member | Index
    | Invocation | SetLiteral | Any | SizeOf | OffsetOf | WaitExpr | ProcessTable
)  # fmt: skip


@record
class Range:
    """``base[low .. high]``, half open."""

    base: Expr
    low: Expr
    high: Expr
    span: Span


# ---- statements -------------------------------------------------------------------------------


@record
class Block:
    """``{ ... }``."""

    statements: tuple[Stmt, ...]
    span: Span


@record
class Binding:
    """``name [: type] = value`` in ``let`` and ``const``."""

    name: Identifier
    type: TypeExpr | None
    value: Expr
    span: Span


@record
class Let:
    """``let a = x, b = y``: immutable locals."""

    bindings: tuple[Binding, ...]
    span: Span


@record
class Var:
    """``var name [: type] [= value]``, a local or a global."""

    name: Identifier
    type: TypeExpr | None
    value: Expr | None
    span: Span


@record
class Assign:
    """``target op value``; *op* is ``=`` or ``+=`` and its like.  The target may be a Range."""

    target: Expr | Range
    op: str
    value: Expr
    span: Span


@record
class CallStmt:
    """A call for its effect."""

    call: Invocation
    span: Span


@record
class WaitStmt:
    """``wait event [timeout]`` as a statement."""

    event: Expr
    timeout: bool
    span: Span


@record
class If:
    """``if``; ``else if`` is a block that holds one If."""

    condition: Expr
    then: Block
    otherwise: Block | None
    span: Span


@record
class While:
    """``while condition [decreases first, second] { }``."""

    condition: Expr
    decreases: tuple[Expr, ...]
    body: Block
    span: Span


@record
class For:
    """``for x in low .. high { }``, or over a set, ``process`` or ``arguments`` (*high* None)."""

    name: Identifier
    low: Expr
    high: Expr | None
    body: Block
    span: Span


@record
class Loop:
    """``loop { }``, for ever."""

    body: Block
    span: Span


@record
class Case:
    """``case a, b { }``."""

    values: tuple[Expr, ...]
    body: Block
    span: Span


@record
class Switch:
    """``switch subject { case ... default ... }``."""

    subject: Expr
    cases: tuple[Case, ...]
    default: Block | None
    span: Span


@record
class Try:
    """``try { } except { } finally { }``: at least one of the two."""

    body: Block
    caught: Identifier | None
    handler: Block | None
    final: Block | None
    span: Span


@record
class Acquire:
    """``acquire lock [{ }]``."""

    lock: Expr
    body: Block | None
    span: Span


@record
class Release:
    """``release lock``."""

    lock: Expr
    span: Span


@record
class Signal:
    """``signal event``."""

    event: Expr
    span: Span


@record
class Reset:
    """``reset event``."""

    event: Expr
    span: Span


@record
class Atomic:
    """``atomic { }``."""

    body: Block
    span: Span


@record
class Assert:
    """``assert condition``."""

    condition: Expr
    span: Span


@record
class Assume:
    """``assume condition``."""

    condition: Expr
    span: Span


@record
class Cover:
    """``cover``: this place must be reachable."""

    span: Span


@record
class Invariant:
    """``invariant condition``, at a place, of a driver, or of a platform."""

    condition: Expr
    span: Span


@record
class Access:
    """``read range`` or ``write range``."""

    writing: bool
    range: Range
    span: Span


@record
class Dma:
    """``dma into|from range until event``."""

    into: bool
    range: Range
    until: Expr
    span: Span


@record
class StepStmt:
    """``step number "title" { }``: a label in the protocol of a platform, not a scope."""

    number: int
    title: str
    body: Block
    span: Span


@record
class Labelled:
    """``label: statement`` or ``label: { }``."""

    label: Identifier
    body: Stmt | Block
    span: Span


@record
class Return:
    """``return [value]``."""

    value: Expr | None
    span: Span


@record
class Raise:
    """``raise [value]``."""

    value: Expr | None
    span: Span


@record
class Break:
    """``break``."""

    span: Span


@record
class Continue:
    """``continue``."""

    span: Span


Stmt = (
    Let | Var | Assign | CallStmt | WaitStmt | If | While | For | Loop | Switch | Try | Acquire
    | Release | Signal | Reset | Atomic | Assert | Assume | Cover | Invariant | Access | Dma
    | StepStmt | Labelled | Return | Raise | Break | Continue
)  # fmt: skip

# ---- declarations -----------------------------------------------------------------------------


@record
class Parameter:
    """``[ref] name: type``."""

    name: Identifier
    type: TypeExpr
    by_reference: bool
    span: Span


@record
class Function:
    """``fn`` or ``api`` (*is_api*: a specification may call it, a trace prints it)."""

    name: Identifier
    is_api: bool
    parameters: tuple[Parameter, ...]
    result: TypeExpr | None
    body: Block
    span: Span


@record
class Const:
    """``const a = 1, b : u8 = 2``."""

    bindings: tuple[Binding, ...]
    span: Span


@record
class Param:
    """``param N : low .. high``, half open."""

    name: Identifier
    low: Expr
    high: Expr
    span: Span


@record
class Alias:
    """``type name = type``."""

    name: Identifier
    type: TypeExpr
    span: Span


@record
class Enumerator:
    """``name [= value]``."""

    name: Identifier
    value: Expr | None
    span: Span


@record
class Enum:
    """``enum name [: base] { ... }``."""

    name: Identifier
    base: TypeExpr | None
    members: tuple[Enumerator, ...]
    span: Span


@record
class Field:
    """``a, b : type`` in a structure."""

    names: tuple[Identifier, ...]
    type: TypeExpr
    span: Span


@record
class Struct:
    """``struct name [packed] { ... }``."""

    name: Identifier
    packed: bool
    fields: tuple[Field, ...]
    span: Span


@record
class StateField:
    """A field of ``process { }`` or ``thread { }`` in a platform."""

    name: Identifier
    type: TypeExpr
    value: Expr | None
    unique: bool
    restored: bool
    span: Span


@record
class ProcessState:
    """``process { fields }``."""

    fields: tuple[StateField, ...]
    span: Span


@record
class ThreadState:
    """``thread { fields }``."""

    fields: tuple[StateField, ...]
    span: Span


@record
class Server:
    """``process name [: trusted] [{ field = value }]``: a named process of the platform."""

    name: Identifier
    trait: Identifier | None
    fields: tuple[Assign, ...]
    span: Span


@record
class DriversIn:
    """``drivers in process``."""

    process: Identifier
    span: Span


@record
class Map:
    """``map name[index] : type [= value]``."""

    name: Identifier
    index: TypeExpr
    type: TypeExpr
    value: Expr | None
    span: Span


@record
class Resource:
    """``resource name(parameters)``."""

    name: Identifier
    parameters: tuple[Parameter, ...]
    span: Span


@record
class Call:
    """``[critical] call name(parameters) [-> type] enters kind { }``; None for ``...``."""

    name: Identifier
    parameters: tuple[Parameter, ...] | None
    result: TypeExpr | None
    enters: Identifier
    critical: bool
    body: Block
    span: Span


@record
class Environment:
    """``environment name { }``: what may happen at any time."""

    name: Identifier
    body: Block
    span: Span


@record
class Scale:
    """``scale small { name = value ... }``: the constants of the scaled-down twin."""

    name: Identifier
    values: tuple[Assign, ...]
    span: Span


@record
class Platform:
    """``platform name : word { ... }``."""

    name: Identifier
    word: NamedType
    items: tuple[PlatformItem, ...]
    span: Span


@record
class Locks:
    """``lock a, b`` or ``nonrecursive lock a``."""

    names: tuple[Identifier, ...]
    nonrecursive: bool
    span: Span


@record
class Events:
    """``event a, b`` or ``manual event a``."""

    names: tuple[Identifier, ...]
    manual: bool
    span: Span


@record
class ContextState:
    """``context { }``: what a driver keeps for each open handle."""

    fields: tuple[Field, ...]
    span: Span


@record
class DriverThread:
    """``thread name [[n]] { }``."""

    name: Identifier
    count: Expr | None
    body: Block
    span: Span


@record
class Entry:
    """``kind name(parameters) { }``; *code* is ``code n`` after the name, when given."""

    kind: Identifier
    name: Identifier
    code: Expr | None
    parameters: tuple[Parameter, ...]
    body: Block
    span: Span


@record
class Driver:
    """``driver name [in process] { ... }``."""

    name: Identifier
    process: Identifier | None
    items: tuple[DriverItem, ...]
    span: Span


@record
class EveryNumber:
    """``[*]`` of a client: any number."""


@record
class Client:
    """``client name[count] : traits calls targets`` or a script."""

    name: Identifier
    count: Expr | EveryNumber | None
    traits: tuple[Identifier, ...]
    targets: tuple[tuple[Identifier, Identifier], ...]
    script: Block | None
    span: Span


@record
class On:
    """``before|after target(names) { }`` in a rule."""

    before: bool
    target: Expr
    names: tuple[Identifier, ...]
    body: Block
    span: Span


@record
class Rule:
    """``rule name { ... }``."""

    name: Identifier
    variables: tuple[Var, ...]
    handlers: tuple[On, ...]
    span: Span


@record
class Test:
    """``test name : traits { }``."""

    name: Identifier
    traits: tuple[Identifier, ...]
    body: Block
    span: Span


@record
class Policy:
    """``policy name``."""

    name: Identifier
    span: Span


@record
class Without:
    """``without step n``."""

    step: int
    span: Span


@record
class Swap:
    """``swap step a, b``."""

    first: int
    second: int
    span: Span


@record
class Repeat:
    """``repeat step n``."""

    step: int
    span: Span


Change = Without | Swap | Repeat | StepStmt | Function | Const


@record
class Use:
    """``use platform { changes }`` or ``use "file.ce"`` (*is_file*)."""

    target: Identifier
    is_file: bool
    changes: tuple[Change, ...]
    span: Span


PlatformItem = (
    Const | Alias | Enum | Struct | Var | Map | Resource | Function | Call | Invariant
    | ProcessState | ThreadState | DriversIn | Environment | Server | Scale
)  # fmt: skip
DriverItem = (
    Const | Alias | Enum | Struct | Var | Function | Invariant | Locks | Events | ContextState
    | DriverThread | Entry
)  # fmt: skip
Item = (
    Use | Const | Param | Alias | Enum | Struct | Platform | Driver | Client | Function | Rule
    | Test | Invariant | Policy
)  # fmt: skip


@record
class Expectation:
    """One ``// expect:`` line of the head of a file.

    *answer* is ``proved``, ``refuted``, ``unknown`` or ``vacuous``; *check*, *site* and *view*
    narrow it (M5 in `docs/language.md`).  *cause* is why it is refuted.
    """

    answer: str
    check: str | None
    site: str | None
    view: str | None
    span: Span
    cause: str | None = None


@record
class File:
    """A parsed file; *head* is the first comment lines, without ``//`` and expectations."""

    source: Source
    expectations: tuple[Expectation, ...]
    head: tuple[str, ...]
    items: tuple[Item, ...]
