"""The exit status: one per answer, the gravest of several, nothing passes by being absent."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from samples import (
    PROVED,
    REFUTED,
    UNKNOWN,
    UNREACHED,
    VACUOUS,
    crashed_file,
    finding,
    line,
    report,
    wrong_file,
)

from cecheck.report.exit_status import MEANINGS, ExitStatus, exit_status, forgiven
from cecheck.report.expect import judge
from cecheck.report.model import FileReport, Met, Outcome, Report


def answered(verdict, *lines):
    """Return a specification with one finding."""
    findings = (finding(verdict),)
    return FileReport("a.ce", findings=findings, outcomes=judge(lines, findings))


# One file for each status, in the order in which a graver one wins.
GRAVEST_FIRST = [
    (ExitStatus.INTERNAL, crashed_file()),
    (ExitStatus.SPECIFICATION, wrong_file()),
    (ExitStatus.REFUTED, answered(REFUTED)),
    (ExitStatus.UNDECIDED, answered(UNKNOWN)),
    (ExitStatus.VACUOUS, answered(VACUOUS)),
    (ExitStatus.NOTHING, FileReport("a.ce")),
    (ExitStatus.PROVED, answered(PROVED)),
]


@pytest.mark.parametrize(("status", "file"), GRAVEST_FIRST, ids=lambda x: getattr(x, "name", ""))
def test_each_ending_has_its_status(status, file):
    """One file, one status."""
    assert exit_status(report(file)) is status


@pytest.mark.parametrize(("left", "right"), list(product(range(7), range(7))))
def test_the_graver_status_wins(left, right):
    """7 before 3, 1, 4, 6, 5 and 0, whatever the order of the files."""
    files = [GRAVEST_FIRST[left][1], GRAVEST_FIRST[right][1]]
    assert exit_status(report(*files)) is GRAVEST_FIRST[min(left, right)][0]


@pytest.mark.parametrize(
    ("answer", "verdict", "status"),
    [
        ("refuted", REFUTED, ExitStatus.PROVED),
        ("unknown", UNKNOWN, ExitStatus.PROVED),
        ("vacuous", VACUOUS, ExitStatus.PROVED),
        ("refuted", PROVED, ExitStatus.REFUTED),
        ("refuted", UNKNOWN, ExitStatus.UNDECIDED),
        ("proved", VACUOUS, ExitStatus.VACUOUS),
        ("proved", UNREACHED, ExitStatus.UNDECIDED),
    ],
)
def test_a_met_expectation_is_success(answer, verdict, status):
    """What the file expects decides, not what is pleasant."""
    assert exit_status(report(answered(verdict, line(answer, "mapped", "use_it")))) is status


def test_no_files_is_nothing_to_check():
    """An empty folder never passes."""
    assert exit_status(report()) is ExitStatus.NOTHING


def test_an_interrupted_run_says_so():
    """Even when everything so far was proved."""
    partial = replace(report(answered(PROVED)), interrupted=True)
    assert isinstance(partial, Report)
    assert exit_status(partial) is ExitStatus.INTERRUPTED


def test_a_terminated_run_says_so():
    """With a status of its own."""
    partial = replace(report(answered(PROVED)), interrupted=True, terminated=True)
    assert exit_status(partial) is ExitStatus.TERMINATED


def test_a_selection_that_leaves_nothing_is_no_failure():
    """What it leaves is judged as ever."""
    nothing = report()
    assert exit_status(nothing) is ExitStatus.NOTHING
    assert exit_status(replace(nothing, left_out=3)) is ExitStatus.PROVED


def test_a_baseline_that_is_out_of_date_fails_a_run():
    """Though all is proved."""
    wrong = replace(report(answered(PROVED)), problems=("no longer fails",))
    assert exit_status(wrong) is ExitStatus.REFUTED


def test_exit_zero_forgives_verdicts_and_nothing_else():
    """A job that reports still fails when nothing could be reported."""
    kept = {status for status in ExitStatus if forgiven(status) is not ExitStatus.PROVED}
    assert kept == {
        ExitStatus.USAGE,
        ExitStatus.SPECIFICATION,
        ExitStatus.NOTHING,
        ExitStatus.INTERNAL,
        ExitStatus.INTERRUPTED, ExitStatus.TERMINATED,
    }


def test_every_status_has_a_meaning():
    """The table of `--help` is complete."""
    assert set(MEANINGS) == set(ExitStatus)


@pytest.mark.parametrize(
    ("outcome", "status"),
    [(Met.UNDECIDED, ExitStatus.UNDECIDED), (Met.NO, ExitStatus.NOTHING)],
)
def test_what_was_stopped_before_any_answer_is_undecided(outcome, status):
    """A specification with nothing to check has no answers either, and is told apart."""
    stopped = FileReport("a.ce", outcomes=(Outcome(None, outcome),))
    assert exit_status(report(stopped)) is status
    assert exit_status(report(FileReport("a.ce"))) is ExitStatus.NOTHING


def test_libraries_count_only_where_they_are_wrong():
    library = FileReport("a.ce", library=True)
    assert exit_status(report(library, answered(PROVED))) is ExitStatus.PROVED
    assert exit_status(report(library)) is ExitStatus.NOTHING
    assert exit_status(report(FileReport("a.ce"), answered(PROVED))) is ExitStatus.NOTHING
    broken = replace(wrong_file(), library=True)
    assert exit_status(report(broken, answered(PROVED))) is ExitStatus.SPECIFICATION
