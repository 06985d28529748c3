"""What remains true after a step of what was true before it, in syntax alone.

A value that the step stores in a variable is from then on called by that variable; what mentions
anything else is lost.  The result follows from the argument: parts are only ever weakened.
"""

from __future__ import annotations

from collections.abc import Iterable

from cecheck.ir.assume import conjuncts
from cecheck.ir.build import and_, not_, or_, rebuilt
from cecheck.ir.expr import Binary, BinaryOp, Const, Expr, Ite, Scope, Unary, UnaryOp, Var
from cecheck.ir.node import fold
from cecheck.lower.blocks import Exit

_DEPTH = 8  # of nested choices that are looked into
_NAMES = 3  # of one value


class Carrier:
    """Carries facts through one exit; a value with several names gets the first of *names*."""

    def __init__(self, names: Iterable[tuple[Var, Expr]]) -> None:
        self._names: dict[Expr, Var] = {}
        for var, value in names:
            if not isinstance(value, Const):
                self._names.setdefault(value, var)
        self._table: dict[Expr, Expr | None] = {}

    def exact(self, expr: Expr) -> Expr | None:
        """Return *expr* in the names of the state after the step, if it can be said."""
        return fold(expr, self._visit, self._table)

    def _visit(self, node: Expr, children: tuple[Expr | None, ...]) -> Expr | None:
        if node in self._names:
            return self._names[node]
        if isinstance(node, Const) or (isinstance(node, Var) and node.scope is Scope.RIGID):
            return node
        known = tuple([child for child in children if child is not None])
        if isinstance(node, Var) or len(known) < len(children):
            return None
        return rebuilt(node, known)

    def weaker(self, expr: Expr, depth: int = _DEPTH) -> Expr | None:
        """Return something that follows from *expr* and can be said after the step."""
        parts = conjuncts(expr)
        if len(parts) > 1:
            known = [part for part in (self.weaker(p, depth) for p in parts) if part is not None]
            return and_(*known) if known else None
        said = self.exact(expr)
        if said is not None or depth == 0:
            return said
        match expr:
            case Binary(op=BinaryOp.OR):
                return self._either(expr.left, expr.right, depth - 1)
            case Unary(op=UnaryOp.NOT, arg=Binary(op=BinaryOp.AND) as both):
                return self._either(not_(both.left), not_(both.right), depth - 1)
            case Ite():
                then = and_(expr.condition, expr.then)
                otherwise = and_(not_(expr.condition), expr.otherwise)
                return self._either(then, otherwise, depth - 1)
            case _:
                return None

    def _either(self, left: Expr, right: Expr, depth: int) -> Expr | None:
        first, second = self.weaker(left, depth), self.weaker(right, depth)
        return None if first is None or second is None else or_(first, second)


def carriers(way: Exit, live: Iterable[Var]) -> list[Carrier]:
    """Return the ways to name what is known after *way*: as before, by globals, by locals; and
    each value that several locals have by each of them, up to `_NAMES`."""
    kept = [(var, var) for var in live if var not in way.updates]
    changed = [(var, value) for var, value in way.updates.items()]
    shared = [name for name in changed if name[0].scope is Scope.GLOBAL]
    own = [name for name in changed if name[0].scope is not Scope.GLOBAL]
    orders = [[*kept, *shared, *own]]
    orders += [[*kept, *shared, *first, *own] for first in _others(own)]
    if any(value in dict(kept) or value in dict(own).values() for _, value in shared):
        orders.append([*shared, *own, *kept])
    if any(value in dict(kept) for _, value in own):
        orders.append([*own, *kept, *shared])
    return [Carrier(order) for order in orders]


def _others(names: Iterable[tuple[Var, Expr]]) -> list[list[tuple[Var, Expr]]]:
    """Return the second names of values that have two, the third ones, and so on."""
    found: dict[Expr, list[Var]] = {}
    for var, value in names:
        if not isinstance(value, Const):
            found.setdefault(value, []).append(var)
    most = min(_NAMES, max(map(len, found.values()), default=0))
    return [
        [(some[number], value) for value, some in found.items() if number < len(some)]
        for number in range(1, most)
    ]
