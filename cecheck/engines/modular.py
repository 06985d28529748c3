"""The thread-modular proof rule as questions about chosen lemmas (semantics 9.1).

    Owicki, Gries: An Axiomatic Proof Technique for Parallel Programs.  Acta Informatica, 1976.

Lemmas at a place stand for every thread of that kind that stands there, whatever the others do.
`Own` asks about the thread's own steps from one place, a `Meeting` about a step of one thread
while another one stands somewhere.  Each lemma has a switch that assumes it, so one solver answers for
any choice of lemmas and says which it needed.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import z3

from cecheck.encode.terms import Term, Terms
from cecheck.engines.solve import Answer, Budget, Questions, bit_vector_solver
from cecheck.ir.build import and_, any_of, ne, not_, substitute
from cecheck.ir.expr import TRUE, Expr, Scope, Var, variables
from cecheck.lower.blocks import Blocks, Question, Region, Write


@dataclass(frozen=True)
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
        self._budget = budget
        self._facts = blocks.program.facts
        self._questions.always(self._terms(self._facts))
        self._tables: list[dict[Expr, Expr]] = [{} for _ in region.exits]

    def after(self, number: int, lemma: Expr) -> Expr:
        """Return what *lemma* after exit *number* says of the state before."""
        return substitute(lemma, self.region.exits[number].updates, self._tables[number])

    def split(self, wanted: Chosen, here: Container[Expr]) -> tuple[list[Expr], list[Goal]]:
        """Return what keeps *wanted* lemmas simply by holding *here*, and what needs a question."""
        kept: dict[Expr, None] = {}
        goals: list[Goal] = []
        for number, way in enumerate(self.region.exits):
            target = Place(self.place.thread, way.target)
            for lemma in wanted[target]:
                after = self.after(number, lemma)
                if after in here:
                    kept[after] = None
                elif after is not TRUE:
                    goals.append((number, target, lemma))
        return list(kept), goals

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

    def near(self, questions: Iterable[Question], lemmas: Iterable[Expr]) -> list[Expr]:
        """Return those of *lemmas* that speak only of what *questions* speak of."""
        names = frozenset(v for question in questions for v in variables(question.violated))
        rigid = Scope.RIGID
        return [e for e in lemmas if all(v.scope is rigid or v in names for v in variables(e))]

    def refuted(self, questions: Iterable[Question], assumed: Iterable[Expr]) -> Answer:
        """Ask a new solver whether one of *questions* may be violated where *assumed* held.

        With everything asserted for good it simplifies first, which switches do not allow.
        """
        solver = bit_vector_solver()
        broken = any_of(and_(question.violated, question.clean) for question in questions)
        solver.add(*[self._terms(part) for part in (self._facts, broken, *assumed)])
        return self._budget.ask(solver)

    def needed(self, core: Iterable[Term]) -> list[Pair]:
        """Return the lemmas in *core*."""
        keys = self._questions.keys(core)
        return [(self.place, key[1]) for key in keys if isinstance(key, tuple) if key[0] == "lemma"]


class Renaming:
    """Expressions of another thread: its locals are told apart from the first one's."""

    def __init__(self) -> None:
        self._results: dict[Expr, Expr] = {}
        self._locals: dict[Var, Expr] = {}

    def __call__(self, expr: Expr) -> Expr:
        """Return *expr* as it reads of the other thread."""
        for var in variables(expr):
            if var.scope is Scope.LOCAL and var not in self._locals:
                self._locals[var] = Var(f"other {var.name}", var.sort, Scope.LOCAL)
        return substitute(expr, self._locals, self._results)


class Meeting:
    """A write by a thread that stands at *mover* while another one stands at *place*."""

    def __init__(
        self, blocks: Blocks, ends: tuple[Place, Place], write: Write, shared: Shared
    ) -> None:
        self.mover, self.place = ends
        self._write = write
        self._rename, self._terms = shared.rename, shared.terms
        self._questions = Questions(shared.budget)
        threads = [item.thread for item in blocks.threads]
        first, second = (threads[end.thread].identity for end in ends)
        self._locks, self._identities = blocks.program.locks, (first, second)
        differ = ne(first, self._rename(second))
        for part in (blocks.program.facts, differ, write.condition):
            self._questions.always(self._terms(part))
        self._apart = Questions(shared.budget)
        self._apart.always(self._terms(differ))

    def risks(self, lemma: Expr) -> bool:
        """Tell whether the write changes what *lemma* is about."""
        return any(var in self._write.updates for var in variables(lemma))

    def possible(self, moving: Iterable[Expr], standing: Iterable[Expr]) -> Answer:
        """Ask whether the two can be where they are at all, as far as locks tell.

        One may hold what the other one holds: that is quickly asked, and settles most meetings.
        """
        held = frozenset((*self._locks, *self._identities))
        told = [
            [e for e in lemmas if variables(e) and variables(e) <= held]
            for lemmas in (moving, standing)
        ]
        return self._apart.some([z3.BoolVal(True)], self._switches(self._apart, *told))

    def broken(
        self, goals: Iterable[Expr], moving: Iterable[Expr], standing: Iterable[Expr]
    ) -> tuple[Answer, dict[Pair, Term]]:
        """Ask whether the write may break one of *goals* where the other lemmas held."""
        flags = {(self.place, lemma): self._flag(lemma) for lemma in goals}
        return self._questions.some(list(flags.values()), self._assumed(moving, standing)), flags

    def _assumed(self, moving: Iterable[Expr], standing: Iterable[Expr]) -> list[Term]:
        return self._switches(self._questions, moving, standing)

    def _switches(
        self, asked: Questions, moving: Iterable[Expr], standing: Iterable[Expr]
    ) -> list[Term]:
        assumed = [asked.switch((self.mover, e, 0), partial(self._terms, e)) for e in moving]
        assumed += [asked.switch((self.place, e, 1), partial(self._renamed, e)) for e in standing]
        return assumed

    def _renamed(self, lemma: Expr) -> Term:
        return self._terms(self._rename(lemma))

    def _flag(self, lemma: Expr) -> Term:
        def meaning() -> Term:
            after = substitute(self._rename(lemma), self._write.updates)
            return self._terms(not_(after))

        return self._questions.flag(("broken", lemma), meaning)

    def needed(self, core: Iterable[Term]) -> list[Pair]:
        """Return the lemmas in the *core* of an answer to `broken`."""
        return _lemmas(self._questions.keys(core))

    def apart(self, core: Iterable[Term]) -> list[Pair]:
        """Return the lemmas in the *core* of an answer to `possible`."""
        return _lemmas(self._apart.keys(core))


def _lemmas(keys: Iterable[object]) -> list[Pair]:
    return [(key[0], key[1]) for key in keys if isinstance(key, tuple) and len(key) == 3]


@dataclass(frozen=True)
class Shared:
    """What all meetings share: names, terms, resources."""

    budget: Budget
    rename: Renaming
    terms: Terms


def meetings(blocks: Blocks, budget: Budget) -> dict[tuple[Place, Place], Meeting]:
    """Return every meeting of a thread that writes shared state with another thread."""
    shared = Shared(budget, Renaming(), Terms(Names()))
    found = {}
    for number, mover in enumerate(blocks.threads):
        for region in mover.regions:
            if region.write is None:
                continue
            for other, stander in enumerate(blocks.threads):
                if number == other and mover.thread.count == 1:
                    continue
                for cut in stander.cuts:
                    ends = (Place(number, region.start), Place(other, cut))
                    found[ends] = Meeting(blocks, ends, region.write, shared)
    return found
