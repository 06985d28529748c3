"""Expectations: each line holds, named sites are free, the rest is proved (M5)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from samples import (
    PROVED,
    REFUTED,
    UNKNOWN,
    UNREACHED,
    VACUOUS,
    finding,
    line,
)

from cecheck.ir.program import CheckKind, View
from cecheck.report.expect import (
    excused,
    failing,
    is_expected,
    is_free,
    is_suspected,
    judge,
    unmet,
)
from cecheck.report.model import Cause, FileReport, Met, Proved, Reach, Refuted


def fared(lines, findings, **kwargs):
    """Return how the lines fared, in order."""
    return [outcome.met for outcome in judge(lines, findings, **kwargs)]


def gravest(lines, findings, **kwargs):
    """Return whether all is met, or the first thing that is not."""
    return next((met for met in fared(lines, findings, **kwargs) if met is not Met.YES), Met.YES)


@pytest.mark.parametrize(
    ("answer", "verdict", "met"),
    [
        ("proved", PROVED, Met.YES),
        ("proved", REFUTED, Met.NO),
        ("proved", UNKNOWN, Met.UNDECIDED),
        ("proved", VACUOUS, Met.VACUOUS),
        ("proved", UNREACHED, Met.UNDECIDED),
        ("refuted", PROVED, Met.NO),
        ("refuted", REFUTED, Met.YES),
        ("refuted", UNKNOWN, Met.UNDECIDED),
        ("refuted", VACUOUS, Met.NO),
        ("unknown", PROVED, Met.NO),
        ("unknown", REFUTED, Met.NO),
        ("unknown", UNKNOWN, Met.YES),
        ("vacuous", PROVED, Met.NO),
        ("vacuous", VACUOUS, Met.YES),
        ("vacuous", UNKNOWN, Met.UNDECIDED),
    ],
)
def test_each_answer_is_met_by_its_own_verdict_only(answer, verdict, met):
    """A verdict meets the line that names it and no other."""
    lines = [line(answer, "mapped", "use_it")]
    assert gravest(lines, [finding(verdict)]) is met


def test_a_line_about_what_was_never_asked_is_not_met():
    """A misspelt site cannot pass."""
    assert gravest([line("proved", "mapped", "elsewhere")], [finding(PROVED)]) is Met.NO


def test_other_checks_at_a_named_site_are_free():
    """An unmapped pointer usually fails `bounds` too."""
    findings = [finding(REFUTED), finding(REFUTED, CheckKind.BOUNDS)]
    assert gravest([line("refuted", "mapped", "use_it")], findings) is Met.YES


@pytest.mark.parametrize("verdict", [REFUTED, UNKNOWN, VACUOUS, UNREACHED])
def test_every_other_site_must_be_proved(verdict):
    """A named site says nothing of the others."""
    findings = [finding(REFUTED), finding(verdict, site="other")]
    assert gravest([line("refuted", "mapped", "use_it")], findings) is not Met.YES


def test_proved_until_the_refuted_site_counts_as_proved():
    """Runs end at the refuted check, so no run need reach what stands behind it."""
    behind = Proved("houdini", ("z3",), reach=Reach.PAST_REFUTATION, until_refuted=True)
    findings = [finding(REFUTED), finding(behind, site="other")]
    assert gravest([line("refuted", "mapped", "use_it")], findings) is Met.YES


@pytest.mark.parametrize("answer", ["proved", "refuted"])
def test_a_check_without_a_site_leaves_the_rest_open(answer):
    """After a broken step 9 the second call fails everywhere."""
    verdict = PROVED if answer == "proved" else REFUTED
    findings = [finding(verdict, CheckKind.RESTORED), finding(REFUTED, site="other")]
    assert gravest([line(answer, "restored")], findings) is Met.YES


def test_one_line_without_a_site_opens_the_rest_for_all_lines():
    """Two lines, one of them about a check alone."""
    lines = [line("refuted", "restored"), line("refuted", "mapped", "fetch")]
    findings = [
        finding(REFUTED, CheckKind.RESTORED, "call"),
        finding(REFUTED, site="fetch"),
        finding(REFUTED, site="other"),
    ]
    assert gravest(lines, findings) is Met.YES


def test_a_bare_proved_speaks_about_everything():
    """`// expect: proved` leaves nothing open."""
    findings = [finding(PROVED), finding(REFUTED, CheckKind.BOUNDS, "other")]
    assert gravest([line("proved")], findings) is Met.NO
    assert gravest([line("proved")], findings[:1]) is Met.YES


def test_the_view_narrows_a_line():
    """A line about one view is not met by the other."""
    lines = [line("refuted", "mapped", "use_it", "well-behaved")]
    assert gravest(lines, [finding(REFUTED)]) is Met.NO
    assert gravest(lines, [finding(REFUTED, view=View.WELL_BEHAVED)]) is Met.YES


def test_one_refuted_finding_among_several_meets_a_refuted_line():
    """The hostile view refutes, the well-behaved one proves: the site is refuted."""
    findings = [finding(PROVED, view=View.WELL_BEHAVED), finding(REFUTED)]
    assert gravest([line("refuted", "mapped", "use_it")], findings) is Met.YES


def test_all_findings_of_a_proved_line_must_be_proved():
    """Both views, and every caller."""
    findings = [finding(PROVED), finding(REFUTED, view=View.WELL_BEHAVED)]
    assert gravest([line("proved", "mapped", "use_it")], findings) is Met.NO


def test_the_gravest_reason_is_the_one_reported():
    """A refutation outweighs what is undecided."""
    findings = [finding(UNKNOWN), finding(REFUTED, site="other")]
    (outcome, *_) = judge([line("proved")], findings)
    assert outcome.met is Met.NO
    assert outcome.why == "mapped at other is refuted (hostile view)"


def test_only_leaves_out_lines_about_other_checks():
    """`--only bounds` cannot fail a line about `mapped`, whose site stays free."""
    lines = [line("refuted", "mapped", "use_it")]
    findings = [finding(REFUTED, CheckKind.BOUNDS)]
    assert fared(lines, findings, only=("bounds",)) == [Met.YES]


def test_an_accepted_vacuous_site_counts_as_proved():
    """`--allow vacuous=SITE` names one site and no other."""
    findings = [finding(PROVED), finding(VACUOUS, site="other")]
    assert gravest([line("proved")], findings, accepted=("other",)) is Met.YES
    assert gravest([line("proved")], findings, accepted=("use_it",)) is Met.VACUOUS


def test_without_lines_everything_is_to_be_proved():
    """A specification that expects nothing is judged by its verdicts."""
    assert fared([], [finding(PROVED)]) == [Met.YES]
    assert fared([], [finding(REFUTED)]) == [Met.NO]


def test_what_no_line_needs_is_free():
    """Other checks at a named site, and the rest where a line speaks of a check alone."""
    at_x = [line("refuted", "mapped", "x")]
    assert not is_free(at_x, at_x, ("mapped", "x", "hostile"))
    assert is_free(at_x, at_x, ("bounds", "x", "hostile"))
    assert not is_free(at_x, at_x, ("bounds", "y", "hostile"))
    alone = [line("refuted", "restored")]
    assert not is_free(alone, alone, ("restored", "Call", "hostile"))
    assert is_free(alone, alone, ("mapped", "x", "hostile"))
    for lines in ([], [line("proved")]):
        assert not is_free(lines, lines, ("mapped", "x", "hostile"))


def test_a_line_that_is_met_frees_what_it_named():
    """What an earlier view has refuted is not searched again."""
    lines = [line("refuted", "mapped", "use_it")]
    assert unmet(lines, [finding(PROVED)]) == lines
    assert unmet(lines, []) == lines
    assert unmet(lines, [finding(REFUTED)]) == []
    assert is_free(lines, [], ("mapped", "use_it", "well-behaved"))
    assert not is_free(lines, [], ("mapped", "y", "well-behaved"))


# ---- what is told of a line --------------------------------------------------------------------

GIVEN = replace(finding(UNKNOWN), given=(("N", 1), ("LIMIT", 2)))


@pytest.mark.parametrize(
    ("asked", "found", "why"),
    [
        (line("proved", "live"), finding(PROVED), "nothing of the kind was asked"),
        (line("proved"), finding(REFUTED), "mapped at use_it is refuted (hostile view)"),
        (line("proved"), finding(UNKNOWN),
         "mapped at use_it is undecided: resource limit (hostile view)"),
        (line("proved"), finding(VACUOUS), "mapped at use_it can never be reached (hostile view)"),
        (line("proved"), finding(UNREACHED),
         "mapped at use_it is proved, but no run was found that reaches it (hostile view)"),
        (line("refuted"), finding(UNKNOWN), "mapped at use_it is undecided (hostile view)"),
        (line("refuted"), finding(PROVED), "mapped at use_it is proved (hostile view)"),
        (line("unknown"), finding(VACUOUS), "mapped at use_it is vacuous (hostile view)"),
        (line("vacuous"), GIVEN, "mapped at use_it is undecided (hostile view, N = 1, LIMIT = 2)"),
        (line("refuted"), finding(REFUTED), ""),
    ],
)  # fmt: skip
def test_a_line_that_is_not_met_says_why(asked, found, why):
    (outcome,) = judge([asked], [found])
    assert outcome.why == why
    assert outcome.expectation == asked


def test_of_what_no_line_names_it_is_told_too():
    (_, rest) = judge([line("refuted", None, "other")], [finding(REFUTED), finding(VACUOUS)])
    assert (rest.expectation, rest.met) == (None, Met.NO)
    (_, rest) = judge(
        [line("refuted", None, "other")], [finding(VACUOUS)], accepted=("use_it",)
    )
    assert rest.met is Met.YES


def test_an_answer_that_there_is_not_is_a_mistake_of_the_reader():
    with pytest.raises(ValueError, match=r"^no such answer: perhaps$"):
        judge([line("perhaps")], [finding(PROVED)])


def test_only_keeps_lines_about_every_check():
    """They are judged by what was asked."""
    assert fared([line("proved")], [finding(PROVED)], only=("mapped",)) == [Met.YES]
    assert fared([line("proved", "live")], [finding(PROVED)], only=("mapped",)) == []


# ---- causes ------------------------------------------------------------------------------------


def caused(*names: str | None):
    """Return what is refuted for each of these causes; None: none is known."""
    return [
        finding(Refuted("bmc", replace(REFUTED.story, cause=Cause(name, "") if name else None)))
        for name in names
    ]


BECAUSE = replace(line("refuted", "mapped", "use_it"), cause="not mapped")


@pytest.mark.parametrize(
    ("findings", "met", "why"),
    [
        (caused("not mapped"), Met.YES, ""),
        (caused("no rights", None, "not mapped"), Met.YES, ""),
        (caused("no rights", "other size", "no rights"), Met.NO,
         "the cause is: no rights, other size"),
        ([finding(UNKNOWN)], Met.UNDECIDED, "mapped at use_it is undecided (hostile view)"),
        ([finding(PROVED)], Met.NO, "mapped at use_it is proved (hostile view)"),
    ],
)  # fmt: skip
def test_a_refutation_may_have_to_have_a_cause(findings, met, why):
    outcome, _ = judge([BECAUSE], findings)
    assert (outcome.met, outcome.why) == (met, why)


# ---- what fails, what may, what is suspected ---------------------------------------------------

OTHER = finding(REFUTED, site="other")


def failures(lines, findings, accepted=()):
    """Return the line of each failure with the findings that keep it from being met."""
    told = failing(judge(lines, findings, accepted=accepted), findings, accepted)
    return [(outcome.expectation, about) for outcome, about in told]


def test_what_keeps_a_line_from_being_met_is_found():
    lines = [line("proved", "mapped", "use_it"), line("refuted", "mapped", "other")]
    good, bad = finding(PROVED), finding(UNKNOWN)
    assert failures(lines, [good, OTHER]) == []
    assert failures(lines, [good, bad, OTHER]) == [(lines[0], [bad])]
    assert failures([], [good, bad, OTHER]) == [(None, [bad, OTHER])]


def test_a_site_that_a_line_names_is_no_fault_of_the_rest():
    lines = [line("refuted", "mapped", "other")]
    bounds = replace(OTHER, kind=CheckKind.BOUNDS)
    assert failures(lines, [finding(VACUOUS), OTHER, bounds]) == [(None, [finding(VACUOUS)])]
    assert failures(lines, [finding(VACUOUS), OTHER, bounds], accepted=["use_it"]) == []


@pytest.mark.parametrize("answer", ["refuted", "unknown", "vacuous"])
def test_a_line_that_expects_no_proof_is_kept_by_no_finding(answer):
    lines = [line(answer, "mapped", "use_it")]
    assert failures(lines, [finding(PROVED)]) == [(lines[0], [])]


def test_a_vacuous_site_that_is_accepted_is_excused():
    findings = [finding(VACUOUS, site="other"), finding(PROVED), finding(VACUOUS), OTHER]
    assert excused(findings, ["use_it", "other"]) == (0, 2)
    assert excused(findings, ["use_it"]) == (2,)
    assert excused(findings, []) == ()


def expects(lines, findings, about):
    """Tell whether a line of a file with *findings* expects just what is said *about* a site."""
    file = FileReport("a.ce", findings=tuple(findings), outcomes=judge(lines, findings))
    return is_expected(file, about)


def test_a_finding_is_expected_where_a_line_that_is_met_asks_for_it():
    refuted = finding(REFUTED)
    assert expects([line("refuted", "mapped", "use_it")], [refuted], refuted)
    two = [line("unknown", "live"), line("refuted", "mapped", "use_it")]
    assert expects(two, [refuted], refuted)
    assert not expects([line("proved", "mapped", "use_it")], [refuted], refuted)
    assert not expects([line("refuted", "mapped", "use_it")], [refuted, OTHER], OTHER)
    assert not expects([line("refuted", "mapped")], [refuted, finding(PROVED)], finding(PROVED))
    assert not expects([], [finding(PROVED)], finding(PROVED))
    cause = replace(line("refuted", "mapped", "use_it"), cause="not mapped")
    assert not expects([cause], [refuted], refuted)


def test_what_a_line_expects_to_be_refuted_is_suspected():
    lines = [line("proved"), line("refuted", "mapped", "use_it", "hostile")]
    assert is_suspected(lines, ("mapped", "use_it", "hostile"))
    assert not is_suspected(lines, ("mapped", "use_it", "well-behaved"))
    assert not is_suspected(lines, ("mapped", "other", "hostile"))
    assert not is_suspected(lines[:1], ("mapped", "use_it", "hostile"))
