"""Interference: one thread writes shared state while another one stands somewhere.

One solver for each place that writes; where the other stands only chooses which lemmas are
assumed of it, so a lemma that is tried at many places is translated once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

import z3

from cecheck.encode.terms import Term, Terms
from cecheck.engines.modular import Names, Pair, Place
from cecheck.engines.solve import Answer, Budget, Questions, Unsat
from cecheck.ir.build import ne, not_, substitute
from cecheck.ir.expr import Expr, Scope, Var, variables
from cecheck.lower.blocks import Blocks, Write


class Company:
    """What all meetings share: names, terms, and who can meet whom at all."""

    def __init__(self, blocks: Blocks, budget: Budget) -> None:
        self.budget = budget
        self.facts = blocks.program.facts
        self.terms = Terms(Names())
        self._threads = [item.thread for item in blocks.threads]
        self._renamed: dict[Expr, Expr] = {}
        self._locals = {
            var: Var(f"other {var.name}", var.sort, Scope.LOCAL)
            for thread in self._threads
            for var in (*thread.locals, thread.identity)
        }
        identities = [thread.identity for thread in self._threads]
        self._held = frozenset((*blocks.program.locks, *identities))
        self._apart = Questions(budget)
        self._known: dict[object, list[tuple[int, Expr]]] = {}

    def of_other(self, lemma: Expr) -> Expr:
        """Return *lemma* as it reads of the thread that stands."""
        return substitute(lemma, self._locals, self._renamed)

    def variables(self, lemma: Expr) -> frozenset[Var]:
        """Return the variables of *lemma*."""
        return variables(lemma)

    def differ(self, mover: int, stander: int) -> Term:
        """Return that threads of these kinds are not the same."""
        first, second = self._threads[mover].identity, self._threads[stander].identity
        return self.terms(ne(first, self.of_other(second)))

    def switches(
        self, asked: Questions, moving: Iterable[Expr], standing: Iterable[Expr]
    ) -> list[Term]:
        """Return the switches of *asked* that assume lemmas of the one and of the other."""
        assumed = [asked.switch((0, e), partial(self.terms, e)) for e in moving]
        assumed += [asked.switch((1, e), partial(self._term_of_other, e)) for e in standing]
        return assumed

    def _term_of_other(self, lemma: Expr) -> Term:
        return self.terms(self.of_other(lemma))

    def apart(
        self, kinds: tuple[int, int], moving: Iterable[Expr], standing: Iterable[Expr]
    ) -> list[tuple[int, Expr]]:
        """Return why two threads cannot both be where they are, as far as locks tell, if so.

        One may hold what the other one holds: that is quickly asked, and settles most meetings.
        """
        told = [
            tuple([e for e in lemmas if (v := self.variables(e)) and v <= self._held])
            for lemmas in (moving, standing)
        ]
        key = (kinds, *told)
        if key not in self._known:
            self._known[key] = self._ask_apart(kinds, told[0], told[1])
        return self._known[key]

    def _ask_apart(
        self, kinds: tuple[int, int], moving: Sequence[Expr], standing: Sequence[Expr]
    ) -> list[tuple[int, Expr]]:
        differ = self._apart.switch((2, kinds), partial(self.differ, *kinds))
        assumed = self.switches(self._apart, moving, standing)
        answer = self._apart.some([z3.BoolVal(True)], [differ, *assumed])
        return _roles(self._apart, answer)


def _roles(asked: Questions, answer: Answer) -> list[tuple[int, Expr]]:
    """Return who (0 moves, 1 stands) was assumed to satisfy what, in a refutation."""
    core = asked.keys(answer.core) if isinstance(answer, Unsat) else []
    return [(key[0], key[1]) for key in core if isinstance(key, tuple) and key[0] in (0, 1)]


class Mover:
    """A thread that stands at *place* and writes."""

    def __init__(self, company: Company, place: Place, write: Write) -> None:
        self.place = place
        self._company = company
        self._write = write
        self._questions = Questions(company.budget)
        self._after: dict[Expr, Expr] = {}
        for part in (company.facts, write.condition):
            self._questions.always(company.terms(part))

    def risks(self, lemma: Expr) -> bool:
        """Tell whether the write changes what *lemma* is about."""
        return not self._company.variables(lemma).isdisjoint(self._write.updates)

    def broken(
        self, kind: int, goals: Iterable[Expr], assumed: tuple[Iterable[Expr], Iterable[Expr]]
    ) -> tuple[Answer, dict[Expr, Term]]:
        """Ask whether the write may break one of *goals* of a thread of *kind*.

        *assumed* holds of the one who writes and of the other, before.
        """
        flags = {lemma: self._flag(lemma) for lemma in goals}
        ends = (self.place.thread, kind)
        differ = self._questions.switch((2, kind), partial(self._company.differ, *ends))
        switches = self._company.switches(self._questions, *assumed)
        return self._questions.some(list(flags.values()), [differ, *switches]), flags

    def _flag(self, lemma: Expr) -> Term:
        def meaning() -> Term:
            renamed = self._company.of_other(lemma)
            after = substitute(renamed, self._write.updates, self._after)
            return self._company.terms(not_(after))

        return self._questions.flag((3, lemma), meaning)

    def needed(self, answer: Answer) -> list[tuple[int, Expr]]:
        """Return who was assumed to satisfy what, in a refutation."""
        return _roles(self._questions, answer)


class Meeting:
    """A thread that stands at *mover* writes while another one stands at *place*."""

    def __init__(self, company: Company, mover: Mover, place: Place) -> None:
        self.mover = mover.place
        self.place = place
        self._company = company
        self._mover = mover
        self.risks = mover.risks

    def impossible(self, moving: Iterable[Expr], standing: Iterable[Expr]) -> list[Pair]:
        """Return the lemmas by which the two cannot be where they are; none if they can."""
        kinds = (self.mover.thread, self.place.thread)
        return self._pairs(self._company.apart(kinds, moving, standing))

    def broken(
        self, goals: Iterable[Expr], moving: Iterable[Expr], standing: Iterable[Expr]
    ) -> tuple[Answer, dict[Pair, Term]]:
        """Ask whether the write may break one of *goals* where the other lemmas held."""
        answer, flags = self._mover.broken(self.place.thread, goals, (moving, standing))
        return answer, {(self.place, lemma): flag for lemma, flag in flags.items()}

    def needed(self, answer: Answer) -> list[Pair]:
        """Return the lemmas that the refutation *answer* needed."""
        return self._pairs(self._mover.needed(answer))

    def _pairs(self, roles: Iterable[tuple[int, Expr]]) -> list[Pair]:
        return [(self.place if role else self.mover, lemma) for role, lemma in roles]


def meetings(blocks: Blocks, budget: Budget) -> dict[tuple[Place, Place], Meeting]:
    """Return every meeting of a thread that writes shared state with another thread."""
    company = Company(blocks, budget)
    found = {}
    for number, mover in enumerate(blocks.threads):
        for region in mover.regions:
            if region.write is None:
                continue
            moves = Mover(company, Place(number, region.start), region.write)
            for other, stander in enumerate(blocks.threads):
                if number == other and mover.thread.count == 1:
                    continue
                for cut in stander.cuts:
                    place = Place(other, cut)
                    found[moves.place, place] = Meeting(company, moves, place)
    return found
