"""Reports in files: written whole or not at all, and refused before anything runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

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
    ],
)
def test_what_cannot_be_written_is_refused_before_anything_runs(out, says, tmp_path):
    """With the status of a wrong command line."""
    (tmp_path / "folder.json").mkdir()
    done = cecheck(tmp_path, "verify", str(SPEC), "--out", out)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


def test_a_report_takes_the_place_of_the_last_one_and_leaves_nothing_beside_it(tmp_path):
    """And the real thing is as the schema that the command prints says."""
    (tmp_path / "report.json").write_text("old")
    done = cecheck(tmp_path, "verify", str(SPEC), "--out", "report.json")
    assert done.returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]
    printed = cecheck(tmp_path, "schema")
    validator = Draft202012Validator(json.loads(printed.stdout))
    assert list(validator.iter_errors(json.loads((tmp_path / "report.json").read_text()))) == []
