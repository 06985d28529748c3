"""The questions a certificate must pass, all derived from the program (semantics 9.1, level 1).

Inv(t, c) is the certificate's formula for a thread of kind t that stands at cut c.  Each of these
must be unsatisfiable:

- Init: facts, an initial state of t, and not Inv(t, start);
- Guards: facts, and two guards of one location at once (the walk relies on it);
- Check: facts, Inv(t, c), and a block of t from c in which a check is violated;
- Own: the same, and a block that arrives at a cut c' where Inv(t, c') fails;
- Interference: the same, and a write in the block that makes Inv(u, d) of another thread fail.

What a check proves is not assumed behind it, which keeps questions small; an unclaimed violation
ends the run.  A write counts from the moment it is made, whatever the block runs into later.
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
    """What must be unsatisfiable, and what it means if it is not."""

    name: str
    refutation: Expr


def questions(
    program: Program, certificate: Certificate, claims: Collection[Claim]
) -> tuple[Question, ...]:
    """Return what must be unsatisfiable for *certificate* to prove *claims*.

    Only what is false as it stands is left out.
    """
    asker = _Asker(program, certificate, claims)
    found = [q for index in range(len(program.threads)) for q in asker.about(index)]
    return tuple(question for question in found if question.refutation is not FALSE)


class _Asker:
    """The questions about one program and certificate, with the work they share."""

    def __init__(
        self, program: Program, certificate: Certificate, claims: Collection[Claim]
    ) -> None:
        self._program = program
        self._formulas = [certificate.at(index) for index in range(len(program.threads))]
        self._seen: dict[Expr, frozenset[Var]] = {}
        claimed = {program.threads[claim.thread].checks[claim.check] for claim in claims}
        checks = [check for thread in program.threads for check in thread.checks]
        self._asked = claimed | {check for check in checks if check.kind is CheckKind.BOUND}
        self._others = [self._as_other(index) for index in range(len(program.threads))]

    def about(self, index: int) -> Iterator[Question]:
        """Ask all about the *index*-th kind of thread."""
        program, thread = self._program, self._program.threads[index]
        wrong = not_(self._formulas[index][thread.start])
        initial = [program.facts, program.initial, thread.initial, wrong]
        yield Question(f"Init of {thread.name}", all_of(initial))
        overlaps = and_(program.facts, any_of(_overlaps(thread)))
        yield Question(f"Guards of {thread.name}", overlaps)
        cuts = frozenset(self._formulas[index])
        order = inner_order(thread, cuts)
        for cut, formula in self._formulas[index].items():
            walked = region(thread, cut, cuts, order, self._asked)
            premise = and_(program.facts, formula)
            for name, case in (*self._own(index, walked), *self._interference(index, walked)):
                yield Question(f"{name} in {thread.name} from {cut}", and_(premise, case))

    def _own(self, index: int, walked: Region) -> Iterator[tuple[str, Expr]]:
        for check, violated in walked.asked:
            yield f"Check {check.kind.value} at {check.site}", violated
        for cut, path in walked.exits:
            later = substitute(self._formulas[index][cut], path.values)
            yield f"Own at {cut}", and_(path.condition, not_(later))

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
        names: Values = {var: as_other(var) for var in (*thread.locals, thread.identity)}
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
