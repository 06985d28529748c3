"""What is proved, as far as one solver tells, and as far as several do: nothing else."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import pytest
from certificates import EXCLUSION, GOOD, LOCKED, all_claims, certificate
from tiny import COUNT, SAVED, check, counter, edge, number, program, rounds, thread

from cecheck.certify.answer import Answer, GaveUp, Sat, Unsat
from cecheck.certify.ask_z3 import z3_says
from cecheck.certify.check import Backend, Case, Judgement, case, flaws, judged
from cecheck.certify.questions import Claim, Question, apart, questions
from cecheck.ir.build import eq, not_, sub, ule
from cecheck.ir.certificate import Certificate
from cecheck.ir.expr import TRUE, Expr
from cecheck.ir.loops import Measure, measured
from cecheck.ir.program import CheckKind, Program
from cecheck.ir.serial import fingerprint

TEN = ule(COUNT, number(10))


def always(answer: Answer) -> Backend:
    return lambda asked: tuple(answer for _ in asked)


def asking(*violated: Expr, kind: CheckKind = CheckKind.ASSERT) -> Program:
    """Return a thread that asks all of *violated* at one place."""
    asked = [check(0, one, f"site {n}", kind) for n, one in enumerate(violated)]
    return program([thread([edge(0, 0)], asked, [COUNT], initial=TEN)])


IS_11, IS_3, IS_4 = (eq(COUNT, number(n)) for n in (11, 3, 4))


def tried(model: Program, claims: Collection[Claim] | None = None) -> Case:
    """Return the case that the only thread of *model* counts to ten at most."""
    asked = all_claims(model) if claims is None else claims
    return case(model, certificate(model, {0: TEN}), asked)


# ---- the case ----------------------------------------------------------------------------------


def test_a_case_is_what_is_asked_about_a_certificate() -> None:
    one = tried(asking(IS_3))
    assert (one.program, one.certificate) == (
        asking(IS_3), certificate(asking(IS_3), {0: TEN}),
    )  # fmt: skip
    assert one.claims == (Claim(0, 0),)
    assert one.flaws == ()
    assert one.asked == questions(one.program, one.certificate, one.claims)
    assert len(one.asked) == 1


def test_nothing_is_asked_about_what_does_not_fit() -> None:
    one = case(LOCKED, replace(GOOD, level=2), [Claim(0, 0)])
    assert one.flaws == ("the certificate is of another level or view",)
    assert (one.program, one.claims, one.asked) == (LOCKED, (Claim(0, 0),), ())
    assert one.certificate == replace(GOOD, level=2)
    nobody = case(LOCKED, replace(GOOD, level=2), [])
    assert nobody.flaws == ("nothing is claimed", "the certificate is of another level or view")


LEFT = Measure(0, 0, (sub(number(10), COUNT),))


def with_measures(*measures: Measure) -> Certificate:
    """Return a certificate of `rounds` that says nothing but *measures*."""
    name = fingerprint(measured(rounds(), measures[:1]))
    return Certificate(1, rounds().view, ((0, 1),), ((TRUE, TRUE),), name, measures)


def test_what_a_loop_is_asked_is_asked_where_it_is_measured() -> None:
    one = case(rounds(), with_measures(LEFT), [Claim(0, 0)])
    assert one.flaws == ()
    assert one.program == measured(rounds(), [LEFT])
    assert one.asked == questions(one.program, one.certificate, one.claims)


def test_measures_that_are_none_are_not_asked_about() -> None:
    forged = with_measures(LEFT, LEFT)
    one = case(rounds(), forged, [Claim(0, 0)])
    assert one.flaws == ("two measures are about one loop",)
    assert (one.program, one.claims, one.asked) == (rounds(), (Claim(0, 0),), ())
    assert one.certificate is forged


@pytest.mark.parametrize(
    ("claim", "is_good"),
    [
        (Claim(0, 0), True), (Claim(1, 2), True), (Claim(1, 1), True),
        (Claim(0, 1), False), (Claim(1, 3), False), (Claim(2, 0), False),
        (Claim(-1, 0), False), (Claim(0, -1), False), (Claim(1, -1), False),
        (Claim(-2, -1), False), (Claim(-1, 2), False), (Claim(1, -3), False),
    ],
)  # fmt: skip
def test_a_claim_names_a_check(claim: Claim, is_good: bool) -> None:
    """It counts neither from the end, nor beyond it."""
    kinds = [
        thread([edge(0, 0)], [check(0, eq(COUNT, number(n))) for n in range(count)], [COUNT])
        for count in (1, 3)
    ]
    model = program(kinds)
    said = certificate(model, {0: TRUE}, {0: TRUE})
    told = () if is_good else (f"{claim} names no check",)
    assert case(model, said, [claim]).flaws == told
    assert case(model, said, [Claim(0, 0), claim]).flaws == told


def test_a_proof_of_nothing_is_none() -> None:
    assert tried(asking(IS_3), []).flaws == ("nothing is claimed",)


# ---- one solver --------------------------------------------------------------------------------


def test_what_does_not_fit_proves_nothing_whatever_a_solver_says() -> None:
    one = tried(asking(IS_3), [])
    assert judged(one, always(Unsat())) == Judgement(("nothing is claimed",), {})


def test_what_has_no_solution_is_proved() -> None:
    assert judged(tried(asking(IS_11)), z3_says) == Judgement((), {})
    assert judged(tried(asking(IS_11, IS_11)), z3_says) == Judgement((), {})


WHY = "Check assert at site {0} (tiny.ce:1:1) in client from 0: the invariant allows it"


def test_claims_that_fail_are_told_and_no_others() -> None:
    told = judged(tried(asking(IS_11, IS_3, IS_11, IS_4)), z3_says)
    assert told == Judgement((), {Claim(0, n): WHY.format(n) for n in (1, 3)})


def test_only_what_is_claimed_is_told() -> None:
    model = asking(IS_4, IS_3)
    told = judged(tried(model, [Claim(0, 1)]), z3_says)
    assert told == Judgement((), {Claim(0, 1): WHY.format(1)})


def test_what_everything_rests_on_voids_the_certificate() -> None:
    model = counter(11)
    told = judged(tried(model), z3_says)
    assert told == Judgement(("Own at 0 in client from 0: the invariant allows it",), {})


def test_where_everything_is_void_claims_are_not_asked_again() -> None:
    """They are told as they failed, together."""
    edges = [edge(0, 0, TRUE, {COUNT: number(11)})]
    asked = [check(0, one, f"site {n}") for n, one in enumerate((IS_3, IS_11))]
    model = program([thread(edges, asked, [COUNT], initial=TEN)])
    said, spoken = listening(z3_says)
    told = judged(tried(model), said)
    assert told.flaws == ("Own at 0 in client from 0: the invariant allows it",)
    assert set(told.unproved) == {Claim(0, 0), Claim(0, 1)}
    assert len(spoken) == 1


def listening(says: Backend) -> tuple[Backend, list[tuple[Question, ...]]]:
    """Return *says*, and what it was asked."""
    spoken: list[tuple[Question, ...]] = []

    def noted(asked: Sequence[Question]) -> tuple[Answer, ...]:
        spoken.append(tuple(asked))
        return says(asked)

    return noted, spoken


def test_claims_are_asked_again_only_if_some_fail() -> None:
    said, spoken = listening(z3_says)
    one = tried(asking(IS_11, IS_11))
    judged(one, said)
    assert spoken == [one.asked]
    said, spoken = listening(z3_says)
    one = tried(asking(IS_11, IS_3))
    judged(one, said)
    assert spoken == [
        one.asked,
        apart(one.program, one.certificate, one.claims, [Claim(0, 0), Claim(0, 1)]),
    ]


def test_only_claims_that_failed_are_asked_again() -> None:
    fails, holds = check(0, IS_3, "site 0"), check(1, IS_11, "site 1")
    kind = thread([edge(0, 1), edge(1, 0)], [fails, holds], [COUNT], initial=TEN)
    said, spoken = listening(z3_says)
    told = judged(tried(program([kind])), said)
    assert [[question.claims for question in asked] for asked in spoken] == [
        [(Claim(0, 0),), (Claim(0, 1),)], [(Claim(0, 0),)],
    ]  # fmt: skip
    assert told == Judgement((), {Claim(0, 0): WHY.format(0)})


def test_what_each_claim_proves_by_itself_is_proved() -> None:
    """Though a solver did not settle them together."""
    def says(asked: Sequence[Question]) -> tuple[Answer, ...]:
        return tuple(GaveUp("much") if len(one.claims) > 1 else Unsat() for one in asked)

    assert judged(tried(asking(IS_11, IS_3)), says) == Judgement((), {})


@pytest.mark.parametrize("answer", [Sat(), GaveUp("timeout"), GaveUp("")])
def test_nothing_but_unsatisfiable_proves(answer: Answer) -> None:
    told = judged(tried(asking(IS_11)), always(answer))
    why = f"Check assert at site 0 (tiny.ce:1:1) in client from 0: {answer}"
    assert told == Judgement((), {Claim(0, 0): why})


@pytest.mark.parametrize("more", [-1, 1])
def test_each_question_has_one_answer(more: int) -> None:
    silent = "a solver did not answer every question"
    one = tried(asking(IS_11))
    told = judged(one, lambda asked: (Unsat(),) * (len(asked) + more))
    assert told == Judgement((silent,), {})


@pytest.mark.parametrize("more", [-1, 1])
def test_each_claim_that_is_asked_by_itself_has_one_answer(more: int) -> None:
    calls: list[int] = []

    def says(asked: Sequence[Question]) -> tuple[Answer, ...]:
        calls.append(len(asked))
        return z3_says(asked) if len(calls) == 1 else (Unsat(),) * (len(asked) + more)

    silent = "a solver did not answer every question"
    assert judged(tried(asking(IS_3, IS_4)), says) == Judgement((silent,), {})
    assert calls == [1, 2]


def test_a_bound_of_the_model_that_may_be_reached_voids_the_certificate() -> None:
    model = asking(IS_11, IS_3)
    (kind,) = model.threads
    bound = replace(kind.checks[1], kind=CheckKind.BOUND)
    model = replace(model, threads=(replace(kind, checks=(kind.checks[0], bound)),))
    told = judged(tried(model, [Claim(0, 0)]), z3_says)
    why = "Check model bound at site 1 (tiny.ce:1:1) in client from 0: the invariant allows it"
    assert told == Judgement((why,), {})


# ---- several solvers ---------------------------------------------------------------------------


def test_a_proof_is_one_for_every_solver() -> None:
    yes, no, unsure = always(Unsat()), always(Sat()), always(GaveUp("timeout"))
    claims = all_claims(LOCKED)
    assert flaws(LOCKED, GOOD, claims, [yes]) == ()
    assert flaws(LOCKED, GOOD, claims, [yes, yes]) == ()
    for backends in ([no], [yes, no], [no, yes], [yes, unsure], [unsure, yes], [no, unsure]):
        assert flaws(LOCKED, GOOD, claims, backends) != ()


def test_no_solver_proves_nothing() -> None:
    assert flaws(LOCKED, GOOD, all_claims(LOCKED), []) == ("no solver is asked",)


def test_all_that_is_wrong_is_told_once() -> None:
    model = asking(IS_3, IS_4, IS_11)
    said = certificate(model, {0: TEN})
    told = flaws(model, said, all_claims(model), [z3_says, z3_says])
    assert told == (WHY.format(0), WHY.format(1))
    told = flaws(model, said, all_claims(model), [z3_says, always(GaveUp("no")), z3_says])
    gave_up = [WHY.format(n).replace("the invariant allows it", "no answer (no)") for n in range(3)]
    assert told == (WHY.format(0), WHY.format(1), *gave_up)
    told = flaws(model, replace(said, level=3), all_claims(model), [z3_says, z3_says])
    assert told == ("the certificate is of another level or view",)


def test_each_claim_counts() -> None:
    model = asking(IS_11, IS_3)
    said = certificate(model, {0: TEN})
    assert flaws(model, said, [Claim(0, 0)], [z3_says]) == ()
    assert flaws(model, said, [Claim(0, 1)], [z3_says]) == (WHY.format(1),)


def test_another_invariant_is_another_answer() -> None:
    assert flaws(LOCKED, GOOD, all_claims(LOCKED), [z3_says]) == ()
    weak = certificate(LOCKED, {**EXCLUSION, 3: not_(eq(SAVED, number(0)))})
    assert flaws(LOCKED, weak, all_claims(LOCKED), [z3_says]) != ()
    assert flaws(counter(10), certificate(counter(10), {0: TEN}), [Claim(0, 0)], [z3_says]) == ()
