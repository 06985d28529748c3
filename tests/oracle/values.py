"""What variables hold.

Integers are Python integers in unsigned representation, truth values are Python booleans, a
process is its name or None (nobody), a set is a frozenset of names, a pointer is a `Pointer`.
An arbitrary number is a `Lazy` one until somebody looks at it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from cecheck.sema.types import (
    BoolType,
    IntType,
    NullType,
    PointersType,
    PointerType,
    ProcessType,
    SetType,
    Type,
)
from oracle.choice import Choices, Unsupported

CLIENT = "the caller"  # the party whose thread runs
TENANT = "a tenant"  # one further process, which may or may not be there


class Caller(NamedTuple):
    """Where a pointer came from that a call carried in: the process, and the thread that calls.

    The number of the thread is negative once the call has returned (semantics 1.4).
    """

    party: str
    thread: int

    @property
    def is_over(self) -> bool:
        """Whether the call has returned."""
        return self.thread < 0


def party_of(origin: str | Caller | None) -> str | None:
    """Return the process of *origin*."""
    return origin.party if origin.__class__ is Caller else origin  # type: ignore[union-attr]


class Lazy:
    """An arbitrary number below *count*, chosen when it is first looked at, the same ever after."""

    __slots__ = ("choices", "count", "value")

    def __init__(self, choices: Choices, count: int) -> None:
        self.choices = choices
        self.count = count
        self.value: int | None = None

    def settle(self) -> int:
        """Return the number, choosing it now if nobody has looked before."""
        if self.value is None:
            self.become(self.choices.choose(self.count))
        return self.value  # type: ignore[return-value]

    def become(self, number: int) -> None:
        """Be *number* from now on."""
        self.value = number
        self.choices.note(self)


class Pointer(NamedTuple):
    """A word with its ghosts.

    *origin* is the process that the number came from, None when no process can answer for it;
    where several threads call it is a `Caller`.
    *target* numbers the object that a well-behaved caller meant, *offset* is where in it.
    """

    word: int | Lazy
    origin: str | Caller | None = None
    target: int | None = None
    offset: int = 0

    def moved(self, word: int, distance: int) -> Pointer:
        """Return a pointer with another *word*, *distance* bytes further in the same object."""
        return Pointer(word, self.origin, self.target, self.offset + distance)


NULL = Pointer(0)
_WITH_NUMBERS = frozenset({Lazy, Pointer})
UNSETTLED = "not settled"


def settled(value: object) -> int:
    """Return the number that *value* is or stands for."""
    return value.settle() if value.__class__ is Lazy else value  # type: ignore[return-value]


def canonical(value: object, names: dict[int, int]) -> object:
    """Return a hashable picture of *value*; unsettled numbers are told apart by *names*."""
    kind = value.__class__
    if kind is Lazy:
        if value.value is None:
            return ("any", value.count, names.setdefault(id(value), len(names)))
        return value.value
    if kind is Pointer:
        word = value.word
        if word.__class__ is Lazy:
            word = canonical(word, names)
        return ("ptr", word, *value[1:])
    return value


def canonicals(values: Iterable[object], names: dict[int, int]) -> tuple[object, ...]:
    """Return the `canonical` picture of each of *values*."""
    return tuple([canonical(v, names) if v.__class__ in _WITH_NUMBERS else v for v in values])


def plain(value: object) -> object:
    """Return *value* with settled numbers in place, or `UNSETTLED` if one is not settled."""
    kind = value.__class__
    if kind is Pointer and value.word.__class__ is Lazy:
        word = value.word.value
        return UNSETTLED if word is None else value._replace(word=word)
    if kind is Lazy:
        return UNSETTLED if value.value is None else value.value
    return value


def plains(values: Iterable[object]) -> tuple[object, ...] | None:
    """Return each of *values* as `plain` does, None if one is not settled."""
    found = tuple([plain(v) if v.__class__ in _WITH_NUMBERS else v for v in values])
    return None if UNSETTLED in found else found


def zero(type_: Type) -> object:
    """Return the value that memory of *type_* starts with."""
    match type_:
        case IntType():
            return 0
        case BoolType():
            return False
        case ProcessType():
            return None
        case SetType() | PointersType():
            return frozenset()
        case PointerType() | NullType():
            return NULL
        case _:
            raise Unsupported(f"a variable of type {type_.name}")


def arbitrary(type_: Type, choices: Choices, word: int, origin: str | None) -> object:
    """Return any value of *type_*; pointers have *word* bits and come from *origin*."""
    match type_:
        case IntType(width):
            return Lazy(choices, 1 << width)
        case BoolType():
            return Lazy(choices, 2)
        case PointerType():
            return Pointer(Lazy(choices, 1 << word), origin)
        case _:
            raise Unsupported(f"an arbitrary {type_.name}")
