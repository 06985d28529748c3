"""That a loop ends is believed only of a measure that the judge itself has seen decrease."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from certificates import BOTH
from tiny import CHOICE, COUNT, DATA, ME, SAVED, check, edge, number, program, rounds, thread

from cecheck.certify.check import flaws
from cecheck.certify.questions import Claim
from cecheck.ir.build import add, and_, eq, not_, or_, sub, ule, ult
from cecheck.ir.certificate import Certificate, from_json, to_json
from cecheck.ir.expr import BOOL, FALSE, TRUE, Expr, Scope, Var
from cecheck.ir.loops import Measure, ghosts, measured
from cecheck.ir.program import Action, CheckKind, Program
from cecheck.ir.serial import Malformed, fingerprint

ENDS = Claim(0, 0)  # of `rounds`
LEFT = Measure(0, 0, (sub(number(10), COUNT),))


def certificate(model: Program, one: Measure, formulas: dict[int, Expr]) -> Certificate:
    """Return the certificate that *formulas* hold of the only kind of thread, with a measure."""
    whole = measured(model, [one])
    cuts, said = tuple(formulas), tuple(formulas.values())
    return Certificate(1, model.view, (cuts,), (said,), fingerprint(whole), (one,))


def decreasing(model: Program, one: Measure, known: Expr = TRUE) -> dict[int, Expr]:
    """Return that at the head *known* holds, and that the measure has become smaller."""
    asked = measured(model, [one]).threads[0].checks[one.check]
    return {0: TRUE, 1: and_(known, not_(asked.violated))}


def found(model: Program, one: Measure, formulas: dict[int, Expr]) -> tuple[str, ...]:
    return flaws(model, certificate(model, one, formulas), [Claim(0, one.check)], BOTH)


IN_RANGE = ule(COUNT, number(10))


def test_a_loop_that_counts_ends() -> None:
    assert found(rounds(), LEFT, decreasing(rounds(), LEFT, IN_RANGE)) == ()


def test_the_measure_must_be_shown_to_decrease() -> None:
    """It is not enough that it does: the invariant must say so."""
    assert found(rounds(), LEFT, {0: TRUE, 1: TRUE})
    assert found(rounds(), LEFT, {0: TRUE, 1: IN_RANGE})


def test_a_measure_that_does_not_decrease_proves_nothing() -> None:
    """It grows; it stays; it is something else."""
    for words in ((COUNT,), (SAVED,), (ME,), (number(3),)):
        one = Measure(0, 0, words)
        assert found(rounds(), one, decreasing(rounds(), one, IN_RANGE))
    model = rounds(step=0)
    assert found(model, LEFT, decreasing(model, LEFT, IN_RANGE))


def test_of_two_words_the_first_that_changes_must_decrease() -> None:
    for first, last in ((ME, True), (COUNT, False), (SAVED, False)):
        one = Measure(0, 0, (first, *LEFT.words))
        assert (found(rounds(), one, decreasing(rounds(), one, IN_RANGE)) == ()) is last
    one = Measure(0, 0, (*LEFT.words, COUNT))
    assert found(rounds(), one, decreasing(rounds(), one, IN_RANGE)) == ()


def test_a_claim_that_a_loop_ends_needs_a_measure() -> None:
    """Without one it says that the loop is never entered."""
    model = rounds()
    plain = Certificate(1, model.view, ((0, 1),), ((TRUE, IN_RANGE),), fingerprint(model))
    assert flaws(model, plain, [ENDS], BOTH)
    nowhere = replace(plain, formulas=((TRUE, FALSE),))
    assert flaws(model, nowhere, [ENDS], BOTH)


def test_a_loop_that_is_never_entered_ends() -> None:
    model = rounds()
    closed = tuple([replace(e, guard=FALSE) if e.end == 1 else e for e in model.threads[0].edges])
    model = replace(model, threads=(replace(model.threads[0], edges=closed),))
    plain = Certificate(1, model.view, ((0, 1),), ((TRUE, FALSE),), fingerprint(model))
    assert flaws(model, plain, [ENDS], BOTH) == ()


SHARED = Var("shared", COUNT.sort, Scope.GLOBAL)
TRUTH = Var("truth", BOOL, Scope.LOCAL)


def strange() -> Program:
    """The rounds, with a shared word, an assertion, and a check of a place that is no loop."""
    model = rounds(asserts=True)
    checks = (*model.threads[0].checks, check(3, TRUE, "no loop", CheckKind.BOUNDED))
    one = replace(model.threads[0], checks=checks, locals=(*model.threads[0].locals, TRUTH))
    return replace(model, threads=(one,), globals=(SHARED,))


@pytest.mark.parametrize(
    ("measures", "flaw"),
    [
        ([Measure(0, 0, (SHARED,))], "is not the thread's own"),
        ([Measure(0, 0, (add(COUNT, CHOICE),))], "is not the thread's own"),
        ([Measure(0, 0, (Var("else", COUNT.sort, Scope.LOCAL),))], "is not the thread's own"),
        ([Measure(0, 0, ())], "is no number"),
        ([Measure(0, 0, (TRUTH,))], "is no number"),
        ([Measure(0, 1, LEFT.words)], "about no loop"),
        ([Measure(0, 2, LEFT.words)], "nothing leads back"),
        ([Measure(0, 3, LEFT.words)], "about no loop"),
        ([Measure(0, -1, LEFT.words)], "about no loop"),
        ([Measure(1, 0, LEFT.words)], "about no loop"),
        ([Measure(-1, 0, LEFT.words)], "about no loop"),
        ([LEFT, Measure(0, 0, (COUNT,))], "two measures"),
    ],
)
def test_a_measure_must_be_one_of_a_loop(measures: list[Measure], flaw: str) -> None:
    model = strange()
    name = fingerprint(model)
    forged = Certificate(1, model.view, ((0, 1),), ((TRUE, TRUE),), name, tuple(measures))
    assert any(flaw in told for told in flaws(model, forged, [ENDS], BOTH))
    with pytest.raises(Malformed):
        from_json(to_json(forged), model)


def test_what_a_measure_adds_must_be_new() -> None:
    """Else the loop could be told what its measure was."""
    model = rounds()
    own = model.threads[0]
    for taken in ghosts(model, LEFT):
        changed = replace(model, threads=(replace(own, locals=(*own.locals, taken)),))
        forged = certificate(model, LEFT, decreasing(model, LEFT, IN_RANGE))
        assert any("called like" in told for told in flaws(changed, forged, [ENDS], BOTH))


def test_a_certificate_is_one_for_its_own_measure() -> None:
    good = certificate(rounds(), LEFT, decreasing(rounds(), LEFT, IN_RANGE))
    for other in ((), (Measure(0, 0, (COUNT,)),)):
        forged = replace(good, measures=other)
        assert "the certificate is for another program" in flaws(rounds(), forged, [ENDS], BOTH)


def test_the_other_checks_are_proved_as_before() -> None:
    """A measure takes nothing away: what does not hold does not hold with it."""
    model = rounds(asserts=True)
    formulas = {**decreasing(model, LEFT, IN_RANGE), 2: TRUE}
    one = certificate(model, LEFT, formulas)
    assert flaws(model, one, [ENDS, Claim(0, 1)], BOTH)


def test_a_measure_is_followed_from_cut_to_cut() -> None:
    """Where a round has several blocks, each must say what the measure was."""
    again, before = ghosts(rounds(), LEFT)
    was = and_(again, eq(before, sub(number(10), COUNT)), ult(COUNT, number(10)))
    for inside, is_good in ((was, True), (again, False), (TRUE, False)):
        formulas = {**decreasing(rounds(), LEFT, IN_RANGE), 2: inside}
        assert (found(rounds(), LEFT, formulas) == ()) is is_good


def test_another_thread_cannot_be_trusted_with_a_measure() -> None:
    """The bound is shared: who counts up to it may have to count for ever."""
    more = ult(COUNT, DATA)
    edges = [
        edge(0, 1, TRUE, {COUNT: number(0)}),
        edge(1, 2, more, {}, Action.SHARED),
        edge(1, 0, not_(more), {}, Action.SHARED),
        edge(2, 1, TRUE, {COUNT: add(COUNT, number(1))}),
    ]
    model = program([thread(edges, [check(1, TRUE, "walk", CheckKind.BOUNDED)], [COUNT])], [DATA])
    shared = Measure(0, 0, (sub(DATA, COUNT),))
    asked = measured(model, [shared]).threads[0].checks[0]
    forged = certificate(model, shared, {0: TRUE, 1: or_(FALSE, not_(asked.violated))})
    (told,) = flaws(model, forged, [ENDS], BOTH)
    assert "is not the thread's own" in told
    own = Measure(0, 0, (sub(number(255), COUNT),))
    assert found(model, own, decreasing(model, own)) == ()


def edited(change: Any) -> str:
    good = certificate(rounds(), LEFT, decreasing(rounds(), LEFT, IN_RANGE))
    data = json.loads(to_json(good))
    change(data["measures"])
    return json.dumps(data, separators=(",", ":"))


def test_a_certificate_with_a_measure_is_written_and_read() -> None:
    good = certificate(rounds(), LEFT, decreasing(rounds(), LEFT, IN_RANGE))
    assert from_json(to_json(good), rounds()) == good


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m["about"].clear(),
        lambda m: m["about"].append([0, 0, 1]),
        lambda m: m["about"][0].append(0),
        lambda m: m.update(about=[[0, 0, 0]]),
        lambda m: m.update(about=[[False, 0, 1]]),
        lambda m: m.update(about=[[0, 0, 2]]),
        lambda m: m.update(about=[[0, 0, -1]]),
        lambda m: m.update(about={}),
        lambda m: m.update(more=1),
        lambda m: m["words"]["roots"].clear(),
        lambda m: m["words"]["roots"].append(0),
    ],
)
def test_an_edited_measure_is_refused(change: Any) -> None:
    with pytest.raises(Malformed):
        from_json(edited(change), rounds())
