"""What a block does, as the judge reads it off the graph: where it leads, what it asks and writes.

The values are compared with what the program says, not with what a solver makes of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import pytest
from tiny import CHOICE, COUNT, DATA, ME, SAVED, SIZE, check, edge, number, thread, variable

from cecheck.certify.walk import Cuts, Path, Region, as_other, inner_order, joined, region, seen_at
from cecheck.ir.assume import Known
from cecheck.ir.build import add, all_of, and_, eq, ite, not_, or_, ult
from cecheck.ir.expr import BOOL, FALSE, TRUE, Expr, Extend, Scope, Var, bits
from cecheck.ir.program import Action, Check, CheckKind, Edge, Prefix

FLAG = variable("flag", Scope.LOCAL, 0)
A, B, C, D = (ult(variable(name, Scope.LOCAL), number(7)) for name in "abcd")
FREE = variable("free", Scope.DEMONIC)
SLOT = variable("slot", Scope.RIGID)
TOSS = variable("toss", Scope.INPUT, 0)


def test_a_local_of_another_thread_has_a_name_of_its_own() -> None:
    assert as_other(SAVED) == Var("saved@other", bits(8), Scope.LOCAL)
    assert as_other(FLAG) == Var("flag@other", BOOL, Scope.LOCAL)


# ---- how an expression reads at the start of the block -----------------------------------------


def test_inputs_belong_to_a_location() -> None:
    seen = seen_at(7, {}, Known())
    assert seen(CHOICE) == Var("choice@7", bits(8), Scope.INPUT)
    assert seen(FREE) == Var("free@7", bits(8), Scope.DEMONIC)
    assert seen(TOSS) == Var("toss@7", BOOL, Scope.INPUT)
    for var in (SAVED, DATA, SLOT, ME, FLAG):
        assert seen(var) is var
    assert seen(add(CHOICE, SAVED)) == add(Var("choice@7", bits(8), Scope.INPUT), SAVED)


def test_variables_read_as_they_were_assigned() -> None:
    seen = seen_at(7, {SAVED: add(DATA, number(1)), DATA: ME}, Known())
    assert seen(SAVED) == add(DATA, number(1))
    assert seen(DATA) is ME
    assert seen(ult(SAVED, DATA)) == ult(add(DATA, number(1)), ME)
    assert seen(Extend(SAVED, 9, False)) == Extend(add(DATA, number(1)), 9, False)


def test_what_is_known_is_decided() -> None:
    """In expressions; a value stays as it was assigned."""
    small = ult(SAVED, number(9))
    seen = seen_at(7, {FLAG: small}, Known().also(small, not_(eq(DATA, ME))))
    assert seen(and_(small, B)) is B
    assert seen(small) is TRUE
    assert seen(or_(eq(DATA, ME), B)) is B
    assert seen(FLAG) is small
    assert seen(ite(small, DATA, ME)) is DATA


# ---- from cut to cut ---------------------------------------------------------------------------


def walked(
    edges: Iterable[Edge],
    checks: Iterable[Check] = (),
    *,
    cuts: Sequence[int] = (0,),
    claimed: Collection[Check] = (),
    known: Iterable[Expr] = (),
) -> Region:
    """Return what a thread of *edges* may do from the first of *cuts* on."""
    kind, ends = thread(edges, checks), frozenset(cuts)
    graph = Cuts(kind, ends, inner_order(kind, ends))
    return region(graph, cuts[0], {id(one) for one in claimed}, Known().also(*known))


def test_a_block_leads_to_the_next_cuts() -> None:
    found = walked([edge(0, 1, A), edge(0, 2, not_(A)), edge(1, 0), edge(2, 3)], cuts=(0, 2))
    assert found.exits == [(2, Path((not_(A),), {})), (0, Path((A,), {}))]
    assert found.writes == []
    assert found.asked == []


def test_a_block_begins_at_its_cut() -> None:
    edges = [edge(0, 1, A), edge(1, 2, B), edge(2, 0, C)]
    assert walked(edges, cuts=(0, 2)).exits == [(2, Path((A, B), {}))]
    assert walked(edges, cuts=(2, 0)).exits == [(0, Path((C,), {}))]
    assert walked(edges, cuts=(5, 0, 2)).exits == []


def test_an_edge_from_a_cut_to_itself_is_a_block() -> None:
    found = walked([edge(0, 0, A, {COUNT: add(COUNT, number(1))})])
    assert found.exits == [(0, Path((A,), {COUNT: add(COUNT, number(1))}))]


def test_assignments_follow_one_another() -> None:
    edges = [
        edge(0, 1, TRUE, {COUNT: add(COUNT, number(1)), SAVED: DATA}),
        edge(1, 2, ult(COUNT, SAVED), {SAVED: COUNT, DATA: SAVED}, Action.SHARED),
        edge(2, 0),
    ]
    more = add(COUNT, number(1))
    after = Path((ult(more, DATA),), {COUNT: more, SAVED: more, DATA: DATA})
    found = walked(edges)
    assert found.exits == [(0, after)]
    assert found.writes == []  # `data` is what it was
    swapped = walked([edge(0, 0, TRUE, {DATA: SIZE, SIZE: DATA}, Action.SHARED)])
    assert swapped.exits == [(0, Path((), {DATA: SIZE, SIZE: DATA}))]
    assert swapped.writes == [Path((), {DATA: SIZE, SIZE: DATA})]


def test_what_others_see_are_the_shared_words_that_changed() -> None:
    found = walked(
        [edge(0, 1, A, {DATA: ME, SAVED: ME}, Action.SHARED), edge(0, 2, not_(A)), edge(1, 0, B)],
        cuts=(0, 2),
    )
    assert found.writes == [Path((A, B), {DATA: ME})]
    assert found.exits == [(2, Path((not_(A),), {})), (0, Path((A, B), {DATA: ME, SAVED: ME}))]


def test_what_is_known_at_the_cut_is_not_a_write() -> None:
    """Neither that a word has a value, nor writing that value; another one is."""
    known = [eq(DATA, number(3))]
    still = walked([edge(0, 0, TRUE, {DATA: number(3)}, Action.SHARED)], known=known)
    assert still.exits == [(0, Path((), {DATA: number(3)}))]
    assert still.writes == []
    other = walked([edge(0, 0, TRUE, {DATA: number(4)}, Action.SHARED)], known=known)
    assert other.writes == [Path((), {DATA: number(4)})]
    nothing = walked([edge(0, 0, ult(DATA, number(4)))], known=known)
    assert nothing.exits == [(0, Path((), {DATA: number(3)}))]
    assert nothing.writes == []


def test_a_way_that_cannot_be_gone_is_not_gone() -> None:
    edges = [edge(0, 1, A), edge(0, 2, not_(A)), edge(1, 0), edge(2, 0)]
    assert walked(edges, known=[A]).exits == [(0, Path((), {}))]
    twice = [edge(0, 1, A), edge(1, 2, not_(A)), edge(1, 0, A), edge(2, 0)]
    assert walked(twice).exits == [(0, Path((A,), {}))]
    assert walked([edge(0, 0, FALSE)]).exits == []


def test_other_ways_are_gone_though_one_cannot_be() -> None:
    edges = [edge(0, 1, FALSE), edge(0, 2, B), edge(1, 0), edge(2, 0)]
    assert walked(edges).exits == [(0, Path((B,), {}))]


def test_guards_are_said_once_each() -> None:
    edges = [edge(0, 1, and_(A, B)), edge(1, 2, and_(B, C)), edge(2, 0)]
    assert walked(edges).exits == [(0, Path((A, B, C), {}))]


def test_what_is_known_of_one_way_is_not_of_another() -> None:
    edges = [
        edge(0, 1, A), edge(0, 2, not_(A)),
        edge(1, 3, or_(A, B), {SAVED: number(1)}), edge(2, 4, or_(A, B), {SAVED: number(2)}),
    ]  # fmt: skip
    found = walked(edges, cuts=(0, 3, 4))
    assert found.exits == [
        (4, Path((not_(A), B), {SAVED: number(2)})), (3, Path((A,), {SAVED: number(1)})),
    ]  # fmt: skip


def test_where_ways_meet_a_value_is_a_choice() -> None:
    edges = [
        edge(0, 1, A, {SAVED: number(1)}), edge(0, 2, not_(A), {COUNT: number(2)}),
        edge(1, 3), edge(2, 3), edge(3, 0, ult(SAVED, COUNT)),
    ]  # fmt: skip
    ((cut, path),) = walked(edges).exits
    assert cut == 0
    values = {SAVED: ite(A, number(1), SAVED), COUNT: ite(A, COUNT, number(2))}
    assert path.values == values
    assert all_of(path.parts) == ult(values[SAVED], values[COUNT])


# ---- checks ------------------------------------------------------------------------------------


def test_a_claimed_check_is_given_back_and_ends_nothing() -> None:
    asked = check(1, ult(SAVED, CHOICE))
    edges = [edge(0, 1, A, {SAVED: DATA}), edge(1, 0, B)]
    found = walked(edges, [asked], claimed=[asked])
    path = Path((A,), {SAVED: DATA})
    violated = ult(DATA, Var("choice@1", bits(8), Scope.INPUT))
    assert found.asked == [(path, [(asked, violated)])]
    assert found.exits == [(0, Path((A, B), {SAVED: DATA}))]


@pytest.mark.parametrize("kind", CheckKind)
def test_an_unclaimed_violation_ends_the_run_where_that_kind_does(kind: CheckKind) -> None:
    asked = check(1, ult(SAVED, DATA), kind=kind)
    found = walked([edge(0, 1, A), edge(1, 0, B)], [asked])
    parts = (A, not_(ult(SAVED, DATA)), B) if kind.ends_run else (A, B)
    assert found.exits == [(0, Path(parts, {}))]
    assert found.asked == []


def test_a_violation_of_a_range_ends_nothing() -> None:
    """Whether its other bytes are the caller's is not asked."""
    asked = replace(check(0, A), prefix=Prefix(CHOICE, number(0), number(9), TRUE))
    assert walked([edge(0, 0)], [asked]).exits == [(0, Path((), {}))]
    found = walked([edge(0, 0)], [asked], claimed=[asked])
    assert found.asked == [(Path((), {}), [(asked, A)])]


def test_all_checks_of_a_location_are_looked_at() -> None:
    first, second, third, fourth = (check(0, one) for one in (A, B, C, D))
    found = walked([edge(0, 0)], [first, second, third, fourth], claimed=[second, fourth])
    assert found.asked == [(Path((), {}), [(second, B), (fourth, D)])]
    assert found.exits == [(0, Path((not_(A), not_(C)), {}))]


def test_checks_that_are_alike_are_told_apart() -> None:
    one, other = check(0, A), check(0, A)
    assert one == other
    found = walked([edge(0, 0)], [one, other], claimed=[other])
    ((_, asked),) = found.asked
    assert [given is other for given, _ in asked] == [True]
    assert found.exits == [(0, Path((not_(A),), {}))]


def test_a_check_comes_before_the_edges_of_its_location() -> None:
    asked = check(0, ult(SAVED, number(3)))
    found = walked([edge(0, 0, TRUE, {SAVED: number(9)})], [asked])
    assert found.exits == [(0, Path((not_(ult(SAVED, number(3))),), {SAVED: number(9)}))]


def test_a_violation_that_is_sure_ends_all_runs() -> None:
    assert walked([edge(0, 0)], [check(0, TRUE)]).exits == []
    assert walked([edge(0, 0, not_(A))], [check(0, A)], known=[A]).exits == []


def test_a_check_where_nobody_comes_is_not_asked() -> None:
    asked = [check(place, A) for place in (1, 2, 9)]
    found = walked([edge(0, 1, FALSE), edge(1, 2), edge(2, 0)], asked, claimed=asked)
    assert found.asked == []


def test_a_check_may_stand_where_no_edge_leaves() -> None:
    asked = check(1, B)
    found = walked([edge(0, 1, A)], [asked], claimed=[asked])
    assert found.asked == [(Path((A,), {}), [(asked, B)])]
    assert found.exits == []


# ---- ways that meet ----------------------------------------------------------------------------


def test_one_way_stays_as_it_is() -> None:
    only = Path((A, B), {SAVED: DATA})
    assert joined([only]) is only


def test_of_two_opposite_ways_nothing_is_left_but_the_choice() -> None:
    met = joined([Path((C, A), {SAVED: number(1)}), Path((C, not_(A)), {SAVED: number(2)})])
    assert met.values == {SAVED: ite(A, number(1), number(2))}
    assert all_of(met.parts) is C


def test_what_ways_have_in_common_is_said_once_and_first() -> None:
    met = joined([Path((A, C, B), {}), Path((D, B, C), {})])
    assert met == Path((C, B, or_(A, D)), {})


def test_the_last_way_that_was_gone_tells_a_value() -> None:
    paths = [Path((one,), {SAVED: number(n)}) for n, one in enumerate((A, B, C))]
    met = joined(paths)
    assert met.values == {SAVED: ite(C, number(2), ite(B, number(1), number(0)))}
    assert met.parts == (or_(A, B, C),)


def test_a_way_that_assigned_nothing_leaves_a_variable_as_it_was() -> None:
    met = joined([Path((A,), {SAVED: ME}), Path((B,), {COUNT: ME}), Path((C,), {})])
    assert met.values == {
        SAVED: ite(C, SAVED, ite(B, SAVED, ME)),
        COUNT: ite(C, COUNT, ite(B, ME, COUNT)),
    }


def test_all_that_tells_a_way_apart_is_in_its_choice() -> None:
    met = joined([Path((A, B), {SAVED: ME}), Path((not_(A), C, D), {})])
    assert met.values == {SAVED: ite(all_of([not_(A), C, D]), SAVED, ME)}
    assert met.parts == (or_(and_(A, B), all_of([not_(A), C, D])),)


def test_four_ways_of_two_choices_are_all_ways() -> None:
    ways = [(x, y) for x in (A, not_(A)) for y in (B, not_(B))]
    assert all_of(joined([Path(way, {}) for way in ways]).parts) is TRUE
    assert joined([Path(way, {}) for way in ways[:3]]).parts == (or_(and_(A, not_(B)), B),)


def test_ways_that_differ_in_two_choices_stay_two() -> None:
    met = joined([Path((A, B), {}), Path((not_(A), not_(B)), {})])
    assert met.parts == (or_(and_(A, B), and_(not_(A), not_(B))),)
    met = joined([Path((A, B), {}), Path((not_(A), C), {})])
    assert met.parts == (or_(and_(A, B), and_(not_(A), C)),)
    met = joined([Path((A, B), {}), Path((not_(B),), {})])
    assert met.parts == (or_(and_(A, B), not_(B)),)


# ---- in which order ----------------------------------------------------------------------------


def order(*edges: tuple[int, int], cuts: Collection[int] = (0,)) -> tuple[int, ...]:
    """Return the inner locations of a graph, as they are walked."""
    return inner_order(thread([edge(*one) for one in edges]), frozenset(cuts))


def test_each_location_comes_after_its_predecessors() -> None:
    assert order((0, 1), (1, 2), (2, 3), (3, 0)) == (1, 2, 3)
    found = order((0, 1), (0, 2), (2, 1), (1, 3), (2, 3), (3, 0))
    assert found == (2, 1, 3)
    found = order((0, 1), (0, 2), (1, 2), (1, 3), (2, 3), (3, 0))
    assert found == (1, 2, 3)


def test_cuts_are_no_inner_locations() -> None:
    assert order((0, 1), (1, 2), (2, 3), (3, 0), cuts=(0, 2)) == (3, 1)
    assert order((0, 0)) == ()
    assert order((0, 1), (1, 0), cuts=(0, 1)) == ()


def test_two_edges_between_two_locations_are_one_way() -> None:
    assert order((0, 1), (0, 1), (1, 2), (1, 2), (2, 0)) == (1, 2)


def test_a_cycle_and_what_lies_behind_it_are_left_out() -> None:
    assert order((0, 1), (1, 2), (2, 1), (2, 3)) == ()
    assert order((0, 1), (1, 1)) == ()
    assert order((0, 1), (1, 2), (2, 3), (3, 2)) == (1,)


def test_what_nothing_leads_to_is_walked_too() -> None:
    assert set(order((0, 1), (5, 6), (6, 0))) == {1, 5, 6}
    assert order((5, 6), (6, 1), (0, 1)).index(5) < order((5, 6), (6, 1), (0, 1)).index(6)
