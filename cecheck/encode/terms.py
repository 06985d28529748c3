"""Expressions as Z3 terms: one operator table, one term per shared node.

A `Terms` is a renaming: it gives each variable the name its function says and keeps the term of
every node it has met.  Names must be safe for solvers (``v12``), never those of a specification.
Every term is of pure QF_BV: booleans and bit-vectors, no quantifier, no function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias, assert_never

import z3

from cecheck.ir.expr import (
    Binary,
    BinaryOp,
    Const,
    Expr,
    Extend,
    Extract,
    Ite,
    Sort,
    Unary,
    UnaryOp,
    Var,
)
from cecheck.ir.node import fold

Term: TypeAlias = Any
_Make: TypeAlias = Callable[..., Any]

# The C functions rather than the operators of z3py: a fifth of the time, and no `<` that is
# signed by surprise.
_UNARY: dict[UnaryOp, _Make] = {
    UnaryOp.NOT: z3.Z3_mk_not,
    UnaryOp.NEG: z3.Z3_mk_bvneg,
    UnaryOp.COMPLEMENT: z3.Z3_mk_bvnot,
}


def _and(context: Any, left: Any, right: Any) -> Any:
    return z3.Z3_mk_and(context, 2, (z3.Ast * 2)(left, right))


def _or(context: Any, left: Any, right: Any) -> Any:
    return z3.Z3_mk_or(context, 2, (z3.Ast * 2)(left, right))


_BINARY: dict[BinaryOp, _Make] = {
    BinaryOp.ADD: z3.Z3_mk_bvadd,
    BinaryOp.SUB: z3.Z3_mk_bvsub,
    BinaryOp.MUL: z3.Z3_mk_bvmul,
    BinaryOp.UDIV: z3.Z3_mk_bvudiv,
    BinaryOp.UREM: z3.Z3_mk_bvurem,
    BinaryOp.SDIV: z3.Z3_mk_bvsdiv,
    BinaryOp.SREM: z3.Z3_mk_bvsrem,
    BinaryOp.AND_BITS: z3.Z3_mk_bvand,
    BinaryOp.OR_BITS: z3.Z3_mk_bvor,
    BinaryOp.XOR_BITS: z3.Z3_mk_bvxor,
    BinaryOp.SHL: z3.Z3_mk_bvshl,
    BinaryOp.LSHR: z3.Z3_mk_bvlshr,
    BinaryOp.ASHR: z3.Z3_mk_bvashr,
    BinaryOp.EQ: z3.Z3_mk_eq,
    BinaryOp.ULT: z3.Z3_mk_bvult,
    BinaryOp.ULE: z3.Z3_mk_bvule,
    BinaryOp.SLT: z3.Z3_mk_bvslt,
    BinaryOp.SLE: z3.Z3_mk_bvsle,
    BinaryOp.AND: _and,
    BinaryOp.OR: _or,
}


class Terms:
    """The Z3 terms of expressions under one renaming of their variables."""

    def __init__(self, name: Callable[[Var], str]) -> None:
        self._name = name
        self._results: dict[Expr, Term] = {}
        self._owners: dict[str, Var] = {}
        self._sorts: dict[Sort, Any] = {}
        self._context = z3.main_ctx()
        self._ref = self._context.ref()

    def __call__(self, expr: Expr) -> Term:
        """Return the term of *expr*."""
        found = self._results.get(expr)
        return fold(expr, self._visit, self._results) if found is None else found

    def _visit(self, node: Expr, args: tuple[Term, ...]) -> Term:
        made = self._made(node, *[arg.ast for arg in args])
        kind = z3.BitVecRef if node.sort.width else z3.BoolRef
        return kind(made, self._context)

    def _made(self, node: Expr, *args: Any) -> Any:
        match node:
            case Binary():
                return _BINARY[node.op](self._ref, *args)
            case Unary():
                return _UNARY[node.op](self._ref, *args)
            case Ite():
                return z3.Z3_mk_ite(self._ref, *args)
            case Const():
                return self._constant(node)
            case Var():
                return self._symbol(node)
            case Extract():
                return z3.Z3_mk_extract(self._ref, node.high, node.low, *args)
            case Extend():
                make = z3.Z3_mk_sign_ext if node.signed else z3.Z3_mk_zero_ext
                return make(self._ref, node.width - node.arg.sort.width, *args)
            case _:
                assert_never(node)

    def _constant(self, node: Const) -> Any:
        if not node.sort.width:
            return (z3.Z3_mk_true if node.value else z3.Z3_mk_false)(self._ref)
        return z3.Z3_mk_numeral(self._ref, str(node.value), self._sort(node.sort))

    def _symbol(self, var: Var) -> Any:
        name = self._name(var)
        owner = self._owners.setdefault(name, var)
        if owner is not var:
            raise ValueError(f"`{owner.name}` and `{var.name}` are both called {name}")
        symbol = z3.Z3_mk_string_symbol(self._ref, name)
        return z3.Z3_mk_const(self._ref, symbol, self._sort(var.sort))

    def _sort(self, sort: Sort) -> Any:
        if sort not in self._sorts:
            made = z3.BitVecSort(sort.width) if sort.width else z3.BoolSort()
            self._sorts[sort] = made
        return self._sorts[sort].ast


_IS_BIT_VECTORS = "is-qfbv"


def is_pure(terms: Iterable[Term]) -> bool:
    """Tell whether *terms* hold booleans and bit-vectors only (asked of Z3, on its own terms)."""
    goal = z3.Goal()
    goal.add(*terms)
    return bool(z3.Probe(_IS_BIT_VECTORS)(goal) == 1.0)


def read_value(model: Any, term: Term) -> int:
    """Return the value of *term* in *model*; what the model leaves open is zero or false."""
    context, found = term.ctx.ref(), (z3.Ast * 1)()
    if z3.Z3_model_eval(context, model.model, term.ast, True, found):
        value = found[0]
        if z3.Z3_get_ast_kind(context, value) == z3.Z3_NUMERAL_AST:
            return int(z3.Z3_get_numeral_string(context, value))
        truth = z3.Z3_get_bool_value(context, value)
        if truth != z3.Z3_L_UNDEF:
            return int(truth == z3.Z3_L_TRUE)
    raise ValueError("the model gives no value")
