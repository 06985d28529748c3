"""A function without effects as a relation, so that equal calls are enumerated once.

Where an argument is still any number, the function is run through every choice by itself, and
the caller chooses among the *outcomes*.  Numbers that nobody looks at afterwards are forgotten:
outcomes that differ in them alone are one.
"""

from __future__ import annotations

from dataclasses import dataclass

from oracle.choice import Abandon, Choices
from oracle.machine import Run
from oracle.stage import Raised
from oracle.values import UNSETTLED, Lazy, Pointer, canonical, plain
from oracle.world import Fact


@dataclass(frozen=True)
class Outcome:
    """How a call may end: what it *settled* of the numbers that matter, and its value."""

    settled: tuple[int | None, ...]
    raised: bool
    value: object
    facts: frozenset[Fact]


def related(run: Run, key: str, args: list[object]) -> object:
    """Return the value of a call, like `Run.call`, by way of its outcomes."""
    lazies = _lazies(args)
    if not lazies or not run.stage.relations:
        return run.call(key, args)
    mentioned = run.unsettled()
    watched = [lazy for lazy in lazies if id(lazy) in mentioned]
    names: dict[int, int] = {}
    picture = tuple(canonical(arg, names) for arg in args)
    marks = tuple(names[id(lazy)] for lazy in watched)
    memo = ("relation", key, picture, marks, run.surroundings())
    if memo not in run.stage.memo:
        run.stage.memo[memo] = _outcomes(run, key, args, watched)
    outcomes = run.stage.memo[memo]
    if outcomes is None:
        return run.call(key, args)
    outcome = outcomes[run.choices.choose(len(outcomes))]
    for lazy, number in zip(watched, outcome.settled, strict=True):
        if number is not None:
            lazy.become(number)
    run.world.learn(outcome.facts)
    if outcome.raised:
        raise Raised
    return outcome.value


def _lazies(args: list[object]) -> list[Lazy]:
    """Return the unsettled numbers in *args*, each once."""
    found = {}
    for arg in args:
        word = arg.word if arg.__class__ is Pointer else arg
        if word.__class__ is Lazy and word.value is None:
            found[id(word)] = word
    return list(found.values())


def _outcomes(run: Run, key: str, args: list[object], watched: list[Lazy]) -> list[Outcome] | None:
    """Return every outcome of the call, None if it is not a relation between plain values."""
    found: dict[tuple[object, ...], list[frozenset[Fact]]] = {}
    choices = Choices()
    more = True
    while more:
        alone = run.aside(choices)
        copies = {id(lazy): Lazy(choices, lazy.count) for lazy in _lazies(args)}
        try:
            value, raised = alone.call(key, [_with(arg, copies) for arg in args]), False
        except Raised:
            value, raised = None, True
        except Abandon:
            more = choices.advance()
            continue
        if alone.effects or plain(value) == UNSETTLED:
            return None
        settled = tuple(copies[id(lazy)].value for lazy in watched)
        facts = found.setdefault((settled, raised, plain(value)), [])
        facts[:] = [f for f in facts if not alone.world.facts <= f]
        if not any(f <= alone.world.facts for f in facts):
            facts.append(alone.world.facts)
        more = choices.advance()
    return [Outcome(*key, facts) for key, variants in found.items() for facts in variants]


def _with(arg: object, copies: dict[int, Lazy]) -> object:
    """Return *arg* with copies of the unsettled numbers in it."""
    if isinstance(arg, Pointer):
        return arg._replace(word=copies.get(id(arg.word), arg.word))
    return copies.get(id(arg), arg)
