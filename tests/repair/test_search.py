"""What is shown as a repair: the first candidate that is proved, and nothing else."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import samples
from elaborated import tree

from cecheck.options import Options
from cecheck.pipeline import verified
from cecheck.repair import search
from cecheck.repair.change import size
from cecheck.repair.edits import Candidate
from cecheck.repair.search import first_proved, keeps, repair_of, with_repairs
from cecheck.report import to_json, transport
from cecheck.report.model import FileReport, Met, Outcome, Repair
from cecheck.report.to_text import render
from cecheck.source import Source

SPECS = Path(__file__).resolve().parents[2] / "specs"
UNMAPPED = (SPECS / "seed" / "s02_nested_unmapped.ce").read_text()
FETCH = "buffer = in.buffer\n"
MAPPED = "buffer = MapCallerPtr(in.buffer, length)\n"
OPTIONS = Options(jobs=1)


def edited(old: str, new: str, text: str = UNMAPPED) -> Candidate:
    """Return the candidate that replaces *old* by *new* in *text*."""
    assert text.count(old) == 1
    made = text.replace(old, new)
    return Candidate(f"write {new.strip()}", made, size(text, made))


# ---- with solvers -------------------------------------------------------------------------------


@pytest.mark.slow
def test_an_edit_that_does_not_verify_is_passed_over():
    """Mapped for the wrong process it still parses, and is still refuted: the next one is tried."""
    wrong = edited(FETCH, "buffer = MapPtrToProcess(in.buffer, GetCurrentProcess())\n")
    senseless = edited(FETCH, "buffer = MapCallerPtr(in.buffer)\n")
    right = edited(FETCH, MAPPED)
    found = first_proved(tree(UNMAPPED), [wrong, senseless, right], OPTIONS)
    assert found is not None
    assert (found.name, found.tried) == (right.name, 3)
    assert found.diff[-3:] == (
        "-        let length = in.length, buffer = in.buffer",
        "+        let length = in.length, buffer = MapCallerPtr(in.buffer, length)",
        "         use_it: read buffer[0 .. length]",
    )


@pytest.mark.slow
def test_an_edit_that_keeps_anybody_from_getting_there_is_refused():
    """Nothing goes wrong at a place that is never reached: that is no repair."""
    site = "        use_it: read"
    dead = edited(site, f"        if in != null {{ return ERROR_INVALID_PARAMETER }}\n{site}")
    assert keeps(tree(UNMAPPED), tree(dead.text))
    assert first_proved(tree(UNMAPPED), [dead], OPTIONS) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "repair"),
    [
        ("seed/s01_past_the_length", "use no more than was promised"),
        ("seed/s03_mapped_to_the_current_process", "map for the right process"),
        ("seed/s14_without_step_8", "keep the step"),
    ],
)
def test_a_repair_is_found_and_is_proved(name, repair):
    """From the wrong form alone; the text that its diff makes is proved when asked anew."""
    path = SPECS / f"{name}.ce"
    report = verified(Source(path.name, path.read_text()), OPTIONS)
    found = repair_of(report, OPTIONS)
    assert found is not None
    assert found.name == repair
    text = patched(path.read_text(), found.diff)
    text = re.sub(r"(?m)^// expect: refuted.*$", "// expect: proved", text)
    anew = verified(Source(path.name, text), OPTIONS)
    assert {one.met for one in anew.outcomes} == {Met.YES}


def patched(text: str, diff: tuple[str, ...]) -> str:
    """Return *text* with the lines of *diff*, whose hunks have a line of context, changed."""
    hunk: list[str] = []
    for line in [*diff[3:], "@@"]:
        if line.startswith("@@"):
            old = "".join(f"{one[1:]}\n" for one in hunk if one[0] in " -")
            assert text.count(old) == 1
            text = text.replace(old, "".join(f"{one[1:]}\n" for one in hunk if one[0] in " +"))
            hunk = []
        else:
            hunk.append(line)
    return text


# ---- without ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer", [samples.REFUTED, samples.UNKNOWN, samples.VACUOUS, samples.UNREACHED]
)
def test_only_what_is_proved_and_reached_counts(answer):
    """One finding that is anything else is enough to refuse an edit."""
    findings = (samples.finding(samples.PROVED), samples.finding(answer, site="other"))
    asked: list[str] = []

    def verify(source: Source, _: Options) -> FileReport:
        asked.append(source.text)
        return FileReport(source.path, source, findings=findings)

    assert first_proved(tree(UNMAPPED), [edited(FETCH, MAPPED)], OPTIONS, verify) is None
    assert len(set(asked)) == 1


def test_a_line_that_is_not_met_refuses_an_edit_though_all_is_proved():
    """What a specification says about other things must go on to hold."""
    line = Outcome(samples.line("vacuous"), Met.NO)

    def verify(source: Source, _: Options) -> FileReport:
        found = (samples.finding(samples.PROVED),)
        return FileReport(source.path, source, findings=found, outcomes=(line,))

    assert first_proved(tree(UNMAPPED), [edited(FETCH, MAPPED)], OPTIONS, verify) is None


def test_a_trial_expects_proofs_of_everything():
    """In place of the refutation: a line about one site would leave others free."""
    asked: list[tuple[str, Options]] = []

    def verify(source: Source, options: Options) -> FileReport:
        asked.append((source.text, options))
        return FileReport(source.path, source, findings=(samples.finding(samples.PROVED),))

    given = replace(OPTIONS, only=("mapped",), accepted_vacuous=("use_it",))
    found = first_proved(tree(UNMAPPED), [edited(FETCH, MAPPED)], given, verify)
    assert found is not None
    ((text, options),) = asked
    assert text.startswith("// expect: proved\n")
    assert text.count("// expect:") == 1
    assert (options.only, options.accepted_vacuous) == ((), ())
    assert "expect" not in "\n".join(found.diff)


def test_a_crash_or_a_lack_of_time_is_no_repair():
    """And no harm either: the report about the specification is there already."""

    def breaks(source: Source, _: Options) -> FileReport:
        raise RuntimeError(source.path)

    candidate = edited(FETCH, MAPPED)
    assert first_proved(tree(UNMAPPED), [candidate], OPTIONS, breaks) is None
    none_left = replace(OPTIONS, suggest_budget=0.0)
    assert first_proved(tree(UNMAPPED), [candidate], none_left) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("use_it: read buffer[0 .. length]", "read buffer[0 .. length]"),
        ("        use_it: read buffer[0 .. length]\n", ""),
        ("client App[*] : untrusted", "client App[*] : trusted"),
        ("client App[*]", "client App"),
        ("        use_it:", "        assume in != null\n        use_it:"),
    ],
)
def test_an_edit_that_changes_what_is_asked_is_never_tried(old, new):
    """Labels, accesses, clients and assumptions are the question, not the answer."""

    def verify(source: Source, _: Options) -> FileReport:
        return FileReport(source.path, source, findings=(samples.finding(samples.PROVED),))

    assert not keeps(tree(UNMAPPED), tree(edited(old, new).text))
    assert first_proved(tree(UNMAPPED), [edited(old, new)], OPTIONS, verify) is None


def test_repairs_are_looked_for_where_somebody_looks_at_a_refutation(monkeypatch):
    """A single file, or one that was not to be refuted; never in a run of expected refutations."""
    repair = Repair("map it", ("--- a/x",), 3, 1)
    monkeypatch.setattr(search, "repair_of", lambda *_: repair)
    expected = samples.refuted_file()
    failing = samples.failing_file()

    def repaired(*files: FileReport, options: Options = OPTIONS) -> list[bool]:
        told = with_repairs(samples.report(*files), options)
        return [file.repair is not None for file in told.files]

    assert repaired(expected) == [True]
    assert repaired(expected, expected) == [False, False]
    assert repaired(expected, failing, samples.proved_file()) == [False, True, False]
    assert repaired(expected, options=replace(OPTIONS, suggest=False)) == [False]
    assert repaired(samples.proved_file()) == [False]


def test_an_interrupt_keeps_the_answers(monkeypatch):
    """They were there before anything was tried."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(search, "repair_of", interrupted)
    before = samples.report(samples.refuted_file())
    after = with_repairs(before, OPTIONS)
    assert after.interrupted
    assert after.files == before.files


def test_a_repair_is_told_as_text_and_as_data():
    """The diff can be taken from either."""
    lines = ("--- a/x.ce", "+++ b/x.ce", "@@ -1 +1 @@", "-a", "+b")
    file = replace(samples.refuted_file(), repair=Repair("map it", lines, 7, 2))
    text = render(samples.report(file))
    told = "\n".join(f"    | {line}" for line in lines)
    assert f"\n\n  a repair that is PROVED: map it\n{told}\n" in text
    data = json.loads(to_json.render(samples.report(file)))["files"][0]["repair"]
    assert data == {
        "name": "map it", "diff": list(lines), "verdict": "proved", "proved_checks": 7, "tried": 2,
    }  # fmt: skip
    assert transport.from_data(json.loads(json.dumps(transport.to_data(file)))) == file
