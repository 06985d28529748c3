"""Expressions over bit-vectors and booleans: interned, and ill-sorted ones cannot be built.

Bit-vector arithmetic wraps.  Division by zero and over-long shifts follow SMT-LIB (all ones /
the dividend; zero or the sign); the lowering asks a check before it lets a program reach them.
`ir.build` has the simplifying constructors that passes use.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from cecheck.ir.node import Interned, fold


class SortError(Exception):
    """An expression was put together from parts that do not fit: a bug in cecheck."""


@dataclass(frozen=True, eq=False)
class Sort(metaclass=Interned):
    """Bit-vectors of *width* bits; width 0 is the sort of booleans."""

    width: int

    def __str__(self) -> str:
        return f"u{self.width}" if self.width else "bool"


BOOL = Sort(0)


def bits(width: int) -> Sort:
    """Return the sort of bit-vectors of *width* bits (at least one)."""
    if width < 1:
        raise SortError(f"no bit-vectors of width {width}")
    return Sort(width)


class Scope(Enum):
    """What a variable stands for."""

    __hash__ = object.__hash__  # members are unique; Enum would hash their names

    RIGID = "rigid"  # chosen once, before the run
    GLOBAL = "global"  # shared state
    LOCAL = "local"  # state of one thread
    INPUT = "input"  # chosen anew at each step
    # What is known only of unfollowed places and table entries: free in proofs, zero in concrete
    # runs, where nothing exists beyond what is followed (`docs/semantics.md`, "following").
    DEMONIC = "demonic"


class UnaryOp(Enum):
    """Operators with one argument."""

    __hash__ = object.__hash__  # members are unique; Enum would hash their names

    NOT = "!"  # boolean
    NEG = "-"
    COMPLEMENT = "~"


class BinaryOp(Enum):
    """Operators with two arguments of one sort."""

    __hash__ = object.__hash__  # members are unique; Enum would hash their names

    ADD = "+"
    SUB = "-"
    MUL = "*"
    UDIV = "/u"
    UREM = "%u"
    SDIV = "/s"
    SREM = "%s"
    AND_BITS = "&"
    OR_BITS = "|"
    XOR_BITS = "^"
    SHL = "<<"
    LSHR = ">>u"
    ASHR = ">>s"
    EQ = "=="  # booleans too
    ULT = "<u"
    ULE = "<=u"
    SLT = "<s"
    SLE = "<=s"
    AND = "&&"
    OR = "||"

    @property
    def is_logical(self) -> bool:
        """Takes booleans only."""
        return self in (BinaryOp.AND, BinaryOp.OR)

    @property
    def yields_bool(self) -> bool:
        """Its result is a boolean."""
        return self in _YIELD_BOOL


_YIELD_BOOL = frozenset(
    {BinaryOp.EQ, BinaryOp.ULT, BinaryOp.ULE, BinaryOp.SLT, BinaryOp.SLE, BinaryOp.AND, BinaryOp.OR}
)


def _require(condition: bool, *what: object) -> None:
    if not condition:
        raise SortError(" ".join(map(str, what)))


@dataclass(frozen=True, eq=False)
class Const(metaclass=Interned):
    """The number *value*, already reduced to its sort; booleans are 0 and 1."""

    value: int
    sort: Sort
    children: tuple[()] = field(init=False, default=(), repr=False)

    def __post_init__(self) -> None:
        _require(0 <= self.value < 1 << max(self.sort.width, 1), self.value, self.sort)


@dataclass(frozen=True, eq=False)
class Var(metaclass=Interned):
    """A variable; name, sort and scope together are its identity."""

    name: str
    sort: Sort
    scope: Scope
    children: tuple[()] = field(init=False, default=(), repr=False)


@dataclass(frozen=True, eq=False)
class Unary(metaclass=Interned):
    """One operator applied to one argument."""

    op: UnaryOp
    arg: Expr
    sort: Sort = field(init=False, repr=False)
    children: tuple[Expr] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        _require((self.op is UnaryOp.NOT) == (self.arg.sort == BOOL), self.op, self.arg.sort)
        object.__setattr__(self, "sort", self.arg.sort)
        object.__setattr__(self, "children", (self.arg,))


@dataclass(frozen=True, eq=False)
class Binary(metaclass=Interned):
    """One operator applied to two arguments of one sort."""

    op: BinaryOp
    left: Expr
    right: Expr
    sort: Sort = field(init=False, repr=False)
    children: tuple[Expr, Expr] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        left, right = self.left.sort, self.right.sort
        _require(left == right, left, self.op, right)
        if self.op is not BinaryOp.EQ:
            _require(self.op.is_logical == (left == BOOL), left, self.op, right)
        object.__setattr__(self, "sort", BOOL if self.op.yields_bool else left)
        object.__setattr__(self, "children", (self.left, self.right))


@dataclass(frozen=True, eq=False)
class Ite(metaclass=Interned):
    """*then* where *condition* holds, *otherwise* elsewhere."""

    condition: Expr
    then: Expr
    otherwise: Expr
    sort: Sort = field(init=False, repr=False)
    children: tuple[Expr, Expr, Expr] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        _require(self.condition.sort == BOOL, "condition is not a boolean")
        _require(self.then.sort == self.otherwise.sort, "branches differ in sort")
        object.__setattr__(self, "sort", self.then.sort)
        object.__setattr__(self, "children", (self.condition, self.then, self.otherwise))


@dataclass(frozen=True, eq=False)
class Extract(metaclass=Interned):
    """Bits *high* down to *low* of *arg*, both included."""

    arg: Expr
    high: int
    low: int
    sort: Sort = field(init=False, repr=False)
    children: tuple[Expr] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        _require(0 <= self.low <= self.high < self.arg.sort.width, "extract outside its argument")
        object.__setattr__(self, "sort", bits(self.high - self.low + 1))
        object.__setattr__(self, "children", (self.arg,))


@dataclass(frozen=True, eq=False)
class Extend(metaclass=Interned):
    """*arg* widened to *width* bits, by its sign or by zeros."""

    arg: Expr
    width: int
    signed: bool
    sort: Sort = field(init=False, repr=False)
    children: tuple[Expr] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        _require(0 < self.arg.sort.width < self.width, "extend does not widen")
        object.__setattr__(self, "sort", bits(self.width))
        object.__setattr__(self, "children", (self.arg,))


Expr = Const | Var | Unary | Binary | Ite | Extract | Extend

TRUE = Const(1, BOOL)
FALSE = Const(0, BOOL)


def variables(expr: Expr) -> frozenset[Var]:
    """Return the variables of *expr*."""
    found = _VARIABLES.get(expr)
    return fold(expr, _variables_of, _VARIABLES) if found is None else found


_VARIABLES: dict[Expr, frozenset[Var]] = {}  # of every expression that was ever asked about


def _variables_of(node: Expr, parts: tuple[frozenset[Var], ...]) -> frozenset[Var]:
    if isinstance(node, Var):
        return frozenset((node,))
    found = max(parts, key=len, default=frozenset())
    for part in parts:
        if not part <= found:
            found |= part
    return found


def size(expr: Expr, limit: int) -> int:
    """Return how many different nodes *expr* has, or *limit* if there are more."""
    seen = {expr}
    pending = [expr]
    while pending and len(seen) < limit:
        for child in pending.pop().children:
            if child not in seen:
                seen.add(child)
                pending.append(child)
    return len(seen)
