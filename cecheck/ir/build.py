"""Simplifying constructors: the meaning of the plain node, fewer nodes.

Every constructor preserves the value of the expression in every state (tested against the
operator table).  Simplification is local: constants, neutral elements, equal arguments, and
choices on a decided condition.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import assert_never

from cecheck.ir.expr import (
    BOOL,
    FALSE,
    TRUE,
    Binary,
    BinaryOp,
    Const,
    Expr,
    Extend,
    Extract,
    Ite,
    Sort,
    Unary,
    UnaryOp,
    Var,
    bits,
)
from cecheck.ir.meaning import apply_binary, apply_unary, extend, extract
from cecheck.ir.node import fold


def const(value: int, sort: Sort) -> Const:
    """Return *value* reduced to *sort* (wrap-around)."""
    return Const(value & ((1 << max(sort.width, 1)) - 1), sort)


def word(value: int, width: int) -> Const:
    """Return *value* as a bit-vector of *width* bits."""
    return const(value, bits(width))


def truth(value: bool) -> Const:
    """Return a boolean constant."""
    return TRUE if value else FALSE


def not_(arg: Expr) -> Expr:
    """Return the negation of a boolean."""
    match arg:
        case Const():
            return truth(not arg.value)
        case Unary(op=UnaryOp.NOT):
            return arg.arg
        case _:
            return Unary(UnaryOp.NOT, arg)


def unary(op: UnaryOp, arg: Expr) -> Expr:
    """Return *op* applied to *arg*."""
    if op is UnaryOp.NOT:
        return not_(arg)
    if isinstance(arg, Const):
        return const(apply_unary(op, arg.value, arg.sort.width), arg.sort)
    return Unary(op, arg)


def and_(*args: Expr) -> Expr:
    """Return the conjunction of *args* (true when there are none)."""
    return _junction(BinaryOp.AND, TRUE, FALSE, args)


def or_(*args: Expr) -> Expr:
    """Return the disjunction of *args* (false when there are none)."""
    return _junction(BinaryOp.OR, FALSE, TRUE, args)


def all_of(args: Iterable[Expr]) -> Expr:
    """Return the conjunction of *args*."""
    return and_(*args)


def any_of(args: Iterable[Expr]) -> Expr:
    """Return the disjunction of *args*."""
    return or_(*args)


def _junction(op: BinaryOp, neutral: Const, absorbing: Const, args: Iterable[Expr]) -> Expr:
    result: Expr = neutral
    seen: set[Expr] = set()
    for arg in args:
        if arg is absorbing or not_(arg) in seen:
            return absorbing
        if arg is neutral or arg in seen:
            continue
        seen.add(arg)
        if result is neutral:
            result = arg
        elif isinstance(result, Binary) and result.op is op and arg in (result.left, result.right):
            continue
        else:
            result = Binary(op, result, arg)
    return result


def implies(premise: Expr, conclusion: Expr) -> Expr:
    """Return *premise* implies *conclusion*."""
    return or_(not_(premise), conclusion)


def eq(left: Expr, right: Expr) -> Expr:
    """Return whether two expressions of one sort are equal."""
    if left is right:
        return TRUE
    if isinstance(left, Const):
        left, right = right, left
    if isinstance(right, Const):
        if isinstance(left, Const):
            return truth(left.value == right.value)
        if right.sort == BOOL:
            return left if right.value else not_(left)
        if isinstance(left, Ite):
            return _eq_choice(left, right)
    narrow = _narrowed(left, right)
    if narrow is not None:
        return eq(*narrow)
    if isinstance(left, Extend) and isinstance(right, Const) and not left.signed:
        return FALSE  # the constant is too large
    return Binary(BinaryOp.EQ, left, right)


def _narrowed(left: Expr, right: Expr) -> tuple[Expr, Expr] | None:
    """Return words that compare as *left* and *right* do, unsigned, without their zero bits."""
    inner = left if isinstance(left, Extend) else right
    if not isinstance(inner, Extend) or inner.signed:
        return None
    width = inner.arg.sort.width
    parts: list[Expr] = []
    for part in (left, right):
        if isinstance(part, Const) and not part.value >> width:
            parts.append(word(part.value, width))
        elif isinstance(part, Extend) and not part.signed and part.arg.sort.width == width:
            parts.append(part.arg)
        else:
            return None
    return parts[0], parts[1]


def _eq_choice(choice: Ite, value: Const) -> Expr:
    """Push a comparison with a constant into a choice where that decides one of its branches."""
    then, otherwise = eq(choice.then, value), eq(choice.otherwise, value)
    plain = [
        isinstance(made, Binary) and made.left is arm
        for made, arm in ((then, choice.then), (otherwise, choice.otherwise))
    ]
    if all(plain):
        return Binary(BinaryOp.EQ, choice, value)
    return ite(choice.condition, then, otherwise)


def ne(left: Expr, right: Expr) -> Expr:
    """Return whether two expressions of one sort differ."""
    return not_(eq(left, right))


def ult(left: Expr, right: Expr) -> Expr:
    """Return left < right, unsigned."""
    return binary(BinaryOp.ULT, left, right)


def ule(left: Expr, right: Expr) -> Expr:
    """Return left <= right, unsigned."""
    return binary(BinaryOp.ULE, left, right)


def add(left: Expr, right: Expr) -> Expr:
    """Return the wrapping sum."""
    return binary(BinaryOp.ADD, left, right)


def sub(left: Expr, right: Expr) -> Expr:
    """Return the wrapping difference."""
    return binary(BinaryOp.SUB, left, right)


_ZERO_RIGHT_KEEPS = frozenset(
    {BinaryOp.ADD, BinaryOp.SUB, BinaryOp.OR_BITS, BinaryOp.XOR_BITS}
    | {BinaryOp.SHL, BinaryOp.LSHR, BinaryOp.ASHR}
)
_ZERO_LEFT_KEEPS = frozenset({BinaryOp.ADD, BinaryOp.OR_BITS, BinaryOp.XOR_BITS})
_ZERO_ABSORBS = frozenset({BinaryOp.MUL, BinaryOp.AND_BITS})


def binary(op: BinaryOp, left: Expr, right: Expr) -> Expr:
    """Return *op* applied to *left* and *right*."""
    match op:
        case BinaryOp.AND:
            return and_(left, right)
        case BinaryOp.OR:
            return or_(left, right)
        case BinaryOp.EQ:
            return eq(left, right)
        case _:
            return _simplified(op, left, right)


def _simplified(op: BinaryOp, left: Expr, right: Expr) -> Expr:
    width = left.sort.width
    if isinstance(left, Const) and isinstance(right, Const):
        value = apply_binary(op, left.value, right.value, width)
        return const(value, BOOL if op.yields_bool else left.sort)
    if isinstance(right, Const) and isinstance(left, Ite) and _has_const(left):
        then, otherwise = binary(op, left.then, right), binary(op, left.otherwise, right)
        return ite(left.condition, then, otherwise)
    if isinstance(left, Const) and isinstance(right, Ite) and _has_const(right):
        then, otherwise = binary(op, left, right.then), binary(op, left, right.otherwise)
        return ite(right.condition, then, otherwise)
    if isinstance(right, Const) and op is BinaryOp.SUB:
        return add(left, const(-right.value, right.sort))
    if isinstance(right, Const) and op is BinaryOp.ADD:
        left, right = _gathered(left, right)
    for decided in (_with_constant(op, left, right), _compared(op, left, right)):
        if decided is not None:
            return decided
    return Binary(op, left, right)


def _with_constant(op: BinaryOp, left: Expr, right: Expr) -> Expr | None:
    """Return what neutral and absorbing elements make of ``left op right``."""
    if isinstance(right, Const) and right.value == 0:
        if op in _ZERO_RIGHT_KEEPS:
            return left
        if op in _ZERO_ABSORBS:
            return right
        if op is BinaryOp.ULT:
            return FALSE
    if isinstance(left, Const) and left.value == 0:
        if op in _ZERO_LEFT_KEEPS:
            return right
        if op in _ZERO_ABSORBS:
            return left
        if op is BinaryOp.ULE:
            return TRUE
    if isinstance(right, Const) and right.value == 1 and op in (BinaryOp.MUL, BinaryOp.UDIV):
        return left
    return None


def _compared(op: BinaryOp, left: Expr, right: Expr) -> Expr | None:
    """Return what is simpler because *left* and *right* have something in common."""
    if op in (BinaryOp.SUB, BinaryOp.ADD):
        return _cancelled(op, left, right)
    if op in (BinaryOp.ULT, BinaryOp.ULE) and (narrow := _narrowed(left, right)) is not None:
        return binary(op, *narrow)
    if left is right and op in (BinaryOp.ULT, BinaryOp.SLT):
        return FALSE
    if left is right and op in (BinaryOp.ULE, BinaryOp.SLE):
        return TRUE
    return None


def _has_const(choice: Ite) -> bool:
    return isinstance(choice.then, Const) or isinstance(choice.otherwise, Const)


def _cancelled(op: BinaryOp, left: Expr, right: Expr) -> Expr | None:
    """Return what is left of a sum or difference in which a part cancels out."""
    if op is BinaryOp.ADD:
        for one, other in ((left, right), (right, left)):
            if isinstance(other, Binary) and other.op is BinaryOp.SUB and other.right is one:
                return other.left  # a + (x - a)
        return None
    if left is right:
        return word(0, left.sort.width)
    if isinstance(right, Binary) and right.op is BinaryOp.SUB and right.left is left:
        return right.right  # x - (x - a)
    if isinstance(left, Binary) and left.op is BinaryOp.ADD:
        if left.left is right:
            return left.right
        if left.right is right:
            return left.left
    return None


def _gathered(left: Expr, right: Const) -> tuple[Expr, Const]:
    """Return the parts of ``left + right`` with constants added up: ``(x + 1) + 2`` is x + 3."""
    if isinstance(left, Binary) and left.op is BinaryOp.ADD and isinstance(left.right, Const):
        return left.left, const(left.right.value + right.value, right.sort)
    return left, right


def ite(condition: Expr, then: Expr, otherwise: Expr) -> Expr:
    """Return *then* where *condition* holds, else *otherwise*."""
    if isinstance(condition, Const):
        return then if condition.value else otherwise
    if then is otherwise:
        return then
    if isinstance(condition, Unary):
        return ite(condition.arg, otherwise, then)
    if then.sort == BOOL:
        return _ite_bool(condition, then, otherwise)
    if isinstance(then, Ite) and then.condition is condition:
        return ite(condition, then.then, otherwise)
    if isinstance(otherwise, Ite) and otherwise.condition is condition:
        return ite(condition, then, otherwise.otherwise)
    return Ite(condition, then, otherwise)


def _ite_bool(condition: Expr, then: Expr, otherwise: Expr) -> Expr:
    if then is TRUE:
        return or_(condition, otherwise)
    if then is FALSE:
        return and_(not_(condition), otherwise)
    if otherwise is TRUE:
        return or_(not_(condition), then)
    if otherwise is FALSE:
        return and_(condition, then)
    return Ite(condition, then, otherwise)


def zero_extend(arg: Expr, width: int) -> Expr:
    """Return *arg* at *width* bits, high bits zero; the same width gives *arg* itself."""
    return _extended(arg, width, False)


def sign_extend(arg: Expr, width: int) -> Expr:
    """Return *arg* at *width* bits, high bits its sign; the same width gives *arg* itself."""
    return _extended(arg, width, True)


def _extended(arg: Expr, width: int, signed: bool) -> Expr:
    if arg.sort.width == width:
        return arg
    if isinstance(arg, Const):
        return word(extend(arg.value, arg.sort.width, width, signed), width)
    return Extend(arg, width, signed)


def low_bits(arg: Expr, width: int) -> Expr:
    """Return the lowest *width* bits of *arg*."""
    if arg.sort.width == width:
        return arg
    if isinstance(arg, Const):
        return word(extract(arg.value, width - 1, 0), width)
    if isinstance(arg, Extend):
        inner = arg.arg.sort.width
        if width <= inner:
            return low_bits(arg.arg, width)
        return _extended(arg.arg, width, arg.signed)
    return Extract(arg, width - 1, 0)


def rebuilt(node: Expr, children: tuple[Expr, ...]) -> Expr:
    """Return *node* with other children, simplified."""
    match node:
        case Const() | Var():
            return node
        case Unary():
            return unary(node.op, *children)
        case Binary():
            return binary(node.op, *children)
        case Ite():
            return ite(*children)
        case Extract():
            if isinstance(children[0], Const):
                return const(extract(children[0].value, node.high, node.low), node.sort)
            if node.low == 0:
                return low_bits(children[0], node.high + 1)
            return Extract(children[0], node.high, node.low)
        case Extend():
            return _extended(children[0], node.width, node.signed)
        case _:
            assert_never(node)


def substitute(
    expr: Expr, values: Mapping[Var, Expr], results: dict[Expr, Expr] | None = None
) -> Expr:
    """Replace variables in *expr*, all at once; *results* shares work for one *values*."""

    def visit(node: Expr, children: tuple[Expr, ...]) -> Expr:
        if isinstance(node, Var):
            return values.get(node, node)
        if children == node.children:
            return node
        return rebuilt(node, children)

    return fold(expr, visit, results)
