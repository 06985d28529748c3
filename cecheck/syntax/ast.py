"""The tree: exactly what was written, each node with its span (always the last field)."""

from __future__ import annotations

from dataclasses import dataclass

from cecheck.source import Source, Span


@dataclass(frozen=True)
class Identifier:
    """A name, where it stands."""

    text: str
    span: Span


# ---- types ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NamedType:
    """``u32``, ``Request``, ``process``, ``lock``, ``event``, ``bool``, ``address``."""

    name: str
    span: Span


@dataclass(frozen=True)
class PointerType:
    """``[user] ptr[?] target [sized bytes]``."""

    user: bool
    optional: bool
    target: TypeExpr
    sized: Expr | None
    span: Span


@dataclass(frozen=True)
class Count:
    """``[n]``."""

    count: Expr


@dataclass(frozen=True)
class AtLeast:
    """``[declared .. promised]``; *promised* None leaves it open."""

    declared: Expr
    promised: Expr | None


@dataclass(frozen=True)
class Terminated:
    """``[*]``: ends with a zero element."""


@dataclass(frozen=True)
class Flexible:
    """``[]``: a flexible last member."""


Extent = Count | AtLeast | Terminated | Flexible


@dataclass(frozen=True)
class ArrayType:
    """``element[extent]``."""

    element: TypeExpr
    extent: Extent
    span: Span


@dataclass(frozen=True)
class SetType:
    """``set element``."""

    element: TypeExpr
    span: Span


TypeExpr = NamedType | PointerType | ArrayType | SetType

# ---- expressions ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Number:
    """A literal; *text* as it was written."""

    value: int
    text: str
    span: Span


@dataclass(frozen=True)
class Text:
    """A string literal, without its quotes."""

    value: str
    span: Span


@dataclass(frozen=True)
class Name:
    """A name used as a value; ``null``, ``true``, ``everyone``, ``home``, ... are names too."""

    text: str
    span: Span


@dataclass(frozen=True)
class Unary:
    """*op* is one of ``- + ! ~ &``."""

    op: str
    arg: Expr
    span: Span


@dataclass(frozen=True)
class Binary:
    """*op* is one of C's binary operators, or ``has``."""

    op: str
    left: Expr
    right: Expr
    span: Span


@dataclass(frozen=True)
class Choose:
    """``condition ? then : otherwise``."""

    condition: Expr
    then: Expr
    otherwise: Expr
    span: Span


@dataclass(frozen=True)
class NumberCast:
    """``arg as target [of party]``; the target names a number type, an enum or an alias."""

    arg: Expr
    target: Identifier
    party: Expr | None
    span: Span


@dataclass(frozen=True)
class PointerCast:
    """``arg as [user] ptr target [of party]``."""

    arg: Expr
    user: bool
    target: Identifier
    party: Expr | None
    span: Span


@dataclass(frozen=True)
class Member:
    """``base.name``."""

    base: Expr
    name: Identifier
    span: Span


@dataclass(frozen=True)
class Index:
    """``base[index]``."""

    base: Expr
    index: Expr
    span: Span


@dataclass(frozen=True)
class Invocation:
    """``callee(args)``; *passes_all* is ``callee(...)``.  The callee is a Name or a Member."""

    callee: Expr
    args: tuple[Expr, ...]
    passes_all: bool
    span: Span


@dataclass(frozen=True)
class SetLiteral:
    """``{a, b}``."""

    items: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True)
class Any:
    """``any``, ``any(u32)``, ``any(set)``, ``any(process)`` (*low* alone) or ``any(a .. b)``."""

    low: Expr | None
    high: Expr | None
    span: Span


@dataclass(frozen=True)
class SizeOf:
    """``sizeof(type)``."""

    type: TypeExpr
    span: Span


@dataclass(frozen=True)
class OffsetOf:
    """``offsetof(struct, field)``."""

    struct: Identifier
    field: Identifier
    span: Span


@dataclass(frozen=True)
class WaitExpr:
    """``wait event [timeout]`` as a value: signalled or not."""

    event: Expr
    timeout: bool
    span: Span


@dataclass(frozen=True)
class ProcessTable:
    """``process``: the table of processes, in ``process[s]``, ``any(process)``, ``for``."""

    span: Span


Expr = (
    Number | Text | Name | Unary | Binary | Choose | NumberCast | PointerCast | Member | Index
    | Invocation | SetLiteral | Any | SizeOf | OffsetOf | WaitExpr | ProcessTable
)  # fmt: skip


@dataclass(frozen=True)
class Range:
    """``base[low .. high]``, half open."""

    base: Expr
    low: Expr
    high: Expr
    span: Span


# ---- statements -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Block:
    """``{ ... }``."""

    statements: tuple[Stmt, ...]
    span: Span


@dataclass(frozen=True)
class Binding:
    """``name [: type] = value`` in ``let`` and ``const``."""

    name: Identifier
    type: TypeExpr | None
    value: Expr
    span: Span


@dataclass(frozen=True)
class Let:
    """``let a = x, b = y``: immutable locals."""

    bindings: tuple[Binding, ...]
    span: Span


@dataclass(frozen=True)
class Var:
    """``var name [: type] [= value]``, a local or a global."""

    name: Identifier
    type: TypeExpr | None
    value: Expr | None
    span: Span


@dataclass(frozen=True)
class Assign:
    """``target op value``; *op* is ``=`` or ``+=`` and its like.  The target may be a Range."""

    target: Expr | Range
    op: str
    value: Expr
    span: Span


@dataclass(frozen=True)
class CallStmt:
    """A call for its effect."""

    call: Invocation
    span: Span


@dataclass(frozen=True)
class WaitStmt:
    """``wait event [timeout]`` as a statement."""

    event: Expr
    timeout: bool
    span: Span


@dataclass(frozen=True)
class If:
    """``if``; ``else if`` is a block that holds one If."""

    condition: Expr
    then: Block
    otherwise: Block | None
    span: Span


@dataclass(frozen=True)
class While:
    """``while condition [decreases measure] { }``."""

    condition: Expr
    decreases: Expr | None
    body: Block
    span: Span


@dataclass(frozen=True)
class For:
    """``for x in low .. high { }``, or over a set, ``process`` or ``arguments`` (*high* None)."""

    name: Identifier
    low: Expr
    high: Expr | None
    body: Block
    span: Span


@dataclass(frozen=True)
class Loop:
    """``loop { }``, for ever."""

    body: Block
    span: Span


@dataclass(frozen=True)
class Case:
    """``case a, b { }``."""

    values: tuple[Expr, ...]
    body: Block
    span: Span


@dataclass(frozen=True)
class Switch:
    """``switch subject { case ... default ... }``."""

    subject: Expr
    cases: tuple[Case, ...]
    default: Block | None
    span: Span


@dataclass(frozen=True)
class Try:
    """``try { } except { } finally { }``: at least one of the two."""

    body: Block
    caught: Identifier | None
    handler: Block | None
    final: Block | None
    span: Span


@dataclass(frozen=True)
class Acquire:
    """``acquire lock [{ }]``."""

    lock: Expr
    body: Block | None
    span: Span


@dataclass(frozen=True)
class Release:
    """``release lock``."""

    lock: Expr
    span: Span


@dataclass(frozen=True)
class Signal:
    """``signal event``."""

    event: Expr
    span: Span


@dataclass(frozen=True)
class Reset:
    """``reset event``."""

    event: Expr
    span: Span


@dataclass(frozen=True)
class Atomic:
    """``atomic { }``."""

    body: Block
    span: Span


@dataclass(frozen=True)
class Assert:
    """``assert condition``."""

    condition: Expr
    span: Span


@dataclass(frozen=True)
class Assume:
    """``assume condition``."""

    condition: Expr
    span: Span


@dataclass(frozen=True)
class Cover:
    """``cover``: this place must be reachable."""

    span: Span


@dataclass(frozen=True)
class Invariant:
    """``invariant condition``, at a place, of a driver, or of a platform."""

    condition: Expr
    span: Span


@dataclass(frozen=True)
class Access:
    """``read range`` or ``write range``."""

    writing: bool
    range: Range
    span: Span


@dataclass(frozen=True)
class Dma:
    """``dma into|from range until event``."""

    into: bool
    range: Range
    until: Expr
    span: Span


@dataclass(frozen=True)
class StepStmt:
    """``step number "title" { }``: a label in the protocol of a platform, not a scope."""

    number: int
    title: str
    body: Block
    span: Span


@dataclass(frozen=True)
class Labelled:
    """``label: statement`` or ``label: { }``."""

    label: Identifier
    body: Stmt | Block
    span: Span


@dataclass(frozen=True)
class Return:
    """``return [value]``."""

    value: Expr | None
    span: Span


@dataclass(frozen=True)
class Raise:
    """``raise [value]``."""

    value: Expr | None
    span: Span


@dataclass(frozen=True)
class Break:
    """``break``."""

    span: Span


@dataclass(frozen=True)
class Continue:
    """``continue``."""

    span: Span


Stmt = (
    Let | Var | Assign | CallStmt | WaitStmt | If | While | For | Loop | Switch | Try | Acquire
    | Release | Signal | Reset | Atomic | Assert | Assume | Cover | Invariant | Access | Dma
    | StepStmt | Labelled | Return | Raise | Break | Continue
)  # fmt: skip

# ---- declarations -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Parameter:
    """``[ref] name: type``."""

    name: Identifier
    type: TypeExpr
    by_reference: bool
    span: Span


@dataclass(frozen=True)
class Function:
    """``fn`` or ``api`` (*is_api*: a specification may call it, a trace prints it)."""

    name: Identifier
    is_api: bool
    parameters: tuple[Parameter, ...]
    result: TypeExpr | None
    body: Block
    span: Span


@dataclass(frozen=True)
class Const:
    """``const a = 1, b : u8 = 2``."""

    bindings: tuple[Binding, ...]
    span: Span


@dataclass(frozen=True)
class Param:
    """``param N : low .. high``, half open."""

    name: Identifier
    low: Expr
    high: Expr
    span: Span


@dataclass(frozen=True)
class Alias:
    """``type name = type``."""

    name: Identifier
    type: TypeExpr
    span: Span


@dataclass(frozen=True)
class Enumerator:
    """``name [= value]``."""

    name: Identifier
    value: Expr | None
    span: Span


@dataclass(frozen=True)
class Enum:
    """``enum name [: base] { ... }``."""

    name: Identifier
    base: TypeExpr | None
    members: tuple[Enumerator, ...]
    span: Span


@dataclass(frozen=True)
class Field:
    """``a, b : type`` in a structure."""

    names: tuple[Identifier, ...]
    type: TypeExpr
    span: Span


@dataclass(frozen=True)
class Struct:
    """``struct name [packed] { ... }``."""

    name: Identifier
    packed: bool
    fields: tuple[Field, ...]
    span: Span


@dataclass(frozen=True)
class StateField:
    """A field of ``process { }`` or ``thread { }`` in a platform."""

    name: Identifier
    type: TypeExpr
    value: Expr | None
    unique: bool
    restored: bool
    span: Span


@dataclass(frozen=True)
class ProcessState:
    """``process { fields }``."""

    fields: tuple[StateField, ...]
    span: Span


@dataclass(frozen=True)
class ThreadState:
    """``thread { fields }``."""

    fields: tuple[StateField, ...]
    span: Span


@dataclass(frozen=True)
class Server:
    """``process name [: trusted] [{ field = value }]``: a named process of the platform."""

    name: Identifier
    trait: Identifier | None
    fields: tuple[Assign, ...]
    span: Span


@dataclass(frozen=True)
class DriversIn:
    """``drivers in process``."""

    process: Identifier
    span: Span


@dataclass(frozen=True)
class Map:
    """``map name[index] : type [= value]``."""

    name: Identifier
    index: TypeExpr
    type: TypeExpr
    value: Expr | None
    span: Span


@dataclass(frozen=True)
class Resource:
    """``resource name(parameters)``."""

    name: Identifier
    parameters: tuple[Parameter, ...]
    span: Span


@dataclass(frozen=True)
class Call:
    """``call name(parameters | ...) [-> type] enters kind { }``; *parameters* None is ``...``."""

    name: Identifier
    parameters: tuple[Parameter, ...] | None
    result: TypeExpr | None
    enters: Identifier
    body: Block
    span: Span


@dataclass(frozen=True)
class Environment:
    """``environment name { }``: what may happen at any time."""

    name: Identifier
    body: Block
    span: Span


@dataclass(frozen=True)
class Scale:
    """``scale small { name = value ... }``: the constants of the scaled-down twin."""

    name: Identifier
    values: tuple[Assign, ...]
    span: Span


@dataclass(frozen=True)
class Platform:
    """``platform name : word { ... }``."""

    name: Identifier
    word: NamedType
    items: tuple[PlatformItem, ...]
    span: Span


@dataclass(frozen=True)
class Locks:
    """``lock a, b`` or ``nonrecursive lock a``."""

    names: tuple[Identifier, ...]
    nonrecursive: bool
    span: Span


@dataclass(frozen=True)
class Events:
    """``event a, b`` or ``manual event a``."""

    names: tuple[Identifier, ...]
    manual: bool
    span: Span


@dataclass(frozen=True)
class DriverThread:
    """``thread name [[n]] { }``."""

    name: Identifier
    count: Expr | None
    body: Block
    span: Span


@dataclass(frozen=True)
class Entry:
    """``kind name(parameters) { }``; *code* is ``code n`` after the name, when given."""

    kind: Identifier
    name: Identifier
    code: Expr | None
    parameters: tuple[Parameter, ...]
    body: Block
    span: Span


@dataclass(frozen=True)
class Driver:
    """``driver name [in process] { ... }``."""

    name: Identifier
    process: Identifier | None
    items: tuple[DriverItem, ...]
    span: Span


@dataclass(frozen=True)
class EveryNumber:
    """``[*]`` of a client: any number."""


@dataclass(frozen=True)
class Client:
    """``client name[count] : traits calls targets`` or a script."""

    name: Identifier
    count: Expr | EveryNumber | None
    traits: tuple[Identifier, ...]
    targets: tuple[tuple[Identifier, Identifier], ...]
    script: Block | None
    span: Span


@dataclass(frozen=True)
class On:
    """``before|after target(names) { }`` in a rule."""

    before: bool
    target: Expr
    names: tuple[Identifier, ...]
    body: Block
    span: Span


@dataclass(frozen=True)
class Rule:
    """``rule name { ... }``."""

    name: Identifier
    variables: tuple[Var, ...]
    handlers: tuple[On, ...]
    span: Span


@dataclass(frozen=True)
class Test:
    """``test name { }``."""

    name: Identifier
    body: Block
    span: Span


@dataclass(frozen=True)
class Policy:
    """``policy name``."""

    name: Identifier
    span: Span


@dataclass(frozen=True)
class Without:
    """``without step n``."""

    step: int
    span: Span


@dataclass(frozen=True)
class Swap:
    """``swap step a, b``."""

    first: int
    second: int
    span: Span


@dataclass(frozen=True)
class Repeat:
    """``repeat step n``."""

    step: int
    span: Span


Change = Without | Swap | Repeat | StepStmt | Function | Const


@dataclass(frozen=True)
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
    Const | Alias | Enum | Struct | Var | Function | Invariant | Locks | Events | DriverThread
    | Entry
)  # fmt: skip
Item = (
    Use | Const | Param | Alias | Enum | Struct | Platform | Driver | Client | Function | Rule
    | Test | Invariant | Policy
)  # fmt: skip


@dataclass(frozen=True)
class Expectation:
    """One ``// expect:`` line of the head of a file.

    *answer* is ``proved``, ``refuted``, ``unknown`` or ``vacuous``; *check*, *site* and *view*
    narrow it (M5 in `docs/language.md`).
    """

    answer: str
    check: str | None
    site: str | None
    view: str | None
    span: Span


@dataclass(frozen=True)
class File:
    """A parsed file; *head* is the first comment lines, without ``//`` and expectations."""

    source: Source
    expectations: tuple[Expectation, ...]
    head: tuple[str, ...]
    items: tuple[Item, ...]
