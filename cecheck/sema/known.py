"""What a condition is where some of its variables are known: of constants and comparisons alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cecheck.sema import typed
from cecheck.sema.types import IntType

_EXACT: dict[typed.Operator, Callable[[int, int], int]] = {  # these never wrap
    typed.Operator.BIT_AND: lambda a, b: a & b,
    typed.Operator.BIT_OR: lambda a, b: a | b,
    typed.Operator.EQUAL: lambda a, b: int(a == b),
    typed.Operator.NOT_EQUAL: lambda a, b: int(a != b),
    typed.Operator.LESS: lambda a, b: int(a < b),
    typed.Operator.LESS_EQUAL: lambda a, b: int(a <= b),
    typed.Operator.GREATER: lambda a, b: int(a > b),
    typed.Operator.GREATER_EQUAL: lambda a, b: int(a >= b),
}
_ORDERS = frozenset(
    {
        typed.Operator.LESS,
        typed.Operator.LESS_EQUAL,
        typed.Operator.GREATER,
        typed.Operator.GREATER_EQUAL,
    }
)


def known_value(expr: typed.Expr, known: Mapping[int, int]) -> int | None:
    """Return the value of *expr*, in its unsigned representation, if *known* variables decide it.

    Those are told by their number.  What is behind ``&&`` or ``||`` counts where it is evaluated.
    """
    match expr:
        case typed.Literal(value):
            return value
        case typed.Read(typed.VarPlace(variable)):
            return known.get(variable.number)
        case typed.Operation(typed.Operator.NOT, (operand,)):
            inner = known_value(operand, known)
            return None if inner is None else int(not inner)
        case typed.Operation(typed.Operator.AND | typed.Operator.OR as operator, (left, right)):
            first = known_value(left, known)
            decides = operator is typed.Operator.OR
            if first is None or bool(first) is decides:
                return first
            return known_value(right, known)
        case typed.Operation(operator, (left, right)) if operator in _EXACT:
            return _combined(operator, (left, right), known)
        case _:
            return None


def _combined(
    operator: typed.Operator, operands: tuple[typed.Expr, typed.Expr], known: Mapping[int, int]
) -> int | None:
    types = [operand.type for operand in operands]
    if operator in _ORDERS and not all(isinstance(t, IntType) and not t.signed for t in types):
        return None
    first, second = (known_value(operand, known) for operand in operands)
    return None if first is None or second is None else _EXACT[operator](first, second)
