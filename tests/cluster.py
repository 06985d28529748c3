"""A cluster of Dask on this machine, in processes of its own: one scheduler, so many workers."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parent.parent

_CLUSTER = """
import sys, dask
from distributed import LocalCluster
if __name__ == "__main__":
    dask.config.set({"distributed.scheduler.allowed-failures": int(sys.argv[2])})
    with LocalCluster(
        n_workers=int(sys.argv[1]), threads_per_worker=1, processes=True, dashboard_address=None,
        host="127.0.0.1", silence_logs=50,
    ) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


@contextmanager
def cluster(
    folder: Path, *, workers: int, failures: int = 3, path: Path = ROOT
) -> Iterator[tuple[str, int]]:
    """Yield the address of a cluster, for `--executor`, and its process.

    The workers run in *folder*, which must hold nothing that is verified; a task is given up where
    more workers than *failures* die while they have it.  Modules are first looked for in *path*.
    """
    script = folder / "cluster.py"
    script.write_text(_CLUSTER)
    with subprocess.Popen(
        [sys.executable, str(script), str(workers), str(failures)], cwd=folder, encoding="utf-8",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(path)},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("tcp://")
        try:
            yield address.replace("tcp://", "dask://"), process.pid
        finally:
            assert process.stdin is not None
            process.stdin.close()  # it ends by itself, and its workers before it
            process.wait(timeout=30)


def descendants(process: int) -> list[int]:
    """Return the processes below *process*, as Linux tells them."""
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{process}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found += [child, *descendants(child)]
    return found


def is_running(process: int) -> bool:
    """Tell whether there is such a process that has not ended."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def at_work(process: int, seconds: float = 60) -> tuple[int, int]:
    """Return a worker of the cluster *process*, and what it started for a specification.

    Waits until there is one that has begun to solve.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for one in descendants(process):
            with suppress(OSError):
                line = Path(f"/proc/{one}/cmdline").read_bytes()
                if b"cecheck.remote" in line and descendants(one) and is_running(one):
                    return int(Path(f"/proc/{one}/stat").read_text().split()[3]), one
        time.sleep(0.05)
    raise AssertionError("nothing is verified")
