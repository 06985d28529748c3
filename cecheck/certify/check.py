"""The judge of certificates, and the trusted base of every proof.

A certificate proves what is claimed if it fits the program and each question derived from the
program is answered *unsatisfiable*, nothing else, by every solver asked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeAlias

from cecheck.certify.answer import Answer, Unsat
from cecheck.certify.questions import Claim, Question, questions
from cecheck.certify.structure import structural_flaws
from cecheck.ir.certificate import Certificate
from cecheck.ir.program import CheckKind, Program

Backend: TypeAlias = Callable[[Sequence[Question]], tuple[Answer, ...]]


def flaws(
    program: Program,
    certificate: Certificate,
    claims: Collection[Claim],
    backends: Sequence[Backend],
) -> tuple[str, ...]:
    """Return why *certificate* does not prove *claims*; nothing means that it does."""
    found = [*_claim_flaws(program, claims), *structural_flaws(program, certificate)]
    if not backends:
        found.append("no solver is asked")
    if found:
        return tuple(found)
    asked = questions(program, certificate, claims)
    return tuple(flaw for says in backends for flaw in _unproved(asked, says))


def _claim_flaws(program: Program, claims: Collection[Claim]) -> list[str]:
    """Return what is wrong with *claims*: a proof of nothing is none."""
    found = [] if claims else ["nothing is claimed"]
    for claim in claims:
        checks = [thread.checks for thread in program.threads][claim.thread : claim.thread + 1]
        check = [check for part in checks for check in part][claim.check : claim.check + 1]
        if min(claim.thread, claim.check) < 0 or not check:
            found.append(f"{claim} names no check")
        elif check[0].kind is CheckKind.COVER:
            found.append(f"{claim} names a place to reach, which is no claim")
    return found


def _unproved(asked: Sequence[Question], says: Backend) -> list[str]:
    answers = says(asked)
    if len(answers) != len(asked):
        return ["a solver did not answer every question"]
    pairs = zip(asked, answers, strict=True)
    return [f"{question.name}: {a}" for question, a in pairs if not isinstance(a, Unsat)]
