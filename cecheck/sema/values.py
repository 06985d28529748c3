"""What an expression is worth before it meets the type it is needed at."""

from __future__ import annotations

from cecheck.record import record
from cecheck.sema import typed
from cecheck.sema.types import BoolType, IntType, Type
from cecheck.source import Span


@record
class Constant:
    """An exact number or a truth value, known before any run.

    Numbers adapt to every integer type that holds them; *type* is what they are where nothing
    else decides (None: ``u32``).  *complemented* ones come from ``~``: their leading ones go on
    for ever, so they fit unsigned types too.
    """

    value: int
    type: IntType | BoolType | None
    span: Span
    complemented: bool = False


@record
class Poison:
    """What a mistake is worth: it fits everywhere, so that it is reported once."""


POISON = Poison()

Value = typed.Expr | Constant | Poison


def type_of(value: Value) -> Type | None:
    """Return the type of *value*, or None where it adapts or is wrong."""
    match value:
        case Poison():
            return None
        case Constant():
            return value.type
        case _:
            return value.type


def type_words(value: Value) -> str:
    """Return how a message calls the type of *value*."""
    type_ = type_of(value)
    return f"`{type_.name}`" if type_ is not None else "a number"
