"""Z3 terms back as our expressions: only what is known to mean the same, else nothing.

A solver may answer with quantifiers or with operators of its own; those are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, TypeAlias

import z3

from cecheck.encode.terms import Term
from cecheck.ir.build import (
    all_of,
    any_of,
    binary,
    const,
    eq,
    ite,
    not_,
    rebuilt,
    sign_extend,
    unary,
    word,
    zero_extend,
)
from cecheck.ir.expr import BOOL, BinaryOp, Expr, Extract, UnaryOp, bits

_Make: TypeAlias = Callable[[Sequence[int], Sequence[Expr]], Expr]


def _fold(op: BinaryOp) -> _Make:
    return lambda _, args: reduce(lambda a, b: binary(op, a, b), args)


def _flipped(op: BinaryOp) -> _Make:
    return lambda _, args: binary(op, args[1], args[0])


def _concat(_: Sequence[int], args: Sequence[Expr]) -> Expr:
    """Return *args* side by side: shifts stand for the concatenation that we do not have."""
    width = sum(arg.sort.width for arg in args)
    result: Expr = word(0, width)
    for arg in args:
        room = word(arg.sort.width, width)
        shifted = binary(BinaryOp.SHL, result, room)
        result = binary(BinaryOp.OR_BITS, shifted, zero_extend(arg, width))
    return result


def _extract(params: Sequence[int], args: Sequence[Expr]) -> Expr:
    high, low = params
    whole = high == args[0].sort.width - 1 and low == 0
    if whole:
        return args[0]
    return rebuilt(Extract(args[0], high, low), (args[0],))


def _bit(number: int, arg: Expr) -> Expr:
    return _extract((number, number), (arg,))


def _equal(_: Sequence[int], args: Sequence[Expr]) -> Expr:
    return eq(args[0], args[1])


def _distinct(_: Sequence[int], args: Sequence[Expr]) -> Expr:
    pairs = [(a, b) for n, a in enumerate(args) for b in args[:n]]
    return all_of(not_(eq(a, b)) for a, b in pairs)


_MAKE: dict[int, _Make] = {
    z3.Z3_OP_TRUE: lambda _, args: const(1, BOOL),
    z3.Z3_OP_FALSE: lambda _, args: const(0, BOOL),
    z3.Z3_OP_AND: lambda _, args: all_of(args),
    z3.Z3_OP_OR: lambda _, args: any_of(args),
    z3.Z3_OP_NOT: lambda _, args: not_(args[0]),
    z3.Z3_OP_IMPLIES: lambda _, args: any_of((not_(args[0]), args[1])),
    z3.Z3_OP_ITE: lambda _, args: ite(args[0], args[1], args[2]),
    z3.Z3_OP_EQ: _equal,
    z3.Z3_OP_IFF: _equal,
    z3.Z3_OP_DISTINCT: _distinct,
    z3.Z3_OP_BADD: _fold(BinaryOp.ADD),
    z3.Z3_OP_BSUB: _fold(BinaryOp.SUB),
    z3.Z3_OP_BMUL: _fold(BinaryOp.MUL),
    z3.Z3_OP_BAND: _fold(BinaryOp.AND_BITS),
    z3.Z3_OP_BOR: _fold(BinaryOp.OR_BITS),
    z3.Z3_OP_BXOR: _fold(BinaryOp.XOR_BITS),
    z3.Z3_OP_BUDIV: _fold(BinaryOp.UDIV),
    z3.Z3_OP_BUREM: _fold(BinaryOp.UREM),
    z3.Z3_OP_BSDIV: _fold(BinaryOp.SDIV),
    z3.Z3_OP_BSREM: _fold(BinaryOp.SREM),
    z3.Z3_OP_BSHL: _fold(BinaryOp.SHL),
    z3.Z3_OP_BLSHR: _fold(BinaryOp.LSHR),
    z3.Z3_OP_BASHR: _fold(BinaryOp.ASHR),
    z3.Z3_OP_BNOT: lambda _, args: unary(UnaryOp.COMPLEMENT, args[0]),
    z3.Z3_OP_BNEG: lambda _, args: unary(UnaryOp.NEG, args[0]),
    z3.Z3_OP_ULT: _fold(BinaryOp.ULT),
    z3.Z3_OP_ULEQ: _fold(BinaryOp.ULE),
    z3.Z3_OP_UGT: _flipped(BinaryOp.ULT),
    z3.Z3_OP_UGEQ: _flipped(BinaryOp.ULE),
    z3.Z3_OP_SLT: _fold(BinaryOp.SLT),
    z3.Z3_OP_SLEQ: _fold(BinaryOp.SLE),
    z3.Z3_OP_SGT: _flipped(BinaryOp.SLT),
    z3.Z3_OP_SGEQ: _flipped(BinaryOp.SLE),
    z3.Z3_OP_CONCAT: _concat,
    z3.Z3_OP_EXTRACT: _extract,
    z3.Z3_OP_BIT2BOOL: lambda params, args: eq(_bit(params[0], args[0]), word(1, 1)),
    z3.Z3_OP_SIGN_EXT: lambda params, args: sign_extend(args[0], args[0].sort.width + params[0]),
    z3.Z3_OP_ZERO_EXT: lambda params, args: zero_extend(args[0], args[0].sort.width + params[0]),
}


class Reader:
    """Reads terms whose free variables, de Bruijn indices, stand for *arguments*."""

    def __init__(self, arguments: Sequence[Expr]) -> None:
        self._arguments = arguments
        self._known: dict[int, Expr | None] = {}

    def __call__(self, root: Term) -> Expr | None:
        """Return *root* as an expression, or None if it says anything we cannot."""
        pending = [root]
        while pending:
            term = pending[-1]
            waiting = [child for child in _children(term) if child.get_id() not in self._known]
            if not waiting:
                args = [self._known[child.get_id()] for child in _children(term)]
                self._known[pending.pop().get_id()] = self._made(term, args)
            pending += waiting
        return self._known[root.get_id()]

    def _made(self, term: Any, args: Sequence[Expr | None]) -> Expr | None:
        if z3.is_var(term):
            found = self._arguments[z3.get_var_index(term)]
            width = term.sort().size() if z3.is_bv(term) else 0
            return found if found.sort.width == width else None
        if z3.is_bv_value(term):
            return const(term.as_long(), bits(term.size()))
        known = [arg for arg in args if arg is not None]
        if not z3.is_app(term) or len(known) < len(args):
            return None
        make = _MAKE.get(term.decl().kind())
        return None if make is None else make(term.decl().params(), known)


def _children(term: Any) -> list[Any]:
    return term.children() if z3.is_app(term) else []
