"""Questions asked of cvc5: terms built by its own table, a fresh solver each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

import cvc5
from cvc5 import Kind

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
    UnaryOp.NEG: Kind.BITVECTOR_NEG,
    UnaryOp.COMPLEMENT: Kind.BITVECTOR_NOT,
}

_BINARY = {
    BinaryOp.ADD: Kind.BITVECTOR_ADD,
    BinaryOp.SUB: Kind.BITVECTOR_SUB,
    BinaryOp.MUL: Kind.BITVECTOR_MULT,
    BinaryOp.UDIV: Kind.BITVECTOR_UDIV,
    BinaryOp.UREM: Kind.BITVECTOR_UREM,
    BinaryOp.SDIV: Kind.BITVECTOR_SDIV,
    BinaryOp.SREM: Kind.BITVECTOR_SREM,
    BinaryOp.AND_BITS: Kind.BITVECTOR_AND,
    BinaryOp.OR_BITS: Kind.BITVECTOR_OR,
    BinaryOp.XOR_BITS: Kind.BITVECTOR_XOR,
    BinaryOp.SHL: Kind.BITVECTOR_SHL,
    BinaryOp.LSHR: Kind.BITVECTOR_LSHR,
    BinaryOp.ASHR: Kind.BITVECTOR_ASHR,
    BinaryOp.EQ: Kind.EQUAL,
    BinaryOp.ULT: Kind.BITVECTOR_ULT,
    BinaryOp.ULE: Kind.BITVECTOR_ULE,
    BinaryOp.SLT: Kind.BITVECTOR_SLT,
    BinaryOp.SLE: Kind.BITVECTOR_SLE,
    BinaryOp.AND: Kind.AND,
    BinaryOp.OR: Kind.OR,
}


def cvc5_says(questions: Sequence[Question], *, rlimit: int = 0) -> tuple[Answer, ...]:
    """Return cvc5's answers; *rlimit* bounds the work for each (0: no bound)."""
    terms = _Terms()
    return tuple(first_unsat(q, lambda e: _answer(terms, e, rlimit)) for q in questions)


# Bits as they are needed settle most questions sooner; what they do not settle with this much work
# is given to the SAT solver whole.
_LAZILY = 400_000


def _answer(terms: _Terms, expr: Expr, rlimit: int) -> Answer:
    first = min(rlimit, _LAZILY) or _LAZILY
    answer = _asked(terms, expr, first)
    if isinstance(answer, GaveUp) and first != rlimit:
        return _asked(terms, expr, rlimit, bitblast="eager")
    return answer


def _asked(terms: _Terms, expr: Expr, rlimit: int, **options: str) -> Answer:
    try:
        solver = cvc5.Solver(terms.manager)
        solver.setLogic("QF_BV")
        for name, value in {**options, "rlimit": str(rlimit)}.items():
            solver.setOption(name, value)
        solver.assertFormula(terms(expr))
        result = solver.checkSat()
    except RuntimeError as problem:
        return GaveUp(str(problem))
    if result.isUnsat():
        return Unsat()
    return Sat() if result.isSat() else GaveUp(str(result))


class _Terms:
    """The cvc5 terms of expressions."""

    def __init__(self) -> None:
        self.manager = cvc5.TermManager()
        self._results: dict[Expr, Any] = {}

    def __call__(self, expr: Expr) -> Any:
        """Return the term of *expr*."""
        return fold(expr, self._visit, self._results)

    def _visit(self, node: Expr, args: tuple[Any, ...]) -> Any:
        make = self.manager.mkTerm
        match node:
            case Binary():
                return make(_BINARY[node.op], *args)
            case Unary():
                return make(_UNARY[node.op], *args)
            case Ite():
                return make(Kind.ITE, *args)
            case Const():
                return self._constant(node)
            case Var():
                return self.manager.mkConst(self._sort(node.sort))  # new with each call
            case Extract():
                return make(self.manager.mkOp(Kind.BITVECTOR_EXTRACT, node.high, node.low), *args)
            case Extend():
                return make(self._extension(node), *args)
            case _:
                assert_never(node)

    def _constant(self, node: Const) -> Any:
        if node.sort.width:
            return self.manager.mkBitVector(node.sort.width, node.value)
        return self.manager.mkBoolean(bool(node.value))

    def _extension(self, node: Extend) -> Any:
        kind = Kind.BITVECTOR_SIGN_EXTEND if node.signed else Kind.BITVECTOR_ZERO_EXTEND
        return self.manager.mkOp(kind, node.width - node.arg.sort.width)

    def _sort(self, sort: Sort) -> Any:
        manager = self.manager
        return manager.mkBitVectorSort(sort.width) if sort.width else manager.getBooleanSort()
