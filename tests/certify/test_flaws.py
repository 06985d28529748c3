"""A proof is believed only if every question it must pass is answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import pytest
from certificates import BOTH, EXCLUSION, KNOWN, LOCKED, MINE, certificate, found
from tiny import (
    CHOICE,
    COUNT,
    DATA,
    LOCK,
    ME,
    SAVED,
    check,
    checked_list,
    counter,
    edge,
    locked,
    number,
    program,
    published,
    thread,
    variable,
)

from cecheck.certify.answer import Answer
from cecheck.certify.check import Backend, Judgement, case, flaws, judged
from cecheck.certify.questions import Claim, Question
from cecheck.ir.build import add, all_of, and_, eq, not_, ule, ult
from cecheck.ir.expr import FALSE, TRUE, Expr, Scope
from cecheck.ir.program import Action, CheckKind, Prefix, Program


def test_a_lock_that_holds_its_owner_excludes_the_others() -> None:
    assert found(LOCKED, EXCLUSION) == ()


def test_a_loop_is_proved_by_what_holds_at_its_head() -> None:
    assert found(counter(10), {0: ule(COUNT, number(10))}) == ()
    assert found(counter(11), {0: ule(COUNT, number(10))})


def test_a_traversal_is_proved_if_every_node_is_checked() -> None:
    formulas = {0: TRUE, 1: ult(variable("node", Scope.LOCAL), number(100))}
    assert found(checked_list(), formulas) == ()
    assert found(checked_list(checks_each=False), formulas)


SMALL = and_(KNOWN, ult(DATA, number(50)))
LITTLE = ult(SAVED, number(50))
PUBLISHED: tuple[dict[int, Expr], dict[int, Expr]] = (
    {
        0: SMALL,
        2: and_(SMALL, LITTLE),
        3: all_of([SMALL, LITTLE, MINE]),
        4: and_(SMALL, MINE),
        5: SMALL,
        6: and_(SMALL, MINE),
        7: and_(SMALL, MINE),
    },
    {0: and_(SMALL, KNOWN), 1: and_(SMALL, MINE), 3: and_(SMALL, MINE)},
)


def test_what_one_thread_publishes_another_may_use() -> None:
    model = published()
    assert found(model, *PUBLISHED) == ()
    assert found(published(early=True), *PUBLISHED)


# ---- the proof itself is wrong -------------------------------------------------------------------


def test_a_lock_that_is_only_a_flag_proves_nothing() -> None:
    """With a Boolean the releasing thread cannot tell whose lock it was."""
    taken = variable("taken", Scope.GLOBAL, 0)
    edges = [
        edge(0, 1, not_(taken), {taken: TRUE}, Action.BLOCKING),
        edge(1, 2, TRUE, {DATA: ME}, Action.SHARED),
        edge(2, 3, TRUE, {SAVED: DATA}, Action.SHARED),
        edge(3, 0, TRUE, {taken: FALSE}, Action.SHARED),
    ]
    asked = [check(3, not_(eq(SAVED, ME)))]
    model = program([thread(edges, asked, [SAVED])], [taken, DATA], not_(taken))
    told = found(
        model, {0: TRUE, 1: taken, 2: and_(taken, eq(DATA, ME)), 3: and_(taken, eq(SAVED, ME))}
    )
    assert any("Interference" in flaw for flaw in told)


def test_a_lock_that_is_not_taken_proves_nothing() -> None:
    assert found(locked(forgets=True), EXCLUSION)


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_no_part_of_the_invariant_can_be_left_out(cut: int) -> None:
    parts = EXCLUSION[cut].children
    for part in parts:
        assert found(LOCKED, {**EXCLUSION, cut: part})
    assert found(LOCKED, {**EXCLUSION, cut: TRUE})


def test_no_bound_can_be_weakened_or_strengthened() -> None:
    for bound in range(256):
        assert (found(counter(10), {0: ule(COUNT, number(bound))}) == ()) == (bound == 10), bound


def test_a_contradiction_is_not_initial() -> None:
    told = found(LOCKED, dict.fromkeys(EXCLUSION, FALSE))
    assert [flaw.partition(" of ")[0] for flaw in told] == ["Init"]


def test_a_driver_thread_does_not_disturb_itself_but_a_client_does() -> None:
    """One thread may rely on what only it writes; two of a kind may not."""
    edges = [
        edge(0, 1, TRUE, {DATA: number(1)}, Action.SHARED),
        edge(1, 0, TRUE, {DATA: number(0)}, Action.SHARED),
    ]
    asked = [check(1, eq(DATA, number(0)))]
    for count, is_proved in ((1, True), (2, False), (None, False)):
        model = program([thread(edges, asked, count=count)], [DATA])
        assert (found(model, {0: TRUE, 1: eq(DATA, number(1))}) == ()) == is_proved


def test_threads_of_different_kinds_disturb_each_other() -> None:
    reader = thread([edge(0, 0, action=Action.LOCAL)], [check(0, eq(DATA, number(1)))], count=1)
    writer = thread([edge(0, 0, TRUE, {DATA: number(1)}, Action.SHARED)], count=1)
    model = program([reader, writer], [DATA], eq(DATA, number(0)))
    told = found(model, {0: not_(eq(DATA, number(1)))}, {0: TRUE})
    assert told
    assert all("Interference" in flaw for flaw in told)


def test_a_write_is_seen_even_if_its_block_never_ends() -> None:
    """Behind the write the thread stops for good, but the others have seen it."""
    writes = edge(0, 1, TRUE, {DATA: number(1)}, Action.SHARED)
    reads = thread([edge(0, 0)], [check(0, eq(DATA, number(1)))], count=1)
    for behind in ([], [edge(1, 2, FALSE)], [edge(1, 0, ult(CHOICE, number(0)))]):
        model = program([thread([writes, *behind]), reads], [DATA], eq(DATA, number(0)))
        assert found(model, {0: TRUE}, {0: not_(eq(DATA, number(1)))})


def test_a_write_is_seen_even_if_its_block_ends_the_run_later() -> None:
    """An unclaimed violation behind the write hides it from nobody."""
    edges = [edge(0, 1, TRUE, {DATA: number(1)}, Action.SHARED), edge(1, 0)]
    writer = thread(edges, [check(1, TRUE)])
    reads = thread([edge(0, 0)], [check(0, eq(DATA, number(1)))], count=1)
    model = program([writer, reads], [DATA], eq(DATA, number(0)))
    judged = certificate(model, {0: TRUE}, {0: not_(eq(DATA, number(1)))})
    assert flaws(model, judged, [Claim(1, 0)], BOTH)


@pytest.mark.parametrize("value", [1, 2])
def test_every_way_to_a_location_counts(value: int) -> None:
    """Two paths meet before the check; each of them may violate it."""
    toss = variable("toss", Scope.INPUT, 0)
    edges = [
        edge(0, 1, toss, {SAVED: number(1)}),
        edge(0, 1, not_(toss), {SAVED: number(2)}),
        edge(1, 2),
    ]
    for refused, is_proved in ((value, False), (3, True)):
        model = program([thread(edges, [check(2, eq(SAVED, number(refused)))], [SAVED])])
        assert (found(model, {0: TRUE}) == ()) == is_proved


def test_the_last_value_assigned_counts() -> None:
    edges = [edge(0, 1, updates={SAVED: number(1)}), edge(1, 2, updates={SAVED: add(SAVED, SAVED)})]
    for refused, is_proved in ((2, False), (1, True)):
        model = program([thread(edges, [check(2, eq(SAVED, number(refused)))], [SAVED])])
        assert (found(model, {0: TRUE}) == ()) == is_proved


def test_a_write_may_break_any_part_of_a_formula() -> None:
    writes = thread([edge(0, 0, TRUE, {DATA: number(1)}, Action.SHARED)])
    reads = thread([edge(0, 0)], [check(0, eq(DATA, number(1)))], count=1)
    model = program([writes, reads], [LOCK, DATA], and_(eq(LOCK, number(0)), eq(DATA, number(0))))
    parts = (eq(LOCK, number(0)), eq(DATA, number(0)), KNOWN)
    for order in permutations(parts):
        assert any("Interference" in flaw for flaw in found(model, {0: TRUE}, {0: and_(*order)}))


def test_facts_may_be_used_everywhere() -> None:
    slot = variable("slot", Scope.RIGID)
    edges = [edge(0, 1, TRUE, {DATA: slot}, Action.SHARED)]
    asked = [check(1, not_(ult(slot, number(9))))]
    model = program([thread(edges, asked)], [DATA], eq(DATA, number(0)))
    small = replace(model, rigid=(slot,), facts=ult(slot, number(9)))
    formulas = {0: ult(DATA, number(9)), 1: ult(DATA, number(9))}
    assert found(small, formulas) == ()
    assert found(replace(small, facts=ult(slot, number(10))), formulas)


def test_inputs_of_two_locations_differ_though_they_share_a_name() -> None:
    edges = [edge(0, 1, updates={SAVED: CHOICE}), edge(1, 2, updates={COUNT: CHOICE})]
    asked = [check(2, not_(eq(SAVED, COUNT)))]
    assert found(program([thread(edges, asked, [SAVED, COUNT])]), {0: TRUE})


def test_what_is_demonic_is_chosen_anew_at_each_location() -> None:
    free = variable("free", Scope.DEMONIC)
    edges = [edge(0, 1, updates={SAVED: free}), edge(1, 2, updates={COUNT: free})]
    asked = [check(2, not_(eq(SAVED, COUNT)))]
    assert found(program([thread(edges, asked, [SAVED, COUNT])]), {0: TRUE})


def test_an_edge_and_the_checks_at_its_start_share_their_inputs() -> None:
    edges = [edge(0, 1, updates={SAVED: CHOICE})]
    asked = [check(0, eq(CHOICE, number(7))), check(1, eq(SAVED, number(7)))]
    model = program([thread(edges, asked, [SAVED])])
    judged = certificate(model, {0: TRUE})
    assert flaws(model, judged, [Claim(0, 1)], BOTH) == ()
    assert flaws(model, judged, [Claim(0, 0)], BOTH)


def test_what_is_demonic_is_free_in_proofs() -> None:
    free = variable("free", Scope.DEMONIC)
    model = program([thread([], [check(0, eq(free, number(3)))])])
    assert found(model, {0: TRUE})


def test_guards_that_overlap_are_a_flaw() -> None:
    edges = [edge(0, 1, ule(SAVED, number(5))), edge(0, 2, ule(number(5), SAVED))]
    model = program([thread(edges, [check(1, FALSE)], [SAVED])])
    assert any(flaw.startswith("Guards") for flaw in found(model, {0: TRUE}))


# ---- what ends a run -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CheckKind)
def test_behind_an_unclaimed_check_only_runs_that_go_on_count(kind: CheckKind) -> None:
    first = check(0, eq(SAVED, number(7)), "first", kind)
    second = check(1, eq(SAVED, number(7)), "second")
    model = program([thread([edge(0, 1)], [first, second], [SAVED])])
    told = flaws(model, certificate(model, {0: TRUE}), [Claim(0, 1)], BOTH)
    # A model bound is asked though nobody claims it.
    assert (told == ()) == (kind.ends_run and kind is not CheckKind.BOUND)


def test_a_violation_that_may_lack_bytes_ends_no_run() -> None:
    prefix = Prefix(CHOICE, number(0), number(9), FALSE)
    first = replace(check(0, eq(SAVED, number(7)), "first"), prefix=prefix)
    second = check(1, eq(SAVED, number(7)), "second")
    model = program([thread([edge(0, 1)], [first, second], [SAVED])])
    assert flaws(model, certificate(model, {0: TRUE}), [Claim(0, 1)], BOTH)


def test_a_model_bound_is_asked_though_nobody_claims_it() -> None:
    bound = check(1, TRUE, "depth", CheckKind.BOUND)
    model = program([thread([edge(0, 1)], [check(0, FALSE), bound])])
    told = flaws(model, certificate(model, {0: TRUE}), [Claim(0, 0)], BOTH)
    assert any("model bound" in flaw for flaw in told)


# ---- claims that are judged one by one -----------------------------------------------------------


def _judged(model: Program, formula: Expr, says: Backend = BOTH[0]) -> Judgement:
    claims = [Claim(0, n) for n in range(len(model.threads[0].checks))]
    return judged(case(model, certificate(model, {0: formula}), claims), says)


def _asking(*violated: Expr) -> Program:
    """Return a thread that asks all of *violated* at one place."""
    asked = [check(0, one, "here") for one in violated]
    return program([thread([edge(0, 0)], asked, [COUNT], initial=eq(COUNT, number(0)))])


def test_each_claim_that_fails_is_told_and_no_other() -> None:
    small, odd = not_(ule(COUNT, number(10))), eq(COUNT, number(3))
    told = _judged(_asking(small, odd), ule(COUNT, number(10)))
    assert told.flaws == ()
    assert set(told.unproved) == {Claim(0, 1)}


def test_claims_that_are_alike_fail_together() -> None:
    """The same check, asked twice at one place, is not proved by being asked once."""
    odd = eq(COUNT, number(3))
    told = _judged(_asking(odd, odd, not_(ule(COUNT, number(10)))), ule(COUNT, number(10)))
    assert set(told.unproved) == {Claim(0, 0), Claim(0, 1)}
    model = _asking(odd)
    (thread_,) = model.threads
    twice = replace(model, threads=(replace(thread_, checks=(*thread_.checks, *thread_.checks)),))
    assert set(_judged(twice, TRUE).unproved) == {Claim(0, 0), Claim(0, 1)}


def test_a_solver_that_says_less_the_second_time_voids_the_certificate() -> None:
    """Answers that are missing when claims are asked one by one prove nothing."""
    calls: list[int] = []

    def says(asked: Sequence[Question]) -> tuple[Answer, ...]:
        calls.append(len(asked))
        return BOTH[0](asked) if len(calls) == 1 else ()

    odd = eq(COUNT, number(3))
    told = _judged(_asking(odd, eq(COUNT, number(4))), ule(COUNT, number(10)), says)
    assert len(calls) == 2
    assert told.flaws
