"""Lemmas prove what is true, certificates say why, and the judge agrees."""

from __future__ import annotations

import pytest
import tiny
from tiny import DATA, LOCK, SAVED, check, edge, number, thread, variable

from cecheck.certify.ask_z3 import z3_says
from cecheck.certify.check import Judgement, case, flaws, judged
from cecheck.certify.questions import Claim
from cecheck.engines.carry import carriers
from cecheck.engines.houdini import Outcome, settle
from cecheck.engines.lemmas import Lemmas, candidates
from cecheck.engines.solve import Budget
from cecheck.engines.spacer import NoAnswer, Safe, Unsafe, search
from cecheck.engines.verdict import Name
from cecheck.ir.assume import conjuncts
from cecheck.ir.build import add, and_, binary, eq, not_, or_, ule, ult
from cecheck.ir.expr import TRUE, BinaryOp, Expr, Scope, size
from cecheck.ir.program import Action, Check, CheckKind, Program
from cecheck.lower.blocks import Blocks, Exit, blocks

UNITS = 10**8
SAFE = {
    "counter": tiny.counter(10),
    "locked": tiny.locked(),
    "list": tiny.checked_list(),
    "published": tiny.published(),
}
UNSAFE = {
    "counter": tiny.counter(11),
    "unlocked": tiny.locked(forgets=True),
    "list": tiny.checked_list(checks_each=False),
    "race": tiny.race(),
    "published early": tiny.published(early=True),
}


def names(program: Program) -> list[Name]:
    """Return all checks of *program*."""
    return [Name(k, n) for k, kind in enumerate(program.threads) for n in range(len(kind.checks))]


def none(check: Check) -> bool:
    """No check ends a run: all are claimed."""
    return False


def in_blocks(program: Program, *, large: bool = True) -> Blocks:
    """Return *program* as a proof of all its checks sees it."""
    return blocks(program, large=large, ends=none)


def nothing(whole: Blocks) -> Lemmas:
    """Return no lemma at every cut."""
    return tuple({cut: () for cut in kind.cuts} for kind in whole.threads)


def settled(whole: Blocks, lemmas: Lemmas) -> Outcome:
    """Return what is inductive of *lemmas*, having had the certificate judged."""
    outcome = settle(whole, lemmas, Budget(UNITS))
    assert isinstance(outcome, Outcome)
    assert judgement(whole, outcome).flaws == ()
    return outcome


def judgement(whole: Blocks, outcome: Outcome) -> Judgement:
    """Return what Z3 says of the certificate and all checks."""
    claims = [Claim(name.thread, name.check) for name in names(whole.program)]
    return judged(case(whole.program, outcome.certificate, claims), z3_says)


def proved(whole: Blocks, outcome: Outcome) -> list[Name]:
    """Return the checks that the certificate proves; claiming just those has no flaw."""
    missing = judgement(whole, outcome).unproved
    found = [name for name in names(whole.program) if Claim(name.thread, name.check) not in missing]
    if found:
        claims = [Claim(name.thread, name.check) for name in found]
        assert flaws(whole.program, outcome.certificate, claims, [z3_says]) == ()
    return found


@pytest.mark.parametrize("large", [True, False], ids=["large", "small"])
@pytest.mark.parametrize("name", SAFE)
def test_guessed_lemmas_or_spacer_prove_what_is_safe(name: str, large: bool):
    """With large blocks or one per edge, every check is proved and certified."""
    whole = in_blocks(SAFE[name], large=large)
    outcome = settled(whole, candidates(whole))
    if proved(whole, outcome) != names(SAFE[name]):
        hint = search(whole, outcome.lemmas, names(SAFE[name]), UNITS)
        assert isinstance(hint, Safe)
        outcome = settled(whole, hint.lemmas)
    assert proved(whole, outcome) == names(SAFE[name])


@pytest.mark.parametrize("large", [True, False], ids=["large", "small"])
@pytest.mark.parametrize("name", UNSAFE)
def test_what_is_unsafe_is_not_proved(name: str, large: bool):
    """Neither guesses nor Spacer prove all checks of an unsafe program."""
    whole = in_blocks(UNSAFE[name], large=large)
    outcome = settled(whole, candidates(whole))
    held = proved(whole, outcome)
    missing = [name for name in names(whole.program) if name not in held]
    assert missing
    assert isinstance(search(whole, outcome.lemmas, missing, UNITS), Unsafe)


@pytest.mark.parametrize("name", ["counter", "locked", "published"])
def test_guesses_alone_are_enough_for_loops_and_locks(name: str):
    """A bounded counter and what a lock protects need no search."""
    whole = in_blocks(SAFE[name])
    assert proved(whole, settled(whole, candidates(whole))) == names(SAFE[name])


@pytest.mark.parametrize(("mask", "least", "expected"), [(3, 0, [Name(0, 0)]), (7, 0, []),
                                                         (3, 16, [Name(0, 0)])])  # fmt: skip
def test_what_is_made_of_a_part_of_a_word_lies_in_a_range(mask: int, least: int, expected: list):
    """Though nothing is known of the word itself, where another thread comes in between."""
    choice = variable("choice", Scope.INPUT)
    part = or_bits(binary(BinaryOp.AND_BITS, choice, number(mask)), number(least))
    free = eq(LOCK, number(0))
    edges = [
        edge(0, 1, TRUE, {SAVED: part}), edge(1, 2, free, {LOCK: tiny.ME}, Action.BLOCKING),
        edge(2, 3, TRUE, {DATA: number(0)}, Action.SHARED),
        edge(3, 0, TRUE, {LOCK: number(0)}, Action.SHARED),
    ]  # fmt: skip
    outside = not_(and_(ule(number(least), SAVED), ule(SAVED, number(least + 3))))
    asked = [check(3, outside)]
    whole = in_blocks(tiny.program([thread(edges, asked, [SAVED])], [LOCK, DATA], locks=(LOCK,)))
    assert proved(whole, settled(whole, candidates(whole))) == expected


def or_bits(left: Expr, right: Expr) -> Expr:
    return binary(BinaryOp.OR_BITS, left, right)


def test_spacer_needs_no_guesses():
    """Both directions: its `unsat` is safe, its `sat` is not."""
    safe, unsafe = in_blocks(tiny.counter(10)), in_blocks(tiny.counter(11))
    hint = search(safe, nothing(safe), names(safe.program), UNITS)
    assert isinstance(hint, Safe)
    assert proved(safe, settled(safe, hint.lemmas)) == [Name(0, 0)]
    assert isinstance(search(unsafe, nothing(unsafe), names(unsafe.program), UNITS), Unsafe)


def test_limits_are_no_answers():
    """An exhausted budget proves nothing and raises nothing."""
    whole = in_blocks(tiny.published())
    assert isinstance(search(whole, nothing(whole), names(whole.program), 1000), NoAnswer)
    assert isinstance(settle(whole, candidates(whole), Budget(10)), str)


def test_wrong_lemmas_are_dropped():
    """Lemmas that fail at the start, after a step, or by another thread prove nothing."""
    whole = in_blocks(tiny.locked(forgets=True))
    wrong = eq(DATA, tiny.ME)
    start = or_(eq(DATA, number(0)), eq(LOCK, tiny.ME))
    everywhere: Lemmas = ({cut: (wrong, start) for cut in whole.threads[0].cuts},)
    outcome = settled(whole, everywhere)
    assert proved(whole, outcome) == []
    assert all(wrong not in kept and start not in kept for kept in outcome.lemmas[0].values())


def test_two_single_threads_of_one_kind_never_meet():
    """A single thread does not disturb itself."""
    edges = [
        edge(0, 1, TRUE, {DATA: tiny.ME}, Action.SHARED),
        edge(1, 2, TRUE, {SAVED: DATA}, Action.SHARED),
        edge(2, 0),
    ]
    asked = [check(2, not_(eq(SAVED, tiny.ME)))]
    for count, expected in ((1, [Name(0, 0)]), (2, []), (None, [])):
        whole = in_blocks(tiny.program([thread(edges, asked, [SAVED], count=count)], [DATA]))
        assert proved(whole, settled(whole, candidates(whole))) == expected


def test_a_check_may_rest_on_an_earlier_one_that_is_not_claimed():
    """Behind a violated check that nobody claims, nothing follows."""
    choice = variable("choice", Scope.INPUT)
    edges = [edge(0, 1, TRUE, {SAVED: choice}), edge(1, 2), edge(2, 0)]
    asked = [check(1, eq(SAVED, number(7)), "first"), check(2, eq(SAVED, number(7)), "second")]
    program = tiny.program([thread(edges, asked, [SAVED])])
    first, second = program.threads[0].checks
    whole = blocks(program, ends=lambda c: c is first)
    outcome = settled(whole, candidates(whole))
    assert flaws(program, outcome.certificate, [Claim(0, 1)], [z3_says]) == ()
    assert flaws(program, outcome.certificate, [Claim(0, 0), Claim(0, 1)], [z3_says]) != ()
    assert second.kind is CheckKind.ASSERT


def test_the_certificate_says_all_that_survived():
    """What nothing needs stays in: it makes the questions of the judge smaller."""
    whole = in_blocks(tiny.published())
    outcome = settled(whole, candidates(whole))
    for kind, table in enumerate(outcome.lemmas):
        for cut, formula in outcome.certificate.at(kind).items():
            kept = {part for lemma in table[cut] for part in conjuncts(lemma)}
            assert set(conjuncts(formula)) == kept


# ---- carrying facts through a step ---------------------------------------------------------------


def way(updates: dict) -> Exit:
    """Return an exit that changes *updates*."""
    return Exit(1, TRUE, updates, TRUE, ())


def test_a_stored_value_is_called_by_its_new_name():
    """A fact about a value is a fact about the variable that now holds it, and about the old."""
    fact = ult(SAVED, number(50))
    said = [c.exact(fact) for c in carriers(way({DATA: SAVED}), [DATA, SAVED])]
    assert said == [fact, ult(DATA, number(50))]


def test_what_was_overwritten_is_not_said():
    """A fact about an old value is lost, weaker parts of it are not."""
    (carry,) = carriers(way({SAVED: add(SAVED, number(1))}), [DATA, SAVED])
    lost, kept = ult(SAVED, number(50)), ult(DATA, number(50))
    assert carry.exact(lost) is None
    assert carry.exact(ult(add(SAVED, number(1)), number(50))) is ult(SAVED, number(50))
    assert carry.weaker(and_(lost, kept)) is kept
    assert carry.weaker(or_(lost, kept)) is None
    assert carry.weaker(not_(or_(lost, not_(kept)))) is kept


def test_sizes_count_shared_nodes_once():
    """A doubled term is one node larger."""
    twice = add(SAVED, SAVED)
    assert size(twice, 99) == 2
    assert size(add(twice, twice), 99) == 3
    assert size(add(twice, twice), 2) == 2
