"""The greatest set of candidate lemmas that is inductive: a certificate that others judge.

    Flanagan, Leino: Houdini, an Annotation Assistant for ESC/Java.  FME 2001.

Lemmas that fail at the start, after a step of the thread, or by a step of another are dropped
until none fails.  What is left is the certificate; `certify` tells what it proves.  Lemmas that
nothing needs stay in it: what they decide makes the questions of the judge smaller.
"""

from __future__ import annotations

from typing import assert_never

from cecheck.encode.terms import Term, read_value
from cecheck.engines.lemmas import Lemmas
from cecheck.engines.meeting import Meeting, meetings
from cecheck.engines.modular import Own, Pair, Place, Start
from cecheck.engines.solve import Answer, Budget, GaveUp, Sat, Unsat
from cecheck.ir.build import all_of
from cecheck.ir.certificate import Certificate
from cecheck.ir.expr import Expr, Var, size, variables
from cecheck.ir.serial import fingerprint
from cecheck.lower.blocks import Blocks
from cecheck.record import record

SMALL = 34  # nodes of a lemma that is settled before the others


@record
class Outcome:
    """The lemmas that survived, also as a certificate."""

    certificate: Certificate
    lemmas: Lemmas


def settle(blocks: Blocks, lemmas: Lemmas, budget: Budget) -> Outcome | str:
    """Return what is inductive of *lemmas*; text says why nothing is known."""
    try:
        return _Houdini(blocks, lemmas, budget).run()
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
        self._early = {fact.holds for fact in blocks.program.vocabulary if fact.early}
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

    def run(self) -> Outcome:
        """Drop lemmas until what is left is inductive."""
        for is_small in (True, False):
            self._add_offered(is_small)
            self._apart.clear()
            self._settle()
        return Outcome(self._certificate(), self._lemmas())

    def _add_offered(self, is_small: bool) -> None:
        """Choose the lemmas that are small, or those that are not.

        Small ones settle first: most are wrong, and cheap to drop while no large one is asked.
        What is said of elements of blocks needs to know where these lie, which takes large ones.
        """
        for place, lemmas in self._offered.items():
            gates = self._blocks.threads[place.thread].thread.gates
            gated = frozenset[Var]().union(*(gate.variables for gate in gates))
            for lemma in lemmas:
                small = size(lemma, SMALL) < SMALL and gated.isdisjoint(variables(lemma))
                if (small or lemma in self._early) is is_small:
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
            while goals := own.goals(self._chosen, self._chosen[place]):
                answer, flags = own.broken(goals, self._chosen[place])
                dropped = self._drop(answer, flags)
                if not dropped:
                    break
                dirty.update(dropped)

    def _interference(self) -> dict[Place, None]:
        """Drop what steps of others break; return where something was dropped."""
        dirty: dict[Place, None] = {}
        for ends, meeting in self._meetings.items():
            while goals := self._at_risk(ends, meeting):
                if self._never(ends, meeting):
                    break
                answer, flags = meeting.broken(
                    goals, self._chosen[meeting.mover], self._chosen[meeting.place]
                )
                if isinstance(answer, Unsat):
                    self._calm[ends] = (frozenset(goals), meeting.needed(answer))
                    break
                dirty.update(self._drop(answer, {pair: [f] for pair, f in flags.items()}))
        return dirty

    def _at_risk(self, ends: tuple[Place, Place], meeting: Meeting) -> list[Expr]:
        """Return the lemmas that *meeting* may break, unless that is settled already."""
        goals = [lemma for lemma in self._chosen[meeting.place] if meeting.risks(lemma)]
        settled, core = self._calm.get(ends, (frozenset(), []))
        if settled.issuperset(goals) and all(e in self._chosen[place] for place, e in core):
            return []
        return goals

    def _never(self, ends: tuple[Place, Place], meeting: Meeting) -> bool:
        """Tell whether two threads never meet so: as a rule, one of them holds a lock."""
        core = self._apart.get(ends)
        if core is None:
            core = meeting.impossible(*[self._chosen[place] for place in ends])
            self._apart[ends] = core
        return bool(core) and all(e in self._chosen[place] for place, e in core)

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

    def _certificate(self) -> Certificate:
        program, threads = self._blocks.program, self._blocks.threads
        formulas = tuple(
            [
                tuple([all_of(self._chosen[Place(number, cut)]) for cut in thread.cuts])
                for number, thread in enumerate(threads)
            ]
        )
        cuts = tuple([thread.cuts for thread in threads])
        return Certificate(1, program.view, cuts, formulas, fingerprint(program))

    def _lemmas(self) -> Lemmas:
        return tuple(
            [
                {cut: tuple(self._chosen[Place(number, cut)]) for cut in thread.cuts}
                for number, thread in enumerate(self._blocks.threads)
            ]
        )

