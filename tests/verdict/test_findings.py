"""Evidence as it is told: one verdict for each kind of check at each site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
import tiny
from strands import run
from tiny import CHOICE, COUNT, DATA, SAVED, check, edge, number, program, thread, variable

from cecheck.certify.document import covered
from cecheck.engines.verdict import Doubt, Name
from cecheck.evidence import BEYOND, NOT_PURSUED, Evidence, Proof, Refutation
from cecheck.findings import (
    CHANGING,
    HELP,
    NO_USE,
    READ_ONCE,
    STATE_MEASURE,
    asked,
    certificates,
    findings,
    invariant,
)
from cecheck.gather import gather
from cecheck.ir.build import add, and_, eq, or_, ult
from cecheck.ir.certificate import Certificate, to_json
from cecheck.ir.expr import TRUE, Expr, Scope
from cecheck.ir.program import Check, CheckKind, Program, View
from cecheck.ir.reaching import asking_to_reach
from cecheck.ir.serial import fingerprint
from cecheck.ir.trace import Actor, Move, Schedule, Trace
from cecheck.options import Options
from cecheck.replay.replay import replay
from cecheck.report.model import Cause, Change, Finding, Proved, Reach, Refuted, Unknown, Vacuous
from cecheck.report.model import Doubt as Told
from cecheck.source import Source, Span

FIRST, SECOND, THIRD = (Name(0, n) for n in range(3))
SEVEN, NINE = eq(SAVED, number(7)), eq(SAVED, number(9))


def calls(*asks: Check) -> Program:
    """Return calls that choose a number below 8, and stand at 1 and at 2 with it."""
    edges = [edge(0, 1, ult(CHOICE, number(8)), {SAVED: CHOICE}), edge(1, 2), edge(2, 0)]
    return program([thread(edges, asks, [SAVED])])


SAFE = calls(check(1, NINE, "first"), check(2, NINE, "second"))
BROKEN = calls(check(1, SEVEN, "first"), check(2, NINE, "second"))


def known(model: Program, **options) -> Evidence:
    """Return what is found out about *model*."""
    found, _ = run(gather(model, asked(model, ()), Options(rlimit=10**7, **options)))
    return found


def proof(model: Program, engine: str = "houdini", *formulas: Mapping[int, Expr]) -> Proof:
    by_cut = formulas or tuple({0: TRUE} for _ in model.threads)
    certificate = Certificate(
        1, model.view, tuple(tuple(one) for one in by_cut),
        tuple(tuple(one.values()) for one in by_cut), fingerprint(model),
    )  # fmt: skip
    return Proof(certificate, engine, ("z3", "cvc5"))


def evidence(model: Program, *proved: Name, **more) -> Evidence:
    """Return evidence that *proved* are, by one certificate."""
    return Evidence(model, asked(model, ()), proofs=dict.fromkeys(proved, proof(model)), **more)


def told(found: Evidence, names: Sequence[Name] | None = None) -> list[Finding]:
    return findings(found, asked(found.program, ()) if names is None else names)


def only(found: Evidence):
    """Return the verdict of the only finding."""
    (one,) = told(found)
    return one.verdict


# ---- what is asked -----------------------------------------------------------------------------

MIXED = program(
    [
        thread([edge(0, 0)], [check(0, NINE, "a", CheckKind.LIVE),
                              check(0, NINE, "a", CheckKind.MAPPED)], [SAVED]),
        thread([edge(0, 0)], [check(0, NINE, "b", CheckKind.BOUND),
                              check(0, NINE, "b", CheckKind.MAPPED)], [SAVED], count=1),
    ]
)  # fmt: skip


def test_all_checks_are_asked_unless_some_are_chosen():
    every = [Name(0, 0), Name(0, 1), Name(1, 0), Name(1, 1)]
    assert asked(MIXED, ()) == every
    assert asked(MIXED, ("mapped",)) == every[1:]
    assert asked(MIXED, ("live", "mapped")) == every
    assert asked(MIXED, ("paired",)) == [Name(1, 0)]  # of the bounds every verdict is


# ---- verdicts ----------------------------------------------------------------------------------


def test_a_proof_is_told_with_all_that_it_rests_on():
    first, second = told(known(SAFE))
    assert (first.kind, first.site.name, first.view) == (CheckKind.ASSERT, "first", View.HOSTILE)
    assert (first.thread, second.site.name) == ("client", "second")
    assert isinstance(first.verdict, Proved)
    assert replace(first.verdict, invariant=()) == Proved("houdini", ("z3", "cvc5"))
    assert first.verdict.invariant
    assert all(line.startswith("client, ") for line in first.verdict.invariant)


def test_the_certificate_of_each_proof_is_its_own():
    other = proof(SAFE, "spacer", {0: TRUE, 1: ult(SAVED, number(8))})
    found = evidence(SAFE, FIRST)
    found.proofs[SECOND] = other
    first, second = (one.verdict for one in told(found))
    assert (first.engine, first.invariant) == ("houdini", ())
    assert (second.engine, second.invariant) == ("spacer", ("client, at a return: saved < 8",))


def test_a_refutation_is_told_with_its_story_and_the_rest_until_there():
    first, second = (one.verdict for one in told(known(BROKEN)))
    assert isinstance(first, Refuted)
    assert first.engine == "bmc"
    assert (first.story.steps, first.story.thread) == (1, "client")
    assert isinstance(second, Proved)
    assert (second.until_refuted, second.reach) == (True, Reach.PAST_REFUTATION)


def test_one_refuted_check_of_a_site_refutes_it():
    """Whatever is known of the others; the shortest run is told."""
    model = calls(check(2, SEVEN, "site"), check(1, NINE, "site"))
    found = known(model)
    found.proofs[SECOND] = proof(model)
    assert only(found).story.steps == 2


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_the_shortest_run_is_told(order):
    where = {at: calls(check(at, SEVEN, "site")) for at in order}
    model = calls(*(check(at, SEVEN, "site") for at in order))
    found = evidence(model)
    for number_, at in enumerate(order):
        (one,) = known(where[at]).refutations.values()
        found.refutations[Name(0, number_)] = one
    assert only(found).story.steps == 1


def test_a_run_in_which_fewer_threads_take_turns_is_the_shorter_one():
    from cecheck.findings import _length  # noqa: PLC0415

    (trace,) = (one.trace for one in known(tiny.race()).refutations.values())
    turns = sum(a.actor != b.actor for a, b in zip(trace.steps, trace.steps[1:], strict=False))
    assert turns > 0
    assert _length(trace) == (len(trace.steps), turns)


LOUD = variable("loud", Scope.INPUT)
NOISY = replace(
    program(
        [thread([edge(0, 1, TRUE, {SAVED: CHOICE, COUNT: LOUD})], [check(1, SEVEN)],
                [SAVED, COUNT])]
    ),
    types={"count": "u8"},
)  # fmt: skip


def noise() -> Trace:
    """Return a run in which another number is large, though nothing depends on it."""
    actor = Actor(0, 0)
    moves = (Move(actor, {"choice": 7, "loud": 200}, 1),)
    start = {actor: {"me": 1, "saved": 0, "count": 0}}
    asks = NOISY.threads[0].checks[0]
    trace = replay(NOISY, Schedule({}, {}, start, moves, actor, asks, {}))
    assert isinstance(trace, Trace)
    return trace


@pytest.mark.parametrize(("by_number", "changes"), [
    (False, (Change("count", "0", "1"),)), (True, (Change("count", "0", "0xc8"),)),
])  # fmt: skip
def test_a_run_is_made_simpler_as_long_as_its_cause_is_the_same(monkeypatch, by_number, changes):
    found = evidence(NOISY, refutations={FIRST: Refutation(noise(), "bmc")})

    def cause(model: Program, of: Trace) -> Cause:
        assert model is NOISY
        return Cause(f"made {of.final['count']}" if by_number else "made noise", "")

    monkeypatch.setattr("cecheck.findings.root_cause", cause)
    assert only(found).story.run[0].changes == changes


def test_all_checks_of_a_site_must_be_proved():
    model = calls(check(1, NINE, "site"), check(2, NINE, "site"))
    found = evidence(model, FIRST)
    assert only(found) == Unknown("no engine could tell", HELP)
    found.reasons[SECOND] = "too hard"
    assert only(found) == Unknown("too hard", HELP)
    found.proofs[SECOND] = found.proofs[FIRST]
    assert isinstance(only(found), Proved)


def test_a_site_is_vacuous_if_none_of_its_checks_is_reached():
    model = calls(check(1, NINE, "site"), check(2, NINE, "site"))
    found = evidence(model, FIRST, SECOND)
    found.unreachable = {FIRST: proof(model)}
    assert isinstance(only(found), Proved)
    found.unreachable[SECOND] = proof(model)
    assert only(found) == Vacuous(("z3", "cvc5"))


@pytest.mark.parametrize(
    ("reached", "reasons", "reach"),
    [
        ([], {}, Reach.NOT_SHOWN),
        ([SECOND], {}, Reach.SHOWN),
        ([], {THIRD: NOT_PURSUED}, Reach.PAST_REFUTATION),
        ([FIRST], {THIRD: NOT_PURSUED}, Reach.SHOWN),
    ],
)
def test_whether_a_proved_site_is_reached_is_told(reached, reasons, reach):
    model = calls(check(1, NINE, "site"), check(2, NINE, "site"), check(2, NINE, "other"))
    found = evidence(model, FIRST, SECOND, reached=set(reached), reasons=reasons)
    verdict = told(found)[0].verdict
    assert (verdict.reach, verdict.until_refuted) == (reach, bool(reasons))


# ---- what is not known -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "verdict"),
    [
        (NOT_PURSUED, Unknown(NOT_PURSUED, None, pursued=False)),
        (BEYOND, Unknown(BEYOND, NO_USE)),
        ("bmc: wall clock", Unknown("bmc: wall clock", HELP)),
    ],
)
def test_what_is_unknown_is_told_with_what_might_help(reason, verdict):
    found = evidence(calls(check(1, SEVEN)), reasons={FIRST: reason})
    assert only(found) == verdict


def test_what_only_memory_that_changes_violates_is_to_be_read_once():
    found = evidence(calls(check(1, SEVEN)), reasons={FIRST: "bmc: in vain"}, changing={FIRST})
    assert only(found) == Unknown(CHANGING, READ_ONCE)
    found.reasons[FIRST] = BEYOND
    assert only(found) == Unknown(BEYOND, NO_USE)


def test_a_loop_may_need_a_measure():
    found = evidence(tiny.rounds(), reasons={FIRST: "measures: in vain"})
    assert only(found) == Unknown("measures: in vain", STATE_MEASURE)


def test_what_becomes_smaller_is_told_of_a_loop():
    assert only(known(tiny.rounds())).measure == ("10 - count",)
    assert only(known(calls(check(1, NINE)))).measure == ()


def test_a_certificate_may_measure_several_loops():
    """Of each site what is about it is told."""
    found = known(tiny.rounds())
    (one,) = found.proofs.values()
    (measure,) = one.certificate.measures
    others = [replace(measure, thread=1), replace(measure, check=1)]
    many = replace(one.certificate, measures=(*others, replace(measure, words=measure.words * 2)))
    found.proofs[FIRST] = replace(one, certificate=many)
    assert only(found).measure == ("10 - count, 10 - count",)


# ---- the bounds of the model -------------------------------------------------------------------

BOUNDED = calls(check(1, NINE, "bound", CheckKind.BOUND), check(2, NINE, "second"))


def kinds(found: Evidence) -> list[CheckKind]:
    return [one.kind for one in told(found)]


def test_a_bound_that_holds_is_not_told():
    assert kinds(evidence(BOUNDED, FIRST, SECOND)) == [CheckKind.ASSERT]
    found = evidence(BOUNDED, FIRST, SECOND, unreachable={FIRST: proof(BOUNDED)})
    assert kinds(found) == [CheckKind.ASSERT]


def test_a_bound_that_nobody_needs_is_not_told():
    reasons = {FIRST: NOT_PURSUED, SECOND: NOT_PURSUED}
    assert kinds(evidence(BOUNDED, reasons=reasons)) == [CheckKind.ASSERT]
    (_, bound) = told(evidence(BOUNDED, SECOND, reasons=reasons))
    assert (bound.kind, bound.verdict) == (
        CheckKind.BOUND, Unknown(NOT_PURSUED, None, pursued=False),
    )  # fmt: skip


def test_a_bound_of_which_nothing_is_known_is_told_last_and_why():
    second, bound = told(evidence(BOUNDED, SECOND, reasons={FIRST: "z3: too hard"}))
    assert (second.kind, bound.kind) == (CheckKind.ASSERT, CheckKind.BOUND)
    assert bound.verdict == Unknown("z3: too hard", HELP)


def test_a_run_beyond_the_model_is_no_refutation():
    found = known(calls(check(1, SEVEN, "bound", CheckKind.BOUND), check(2, NINE, "second")))
    assert list(found.refutations) == [FIRST]
    assert told(found)[-1].verdict == Unknown(BEYOND, NO_USE)


# ---- states that are not ruled out -------------------------------------------------------------

SHOWN = replace(
    calls(check(2, SEVEN)),
    types={"saved": "u8", "data": "u8"},
    places=(("device", number(5)), ("kernel", DATA)),
    globals=(DATA,),
)


def doubtful(model: Program, values: Mapping[str, int], *matter: str, cut: int = 2):
    found = evidence(model, doubts={FIRST: Doubt(cut, values, matter)})
    return only(found).doubt


def test_a_state_is_told_in_the_words_of_the_specification():
    doubt = doubtful(SHOWN, {"saved": 7, "data": 3, "me": 1}, "saved", "data")
    assert doubt == Told("client, at a return", (("data", "3"), ("saved", "7")))
    assert doubtful(SHOWN, {"saved": 7, "data": 3}, "saved").values == (("saved", "7"),)


def test_a_process_is_told_by_its_name():
    model = replace(SHOWN, types={"saved": "process", "data": "process"})
    doubt = doubtful(model, {"saved": 5, "data": 9}, "saved", "data")
    assert dict(doubt.values)["saved"] == "device"
    assert dict(doubt.values)["data"] == "kernel"


def test_what_a_state_leaves_open_is_zero():
    """Here the number of a place: no lemma speaks of it."""
    model = replace(SHOWN, types={"saved": "process"}, places=(("next", add(DATA, number(1))),))
    assert doubtful(model, {"saved": 1}, "saved").values == (("saved", "next"),)


def test_where_a_state_stands_is_told():
    model = replace(PLACED, types={"saved": "u8"})
    model = replace(model, threads=(
        replace(model.threads[0], checks=(check(2, SEVEN),)), model.threads[1],
    ))  # fmt: skip
    assert doubtful(model, {"saved": 7}, "saved", cut=1).where == "client, before line 2"
    assert doubtful(model, {"saved": 7}, "saved").where == "client, before os.ce:2"


def test_a_state_of_which_nothing_can_be_said_is_no_doubt():
    assert doubtful(SHOWN, {"saved": 7}) is None
    assert doubtful(replace(SHOWN, types={}), {"saved": 7}, "saved") is None
    assert only(evidence(SHOWN)).doubt is None


# ---- invariants, and where they hold -----------------------------------------------------------

TEXT = Source("a.ce", "one\ntwo\nthree\n")
MODEL_TEXT = Source("some/models/os.ce", "one\ntwo\n")


def at(text: Source, word: str) -> Span:
    start = text.text.index(word)
    return Span(text, start, start + len(word))


PLACED = replace(
    program(
        [
            thread(
                [
                    replace(edge(0, 1), span=at(TEXT, "one")), edge(1, 2),
                    replace(edge(1, 2), span=at(TEXT, "two")),
                    replace(edge(2, 3), span=at(MODEL_TEXT, "two")), edge(3, 0), edge(3, 4),
                ],
                (), [SAVED, COUNT],
            ),
            thread([edge(0, 1), edge(1, 1)], (), [SAVED], count=1),
        ]
    ),
    source="a.ce",
)  # fmt: skip


def test_an_invariant_is_told_part_by_part_at_each_place():
    seven, five = eq(SAVED, number(7)), eq(COUNT, number(5))
    lines = invariant(
        PLACED,
        proof(
            PLACED, "houdini",
            {0: seven, 1: and_(seven, and_(five, or_(seven, five))), 2: and_(seven, five),
             3: TRUE, 4: and_(and_(seven, five), or_(seven, five))},
            {0: seven, 1: seven},
        ).certificate,
    )  # fmt: skip
    assert lines == [
        "client, between calls: saved == 7",
        "client, before line 2: saved == 7",
        "client, before line 2: count == 5",
        "client, before line 2: saved == 7 || count == 5",
        "client, before os.ce:2: saved == 7",
        "client, before os.ce:2: count == 5",
        "client, at a return: saved == 7",
        "client, at a return: count == 5",
        "client, at a return: saved == 7 || count == 5",
        "driver, at its start: saved == 7",
        "driver, at a return: saved == 7",
    ]


# ---- certificates ------------------------------------------------------------------------------


def test_each_certificate_is_kept_once_with_all_that_it_proves():
    one, other = proof(SAFE), proof(SAFE, "spacer", {0: TRUE, 1: TRUE})
    three = calls(*(check(at, NINE, f"site {at}") for at in (1, 2, 0)))
    found = Evidence(three, proofs={THIRD: one, FIRST: one, SECOND: other})
    first, second = certificates(found)
    assert first.proves == (covered(three, 0, 0), covered(three, 0, 2))
    assert second.proves == (covered(three, 0, 1),)
    assert (first.view, first.level, first.reaching) == (View.HOSTILE, 1, ())
    assert first.certificate == to_json(one.certificate)
    assert second.certificate == to_json(other.certificate)


def test_certificates_of_dead_places_say_what_was_asked():
    """They are of another program: that which asks to get there."""
    dead = asking_to_reach(SAFE, [(0, 1)])
    found = evidence(SAFE, FIRST, SECOND, asked_dead=((0, 1),))
    found.unreachable = {SECOND: proof(dead)}
    _, last = certificates(found)
    assert last.reaching == ((0, 1),)
    assert last.proves == (covered(dead, 0, 1),)
    assert last.certificate == to_json(found.unreachable[SECOND].certificate)
