"""The thread-modular proof rule as questions about chosen lemmas (semantics 9.1).

    Owicki, Gries: An Axiomatic Proof Technique for Parallel Programs.  Acta Informatica, 1976.

Lemmas at a place stand for every thread of that kind that stands there, whatever the others do.
`Own` asks about the thread's own steps from one place; `meeting` about a step of one thread while
another one stands somewhere.  Each lemma has a switch that assumes it, so one solver answers for
any choice of lemmas and says which it needed.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from functools import partial
from typing import TypeAlias

import z3

from cecheck.encode.terms import Term, Terms
from cecheck.engines.solve import Answer, Budget, Questions
from cecheck.ir.build import and_, substitute
from cecheck.ir.expr import TRUE, Expr, Var
from cecheck.lower.blocks import Blocks, Region
from cecheck.record import record


@record
class Place:
    """A cut of a kind of thread."""

    thread: int
    cut: int


Chosen: TypeAlias = Mapping[Place, Mapping[Expr, None]]  # the inner ones are ordered sets
Pair: TypeAlias = tuple[Place, Expr]  # a lemma at a place
Goal: TypeAlias = tuple[int, Place, Expr]  # a lemma at a place after an exit


class Names:
    """Names that are safe for solvers, numbered by first use."""

    def __init__(self) -> None:
        self._numbers: dict[Var, int] = {}

    def __call__(self, var: Var) -> str:
        return f"v{self._numbers.setdefault(var, len(self._numbers))}"


class Start:
    """What holds of a kind of thread before its first step."""

    def __init__(self, blocks: Blocks, thread: int, budget: Budget) -> None:
        program = blocks.program
        own = blocks.threads[thread].thread
        self.place = Place(thread, own.start)
        self._terms = Terms(Names())
        self._questions = Questions(budget)
        self._questions.always(*map(self._terms, (program.facts, program.initial, own.initial)))

    def broken(self, lemmas: Iterable[Expr]) -> tuple[Answer, dict[Pair, Term]]:
        """Ask whether one of *lemmas* may fail at the start."""
        flags = {(self.place, lemma): self._flag(lemma) for lemma in lemmas}
        return self._questions.some(list(flags.values()), ()), flags

    def _flag(self, lemma: Expr) -> Term:
        return self._questions.flag(lemma, lambda: z3.Not(self._terms(lemma)))


class Own:
    """The steps of a thread from one place."""

    def __init__(self, blocks: Blocks, place: Place, region: Region, budget: Budget) -> None:
        self.place = place
        self.region = region
        self._terms = Terms(Names())
        self._questions = Questions(budget)
        self._questions.always(self._terms(blocks.program.facts))
        self._tables: list[dict[Expr, Expr]] = [{} for _ in region.exits]

    def after(self, number: int, lemma: Expr) -> Expr:
        """Return what *lemma* after exit *number* says of the state before."""
        return substitute(lemma, self.region.exits[number].updates, self._tables[number])

    def goals(self, wanted: Chosen, here: Container[Expr]) -> list[Goal]:
        """Return the *wanted* lemmas after each exit, but those that hold simply by *here*."""
        found: list[Goal] = []
        for number, way in enumerate(self.region.exits):
            target = Place(self.place.thread, way.target)
            for lemma in wanted[target]:
                after = self.after(number, lemma)
                if after is not TRUE and after not in here:
                    found.append((number, target, lemma))
        return found

    def broken(
        self, goals: Iterable[Goal], assumed: Iterable[Expr]
    ) -> tuple[Answer, dict[Pair, list[Term]]]:
        """Ask whether a step may break one of *goals* where *assumed* held."""
        flags: dict[Pair, list[Term]] = {}
        for number, target, lemma in goals:
            flags.setdefault((target, lemma), []).append(self._flag(number, lemma))
        every = [flag for own in flags.values() for flag in own]
        return self._questions.some(every, self._assumed(assumed)), flags

    def _flag(self, number: int, lemma: Expr) -> Term:
        def meaning() -> Term:
            way = self.region.exits[number]
            taken = self._terms(and_(way.reached, way.clean))
            return z3.And(taken, z3.Not(self._terms(self.after(number, lemma))))

        return self._questions.flag(("broken", number, lemma), meaning)

    def _assumed(self, lemmas: Iterable[Expr]) -> list[Term]:
        return [self._questions.switch(("lemma", e), partial(self._terms, e)) for e in lemmas]
