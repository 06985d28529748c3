"""Expressions and types to text, with parentheses only where they must stand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, assert_never

from cecheck.syntax import ast
from cecheck.syntax.operators import STRENGTH

# How tightly an expression holds together; the binary operators lie between the first two.
_CHOICE: Final = 0
_CAST: Final = 1 + max(STRENGTH.values())
_PREFIX: Final = _CAST + 1
_ATOM: Final = _CAST + 2


def show_expr(expr: ast.Expr) -> str:
    """Return *expr* as text."""
    match expr:
        case ast.Number(_, text) | ast.Name(text):
            return text
        case ast.Text(value):
            return f'"{value}"'
        case ast.Unary(op, arg):
            # `&` twice in a row would be read as `&&`.
            gap = " " if isinstance(arg, ast.Unary) else ""
            return f"{op}{gap}{_within(arg, _PREFIX)}"
        case ast.Binary(op, left, right):
            strength = STRENGTH[op]
            return f"{_within(left, strength)} {op} {_within(right, strength + 1)}"
        case ast.Choose(condition, then, otherwise):
            chosen = f"{show_expr(then)} : {show_expr(otherwise)}"
            return f"{_within(condition, _CHOICE + 1)} ? {chosen}"
        case ast.NumberCast(arg, target, party):
            return f"{_within(arg, _CAST)} as {target.text}{_of(party)}"
        case ast.PointerCast(arg, user, target, party):
            pointer = "user ptr" if user else "ptr"
            return f"{_within(arg, _CAST)} as {pointer} {target.text}{_of(party)}"
        case ast.Member(base, name):
            return f"{_within(base, _ATOM)}.{name.text}"
        case ast.Index(base, index):
            return f"{_within(base, _ATOM)}[{show_expr(index)}]"
        case ast.Invocation(callee, args, passes_all):
            return f"{_within(callee, _ATOM)}({'...' if passes_all else _row(args)})"
        case ast.SetLiteral(items):
            return f"{{{_row(items)}}}"
        case ast.Any(low, high):
            return f"any({_limits(low, high)})" if low is not None else "any"
        case ast.SizeOf(type_expr):
            return f"sizeof({show_type(type_expr)})"
        case ast.OffsetOf(struct, field):
            return f"offsetof({struct.text}, {field.text})"
        case ast.WaitExpr(event, timeout):
            return f"wait {show_expr(event)}{' timeout' if timeout else ''}"
        case ast.ProcessTable():
            return "process"
        case _:
            assert_never(expr)


def show_range(part: ast.Range) -> str:
    """Return ``base[low .. high]``."""
    return f"{show_expr(part.base)}[{_limits(part.low, part.high)}]"


def show_type(type_expr: ast.TypeExpr) -> str:
    """Return *type_expr* as text."""
    match type_expr:
        case ast.NamedType(name):
            return name
        case ast.SetType(element):
            return f"set {show_type(element)}"
        case ast.PointerType(user, optional, target, sized):
            word = f"{'user ' if user else ''}ptr{'?' if optional else ''}"
            size = f" sized {_within(sized, _ATOM)}" if sized is not None else ""
            return f"{word} {_simple(target)}{size}"
        case ast.ArrayType(element, extent):
            return f"{_simple(element)}[{_extent(extent)}]"
        case _:
            assert_never(type_expr)


def _strength(expr: ast.Expr) -> int:
    match expr:
        case ast.Choose():
            return _CHOICE
        case ast.Binary(op):
            return STRENGTH[op]
        case ast.NumberCast() | ast.PointerCast():
            return _CAST
        case ast.Unary() | ast.WaitExpr():
            return _PREFIX
        case _:
            return _ATOM


def _within(expr: ast.Expr, strength: int) -> str:
    """Return *expr* where only what binds as tightly as *strength* needs no parentheses."""
    text = show_expr(expr)
    return text if _strength(expr) >= strength else f"({text})"


def _row(items: Iterable[ast.Expr]) -> str:
    return ", ".join(map(show_expr, items))


def _limits(low: ast.Expr, high: ast.Expr | None) -> str:
    return show_expr(low) if high is None else f"{show_expr(low)} .. {show_expr(high)}"


def _of(party: ast.Expr | None) -> str:
    return f" of {_within(party, _PREFIX)}" if party is not None else ""


def _simple(type_expr: ast.TypeExpr) -> str:
    """Return *type_expr* where a pointer or a set would reach too far to the right."""
    text = show_type(type_expr)
    reaches = isinstance(type_expr, ast.PointerType | ast.SetType)
    return f"({text})" if reaches else text


def _extent(extent: ast.Extent) -> str:
    match extent:
        case ast.Count(count):
            return show_expr(count)
        case ast.AtLeast(declared, None):
            return f"{show_expr(declared)} .."
        case ast.AtLeast(declared, promised):
            return _limits(declared, promised)
        case ast.Terminated():
            return "*"
        case ast.Flexible():
            return ""
        case _:
            assert_never(extent)
