"""What is still open, wanted, or not known to be reached."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tiny import CHOICE, SAVED, check, edge, number, program, thread

from cecheck.engines.places import ahead, by_place, elsewhere, stops
from cecheck.engines.verdict import Name
from cecheck.evidence import NOT_PURSUED, Aims, Evidence, Proof, Refutation, check_of
from cecheck.ir.build import eq, ult
from cecheck.ir.certificate import Certificate
from cecheck.ir.expr import TRUE
from cecheck.ir.program import CheckKind
from cecheck.ir.trace import Trace

TRACE: Trace = object()  # type: ignore[assignment]  # nobody looks into it
NEVER = eq(SAVED, number(9))
A, B, AGAIN, LIVE, LIMIT = (Name(0, n) for n in range(5))
ELSEWHERE = Name(1, 0)
MODEL = program(
    [
        thread(
            [edge(0, 1, ult(CHOICE, number(8)), {SAVED: CHOICE}), edge(1, 0)],
            [
                check(1, NEVER, "a"), check(1, NEVER, "b"), check(0, NEVER, "a"),
                check(1, NEVER, "a", CheckKind.LIVE), check(1, NEVER, "a", CheckKind.BOUND),
            ],
            [SAVED],
        ),
        thread([edge(0, 0)], [check(0, TRUE, "a")], count=1),
    ]
)  # fmt: skip
EVERY = [A, B, AGAIN, LIVE, LIMIT, ELSEWHERE]
CHECKS = [name for name in EVERY if name != LIMIT]


def proof() -> Proof:
    nothing = tuple(() for _ in MODEL.threads)
    return Proof(Certificate(1, MODEL.view, nothing, nothing, ""), "houdini", ("z3", "cvc5"))


def evidence(*, proved=(), refuted=(), free=(), asked=EVERY) -> Evidence:
    return Evidence(
        MODEL, asked, Aims(frozenset(free)), dict.fromkeys(proved, proof()),
        dict.fromkeys(refuted, Refutation(TRACE, "bmc")),
    )  # fmt: skip


def test_the_checks_of_one_kind_at_one_site_of_one_thread_are_a_place():
    assert list(by_place(MODEL, EVERY).values()) == [[A, AGAIN], [B], [LIVE], [LIMIT], [ELSEWHERE]]
    assert list(by_place(MODEL, EVERY))[:2] == [
        (0, "a", CheckKind.ASSERT), (0, "b", CheckKind.ASSERT),
    ]  # fmt: skip
    assert elsewhere(MODEL, EVERY, [AGAIN]) == [B, LIVE, LIMIT, ELSEWHERE]
    assert elsewhere(MODEL, [A], []) == [A]
    assert check_of(MODEL, ELSEWHERE) is MODEL.threads[1].checks[0]


def test_one_access_is_one_stop():
    """As long as reaching it is the same for all that are asked there."""
    assert list(stops(MODEL, EVERY)) == [A, AGAIN, ELSEWHERE]
    assert stops(MODEL, EVERY)[A] == frozenset(
        {
            (0, "a", CheckKind.ASSERT), (0, "b", CheckKind.ASSERT), (0, "a", CheckKind.LIVE),
            (0, "a", CheckKind.BOUND),
        }
    )  # fmt: skip
    calls = MODEL.threads[0]
    other = replace(calls.checks[1], reached=NEVER)
    threads = (replace(calls, checks=(calls.checks[0], other)), MODEL.threads[1])
    assert list(stops(replace(MODEL, threads=threads), [A, B])) == [A, B]


def test_ahead_are_stops_with_a_place_that_nobody_got_to():
    where = stops(MODEL, [A, B, AGAIN])
    assert ahead(MODEL, where, []) == [A, AGAIN]
    assert ahead(MODEL, where, [A]) == [A]  # for the sake of `b`
    assert ahead(MODEL, where, [A, B]) == []


def test_open_is_what_is_neither_proved_nor_at_the_place_of_a_run():
    assert evidence().open(EVERY) == EVERY
    assert evidence(proved=[A, LIVE]).open(EVERY) == [B, AGAIN, LIMIT, ELSEWHERE]
    assert evidence(refuted=[A]).open(EVERY) == [B, LIVE, LIMIT, ELSEWHERE]
    assert evidence(refuted=[A]).open([B]) == [B]


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (evidence(), EVERY),
        (evidence(free=[A, B]), [AGAIN, LIVE, LIMIT, ELSEWHERE]),
        (evidence(free=CHECKS), []),  # nothing rests on the bound
        (evidence(free=[*CHECKS[1:], LIMIT]), [A]),
        (evidence(free=CHECKS, proved=[A]), [LIMIT]),  # a proof does
        (evidence(free=CHECKS[1:], refuted=[A]), [A]),  # what is known is not taken out
        (evidence(free=CHECKS[1:], proved=[A]), [A, LIMIT]),
        (evidence(free=[LIMIT]), CHECKS),
        (evidence(asked=[LIMIT]), CHECKS),  # nothing else is asked, so no proof is wanted
        (evidence(asked=[LIMIT, A]), EVERY),
    ],
)
def test_bounds_of_the_model_are_wanted_where_proofs_are(found, wanted):
    assert found.wanted(EVERY) == wanted


def test_what_is_proved_may_not_be_known_to_be_reached():
    found = evidence(proved=EVERY)
    assert found.unreached == CHECKS  # a bound is no place
    found.reached = {A}
    assert found.unreached == [B, LIVE, ELSEWHERE]


def test_runs_end_early_at_what_is_refuted_or_not_pursued():
    assert not evidence(proved=[A]).ends_early
    assert evidence(refuted=[A]).ends_early
    found = evidence()
    found.reasons[A] = "too hard"
    assert not found.ends_early
    found.reasons[B] = NOT_PURSUED
    assert found.ends_early
