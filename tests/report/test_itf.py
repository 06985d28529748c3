"""ITF: a trace that others can read, with the same values in it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import samples
from itf_py import trace_from_json, trace_to_json

from cecheck.report.expect import judge
from cecheck.report.model import Change, Held, Moment, Refuted
from cecheck.report.to_itf import render


def report_of(*stories):
    """Return a report of refutations with these stories."""
    findings = tuple(samples.finding(Refuted("bmc", story)) for story in stories)
    file = replace(samples.failing_file(), findings=findings, outcomes=judge((), findings))
    return samples.report(file)


@pytest.fixture
def trace():
    """Return the trace of a story with two threads."""
    return json.loads(render(report_of(samples.race())))


def test_another_reader_reads_it_and_writes_the_same(trace):
    """A round trip through itf-py."""
    read = trace_from_json(trace)
    assert [state.values["App 1: key"] for state in read.states] == [
        frozenset({"nk"}), frozenset({"nk"}), frozenset({"nk"}), frozenset({"nk", "caller"}),
        frozenset({"nk", "caller"}),
    ]  # fmt: skip
    assert [state.values["done"] for state in read.states] == [False, False, False, True, True]
    assert [state.values["App 2: buffer"] for state in read.states] == [1, 1, 31, 31, 31]
    again = trace_from_json(trace_to_json(read))
    assert [state.values for state in again.states] == [state.values for state in read.states]
    assert again.vars == read.vars


def test_every_state_has_every_variable_and_no_bare_number(trace):
    """As the format asks."""
    assert trace["vars"] == ["App 1: current", "App 1: key", "App 2: buffer", "done"]
    for index, state in enumerate(trace["states"]):
        assert set(state) == {"#meta", *trace["vars"]}
        assert state["#meta"]["index"] == index
        assert not [v for n, v in state.items() if type(v) in (int, float)]
    assert trace["#meta"]["varTypes"] == {
        "done": "Bool", "App 1: key": "Set(Str)", "App 2: buffer": "Int", "App 1: current": "Str",
    }  # fmt: skip


def test_what_a_step_does_is_beside_the_state_after_it(trace):
    """Who, what, where, and which variables."""
    step = trace["states"][2]["#meta"]
    assert (step["thread"], step["action"]) == ("App 2", "freed")
    assert (step["location"], step["changed"]) == ("specs/sample.ce:4", ["App 2: buffer"])


def test_the_shortest_refutation_is_told():
    """Of several; the first, if there are two."""
    long = replace(samples.race(), steps=9, values=())
    assert render(report_of(long, samples.race())) == render(report_of(samples.race()))


def test_a_variable_that_is_now_a_number_and_now_a_name_is_text():
    """A variable has one type; what is missing at the start was there all the same."""
    step = Moment("App", "assign", "x", None, None, (Change("x", "none", "7"),), 1)
    story = replace(samples.race(), run=(step,), start=(Held("", "#odd", "-1"),))
    trace = json.loads(render(report_of(story)))
    assert [state["App: x"] for state in trace["states"]] == ["none", "7"]
    assert trace["vars"] == ["App: x", "_#odd"]
    assert trace["states"][0]["_#odd"] == {"#bigint": "-1"}


def test_a_run_that_comes_round_says_from_which_state():
    """The state before the first step of the round."""
    race = samples.race()
    again = Moment("App 1", "round", "for ever", None, None, step=3)
    story = replace(race, moments=(*race.moments, again))
    assert json.loads(render(report_of(story)))["loop"] == 2
    assert "loop" not in json.loads(render(report_of(race)))
