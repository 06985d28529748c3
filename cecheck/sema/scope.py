"""Names and what they stand for, in nested scopes that do not change once they are built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar, assert_never

from cecheck.record import record
from cecheck.sema import typed
from cecheck.sema.types import IntType, Type, VoidType
from cecheck.sema.values import Poison, Value
from cecheck.source import Span
from cecheck.syntax import ast

T = TypeVar("T")
CONTEXT = "context"  # what a driver keeps for an open handle; no other name is spelled so


class Lazy(Generic[T]):
    """A value that is worked out when it is first asked for.

    Declarations may stand in any order; what asks for itself gets the answer of *cyclic*, and what
    asks for one that asks for another, and so on beyond what the stack holds, that of *endless*.
    """

    def __init__(
        self, compute: Callable[[], T], cyclic: Callable[[], T], endless: Callable[[], T]
    ) -> None:
        self._compute = compute
        self._cyclic = cyclic
        self._endless = endless
        self._found: list[T] = []
        self._running = False

    def get(self) -> T:
        """Return the value."""
        if not self._found:
            if self._running:
                return self._cyclic()
            self._running = True
            try:
                self._found.append(self._compute())
            except RecursionError:  # should there be no room for the answer either, others give one
                self._found.append(self._endless())
            finally:
                self._running = False
        return self._found[0]


def known(value: T) -> Lazy[T]:
    """Return *value* as something that need not be worked out."""
    return Lazy(lambda: value, lambda: value, lambda: value)


@record
class Parameter:
    """A parameter of a function; *variable* is None where its type is wrong."""

    name: str
    variable: typed.Variable | None
    by_reference: bool
    span: Span


@record
class Signature:
    """How a function is called."""

    ref: typed.FunctionRef
    parameters: tuple[Parameter, ...]
    result: Type | VoidType | Poison
    span: Span


@record
class VariableName:
    """A variable; *assignable* ones are not bound by ``let``."""

    variable: typed.Variable
    assignable: bool

    @property
    def span(self) -> Span:
        """Where it is declared."""
        return self.variable.span


@record
class Ruined:
    """A name whose declaration is wrong: whatever is made of it is not reported again."""

    span: Span


@record
class ConstantName:
    """A ``const`` or an enumerator."""

    value: Lazy[Value]
    span: Span


@record
class GivenName:
    """A value that the language gives: ``null``, ``true``, ``everyone``, ``home``, ..."""

    make: Callable[[Span], Value]
    span: Span | None = None


@record
class TypeName:
    """A type."""

    type: Lazy[Type | Poison]
    span: Span | None = None


@record
class FunctionName:
    """A function."""

    signature: Signature

    @property
    def span(self) -> Span:
        """Where it is declared."""
        return self.signature.span


@record
class ProcessName:
    """A process that the platform names."""

    name: str
    span: Span


@record
class TableName:
    """A platform map."""

    variable: typed.Variable
    index: IntType

    @property
    def span(self) -> Span:
        """Where it is declared."""
        return self.variable.span


@record
class ResourceName:
    """What is opened and closed in pairs."""

    name: str
    parameters: tuple[Parameter, ...]
    span: Span


@record
class DriverName:
    """A driver, with its entries by name."""

    name: str
    entries: Mapping[str, ast.Entry]
    span: Span


@record
class HiddenName:
    """A name of the platform that specifications do not see; *what* it is, in words."""

    what: str
    platform: str
    span: Span


@record
class LastingName:
    """``lasting``, by which a pointer may be used when its call is over."""

    span: Span | None = None


@record
class HandOnName:
    """``hand_on``, which platforms call where rights leave a thread."""

    span: Span | None = None


@record
class CopyName:
    """``copy``, a statement."""

    span: Span | None = None


@record
class RetireName:
    """``retire``, a statement of an ``environment``; *here* tells whether it may stand here."""

    here: bool
    span: Span | None = None


@record
class MemoryName:
    """``alloc`` or ``free``, the driver's heap; ``show`` or ``hide``, memory of others."""

    name: str
    span: Span | None = None


@record
class PresentName:
    """``present``, which a platform asks about memory; *here* tells whether it may be asked."""

    here: bool
    span: Span | None = None


@record
class StringName:
    """``string_length``, which walks over a string."""

    span: Span | None = None


Entity = (
    VariableName | Ruined | ConstantName | GivenName | TypeName | FunctionName | ProcessName
    | TableName | ResourceName | DriverName | HiddenName | LastingName | HandOnName
    | CopyName | RetireName | MemoryName | PresentName | StringName
)  # fmt: skip


def describe(entity: Entity) -> str:
    """Return what kind of thing *entity* is, in words."""
    match entity:
        case VariableName(variable):
            field = variable.storage is typed.Storage.THREAD_FIELD
            return "a thread field" if field else "a variable"
        case Ruined() | GivenName():
            return "a value"
        case ConstantName():
            return "a constant"
        case TypeName():
            return "a type"
        case FunctionName() | LastingName() | MemoryName() | PresentName() | StringName():
            return "a function"
        case HandOnName() | CopyName() | RetireName():
            return "a statement"
        case ProcessName():
            return "a process"
        case TableName():
            return "a map"
        case ResourceName():
            return "a resource"
        case DriverName():
            return "a driver"
        case HiddenName(what):
            return what
        case _:
            assert_never(entity)


@record
class Scope:
    """One frame of names inside *outer* ones."""

    names: Mapping[str, Entity]
    outer: Scope | None = None

    def find(self, name: str) -> Entity | None:
        """Return what *name* stands for here."""
        scope: Scope | None = self
        while scope is not None:
            entity = scope.names.get(name)
            if entity is not None:
                return entity
            scope = scope.outer
        return None

    def with_name(self, name: str, entity: Entity) -> Scope:
        """Return this scope with one more name in its innermost frame."""
        return Scope({**self.names, name: entity}, self.outer)

    def inner(self) -> Scope:
        """Return an empty frame inside this scope."""
        return Scope({}, self)

    def visible(self) -> tuple[str, ...]:
        """Return every name that can be used here, inner ones first."""
        found: dict[str, None] = {}
        scope: Scope | None = self
        while scope is not None:
            found |= {n: None for n, e in scope.names.items() if not isinstance(e, HiddenName)}
            scope = scope.outer
        return tuple(found)
