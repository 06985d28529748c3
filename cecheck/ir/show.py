"""Expressions, edges and programs as readable text, in the operators of the language.

Comparisons and divisions are unsigned unless marked with `s`.  Large numbers are hexadecimal.
A large expression is not spelled out twice: parts it shares are named ``#1``, ``#2``, ... behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import assert_never

from cecheck.ir.expr import (
    BOOL,
    TRUE,
    Binary,
    BinaryOp,
    Const,
    Expr,
    Extend,
    Extract,
    Ite,
    Scope,
    Unary,
    UnaryOp,
    Var,
)
from cecheck.ir.node import fold
from cecheck.ir.program import Action, Check, Edge, Program, Thread

LONG = 160  # an expression of more leaves and operators than this is told in parts
SMALL = 6  # a part of no more than this is worth no name
DECIMAL = 1024

_CHOICE, _UNARY, _ATOM = 0, 12, 13

_BINARY: dict[BinaryOp, tuple[str, int]] = {
    BinaryOp.OR: ("||", 1),
    BinaryOp.AND: ("&&", 2),
    BinaryOp.OR_BITS: ("|", 3),
    BinaryOp.XOR_BITS: ("^", 4),
    BinaryOp.AND_BITS: ("&", 5),
    BinaryOp.EQ: ("==", 6),
    BinaryOp.ULT: ("<", 7),
    BinaryOp.ULE: ("<=", 7),
    BinaryOp.SLT: ("<s", 7),
    BinaryOp.SLE: ("<=s", 7),
    BinaryOp.SHL: ("<<", 8),
    BinaryOp.LSHR: (">>", 8),
    BinaryOp.ASHR: (">>s", 8),
    BinaryOp.ADD: ("+", 9),
    BinaryOp.SUB: ("-", 9),
    BinaryOp.MUL: ("*", 10),
    BinaryOp.UDIV: ("/", 10),
    BinaryOp.UREM: ("%", 10),
    BinaryOp.SDIV: ("/s", 10),
    BinaryOp.SREM: ("%s", 10),
}
_AS = 11

_NEGATED = {"==": "!=", "<": ">=", "<=": ">", "<s": ">=s", "<=s": ">s"}
_CHAINS = ("&&", "||", "+", "*", "&", "|", "^")

_Text = tuple[str, int]  # and how tightly its outermost operator binds


def show(expr: Expr, called: Callable[[Var], str] = lambda var: var.name) -> str:
    """Return *expr* as text, each variable as it is *called*."""
    shared = _shared_parts(expr)
    parts: list[str] = []
    known: dict[Expr, _Text] = {}

    def visit(node: Expr, args: tuple[_Text, ...]) -> _Text:
        if isinstance(node, Var):
            text = called(node), _ATOM
        elif (found := _opposite(node)) and found[2] not in shared:
            sign, binds, compared = found
            text = _infix(sign, binds, known[compared.left], known[compared.right])
        else:
            text = _combined(node, args)
        if node not in shared:
            return text
        parts.append(text[0])
        return f"#{len(parts)}", _ATOM

    text, _ = fold(expr, visit, known)
    return "\n  where ".join([text, *(f"#{i} = {part}" for i, part in enumerate(parts, 1))])


def _shared_parts(expr: Expr) -> frozenset[Expr]:
    """Return what to name when *expr* is too long to spell out."""
    sizes: dict[Expr, int] = {}
    uses: dict[Expr, int] = {}

    def visit(node: Expr, args: tuple[int, ...]) -> int:
        for child in node.children:
            uses[child] = uses.get(child, 0) + 1
        return 1 + sum(args)

    if fold(expr, visit, sizes) <= LONG:
        return frozenset()
    return frozenset(node for node, count in uses.items() if count > 1 and sizes[node] > SMALL)


def _combined(node: Expr, args: tuple[_Text, ...]) -> _Text:
    match node:
        case Const():
            return _number(node), _ATOM
        case Unary():
            return f"{node.op.value}{_within(args[0], _UNARY)}", _UNARY
        case Binary():
            sign, binds = _BINARY[node.op]
            return _infix(sign, binds, *args)
        case Ite():
            condition, then, otherwise = (_within(arg, _CHOICE + 1) for arg in args)
            return f"{condition} ? {then} : {otherwise}", _CHOICE
        case Extract():
            low = f"{_within(args[0], 8)} >> {node.low}" if node.low else args[0][0]
            inner = (low, 8) if node.low else args[0]
            return f"{_within(inner, _AS)} as {node.sort}", _AS
        case Extend():
            sign = "s" if node.signed else "u"
            return f"{_within(args[0], _AS)} as {sign}{node.width}", _AS
        case Var():
            raise AssertionError("variables are named by `show`")
        case _:
            assert_never(node)


def _opposite(node: Expr) -> tuple[str, int, Binary] | None:
    """Return how to write *node*, if it negates a comparison, as the opposite comparison."""
    if isinstance(node, Unary) and node.op is UnaryOp.NOT and isinstance(node.arg, Binary):
        sign, binds = _BINARY[node.arg.op]
        if sign in _NEGATED:
            return _NEGATED[sign], binds, node.arg
    return None


def _infix(sign: str, binds: int, left: _Text, right: _Text) -> _Text:
    closer = binds if sign in _CHAINS else binds + 1
    return f"{_within(left, binds)} {sign} {_within(right, closer)}", binds


def _number(node: Const) -> str:
    if node.sort == BOOL:
        return "true" if node.value else "false"
    return str(node.value) if node.value < DECIMAL else hex(node.value)


def _within(text: _Text, binds: int) -> str:
    return text[0] if text[1] >= binds else f"({text[0]})"


def show_edge(edge: Edge) -> str:
    """Return *edge* on one line."""
    guard = "" if edge.guard is TRUE else f" if {show(edge.guard)}"
    writes = ", ".join(f"{var.name} = {show(value)}" for var, value in edge.updates)
    mark = "" if edge.action is Action.LOCAL else f" [{edge.action.value}]"
    told = f"  // {edge.event.text}" if edge.event else ""
    return f"{edge.start} -> {edge.end}{mark}{guard}{': ' if writes else ''}{writes}{told}"


def show_program(program: Program) -> str:
    """Return all of *program*."""
    return "\n".join(_program_lines(program)) + "\n"


def _program_lines(program: Program) -> Iterator[str]:
    yield f"program ({program.view.value})"
    yield from (f"  {_declared(var)}" for var in (*program.rigid, *program.globals))
    yield f"  facts {show(program.facts)}"
    yield f"  initially {show(program.initial)}"
    for thread in program.threads:
        yield ""
        yield from _thread_lines(thread)


def _thread_lines(thread: Thread) -> Iterator[str]:
    count = "any number" if thread.count is None else str(thread.count)
    yield f"thread {thread.name} ({count}, known by {thread.identity.name})"
    yield from (f"  {_declared(var)}" for var in thread.locals)
    yield f"  initially at {thread.start}: {show(thread.initial)}"
    yield from (f"  {show_edge(edge)}" for edge in thread.edges)
    yield from (f"  {_asked(check)}" for check in thread.checks)


def _asked(check: Check) -> str:
    kind = check.kind.value
    return f"at {check.location} {kind} of {check.site.name}: never {show(check.violated)}"


def _declared(var: Var) -> str:
    scope = "local" if var.scope is Scope.LOCAL else var.scope.value
    return f"{scope} {var.name} : {var.sort}"
