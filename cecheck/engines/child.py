"""Tasks in children that can be killed: the only limits a solver obeys.

A child is a fork of this process, which must be single-threaded and must not have used a
solver.  It has its own session, limited memory, no core file, no input and no output but one
message of JSON; it dies with its parent.  Whatever it says is a claim.
"""

from __future__ import annotations

import ctypes
import gc
import json
import math
import os
import resource
import select
import signal
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, TypeAlias

from cecheck.record import record

Json: TypeAlias = Any
LARGEST = 16 << 20  # bytes of a message
_HEADER = 8
_PR_SET_PDEATHSIG = 1


@record
class Limits:
    """What one child may use: seconds on the clock, bytes of address space."""

    wall: float
    memory: int = 4 << 30


@record
class Done:
    """The task ended by itself."""

    data: Json


@record
class Limit:
    """The child was stopped, or gave up, at a limit."""

    reason: str


@record
class Crashed:
    """The child ended without an answer."""

    detail: str


Outcome: TypeAlias = Done | Limit | Crashed


@dataclass(eq=False)
class Child:
    """A task that runs in a process of its own."""

    name: str
    process: int
    pipe: int
    deadline: float
    memory: int
    received: bytearray = field(default_factory=bytearray)


class Children:
    """The children that run now; leaving the block kills those that are left."""

    def __init__(self) -> None:
        self._running: list[Child] = []

    def __enter__(self) -> Children:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for child in list(self._running):
            self.stop(child)

    def start(self, name: str, task: Callable[[], Json], limits: Limits) -> Child:
        """Run *task* in a child."""
        reading, writing = os.pipe()
        parent = os.getpid()
        process = os.fork()
        if process == 0:
            _run(task, writing, limits, parent)
        os.close(writing)
        os.set_blocking(reading, False)
        child = Child(name, process, reading, time.monotonic() + limits.wall, limits.memory)
        self._running.append(child)
        return child

    def stop(self, child: Child) -> _End:
        """Kill *child* and all its own; return how it ended."""
        self._running.remove(child)
        os.close(child.pipe)
        with suppress(ProcessLookupError):
            os.kill(child.process, signal.SIGKILL)  # it may not lead a group yet
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.process, signal.SIGKILL)
        _, status, usage = os.wait4(child.process, 0)
        return _End(os.waitstatus_to_exitcode(status), usage.ru_maxrss << 10)

    def wait(self, among: Sequence[Child]) -> tuple[Child, Outcome]:
        """Return the first of *among* that ends or passes its deadline, and how."""
        while True:
            late = min(among, key=lambda child: child.deadline)
            pause = max(0.0, late.deadline - time.monotonic())
            ready = select.select([child.pipe for child in among], [], [], pause)[0]
            for child in among:
                if child.pipe in ready and _receive(child):
                    return child, _outcome(child, self.stop(child))
            if not ready and time.monotonic() >= late.deadline:
                self.stop(late)
                return late, Limit("wall clock")


def _receive(child: Child) -> bool:
    """Read what is there; tell whether the child has nothing more to say."""
    with suppress(BlockingIOError):
        part = os.read(child.pipe, 1 << 16)
        child.received += part
        return not part or len(child.received) > _HEADER + LARGEST
    return False


@record
class _End:
    """The status that a child left, and the bytes of memory that it had at most."""

    status: int
    memory: int


def _outcome(child: Child, end: _End) -> Outcome:
    status = end.status
    size = int.from_bytes(child.received[:_HEADER], "big")
    body = bytes(child.received[_HEADER:])
    if len(child.received) < _HEADER or len(body) != size or size > LARGEST:
        # Solvers that get no more memory end the process, one in this way, one in that.
        if end.memory > child.memory // 2:
            return Limit("memory")
        return Crashed(f"{child.name}: no whole answer (status {status})")
    try:
        kind, data = json.loads(body)
    except (ValueError, TypeError):
        return Crashed(f"{child.name}: garbled answer (status {status})")
    match kind:
        case "done":
            return Done(data)
        case "limit":
            return Limit(str(data))
        case _:
            return Crashed(f"{child.name}: {data}")


# ---- in the child ------------------------------------------------------------------------------


def _run(task: Callable[[], Json], pipe: int, limits: Limits, parent: int) -> NoReturn:
    """Run *task*, tell its result and leave; never return into the parent's code."""
    status = 1
    try:
        _confine(limits, parent)
        os.closerange(3, pipe)
        os.closerange(pipe + 1, 1024)
        _tell(pipe, _message(task))
        status = 0
    finally:
        os._exit(status)


def _confine(limits: Limits, parent: int) -> None:
    os.setsid()
    die_with(parent)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    seconds = math.ceil(limits.wall) + 1  # should the parent hang
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    gc.disable()  # short-lived, and the parent's objects stay shared


def die_with(parent: int) -> None:
    """Have this process killed when its parent, the process *parent*, ends; now if it has."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the line above
        os._exit(1)


def _message(task: Callable[[], Json]) -> bytes:
    try:
        body = json.dumps(["done", task()]).encode()
    except MemoryError:
        body = json.dumps(["limit", "memory"]).encode()
    except Exception as error:  # a solver may raise anything; the parent is told
        memory = "out of memory" in str(error)
        found = ["limit", "memory"] if memory else ["crashed", where(error)]
        body = json.dumps(found).encode()
    if len(body) > LARGEST:
        body = json.dumps(["limit", "size of the answer"]).encode()
    return body


def _tell(pipe: int, body: bytes) -> None:
    message = memoryview(len(body).to_bytes(_HEADER, "big") + body)
    while message:
        message = message[os.write(pipe, message) :]



def where(error: Exception) -> str:
    """Return what broke, and where in the code."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{place}"
