"""Which constants a word of a thread can be, wherever it stands: which ways it never takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from cecheck.ir.assume import conjuncts
from cecheck.ir.expr import Binary, BinaryOp, Const, Expr, Ite, Scope, Var
from cecheck.ir.program import Edge, Thread
from cecheck.lower.cuts import graph, live

Constants: TypeAlias = "frozenset[Const] | None"  # None: anything


def never_taken(thread: Thread) -> frozenset[int]:
    """Return the numbers of edges whose guards want a word to be a constant that it never is."""
    known = _constants(thread)
    return frozenset(
        number for number, edge in enumerate(thread.edges) if _is_impossible(edge, known)
    )


def _constants(thread: Thread) -> dict[Var, Constants]:
    """Return what each local word can be when it is read: all that is stored in it on edges that
    can be taken."""
    known: dict[Var, Constants] = dict.fromkeys(thread.locals, frozenset())
    at_first = live(graph(thread))[thread.start]
    known |= dict.fromkeys((var for var in thread.locals if var in at_first), None)
    changed = True
    while changed:
        changed = False
        for edge in thread.edges:
            if _is_impossible(edge, known):
                continue
            for var, value in edge.updates:
                before = known.get(var)
                if before is None:
                    continue
                found = _value(value, known)
                after = None if found is None else before | found
                if after != before:
                    known[var], changed = after, True
    return known


def _value(expr: Expr, known: dict[Var, Constants]) -> Constants:
    match expr:
        case Const():
            return frozenset((expr,))
        case Var(scope=Scope.LOCAL):
            return known.get(expr)
        case Ite():
            then, otherwise = _value(expr.then, known), _value(expr.otherwise, known)
            return None if then is None or otherwise is None else then | otherwise
        case _:
            return None


def _is_impossible(edge: Edge, known: dict[Var, Constants]) -> bool:
    for var, value in _equations(edge.guard):
        possible = known.get(var)
        if possible is not None and value not in possible:
            return True
    return False


def _equations(guard: Expr) -> Iterator[tuple[Var, Const]]:
    """Yield which words *guard* wants to be which constants."""
    for part in conjuncts(guard):
        match part:
            case Binary(op=BinaryOp.EQ, left=Var() as var, right=Const() as value):
                yield var, value
            case Binary(op=BinaryOp.EQ, left=Const() as value, right=Var() as var):
                yield var, value
            case _:
                pass
