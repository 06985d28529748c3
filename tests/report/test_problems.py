"""Problems: exactly what keeps the exit status from being 0."""

from __future__ import annotations

import datetime
from dataclasses import replace
from itertools import combinations

import pytest
import samples

from cecheck.ir.program import CheckKind, View
from cecheck.report import baseline, rules
from cecheck.report.exit_status import exit_status
from cecheck.report.expect import excused, judge
from cecheck.report.model import Report
from cecheck.report.problems import Level, problems


def told(report):
    """Return (rule, title) of each problem."""
    return [(problem.rule.id, problem.title) for problem in problems(report)]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_there_are_problems_where_the_exit_status_says_so(count):
    """Whatever is in a report, alone and together."""
    for some in combinations(samples.EVERY, count):
        report = samples.report(*(make() for make in some))
        assert bool(problems(report)) == (exit_status(report) != 0), [f.__name__ for f in some]


def test_errors_come_before_what_is_not_known():
    """The first ten are shown: they are the gravest."""
    report = samples.report(*(make() for make in samples.EVERY))
    levels = [problem.level for problem in problems(report)]
    assert levels == sorted(levels, key=lambda level: level is Level.WARNING)


def test_each_kind_of_finding_is_told_by_its_rule():
    """A proof with a run that reaches it is none."""
    assert told(samples.report(samples.failing_file())) == [
        ("cecheck/mapped", "use_it reaches memory that does not belong to the caller"),
        ("cecheck/bounds", "use_it goes past the size that the caller promised"),
        ("cecheck/permitted", "use_it: permitted is undecided: resource limit"),
        ("cecheck/vacuous", "never can never be reached, so that it holds means nothing"),
        ("cecheck/unreached", "DeviceIoControl is proved, but no run was found that reaches it"),
    ]


def test_what_is_refuted_as_expected_is_no_problem():
    """Nor is what nothing is expected of at that site; its twin expects nothing, and fails."""
    assert told(samples.report(samples.refuted_file())) == []
    twin = samples.refuted_file()
    twin = replace(twin, outcomes=judge((), twin.findings))
    rules_ = [rule for rule, _ in told(samples.report(twin))]
    assert rules_ == ["cecheck/mapped", "cecheck/bounds"]


def test_a_line_that_is_not_met_is_shown_where_it_stands():
    """There is no finding to show."""
    (problem,) = problems(samples.report(samples.unmet_file()))
    assert (problem.rule, problem.level) == (rules.EXPECTATION, Level.ERROR)
    assert problem.title.startswith("`expect: refuted mapped at use_it` is not met: ")
    assert problem.span is not None
    assert problem.span.line == 1


def test_what_the_baseline_accepts_is_no_problem_though_something_else_fails():
    """The alert of one does not open that of the other."""
    file = samples.failing_file()
    accepted = baseline.Accepted(
        baseline.Failure("specs/sample.ce", "use_it", "mapped", "hostile", "refuted"), "known"
    )
    basis = baseline.Basis("baseline.toml", (accepted,), datetime.date(2030, 1, 1))
    report = baseline.applied(samples.report(file), basis)
    assert report.files[0].excused == (0,)
    names = ["bounds", "permitted", "vacuous", "unreached"]
    assert [rule for rule, _ in told(report)] == [f"cecheck/{name}" for name in names]
    stale = baseline.applied(samples.report(samples.proved_file()), basis)
    assert [number for number, _ in told(stale)] == ["cecheck/baseline"]


def test_a_vacuous_site_that_is_allowed_is_no_problem():
    """Though another of the same file is."""
    findings = (samples.finding(samples.VACUOUS), samples.finding(samples.VACUOUS, site="other"))
    outcomes = judge((), findings, accepted=("use_it",))
    numbers = excused(findings, ("use_it",))
    file = replace(samples.failing_file(), findings=findings, outcomes=outcomes, excused=numbers)
    assert [title.split()[0] for _, title in told(samples.report(file))] == ["other"]


def test_that_a_place_is_not_reached_is_told_once():
    """Not for every check that is asked there."""
    findings = tuple(
        samples.finding(samples.VACUOUS, kind, view=view)
        for kind in (CheckKind.MAPPED, CheckKind.BOUNDS)
        for view in View
    )
    file = replace(samples.failing_file(), findings=findings, outcomes=judge((), findings))
    assert len(problems(samples.report(file))) == 1


def test_an_interrupted_run_is_a_problem():
    """Answers that are missing are not good ones."""
    report = replace(samples.report(samples.proved_file()), interrupted=True, terminated=True)
    assert "cecheck/interrupted" in [number for number, _ in told(report)]


def test_a_run_without_specifications_is_a_problem():
    """Unless a selection left them out."""
    assert told(Report("1", ())) == [("cecheck/nothing-to-check", "there is nothing to check")]
    assert told(Report("1", (), left_out=3)) == []


def test_names_of_rules_are_never_given_twice():
    """Each is one rule's, with a sentence and what to do."""
    every = rules.every_rule()
    assert len({rule.id for rule in every}) == len(every)
    assert all(rule.text and rule.help for rule in every)
    assert rules.of_kind(CheckKind.BOUND).id == "cecheck/model-bound"
