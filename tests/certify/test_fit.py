"""A certificate must fit its program, and the program the rules of blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from certificates import BOTH, EXCLUSION, GOOD, KNOWN, LOCKED, MINE, all_claims, certificate, found
from tiny import (
    CHOICE,
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

from cecheck.certify.check import flaws
from cecheck.ir.build import and_, eq, ite, not_, or_
from cecheck.ir.certificate import Certificate
from cecheck.ir.expr import TRUE, Binary, BinaryOp, Expr, Scope, Var, bits
from cecheck.ir.program import Action, CheckKind, Edge, Program, View
from cecheck.ir.serial import fingerprint

UNFIT: dict[str, Certificate] = {
    "another level": replace(GOOD, level=2),
    "another view": replace(GOOD, view=View.WELL_BEHAVED),
    "another program": replace(GOOD, program=fingerprint(published())),
    "no formulas": replace(GOOD, formulas=((),)),
    "no thread": replace(GOOD, cuts=(), formulas=()),
    "a thread too many": replace(GOOD, cuts=(*GOOD.cuts, (0,)), formulas=(*GOOD.formulas, (TRUE,))),
    "the start is no cut": certificate(LOCKED, {1: MINE, 2: MINE, 3: MINE}),
    "a cut twice": replace(
        GOOD, cuts=((0, *GOOD.cuts[0]),), formulas=((KNOWN, *GOOD.formulas[0]),)
    ),
    "a formula over inputs": certificate(
        LOCKED, {**EXCLUSION, 0: Binary(BinaryOp.EQ, CHOICE, CHOICE)}
    ),
    "a formula over a stranger": certificate(
        LOCKED, {**EXCLUSION, 0: Binary(BinaryOp.EQ, SIZE, SIZE)}
    ),
    "a formula that is a number": certificate(LOCKED, {**EXCLUSION, 0: DATA}),
}


@pytest.mark.parametrize("judged", UNFIT.values(), ids=UNFIT.keys())
def test_a_certificate_that_does_not_fit_is_refused(judged: Certificate) -> None:
    assert flaws(LOCKED, GOOD, all_claims(LOCKED), BOTH) == ()
    assert flaws(LOCKED, judged, all_claims(LOCKED), BOTH)


def test_every_cycle_must_pass_a_cut() -> None:
    told = found(program([thread([edge(0, 1), edge(1, 2), edge(2, 1)])]), {0: TRUE})
    assert "a cycle of client passes no cut" in told


def test_two_shared_actions_are_two_blocks() -> None:
    told = found(LOCKED, {cut: EXCLUSION[cut] for cut in (0, 1, 2)})
    assert "two shared actions of client in one block from 2" in told


def touch_then_acquire() -> Program:
    """A client touches `data`, then waits for a lock; `data` is bad while the driver holds it."""
    free = eq(LOCK, number(0))
    client = [
        edge(0, 1, TRUE, {SAVED: DATA}, Action.SHARED),
        edge(1, 2, free, {LOCK: ME}, Action.BLOCKING),
        edge(2, 3, TRUE, {LOCK: number(0)}, Action.SHARED),
    ]
    driver = [
        edge(0, 1, free, {LOCK: ME}, Action.BLOCKING),
        edge(1, 2, TRUE, {DATA: number(1)}, Action.SHARED),
        edge(2, 3, TRUE, {DATA: number(0)}, Action.SHARED),
        edge(3, 0, TRUE, {LOCK: number(0)}, Action.SHARED),
    ]
    asked = [check(1, eq(SAVED, number(1)), "touched")]
    start = and_(eq(LOCK, number(0)), eq(DATA, number(0)))
    threads = [thread(client, asked, [SAVED]), thread(driver, count=1)]
    return program(threads, [LOCK, DATA], start)


def trapped(clients: Sequence[int]) -> tuple[dict[int, Expr], dict[int, Expr]]:
    """Return what would prove it if the client acted in large steps between *clients*."""
    clean = or_(not_(eq(LOCK, number(0))), eq(DATA, number(0)))
    driver = {0: and_(KNOWN, clean), 1: and_(MINE, eq(DATA, number(0))), 2: MINE}
    return dict.fromkeys(clients, and_(KNOWN, clean)), {
        **driver,
        3: and_(MINE, eq(DATA, number(0))),
    }


def test_an_action_that_waits_is_not_hidden_behind_another() -> None:
    """As one block, touch and acquire happen only while the lock is free and `data` is good."""
    told = found(touch_then_acquire(), *trapped([0, 2]))
    assert "client may have to wait at 1, which is no cut" in told
    told = found(touch_then_acquire(), *trapped([0, 1, 2]))
    assert any("touched" in flaw for flaw in told)


def marked(model: Program, start: int, action: Action) -> Program:
    """Return *model* with the client's edge from *start* marked otherwise."""
    client, *others = model.threads
    edges = [replace(e, action=action) if e.start == start else e for e in client.edges]
    return replace(model, threads=(replace(client, edges=tuple(edges)), *others))


@pytest.mark.parametrize("start", [0, 1, 2])
def test_an_action_is_shared_whatever_its_mark_says(start: int) -> None:
    model = marked(touch_then_acquire(), start, Action.LOCAL)
    assert any("marked local" in flaw for flaw in found(model, *trapped([0, 1, 2])))


def test_a_wait_that_is_not_marked_is_still_a_second_action() -> None:
    model = marked(touch_then_acquire(), 1, Action.SHARED)
    told = found(model, *trapped([0, 2]))
    assert "two shared actions of client in one block from 0" in told


def test_what_is_marked_shared_is_an_action_whatever_it_reads() -> None:
    edges = [edge(0, 1, TRUE, {DATA: ME}, Action.SHARED), edge(1, 2, action=Action.SHARED)]
    asked = check(2, eq(ME, number(0)), kind=CheckKind.PAIRED)
    model = program([thread([*edges, edge(2, 0)], [asked])], [DATA])
    assert found(model, {0: KNOWN}) == ("two shared actions of client in one block from 0",)
    assert found(model, {0: KNOWN, 1: KNOWN}) == ()


def test_a_check_that_reads_shared_state_is_a_shared_action() -> None:
    edges = [edge(0, 1, TRUE, {DATA: ME}, Action.SHARED), edge(1, 2)]
    asked = check(1, not_(eq(DATA, ME)), kind=CheckKind.PAIRED)
    model = program([thread([*edges, edge(2, 0)], [asked])], [DATA])
    assert found(model, {0: TRUE}) == ("two shared actions of client in one block from 0",)


FLAG = variable("flag", Scope.GLOBAL)


def section(*behind: Edge) -> Program:
    """A client that writes under a lock, gives it back, and goes on with what is *behind*."""
    mine = eq(LOCK, ME)
    edges = [
        edge(0, 1, eq(LOCK, number(0)), {LOCK: ME}, Action.BLOCKING),
        edge(1, 2, TRUE, {DATA: ME}, Action.SHARED),
        edge(2, 3, TRUE, {LOCK: ite(mine, number(0), LOCK)}, Action.SHARED),
        *behind,
    ]
    asked = check(0, eq(ME, number(0)))
    return program([thread(edges, [asked])], [LOCK, DATA, FLAG], eq(LOCK, number(0)), locks=(LOCK,))


def test_a_critical_section_is_one_block_up_to_what_others_see() -> None:
    assert found(section(edge(3, 0)), {0: KNOWN}) == ()
    seen = section(edge(3, 0, TRUE, {FLAG: ME}, Action.SHARED))
    assert found(seen, {0: KNOWN}) == ("two shared actions of client in one block from 2",)
    assert found(seen, {0: KNOWN, 3: KNOWN}) == ()
    again = section(edge(3, 4), edge(4, 0, eq(LOCK, number(0)), {LOCK: ME}, Action.SHARED))
    assert "client may have to wait at 4, which is no cut" in found(again, {0: KNOWN})


@pytest.mark.parametrize("where", [3, 4])
def test_no_violation_hides_what_a_block_wrote(where: int) -> None:
    model = section(edge(3, 4), edge(4, 0))
    asked = check(where, eq(ME, number(0)))
    model = replace(model, threads=(replace(model.threads[0], checks=(asked,)),))
    says = f"client may end the run at {where}, after others saw what its block wrote"
    assert found(model, {0: KNOWN}) == (says,)
    assert found(model, {0: KNOWN, where: KNOWN}) == ()
    early = replace(model.threads[0], checks=(replace(asked, location=2),))
    inside = replace(model, threads=(early,))
    assert found(inside, {0: KNOWN}) == ()


# ---- the program cannot be checked ---------------------------------------------------------------


def with_client(model: Program, **changes: Any) -> Program:
    client, *others = model.threads
    return replace(model, threads=(replace(client, **changes), *others))


STRANGER = variable("stranger", Scope.LOCAL)
RIGID = variable("slot", Scope.RIGID)
ILL: dict[str, Program] = {
    "facts over locals": replace(LOCKED, facts=KNOWN),
    "facts over shared state": replace(LOCKED, facts=eq(LOCK, number(0))),
    "initial over locals": replace(LOCKED, initial=KNOWN),
    "initial over another's local": with_client(LOCKED, initial=eq(STRANGER, number(0))),
    "a guard over another's local": with_client(
        LOCKED, edges=(*LOCKED.threads[0].edges, edge(5, 6, eq(STRANGER, number(0))))
    ),
    "another's local is written": with_client(
        LOCKED, edges=(*LOCKED.threads[0].edges, edge(5, 6, TRUE, {STRANGER: ME}))
    ),
    "a rigid variable is written": replace(
        with_client(LOCKED, edges=(*LOCKED.threads[0].edges, edge(5, 6, TRUE, {RIGID: ME}))),
        rigid=(RIGID,),
    ),
    "an identity is written": with_client(
        LOCKED, edges=(*LOCKED.threads[0].edges, edge(5, 6, TRUE, {ME: number(1)}))
    ),
    "a variable is written twice": with_client(
        LOCKED,
        edges=(
            *LOCKED.threads[0].edges,
            replace(edge(5, 6), updates=((SAVED, ME), (SAVED, number(0)))),
        ),
    ),
    "a check over another's local": with_client(LOCKED, checks=(check(0, eq(STRANGER, ME)),)),
    "a global among the locals": with_client(LOCKED, locals=(ME, SAVED, SIZE)),
    "a local among the globals": replace(LOCKED, globals=(*LOCKED.globals, STRANGER)),
    "a name that is kept for others": with_client(
        LOCKED, locals=(ME, SAVED, Var("saved@other", bits(8), Scope.LOCAL))
    ),
}


@pytest.mark.parametrize("model", ILL.values(), ids=ILL.keys())
def test_an_ill_formed_program_has_no_proof(model: Program) -> None:
    assert found(model, EXCLUSION)
