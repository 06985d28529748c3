"""Reports in files: written whole or not at all, and refused before anything runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import samples
from jsonschema import Draft202012Validator

from cecheck.commands import outputs
from cecheck.commands.outputs import write_all
from cecheck.options import UsageError
from cecheck.report import to_itf, to_json
from cecheck.report.expect import judge
from cecheck.report.model import Refuted

FAILING = samples.report(samples.failing_file())
PROVED = samples.report(samples.proved_file())
ROOT = Path(__file__).parent.parent.parent
SPEC = ROOT / "specs" / "seed" / "s01_past_the_length.ce"


def cecheck(folder, *arguments):
    """Run the command in *folder*."""
    return subprocess.run(
        [sys.executable, "-m", "cecheck", *arguments], capture_output=True, check=False,
        encoding="utf-8", cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("out", "says"),
    [
        ("report", "has none of the endings"),
        ("report.pdf", "has none of the endings"),
        ("no/such/report.json", "no such folder"),
        ("folder.json", "is a folder"),
        ("/proc/report.json", "`/proc/report.json` cannot be written: "),
        ("r{n}.json", "is for one place in the name of a trace"),
        ("{n}{n}.itf.json", "is for one place in the name of a trace"),
    ],
)
def test_what_cannot_be_written_is_refused_before_anything_runs(out, says, tmp_path):
    """With the status of a wrong command line."""
    (tmp_path / "folder.json").mkdir()
    done = cecheck(tmp_path, "verify", str(SPEC), "--out", out)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["folder.json"]


def test_a_file_that_is_named_twice_is_refused(tmp_path):
    """The second would take the place of the first."""
    done = cecheck(tmp_path, "verify", str(SPEC), "--out", "r.json", "--out", "./r.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "`./r.json` is given twice" in done.stderr


def test_settings_can_name_files(tmp_path):
    """Meant from the folder of the settings."""
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "a.ce").write_text("driver {")
    (tmp_path / "cecheck.toml").write_text('out = ["r.json", "r.xml"]\n')
    done = cecheck(tmp_path / "below", "verify")
    assert done.returncode == 3, done.stderr
    there = {path.name for path in tmp_path.iterdir()}
    assert there == {"below", "cecheck.toml", "r.json", "r.xml"}


def test_a_report_takes_the_place_of_the_last_one_and_leaves_nothing_beside_it(tmp_path):
    """And the real thing is as the schema that the command prints says."""
    (tmp_path / "report.json").write_text("old")
    done = cecheck(tmp_path, "verify", str(SPEC), "--out", "report.json")
    assert done.returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]
    printed = cecheck(tmp_path, "schema")
    validator = Draft202012Validator(json.loads(printed.stdout))
    assert list(validator.iter_errors(json.loads((tmp_path / "report.json").read_text()))) == []


# ---- files ---------------------------------------------------------------------------------------


def test_a_file_is_replaced_whole_or_stays_as_it_was(tmp_path, monkeypatch):
    """A reader never sees a part, and nothing is left beside it."""
    file = tmp_path / "r.json"
    file.write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(outputs.os, "replace", full)
    with pytest.raises(UsageError, match=r"cannot write `.*r\.json`: No space left on device"):
        write_all((str(file),), FAILING)
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]
    assert file.read_text() == "old"
    write_all((str(file),), FAILING)
    assert file.read_text("utf-8") == to_json.render(FAILING)
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]


def test_a_file_keeps_its_rights_and_a_link_its_place(tmp_path):
    """A new one has those that other programs would give it."""
    target, link, new = tmp_path / "target.json", tmp_path / "link.json", tmp_path / "new.json"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    write_all((str(link), str(new)), FAILING)
    assert link.is_symlink()
    assert target.read_text("utf-8").startswith("{")
    assert target.stat().st_mode & 0o777 == 0o640
    other = tmp_path / "other"
    other.write_text("")
    assert new.stat().st_mode == other.stat().st_mode


def test_a_trace_is_of_the_shortest_refutation_or_there_is_one_of_each(tmp_path):
    """None of an earlier run is left in its place."""
    one, each = str(tmp_path / "t.itf.json"), str(tmp_path / "each-{n}.itf.json")
    write_all((one, each), FAILING)
    names = ["each-1.itf.json", "each-2.itf.json", "t.itf.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert (tmp_path / "t.itf.json").read_text("utf-8") == to_itf.render(FAILING)
    metas = [json.loads((tmp_path / name).read_text("utf-8"))["#meta"] for name in names]
    checks = [meta["description"].split()[0] for meta in metas]
    assert checks == ["mapped", "bounds", "bounds"]
    findings = (samples.finding(Refuted("bmc", samples.race())),)
    fewer = replace(samples.failing_file(), findings=findings, outcomes=judge((), findings))
    write_all((one, each), samples.report(fewer))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["each-1.itf.json", "t.itf.json"]


def test_where_nothing_is_refuted_no_trace_of_an_earlier_run_is_left(tmp_path):
    """It would be taken for one of this run."""
    one, each = tmp_path / "t.itf.json", tmp_path / "each-{n}.itf.json"
    (tmp_path / "each-1.itf.json").write_text("old")
    write_all((str(one), str(each)), PROVED)
    assert list(tmp_path.iterdir()) == [one]
    assert json.loads(one.read_text("utf-8"))["#meta"]["description"] == "no refutation"


def test_a_pipe_is_written_to(tmp_path):
    """What is no file is not replaced by one."""
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_all((str(pipe),), samples.report())
    assert os.read(reader, 100_000).decode() == to_json.render(samples.report())
    os.close(reader)
    assert pipe.is_fifo()


@pytest.mark.parametrize("format_", ["text", "github", "markdown", "junit", "sarif"])
def test_a_file_may_have_any_name_and_say_anything(format_, tmp_path):
    """From the command line to the printed report, nothing of it is obeyed."""
    name = "::error::x\n::warning::\x1b[31m<script>]]>%0A,.ce"
    (tmp_path / name).write_text("driver <script>::error::\x1b]]> {", encoding="utf-8")
    done = cecheck(tmp_path, "verify", "--format", format_, "--", name)
    assert done.returncode == 3
    assert not set(done.stdout) & {"\x1b", "\r"}
    commands = [line for line in done.stdout.splitlines() if line.lstrip().startswith("::")]
    assert len(commands) == (done.stdout.count("\n") if format_ == "github" else 0)
    if format_ in ("markdown", "junit", "sarif"):
        assert "<script>" not in done.stdout
