"""Questions asked of bitwuzla: terms built by its own table, a fresh solver each.

    Niemetz, Preiner: Bitwuzla.  CAV 2023.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

import bitwuzla
from bitwuzla import Kind, Option, Result

from cecheck.certify.answer import Answer, GaveUp, Sat, Unsat
from cecheck.certify.questions import Question, first_unsat
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

_UNARY = {
    UnaryOp.NOT: Kind.NOT,
    UnaryOp.NEG: Kind.BV_NEG,
    UnaryOp.COMPLEMENT: Kind.BV_NOT,
}

_BINARY = {
    BinaryOp.ADD: Kind.BV_ADD,
    BinaryOp.SUB: Kind.BV_SUB,
    BinaryOp.MUL: Kind.BV_MUL,
    BinaryOp.UDIV: Kind.BV_UDIV,
    BinaryOp.UREM: Kind.BV_UREM,
    BinaryOp.SDIV: Kind.BV_SDIV,
    BinaryOp.SREM: Kind.BV_SREM,
    BinaryOp.AND_BITS: Kind.BV_AND,
    BinaryOp.OR_BITS: Kind.BV_OR,
    BinaryOp.XOR_BITS: Kind.BV_XOR,
    BinaryOp.SHL: Kind.BV_SHL,
    BinaryOp.LSHR: Kind.BV_SHR,
    BinaryOp.ASHR: Kind.BV_ASHR,
    BinaryOp.EQ: Kind.EQUAL,
    BinaryOp.ULT: Kind.BV_ULT,
    BinaryOp.ULE: Kind.BV_ULE,
    BinaryOp.SLT: Kind.BV_SLT,
    BinaryOp.SLE: Kind.BV_SLE,
    BinaryOp.AND: Kind.AND,
    BinaryOp.OR: Kind.OR,
}


def bitwuzla_says(questions: Sequence[Question], *, limit: int = 0) -> tuple[Answer, ...]:
    """Return bitwuzla's answers; *limit* bounds each, in milliseconds (0: no bound).

    It counts no work, so whoever asks bounds the time of the process that it runs in.
    """
    terms = _Terms()
    return tuple(first_unsat(q, lambda e: _answer(terms, e, limit)) for q in questions)


def _answer(terms: _Terms, expr: Expr, limit: int) -> Answer:
    try:
        options = bitwuzla.Options()
        options.set(Option.TIME_LIMIT_PER, limit)
        solver = bitwuzla.Bitwuzla(terms.manager, options)
        solver.assert_formula(terms(expr))
        result = solver.check_sat()
    except bitwuzla.BitwuzlaException as problem:
        return GaveUp(str(problem))
    if result == Result.UNSAT:
        return Unsat()
    return Sat() if result == Result.SAT else GaveUp(str(result))


class _Terms:
    """The bitwuzla terms of expressions."""

    def __init__(self) -> None:
        self.manager = bitwuzla.TermManager()
        self._results: dict[Expr, Any] = {}

    def __call__(self, expr: Expr) -> Any:
        """Return the term of *expr*."""
        return fold(expr, self._visit, self._results)

    def _visit(self, node: Expr, args: tuple[Any, ...]) -> Any:
        make, parts = self.manager.mk_term, list(args)
        match node:
            case Binary():
                return make(_BINARY[node.op], parts)
            case Unary():
                return make(_UNARY[node.op], parts)
            case Ite():
                return make(Kind.ITE, parts)
            case Const():
                return self._constant(node)
            case Var():
                return self.manager.mk_const(self._sort(node.sort))  # new with each call
            case Extract():
                return make(Kind.BV_EXTRACT, parts, [node.high, node.low])
            case Extend():
                kind = Kind.BV_SIGN_EXTEND if node.signed else Kind.BV_ZERO_EXTEND
                return make(kind, parts, [node.width - node.arg.sort.width])
            case _:
                assert_never(node)

    def _constant(self, node: Const) -> Any:
        if node.sort.width:
            return self.manager.mk_bv_value(self._sort(node.sort), node.value)
        return self.manager.mk_true() if node.value else self.manager.mk_false()

    def _sort(self, sort: Sort) -> Any:
        manager = self.manager
        return manager.mk_bv_sort(sort.width) if sort.width else manager.mk_bool_sort()
