"""SIGTERM: the report of what was done, status 143, and no child that goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from cluster import descendants, is_running

ROOT = Path(__file__).parent.parent.parent
RIGHT = ROOT / "specs" / "seed" / "s01_direct_pointer.ce"
LONG = ROOT / "specs" / "ce5" / "queue_taken_back.ce"


def started(*arguments: str) -> subprocess.Popen[str]:
    """Return cecheck as it runs, waiting for its standard input."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "cecheck", "verify", *arguments], encoding="utf-8",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def test_what_was_done_is_reported_and_the_rest_left():
    """The first specification is answered while the second is still being read: later on a machine
    that is slow to come so far."""
    for seconds in (4, 16, 60):
        process = started(str(RIGHT), "-", "--jobs", "1", "--format", "json")
        time.sleep(seconds)
        process.send_signal(signal.SIGTERM)
        stdout, stderr = process.communicate(timeout=60)
        if stdout and json.loads(stdout)["files"]:
            break
    assert (process.returncode, stderr) == (143, "")
    data = json.loads(stdout)
    assert (data["exit_status"], data["interrupted"], data["terminated"]) == (143, True, True)
    assert [Path(file["path"]).name for file in data["files"]] == [RIGHT.name]
    assert data["files"][0]["exit_status"] == 0


def test_no_child_outlives_a_run_that_is_terminated():
    """Neither those that verify a file each, nor the solvers below them."""
    process = started(str(LONG), str(RIGHT), "--jobs", "2")
    deadline = time.monotonic() + 60
    while len(below := descendants(process.pid)) < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(below) >= 3
    process.send_signal(signal.SIGTERM)
    stdout, _ = process.communicate(timeout=60)
    assert process.returncode == 143
    assert "cecheck: interrupted, terminated: " in stdout
    time.sleep(0.5)
    assert [child for child in below if is_running(child)] == []
