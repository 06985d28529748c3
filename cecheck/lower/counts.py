"""Counts that never wrap: at the largest number a word holds, a count means that many or more.

A proof then takes every number for possible that may be left when one goes away.  A run never gets
so far: where it would, the count stays, which is no number of anything that the run did.
"""

from __future__ import annotations

from cecheck.ir.build import add, and_, const, eq, ite, not_, sub
from cecheck.ir.expr import BOOL, Expr, Scope, Var
from cecheck.lower.graph import Graph, Location
from cecheck.lower.tables import COUNT_BITS


def number(value: int, count: Expr) -> Expr:
    """Return *value* as wide as *count*."""
    return const(value, count.sort)


def up(count: Expr) -> Expr:
    """Return one more than *count*."""
    return ite(eq(count, number(-1, count)), count, add(count, number(1, count)))


def down(graph: Graph, count: Expr, here: Location) -> Expr:
    """Return one less than *count*; nothing is less than none."""
    fewer = Var(graph.input_name(here), BOOL, Scope.DEMONIC)
    stays = and_(eq(count, number(-1, count)), not_(fewer))
    return ite(eq(count, number(0, count)), count, ite(stays, count, sub(count, number(1, count))))


__all__ = ["COUNT_BITS", "down", "number", "up"]
