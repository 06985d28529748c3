"""Accepted failures: known by content, with a reason and a last day; new and fixed ones fail."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

import pytest

from cecheck.cli import _cli
from cecheck.options import Options, UsageError
from cecheck.report import to_json, to_text
from cecheck.report.baseline import NO_REASON, Accepted, Basis, Failure, applied, dump, load
from cecheck.report.exit_status import ExitStatus, exit_status
from cecheck.runs import verify

ROOT = Path(__file__).parent.parent.parent
WRONG = (ROOT / "specs" / "seed" / "s01_past_the_length.ce").read_text("utf-8")
TODAY = datetime.date(2030, 6, 15)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return a folder with a wrong specification of which nothing is expected, and its report."""
    folder = tmp_path_factory.mktemp("baseline")
    text = "\n".join(x for x in WRONG.splitlines() if not x.startswith("// expect")) + "\n"
    (folder / "a.ce").write_text(text)
    report = verify(Options(paths=(str(folder / "a.ce"),)), lambda *_: None)
    assert exit_status(report) is ExitStatus.REFUTED
    return folder, report


def failure(**changes: str) -> Failure:
    """Return what fails in `a.ce`, in the hostile view, with *changes*."""
    return replace(Failure("a.ce", "use_it", "bounds", "hostile", "refuted"), **changes)


KNOWN = (
    Accepted(failure(), "the device never sends more"),
    Accepted(failure(view="well-behaved"), "see issue 12", TODAY),
    Accepted(failure(view="well-behaved", check="permitted"), "follows from the other"),
)


def told(run, *accepted: Accepted):
    """Return the report under the baseline *accepted*."""
    folder, report = run
    return applied(report, Basis(str(folder / "b.toml"), accepted, TODAY))


def test_what_is_listed_is_accepted_with_its_reason(run):
    """On its last day, too; text and JSON say so."""
    report = told(run, *KNOWN)
    assert exit_status(report) is ExitStatus.PROVED
    text = to_text.render(report)
    assert "a.ce: REFUTED, accepted by the baseline\n" in text
    assert "accepted: bounds at use_it (hostile view): refuted: the device never sends more" in text
    assert "1 accepted by the baseline in" in text
    assert '"accepted": [\n' in to_json.render(report)


@pytest.mark.parametrize(
    ("second", "problem"),
    [
        (None, None),
        (replace(KNOWN[1], expires=TODAY - datetime.timedelta(1)), "expired on 2030-06-14"),
        (replace(KNOWN[1], reason=" "), "no reason is given"),
        (replace(KNOWN[1], reason=f"{NO_REASON}: ..."), "no reason is given"),
        (Accepted(failure(view="well-behaved", answer="unknown"), "why not"), "no longer fails"),
        (Accepted(failure(view="well-behaved", site="other"), "why not"), "no longer fails"),
        (Accepted(failure(view="well-behaved", check="mapped"), "why not"), "no longer fails"),
        (Accepted(failure(view="well-behaved", path="b.ce"), "why not"), "is no longer there"),
    ],
)
def test_what_is_not_listed_just_so_still_fails(second, problem, run):
    """Another answer, site, check, view or path is another failure."""
    report = told(run, KNOWN[0], KNOWN[2], *([second] if second else []))
    assert exit_status(report) is ExitStatus.REFUTED
    assert [text.startswith(problem) for text in report.problems] == [True] * bool(problem)
    assert any(outcome.met.value == "not met" for outcome in report.files[0].outcomes)


def test_what_is_listed_and_does_not_fail_is_to_be_removed(run):
    """That alone fails a run, or the entry would hide the failure when it comes back."""
    report = told(run, *KNOWN, Accepted(failure(check="mapped"), "was slow"))
    assert exit_status(report) is ExitStatus.REFUTED
    assert report.problems == (
        "no longer fails, remove it: a.ce: mapped at use_it (hostile view): refuted",
    )
    assert f"baseline: {report.problems[0]}\n" in to_text.render(report)


def test_what_was_not_looked_at_is_not_called_fixed(run):
    """A run over some of the specifications says nothing about the others."""
    folder, report = run
    others = replace(report, files=())
    assert applied(others, Basis(str(folder / "b.toml"), KNOWN, TODAY)).problems == ()


def test_a_failure_is_known_wherever_its_line_has_moved(run):
    """And whatever folder the command runs in."""
    folder, _ = run
    moved = folder / "moved"
    moved.mkdir()
    (moved / "a.ce").write_text("// One more line.\n\n" + (folder / "a.ce").read_text())
    report = verify(Options(paths=(str(moved / "a.ce"),)), lambda *_: None)
    found = applied(report, Basis(str(moved / "b.toml"), KNOWN, TODAY))
    assert exit_status(found) is ExitStatus.PROVED


def test_a_baseline_is_read_as_it_was_written(tmp_path):
    """Sorted, whatever is in its texts."""
    odd = Accepted(failure(path='q"\\\n\x7f\x01é😀.ce'), "tab\tand ] [[ #", TODAY)
    path = tmp_path / "b.toml"
    path.write_text(dump([*reversed(KNOWN), odd]), encoding="utf-8")
    assert load(str(path)) == (*KNOWN, odd)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("cecheck-baseline/1", "cecheck-baseline/2", "no baseline of this version"),
        ('site = "use_it"\n', "", "entry 1: `site` is missing"),
        ("[[accepted]]", "[accepted]", "no baseline of this version"),
        ("well-behaved", 'hostile"\nline = "8', "entry 1: `line` means nothing"),
        ("expires = 2030-06-15", 'expires = "soon"', "entry 1: `expires` must be a date"),
        ("reason = ", "reason ", "not TOML"),
    ],
)
def test_a_baseline_that_cannot_be_understood_is_a_usage_error(old, new, told, tmp_path):
    path = tmp_path / "b.toml"
    text = dump(KNOWN[1:2])
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(UsageError, match=told):
        load(str(path))


def test_nothing_is_listed_twice(tmp_path):
    path = tmp_path / "b.toml"
    path.write_text(dump([KNOWN[0], KNOWN[0]]))
    with pytest.raises(UsageError, match="listed twice"):
        load(str(path))


def test_write_check_and_verify_agree(run, monkeypatch, capsys):
    """A placeholder is no reason; once there are reasons, all is accepted."""
    folder, _ = run
    monkeypatch.chdir(folder)

    def status(*arguments: str) -> int:
        return int(_cli.main(list(arguments), prog_name="cecheck", standalone_mode=False))

    assert status("baseline", "write", "a.ce") == 0
    assert capsys.readouterr().out.endswith("3 accepted, 3 of them without a reason\n")
    assert status("baseline", "check", "a.ce") == 1
    assert capsys.readouterr().out.count("no reason is given, so it is not accepted") == 3
    file = folder / "cecheck-baseline.toml"
    file.write_text(file.read_text().replace(f"{NO_REASON}: say why this is accepted", "a demo"))
    assert status("verify", "a.ce", "--baseline", file.name) == 0
    assert "a.ce: REFUTED, accepted by the baseline" in capsys.readouterr().out
    with pytest.raises(UsageError, match="--only"):
        status("verify", "a.ce", "--baseline", file.name, "--only", "bounds")
