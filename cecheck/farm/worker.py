"""On a worker: one specification in a fresh process, killed at its limit or when nobody waits.

A worker has many threads, and children are forks of a process with one: so each specification
gets a Python of its own, which starts children as a local run does.  This module is all that a
worker loads of cecheck.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress

_PAUSE = 0.25  # seconds between two looks at whether the answer is still wanted
_TAIL = 300  # characters of what a process complained about


def answer(message: str, seconds: float) -> str:
    """Return what cecheck answers to *message*: ``[kind, data]`` as JSON.

    Kinds are those of a child, `done`, `limit` and `crashed`, and `differs`: cecheck is another
    here, and the data say what it is.  Nothing runs for more than *seconds* on the clock.
    """
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "cecheck.remote", str(os.getpid())],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        encoding="utf-8", errors="replace", start_new_session=True,
    )  # fmt: skip
    try:
        return _exchanged(process, message, time.monotonic() + seconds)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _exchanged(process: subprocess.Popen[str], message: str, deadline: float) -> str:
    is_wanted = _asker()
    rest: str | None = message
    while True:
        try:
            told, complaint = process.communicate(rest, timeout=_PAUSE)
            break
        except subprocess.TimeoutExpired:
            rest = None  # it is on its way
            if not is_wanted():
                return json.dumps(["limit", "no longer wanted"])
            if time.monotonic() >= deadline:
                return json.dumps(["limit", "wall clock"])
    if process.returncode == 0:
        return told
    last = complaint.strip()[-_TAIL:]
    return json.dumps(["crashed", f"no answer (status {process.returncode}): {last}"])


def _asker() -> Callable[[], bool]:
    """Return what tells whether somebody still waits for the task that this thread runs.

    Dask stops no task that runs: one that was cancelled would keep its place on the worker.
    """
    from distributed import get_worker  # noqa: PLC0415  (only here it is sure to be there)

    worker = get_worker()
    key = worker.get_current_task()

    def is_wanted() -> bool:
        task = worker.state.tasks.get(key)
        return task is not None and task.state != "cancelled"

    return is_wanted
