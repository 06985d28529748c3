"""What crosses to a worker: texts, options and who sends them, and nothing of this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import fields, replace
from enum import Enum
from pathlib import Path

import pytest

from cecheck import remote, runs
from cecheck.engines.child import Crashed, Done, Limit
from cecheck.farm import identity, worker
from cecheck.farm.parcel import packed, unpacked
from cecheck.options import Engine, Options
from cecheck.report import transport
from cecheck.report.model import FileReport
from cecheck.source import Source

ROOT = Path(__file__).parent.parent.parent
SPEC = Source("a.ce", "use ce5\n// expect: proved\n")
# What is only about the machine that asks.
OURS = {
    "paths", "out", "baseline", "shard", "changed_since", "jobs", "executor", "deadline", "cache",
}  # fmt: skip


def another(value: object) -> object:
    """Return a value of the same kind."""
    match value:
        case bool():
            return not value
        case Enum():
            return list(type(value))[-1]
        case int() | float():
            return value + 1
        case tuple():
            return ("one", "two")
        case _:
            return f"{value} and more"


@pytest.mark.parametrize("name", [item.name for item in fields(Options)])
def test_an_option_arrives_or_stays_here(name):
    """Whichever options there will be."""
    standard = getattr(Options(), name)
    options = replace(Options(), **{name: another(standard)})
    arrived = unpacked(packed({}, [SPEC], options)).options
    if name == "certificates":  # that there are any is asked, where they are kept is not
        assert arrived.certificates == "."
        return
    assert getattr(arrived, name) == (standard if name in OURS else another(standard))


def test_texts_arrive_as_they_are():
    """In their order, with names that are not Unicode."""
    sources = (SPEC, Source("lib/\udcff.ce", "const A = 1 // \N{SNOWMAN}\n"))
    parcel = unpacked(packed({"cecheck": "0"}, sources, Options(engine=Engine.BMC)))
    assert (parcel.sources, parcel.identity) == (sources, {"cecheck": "0"})
    assert parcel.options.engine is Engine.BMC


def test_a_machine_is_itself():
    assert identity.differences(identity.own(), identity.own()) == ""


@pytest.mark.parametrize("name", identity.own())
def test_any_difference_is_told_before_anything_is_verified(name):
    """By the worker, to the one who asked: both sides of it."""
    mine = {**identity.own(), name: "other"}
    kind, there = remote.answered(packed(mine, [SPEC], Options()))
    assert kind == "differs"
    told = identity.differences(mine, there)
    assert told == f"{name} is other here and {identity.own()[name]} there"


def test_what_the_other_does_not_know_differs():
    assert identity.differences({"a": "1"}, {"b": "2"}) == (
        "a is 1 here and missing there, b is missing here and 2 there"
    )


def test_a_text_that_is_not_understood_is_a_crash_of_one():
    """It was understood where it came from."""
    bad = Source("a.ce", "driver {")
    kind, detail = remote.answered(packed(identity.own(), [bad], Options()))
    assert (kind, "not understood here" in detail) == ("crashed", True)


@pytest.mark.parametrize("report", [
    FileReport("b.ce", SPEC), FileReport("a.ce", Source("a.ce", "use ce5\n")),
    FileReport("a.ce", Source("b.ce", SPEC.text)),
])  # fmt: skip
def test_a_report_about_something_else_is_refused(report):
    """What a worker answers is a claim."""
    claimed = runs._claimed(SPEC, Done(transport.to_data(report)))
    assert (claimed.path, claimed.source) == (SPEC.path, SPEC)
    assert claimed.crash == "a worker answered something else"
    right = FileReport("a.ce", SPEC, head=("x",))
    assert runs._claimed(SPEC, Done(transport.to_data(right))) == right


def test_an_answer_that_is_no_report_is_a_crash_of_one():
    assert runs._claimed(SPEC, Done({"sources": []})).crash is not None
    assert runs._claimed(SPEC, Crashed("dead")).crash == "dead"
    assert runs._claimed(SPEC, Limit("late")).outcomes[0].why == "stopped at a limit: late"


@pytest.fixture
def wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody waits; without a worker of Dask there is nobody to ask."""
    monkeypatch.setattr(worker, "_asker", lambda: lambda: True)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.mark.usefixtures("wanted")
def test_what_hangs_on_a_worker_is_killed():
    """Even where the process that should have watched its children does."""
    text = (ROOT / "specs" / "ce5" / "queue_taken_back.ce").read_text(encoding="utf-8")
    message = packed(identity.own(), [Source("a.ce", text)], Options())
    assert json.loads(worker.answer(message, 1.0)) == ["limit", "wall clock"]


@pytest.mark.usefixtures("wanted")
def test_a_process_that_fails_says_why():
    """The last of what it complained about."""
    kind, detail = json.loads(worker.answer("no message", 60.0))
    assert kind == "crashed"
    assert detail.startswith("no answer (status 1): ")
    assert "JSONDecodeError" in detail


def test_a_process_whose_worker_is_gone_answers_nobody():
    """Its number is that of another process now: it ends before it reads anything."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "cecheck.remote", "1"], capture_output=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, input=b"no message",
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")
