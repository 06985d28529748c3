"""Formats for other programs: each is read again by a library that knows it."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace

import pytest
import samples
from itf_py import trace_from_json
from jsonschema import Draft202012Validator
from junitparser import JUnitXml
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif

from cecheck.ir.program import CheckKind, Site
from cecheck.options import Format
from cecheck.report import schema, to_github, to_itf, to_json, to_junit, to_markdown, to_sarif
from cecheck.report.exit_status import exit_status
from cecheck.report.expect import judge
from cecheck.report.model import Cause, Change, Held, Moment, Picture, Refuted, Region, Report
from cecheck.report.printers import ENDINGS, format_of, printer
from cecheck.source import Source, Span

EVIL = "a\x1b[31mb\x07]]></failure><script>alert(1)</script>\n::error::x\r##[error]|`*_&amp;\ud800"


def refuted(name="use_it", cause="never mapped"):
    """Return a file with a refutation that nobody expects, told in full."""
    start, told = samples.span("in.buffer"), samples.story()
    change = Change("key", "{nk}", "{nk, device}")
    run = (
        Moment("App", "client", f"calls {name}", None, None, (), 1),
        Moment("Ist", "assign", "n = 0x20", None, start, (Change("n", "3", "0x20", True),), 2),
        Moment("App", "assign", "key |= {device}", None, start, (change,), 3),
    )
    story = replace(
        told, moments=run, run=run, steps=3, cause=Cause(cause, f"`{name}` is used", (start,)),
        start=(Held("", "n", "3"), Held("App", "key", "{nk}"), Held("App", "on", "true")),
        pictures=(Picture(3, "App", (Region("app", 32, 47, "app"),), (("key", "{}"),), 16),),
    )  # fmt: skip
    found = samples.finding(Refuted("bmc", story))
    found = replace(found, site=Site(name, found.site.span, True))
    return replace(samples.refuted_file(), findings=(found,), outcomes=samples.judged(found))


ALL = samples.every_ending(refuted())


def evil():
    """Return a report in which every name is made to break out of its place."""
    source = Source(f"specs/{EVIL}.ce", f"let x = {EVIL}")
    file = refuted(EVIL, EVIL)
    finding = replace(file.findings[0], client=EVIL, site=Site(EVIL, Span(source, 0, 20), True))
    file = replace(file, path=source.path, source=source, findings=(finding,))
    crashed = replace(samples.crashed_file(), path=EVIL, crash=EVIL)
    return Report(EVIL, (file, crashed))


# ---- SARIF ---------------------------------------------------------------------------------------


def sarif(report):
    """Return the only run of *report*, which the classes made from the schema accept."""
    text = to_sarif.render(report)
    Sarif.model_validate_json(text)
    return json.loads(text)["runs"][0]


def test_sarif_has_a_result_for_what_is_wrong_or_open():
    """And none for what is proved, or refuted as expected; what cannot be read is wrong."""
    results = sarif(ALL)["results"]
    assert [(result["ruleId"], result["level"]) for result in results] == [
        ("CE201", "error"), ("cecheck/internal-error", "error"), ("cecheck/mapped", "error"),
        ("cecheck/mapped", "warning"), ("cecheck/vacuous", "warning"),
    ]  # fmt: skip
    assert sarif(samples.report(refuted()))["results"][0]["ruleId"] == "cecheck/mapped"


def test_sarif_knows_the_rule_of_each_result_and_its_weakness():
    """By index and by name."""
    run = sarif(ALL)
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    (mapped,) = [rule for rule in rules if rule["id"] == "cecheck/mapped"]
    assert "external/cwe/cwe-822" in mapped["properties"]["tags"]


def test_sarif_tells_the_run_of_each_thread_in_the_order_of_the_whole():
    """One flow for a thread; together they have every step once."""
    (result,) = sarif(samples.report(refuted()))["results"]
    flows = result["codeFlows"][0]["threadFlows"]
    assert [flow["id"] for flow in flows] == ["App", "Ist"]
    orders = [step["executionOrder"] for flow in flows for step in flow["locations"]]
    assert sorted(orders) == [1, 2, 3, 4]
    assert flows[1]["locations"][0]["state"] == {"n": {"text": "0x20"}}


def test_sarif_leaves_out_what_the_specification_expects():
    """GitHub shows a suppressed result as an open alert all the same."""
    run = sarif(samples.report(samples.refuted_file()))
    assert run["results"] == []
    assert run["invocations"][0]["exitCode"] == 0


def test_a_fingerprint_stays_when_lines_and_values_change():
    """And is another one for another site."""
    file = refuted()
    source = Source(file.source.path, "\n\n" + file.source.text)
    moved = Span(source, file.findings[0].site.span.start + 2, file.findings[0].site.span.end + 2)
    finding = replace(file.findings[0], site=Site("use_it", moved, True))
    story = replace(finding.verdict.story, values=(("buffer", "0x77"),), steps=9)
    finding = replace(finding, verdict=Refuted("spacer", story))
    prints = [
        sarif(samples.report(one))["results"][0]["partialFingerprints"]
        for one in (file, replace(file, findings=(finding,)), refuted("other"))
    ]
    assert prints[0] == prints[1] != prints[2]


# ---- JUnit ---------------------------------------------------------------------------------------


def junit(report):
    """Return the suites of *report*, read again."""
    return list(JUnitXml.fromstring(to_junit.render(report).encode()))


def test_junit_counts_what_failed_and_what_is_open():
    """A failure is a refutation, or an expectation that is not met; an error is no answer."""
    suites = junit(ALL)
    assert [(s.tests, s.failures, s.errors, s.skipped) for s in suites] == [
        (3, 0, 0, 1), (4, 0, 0, 0), (3, 1, 2, 0), (1, 0, 1, 0), (1, 0, 1, 0), (2, 2, 0, 0),
    ]  # fmt: skip


def test_junit_names_are_never_the_same_twice():
    """GitLab drops the second of two without a word."""
    file = refuted()
    twice = replace(file, findings=file.findings * 2)
    (suite,) = junit(samples.report(twice))
    names = [(case.classname, case.name) for case in suite]
    assert len(set(names)) == len(names) == 3


def outcomes(report):
    """Return what became of each case, by its name."""
    cases = (case for suite in junit(report) for case in suite)
    return {case.name: type(case.result[0]).__name__ if case.result else "" for case in cases}


@pytest.mark.parametrize("make", [*samples.EVERY, None])
def test_junit_fails_exactly_if_the_exit_status_does(make):
    """A job that goes by the file ends as one that goes by the status."""
    report = samples.report(make()) if make else samples.report()
    interrupted, stale = replace(report, interrupted=True), replace(report, problems=("stale",))
    for one in (report, interrupted, stale):
        bad = {"Failure", "Error"} & set(outcomes(one).values())
        assert bool(bad) == (exit_status(one) != 0)


def test_junit_is_green_only_for_what_is_as_somebody_said():
    """What an `expect` line leaves open nobody proved; what it asks for is as it should be."""
    findings = (
        *samples.refuted_file().findings,
        samples.finding(samples.UNKNOWN, CheckKind.PERMITTED),
        samples.finding(samples.VACUOUS, CheckKind.DMA),
    )
    file = replace(samples.refuted_file(), findings=findings)
    assert outcomes(samples.report(file)) == {
        "mapped @ use_it (hostile)": "",
        "bounds @ use_it (hostile)": "Skipped",
        "live @ use_it (hostile)": "",
        "permitted @ use_it (hostile)": "Skipped",
        "dma @ use_it (hostile)": "Skipped",
    }


def test_junit_passes_the_answer_that_was_asked_for_and_no_other():
    """One client's refutation meets the line; of the other nothing is known."""
    other = replace(samples.finding(samples.UNKNOWN), client="Other")
    findings = (samples.finding(samples.REFUTED), other)
    met = judge((samples.line("refuted", "mapped", "use_it"),), findings)
    file = replace(samples.refuted_file(), findings=findings, outcomes=met)
    (suite,) = junit(samples.report(file))
    assert [bool(case.result) for case in suite] == [False, True]


def test_junit_skips_what_a_baseline_accepts():
    """It is neither right nor to be mended now."""
    findings = (samples.finding(samples.REFUTED),)
    file = replace(samples.failing_file(), findings=findings, excused=(0,), outcomes=judge((), ()))
    assert outcomes(samples.report(file)) == {"mapped @ use_it (hostile)": "Skipped"}


def test_junit_holds_the_story():
    """Where a build server shows it."""
    case, missed = junit(samples.report(refuted()))[0]
    assert missed.result[0].type == "EXPECTATION"
    assert "how it comes about" in case.result[0].text
    assert case.result[0].type == "REFUTED"


# ---- ITF -----------------------------------------------------------------------------------------


def test_itf_has_a_state_for_each_step_with_every_variable():
    """Read by the library of the format."""
    data = json.loads(to_itf.render(samples.report(refuted())))
    trace = trace_from_json(data)
    assert data["vars"] == ["App: key", "App: on", "n"]
    assert len(trace.states) == 4
    assert [state.values["n"] for state in trace.states] == [3, 3, 32, 32]
    assert trace.states[3].values["App: key"] == {"nk", "device"}
    assert trace.states[0].values["App: on"] is True


def test_itf_of_a_report_without_refutations_is_empty():
    """It says so, and is a trace all the same."""
    data = json.loads(to_itf.render(samples.report(samples.proved_file())))
    assert (data["states"], data["#meta"]["description"]) == ([], "no refutation")


# ---- Markdown, annotations -----------------------------------------------------------------------


def test_markdown_lists_what_is_wrong_before_what_is_right():
    """With its root cause."""
    text = to_markdown.render(ALL)
    assert text.index("never mapped") < text.index("| specs/sample\\.ce | PROVED | yes |")
    assert text.startswith("# cecheck\n\nExit status 7: a bug in cecheck.\n")


def test_annotations_are_few_and_the_gravest_come_first():
    """Ten are shown; the rest is counted."""
    many = samples.report(samples.crashed_file(), *(refuted(f"site{n}") for n in range(12)))
    lines = to_github.render(many).splitlines()
    assert lines[0].startswith(
        "::error file=specs/odd.ce,title=cecheck/internal-error::a bug in cecheck"
    )
    assert len(lines) == to_github.MOST + 1
    assert lines[-1] == "::notice::cecheck: 3 more are in the report"


def test_what_is_as_expected_is_not_annotated():
    """Nobody has to look at it."""
    assert to_github.render(samples.report(samples.refuted_file(), samples.proved_file())) == ""


# ---- all of them ---------------------------------------------------------------------------------


def test_json_is_as_the_schema_says():
    """Every kind of finding, and a story with all its parts."""
    validator = Draft202012Validator(json.loads(schema.render()))
    assert list(validator.iter_errors(json.loads(to_json.render(ALL)))) == []
    broken = json.loads(to_json.render(ALL))
    del broken["files"][5]["findings"][0]["story"]["cause"]
    assert len(list(validator.iter_errors(broken))) == 1


def strict(part):
    """Return *part* of a schema with every field forbidden that it does not list."""
    if isinstance(part, list):
        return [strict(item) for item in part]
    if not isinstance(part, dict):
        return part
    closed = isinstance(part.get("required"), list) and "allOf" not in part
    known = {key: strict(value) for key, value in part.items()}
    return known | ({"additionalProperties": False} if closed else {})


@pytest.mark.parametrize("make", samples.EVERY)
def test_what_json_has_is_in_the_schema(make):
    """A field that is added to a report is added there too."""
    whole = json.loads(schema.render())
    finding = whole["$defs"]["finding"]
    for case in finding["allOf"]:  # a finding has the fields of all and those of its verdict
        case["then"]["properties"] |= finding["properties"]
    Draft202012Validator(strict(whole)).validate(json.loads(to_json.render(samples.report(make()))))


@pytest.mark.parametrize("format_", [f for f in Format if f is not Format.TEXT])
def test_nothing_in_a_specification_is_obeyed_by_who_reads_the_report(format_):
    """Neither a terminal, nor a build server, nor a browser."""
    text = printer(format_)(evil())
    text.encode("utf-8")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]", text)
    if format_ in (Format.JUNIT, Format.MARKDOWN, Format.HTML):
        assert "</failure><script" not in text
    commands = [line for line in text.splitlines() if line.startswith(("::", "##["))]
    assert (commands == []) is (format_ is not Format.GITHUB)
    assert all(re.match(r"::(error|warning) file=[^:]*::", line) for line in commands)
    if format_ is Format.MARKDOWN:
        assert not re.search(r"(?<!\\)[<`]", text)


def test_evil_reports_are_still_well_formed():
    """And mean what they meant."""
    assert [suite.tests for suite in junit(evil())] == [2, 1]
    assert len(sarif(evil())["results"]) == 2
    assert len(json.loads(to_itf.render(evil()))["states"]) == 4


@pytest.mark.parametrize("format_", Format)
def test_printing_twice_gives_the_same(format_):
    """Nothing of the clock or the order of a hash is in it."""
    assert printer(format_)(ALL) == printer(format_)(ALL)


def test_endings_say_what_a_file_holds():
    """The longer one first."""
    assert format_of("out/x.itf.json") is Format.ITF
    assert format_of("X.JSON") is Format.JSON
    assert format_of("report") is None
    assert set(ENDINGS.values()) | {Format.GITHUB} == set(Format)


def test_every_kind_of_check_has_a_rule():
    """Also those that no weakness is known for."""
    kinds = [replace(refuted().findings[0], kind=kind) for kind in CheckKind]
    run = sarif(samples.report(replace(refuted(), findings=tuple(kinds))))
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert {result["ruleId"] for result in run["results"]} <= set(ids)
    assert len({result["ruleId"] for result in run["results"]}) == len(CheckKind)
    assert all(a < b for a, b in itertools.pairwise(ids))
