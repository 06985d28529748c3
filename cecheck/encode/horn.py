"""The thread-modular proof rule as constrained Horn clauses (semantics 9.1).

One relation per kind of thread and cut, over what a thread sees there, and one per kind for its
writes: the shared state before and after, and who wrote.  In `Fixedpoint.query` *unsat* is safe.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import z3

from cecheck.encode.back import Reader
from cecheck.encode.terms import Term, Terms
from cecheck.ir.build import and_, any_of
from cecheck.ir.expr import Expr, Var
from cecheck.lower.blocks import Blocks, Region

Known = Sequence[Mapping[int, Sequence[Expr]]]  # by kind of thread and cut: what holds anyway


class Horn:
    """The rules of a program in blocks, in a fixed-point engine."""

    def __init__(self, blocks: Blocks, known: Known) -> None:
        self._blocks = blocks
        self._program = blocks.program
        self._known = known
        self._numbers: dict[Var, int] = {}
        self._terms = Terms(self._name)
        self._later = Terms(lambda var: f"n{self._name(var)}")
        writes = [r.write for t in blocks.threads for r in t.regions if r.write is not None]
        self._moving = list(dict.fromkeys(var for write in writes for var in write.updates))
        self.system = z3.Fixedpoint()
        self._at = {
            (number, cut): self._relation(f"at{number}_{cut}", self.arguments(number, cut))
            for number, thread in enumerate(blocks.threads)
            for cut in thread.cuts
        }
        self._wrote = [
            self._relation(f"wrote{number}", [*self._state(), *self._moving, t.thread.identity])
            for number, t in enumerate(blocks.threads)
        ]
        self._goal = self._relation("goal", [])
        for rule in self._rules():
            self.system.add_rule(rule)

    def _name(self, var: Var) -> str:
        return f"v{self._numbers.setdefault(var, len(self._numbers))}"

    def _state(self) -> list[Var]:
        return [*self._program.rigid, *self._program.globals]

    def arguments(self, thread: int, cut: int) -> list[Var]:
        """Return what the relation of a cut is about."""
        return [*self._state(), *self._blocks.threads[thread].live[cut]]

    def _relation(self, name: str, arguments: Iterable[Var]) -> Any:
        sorts = [self._terms(var).sort() for var in arguments]
        relation = z3.Function(name, *sorts, z3.BoolSort())
        self.system.register_relation(relation)
        return relation

    def _here(self, thread: int, cut: int) -> Term:
        """Return that a thread stands at *cut*."""
        return self._at[thread, cut](*map(self._terms, self.arguments(thread, cut)))

    def _assumed(self, thread: int, region: Region) -> list[Term]:
        """Return what holds of a thread that stands at the start of *region*."""
        cut = region.start
        facts = [self._program.facts, *self._known[thread].get(cut, ())]
        return [self._here(thread, cut), *map(self._terms, facts)]

    # ---- rules -------------------------------------------------------------------------------

    def _rules(self) -> Iterator[Term]:
        for number, thread in enumerate(self._blocks.threads):
            start = [self._program.facts, self._program.initial, thread.thread.initial]
            yield _rule(self._here(number, thread.thread.start), map(self._terms, start))
            for region in thread.regions:
                yield from self._steps(number, region)
            yield from self._interference(number)

    def _steps(self, thread: int, region: Region) -> Iterator[Term]:
        assumed = self._assumed(thread, region)
        for way in region.exits:
            after = [way.updates.get(v, v) for v in self.arguments(thread, way.target)]
            head = self._at[thread, way.target](*map(self._terms, after))
            yield _rule(head, [*assumed, self._terms(and_(way.reached, way.clean))])
        if region.write is not None:
            new = [region.write.updates.get(v, v) for v in self._moving]
            identity = self._blocks.threads[thread].thread.identity
            head = self._wrote[thread](*map(self._terms, [*self._state(), *new, identity]))
            yield _rule(head, [*assumed, self._terms(region.write.condition)])

    def _interference(self, thread: int) -> Iterator[Term]:
        """Yield what threads of a kind suffer from the writes of others."""
        mine = self._blocks.threads[thread].thread
        for number, other in enumerate(self._blocks.threads):
            if all(region.write is None for region in other.regions):
                continue
            if number == thread and mine.count == 1:
                continue
            who = self._later(other.thread.identity)
            state = [*map(self._terms, self._state()), *map(self._later, self._moving)]
            wrote = [self._wrote[number](*state, who)]
            if mine.identity.sort == other.thread.identity.sort:
                wrote.append(who != self._terms(mine.identity))
            for cut in self._blocks.threads[thread].cuts:
                names = self.arguments(thread, cut)
                after = [self._later(v) if v in self._moving else self._terms(v) for v in names]
                yield _rule(self._at[thread, cut](*after), [self._here(thread, cut), *wrote])

    # ---- questions ---------------------------------------------------------------------------

    def ask_for(self, checks: Collection[tuple[int, int]]) -> Term:
        """Return a query for the violation of one of *checks* (kind of thread, check)."""
        for number, thread in enumerate(self._blocks.threads):
            for region in thread.regions:
                asked = [q for q in region.questions if (number, q.check) in checks]
                if asked:
                    bad = any_of(and_(q.violated, q.clean) for q in asked)
                    body = [*self._assumed(number, region), self._terms(bad)]
                    self.system.add_rule(_rule(self._goal(), body))
        return self._goal()

    def answer(self, thread: int, cut: int) -> list[Expr]:
        """Return what the engine found to hold at a cut, as far as we can say it."""
        found = self.system.get_cover_delta(-1, self._at[thread, cut])
        read = Reader(self.arguments(thread, cut))
        parts = found.children() if z3.is_and(found) else [found]
        return [fact for fact in (read(part) for part in parts) if fact is not None]


def _rule(head: Term, body: Iterable[Term]) -> Term:
    """Return the clause for all values of its variables."""
    clause = z3.Implies(z3.And(*body), head)
    free = _constants(clause)
    return z3.ForAll(free, clause) if free else clause


def _constants(root: Term) -> list[Term]:
    """Return the variables of *root*, in order of discovery."""
    found: dict[str, Term] = {}
    seen = {root.get_id()}
    pending = [root]
    while pending:
        term = pending.pop()
        if z3.is_const(term) and term.decl().kind() == z3.Z3_OP_UNINTERPRETED:
            found[term.decl().name()] = term
        for child in term.children():
            if child.get_id() not in seen:
                seen.add(child.get_id())
                pending.append(child)
    return [term for name, term in found.items() if name != "goal"]
