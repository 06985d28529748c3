"""Numbers of fixed width: what the operators of the language mean, in Python's integers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final


class Violation(Exception):
    """A check fails, which ends the run: its kind and the label of its site."""


@dataclass(frozen=True)
class Type:
    """A type of numbers with so many *bits*; none for truth values."""

    name: str
    bits: int
    signed: bool = False

    @property
    def least(self) -> int:
        """The smallest number."""
        return -(1 << self.bits - 1) if self.signed else 0

    @property
    def most(self) -> int:
        """The largest number."""
        return self.least + (1 << self.bits) - 1

    def wrapped(self, number: int) -> int:
        """Return the number of this type that has the same low bits as *number*."""
        low = number & ((1 << self.bits) - 1)
        return low - (1 << self.bits) if low > self.most else low


@dataclass(frozen=True)
class Struct:
    """A structure of numbers and structures."""

    name: str
    fields: tuple[tuple[str, Type | Struct], ...]


BOOL: Final = Type("bool", 0)
NUMBERS: Final = tuple(
    Type(f"{'i' if signed else 'u'}{bits}", bits, signed)
    for bits in (8, 16, 32, 64)
    for signed in (False, True)
)
U8, U32 = NUMBERS[0], NUMBERS[4]
MODE: Final = Type("Mode", 8)
MEMBERS: Final = {"OFF": 0, "SLOW": 4, "FAST": 5}


def divided(one: int, other: int) -> int:
    """Return the quotient, rounded towards zero as in C."""
    if other == 0:
        raise Violation("arithmetic")
    whole = abs(one) // abs(other)
    return whole if (one < 0) == (other < 0) else -whole


ARITHMETIC: Final[dict[str, tuple[int, Callable[[int, int], int]]]] = {  # how tight, and what
    "|": (3, lambda a, b: a | b),
    "^": (4, lambda a, b: a ^ b),
    "&": (5, lambda a, b: a & b),
    "+": (9, lambda a, b: a + b),
    "-": (9, lambda a, b: a - b),
    "*": (10, lambda a, b: a * b),
    "/": (10, divided),
    "%": (10, lambda a, b: a - b * divided(a, b)),
}
SHIFTS: Final[dict[str, tuple[int, Callable[[int, int], int]]]] = {
    "<<": (8, lambda a, b: a << b),
    ">>": (8, lambda a, b: a >> b),
}
COMPARISONS: Final[dict[str, tuple[int, Callable[[int, int], bool]]]] = {
    "==": (6, lambda a, b: a == b),
    "!=": (6, lambda a, b: a != b),
    "<": (7, lambda a, b: a < b),
    "<=": (7, lambda a, b: a <= b),
    ">": (7, lambda a, b: a > b),
    ">=": (7, lambda a, b: a >= b),
}
