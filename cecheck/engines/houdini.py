"""The greatest set of candidate lemmas that is inductive, and what it proves.

    Flanagan, Leino: Houdini, an Annotation Assistant for ESC/Java.  FME 2001.

Lemmas that fail at the start, after a step of the thread, or by a step of another are dropped
until none fails.  What the proved checks do not need is then left out of the certificate.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import assert_never

from cecheck.encode.terms import Term, read_value
from cecheck.engines.carry import size
from cecheck.engines.lemmas import Lemmas
from cecheck.engines.meeting import Meeting, meetings
from cecheck.engines.modular import Chosen, Own, Pair, Place, Start
from cecheck.engines.solve import Answer, Budget, GaveUp, Sat, Unsat
from cecheck.engines.verdict import Name
from cecheck.ir.build import all_of
from cecheck.ir.certificate import Certificate
from cecheck.ir.expr import Expr
from cecheck.ir.serial import fingerprint
from cecheck.lower.blocks import Blocks, Question

SMALL = 24  # nodes of a lemma that is settled before the others


@dataclass(frozen=True)
class Outcome:
    """The checks that were proved, and by what; *lemmas* are all that survived."""

    proved: tuple[Name, ...]
    certificate: Certificate
    lemmas: Lemmas


def prove(blocks: Blocks, lemmas: Lemmas, asked: Sequence[Name], budget: Budget) -> Outcome | str:
    """Prove what *lemmas* can of *asked*; text says why nothing is known."""
    try:
        return _Houdini(blocks, lemmas, budget).run(asked)
    except _Stopped as stopped:
        return stopped.reason


class _Stopped(Exception):
    """The solver gave up: what is left of the lemmas is not known to be inductive."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Houdini:
    """Drops lemmas until those left are inductive."""

    def __init__(self, blocks: Blocks, lemmas: Lemmas, budget: Budget) -> None:
        self._blocks = blocks
        self._budget = budget
        self._offered: dict[Place, tuple[Expr, ...]] = {
            Place(number, cut): tuple(lemmas[number].get(cut, ()))
            for number, thread in enumerate(blocks.threads)
            for cut in thread.cuts
        }
        self._chosen: dict[Place, dict[Expr, None]] = {place: {} for place in self._offered}
        self._own = {
            Place(number, region.start): Own(blocks, Place(number, region.start), region, budget)
            for number, thread in enumerate(blocks.threads)
            for region in thread.regions
        }
        self._meetings = meetings(blocks, budget)
        self._calm: dict[tuple[Place, Place], tuple[frozenset[Expr], list[Pair]]] = {}
        self._apart: dict[tuple[Place, Place], list[Pair]] = {}
        self._enough: dict[tuple[Place, int], list[Expr]] = {}

    def run(self, asked: Sequence[Name]) -> Outcome:
        """Return what is proved of *asked*."""
        for least, most in ((0, SMALL), (SMALL, math.inf)):
            self._add_offered(least, most)
            self._apart.clear()
            self._settle()
        proved = self._checks(asked)
        needed = self._needed(proved)
        return Outcome(proved, self._certificate(needed), self._lemmas())

    def _add_offered(self, least: float, most: float) -> None:
        """Choose the lemmas of *least* nodes and more, below *most*.

        Small ones settle first: most are wrong, and cheap to drop while no large one is asked.
        """
        for place, lemmas in self._offered.items():
            for lemma in lemmas:
                if least <= size(lemma, SMALL) < most:
                    self._chosen[place][lemma] = None

    def _settle(self) -> None:
        """Drop lemmas until those left are inductive together."""
        for thread in range(len(self._blocks.threads)):
            self._start(thread)
        dirty = dict.fromkeys(self._own)
        while dirty:
            self._steps(dirty)
            dirty = self._interference()

    def _start(self, thread: int) -> None:
        start = Start(self._blocks, thread, self._budget)
        while self._chosen[start.place]:
            answer, flags = start.broken(self._chosen[start.place])
            if not self._drop(answer, {pair: [flag] for pair, flag in flags.items()}):
                return

    def _steps(self, dirty: dict[Place, None]) -> None:
        """Drop what a thread's own steps break; only steps from *dirty* places have changed."""
        while dirty:
            place = next(iter(dirty))
            del dirty[place]
            own = self._own[place]
            while goals := own.split(self._chosen, self._chosen[place])[1]:
                answer, flags = own.broken(goals, self._chosen[place])
                dropped = self._drop(answer, flags)
                if not dropped:
                    break
                dirty.update(dropped)

    def _interference(self) -> dict[Place, None]:
        """Drop what steps of others break; return where something was dropped."""
        dirty: dict[Place, None] = {}
        for ends, meeting in self._meetings.items():
            while goals := self._at_risk(ends, meeting, self._chosen):
                if self._never(ends, meeting):
                    break
                answer, flags = self._met(meeting, goals, self._chosen)
                if isinstance(answer, Unsat):
                    self._calm[ends] = (frozenset(goals), meeting.needed(answer))
                    break
                dirty.update(self._drop(answer, {pair: [f] for pair, f in flags.items()}))
        return dirty

    def _at_risk(self, ends: tuple[Place, Place], meeting: Meeting, chosen: Chosen) -> list[Expr]:
        """Return the lemmas that *meeting* may break, unless that is settled already."""
        goals = [lemma for lemma in chosen[meeting.place] if meeting.risks(lemma)]
        settled, core = self._calm.get(ends, (frozenset(), []))
        if settled.issuperset(goals) and all(e in chosen[place] for place, e in core):
            return []
        return goals

    def _never(self, ends: tuple[Place, Place], meeting: Meeting) -> bool:
        """Tell whether two threads never meet so: as a rule, one of them holds a lock."""
        core = self._apart.get(ends)
        if core is None:
            core = meeting.impossible(*[self._chosen[place] for place in ends])
            self._apart[ends] = core
        return bool(core) and all(e in self._chosen[place] for place, e in core)

    def _met(
        self, meeting: Meeting, goals: Sequence[Expr], chosen: Chosen
    ) -> tuple[Answer, dict[Pair, Term]]:
        return meeting.broken(goals, chosen[meeting.mover], chosen[meeting.place])

    def _drop(self, answer: Answer, flags: dict[Pair, list[Term]]) -> dict[Place, None]:
        """Drop the lemmas that the model of *answer* breaks; return where they stood."""
        match answer:
            case Unsat():
                return {}
            case GaveUp(reason):
                raise _Stopped(reason)
            case Sat(model):
                broken = [
                    pair for pair, own in flags.items() if any(read_value(model, f) for f in own)
                ]
                for place, lemma in broken:
                    del self._chosen[place][lemma]
                return dict.fromkeys(place for place, _ in broken)
            case _:
                assert_never(answer)

    def _checks(self, asked: Sequence[Name]) -> tuple[Name, ...]:
        """Return those of *asked* that the chosen lemmas prove; note which were enough."""
        failed: set[Name] = set()
        for place, own in self._own.items():
            for question in own.region.questions:
                name = Name(place.thread, question.check)
                if name in asked and name not in failed:
                    enough = self._enough_for(place, own, question)
                    self._enough[place, question.check] = enough or []
                    failed |= {name} if enough is None else set()
        return tuple([name for name in asked if name not in failed])

    def _enough_for(self, place: Place, own: Own, question: Question) -> list[Expr] | None:
        near = own.near(question, self._chosen[place])
        enough = own.enough(question, near)
        if enough is None and len(near) < len(self._chosen[place]):
            return own.enough(question, list(self._chosen[place]))
        return enough

    # ---- leaving out what is not needed ------------------------------------------------------

    def _needed(self, proved: Sequence[Name]) -> Chosen:
        """Return lemmas among the chosen ones that are inductive and prove *proved*."""
        needed: dict[Place, dict[Expr, None]] = {place: {} for place in self._own}
        self._calm.clear()
        for (place, check), lemmas in self._enough.items():
            if Name(place.thread, check) in proved:
                self._add(needed, [(place, lemma) for lemma in lemmas])
        while self._needed_for_steps(needed) or self._needed_for_others(needed):
            pass
        return needed

    def _add(self, needed: dict[Place, dict[Expr, None]], pairs: Iterable[Pair]) -> bool:
        new = [(place, lemma) for place, lemma in pairs if lemma not in needed[place]]
        for place, lemma in new:
            needed[place][lemma] = None
        return bool(new)

    def _needed_for_steps(self, needed: dict[Place, dict[Expr, None]]) -> bool:
        """Add what steps need to keep *needed*; tell whether that was anything."""
        grown = False
        for place, own in self._own.items():
            kept, goals = own.split(needed, self._chosen[place])
            grown |= self._add(needed, [(place, lemma) for lemma in kept])
            for lemmas in (needed[place], self._chosen[place]):
                answer = own.broken(goals, lemmas)[0] if goals else Unsat(())
                if isinstance(answer, Unsat):
                    grown |= self._add(needed, own.needed(answer.core))
                    break
            else:
                grown |= self._add(needed, _pairs(self._chosen))
        return grown

    def _needed_for_others(self, needed: dict[Place, dict[Expr, None]]) -> bool:
        grown = False
        for ends, meeting in self._meetings.items():
            goals = self._at_risk(ends, meeting, needed)
            if goals:
                core = self._core_of_meeting(meeting, goals, needed)
                self._calm[ends] = (frozenset(goals), core)
                grown |= self._add(needed, core)
        return grown

    def _core_of_meeting(
        self, meeting: Meeting, goals: Sequence[Expr], needed: Chosen
    ) -> list[Pair]:
        ends = (meeting.mover, meeting.place)
        if self._never(ends, meeting):
            return self._apart[ends]
        for chosen in (needed, self._chosen):
            answer, _ = self._met(meeting, goals, chosen)
            if isinstance(answer, Unsat):
                return meeting.needed(answer)
        return list(_pairs(self._chosen))

    def _certificate(self, needed: Chosen) -> Certificate:
        program = self._blocks.program
        return Certificate(
            1,
            program.view,
            tuple([thread.cuts for thread in self._blocks.threads]),
            tuple(
                [
                    tuple([all_of(needed[Place(number, cut)]) for cut in thread.cuts])
                    for number, thread in enumerate(self._blocks.threads)
                ]
            ),
            fingerprint(program),
        )

    def _lemmas(self) -> Lemmas:
        return tuple(
            [
                {cut: tuple(self._chosen[Place(number, cut)]) for cut in thread.cuts}
                for number, thread in enumerate(self._blocks.threads)
            ]
        )


def _pairs(chosen: Chosen) -> Iterable[Pair]:
    for place, lemmas in chosen.items():
        for lemma in lemmas:
            yield place, lemma
