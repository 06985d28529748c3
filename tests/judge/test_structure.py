"""What must fit before anything is asked: each misfit is told, by its name, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from certificates import EXCLUSION, GOOD, KNOWN, LOCKED, certificate
from tiny import (
    CHOICE,
    COUNT,
    DATA,
    LOCK,
    ME,
    SAVED,
    SIZE,
    check,
    edge,
    number,
    program,
    published,
    thread,
    variable,
)

from cecheck.certify.structure import exposed, structural_flaws
from cecheck.ir.build import add, and_, eq, ite, not_
from cecheck.ir.certificate import Certificate
from cecheck.ir.expr import TRUE, Expr, Scope, Var, bits
from cecheck.ir.movers import Mover, movers
from cecheck.ir.program import Action, Check, CheckKind, Edge, Prefix, Program, Thread, View
from cecheck.ir.serial import fingerprint

STRANGER = variable("stranger", Scope.LOCAL)
FREE = variable("free", Scope.DEMONIC)
SLOT = variable("slot", Scope.RIGID)
LEVEL = "the certificate is of another level or view"
OTHER = "the certificate is for another program"
SHAPE = "there is not one formula for each cut of each kind of thread"


def told(model: Program, *formulas: dict[int, Expr]) -> list[str]:
    """Return what does not fit where *formulas* (by cut) are said of each kind of thread."""
    return list(structural_flaws(model, certificate(model, *formulas)))


def small(
    *edges: Edge, checks: Sequence[Check] = (), initial: Expr = TRUE, facts: Expr = TRUE
) -> Program:
    """Return a program of one kind of thread: a rigid `slot`, a shared `data`, a local `saved`."""
    kind = thread(edges or [edge(0, 0)], checks, [SAVED], initial=initial)
    return replace(program([kind], [DATA]), rigid=(SLOT,), facts=facts)


# ---- the certificate ---------------------------------------------------------------------------


def test_what_fits_is_not_complained_of() -> None:
    assert told(LOCKED, EXCLUSION) == []
    assert told(small(), {0: TRUE}) == []


@pytest.mark.parametrize(
    ("one", "flaws"),
    [
        (replace(GOOD, level=2), [LEVEL]),
        (replace(GOOD, level=0), [LEVEL]),
        (replace(GOOD, view=View.WELL_BEHAVED), [LEVEL]),
        (replace(GOOD, program=fingerprint(published())), [OTHER]),
        (replace(GOOD, formulas=((),)), [SHAPE]),
        (replace(GOOD, cuts=((),)), [SHAPE]),
        (replace(GOOD, cuts=(), formulas=()), [SHAPE]),
        (replace(GOOD, cuts=(*GOOD.cuts, ())), [SHAPE]),
        (replace(GOOD, cuts=(*GOOD.cuts, (0,)), formulas=(*GOOD.formulas, (TRUE,))), [SHAPE]),
    ],
)  # fmt: skip
def test_a_certificate_is_one_for_this_program(one: Certificate, flaws: list[str]) -> None:
    assert list(structural_flaws(LOCKED, one)) == flaws


def test_several_misfits_are_all_told() -> None:
    one = replace(GOOD, level=0, program="", formulas=())
    assert list(structural_flaws(LOCKED, one)) == [LEVEL, OTHER, SHAPE]


# ---- what each expression may mention ----------------------------------------------------------


@pytest.mark.parametrize("var", [ME, SAVED, DATA, CHOICE, FREE])
def test_facts_are_about_rigid_values_alone(var: Var) -> None:
    assert told(small(facts=eq(SLOT, number(0))), {0: TRUE}) == []
    assert told(small(facts=eq(var, number(0))), {0: TRUE}) == [f"facts mentions `{var.name}`"]


@pytest.mark.parametrize("var", [ME, SAVED, CHOICE, FREE])
def test_the_shared_state_begins_by_itself(var: Var) -> None:
    fits = replace(small(), initial=eq(SLOT, DATA))
    assert told(fits, {0: TRUE}) == []
    model = replace(small(), initial=eq(var, DATA))
    assert told(model, {0: TRUE}) == [f"initial mentions `{var.name}`"]


STATE = (SLOT, DATA, SAVED, ME)


@pytest.mark.parametrize("var", STATE)
def test_formulas_are_about_the_state_that_the_thread_knows(var: Var) -> None:
    about = eq(var, number(0))
    assert told(small(), {0: about}) == []
    assert told(small(initial=about), {0: TRUE}) == []
    assert told(small(edge(0, 0, about, {}, Action.SHARED)), {0: TRUE}) == []
    assert told(small(checks=[check(0, about)]), {0: TRUE}) == []


@pytest.mark.parametrize("var", [CHOICE, FREE, STRANGER])
def test_formulas_are_about_nothing_else(var: Var) -> None:
    about, flaw = eq(var, number(0)), [f"a formula of client mentions `{var.name}`"]
    assert told(small(), {0: about}) == flaw
    assert told(small(initial=about), {0: TRUE}) == flaw


@pytest.mark.parametrize("var", [CHOICE, FREE])
def test_edges_and_checks_may_choose(var: Var) -> None:
    about = eq(var, number(0))
    assert told(small(edge(0, 0, about, {SAVED: var})), {0: TRUE}) == []
    assert told(small(checks=[check(0, about)]), {0: TRUE}) == []


OTHERS = (variable("away", Scope.GLOBAL), variable("fixed", Scope.RIGID), STRANGER)


@pytest.mark.parametrize("var", OTHERS)
def test_nothing_mentions_what_is_not_declared(var: Var) -> None:
    about = eq(var, number(0))
    shared = Action.SHARED
    for one in (edge(0, 7, about, {}, shared), edge(0, 7, TRUE, {SAVED: var}, shared)):
        assert told(small(one), {0: TRUE}) == [f"edge 0-7 of client mentions `{var.name}`"]
    assert told(small(edge(0, 7, TRUE, {var: ME}, shared)), {0: TRUE}) == [
        f"edge 0-7 of client mentions `{var.name}`",
        "edge 0-7 of client writes what it must not, or one variable twice",
    ]
    flaw = [f"a check of client mentions `{var.name}`"]
    assert told(small(checks=[check(0, about)]), {0: TRUE}) == flaw


def test_what_is_said_is_true_or_false() -> None:
    assert told(small(facts=SLOT), {0: TRUE}) == ["facts is no statement"]
    assert told(replace(small(), initial=DATA), {0: TRUE}) == ["initial is no statement"]
    assert told(small(), {0: SAVED}) == ["a formula of client is no statement"]
    (kind,) = small().threads
    model = replace(small(), threads=(replace(kind, initial=ME),))
    assert told(model, {0: TRUE}) == ["a formula of client is no statement"]
    assert told(small(checks=[check(0, SAVED)]), {0: TRUE}) == ["a check of client is no statement"]


def test_each_kind_of_thread_is_looked_at() -> None:
    """The state of one is not that of another."""
    first, second = thread([edge(0, 0)], (), [SAVED]), thread([edge(0, 0)], (), [COUNT], count=1)
    model = program([first, second], [DATA])
    about, other = eq(SAVED, DATA), eq(COUNT, DATA)
    assert told(model, {0: about}, {0: other}) == []
    assert told(model, {0: other}, {0: other}) == ["a formula of client mentions `count`"]
    assert told(model, {0: about}, {0: about}) == ["a formula of driver mentions `saved`"]


# ---- what edges write --------------------------------------------------------------------------

WRITES = "edge 0-0 of client writes what it must not, or one variable twice"


def test_an_edge_writes_locals_and_shared_words() -> None:
    assert told(small(edge(0, 0, TRUE, {SAVED: DATA, DATA: SLOT}, Action.SHARED)), {0: TRUE}) == []
    for var in (SLOT, ME):
        assert told(small(edge(0, 0, TRUE, {var: SAVED})), {0: TRUE}) == [WRITES]
    twice = replace(edge(0, 0), updates=((SAVED, ME), (SAVED, ME)))
    assert told(small(twice), {0: TRUE}) == [WRITES]
    (kind,) = small(edge(0, 0, TRUE, {ME: SAVED})).threads
    model = replace(small(), threads=(replace(kind, locals=(SAVED,)),))
    assert told(model, {0: TRUE}) == [WRITES]
    assert told(small(edge(0, 0, TRUE, {CHOICE: SAVED})), {0: TRUE}) == [WRITES]


@pytest.mark.parametrize(
    "one",
    [
        edge(0, 0, eq(DATA, ME)),
        edge(0, 0, TRUE, {SAVED: DATA}),
        edge(0, 0, TRUE, {DATA: SAVED}),
    ],
)
def test_what_is_marked_local_touches_nothing_shared(one: Edge) -> None:
    flaw = "edge 0-0 of client is marked local but touches shared state"
    assert told(small(one), {0: TRUE}) == [flaw]
    for action in (Action.SHARED, Action.BLOCKING, Action.ACCESS):
        assert told(small(replace(one, action=action)), {0: TRUE}) == []


# ---- what is declared --------------------------------------------------------------------------


def declared(
    rigid: Sequence[Var] = (), shared: Sequence[Var] = (), own: Sequence[Var] = (), me: Var = ME
) -> list[str]:
    """Return what is wrong with declaring these variables."""
    kind = replace(thread([edge(0, 0)]), identity=me, locals=tuple(own), initial=TRUE)
    return told(replace(program([kind], shared), rigid=tuple(rigid)), {0: TRUE})


def test_a_variable_is_declared_where_it_belongs() -> None:
    assert declared([SLOT], [DATA], [SAVED]) == []
    for wrong in (
        declared([], [SLOT]), declared([], [], [SLOT]), declared([], [], [SAVED], SLOT),
    ):  # fmt: skip
        assert wrong == ["`slot` is not declared as it should be"]
    assert declared([DATA]) == ["`data` is not declared as it should be"]
    assert declared([], [SAVED]) == ["`saved` is not declared as it should be"]
    assert declared([], [], [CHOICE]) == ["`choice` is not declared as it should be"]


def test_shared_state_is_declared_once_and_locals_may_be_named_alike() -> None:
    twice = ["a variable is declared twice"]
    assert declared([SLOT, SLOT], [DATA]) == twice
    assert declared([SLOT], [DATA, DATA]) == twice
    assert declared([], [], [SAVED, SAVED]) == []
    two = [thread([edge(0, 0)], (), [SAVED]) for _ in range(2)]
    assert told(program(two), {0: TRUE}, {0: TRUE}) == []


def test_no_local_is_named_like_one_of_another_thread() -> None:
    """Else what holds of the other would be said of the thread itself."""
    assert declared([], [], [SAVED, Var("saved@other", bits(8), Scope.LOCAL)]) == [
        "`saved` is not declared as it should be"
    ]
    assert declared([], [], [], Var("me@other", bits(8), Scope.LOCAL)) == []
    assert declared([], [], [SAVED, Var("saved@other", bits(4), Scope.LOCAL)]) == []
    one, two = (
        thread([edge(0, 0)], (), [var])
        for var in (SAVED, Var("saved@other", bits(8), Scope.LOCAL))
    )
    assert told(program([one, two]), {0: TRUE}, {0: TRUE}) == [
        "`saved` is not declared as it should be"
    ]


# ---- blocks ------------------------------------------------------------------------------------

READ, WRITE = {SAVED: DATA}, {DATA: ME}


def blocks(
    *edges: Edge, cuts: Sequence[int] = (0,), checks: Sequence[Check] = (), count: int | None = None
) -> list[str]:
    """Return what is wrong with blocks between *cuts* of a thread of *edges*."""
    kind = thread(edges, checks, [SAVED], count=count)
    return told(program([kind], [DATA, SIZE]), dict.fromkeys(cuts, TRUE))


def test_a_thread_begins_at_a_cut() -> None:
    flaw = "the start of client is no cut, or one cut is named twice"
    assert blocks(edge(0, 1), edge(1, 0), cuts=(1,)) == [flaw]
    assert blocks(edge(0, 1), edge(1, 0), cuts=(0, 1)) == []
    twice = replace(GOOD, cuts=((0, *GOOD.cuts[0]),), formulas=((TRUE, *GOOD.formulas[0]),))
    assert list(structural_flaws(LOCKED, twice)) == [flaw]


def test_a_cut_may_lie_anywhere() -> None:
    assert blocks(edge(0, 1), cuts=(0, 1, 9)) == []


def test_each_cycle_passes_a_cut_and_what_lies_behind_is_not_looked_at() -> None:
    flaw = ["a cycle of client passes no cut"]
    assert blocks(edge(0, 1), edge(1, 1)) == flaw
    behind = (edge(2, 3, TRUE, WRITE, Action.SHARED), edge(3, 4, TRUE, WRITE, Action.SHARED))
    assert blocks(edge(0, 1), edge(1, 1), edge(1, 2), *behind) == flaw
    assert blocks(edge(5, 6), edge(6, 5)) == flaw  # though nobody comes there
    assert blocks(edge(0, 1), edge(1, 2), edge(2, 1), cuts=(0, 2)) == []


def test_one_block_has_one_shared_action() -> None:
    two = [edge(0, 1, TRUE, READ, Action.SHARED), edge(1, 2, TRUE, WRITE, Action.SHARED)]
    flaw = ["two shared actions of client in one block from 0"]
    assert blocks(*two, edge(2, 0)) == flaw
    assert blocks(*two, edge(2, 0), cuts=(0, 1)) == []
    assert blocks(*two, edge(2, 0), cuts=(0, 2)) == flaw
    apart = [two[0], edge(1, 2), replace(two[1], start=2, end=3), edge(3, 0)]
    assert blocks(*apart) == flaw
    assert blocks(*apart, cuts=(0, 1)) == []
    assert blocks(*apart, cuts=(0, 2)) == []
    assert blocks(*apart, cuts=(0, 3)) == flaw


def test_one_shared_action_on_each_path_is_one() -> None:
    less = eq(SAVED, number(1))
    fork = [edge(0, 1, less), edge(0, 2, not_(less))]
    acts = [edge(n, 3, TRUE, WRITE, Action.SHARED) for n in (1, 2)]
    assert blocks(*fork, *acts, edge(3, 0)) == []
    last = edge(3, 0, TRUE, READ, Action.SHARED)
    assert blocks(*fork, acts[0], edge(2, 3), last) == [
        "two shared actions of client in one block from 1"
    ]


def test_a_thread_that_is_alone_acts_as_often_as_it_likes() -> None:
    two = [edge(0, 1, TRUE, READ, Action.SHARED), edge(1, 0, TRUE, WRITE, Action.SHARED)]
    assert blocks(*two, count=1) == []
    assert blocks(*two, count=2) == ["two shared actions of driver in one block from 0"]


def test_a_wait_stands_first_in_its_block() -> None:
    waits = edge(1, 2, eq(SAVED, ME), {}, Action.BLOCKING)
    flaw = ["client may have to wait at 1, which is no cut"]
    assert blocks(edge(0, 1), waits, edge(2, 0)) == flaw
    assert blocks(edge(0, 1), waits, edge(2, 0), cuts=(0, 1)) == []
    assert blocks(replace(waits, start=0), edge(2, 0)) == []
    one_of_two = [edge(1, 2, not_(eq(SAVED, ME))), waits]
    assert blocks(edge(0, 1), *one_of_two, edge(2, 0)) == flaw


def holding(*inner: Edge, takes: Sequence[int] = (0,), last: int = 2) -> Program:
    """Return threads that take a lock, do what is *inner*, and give it back at *last*."""
    mine, free = eq(LOCK, ME), eq(LOCK, number(0))
    edges = [
        *[edge(here, here + 1, free, {LOCK: ME}, Action.SHARED) for here in takes],
        *inner,
        edge(last, 0, TRUE, {LOCK: ite(mine, number(0), LOCK)}, Action.SHARED),
    ]
    return program([thread(edges)], [LOCK, DATA, SIZE], eq(LOCK, number(0)), locks=(LOCK,))


SEEN = {SIZE: number(1)}


def test_a_critical_section_is_one_block() -> None:
    model = holding(edge(1, 2, TRUE, WRITE, Action.SHARED))
    assert movers(model)[0] == {
        0: Mover.TAKES, 1: Mover.LOCAL, 2: Mover.GIVES,
    }  # fmt: skip
    assert told(model, {0: KNOWN}) == []


def test_a_lock_is_taken_at_a_cut() -> None:
    model = holding(edge(0, 1), edge(2, 3, TRUE, WRITE, Action.SHARED), takes=(1,), last=3)
    assert movers(model)[0][1] is Mover.TAKES
    assert told(model, {0: KNOWN}) == ["client may have to wait at 1, which is no cut"]
    assert told(model, {0: KNOWN, 1: KNOWN}) == []


def test_what_others_see_comes_before_a_lock_is_given_back() -> None:
    """Giving it back may be thought earlier, not later."""
    kind = thread([edge(0, 0, TRUE, SEEN, Action.SHARED)], count=1)
    before = holding(
        edge(1, 2, TRUE, WRITE, Action.SHARED), edge(2, 3, TRUE, SEEN, Action.SHARED), last=3
    )
    two = replace(before, threads=(*before.threads, kind))
    assert movers(two)[0][2] is Mover.SEEN
    assert told(two, {0: KNOWN}, {0: KNOWN}) == []
    (client,) = holding(edge(1, 2, TRUE, WRITE, Action.SHARED)).threads
    *others, gives = client.edges
    late = [*others, replace(gives, end=3), edge(3, 0, TRUE, SEEN, Action.SHARED)]
    after = replace(two, threads=(replace(client, edges=tuple(late)), kind))
    assert movers(after)[0] == {
        0: Mover.TAKES, 1: Mover.LOCAL, 2: Mover.GIVES, 3: Mover.SEEN,
    }  # fmt: skip
    assert told(after, {0: KNOWN}, {0: KNOWN}) == [
        "two shared actions of client in one block from 2"
    ]
    assert told(after, {0: KNOWN, 3: KNOWN}, {0: KNOWN}) == []


def test_two_locks_may_be_given_back_in_one_block() -> None:
    """Each moves by itself, as no action that others see comes behind it."""
    flag = variable("flag", Scope.GLOBAL)

    def gives(word: Var, start: int, end: int) -> Edge:
        back = ite(eq(word, ME), number(0), word)
        return edge(start, end, TRUE, {word: back}, Action.SHARED)

    edges = [
        edge(0, 1, eq(LOCK, number(0)), {LOCK: ME}, Action.SHARED),
        edge(1, 2, eq(flag, number(0)), {flag: ME}, Action.SHARED),
        gives(flag, 2, 3),
        gives(LOCK, 3, 0),
    ]
    model = program([thread(edges)], [LOCK, flag], locks=(LOCK, flag))
    assert told(model, {0: KNOWN, 1: KNOWN}) == []


def test_each_kind_of_thread_moves_as_its_own_actions_do() -> None:
    """The first one keeps to itself; the second one does not."""
    first = thread([edge(0, 1), edge(1, 0)])
    two = [edge(0, 1, TRUE, {SIZE: DATA}, Action.SHARED), edge(1, 0, TRUE, WRITE, Action.SHARED)]
    second = replace(thread(two, count=1), name="driver")
    for threads, cuts in (
        ([first, second], ({0: TRUE}, {0: TRUE})),
        ([second, first], ({0: TRUE}, {0: TRUE})),
    ):
        model = program(threads, [DATA, SIZE])
        assert told(model, *cuts) == ["two shared actions of driver in one block from 0"]


# ---- where others may have seen what a block wrote ----------------------------------------------


def inside(kind: Thread, *cuts: int) -> tuple[int, ...]:
    """Return the locations where others may have seen what *kind* wrote in its block."""
    model = program([kind], [DATA, SIZE, LOCK], locks=(LOCK,))
    return exposed(kind, frozenset(cuts), movers(model)[0])


WRITES_ONCE = edge(0, 1, TRUE, WRITE, Action.SHARED)


def test_what_a_block_wrote_is_seen_from_there_to_its_end() -> None:
    rest = [edge(1, 2), edge(2, 3), edge(3, 0)]
    assert inside(thread([WRITES_ONCE, *rest]), 0) == (1, 2, 3)
    assert inside(thread([WRITES_ONCE, *rest]), 0, 2) == (1,)
    assert inside(thread([WRITES_ONCE, *rest]), 0, 1) == ()
    later = [edge(0, 1), edge(1, 2, TRUE, WRITE, Action.SHARED), edge(2, 3), edge(3, 0)]
    assert inside(thread(later), 0) == (2, 3)


def test_what_nobody_sees_is_not_seen() -> None:
    """Reading, or writing what is one's own, or under a lock, or where nobody else is."""
    reads = edge(0, 1, TRUE, READ, Action.SHARED)
    assert inside(thread([reads, edge(1, 0)], (), [SAVED]), 0) == ()
    assert inside(thread([edge(0, 1, TRUE, {SAVED: ME}), edge(1, 0)], (), [SAVED]), 0) == ()
    assert inside(thread([WRITES_ONCE, edge(1, 0)], count=1), 0) == ()
    (kind,) = holding(edge(1, 2, TRUE, WRITE, Action.SHARED), edge(3, 0)).threads
    assert inside(kind, 0) == ()
    *others, gives = kind.edges
    assert inside(replace(kind, edges=(*others, replace(gives, end=3))), 0) == (3,)


def test_where_two_ways_meet_one_that_wrote_is_enough() -> None:
    less = eq(SAVED, number(1))
    fork = [edge(0, 1, less), edge(0, 2, not_(less)), edge(2, 3, TRUE, WRITE, Action.SHARED)]
    kind = thread([*fork, edge(1, 3), edge(3, 4), edge(4, 0)], (), [SAVED])
    assert inside(kind, 0) == (3, 4)
    both = [
        replace(WRITES_ONCE, guard=less), edge(0, 2, not_(less), {}, Action.SHARED),
        edge(1, 3), edge(2, 3), edge(3, 0),
    ]  # fmt: skip
    assert inside(thread(both, (), [SAVED]), 0) == (1, 3)


@pytest.mark.parametrize("kind", CheckKind)
def test_no_run_ends_where_others_have_seen_what_the_block_wrote(kind: CheckKind) -> None:
    edges = [WRITES_ONCE, edge(1, 2), edge(2, 0)]
    for where in (1, 2):
        one = check(where, eq(ME, number(1)), kind=kind)
        flaw = f"client may end the run at {where}, after others saw what its block wrote"
        assert blocks(*edges, checks=[one]) == ([flaw] if kind.ends_run else [])
        assert blocks(*edges, checks=[one], cuts=(0, where)) == []
        ranged = replace(one, prefix=Prefix(CHOICE, number(0), number(9), TRUE))
        assert blocks(*edges, checks=[ranged]) == ([flaw] if kind.ends_run else [])
    assert blocks(*edges, checks=[check(0, eq(ME, number(1)), kind=kind)]) == []


def test_one_check_of_several_that_ends_the_run_is_enough() -> None:
    recorded = check(1, eq(ME, number(1)), kind=CheckKind.PAIRED)
    ends = check(1, eq(ME, number(2)))
    flaw = ["client may end the run at 1, after others saw what its block wrote"]
    for checks in ([recorded, ends], [ends, recorded], [ends, ends]):
        assert blocks(WRITES_ONCE, edge(1, 0), checks=checks) == flaw
    assert blocks(WRITES_ONCE, edge(1, 0), checks=[recorded, recorded]) == []


def test_what_a_choice_writes_is_a_write() -> None:
    """Though it may leave the word as it was."""
    stays = edge(0, 1, TRUE, {DATA: ite(eq(SAVED, ME), add(DATA, ME), DATA)}, Action.SHARED)
    assert inside(thread([stays, edge(1, 0)], (), [SAVED]), 0) == (1,)
    one = check(1, and_(eq(ME, number(1)), eq(SAVED, ME)))
    assert blocks(stays, edge(1, 0), checks=[one]) != []
