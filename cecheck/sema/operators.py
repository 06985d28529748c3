"""Which operands each operator takes, and what it gives."""

from __future__ import annotations

from dataclasses import replace

from cecheck.sema import link_errors, operator_errors, type_errors, typed
from cecheck.sema.context import Env
from cecheck.sema.conversions import (
    BOOL,
    HANDLE,
    HANDLES,
    PROCESS,
    fit,
    of_type,
    silently_a_word,
)
from cecheck.sema.folding import LONGEST, fold, has_no_value
from cecheck.sema.pointers import pointer_operation
from cecheck.sema.types import (
    BoolType,
    HandlesType,
    IntType,
    NullType,
    PointersType,
    PointerType,
    ProcessType,
    SetType,
    Type,
    VoidType,
)
from cecheck.sema.values import POISON, Constant, Poison, Value, type_of
from cecheck.source import Span
from cecheck.syntax import ast

OPERATORS = {o.value: o for o in typed.Operator if o is not typed.Operator.NEGATE}
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
_SHIFTS = ("<<", ">>")
_SET_OPERATORS = {"|", "&", "-", "==", "!="}


def combine(env: Env, node: ast.Binary, left: Value, right: Value) -> Value:
    """Return ``left op right`` for the operator of *node*."""
    if isinstance(left, Poison) or isinstance(right, Poison):
        return left if isinstance(left, Poison) else right
    have = (type_of(left), type_of(right))
    if any(isinstance(t, VoidType) for t in have):
        return env.report(type_errors.gives_nothing(node.span))
    if node.op == "has":
        return _has(env, node, left, right)
    if any(isinstance(t, PointersType) for t in have):
        return _pointers(env, node, left, right)
    if any(isinstance(t, PointerType | NullType) for t in have):
        return _with_pointer(env, node, left, right)
    if any(isinstance(t, SetType) for t in have) and HANDLES not in have:
        return _sets(env, node, left, right)
    if any(isinstance(t, HandlesType) for t in have):
        return _handles(env, node, left, right)
    if any(isinstance(t, ProcessType) for t in have):
        return _equality(env, node, left, right, PROCESS)
    if any(isinstance(t, BoolType) for t in have):
        return _truths(env, node, left, right)
    return _numbers(env, node, left, right)


def operation(op: str, operands: tuple[typed.Expr, ...], type_: Type, span: Span) -> typed.Expr:
    """Return the operation written *op*."""
    return typed.Operation(OPERATORS[op], operands, type_, span)


def _has(env: Env, node: ast.Binary, left: Value, right: Value) -> Value:
    type_ = type_of(left)
    if not isinstance(type_, SetType | HandlesType | PointersType):
        return env.report(operator_errors.bad_operands(node, left, right))
    members = fit(env, left, type_, node.left.span)
    element: Type = PROCESS if isinstance(type_, SetType) else HANDLE
    element = type_.element if isinstance(type_, PointersType) else element
    member = fit(env, right, element, node.right.span)
    if isinstance(members, Poison) or isinstance(member, Poison):
        return members if isinstance(members, Poison) else member
    return operation("has", (members, member), BOOL, node.span)


def _sets(env: Env, node: ast.Binary, left: Value, right: Value) -> Value:
    if node.op not in _SET_OPERATORS:
        return env.report(operator_errors.bad_operands(node, left, right))
    pair = _both(env, node, left, right, SetType())
    result: Type = BOOL if node.op in COMPARISONS else SetType()
    return pair if isinstance(pair, Poison) else operation(node.op, pair, result, node.span)


def _handles(env: Env, node: ast.Binary, left: Value, right: Value) -> Value:
    if node.op not in ("|", "&", "-"):
        return env.report(operator_errors.bad_operands(node, left, right))
    pair = _both(env, node, left, right, HANDLES)
    return pair if isinstance(pair, Poison) else operation(node.op, pair, HANDLES, node.span)


def _pointers(env: Env, node: ast.Binary, left: Value, right: Value) -> Value:
    """Return a set with one pointer more or less, or whether a set is empty."""
    types = [t for t in (type_of(left), type_of(right)) if isinstance(t, PointersType)]
    if node.op not in ("|", "-", "==", "!="):
        return env.report(operator_errors.bad_operands(node, left, right))
    pair = _both(env, node, left, right, types[0])
    if isinstance(pair, Poison):
        return pair
    is_test = node.op in COMPARISONS
    single = _single(pair[1])
    if single is None or (is_test and single.items):
        what = "the equality of sets of pointers" if is_test else "a union of sets of pointers"
        what = "a difference of sets of pointers" if node.op == "-" else what
        return env.report(link_errors.not_yet(node.span, what))
    return operation(node.op, (pair[0], single), BOOL if is_test else types[0], node.span)


def _single(members: typed.Expr) -> typed.SetOf | None:
    """Return a set that is written as its member, or as empty."""
    if isinstance(members, typed.Operation) and members.operator is typed.Operator.BIT_OR:
        nothing, single = members.operands
        is_literal = isinstance(nothing, typed.SetOf) and nothing.span == single.span
        return single if is_literal and isinstance(single, typed.SetOf) else None
    return members if isinstance(members, typed.SetOf) else None


def _equality(env: Env, node: ast.Binary, left: Value, right: Value, type_: Type) -> Value:
    if node.op not in ("==", "!="):
        return env.report(operator_errors.bad_operands(node, left, right))
    pair = _both(env, node, left, right, type_)
    return pair if isinstance(pair, Poison) else operation(node.op, pair, BOOL, node.span)


def _truths(env: Env, node: ast.Binary, left: Value, right: Value) -> Value:
    if node.op not in ("==", "!=", "&&", "||"):
        return env.report(operator_errors.bad_operands(node, left, right))
    if isinstance(left, Constant) and isinstance(right, Constant) and left.type == right.type:
        return fold(node.op, left, right, node.span)
    pair = _both(env, node, left, right, BOOL)
    return pair if isinstance(pair, Poison) else operation(node.op, pair, BOOL, node.span)


def _both(
    env: Env, node: ast.Binary, left: Value, right: Value, type_: Type
) -> tuple[typed.Expr, typed.Expr] | Poison:
    first = fit(env, left, type_, node.left.span)
    second = fit(env, right, type_, node.right.span)
    if isinstance(first, Poison):
        return first
    return second if isinstance(second, Poison) else (first, second)


def _with_pointer(env: Env, node: ast.Binary, left: Value, right: Value) -> Value:
    found = pointer_operation(env, node, left, right)
    if found is not None:
        return found
    first, second = _word(env, left), _word(env, right)
    if (first is left and second is right) or _is_pointer(first) or _is_pointer(second):
        return env.report(operator_errors.bad_operands(node, left, right))
    return combine(env, node, first, second)


def _is_pointer(value: Value) -> bool:
    return isinstance(type_of(value), PointerType | NullType)


def _word(env: Env, value: Value) -> Value:
    if isinstance(value, Poison | Constant) or not silently_a_word(env, value):
        return value
    return typed.Convert(value, env.context.word, value.span)


# ---- numbers -------------------------------------------------------------------------------------


def _numbers(env: Env, node: ast.Binary, left: Value, right: Value) -> Value:
    if node.op in ("&&", "||"):
        return env.report(operator_errors.bad_operands(node, left, right))
    if isinstance(right, Constant) and has_no_value(node.op, right.value):
        return env.report(type_errors.bad_arithmetic(node))
    if isinstance(left, Constant) and isinstance(right, Constant):
        alike = _alike(env, node.op, left, right)
        if isinstance(alike, Poison):
            return alike
        folded = fold(node.op, *alike, node.span)
        if folded.value.bit_length() > LONGEST:
            return env.report(type_errors.too_large_a_number(node.span))
        return _held(env, folded)
    type_ = type_of(right) if isinstance(left, Constant) else type_of(left)
    assert isinstance(type_, IntType)
    if _too_long(node.op, right, type_):
        return env.report(type_errors.bad_arithmetic(node))
    adapts = isinstance(left, Constant) or isinstance(right, Constant)
    if not adapts and type_of(left) != type_of(right):
        return env.report(type_errors.mixed_widths(node, left, right))
    pair = _both(env, node, left, right, type_)
    result: Type = BOOL if node.op in COMPARISONS else type_
    return pair if isinstance(pair, Poison) else operation(node.op, pair, result, node.span)


def _too_long(op: str, right: Value, type_: IntType) -> bool:
    return op in _SHIFTS and isinstance(right, Constant) and right.value >= type_.width


def unary(env: Env, node: ast.Unary, arg: Value) -> Value:
    """Return ``op arg`` for ``- + ! ~``."""
    match arg:
        case Poison():
            return arg
        case Constant():
            return _unary_constant(env, node, arg)
        case _:
            pass
    if node.op == "!" and isinstance(arg.type, BoolType):
        return operation("!", (arg,), arg.type, node.span)
    if node.op == "!" or not isinstance(arg.type, IntType):
        return env.report(operator_errors.bad_operand(node, arg))
    if node.op == "+":
        return arg
    kind = typed.Operator.NEGATE if node.op == "-" else typed.Operator.COMPLEMENT
    return typed.Operation(kind, (arg,), arg.type, node.span)


def _alike(
    env: Env, op: str, left: Constant, right: Constant
) -> tuple[Constant, Constant] | Poison:
    """Return both constants; beside one that has a type, one that has none gets it."""
    of_left, of_right = (one.type for one in (left, right))
    if op not in ("<<", ">>") and isinstance(of_left, IntType) and of_right is None:
        value = _held(env, replace(right, type=of_left))
        return (left, value) if isinstance(value, Constant) else POISON
    if op not in ("<<", ">>") and isinstance(of_right, IntType) and of_left is None:
        value = _held(env, replace(left, type=of_right))
        return (value, right) if isinstance(value, Constant) else POISON
    return left, right


def _held(env: Env, value: Constant) -> Value:
    """Return *value*, if it has a type as the number of that type: there it has to fit."""
    if not isinstance(value.type, IntType):
        return value
    held = of_type(value, value.type)
    return held or env.report(operator_errors.no_fit(value.span, value.value, value.type))


def _unary_constant(env: Env, node: ast.Unary, arg: Constant) -> Value:
    truth = isinstance(arg.type, BoolType)
    if truth != (node.op == "!"):
        return env.report(operator_errors.bad_operand(node, arg))
    match node.op:
        case "!":
            return replace(arg, value=1 - arg.value, span=node.span)
        case "-":
            return _held(env, replace(arg, value=-arg.value, span=node.span))
        case "~":
            return _held(env, replace(arg, value=~arg.value, span=node.span, complemented=True))
        case _:
            return replace(arg, span=node.span)
