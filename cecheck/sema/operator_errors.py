"""What can be wrong with numbers and operators (CE302, CE303), one function per mistake."""

from __future__ import annotations

from cecheck.diagnostics import Code, Diagnostic
from cecheck.sema.type_errors import as_truth, operand
from cecheck.sema.types import (
    BoolType,
    IntType,
    PointerType,
    Type,
)
from cecheck.sema.values import Constant, Value, type_of, type_words
from cecheck.source import Span
from cecheck.syntax import ast

_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
_BITS = ("&", "|", "^")


def no_fit(span: Span, value: int, type_: IntType) -> Diagnostic:
    """A constant that its type does not hold."""
    top = (1 << (type_.width - type_.signed)) - 1
    low = -top - 1 if type_.signed else 0
    words = f"{value} does not fit `{type_.name}`, which holds {low} to {top}"
    return Diagnostic(Code.NO_FIT, words, span)


def bad_operands(node: ast.Binary, left: Value, right: Value) -> Diagnostic:
    """An operator between things that it is not for."""
    words = f"`{node.op}` cannot combine {type_words(left)} and {type_words(right)}"
    tip = _combination(node, left, right) or _parenthesise(node)
    return Diagnostic(Code.BAD_OPERAND, words, node.span, help=tip)


def _parenthesise(node: ast.Binary) -> str | None:
    """``a & b == c`` means ``a & (b == c)``, as in C."""
    if node.op not in _BITS:
        return None
    right, left = node.right, node.left
    if isinstance(right, ast.Binary) and right.op in _COMPARISONS:
        tip = f"({left.span.text} {node.op} {right.left.span.text}) {right.op} "
        return f"`{right.op}` binds tighter, as in C; parenthesise: `{tip}{right.right.span.text}`"
    if isinstance(left, ast.Binary) and left.op in _COMPARISONS:
        tip = f"{left.left.span.text} {left.op} ({left.right.span.text} {node.op} "
        return f"`{left.op}` binds tighter, as in C; parenthesise: `{tip}{right.span.text})`"
    return None


def _combination(node: ast.Binary, left: Value, right: Value) -> str | None:
    have, other = type_of(left), type_of(right)
    if node.op in ("&&", "||"):
        side, text = (have, node.left.span.text)
        if isinstance(have, BoolType):
            side, text = (other, node.right.span.text)
        return as_truth(text, side)
    if isinstance(have, BoolType) and isinstance(other, BoolType) and node.op in _BITS:
        return {"&": "write `&&`", "|": "write `||`", "^": "write `!=`"}[node.op]
    if isinstance(have, PointerType) and isinstance(right, Constant) and right.value == 0:
        return "write `null`"
    if isinstance(have, PointerType) and isinstance(other, IntType | None):
        return f"write `{operand(node.left.span.text)} as u32` to calculate with the address"
    if isinstance(have, IntType | None) and isinstance(other, PointerType):
        return "the pointer stands on the left"
    return None


def bad_operand(node: ast.Unary, arg: Value) -> Diagnostic:
    """An operator before something that it is not for."""
    words = f"`{node.op}` cannot be applied to {type_words(arg)}"
    text, tip = operand(node.arg.span.text), None
    if node.op == "!" and isinstance(type_of(arg), PointerType):
        tip = f"write `{text} == null`"
    elif node.op == "!" and isinstance(type_of(arg), IntType | None):
        tip = f"write `{text} == 0`"
    return Diagnostic(Code.BAD_OPERAND, words, node.span, help=tip)


def pointer_difference(node: ast.Binary) -> Diagnostic:
    """A difference of pointers that would count elements."""
    left, right = operand(node.left.span.text), operand(node.right.span.text)
    return Diagnostic(
        Code.BAD_OPERAND,
        "the difference of two pointers to more than bytes would count elements",
        node.span,
        help=f"write `{left} as u32 - {right} as u32` and divide",
    )


def no_elements(span: Span, type_: str) -> Diagnostic:
    """Brackets behind something that has no elements."""
    tip = "an `address` must be given a type first: `p as user ptr u8`"
    words = f"`{span.text}` is {type_}, which has no elements"
    return Diagnostic(Code.BAD_OPERAND, words, span, help=tip if type_ == "`address`" else None)


def no_zero_element(span: Span, type_: Type) -> Diagnostic:
    """``string_length`` of something whose elements are no numbers."""
    words = f"`{span.text}` is `{type_.name}`, whose elements are no numbers, so none is zero"
    return Diagnostic(Code.BAD_OPERAND, words, span, help="give it a type: `p as user ptr u16`")


def wrong_string_length(node: ast.Invocation) -> Diagnostic:
    """``string_length`` with neither one argument nor two."""
    words = "`string_length` takes a pointer and, if you like, the most elements to look at"
    return Diagnostic(Code.BAD_CALL, words, node.span)


def address_of_fixed(span: Span) -> Diagnostic:
    """The address of what does not change."""
    words = f"`{span.text}` would be a pointer to what cannot be assigned to"
    return Diagnostic(Code.NOT_ASSIGNABLE, words, span, help="declare it with `var`")


def no_address(span: Span) -> Diagnostic:
    """``&`` before something that is not in memory."""
    return Diagnostic(Code.BAD_OPERAND, "`&` needs a variable, field or element", span)


def no_cast(span: Span, have: str, want: Type) -> Diagnostic:
    """A conversion that does not exist."""
    words = f"{have} cannot be converted to `{want.name}`"
    tip = "compare: `x != 0`" if isinstance(want, BoolType) else None
    return Diagnostic(Code.BAD_OPERAND, words, span, help=tip)


def needs_party(span: Span, want: PointerType) -> Diagnostic:
    """A number that becomes a pointer of nobody."""
    return Diagnostic(
        Code.BAD_OPERAND,
        "a number that becomes a pointer must say whose it is",
        span,
        help=f"write `as {want.name} of P`, where P is its process",
    )


def party_of_pointer(span: Span) -> Diagnostic:
    """``of`` behind the conversion of a pointer."""
    words = "a pointer keeps the process it came from, `of` is for numbers"
    return Diagnostic(Code.BAD_OPERAND, words, span)


def party_without_pointer(span: Span) -> Diagnostic:
    """``of`` behind a conversion to a number."""
    return Diagnostic(Code.BAD_OPERAND, "only pointers belong to a process", span)
