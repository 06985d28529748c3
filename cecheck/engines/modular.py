"""The thread-modular proof rule as questions about chosen lemmas (semantics 9.1).

    Owicki, Gries: An Axiomatic Proof Technique for Parallel Programs.  Acta Informatica, 1976.

Lemmas at a place stand for every thread of that kind that stands there, whatever the others do.
`Own` asks about the thread's own steps from one place, `Others` about a step of one thread while
another one stands somewhere.  Each lemma has a switch that assumes it, so one solver answers for
any choice of lemmas and says which it needed.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import z3

from cecheck.encode.terms import Term, Terms
from cecheck.engines.solve import Answer, Budget, Questions, bit_vector_solver
from cecheck.ir.build import and_, substitute
from cecheck.ir.expr import TRUE, Expr, Scope, Var, variables
from cecheck.lower.blocks import Blocks, Question, Region


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

    def near(self, question: Question, lemmas: Iterable[Expr]) -> list[Expr]:
        """Return those of *lemmas* that speak only of what *question* speaks of."""
        names = variables(question.violated)
        rigid = Scope.RIGID
        return [e for e in lemmas if all(v.scope is rigid or v in names for v in variables(e))]

    def refuted(self, question: Question, assumed: Iterable[Expr]) -> Answer:
        """Ask a new solver whether *question* may be violated where *assumed* held.

        With everything asserted for good it simplifies first, which switches do not allow.
        """
        solver = bit_vector_solver()
        parts = [self._facts, question.violated, question.clean, *assumed]
        solver.add(*[self._terms(part) for part in parts])
        return self._budget.ask(solver)

    def needed(self, core: Iterable[Term]) -> list[Pair]:
        """Return the lemmas in *core*."""
        keys = self._questions.keys(core)
        return [(self.place, key[1]) for key in keys if isinstance(key, tuple) if key[0] == "lemma"]


class Others:
    """A write by one thread while another one, of any kind, stands at any place.

    The other's locals and the shared state after the write have names of their own.
    """

    def __init__(self, blocks: Blocks, budget: Budget) -> None:
        self._blocks = blocks
        names = Names()
        self._before = Terms(names)
        self._other = Terms(lambda v: ("o" if v.scope is Scope.LOCAL else "") + names(v))
        self._after = Terms(lambda v: ("o" if v.scope is Scope.LOCAL else self._mark(v)) + names(v))
        self._variables: dict[Expr, frozenset[Var]] = {}
        self._questions = Questions(budget)
        self._writes = {
            Place(number, region.start): region.write
            for number, thread in enumerate(blocks.threads)
            for region in thread.regions
            if region.write is not None
        }
        self._moving = dict.fromkeys(v for write in self._writes.values() for v in write.updates)
        self._questions.always(self._before(blocks.program.facts))
        if self._writes:
            self._questions.always(z3.Or(*map(self._step, self._writes)))
            self._questions.always(*self._different())

    def _mark(self, var: Var) -> str:
        return "w" if var in self._moving else ""

    def _step(self, place: Place) -> Term:
        """Return the switch under which a thread that stands at *place* writes."""
        write = self._writes[place]

        def meaning() -> Term:
            values = [(var, write.updates.get(var, var)) for var in self._moving]
            changes = [self._after(var) == self._before(value) for var, value in values]
            kind = self._questions.switch(("moves", place.thread))
            return z3.And(kind, self._before(write.condition), *changes)

        return self._questions.switch(("from", place), meaning)

    def _different(self) -> Iterator[Term]:
        """Yield that the two threads are not the same."""
        threads = [blocks.thread for blocks in self._blocks.threads]
        for mover in dict.fromkeys(place.thread for place in self._writes):
            for number, thread in enumerate(threads):
                same = mover == number and thread.count == 1
                differ = self._before(threads[mover].identity) != self._other(thread.identity)
                both = z3.And(
                    self._questions.switch(("moves", mover)),
                    self._questions.switch(("stands", number)),
                )
                yield z3.Implies(both, z3.BoolVal(False) if same else differ)

    @property
    def nothing_moves(self) -> bool:
        """Tell whether no thread ever writes shared state."""
        return not self._writes

    def is_at_risk(self, lemma: Expr) -> bool:
        """Tell whether some write changes what *lemma* is about."""
        return any(var in self._moving for var in variables(lemma, self._variables))

    def broken(
        self, goals: Iterable[Pair], assumed: Iterable[Pair]
    ) -> tuple[Answer, dict[Pair, Term]]:
        """Ask whether a write of one may break a lemma of another, where *assumed* held."""
        flags = {pair: self._flag(pair) for pair in goals}
        switches = [self._lemma(pair) for pair in assumed]
        return self._questions.some(list(flags.values()), switches), flags

    def _flag(self, pair: Pair) -> Term:
        def meaning() -> Term:
            return z3.And(self._at(pair[0]), z3.Not(self._after(pair[1])))

        return self._questions.flag(("broken", pair), meaning)

    def _at(self, place: Place) -> Term:
        return self._questions.switch(
            ("at", place), lambda: self._questions.switch(("stands", place.thread))
        )

    def _lemma(self, pair: Pair) -> Term:
        place, lemma = pair

        def meaning() -> Term:
            roles = [z3.Implies(self._at(place), self._other(lemma))]
            if place in self._writes:
                roles.append(z3.Implies(self._step(place), self._before(lemma)))
            return z3.And(*roles)

        return self._questions.switch(("lemma", pair), meaning)

    def needed(self, core: Iterable[Term]) -> list[Pair]:
        """Return the lemmas in *core*."""
        keys = self._questions.keys(core)
        return [key[1] for key in keys if isinstance(key, tuple) if key[0] == "lemma"]
