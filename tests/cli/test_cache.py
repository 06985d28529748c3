"""The cache as the command uses it: on by itself, shared, and whole after a kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SEED = ROOT / "specs" / "seed"
NAMES = ("s01_direct_pointer.ce", "s03_mapped_for_a_trusted_caller.ce")


def command(folder, *arguments, **environment):
    """Return a run of the command in *folder*, begun."""
    return subprocess.Popen(
        [sys.executable, "-m", "cecheck", *arguments], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, encoding="utf-8", cwd=folder, stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )  # fmt: skip


def answers(run):
    """Return what a finished run said, without its times."""
    out, err = run.communicate(timeout=300)
    assert (run.returncode, err) == (0, "")
    data = json.loads(out)
    for file in data["files"]:
        del file["seconds"]
    return data


def verify(folder, *arguments, **environment):
    """Return what a run about both specifications says."""
    named = [str(SEED / name) for name in NAMES]
    return answers(command(folder, "verify", *named, "--format", "json", *arguments, **environment))


def entries(folder: Path) -> dict[str, int]:
    """Return the entries in *folder*, and when they were written."""
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def test_it_is_on_by_itself_and_can_be_left_out(tmp_path):
    """For the user's folder, another, or none; settings can say so, too."""
    home = {"CECHECK_CACHE_DIR": str(tmp_path / "home")}
    cold = verify(tmp_path, "--no-cache", **home)
    assert not (tmp_path / "home").exists()
    assert verify(tmp_path, **home) == cold
    kept = entries(tmp_path / "home")
    assert len(kept) == 3  # two views, and one
    assert verify(tmp_path, "--jobs", "1", **home) == cold
    assert entries(tmp_path / "home") == kept
    (tmp_path / "cecheck.toml").write_text('cache = "mine"\n')
    assert verify(tmp_path, **home) == cold
    assert set(entries(tmp_path / "mine")) == set(kept)
    (tmp_path / "cecheck.toml").write_text("no-cache = true\ncache = 'none'\n")
    assert verify(tmp_path, **home) == cold
    assert not (tmp_path / "none").exists()


def test_runs_share_it_and_a_killed_one_leaves_it_whole(tmp_path):
    """Two at once, one of them killed at some moment, again and again."""
    cold = verify(tmp_path, "--no-cache")
    place = tmp_path / "shared"
    named = [str(SEED / name) for name in NAMES]
    for pause in (0.5, 1.5, 3.0):
        killed = command(tmp_path, "verify", *named, "--cache", str(place))
        time.sleep(pause)
        killed.send_signal(signal.SIGKILL)
        killed.communicate()
        assert verify(tmp_path, "--cache", str(place)) == cold
        whole = [path for path in place.iterdir() if path.suffix == ".json"]
        assert len(whole) == 3
        assert all(json.loads(path.read_text())["key"] == path.stem for path in whole)
        whole[0].write_text("half")


def test_a_cache_that_cannot_be_used_costs_nothing_but_time(tmp_path):
    """No folder can be made there; the entries are links to something else."""
    cold = verify(tmp_path, "--no-cache")
    assert verify(tmp_path, CECHECK_CACHE_DIR="/proc/none") == cold
    place = tmp_path / "cache"
    assert verify(tmp_path, "--cache", str(place)) == cold
    (tmp_path / "other").write_text("{}")
    for path in place.iterdir():
        path.unlink()
        path.symlink_to(tmp_path / "other")
    assert verify(tmp_path, "--cache", str(place)) == cold
    assert (tmp_path / "other").read_text() == "{}"
    assert not any(path.is_symlink() for path in place.iterdir())
