"""Same verdicts, same runs, same invariants in every run, but for the seconds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SPEC = str(ROOT / "specs" / "seed" / "s02_nested_unmapped.ce")


def reported(seed: str, jobs: str) -> object:
    """Return the report without the seconds."""
    done = subprocess.run(
        [sys.executable, "-m", "cecheck", "verify", SPEC, "--format", "json", "--jobs", jobs,
         "--no-cache", "--no-config", "--no-suggest"],
        capture_output=True, check=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed},
    )  # fmt: skip
    return json.loads(done.stdout, object_hook=without_seconds)


def without_seconds(part: dict[str, object]) -> dict[str, object]:
    """Return *part* without what the clock says."""
    return {key: value for key, value in part.items() if key != "seconds"}


def test_neither_hashes_nor_the_number_of_processes_change_a_report():
    """A run that is told, and proofs with their invariant, line by line."""
    told = reported("1", "1")
    text = json.dumps(told)
    assert '"verdict": "refuted"' in text
    assert '"invariant": ["' in text
    assert reported("2", "2") == told
