"""The judge of certificates, and the trusted base of every proof.

A certificate proves what is claimed if it fits the program and each question derived from the
program is answered *unsatisfiable*, nothing else, by every solver asked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeAlias

from cecheck.certify.answer import Answer, Unsat
from cecheck.certify.questions import Claim, Question, apart, questions
from cecheck.certify.structure import structural_flaws
from cecheck.ir.certificate import Certificate
from cecheck.ir.expr import TRUE
from cecheck.ir.loops import ill_formed, measured
from cecheck.ir.program import Program
from cecheck.record import record

Backend: TypeAlias = Callable[[Sequence[Question]], tuple[Answer, ...]]


@record
class Judgement:
    """What one solver says of a certificate: *flaws* void it as a whole, and the claims of
    *unproved* are not proved by it, each for its reason."""

    flaws: tuple[str, ...]
    unproved: Mapping[Claim, str]


@record
class Case:
    """A certificate of *program* that is to prove *claims*, and what must be unsatisfiable for
    that; *flaws* void it before anything is asked."""

    program: Program
    certificate: Certificate
    claims: tuple[Claim, ...]
    flaws: tuple[str, ...]
    asked: tuple[Question, ...]


def case(program: Program, certificate: Certificate, claims: Collection[Claim]) -> Case:
    """Return what to ask a solver about a certificate: the same of each.

    That a loop ends is asked of the program in which it is measured.
    """
    wrong = tuple(ill_formed(program, certificate.measures))
    if wrong:
        return Case(program, certificate, tuple(claims), wrong, ())
    program = measured(program, certificate.measures)
    found = (*_claim_flaws(program, claims), *structural_flaws(program, certificate))
    asked = () if found else questions(program, certificate, claims)
    return Case(program, certificate, tuple(claims), found, asked)


def judged(case: Case, says: Backend) -> Judgement:
    """Return which claims the certificate proves, as far as one solver tells.

    Claims that fail together are asked one by one.  Those left over are proved: leaving out a
    claim only makes its violation end the run, which takes runs away from every question.
    """
    if case.flaws:
        return Judgement(case.flaws, {})
    found: list[str] = []
    unproved: dict[Claim, str] = {}
    for question, flaw in _unproved(case.asked, says):
        unproved |= dict.fromkeys(question.claims, flaw)
        if not question.claims:
            found.append(flaw)
    if unproved and not found:
        alone = apart(case.program, case.certificate, case.claims, unproved)
        unproved = {}
        for question, flaw in _unproved(alone, says):
            unproved |= dict.fromkeys(question.claims, flaw)
            if not question.claims:  # no solver spoke
                found.append(flaw)
    return Judgement(tuple(found), unproved)


def flaws(
    program: Program,
    certificate: Certificate,
    claims: Collection[Claim],
    backends: Sequence[Backend],
) -> tuple[str, ...]:
    """Return why *certificate* does not prove *claims*; nothing means that it does."""
    if not backends:
        return ("no solver is asked",)
    one = case(program, certificate, claims)
    found = [judged(one, says) for says in backends]
    told = [flaw for said in found for flaw in (*said.flaws, *said.unproved.values())]
    return tuple(dict.fromkeys(told))


def _claim_flaws(program: Program, claims: Collection[Claim]) -> list[str]:
    """Return what is wrong with *claims*: a proof of nothing is none."""
    found = [] if claims else ["nothing is claimed"]
    return [*found, *(f"{one} names no check" for one in claims if not _names_check(program, one))]


def _names_check(program: Program, claim: Claim) -> bool:
    """Tell whether there is such a check; nothing is counted from the end."""
    if not 0 <= claim.thread < len(program.threads):
        return False
    return 0 <= claim.check < len(program.threads[claim.thread].checks)


def _unproved(asked: Sequence[Question], says: Backend) -> list[tuple[Question, str]]:
    """Return the questions that are not answered as they must be, and how they were."""
    answers = says(asked)
    if len(answers) != len(asked):
        return [(_ALL, "a solver did not answer every question")]
    pairs = zip(asked, answers, strict=True)
    return [(q, f"{q.name}: {answer}") for q, answer in pairs if not isinstance(answer, Unsat)]


_ALL = Question("everything", TRUE)
