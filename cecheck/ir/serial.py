"""Expressions as JSON data and back, and the fingerprint of a program.

Several expressions become one list of nodes, children before parents, in which shared parts stay
shared.  Reading is strict: whatever `to_data` would not have written is refused, so data that was
cut short, edited or padded never becomes an expression.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Sequence
from typing import TypeAlias, assert_never

from cecheck.ir.expr import (
    BOOL,
    Binary,
    BinaryOp,
    Const,
    Expr,
    Extend,
    Extract,
    Ite,
    Sort,
    SortError,
    Unary,
    UnaryOp,
    Var,
    bits,
)
from cecheck.ir.node import fold
from cecheck.ir.program import Program, Thread

Data: TypeAlias = "bool | int | str | list[Data] | dict[str, Data] | None"

WIDEST = 256
LONGEST = 2_000_000
_QUOTED = 60


class Malformed(Exception):
    """The data is not a list of expressions that cecheck wrote."""


def to_data(exprs: Sequence[Expr]) -> dict[str, Data]:
    """Return *exprs* as data for `from_data`."""
    nodes: list[Data] = []
    numbers: dict[Expr, int] = {}

    def visit(node: Expr, children: tuple[int, ...]) -> int:
        nodes.append(_row(node, children))
        return len(nodes) - 1

    roots: list[Data] = [fold(expr, visit, numbers) for expr in exprs]
    return {"nodes": nodes, "roots": roots}


def _row(node: Expr, children: tuple[int, ...]) -> Data:
    match node:
        case Const():
            return ["const", hex(node.value), node.sort.width]
        case Var():
            return ["var", node.name, node.scope.value, node.sort.width]
        case Unary():
            return ["unary", node.op.value, *children]
        case Binary():
            return ["binary", node.op.value, *children]
        case Ite():
            return ["ite", *children]
        case Extract():
            return ["extract", *children, node.high, node.low]
        case Extend():
            return ["extend", *children, node.width, node.signed]
        case _:
            assert_never(node)


def from_data(data: object, known: Collection[Var]) -> tuple[Expr, ...]:
    """Return the expressions of *data*, which may mention the *known* variables only."""
    if not isinstance(data, dict) or data.keys() != {"nodes", "roots"}:
        raise Malformed("expected an object with `nodes` and `roots`")
    rows, roots = data["nodes"], data["roots"]
    if not isinstance(rows, list) or not isinstance(roots, list) or len(rows) > LONGEST:
        raise Malformed(f"`nodes` and `roots` must be lists of at most {LONGEST}")
    reader = _Reader(known)
    for row in rows:
        reader.read(row)
    exprs = tuple(reader.node(root) for root in roots)
    if to_data(exprs) != data:
        raise Malformed("nodes are unused, repeated or out of order")
    return exprs


class _Reader:
    """The nodes read so far."""

    def __init__(self, known: Collection[Var]) -> None:
        self._known = {(v.name, v.scope.value, v.sort.width): v for v in known}
        self._nodes: list[Expr] = []

    def read(self, row: object) -> None:
        """Read one more node."""
        where = len(self._nodes)
        try:
            match row:
                case [str(kind), *rest] if kind in _KINDS:
                    self._nodes.append(_KINDS[kind](self, *rest))
                case _:
                    raise Malformed(f"no such kind of node: {_brief(row)}")
        except (TypeError, ValueError, SortError, Malformed) as problem:
            raise Malformed(f"node {where}: {problem}") from problem

    def node(self, index: object) -> Expr:
        """Return the node at *index*, which must have been read."""
        number = _number(index)
        if number >= len(self._nodes):
            raise Malformed(f"no node {number} yet")
        return self._nodes[number]

    def const(self, value: object, width: object) -> Expr:
        sort = _sort(width)
        if not isinstance(value, str) or len(value) > 2 + WIDEST // 4:
            raise Malformed(f"not a constant: {_brief(value)}")
        return Const(int(value, 16), sort)

    def var(self, *identity: object) -> Expr:
        if not all(type(part) in (str, int) for part in identity) or identity not in self._known:
            raise Malformed(f"unknown variable: {_brief(identity)}")
        return self._known[identity]

    def unary(self, op: object, arg: object) -> Expr:
        return Unary(UnaryOp(op), self.node(arg))

    def binary(self, op: object, left: object, right: object) -> Expr:
        return Binary(BinaryOp(op), self.node(left), self.node(right))

    def ite(self, condition: object, then: object, otherwise: object) -> Expr:
        return Ite(self.node(condition), self.node(then), self.node(otherwise))

    def extract(self, arg: object, high: object, low: object) -> Expr:
        return Extract(self.node(arg), _number(high), _number(low))

    def extend(self, arg: object, width: object, signed: object) -> Expr:
        if not isinstance(signed, bool):
            raise Malformed(f"expected true or false, not {_brief(signed)}")
        return Extend(self.node(arg), _sort(width).width, signed)


_KINDS: dict[str, Callable[..., Expr]] = {
    "const": _Reader.const,
    "var": _Reader.var,
    "unary": _Reader.unary,
    "binary": _Reader.binary,
    "ite": _Reader.ite,
    "extract": _Reader.extract,
    "extend": _Reader.extend,
}


def _number(value: object) -> int:
    # A bool is an int to Python, and -1 an index.
    if type(value) is not int or value < 0:
        raise Malformed(f"expected a number, not {_brief(value)}")
    return value


def _sort(width: object) -> Sort:
    number = _number(width)
    if number > WIDEST:
        raise Malformed(f"width {number} is over {WIDEST}")
    return bits(number) if number else BOOL


def _brief(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _QUOTED else text[: _QUOTED - 3] + "..."


def fingerprint(program: Program) -> str:
    """Return a hash of all that *program* means (not of where its text stands)."""
    known = _FINGERPRINTS.get(id(program))
    if known is None or known[0] is not program:
        known = _FINGERPRINTS[id(program)] = (program, _fingerprint(program))
    return known[1]


_FINGERPRINTS: dict[int, tuple[Program, str]] = {}  # programs never change


def _fingerprint(program: Program) -> str:
    exprs: list[Expr] = [program.facts, program.initial, *program.rigid, *program.globals]
    shape: list[Data] = [program.view.value, len(program.rigid), len(program.globals)]
    for thread in program.threads:
        shape.append(_thread_shape(thread, exprs))
    text = json.dumps([shape, to_data(exprs)], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _thread_shape(thread: Thread, exprs: list[Expr]) -> Data:
    """Describe *thread*, its expressions appended to *exprs* in order."""
    exprs += [thread.identity, thread.initial, *thread.locals]
    edges: list[Data] = []
    for edge in thread.edges:
        exprs += [edge.guard, *(part for update in edge.updates for part in update)]
        edges.append([edge.start, edge.end, edge.action.value, len(edge.updates)])
    checks: list[Data] = []
    for check in thread.checks:
        exprs += [check.violated, check.reached]
        checks.append([check.site.name, check.kind.value, check.location])
    shape: list[Data] = [thread.name, thread.count, len(thread.locals), thread.start]
    return [*shape, edges, checks]
