"""Children are killed at their limits, leave nothing behind, and cannot forge an answer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from cecheck import tasks
from cecheck.engines.child import Children, Crashed, Done, Limit, Limits
from cecheck.options import Options

SHORT = Limits(wall=0.3)
LONG = Limits(wall=20)


def sleeps() -> None:
    """A task that never ends."""
    time.sleep(1000)


def spins() -> None:
    """A task that never lets go of the processor."""
    while True:
        pass


def is_running(process: int) -> bool:
    """Tell whether *process* exists and is not a zombie."""
    try:
        with open(f"/proc/{process}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_result_comes_back():
    """Data crosses the pipe, also when it is larger than the pipe."""
    with Children() as children:
        child = children.start("data", lambda: ["x" * 300_000, 1], LONG)
        assert children.wait([child]) == (child, Done(["x" * 300_000, 1]))


@pytest.mark.parametrize("task", [sleeps, spins])
def test_the_wall_clock_kills(task):
    """A child that does not answer is killed at its deadline, not later."""
    with Children() as children:
        child = children.start("slow", task, SHORT)
        start = time.monotonic()
        assert children.wait([child]) == (child, Limit("wall clock"))
        assert time.monotonic() - start < 1.0
        assert not is_running(child.process)


def test_the_first_to_end_is_returned():
    """Several children run at once."""
    with Children() as children:
        slow = children.start("slow", sleeps, LONG)
        quick = children.start("quick", lambda: 7, LONG)
        assert children.wait([slow, quick]) == (quick, Done(7))
    assert not is_running(slow.process)


def test_an_error_kills_the_children():
    """Leaving the block by an exception leaves no child."""
    started = []

    def fail() -> None:
        with Children() as children:
            started.append(children.start("slow", sleeps, LONG))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert not is_running(started[0].process)


def test_memory_is_limited():
    """A child that wants too much memory ends with a limit, not with the machine."""
    with Children() as children:
        child = children.start("hungry", lambda: len(bytearray(3 << 30)), Limits(20, 1 << 30))
        assert children.wait([child])[1] == Limit("memory")


def dies_of_hunger() -> None:
    """A solver that has nearly all that it may, and ends the process when it gets no more."""
    held = bytearray(3 << 29)
    held[::4096] = bytes(len(held[::4096]))
    os.abort()


def test_a_solver_that_ends_for_want_of_memory_is_a_limit():
    """No bug of cecheck; without the memory it is one (below)."""
    with Children() as children:
        child = children.start("hungry", dies_of_hunger, Limits(20, 5 << 29))
        assert children.wait([child])[1] == Limit("memory")


def test_too_large_an_answer_is_a_limit():
    """More than 16 MB do not cross the pipe."""
    with Children() as children:
        child = children.start("large", lambda: "x" * (17 << 20), LONG)
        assert children.wait([child])[1] == Limit("size of the answer")


def dies() -> None:
    """A task that is killed by a signal, as by a bug in a solver."""
    os.kill(os.getpid(), signal.SIGSEGV)


def forges() -> None:
    """A task that writes a message of its own after the header of a larger one."""
    os.write(3, (500).to_bytes(8, "big") + b'["done", 1]')
    os._exit(0)


@pytest.mark.parametrize("task", [dies, forges, os.abort, lambda: os._exit(0), lambda: 1 / 0])
def test_no_whole_answer_is_a_crash(task):
    """A child that dies, stops half way or raises has crashed."""
    with Children() as children:
        child = children.start("bad", task, LONG)
        assert isinstance(children.wait([child])[1], Crashed)


def test_nothing_is_printed(capfd):
    """Output of a solver does not reach the terminal."""
    with Children() as children:
        child = children.start("noisy", lambda: os.write(1, b"x") + os.write(2, b"y"), LONG)
        assert children.wait([child])[1] == Done(2)
    assert capfd.readouterr() == ("", "")


def test_children_die_with_their_parent():
    """A parent killed by SIGKILL leaves no orphan."""
    program = (
        "import time\n"
        "from cecheck.engines.child import Children, Limits\n"
        "with Children() as children:\n"
        "    child = children.start('slow', lambda: time.sleep(1000), Limits(100))\n"
        "    print(child.process, flush=True)\n"
        "    children.wait([child])\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        process = int(parent.stdout.readline())
        time.sleep(0.1)
        assert is_running(process)
        parent.kill()
    deadline = time.monotonic() + 2
    while is_running(process) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_running(process)


def test_solvers_are_loaded_but_not_used_before_a_fork():
    """What a child inherits is code: no context of Z3, and no thread that a fork would lose."""
    told = """
        import os
        from cecheck.options import Options
        from cecheck.tasks import load_solvers
        load_solvers(Options())
        import sys, z3
        print("cvc5" in sys.modules, z3.z3._main_ctx, len(os.listdir("/proc/self/task")))
    """
    line = [sys.executable, "-c", textwrap.dedent(told)]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "None", "1"]


def test_a_child_gets_what_is_left_of_the_time_of_its_specification():
    """Rounds do not add up: ``--timeout`` is for the specification, not for each child."""
    whole = tasks._limits(Options(timeout=50.0)).wall
    rest = tasks._limits(Options(timeout=50.0, deadline=time.monotonic() + 5)).wall
    late = tasks._limits(Options(timeout=50.0, deadline=time.monotonic() - 5)).wall
    assert whole == 50.0
    assert 0 < rest <= 5
    assert late == tasks.AT_ONCE
