"""The program run on plain integers: values of expressions, and one edge at a time.

It shares no operator table with `ir.meaning` and nothing at all with solvers, reductions or
engines, so what it says about a run owes nothing to them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import assert_never

from cecheck.ir.expr import (
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
from cecheck.ir.program import Check, Edge, Program, checks_at, outgoing
from cecheck.ir.trace import Actor, Step
from cecheck.record import record


def _signed(value: int, width: int) -> int:
    half = 1 << (width - 1)
    return (value ^ half) - half


def _quotient(left: int, right: int, width: int) -> int:
    a, b = _signed(left, width), _signed(right, width)
    if b == 0:
        return -1 if a >= 0 else 1
    floor, rest = divmod(a, b)
    return floor + 1 if rest and (a < 0) != (b < 0) else floor


def _remainder(left: int, right: int, width: int) -> int:
    a, b = _signed(left, width), _signed(right, width)
    return a - b * _signed(_quotient(left, right, width) % (1 << width), width) if b else a


_UNARY: dict[UnaryOp, Callable[[int, int], int]] = {
    UnaryOp.NOT: lambda a, w: a ^ 1,
    UnaryOp.NEG: lambda a, w: (1 << w) - a,
    UnaryOp.COMPLEMENT: lambda a, w: (1 << w) - 1 - a,
}

# Results are reduced to the width by `_visit`.
_BINARY: dict[BinaryOp, Callable[[int, int, int], int]] = {
    BinaryOp.ADD: lambda a, b, w: a + b,
    BinaryOp.SUB: lambda a, b, w: a - b,
    BinaryOp.MUL: lambda a, b, w: a * b,
    BinaryOp.UDIV: lambda a, b, w: a // b if b != 0 else (1 << w) - 1,
    BinaryOp.UREM: lambda a, b, w: a - a // b * b if b != 0 else a,
    BinaryOp.SDIV: _quotient,
    BinaryOp.SREM: _remainder,
    BinaryOp.AND_BITS: lambda a, b, w: a & b,
    BinaryOp.OR_BITS: lambda a, b, w: a | b,
    BinaryOp.XOR_BITS: lambda a, b, w: a ^ b,
    BinaryOp.SHL: lambda a, b, w: a * 2 ** min(b, w),
    BinaryOp.LSHR: lambda a, b, w: a // 2 ** min(b, w),
    BinaryOp.ASHR: lambda a, b, w: _signed(a, w) // 2 ** min(b, w),
    BinaryOp.EQ: lambda a, b, w: a == b,
    BinaryOp.ULT: lambda a, b, w: a < b,
    BinaryOp.ULE: lambda a, b, w: not b < a,
    BinaryOp.SLT: lambda a, b, w: _signed(a, w) < _signed(b, w),
    BinaryOp.SLE: lambda a, b, w: not _signed(b, w) < _signed(a, w),
    BinaryOp.AND: lambda a, b, w: a and b,
    BinaryOp.OR: lambda a, b, w: a or b,
}


def evaluate(
    expr: Expr, value_of: Callable[[Var], int], results: dict[Expr, int] | None = None
) -> int:
    """Return the value of *expr*; *results* shares work while *value_of* stays the same."""

    def visit(node: Expr, args: tuple[int, ...]) -> int:
        return value_of(node) if isinstance(node, Var) else combined(node, args)

    return fold(expr, visit, results)


def combined(node: Expr, args: tuple[int, ...]) -> int:
    """Return the value of *node*, which is no variable, from those of its children."""
    match node:
        case Const():
            return node.value
        case Binary():
            result = _BINARY[node.op](args[0], args[1], node.left.sort.width)
            return int(result) % (1 << max(node.sort.width, 1))
        case Unary():
            return _UNARY[node.op](args[0], node.sort.width) % (1 << max(node.sort.width, 1))
        case Ite():
            return args[1] if args[0] else args[2]
        case Extract():
            return args[0] % (1 << node.high + 1) >> node.low
        case Extend():
            value = _signed(args[0], node.arg.sort.width) if node.signed else args[0]
            return value % (1 << node.width)
        case Var():
            raise AssertionError("variables have no arguments")
        case _:
            assert_never(node)


@record
class Stuck:
    """A thread cannot go on as it was told to, and why."""

    reason: str


@record
class State:
    """Where every thread stands, and the value of every variable."""

    rigid: Mapping[Var, int]
    shared: Mapping[Var, int]
    local: Mapping[Actor, Mapping[Var, int]]
    at: Mapping[Actor, int]


class Machine:
    """A program ready to run: its edges and checks by location."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._edges = [outgoing(thread) for thread in program.threads]
        self._checks = [checks_at(thread) for thread in program.threads]

    def checks(self, state: State, actor: Actor) -> tuple[Check, ...]:
        """Return the checks asked where *actor* stands."""
        return self._checks[actor.thread].get(state.at[actor], ())

    def is_final(self, state: State, actor: Actor) -> bool:
        """Tell whether *actor* stands where no edge leaves."""
        return state.at[actor] not in self._edges[actor.thread]

    def step(
        self, state: State, actor: Actor, inputs: Mapping[str, int]
    ) -> tuple[State, Step] | Stuck:
        """Take the one edge of *actor* that *inputs* enable."""
        here = state.at[actor]
        value, known = reader(state, actor, inputs), dict[Expr, int]()
        leaving = self._edges[actor.thread].get(here, ())
        enabled = [edge for edge in leaving if evaluate(edge.guard, value, known)]
        if len(enabled) != 1:
            return Stuck(f"{len(enabled)} edges are enabled at location {here}")
        edge = enabled[0]
        new = [(var, evaluate(expr, value, known)) for var, expr in edge.updates]
        changes = tuple((var, value(var), after) for var, after in new)
        return _after(state, actor, edge, new), Step(actor, edge, changes, inputs)


def _after(state: State, actor: Actor, edge: Edge, new: list[tuple[Var, int]]) -> State:
    shared = {var: after for var, after in new if var.scope is Scope.GLOBAL}
    local = {var: after for var, after in new if var.scope is Scope.LOCAL}
    return replace(
        state,
        shared={**state.shared, **shared} if shared else state.shared,
        local={**state.local, actor: {**state.local[actor], **local}},
        at={**state.at, actor: edge.end},
    )


def reader(state: State, actor: Actor, inputs: Mapping[str, int]) -> Callable[[Var], int]:
    """Return what *actor* sees: inputs not named are zero, and so is all that is demonic."""
    local = state.local[actor]

    def value_of(var: Var) -> int:
        match var.scope:
            case Scope.RIGID:
                return state.rigid[var]
            case Scope.GLOBAL:
                return state.shared[var]
            case Scope.LOCAL:
                return local[var]
            case Scope.INPUT:
                return inputs.get(var.name, 0) % (1 << max(var.sort.width, 1))
            case Scope.DEMONIC:
                return 0
            case _:
                assert_never(var.scope)

    return value_of
