"""The questions a certificate must pass, all derived from the program (semantics 9.1, level 1).

Inv(t, c) is the certificate's formula for a thread of kind t that stands at cut c.  Each question
must be unsatisfiable:

- start: an initial state of a thread that its formula excludes, or two guards of one location
  that hold at once;
- block (t, c): facts, Inv(t, c), and one block of t from c in which a check is violated (Check),
  or that arrives at a cut whose formula fails (Own), or that writes so that the formula of some
  other thread stops holding (Interference).

A violation that ends the run stops the path behind it, for other threads too; but a write counts
from the moment it is made, whatever the block runs into later.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import combinations

from cecheck.certify.walk import Region, Values, as_other, inner_order, joined, region
from cecheck.ir.build import all_of, and_, any_of, ne, not_, substitute
from cecheck.ir.certificate import Certificate
from cecheck.ir.expr import FALSE, TRUE, Binary, BinaryOp, Expr, Var, variables
from cecheck.ir.program import CheckKind, Program, Thread, outgoing


@dataclass(frozen=True)
class Claim:
    """The *check*-th check of the *thread*-th kind of thread is never violated."""

    thread: int
    check: int


@dataclass(frozen=True)
class Question:
    """*premise* with any of *cases* (named) must be unsatisfiable."""

    name: str
    premise: Expr
    cases: tuple[tuple[str, Expr], ...]

    @property
    def refutation(self) -> Expr:
        """What must be unsatisfiable."""
        return and_(self.premise, any_of(case for _, case in self.cases))


def questions(
    program: Program, certificate: Certificate, claims: Collection[Claim]
) -> tuple[Question, ...]:
    """Return what must be unsatisfiable for *certificate* to prove *claims*."""
    asker = _Asker(program, certificate, claims)
    found = [asker.start(index) for index in range(len(program.threads))]
    for index, cuts in enumerate(certificate.cuts):
        found += asker.blocks(index, cuts)
    return tuple(question for question in found if question.refutation is not FALSE)


class _Asker:
    """The questions about one program and certificate, with the work they share."""

    def __init__(
        self, program: Program, certificate: Certificate, claims: Collection[Claim]
    ) -> None:
        self._program = program
        self._formulas = [certificate.at(index) for index in range(len(program.threads))]
        self._seen: dict[Expr, frozenset[Var]] = {}
        self._claimed = {program.threads[c.thread].checks[c.check] for c in claims}
        self._others = [self._as_other(index) for index in range(len(program.threads))]

    def start(self, index: int) -> Question:
        """Ask that the *index*-th kind starts within its formula, and is deterministic."""
        program, thread = self._program, self._program.threads[index]
        wrong = not_(self._formulas[index][thread.start])
        cases = (
            ("Init", all_of([program.initial, thread.initial, wrong])),
            ("Guards", any_of(_overlaps(thread))),
        )
        return Question(f"start of {thread.name}", program.facts, cases)

    def blocks(self, index: int, cuts: tuple[int, ...]) -> Iterator[Question]:
        """Ask all about the blocks of the *index*-th kind of thread."""
        thread = self._program.threads[index]
        order = inner_order(thread, frozenset(cuts))
        for cut in cuts:
            walked = region(thread, cut, frozenset(cuts), order)
            cases = (*self._own(index, walked), *self._interference(index, walked))
            premise = and_(self._program.facts, self._formulas[index][cut])
            yield Question(f"block of {thread.name} from {cut}", premise, cases)

    def _own(self, index: int, walked: Region) -> Iterator[tuple[str, Expr]]:
        for check, condition in walked.asked:
            if check in self._claimed or check.kind is CheckKind.BOUND:
                yield f"Check {check.kind.value} at {check.site}", condition
        for cut, path in walked.exits:
            later = substitute(self._formulas[index][cut], path.values)
            yield f"Own {cut}", and_(path.condition, not_(later))

    def _interference(self, index: int, walked: Region) -> Iterator[tuple[str, Expr]]:
        if not walked.writes:
            return
        write = joined(walked.writes)
        me = self._program.threads[index].identity
        for number, other in enumerate(self._program.threads):
            if number == index and other.count == 1:
                continue
            them = as_other(other.identity)
            differ = ne(me, them) if me.sort == them.sort else TRUE
            broken = self._broken(self._others[number], write.values)
            yield f"Interference with {other.name}", all_of([write.condition, differ, broken])

    def _as_other(self, index: int) -> tuple[Expr, ...]:
        """Return the formulas of the *index*-th kind, about a thread that is not the actor."""
        thread = self._program.threads[index]
        names: Values = {v: as_other(v) for v in (*thread.locals, thread.identity)}
        known: dict[Expr, Expr] = {}
        return tuple(substitute(f, names, known) for f in self._formulas[index].values())

    def _broken(self, formulas: tuple[Expr, ...], written: Values) -> Expr:
        """Say that one of *formulas* holds, but no longer once *written* is."""
        known: dict[Expr, Expr] = {}
        cases = []
        for formula in formulas:
            # The parts that mention nothing written go on holding.
            parts = [p for p in _parts(formula) if variables(p, self._seen) & written.keys()]
            later = all_of(substitute(part, written, known) for part in parts)
            cases.append(and_(formula, not_(later)))
        return any_of(cases)


def _overlaps(thread: Thread) -> Iterator[Expr]:
    for edges in outgoing(thread).values():
        for one, two in combinations(edges, 2):
            yield and_(one.guard, two.guard)


def _parts(formula: Expr) -> Iterator[Expr]:
    stack = [formula]
    while stack:
        part = stack.pop()
        if isinstance(part, Binary) and part.op is BinaryOp.AND:
            stack += part.children
        else:
            yield part
