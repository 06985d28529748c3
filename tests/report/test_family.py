"""Findings for several values of the parameters, told as one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from samples import PROVED, REFUTED, UNREACHED, finding

from cecheck.ir.program import CheckKind
from cecheck.report.family import together
from cecheck.report.model import Proved, Reach, Refuted, Unknown, Vacuous

VACUOUS = Vacuous(("z3", "cvc5"))
UNKNOWN = Unknown("too hard")
FREE = Unknown("nobody asked", pursued=False)


def one(*verdicts):
    """Return the finding that *verdicts*, for N = 0, 1, ..., are together."""
    (found,) = together(((("N", n),), [finding(verdict)]) for n, verdict in enumerate(verdicts))
    return found


def test_what_is_refuted_for_one_value_is_refuted_and_names_it():
    found = one(PROVED, UNKNOWN, REFUTED, REFUTED)
    assert isinstance(found.verdict, Refuted)
    assert found.given == (("N", 2),)
    assert found.verdict.story.values[0] == ("N", "2")
    assert found.verdict.story.values[1:] == REFUTED.story.values
    assert found.verdict.engine == REFUTED.engine


@pytest.mark.parametrize("others", [[PROVED], [VACUOUS], [FREE, PROVED]])
def test_what_is_unknown_for_one_value_is_unknown(others):
    found = one(*others, UNKNOWN)
    assert found.verdict == UNKNOWN
    assert found.given == (("N", len(others)),)


def test_what_nobody_pursued_for_one_value_is_not_proved():
    assert one(PROVED, FREE).verdict == FREE


def test_what_is_proved_for_all_values_is_proved_and_names_none():
    found = one(PROVED, VACUOUS, PROVED)
    assert isinstance(found.verdict, Proved)
    assert found.given == ()
    assert found.verdict.reach is PROVED.reach


def test_what_no_value_reaches_is_vacuous_and_names_none():
    found = one(VACUOUS, VACUOUS)
    assert (found.verdict, found.given) == (VACUOUS, ())


def test_a_site_is_reached_if_it_is_for_one_value():
    assert one(UNREACHED, PROVED).verdict.reach is Reach.SHOWN
    assert one(UNREACHED, UNREACHED).verdict.reach is Reach.NOT_SHOWN


def test_a_cover_that_is_only_not_asked_is_not_reached():
    """Where some values never get to it, and of the others nobody asked: that is no proof."""
    past = replace(PROVED, reach=Reach.PAST_REFUTATION)

    def cover(*verdicts):
        parts = [[replace(finding(verdict), kind=CheckKind.COVER)] for verdict in verdicts]
        (found,) = together(((("N", n),), part) for n, part in enumerate(parts))
        return found.verdict

    assert isinstance(cover(VACUOUS, past), Unknown)
    assert cover(VACUOUS, past, past) == Unknown(
        "not asked for N = 1; N = 2, where something else is refuted, and reached for no other "
        "value",
        "mend what is refuted, or ask in a specification of its own",
    )
    assert isinstance(cover(VACUOUS, PROVED, past), Proved)
    assert isinstance(cover(past, past), Proved)
    assert isinstance(one(VACUOUS, past).verdict, Proved)


def test_a_judge_must_have_confirmed_every_proof():
    alone = replace(PROVED, certified_by=("z3",))
    assert one(PROVED, alone).verdict.certified_by == ("z3",)
    assert one(alone, PROVED).verdict.certified_by == ("z3",)


def test_invariants_say_for_which_value_they_hold():
    proof = replace(PROVED, invariant=("a < b",))
    assert one(proof, proof).verdict.invariant == ("N = 0: a < b", "N = 1: a < b")


def test_invariants_say_so_of_several_parameters():
    proof = replace(PROVED, invariant=("a < b",))
    (found,) = together([((("N", 1), ("M", 2)), [finding(proof)])])
    assert found.verdict.invariant == ("N = 1, M = 2: a < b",)
    (alone,) = together([((), [finding(proof)])])
    assert alone.verdict.invariant == ("a < b",)


def test_the_engines_of_all_values_are_told_once():
    spacer = replace(PROVED, engine="spacer")
    assert one(PROVED, spacer, PROVED).verdict.engine == "houdini, spacer"


def test_a_proof_holds_until_something_refuted_if_that_of_one_value_does():
    assert one(PROVED, replace(PROVED, until_refuted=True)).verdict.until_refuted is True
    assert one(PROVED, PROVED).verdict.until_refuted is False


def test_measures_of_all_values_are_told():
    left, right = replace(PROVED, measure=("n - i",)), replace(PROVED, measure=("4 - i",))
    assert one(left, right, left).verdict.measure == ("n - i", "4 - i")


def test_findings_of_different_sites_stay_apart():
    parts = [((("N", 0),), [finding(PROVED), finding(PROVED, site="other")])]
    assert len(together(parts)) == 2
