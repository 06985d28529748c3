"""Arithmetic on constants: exact, so that nothing wraps before its type is known.

One that has a type is a number of that type; with another one it is of the wider of both.
"""

from __future__ import annotations

from collections.abc import Callable

from cecheck.sema.types import BoolType, IntType
from cecheck.sema.values import Constant
from cecheck.source import Span

LONGEST = 512  # bits of a number, more than any type has
_LONGEST_SHIFT = 256


def _divide(a: int, b: int) -> int:
    """Divide as C does, towards zero."""
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


_NUMBERS: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divide,
    "%": lambda a, b: a - b * _divide(a, b),
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "<<": lambda a, b: a << b,
    ">>": lambda a, b: a >> b,
}
_TRUTHS: dict[str, Callable[[int, int], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "&&": lambda a, b: bool(a and b),
    "||": lambda a, b: bool(a or b),
}


def has_no_value(op: str, right: int) -> bool:
    """Return whether *op* with the constant *right* divides by zero or shifts out of reason."""
    if op in ("/", "%"):
        return right == 0
    return op in ("<<", ">>") and not 0 <= right <= _LONGEST_SHIFT


def fold(op: str, left: Constant, right: Constant, span: Span) -> Constant:
    """Return ``left op right``, both numbers or both truth values."""
    if op in _TRUTHS:
        return Constant(int(_TRUTHS[op](left.value, right.value)), BoolType(), span)
    types = [one.type for one in (left, right) if isinstance(one.type, IntType)]
    kept = max(types, key=lambda type_: type_.width, default=None)
    if op in ("<<", ">>"):
        kept = left.type if isinstance(left.type, IntType) else None
    value = _NUMBERS[op](left.value, right.value)
    return Constant(value, kept, span, left.complemented or right.complemented)
