"""Statements to lines of text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, assert_never

from cecheck.syntax import ast
from cecheck.syntax.show_expr import show_expr, show_range, show_type

Lines = list[str]
_INDENT: Final = "    "


def braced(head: str, body: Iterable[str]) -> Lines:
    """Return *head* with the lines of *body* in braces."""
    inner = [_INDENT + line for line in body]
    return [f"{head} {{", *inner, "}"] if inner else [f"{head} {{ }}"]


def block(head: str, body: ast.Block) -> Lines:
    """Return *head* followed by *body*."""
    return braced(head, (line for stmt in body.statements for line in show_stmt(stmt)))


def bindings(values: Iterable[ast.Binding]) -> str:
    """Return what stands behind ``let`` and ``const``."""
    return ", ".join(f"{_declared(v.name, v.type)} = {show_expr(v.value)}" for v in values)


def var(stmt: ast.Var) -> str:
    """Return the declaration of a variable."""
    value = f" = {show_expr(stmt.value)}" if stmt.value is not None else ""
    return f"var {_declared(stmt.name, stmt.type)}{value}"


def show_stmt(stmt: ast.Stmt) -> Lines:
    """Return the lines of *stmt*."""
    match stmt:
        case ast.If(condition, then, otherwise):
            lines = block(f"if {show_expr(condition)}", then)
            return lines if otherwise is None else _joined(lines, _else(otherwise))
        case ast.While(condition, decreases, body):
            words = ", ".join(show_expr(word) for word in decreases)
            measure = f" decreases {words}" if words else ""
            return block(f"while {show_expr(condition)}{measure}", body)
        case ast.For(name, low, high, body):
            end = f" .. {show_expr(high)}" if high is not None else ""
            return block(f"for {name.text} in {show_expr(low)}{end}", body)
        case ast.Loop(body):
            return block("loop", body)
        case ast.Switch(subject, cases, default):
            lines = [line for case in cases for line in _case(case)]
            if default is not None:
                lines += block("default", default)
            return braced(f"switch {show_expr(subject)}", lines)
        case ast.Try():
            return _try(stmt)
        case ast.Acquire(lock, inside):
            head = f"acquire {show_expr(lock)}"
            return block(head, inside) if inside is not None else [head]
        case ast.Atomic(body):
            return block("atomic", body)
        case ast.StepStmt(number, title, body):
            return block(f'step {number} "{title}"', body)
        case ast.Labelled(label, what):
            return _labelled(label.text, what)
        case _:
            return [_line(stmt)]


def _line(  # noqa: C901, PLR0912 - one case per node
    stmt: ast.Let
    | ast.Var
    | ast.Assign
    | ast.CallStmt
    | ast.WaitStmt
    | ast.Release
    | ast.Signal
    | ast.Reset
    | ast.Assert
    | ast.Assume
    | ast.Cover
    | ast.Invariant
    | ast.Access
    | ast.Dma
    | ast.Return
    | ast.Raise
    | ast.Break
    | ast.Continue,
) -> str:
    """Return a statement without a body."""
    match stmt:
        case ast.Let(values):
            return f"let {bindings(values)}"
        case ast.Var():
            return var(stmt)
        case ast.Assign(target, op, value):
            place = show_range(target) if isinstance(target, ast.Range) else show_expr(target)
            return f"{place} {op} {show_expr(value)}"
        case ast.CallStmt(call):
            return show_expr(call)
        case ast.WaitStmt(event, timeout):
            return f"wait {show_expr(event)}{' timeout' if timeout else ''}"
        case ast.Release(lock):
            return f"release {show_expr(lock)}"
        case ast.Signal(event):
            return f"signal {show_expr(event)}"
        case ast.Reset(event):
            return f"reset {show_expr(event)}"
        case ast.Assert(condition):
            return f"assert {show_expr(condition)}"
        case ast.Assume(condition):
            return f"assume {show_expr(condition)}"
        case ast.Cover():
            return "cover"
        case ast.Invariant(condition):
            return f"invariant {show_expr(condition)}"
        case ast.Access(writing, part):
            return f"{'write' if writing else 'read'} {show_range(part)}"
        case ast.Dma(into, part, until):
            direction = "into" if into else "from"
            return f"dma {direction} {show_range(part)} until {show_expr(until)}"
        case ast.Return(value):
            return _jump("return", value)
        case ast.Raise(value):
            return _jump("raise", value)
        case ast.Break():
            return "break"
        case ast.Continue():
            return "continue"
        case _:
            assert_never(stmt)


def _declared(name: ast.Identifier, type_expr: ast.TypeExpr | None) -> str:
    return name.text if type_expr is None else f"{name.text} : {show_type(type_expr)}"


def _jump(word: str, value: ast.Expr | None) -> str:
    return word if value is None else f"{word} {show_expr(value)}"


def _labelled(label: str, what: ast.Stmt | ast.Block) -> Lines:
    if isinstance(what, ast.Block):
        return block(f"{label}:", what)
    first, *rest = show_stmt(what)
    return [f"{label}: {first}", *rest]


def _case(case: ast.Case) -> Lines:
    return block(f"case {', '.join(map(show_expr, case.values))}", case.body)


def _else(otherwise: ast.Block) -> Lines:
    """Return ``else { }``, or ``else if`` where the block holds nothing but an If."""
    match otherwise.statements:
        case (ast.If() as only,):
            first, *rest = show_stmt(only)
            return [f"else {first}", *rest]
        case _:
            return block("else", otherwise)


def _try(stmt: ast.Try) -> Lines:
    lines = block("try", stmt.body)
    if stmt.handler is not None:
        name = f" {stmt.caught.text}" if stmt.caught is not None else ""
        lines = _joined(lines, block(f"except{name}", stmt.handler))
    if stmt.final is not None:
        lines = _joined(lines, block("finally", stmt.final))
    return lines


def _joined(lines: Lines, more: Lines) -> Lines:
    """Return the two, with *more* beginning behind the closing brace of *lines*."""
    return [*lines[:-1], f"{lines[-1]} {more[0]}", *more[1:]]
