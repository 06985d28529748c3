"""Pointer arithmetic and comparison."""

from __future__ import annotations

from cecheck.sema import operator_errors, typed
from cecheck.sema.context import Env
from cecheck.sema.conversions import BOOL, fit
from cecheck.sema.layout import size_of
from cecheck.sema.types import ADDRESS, IntType, NullType, PointerType, Type
from cecheck.sema.values import POISON, Constant, Poison, Value, type_of
from cecheck.source import Span
from cecheck.syntax import ast

_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
_KEEPING = ("+", "-", "|", "&", "^")  # operators whose result is still the same pointer, moved
_OPERATORS = {o.value: o for o in typed.Operator}


def pointer_operation(env: Env, node: ast.Binary, left: Value, right: Value) -> Value | None:
    """Return ``left op right`` where that is about pointers; None where it is about words."""
    have, other = type_of(left), type_of(right)
    if isinstance(have, PointerType | NullType) and isinstance(other, PointerType | NullType):
        return _two_pointers(env, node, left, right)
    if isinstance(have, PointerType) and node.op in _KEEPING and isinstance(other, IntType | None):
        return _moved(env, node, left, right)
    return None


def _two_pointers(env: Env, node: ast.Binary, left: Value, right: Value) -> Value:
    if node.op in _COMPARISONS:
        return _compared(env, node, left, right)
    if node.op == "-" and not isinstance(type_of(left), NullType):
        return _difference(env, node, left, right)
    return env.report(operator_errors.bad_operands(node, left, right))


def _compared(env: Env, node: ast.Binary, left: Value, right: Value) -> Value:
    common = _common(type_of(left), type_of(right))
    if common is None:
        return env.report(operator_errors.bad_operands(node, left, right))
    first = _compared_side(env, left, common, node.left.span)
    second = _compared_side(env, right, common, node.right.span)
    if isinstance(first, Poison) or isinstance(second, Poison):
        return POISON
    return typed.Operation(_OPERATORS[node.op], (first, second), BOOL, node.span)


def _compared_side(env: Env, value: Value, common: PointerType, span: Span) -> typed.Expr | Poison:
    """Comparison is by word: only null needs a type."""
    if isinstance(value, Poison | Constant) or isinstance(value.type, NullType):
        return fit(env, value, common, span)
    return value


def _common(left: Type | None, right: Type | None) -> PointerType | None:
    """Return the type at which two pointers compare: null fits all, ``address`` fits all."""
    if isinstance(left, NullType):
        return right if isinstance(right, PointerType) else ADDRESS
    if not isinstance(left, PointerType):
        return None
    if not isinstance(right, PointerType):
        return left
    if left.target is None or right.target is None or left.target == right.target:
        return left
    return None


def _difference(env: Env, node: ast.Binary, left: Value, right: Value) -> Value:
    """``p - q`` counts elements in C; only where that is bytes is it given."""
    type_ = type_of(left)
    assert isinstance(type_, PointerType)
    if _common(type_, type_of(right)) is None or isinstance(type_of(right), NullType):
        return env.report(operator_errors.bad_operands(node, left, right))
    unit = 1 if type_.target is None else size_of(env, type_.target, node.left.span)
    if unit != 1:
        return env.report(operator_errors.pointer_difference(node))
    assert not isinstance(left, Poison | Constant)
    assert not isinstance(right, Poison | Constant)
    words = tuple(typed.Convert(v, env.context.word, v.span) for v in (left, right))
    return typed.Operation(typed.Operator.SUBTRACT, words, env.context.word, node.span)


def _moved(env: Env, node: ast.Binary, left: Value, right: Value) -> Value:
    assert not isinstance(left, Poison | Constant)
    type_ = left.type
    assert isinstance(type_, PointerType)
    unit: int | Poison = 1
    if node.op in ("+", "-") and type_.target is not None:
        unit = size_of(env, type_.target, node.left.span)
    amount = fit(env, right, env.context.word, node.right.span)
    if isinstance(amount, Poison) or isinstance(unit, Poison):
        return POISON
    bytes_ = scaled(env, amount, unit, node.right.span)
    return typed.Shift(_OPERATORS[node.op], left, bytes_, type_, node.span)


def scaled(env: Env, amount: typed.Expr, unit: int, span: Span) -> typed.Expr:
    """Return *amount* times *unit*, as an address word."""
    word = env.context.word
    if unit == 1:
        return amount
    if isinstance(amount, typed.Literal):
        return typed.Literal(amount.value * unit % (1 << word.width), word, span)
    factor = typed.Literal(unit, word, span)
    return typed.Operation(typed.Operator.MULTIPLY, (amount, factor), word, span)


def moved_by(pointer: typed.Expr, amount: typed.Expr, type_: PointerType, span: Span) -> typed.Expr:
    """Return *pointer* moved up by *amount* bytes, as a pointer of *type_*."""
    if not (isinstance(amount, typed.Literal) and amount.value == 0):
        pointer = typed.Shift(typed.Operator.ADD, pointer, amount, pointer.type, span)
    return pointer if pointer.type == type_ else typed.Retype(pointer, False, type_, span)
