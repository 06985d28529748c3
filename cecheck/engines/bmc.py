"""Bounded model checking of a few concrete threads: shortest runs first, counted in blocks.

    Biere, Cimatti, Clarke, Zhu: Symbolic Model Checking without BDDs.  TACAS 1999.

One instance of each kind of client, then two, then three.  It never proves anything: where it
finds nothing up to its bound, nothing is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, assert_never

import z3

from cecheck.encode.terms import Term, read_value
from cecheck.encode.unroll import Part, Unrolling
from cecheck.engines.schedule import schedule
from cecheck.engines.solve import Budget, GaveUp, Questions, Sat, Unsat
from cecheck.engines.verdict import Name, Refuted
from cecheck.ir.program import Program
from cecheck.ir.trace import Actor
from cecheck.lower.blocks import Blocks

ENGINE = "bmc"
MOST = 3  # instances of one kind


@dataclass(frozen=True)
class Found:
    """The runs that were found, and why no more: all runs up to *depth* blocks were searched."""

    runs: dict[Name, Refuted]
    depth: int
    reason: str


def search(
    blocks: Blocks, goals: Sequence[Name], part: Part, budget: Budget, *, bound: int
) -> Found:
    """Look for runs of up to *bound* blocks that violate, or reach, the checks *goals*."""
    runs: dict[Name, Refuted] = {}
    left = list(goals)
    teams = [_Team(blocks, actors, goals, budget) for actors in teams_of(blocks.program)]
    for depth in range(bound + 1):
        for size, team in enumerate(teams):
            if size > depth or not left:
                continue
            found = team.at(depth, left, part)
            if isinstance(found, str):
                return Found(runs, depth - 1, found)
            runs.update(found)
            left = [name for name in left if name not in found]
        if not left:
            break
    return Found(runs, bound, f"nothing within {bound} blocks")


def teams_of(program: Program) -> list[tuple[Actor, ...]]:
    """Return the threads of one instance of each kind of client, of two, of three."""
    found: dict[tuple[Actor, ...], None] = {}
    for size in range(1, MOST + 1):
        team = [
            Actor(kind, number)
            for kind, thread in enumerate(program.threads)
            for number in range(size if thread.count is None else min(thread.count, MOST))
        ]
        found[tuple(team)] = None
    return list(found)


class _Team:
    """The runs of a fixed set of threads."""

    def __init__(
        self, blocks: Blocks, actors: tuple[Actor, ...], goals: Sequence[Name], budget: Budget
    ) -> None:
        self._blocks = blocks
        self._actors = actors
        self._questions = Questions(budget)
        moving = {name.thread for name in goals} | {
            kind
            for kind, thread in enumerate(blocks.threads)
            if any(region.write is not None for region in thread.regions)
        }
        self._runs = Unrolling(blocks, actors, moving)
        self._questions.always(*self._runs.opening())

    def at(self, depth: int, goals: Sequence[Name], part: Part) -> dict[Name, Refuted] | str:
        """Return the runs of exactly *depth* blocks before the check; text: it gave up."""
        while self._runs.depth < depth:
            self._questions.always(*self._runs.extend())
        runs: dict[Name, Refuted] = {}
        terms = {name: self._runs.goal(name.thread, name.check, part) for name in goals}
        asked = [name for name in goals if not z3.is_false(terms[name])]
        while left := [name for name in asked if name not in runs]:
            flags = {name: self._flag(depth, name, terms[name]) for name in left}
            match self._questions.some(list(flags.values()), ()):
                case Unsat():
                    break
                case GaveUp(reason):
                    return reason
                case Sat(model):
                    for name in left:
                        if read_value(model, flags[name]):
                            runs[name] = self._refuted(model, name, part)
                case other:
                    assert_never(other)
        return runs

    def _flag(self, depth: int, name: Name, term: Term) -> Term:
        return self._questions.flag((depth, name), lambda: term)

    def _refuted(self, model: Any, name: Name, part: Part) -> Refuted:
        choices = self._runs.choices_in(model)
        last = self._runs.last_in(model, name.thread, name.check, part)
        opening = self._runs.opening_in(model)
        return Refuted(schedule(self._blocks, opening, choices, last, name), ENGINE, len(choices))
