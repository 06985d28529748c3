"""Measures of loops, as ``decreases`` gives them: unsigned words of the thread itself."""

from __future__ import annotations

from collections.abc import Iterable

from cecheck.diagnostics import Diagnostic
from cecheck.sema import type_errors, typed
from cecheck.sema.context import Env
from cecheck.sema.types import IntType
from cecheck.sema.values import Constant, Poison, type_words
from cecheck.syntax import ast


def measure(env: Env, node: ast.Expr) -> typed.Expr | Poison:
    """Return the value of *node*, which nobody but the loop's own thread may change."""
    value = env.evaluate(node, env.context.number)
    if isinstance(value, Poison):
        return value
    if isinstance(value, Constant):
        return env.report(type_errors.no_measure(node.span, "a constant"))
    strange = _strange(value)
    if strange is not None:
        return env.report(_wrong(strange))
    if not isinstance(value.type, IntType) or value.type.signed:
        return env.report(type_errors.no_measure(node.span, type_words(value)))
    return value


def _wrong(expr: typed.Expr) -> Diagnostic:
    match expr:
        case typed.Fetch() | typed.StringLength():
            return type_errors.not_local(expr.span, f"what `{expr.span.text}` fetches")
        case typed.Read(place=typed.VarPlace() | typed.FieldPlace()):
            return type_errors.not_local(expr.span, f"`{expr.span.text}`")
        case _:
            return type_errors.not_plain(expr.span)


def _strange(expr: typed.Expr) -> typed.Expr | None:
    """Return the part of *expr* that is not the thread's own, or that is more than a number."""
    match expr:
        case typed.Literal() | typed.Null():
            return None
        case typed.Read():
            return None if _is_local(expr.place) else expr
        case typed.Operation(operands=parts):
            return _first(parts)
        case typed.Convert(value=value) | typed.Retype(value=value, checked=False):
            return _strange(value)
        case typed.Shift():
            return _first((expr.pointer, expr.amount))
        case typed.Choice():
            return _first((expr.condition, expr.then, expr.otherwise))
        case _:
            return expr


def _first(parts: Iterable[typed.Expr]) -> typed.Expr | None:
    found = (_strange(part) for part in parts)
    return next((part for part in found if part is not None), None)


def _is_local(place: typed.Place) -> bool:
    """Tell whether *place* is a word of a local variable; elements of arrays are not followed."""
    match place:
        case typed.VarPlace(variable=variable):
            return variable.storage is typed.Storage.LOCAL
        case typed.FieldPlace(base=base):
            return _is_local(base)
        case _:
            return False
