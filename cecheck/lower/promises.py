"""What the promise of a pointer names."""

from __future__ import annotations

from cecheck.sema import typed


def siblings(expr: typed.Expr) -> list[typed.Variable]:
    """Return the fields or parameters that the size in a promise is computed from."""
    match expr:
        case typed.Read(place=typed.VarPlace(variable=variable)):
            return [variable]
        case typed.Operation():
            return [v for operand in expr.operands for v in siblings(operand)]
        case typed.Convert() | typed.Retype():
            return siblings(expr.value)
        case typed.Choice():
            parts = (expr.condition, expr.then, expr.otherwise)
            return [v for part in parts for v in siblings(part)]
        case _:
            return []
