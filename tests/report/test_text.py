"""Text: what a person reads of each kind of ending, from reports made by hand."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import samples

from cecheck.ir.program import CheckKind
from cecheck.options import Telling
from cecheck.report.model import Change, Moment, Proved, Refuted, Story, Unknown
from cecheck.report.paint import Paint
from cecheck.report.story_text import story_text
from cecheck.report.to_text import Detail, render

FILES = {
    "refuted": samples.refuted_file,
    "proved": samples.proved_file,
    "undecided": samples.undecided_file,
    "wrong": samples.wrong_file,
    "crashed": samples.crashed_file,
}


@pytest.mark.parametrize("name", FILES)
def test_each_ending_reads_as_its_golden_file(name, golden):
    """A change of wording is a change of these files."""
    golden(f"golden/{name}.txt", render(samples.report(FILES[name]())))


def test_many_files_take_a_line_each_unless_something_is_wrong(golden):
    """A folder of specifications that answer as they should is read at a glance."""
    report = samples.report(*(make() for make in FILES.values()))
    golden("golden/brief.txt", render(report, detail=Detail.BRIEF))


def test_colour_changes_nothing_but_colour():
    """Whoever strips the codes reads the plain text."""
    report = samples.report(*(make() for make in FILES.values()))
    colored = render(report, paint=Paint.ANSI)
    assert "\x1b[" in colored
    assert re.sub(r"\x1b\[\d+m", "", colored) == render(report)


def test_the_summary_is_the_last_line_and_has_its_own_prefix():
    """No name in a specification can forge it."""
    last = render(samples.report(samples.proved_file())).splitlines()[-1]
    assert last.startswith("cecheck: ")


def test_an_empty_report_says_that_nothing_was_checked():
    """Silence would look like success."""
    assert render(samples.report()) == "cecheck: nothing to check in 0.00 s\n"


def test_invariants_are_told_whole_on_request():
    """Else their beginning, once for each view, and only where all is proved."""
    lines = tuple(f"line {number}: x <= {number}" for number in range(20))
    proved = Proved("houdini", ("z3", "cvc5"), lines)
    ends = replace(proved, invariant=("line 7: n < m",), measure=("m - n",))
    findings = (
        samples.finding(proved),
        samples.finding(proved, CheckKind.BOUNDS),
        samples.finding(ends, CheckKind.BOUNDED),
    )
    report = samples.report(replace(samples.proved_file(), findings=findings))
    told = render(report).splitlines()
    assert told.count("  carried by (hostile view)") == 1
    assert "    and 8 more (--show-invariant tells all)" in told
    assert "    line 7: n < m" not in told
    told = render(report, detail=Detail.WHOLE).splitlines()
    first = told.index("  carried by (hostile view)")
    assert told[first + 1 : first + 21] == [f"    {line}" for line in lines]
    assert told[first + 21 :][:2] == [
        "  carried by (hostile view, for loops to end)", "    line 7: n < m",
    ]  # fmt: skip
    open_too = (*findings, samples.finding(Unknown("resource limit", "")))
    report = samples.report(replace(samples.proved_file(), findings=open_too))
    assert "carried by" not in render(report)
    assert "carried by" in render(report, detail=Detail.WHOLE)


def test_a_loop_that_ends_is_told_with_what_becomes_smaller():
    """That is what carries the proof, and its invariant is about nothing else."""
    proof = replace(samples.PROVED, measure=("left",), invariant=("left <= 9",))
    file = replace(samples.proved_file(), findings=(samples.finding(proof, site="walk"),))
    text = render(samples.report(file))
    assert "(left becomes smaller in each round)" in text
    assert "left <= 9" not in text


def test_a_proof_says_where_it_ends():
    """Runs end at a refuted site, and at one that an expectation leaves free."""
    proof = replace(samples.PROVED, until_refuted=True)
    told = samples.finding(proof, site="first")
    alone = replace(samples.proved_file(), findings=(told,))
    beside = replace(alone, findings=(told, samples.finding(samples.REFUTED, site="second")))
    assert "  proved until a site that was not pursued" in render(samples.report(alone))
    assert "  proved until the refuted site" in render(samples.report(beside))


def test_a_view_that_nobody_pursued_is_told_in_a_line():
    """One by one what is open where something was proved; all together where nothing was."""
    free = Unknown("not pursued", None, pursued=False)
    sites = [samples.finding(free, site=site) for site in ("first", "second")]
    refuted = samples.finding(samples.REFUTED, site="third")
    proved = samples.finding(samples.PROVED, site="third")
    expected = {
        "    everything (hostile view)": sites,
        "    everything else (hostile view)": [*sites, refuted],
        "    mapped at first (hostile view, untrusted App)": [*sites, proved],
    }
    for line, findings in expected.items():
        file = replace(samples.undecided_file(), findings=tuple(findings))
        lines = render(samples.report(file)).splitlines()
        assert line in lines
        assert ("everything" in line) != any(" at second" in told for told in lines)


@pytest.mark.parametrize(
    ("telling", "told"),
    [(Telling.STORY, ["b"]), (Telling.FULL, ["a", "b", "c"]), (Telling.DIFF, ["c"])],
)
def test_a_run_is_told_as_fully_as_is_asked_for(telling, told):
    """What matters, every step, or only what changes."""
    steps = [Moment("App", "assign", text, None, None, step=n) for n, text in enumerate("abc", 1)]
    steps[2] = replace(steps[2], changes=(Change("x", "0", "1"),))
    story = Story("App", None, (steps[1],), 3, run=tuple(steps))
    lines = story_text(samples.finding(Refuted("bmc", story)), Paint.PLAIN, telling)
    assert [line.strip()[-1:] for line in lines if line.strip(" Ap") in set("abc")] == told
    assert f"  how it comes about ({len(told)} of 3 steps, no race needed)" in lines
