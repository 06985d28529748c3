"""Each question is asked: what fails without it is told by its name, and nothing else fails."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pytest
from certificates import KNOWN, all_claims, certificate
from tiny import (
    CHOICE,
    COUNT,
    DATA,
    LOCK,
    ME,
    SAVED,
    SIZE,
    SPAN,
    check,
    counter,
    edge,
    number,
    program,
    thread,
    variable,
)

from cecheck.certify.answer import Answer, GaveUp, Sat, Unsat
from cecheck.certify.ask_z3 import z3_says
from cecheck.certify.check import flaws
from cecheck.certify.questions import (
    Claim,
    Question,
    apart,
    first_unsat,
    question,
    questions,
)
from cecheck.ir.assume import conjuncts
from cecheck.ir.build import add, all_of, and_, eq, ite, ne, not_, or_, ule, ult
from cecheck.ir.expr import FALSE, TRUE, Binary, BinaryOp, Expr, Scope, Var, bits
from cecheck.ir.program import Action, CheckKind, Program, Site, Thread

SHARED = Action.SHARED
ALLOWED = ": the invariant allows it"
BOUND = CheckKind.BOUND
SLOT = variable("slot", Scope.RIGID)


def wrong(
    model: Program, *formulas: dict[int, Expr], claims: Collection[Claim] | None = None
) -> list[str]:
    """Return the questions that Z3 has a solution for."""
    asked = all_claims(model) if claims is None else claims
    told = flaws(model, certificate(model, *formulas), asked, [z3_says])
    assert all(flaw.endswith(ALLOWED) for flaw in told), told
    return [flaw.removesuffix(ALLOWED) for flaw in told]


def asking(*checks: tuple[CheckKind, str]) -> str:
    """Return how a question names the checks of one place."""
    return "Check " + ", ".join(f"{kind.value} at {Site(name, SPAN)}" for kind, name in checks)


def asserting(*sites: str) -> str:
    """Return how a question names assertions."""
    return asking(*[(CheckKind.ASSERT, site) for site in sites])


NEVER = [check(9, TRUE, "nowhere")]  # something to claim, where nobody comes


def alone(*edges, checks=(), initial: Expr = TRUE) -> Program:
    """Return a program of one thread, and no other."""
    kind = thread(edges, [*checks, *NEVER], [SAVED, COUNT], count=1, initial=initial)
    return program([kind], [DATA])


# ---- what holds at first -----------------------------------------------------------------------


def test_what_is_said_of_the_start_holds_there() -> None:
    model = alone(initial=ult(SAVED, number(5)))
    assert wrong(model, {0: ult(SAVED, number(5))}) == []
    assert wrong(model, {0: ult(SAVED, number(4))}) == ["Init of driver"]


def test_facts_and_both_initial_states_count() -> None:
    model = replace(
        alone(initial=eq(SAVED, DATA)), rigid=(SLOT,), facts=ult(SLOT, number(5)),
        initial=eq(DATA, SLOT),
    )  # fmt: skip
    said = {0: ult(SAVED, number(5))}
    assert wrong(model, said) == []
    assert wrong(replace(model, facts=TRUE), said) == ["Init of driver"]
    assert wrong(replace(model, initial=TRUE), said) == ["Init of driver"]
    (kind,) = model.threads
    assert wrong(replace(model, threads=(replace(kind, initial=TRUE),)), said) == ["Init of driver"]


def test_another_cut_need_not_hold_at_first() -> None:
    assert wrong(alone(edge(1, 2)), {0: TRUE, 1: FALSE}) == []
    assert wrong(alone(edge(1, 2)), {1: TRUE, 0: FALSE}) == ["Init of driver"]


def test_each_kind_of_thread_begins() -> None:
    kinds = [replace(thread([edge(0, 0)], NEVER, count=1), name=name) for name in ("one", "two")]
    model = program(kinds, [DATA], eq(DATA, number(0)))
    good, bad = {0: eq(DATA, number(0))}, {0: eq(DATA, number(1))}
    assert wrong(model, good, bad) == ["Init of two"]
    assert wrong(model, bad, good) == ["Init of one"]


# ---- guards ------------------------------------------------------------------------------------


def test_guards_of_one_location_exclude_each_other() -> None:
    low, high = ult(SAVED, number(5)), ule(number(5), SAVED)
    for guards, is_good in (
        ((low, high), True),
        ((low, ule(number(4), SAVED)), False),
        ((low, high, eq(SAVED, number(9))), False),
        ((eq(SAVED, number(9)), low, high), False),
        ((low, eq(SAVED, number(9)), high), False),
        ((TRUE,), True),
    ):
        model = alone(*[edge(0, 0, guard) for guard in guards])
        assert wrong(model, {0: TRUE}) == ([] if is_good else ["Guards of driver"])


def test_guards_of_two_locations_may_hold_at_once() -> None:
    assert wrong(alone(edge(0, 1, eq(SAVED, ME)), edge(1, 0, eq(SAVED, ME))), {0: TRUE}) == []


def test_guards_exclude_each_other_where_the_facts_hold() -> None:
    edges = [edge(0, 0, ult(SAVED, SLOT)), edge(0, 0, ult(number(7), SAVED))]
    model = replace(alone(*edges), rigid=(SLOT,))
    assert wrong(model, {0: TRUE}) == ["Guards of driver"]
    assert wrong(replace(model, facts=ult(SLOT, number(7))), {0: TRUE}) == []
    # What a formula says does not count: a check may stand where it does not hold.
    assert wrong(model, {0: ult(SLOT, number(7))})[-1] == "Guards of driver"


def test_guards_are_asked_of_each_kind() -> None:
    overlap = [edge(0, 0), edge(0, 0)]
    kinds = [
        replace(thread(edges, NEVER, count=1), name=name)
        for name, edges in (("one", [edge(0, 0)]), ("two", overlap))
    ]
    assert wrong(program(kinds), {0: TRUE}, {0: TRUE}) == ["Guards of two"]


def test_a_block_goes_on_behind_what_others_have_seen() -> None:
    small = ult(SAVED, number(5))
    writes = edge(0, 1, TRUE, {DATA: ME}, SHARED)

    def model(*edges) -> Program:
        return program([thread([writes, *edges], NEVER, [SAVED])], [DATA])

    stops = ["Guards of client"]
    assert wrong(model(edge(1, 0, small)), {0: TRUE}) == stops
    assert wrong(model(edge(1, 0, small), edge(1, 0, not_(small))), {0: TRUE}) == []
    assert wrong(model(edge(1, 0, small)), {0: TRUE, 1: TRUE}) == []
    assert wrong(model(edge(1, 2), edge(2, 0, small)), {0: TRUE}) == stops
    assert wrong(model(), {0: TRUE}) == stops
    assert wrong(model(edge(1, 0)), {0: TRUE}) == []


def test_each_kind_goes_on() -> None:
    """Whichever of them is the one that stops."""
    goes = replace(thread([edge(0, 0)], NEVER), name="goes")
    stops = replace(thread([edge(0, 1, TRUE, {DATA: ME}, SHARED)], NEVER), name="stops")
    for kinds in ([goes, stops], [stops, goes]):
        assert wrong(program(kinds, [DATA]), {0: TRUE}, {0: TRUE}) == ["Guards of stops"]


# ---- checks ------------------------------------------------------------------------------------


def test_a_claim_that_may_fail_is_told_by_its_kind_site_and_block() -> None:
    asked = [
        check(1, eq(SAVED, number(3)), "three"),
        check(2, eq(SAVED, number(4)), "four", CheckKind.MAPPED),
    ]
    model = alone(edge(0, 1), edge(1, 2), edge(2, 3), edge(3, 0), checks=asked)
    three, four = asserting("three"), asking((CheckKind.MAPPED, "four"))
    told = wrong(model, {0: TRUE, 2: TRUE})
    assert told == [f"{three} in driver from 0", f"{four} in driver from 2"]
    assert wrong(model, {0: TRUE, 2: TRUE}, claims=[Claim(0, 0)]) == told[:1]
    assert wrong(model, {0: TRUE, 2: TRUE}, claims=[Claim(0, 1)]) == told[1:]


def test_what_the_formula_and_the_way_say_counts() -> None:
    asked = [check(1, eq(SAVED, number(7)), "seven")]
    told = [f"{asserting('seven')} in driver from 0"]
    small = ult(SAVED, number(7))

    def model(guard: Expr) -> Program:
        return alone(edge(0, 1, guard), edge(1, 2), checks=asked, initial=small)

    assert wrong(model(TRUE), {0: TRUE}) == told
    assert wrong(model(TRUE), {0: small}) == []
    assert wrong(model(small), {0: TRUE}) == []
    rigid = replace(model(ult(SAVED, SLOT)), rigid=(SLOT,))
    assert wrong(rigid, {0: TRUE}) == told
    assert wrong(replace(rigid, facts=ult(SLOT, number(7))), {0: TRUE}) == []


def test_claims_of_one_place_are_asked_together() -> None:
    three, four = (check(0, eq(SAVED, number(n)), f"is {n}") for n in (3, 4))
    model = alone(edge(0, 0), checks=[three, four])
    (one,) = questions(model, certificate(model, {0: TRUE}), all_claims(model))
    assert one.name == f"{asserting('is 3', 'is 4')} in driver from 0"
    assert one.claims == (Claim(0, 0), Claim(0, 1))
    assert one.refutation == or_(eq(SAVED, number(3)), eq(SAVED, number(4)))
    single = apart(model, certificate(model, {0: TRUE}), all_claims(model), [Claim(0, 1)])
    assert [(q.name, q.refutation, q.claims) for q in single] == [
        (f"{asserting('is 4')} in driver from 0", eq(SAVED, number(4)), (Claim(0, 1),))
    ]


def test_what_violations_of_one_place_have_in_common_is_said_once() -> None:
    one, two, three = (ult(var, number(9)) for var in (SAVED, COUNT, DATA))
    asked = [check(0, and_(one, two)), check(0, and_(three, one)), check(0, FALSE)]
    model = alone(edge(0, 0), checks=asked)
    (found,) = questions(model, certificate(model, {0: TRUE}), all_claims(model))
    assert found.refutation == and_(one, or_(two, three))
    only = replace(model, threads=(replace(model.threads[0], checks=(check(0, FALSE),)),))
    assert questions(only, certificate(only, {0: TRUE}), all_claims(only)) == ()


def test_a_bound_of_the_model_is_asked_by_itself() -> None:
    """All rests on it: it is nobody's claim, unless it is claimed."""
    bounds = [check(0, eq(SAVED, number(n)), f"b{n}", BOUND) for n in (1, 2)]
    model = alone(edge(0, 0), checks=[check(0, eq(SAVED, number(3)), "a"), *bounds])
    asked = questions(model, certificate(model, {0: TRUE}), [Claim(0, 0)])
    assert [(one.name, one.claims) for one in asked] == [
        (f"{asking((BOUND, 'b1'))} in driver from 0", ()),
        (f"{asking((BOUND, 'b2'))} in driver from 0", ()),
        (f"{asserting('a')} in driver from 0", (Claim(0, 0),)),
    ]
    asked = questions(model, certificate(model, {0: TRUE}), [Claim(0, 0), Claim(0, 1)])
    both = asking((CheckKind.ASSERT, "a"), (BOUND, "b1"))
    assert [(one.name, one.claims) for one in asked] == [
        (f"{asking((BOUND, 'b2'))} in driver from 0", ()),
        (f"{both} in driver from 0", (Claim(0, 0), Claim(0, 1))),
    ]


def test_a_bound_of_another_kind_of_thread_is_asked() -> None:
    bound = check(0, eq(SAVED, number(1)), "b", BOUND)
    kinds = [
        thread([edge(0, 0)], [asked], [SAVED], count=1) for asked in (check(0, FALSE), bound)
    ]
    model = program(kinds)
    told = wrong(model, {0: TRUE}, {0: TRUE}, claims=[Claim(0, 0)])
    assert told == [f"{asking((BOUND, 'b'))} in driver from 0"]


def test_one_check_that_is_claimed_twice_is_one_question_for_both() -> None:
    asked = check(0, eq(SAVED, number(1)), "one")
    model = alone(edge(0, 0))
    (kind,) = model.threads
    model = replace(model, threads=(replace(kind, checks=(asked, asked)),))
    one, two = Claim(0, 0), Claim(0, 1)
    found = questions(model, certificate(model, {0: TRUE}), [one, two])
    assert [q.claims for q in found] == [(one, two, one, two)]
    single = apart(model, certificate(model, {0: TRUE}), [one, two], [two])
    assert {q.claims for q in single} == {(one, two)}


# ---- one claim by itself -----------------------------------------------------------------------


def test_claims_are_asked_one_by_one_wherever_they_are() -> None:
    """Only the wanted ones, from each cut, in each kind of thread."""
    asked = [check(n, eq(SAVED, number(n)), f"at {n}") for n in (1, 2)]
    edges = [edge(0, 1), edge(1, 2), edge(2, 0), edge(3, 1)]
    kinds = [
        replace(thread(edges, asked, [SAVED], count=1), name=name) for name in ("one", "two")
    ]
    kinds[1] = replace(kinds[1], checks=tuple(replace(c) for c in asked))
    model = program(kinds)
    said = certificate(model, {0: TRUE, 3: TRUE}, {0: TRUE, 3: TRUE})
    wanted = [Claim(0, 1), Claim(1, 0)]
    found = apart(model, said, all_claims(model), wanted)
    assert [(q.name, q.claims) for q in found] == [
        (f"{asserting('at 2')} in one from 0", (Claim(0, 1),)),
        (f"{asserting('at 2')} in one from 3", (Claim(0, 1),)),
        (f"{asserting('at 1')} in two from 0", (Claim(1, 0),)),
        (f"{asserting('at 1')} in two from 3", (Claim(1, 0),)),
    ]
    assert apart(model, said, all_claims(model), []) == ()


def test_a_claim_that_is_not_wanted_ends_no_run() -> None:
    """It is still claimed: what comes behind its violation counts."""
    first, second = check(0, eq(SAVED, number(7)), "a"), check(1, eq(SAVED, number(7)), "b")
    model = alone(edge(0, 1), edge(1, 0), checks=[first, second])
    said = certificate(model, {0: TRUE})
    (one,) = apart(model, said, [Claim(0, 0), Claim(0, 1)], [Claim(0, 1)])
    assert one.refutation == eq(SAVED, number(7))
    assert apart(model, said, [Claim(0, 1)], [Claim(0, 1)]) == ()


def test_a_bound_that_is_not_wanted_is_not_asked_again() -> None:
    bound = check(0, eq(SAVED, number(1)), "b", BOUND)
    model = alone(edge(0, 0), checks=[check(0, eq(SAVED, number(3)), "a"), bound])
    (one,) = apart(model, certificate(model, {0: TRUE}), [Claim(0, 0)], [Claim(0, 0)])
    assert one.claims == (Claim(0, 0),)


# ---- one's own steps ---------------------------------------------------------------------------


def test_each_block_arrives_where_the_formula_holds() -> None:
    one_more = {COUNT: add(COUNT, number(1))}
    for steps, cut in ((1, 0), (2, 0), (1, 1)):
        edges = [edge(0, 1, TRUE, one_more), edge(1, 0, TRUE, one_more if steps == 2 else {})]
        model = alone(*edges, initial=eq(COUNT, number(0)))
        said = {0: ult(COUNT, number(9)), 1: ult(COUNT, number(9))}
        said = {0: said[0]} if cut == 0 else said
        told = [f"Own at {cut} in driver from 0"]
        assert wrong(model, said) == told


def test_a_block_is_asked_about_the_formula_of_its_own_end() -> None:
    edges = [edge(0, 1, updates={SAVED: number(1)}), edge(1, 0, updates={SAVED: number(0)})]
    model = alone(*edges, initial=eq(SAVED, number(0)))
    zero, one = eq(SAVED, number(0)), eq(SAVED, number(1))
    assert wrong(model, {0: zero, 1: one}) == []
    assert wrong(model, {0: zero, 1: zero}) == ["Own at 1 in driver from 0"]
    assert wrong(model, {1: one, 0: zero}) == []
    assert wrong(model, {0: TRUE, 1: or_(zero, one)}) == []


def test_each_kind_arrives_where_its_own_formula_holds() -> None:
    one = thread([edge(0, 0, TRUE, {SAVED: number(1)})], NEVER, [SAVED], count=1,
                 initial=eq(SAVED, number(1)))  # fmt: skip
    two = thread([edge(0, 0, TRUE, {SAVED: number(2)})], NEVER, [SAVED], count=1,
                 initial=eq(SAVED, number(2)))  # fmt: skip
    model = program([replace(one, name="one"), replace(two, name="two")])
    is_one, is_two = {0: eq(SAVED, number(1))}, {0: eq(SAVED, number(2))}
    assert wrong(model, is_one, is_two) == []
    small = {0: ult(SAVED, number(2))}
    assert wrong(model, small, {0: ult(SAVED, number(3))}) == []
    assert wrong(model, is_one, {0: not_(eq(SAVED, number(1)))}) == []


def test_where_two_blocks_end_each_is_asked() -> None:
    small = ult(CHOICE, number(5))
    edges = [
        edge(0, 1, small, {SAVED: number(1)}), edge(0, 2, not_(small), {SAVED: number(2)}),
        edge(1, 0), edge(2, 0),
    ]  # fmt: skip
    model = alone(*edges, initial=eq(SAVED, number(0)))
    said = {0: TRUE, 1: eq(SAVED, number(1)), 2: eq(SAVED, number(2))}
    assert wrong(model, said) == []
    assert wrong(model, {**said, 1: FALSE}) == ["Own at 1 in driver from 0"]
    assert wrong(model, {**said, 2: FALSE}) == ["Own at 2 in driver from 0"]


def test_an_unclaimed_violation_is_no_way_on() -> None:
    asked = check(0, ult(number(4), COUNT), "small")
    model = alone(edge(0, 0, TRUE, {COUNT: add(COUNT, number(1))}), checks=[asked],
                  initial=eq(COUNT, number(0)))  # fmt: skip
    said = {0: ule(COUNT, number(5))}
    assert wrong(model, said, claims=[Claim(0, 1)]) == []
    assert wrong(model, said, claims=[Claim(0, 0), Claim(0, 1)]) == [
        "Own at 0 in driver from 0", f"{asserting('small')} in driver from 0",
    ]  # fmt: skip


# ---- others ------------------------------------------------------------------------------------


def of_kind(name: str, count: int | None, *edges, checks=NEVER, me: Var = ME) -> Thread:
    kind = thread(edges, checks, [SAVED], count=count)
    known = not_(eq(me, Binary(BinaryOp.SUB, me, me)))
    return replace(kind, name=name, identity=me, locals=(me, SAVED), initial=known)


WRITES = edge(0, 0, TRUE, {DATA: number(1)}, SHARED)
RESTS = edge(0, 0)
ZERO = eq(DATA, number(0))


@pytest.mark.parametrize(("count", "hurts"), [(1, False), (2, True), (None, True)])
def test_a_thread_disturbs_others_of_its_kind_but_not_itself(
    count: int | None, hurts: bool
) -> None:
    edges = [
        edge(0, 1, TRUE, {DATA: number(1)}, SHARED), edge(1, 0, TRUE, {DATA: number(0)}, SHARED),
    ]  # fmt: skip
    model = program([of_kind("one", count, *edges)], [DATA])
    told = ["Interference with one in one from 1"]
    assert wrong(model, {0: TRUE, 1: not_(ZERO)}) == (told if hurts else [])


@pytest.mark.parametrize("count", [1, 2, None])
def test_a_thread_disturbs_other_kinds(count: int | None) -> None:
    writer, other = of_kind("writer", count, WRITES), of_kind("other", 1, RESTS)
    told = ["Interference with other in writer from 0"]
    assert wrong(program([writer, other], [DATA], ZERO), {0: TRUE}, {0: ZERO}) == told
    assert wrong(program([other, writer], [DATA], ZERO), {0: ZERO}, {0: TRUE}) == told
    assert wrong(program([writer, other], [DATA], ZERO), {0: TRUE}, {0: ule(DATA, number(1))}) == []


def test_each_other_kind_is_asked_about() -> None:
    kinds = [of_kind("writer", 1, WRITES), of_kind("b", 1, RESTS), of_kind("c", 1, RESTS)]
    model = program(kinds, [DATA], ZERO)
    assert wrong(model, {0: TRUE}, {0: TRUE}, {0: ZERO}) == ["Interference with c in writer from 0"]
    assert wrong(model, {0: TRUE}, {0: ZERO}, {0: TRUE}) == ["Interference with b in writer from 0"]
    assert wrong(model, {0: TRUE}, {0: ZERO}, {0: ZERO}) == [
        "Interference with b in writer from 0", "Interference with c in writer from 0",
    ]  # fmt: skip


def test_each_cut_of_another_thread_counts() -> None:
    other = of_kind("other", 1, edge(0, 1), edge(1, 0))
    model = program([of_kind("writer", 1, WRITES), other], [DATA], ZERO)
    one = or_(ZERO, eq(DATA, number(1)))
    told = ["Interference with other in writer from 0"]
    assert wrong(model, {0: TRUE}, {0: one, 1: one}) == []
    assert wrong(model, {0: TRUE}, {0: one, 1: FALSE}) == ["Own at 1 in other from 0"]
    assert wrong(model, {0: TRUE}, {0: ZERO, 1: one}) == [*told, "Own at 0 in other from 1"]
    assert wrong(model, {0: TRUE}, {0: ZERO, 1: ZERO}) == told


def test_the_formula_of_the_one_who_writes_counts() -> None:
    """And its way, and the facts."""
    value = {DATA: SAVED}
    zero = eq(SAVED, number(0))

    def model(guard: Expr) -> Program:
        writer = of_kind("writer", 1, edge(0, 0, guard, value, SHARED))
        writer = replace(writer, initial=zero)
        return program([writer, of_kind("other", 1, RESTS)], [DATA], ZERO)

    told = ["Interference with other in writer from 0"]
    assert wrong(model(TRUE), {0: TRUE}, {0: ZERO}) == told
    assert wrong(model(TRUE), {0: zero}, {0: ZERO}) == []
    assert wrong(model(zero), {0: TRUE}, {0: ZERO}) == []
    rigid = replace(model(ule(SAVED, SLOT)), rigid=(SLOT,))
    assert wrong(rigid, {0: TRUE}, {0: ZERO}) == told
    assert wrong(replace(rigid, facts=eq(SLOT, number(0))), {0: TRUE}, {0: ZERO}) == []


def test_the_formula_of_the_other_held_before() -> None:
    """Of a thread that is not there nothing can break."""
    adds = edge(0, 0, ult(DATA, number(9)), {DATA: add(DATA, number(1))}, SHARED)
    writer, other = of_kind("writer", 1, adds), of_kind("other", 1, RESTS)
    model = program([writer, other], [DATA], ZERO)
    assert wrong(model, {0: TRUE}, {0: ule(DATA, number(9))}) == []
    assert wrong(model, {0: TRUE}, {0: ule(DATA, number(8))}) == [
        "Interference with other in writer from 0"
    ]


def test_two_threads_have_two_identities() -> None:
    """And what is said of one is not said of the other."""
    mine = and_(KNOWN, eq(LOCK, ME))
    take = edge(0, 1, eq(LOCK, number(0)), {LOCK: ME}, Action.BLOCKING)
    give = edge(1, 0, TRUE, {LOCK: number(0)}, SHARED)
    model = program([of_kind("one", None, take, give)], [LOCK], eq(LOCK, number(0)))
    assert wrong(model, {0: KNOWN, 1: mine}) == []
    steal = replace(take, guard=or_(eq(LOCK, number(0)), mine))
    assert wrong(
        program([of_kind("one", None, steal, give)], [LOCK], eq(LOCK, number(0))),
        {0: KNOWN, 1: mine},
    ) == []  # fmt: skip
    loose = replace(give, start=0)
    model = program([of_kind("one", 1, take, give), of_kind("two", 1, loose)], [LOCK],
                    eq(LOCK, number(0)))  # fmt: skip
    assert wrong(model, {0: KNOWN, 1: mine}, {0: KNOWN}) == ["Interference with one in two from 0"]


def test_identities_of_two_sorts_say_nothing_of_each_other() -> None:
    narrow = Var("you", bits(4), Scope.LOCAL)
    writes = edge(0, 0, TRUE, {DATA: number(1)}, SHARED)
    one, two = of_kind("one", 1, writes), of_kind("two", 1, RESTS, me=narrow)
    told = ["Interference with two in one from 0"]
    assert wrong(program([one, two], [DATA], ZERO), {0: TRUE}, {0: ZERO}) == told


def test_a_thread_does_not_take_its_own_locals_for_anothers() -> None:
    """What it has saved is not what the other has."""
    writes = edge(0, 0, TRUE, {DATA: SAVED}, SHARED)
    one, two = of_kind("one", 1, writes), of_kind("two", 1, RESTS)
    said = {0: eq(DATA, SAVED)}
    model = program([one, two], [DATA], ZERO)
    (first, second) = (replace(kind, initial=eq(SAVED, number(0))) for kind in model.threads)
    model = replace(model, threads=(first, second))
    assert wrong(model, {0: TRUE}, said) == ["Interference with two in one from 0"]
    assert wrong(model, {0: eq(SAVED, number(0))}, {0: and_(ZERO, eq(SAVED, number(0)))}) == []


def test_any_way_through_a_block_may_disturb() -> None:
    small = ult(CHOICE, number(5))
    for values in ((1, 2), (2, 1), (1, 1)):
        edges = [
            edge(0, 1, small, {DATA: number(values[0])}, SHARED),
            edge(0, 1, not_(small), {DATA: number(values[1])}, SHARED),
            edge(1, 0),
        ]
        model = program([of_kind("writer", 1, *edges), of_kind("other", 1, RESTS)], [DATA], ZERO)
        told = wrong(model, {0: TRUE}, {0: ne(DATA, number(2))})
        assert told == (["Interference with other in writer from 0"] if 2 in values else [])
        assert wrong(model, {0: TRUE, 1: TRUE}, {0: ne(DATA, number(2))}) == told


def test_what_is_written_to_one_word_leaves_others_as_they_are() -> None:
    model = program(
        [of_kind("writer", 1, edge(0, 0, TRUE, {DATA: SIZE}, SHARED)), of_kind("other", 1, RESTS)],
        [DATA, SIZE], and_(ZERO, eq(SIZE, number(0))),
    )  # fmt: skip
    assert wrong(model, {0: TRUE}, {0: eq(SIZE, number(0))}) == []
    assert wrong(model, {0: TRUE}, {0: and_(ZERO, eq(SIZE, number(0)))}) == []
    (first, second) = model.threads
    saved = replace(second, initial=eq(SAVED, number(0)))
    model = replace(model, threads=(first, saved))
    assert wrong(model, {0: TRUE}, {0: and_(eq(SIZE, SAVED), ZERO)}) == [
        "Interference with other in writer from 0"
    ]


def test_a_formula_is_broken_in_any_of_its_parts() -> None:
    """Only parts that mention what is written are asked about again."""
    model = program([of_kind("writer", 1, WRITES), of_kind("other", 1, RESTS)], [DATA], ZERO)
    parts = [ule(SAVED, number(200)), ule(DATA, number(1)), ne(DATA, number(1)), ne(ME, SAVED)]
    (first, second) = model.threads
    start = and_(second.initial, all_of([parts[0], parts[3]]))
    model = replace(model, threads=(first, replace(second, initial=start)))
    told = ["Interference with other in writer from 0"]
    assert wrong(model, {0: TRUE}, {0: all_of(parts)}) == told
    assert wrong(model, {0: TRUE}, {0: all_of(reversed(parts))}) == told
    assert wrong(model, {0: TRUE}, {0: all_of([parts[0], parts[1], parts[3]])}) == []
    (asked,) = [
        one
        for one in questions(
            model, certificate(model, {0: TRUE}, {0: all_of(parts[:2])}), all_claims(model)
        )
        if one.name == told[0]
    ] or [None]
    assert asked is None  # 1 <= 1: false as it stands


def test_blocks_that_write_nothing_disturb_nobody() -> None:
    model = program([of_kind("one", None, edge(0, 0, TRUE, {SAVED: DATA}, SHARED))], [DATA], ZERO)
    asked = questions(model, certificate(model, {0: ZERO}), all_claims(model))
    assert not [one for one in asked if one.name.startswith("Interference")]


# ---- what is asked instead ---------------------------------------------------------------------

P, Q = ult(SAVED, number(9)), ult(COUNT, number(9))
FORK = eq(CHOICE, number(1))


def test_what_is_known_at_the_cut_is_decided_on_the_way() -> None:
    """By the facts, and by the formula."""
    small, fixed = ult(SAVED, number(5)), ult(SLOT, number(5))
    asked = [check(1, ult(DATA, COUNT), "a")]
    for known in (small, fixed):
        model = alone(edge(0, 1, or_(not_(known), Q)), edge(1, 0), checks=asked, initial=small)
        model = replace(model, rigid=(SLOT,), facts=fixed)
        found = questions(model, certificate(model, {0: small}), all_claims(model))
        (one,) = [one for one in found if one.claims]
        assert one.refutation == all_of([fixed, small, Q, ult(DATA, COUNT)])


def test_a_question_is_that_all_premises_and_the_goal_hold() -> None:
    one = question("name", [P, and_(Q, FORK)], ult(DATA, SAVED), (Claim(0, 0),))
    assert (one.name, one.claims) == ("name", (Claim(0, 0),))
    assert one.refutation == all_of([P, Q, FORK, ult(DATA, SAVED)])
    assert question("name", [], P).claims == ()


def test_a_premise_about_another_choice_is_left_out_of_the_smaller_question() -> None:
    one = question("name", [P, FORK], ult(DATA, SAVED))
    assert one.gists == (and_(P, ult(DATA, SAVED)),)
    kept = question("name", [P, FORK], ult(CHOICE, SAVED))
    (gist,) = kept.gists
    assert FORK in conjuncts(gist)


def test_what_premises_decide_is_decided_in_the_smaller_question() -> None:
    goal = and_(or_(not_(P), Q), ne(COUNT, SAVED))
    one = question("name", [P], goal)
    assert one.gists == (all_of([P, ne(COUNT, SAVED), Q]),)
    assert one.refutation == and_(P, goal)
    never = question("name", [P], ule(number(9), SAVED))
    assert never.refutation is not FALSE
    decided = question("name", [eq(SAVED, number(9))], P)
    assert decided.gists == (FALSE,)
    assert decided.refutation == and_(eq(SAVED, number(9)), P)


def large() -> Expr:
    """Return a choice that is worth a name of its own."""
    value: Expr = DATA
    for n in range(30):
        value = add(Binary(BinaryOp.MUL, value, number(n + 3)), number(n))
    return ite(ult(SIZE, DATA), value, SIZE)


def test_what_a_large_choice_is_made_of_is_forgotten_first() -> None:
    choice = large()
    one = question("name", [ult(choice, number(7)), P], ult(number(9), choice))
    small, whole = one.gists
    stands_for = Var("forgotten 0", bits(8), Scope.INPUT)
    for gist, value in ((whole, choice), (small, stands_for)):
        parts = {P, ult(value, number(7)), ult(number(9), value)}
        assert set(conjuncts(gist)) == parts
    assert one.refutation == all_of([ult(choice, number(7)), P, ult(number(9), choice)])


def test_a_premise_about_a_choice_is_left_out_where_that_was_forgotten() -> None:
    """Once a choice has a name, what it was made of does not matter any more."""
    choice = ite(eq(CHOICE, number(1)), large(), DATA)
    one = question("name", [ult(CHOICE, number(5)), P], ult(number(9), choice))
    small, whole = one.gists
    stands_for = Var("forgotten 0", bits(8), Scope.INPUT)
    assert small == and_(P, ult(number(9), stands_for))
    assert set(conjuncts(whole)) == {ult(CHOICE, number(5)), P, ult(number(9), choice)}


def test_smaller_questions_are_asked_first() -> None:
    asked = Question("name", TRUE, (P, Q))
    for answers, expected, count in (
        ([Unsat()], Unsat(), 1),
        ([Sat(), Unsat()], Unsat(), 2),
        ([GaveUp("a"), GaveUp("b"), Unsat()], Unsat(), 3),
        ([Unsat(), Sat(), Sat()], Unsat(), 1),
        ([Sat(), Sat(), Sat()], Sat(), 3),
        ([Sat(), Sat(), GaveUp("whole")], GaveUp("whole"), 3),
    ):
        said: list[Expr] = []

        def says(expr: Expr, said=said, answers=answers) -> Answer:
            said.append(expr)
            return answers[len(said) - 1]

        assert first_unsat(asked, says) == expected
        assert said == [P, Q, TRUE][:count]


def test_what_our_own_simplification_settles_is_asked_as_a_whole() -> None:
    """Else nobody but ourselves would have said so."""
    said: list[Expr] = []

    def says(expr: Expr) -> Answer:
        said.append(expr)
        return Sat()

    assert first_unsat(Question("name", Q, (P, FALSE)), says) == Sat()
    assert said == [Q]


def test_what_is_false_as_it_stands_is_not_asked() -> None:
    model = counter(10)
    said = certificate(model, {0: TRUE})
    asked = questions(model, said, all_claims(model))
    assert [one.name for one in asked] == [f"{asserting('site')} in client from 0"]
    assert all(one.refutation is not FALSE for one in asked)
