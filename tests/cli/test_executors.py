"""`--executor dask://...`: the report of a local run, whoever works, dies, or is not there."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cluster import at_work, cluster, is_running

ROOT = Path(__file__).parent.parent.parent
RIGHT = ROOT / "specs" / "seed" / "s01_direct_pointer.ce"
LONG = ROOT / "specs" / "ce5" / "queue_taken_back.ce"  # takes longer than any test

USES = """// expect: refuted bounds at use_it
// The access is in a file of another folder.
use ce5
use "../lib/request.ce"

driver Sample {
    ioctl Write(in: user ptr u8[in_len], in_len: u32) {
        touch(in, in_len)
        return ERROR_SUCCESS
    }
}

client App[*] : untrusted calls Sample.Write
"""
LIBRARY = "fn touch(p: user ptr u8, n: u32) {\n    use_it: read p[0 .. n + 1]\n}\n"


def started(*arguments: str, path: Path = ROOT, cwd: Path | None = None) -> subprocess.Popen[str]:
    """Return cecheck as it runs, its modules taken from *path*."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "cecheck", "verify", *arguments], cwd=cwd, encoding="utf-8",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": f"{path}{os.pathsep}{ROOT}"},
    )  # fmt: skip


def ended(process: subprocess.Popen[str], text: str = "") -> tuple[int, str, str]:
    """Return status, standard output and standard error, when it has read *text*."""
    stdout, stderr = process.communicate(text, timeout=120)
    assert "Traceback" not in stdout + stderr
    return process.returncode, stdout, stderr


def told(*arguments: str, text: str = "", **more: Any) -> Any:
    """Return the report as JSON, without the time that it took."""
    status, stdout, stderr = ended(started("--format", "json", *arguments, **more), text)
    assert stderr == ""
    assert json.loads(stdout)["exit_status"] == status
    return timeless(json.loads(stdout))


def timeless(data: Any) -> Any:
    """Return *data* without what no two runs share."""
    match data:
        case dict():
            return {key: timeless(value) for key, value in data.items() if key != "seconds"}
        case list():
            return [timeless(one) for one in data]
        case _:
            return data


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with every kind of answer: those without a worker are there first."""
    root = tmp_path_factory.mktemp("project")
    for name in ("specs", "lib", "elsewhere"):
        (root / name).mkdir()
    (root / "cecheck.toml").touch()
    (root / "lib" / "request.ce").write_text(LIBRARY)
    shutil.copy(RIGHT, root / "specs" / "a_right.ce")
    (root / "specs" / "b_uses.ce").write_text(USES)
    (root / "specs" / "c_wrong.ce").write_text("use ce5\ndriver {\n")
    (root / "specs" / "d_mistyped.ce").write_text(USES.replace("touch(in,", "touch(on,"))
    (root / "specs" / "e_outside.ce").write_text(USES.replace("../lib", "../../lib"))
    return root


PROJECT = ("specs", "lib", "-", "--only", "bounds", "--timeout", "100")


@pytest.fixture(scope="module")
def local(folder: Path) -> Any:
    """Return what a local run says of the project, and of a text on standard input."""
    return told(*PROJECT, "--jobs", "1", cwd=folder, text=RIGHT.read_text())


@pytest.fixture(scope="module")
def two(folder: Path) -> Iterator[tuple[str, int]]:
    """Yield a cluster of two workers, and its process."""
    with cluster(folder / "elsewhere", workers=2) as it:
        yield it


def test_the_project_has_every_kind_of_answer(local):
    """Or the tests below would say little."""
    names = ("a_right", "b_uses", "c_wrong", "d_mistyped", "e_outside", "request", "<stdin>")
    assert [Path(file["path"]).stem for file in local["files"]] == list(names)
    assert [file["exit_status"] for file in local["files"]] == [0, 0, 3, 3, 3, 5, 0]


def test_standard_input_is_read_where_it_is(folder):
    """A child has none of its own: it would find an empty text there, in which nothing runs."""
    wrong = str(folder / "specs" / "c_wrong.ce")
    found = told("-", wrong, "--only", "bounds", "--jobs", "2", text=RIGHT.read_text())
    assert [file["exit_status"] for file in found["files"]] == [0, 3]


def test_one_worker_says_what_a_local_run_says(folder, local):
    """Files of the project are not there where it runs."""
    with cluster(folder / "elsewhere", workers=1) as (address, _):
        executor = ("--executor", address)
        assert told(*PROJECT, *executor, cwd=folder, text=RIGHT.read_text()) == local


def test_two_workers_say_the_same_though_one_is_lost(folder, local, two):
    """Killed while it verifies, and what it started dies with it: another one does it anew."""
    address, process = two
    run = started("--format", "json", *PROJECT, "--executor", address, cwd=folder)
    assert run.stdin is not None
    run.stdin.write(RIGHT.read_text())
    run.stdin.close()
    run.stdin = None
    worker, work = at_work(process)
    os.kill(worker, signal.SIGKILL)
    _, stdout, stderr = ended(run)
    assert stderr == ""
    assert timeless(json.loads(stdout)) == local
    assert not is_running(work)


def test_repairs_are_tried_on_workers(two):
    """Here there are threads, besides which no children may be started."""
    (file,) = told(str(RIGHT.parent / "s01_past_the_length.ce"), "--executor", two[0])["files"]
    assert "+        use_it: read in[0 .. in_len]" in file["repair"]["diff"]


def test_what_workers_die_of_is_undecided_and_the_rest_is_not(folder):
    """A specification that ran beside it is not blamed for its deaths."""
    with cluster(folder / "elsewhere", workers=1, failures=0) as (address, process):
        paths = (str(folder / "specs" / "a_right.ce"), str(RIGHT))
        run = started("--format", "json", "--only", "bounds", *paths, "--executor", address)
        for _ in range(2):
            worker, work = at_work(process)
            os.kill(worker, signal.SIGKILL)
            while is_running(work):
                time.sleep(0.05)
        status, stdout, _ = ended(run)
    files = json.loads(stdout)["files"]
    assert status == 4
    assert sorted(file["exit_status"] for file in files) == [0, 4]
    (why,) = [one["why"] for file in files for one in file["expectations"] if one["why"]]
    assert "workers died of it" in why


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_reports_what_was_done_and_cancels_the_rest(number, status, folder, two):
    """What runs on a worker is stopped there: its place is free for others."""
    address, process = two
    wrong = folder / "specs" / "c_wrong.ce"
    run = started("--format", "json", str(wrong), str(LONG), "--executor", address)
    _, work = at_work(process)
    run.send_signal(number)
    code, stdout, stderr = ended(run)
    data = json.loads(stdout)
    assert (code, stderr, data["interrupted"]) == (status, "", True)
    assert [Path(file["path"]).name for file in data["files"]] == ["c_wrong.ce"]
    deadline = time.monotonic() + 20
    while is_running(work) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not is_running(work)


def test_another_platform_on_a_worker_is_no_silent_mix(tmp_path, two):
    """The same version, but one comment more in a model."""
    for name in ("cecheck", "models", "grammar"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("*.pyc"))
    with open(tmp_path / "models" / "ce5.ce", "a", encoding="utf-8") as model:
        model.write("// mine\n")
    status, stdout, stderr = ended(started(str(RIGHT), "--executor", two[0], path=tmp_path))
    assert (status, stdout) == (2, "")
    assert "has another cecheck: platforms is " in stderr
    assert "; install the same cecheck[dask] " in stderr


def test_a_worker_without_cecheck_says_so(tmp_path):
    """The scheduler has none either, and needs none."""
    (tmp_path / "cecheck.py").write_text("raise ModuleNotFoundError('not installed')\n")
    with cluster(tmp_path, workers=1, path=tmp_path) as (address, _):
        status, stdout, stderr = ended(started(str(RIGHT), "--executor", address))
    assert (status, stdout) == (2, "")
    assert f"a worker of {address} has no cecheck; install the same cecheck[dask] " in stderr


def test_a_lost_scheduler_leaves_what_was_answered(folder):
    """What it had is undecided; the run does not hang."""
    with cluster(folder / "elsewhere", workers=1) as (address, process):
        arguments = ("--format", "json", "--only", "bounds", str(RIGHT), str(LONG))
        run = started(*arguments, "--executor", address)
        _, first = at_work(process)
        while at_work(process)[1] == first:
            time.sleep(0.1)
        os.kill(process, signal.SIGKILL)
        status, stdout, stderr = ended(run)
    files = json.loads(stdout)["files"]
    assert (status, stderr, [file["exit_status"] for file in files]) == (4, "", [0, 4])
    assert "was lost" in files[1]["expectations"][0]["why"]


def test_a_scheduler_without_workers_is_a_usage_error(folder):
    """After a minute, which is a second here."""
    code = "from cecheck import cli; from cecheck.farm import client; client.ALONE = 1; cli.main()"
    with cluster(folder / "elsewhere", workers=0) as (address, _):
        done = subprocess.run(
            [sys.executable, "-c", code, "verify", str(RIGHT), "--executor", address],
            capture_output=True, check=False, cwd=ROOT, encoding="utf-8", timeout=60,
        )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{address} had no worker for 1 s (`dask worker` starts one)\n" in done.stderr


def test_nobody_at_the_address_is_a_usage_error():
    """In seconds, with what to do about it."""
    begun = time.monotonic()
    status, stdout, stderr = ended(started(str(RIGHT), "--executor", "dask://127.0.0.1:1"))
    assert (status, stdout) == (2, "")
    assert "no scheduler of Dask answers at dask://127.0.0.1:1" in stderr
    assert "`dask scheduler`" in stderr
    assert time.monotonic() - begun < 15


def test_without_dask_the_extra_is_named(tmp_path):
    (tmp_path / "distributed.py").write_text("raise ImportError('not installed')\n")
    run = started(str(RIGHT), "--executor", "dask://127.0.0.1:1", path=tmp_path)
    status, stdout, stderr = ended(run)
    assert (status, stdout) == (2, "")
    assert "needs Dask: pip install 'cecheck[dask]'\n" in stderr


@pytest.mark.parametrize(
    "executor", ["dask", "dask://", "dask://host", "dask://host:0", "dask://host:65536",
                 "tcp://host:8786", "dask://me@host:8786", "LOCAL", ""],
)  # fmt: skip
def test_what_is_no_executor_is_a_usage_error(executor):
    status, stdout, stderr = ended(started(str(RIGHT), "--executor", executor))
    assert (status, stdout) == (2, "")
    assert "is neither `local` nor like dask://host:8786" in stderr


def test_a_checked_project_names_no_executor(tmp_path):
    """Who speaks as a scheduler can run code here: a file of the project does not say who does."""
    (tmp_path / "cecheck.toml").write_text('executor = "dask://127.0.0.1:1"\n')
    status, stdout, stderr = ended(started(str(RIGHT), cwd=tmp_path))
    assert (status, stdout) == (2, "")
    assert "`executor` is no setting" in stderr
