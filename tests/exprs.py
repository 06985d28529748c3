"""Random well-sorted expressions over a few variables, and values for these."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st

from cecheck.ir.expr import (
    BOOL,
    Binary,
    BinaryOp,
    Const,
    Expr,
    Extend,
    Extract,
    Ite,
    Scope,
    Sort,
    Unary,
    UnaryOp,
    Var,
    bits,
)

SORTS = (BOOL, bits(1), bits(3), bits(4), bits(8))
VARIABLES = tuple(Var(f"{name}{sort}", sort, Scope.LOCAL) for sort in SORTS for name in "xy")


def values() -> st.SearchStrategy[dict[Var, int]]:
    """Return values for all variables."""
    return st.fixed_dictionaries({v: st.integers(0, _most(v.sort)) for v in VARIABLES})


def statements() -> st.SearchStrategy[Expr]:
    """Return boolean expressions."""
    return expressions(BOOL, 4)


@cache
def expressions(sort: Sort, depth: int) -> st.SearchStrategy[Expr]:
    """Return expressions of *sort* built of *depth* levels of plain nodes."""
    leaf = st.one_of(
        st.sampled_from([v for v in VARIABLES if v.sort == sort]),
        st.sampled_from([0, 1, _most(sort)]).map(lambda value: Const(value, sort)),
        st.integers(0, _most(sort)).map(lambda value: Const(value, sort)),
    )
    if depth == 0:
        return leaf
    below = expressions(sort, depth - 1)
    choice = st.builds(Ite, expressions(BOOL, depth - 1), below, below)
    inner = _statement(depth - 1) if sort == BOOL else _number(sort, depth - 1)
    return st.one_of(leaf, choice, inner)


@cache
def _statement(depth: int) -> st.SearchStrategy[Expr]:
    below = expressions(BOOL, depth)
    logical = [op for op in BinaryOp if op.is_logical] + [BinaryOp.EQ]
    compare = [op for op in BinaryOp if op.yields_bool and not op.is_logical]
    compared = st.sampled_from(SORTS[1:]).flatmap(
        lambda sort: st.builds(
            Binary,
            st.sampled_from(compare),
            expressions(sort, depth),
            expressions(sort, depth),
        )
    )
    negated = below.map(lambda arg: Unary(UnaryOp.NOT, arg))
    return st.one_of(st.builds(Binary, st.sampled_from(logical), below, below), negated, compared)


@cache
def _number(sort: Sort, depth: int) -> st.SearchStrategy[Expr]:
    below = expressions(sort, depth)
    arithmetic = [op for op in BinaryOp if not op.yields_bool]
    options = [
        st.builds(Binary, st.sampled_from(arithmetic), below, below),
        st.builds(Unary, st.sampled_from([UnaryOp.NEG, UnaryOp.COMPLEMENT]), below),
    ]
    for other in SORTS[1:]:
        if other.width < sort.width:
            narrow = expressions(other, depth)
            options.append(st.builds(Extend, narrow, st.just(sort.width), st.booleans()))
        if other.width > sort.width:
            options.append(_parts(expressions(other, depth), other.width, sort.width))
    return st.one_of(options)


def _parts(wide: st.SearchStrategy[Expr], width: int, to: int) -> st.SearchStrategy[Expr]:
    lows = st.integers(0, width - to)
    return st.builds(lambda arg, low: Extract(arg, low + to - 1, low), wide, lows)


def _most(sort: Sort) -> int:
    return (1 << max(sort.width, 1)) - 1
