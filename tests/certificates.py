"""Certificates made by hand, and how they are judged."""

from __future__ import annotations

from collections.abc import Sequence

from tiny import (
    DATA,
    LOCK,
    ME,
    SAVED,
    locked,
    number,
)

from cecheck.certify.ask_cvc5 import cvc5_says
from cecheck.certify.ask_z3 import z3_says
from cecheck.certify.check import Backend, flaws
from cecheck.certify.questions import Claim
from cecheck.ir.build import and_, eq, not_
from cecheck.ir.certificate import Certificate
from cecheck.ir.expr import Expr
from cecheck.ir.program import Program
from cecheck.ir.serial import fingerprint

BOTH = (z3_says, cvc5_says)
KNOWN = not_(eq(ME, number(0)))
MINE = and_(KNOWN, eq(LOCK, ME))


def certificate(model: Program, *formulas: dict[int, Expr]) -> Certificate:
    """Return the certificate that says *formulas* (by cut) of each kind of thread."""
    return Certificate(
        1,
        model.view,
        tuple(tuple(by_cut) for by_cut in formulas),
        tuple(tuple(by_cut.values()) for by_cut in formulas),
        fingerprint(model),
    )


def all_claims(model: Program) -> tuple[Claim, ...]:
    return tuple(
        Claim(kind, number)
        for kind, one in enumerate(model.threads)
        for number in range(len(one.checks))
    )


def found(
    model: Program, *formulas: dict[int, Expr], backends: Sequence[Backend] = BOTH
) -> tuple[str, ...]:
    """Return the flaws of saying *formulas* for all checks of *model*."""
    return flaws(model, certificate(model, *formulas), all_claims(model), backends)


LOCKED = locked()
EXCLUSION: dict[int, Expr] = {
    0: KNOWN,
    1: MINE,
    2: and_(MINE, eq(DATA, ME)),
    3: and_(MINE, eq(SAVED, ME)),
}
GOOD = certificate(LOCKED, EXCLUSION)
