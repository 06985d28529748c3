"""The questions a certificate must pass, all derived from the program (semantics 9.1, level 1).

Inv(t, c) is the certificate's formula for a thread of kind t that stands at cut c.  Each of these
must be unsatisfiable:

- Init: facts, an initial state of t, and not Inv(t, start);
- Guards: facts, and two guards of one location at once (the walk relies on it), or none of
  them where a block must go on (`structure.exposed`);
- Check: facts, Inv(t, c), and a block of t from c in which a check is violated;
- Own: the same, and a block that arrives at a cut c' where Inv(t, c') fails;
- Interference: the same, and a write in the block that makes Inv(u, d) of another thread fail.

What a check proves is not assumed behind it, which keeps questions small; an unclaimed violation
ends the run.  No violation hides what a block wrote: nothing that ends the run comes behind what
others see of it (`structure`), so that is asked once, at its end.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import combinations
from typing import TypeAlias

from cecheck.certify.answer import Answer, Unsat
from cecheck.certify.structure import exposed
from cecheck.certify.walk import Cuts, Path, Region, Values, as_other, inner_order, joined, region
from cecheck.ir.assume import Known, alike, conjuncts, forgotten, propagated
from cecheck.ir.build import all_of, and_, any_of, ne, not_, substitute
from cecheck.ir.certificate import Certificate
from cecheck.ir.expr import FALSE, TRUE, Binary, BinaryOp, Expr, variables
from cecheck.ir.movers import movers
from cecheck.ir.program import Check, CheckKind, Program, Thread, outgoing
from cecheck.record import record


@record
class Claim:
    """The *check*-th check of the *thread*-th kind of thread is never violated."""

    thread: int
    check: int


@record
class Question:
    """What must be unsatisfiable, and what it means if it is not.

    Each of *gists* follows from the *refutation*: they are smaller, and if one of them has no
    solution then neither has.  *claims* are what it asks, none if everything rests on it.
    """

    name: str
    refutation: Expr
    gists: tuple[Expr, ...] = ()
    claims: tuple[Claim, ...] = ()


def questions(
    program: Program, certificate: Certificate, claims: Collection[Claim]
) -> tuple[Question, ...]:
    """Return what must be unsatisfiable for *certificate* to prove *claims*.

    Only what is false as it stands is left out; what our own simplification settles is asked
    all the same.  Claims about one place are asked together.
    """
    asker = _Asker(program, certificate, claims)
    found = [q for index in range(len(program.threads)) for q in asker.about(index)]
    return tuple(question for question in found if question.refutation is not FALSE)


def apart(
    program: Program,
    certificate: Certificate,
    claims: Collection[Claim],
    wanted: Collection[Claim],
) -> tuple[Question, ...]:
    """Return those `questions` that ask the *wanted* ones of *claims*, one claim each."""
    asker = _Asker(program, certificate, claims)
    found = [q for index in range(len(program.threads)) for q in asker.one_by_one(index, wanted)]
    return tuple(question for question in found if question.refutation is not FALSE)


def question(
    name: str, premises: Iterable[Expr], goal: Expr, claims: tuple[Claim, ...] = ()
) -> Question:
    """Return the question whether *goal* is possible where all *premises* hold."""
    parts = [part for premise in premises for part in conjuncts(premise)]
    near, aim = propagated(alike(parts, goal), goal)
    gists = [all_of([*near, *aim])]
    less = forgotten(near, all_of(aim))
    if less is not None:
        gists.insert(0, and_(*alike(*less), less[1]))
    return Question(name, and_(*parts, goal), tuple(gists), claims)


def first_unsat(asked: Question, says: Callable[[Expr], Answer]) -> Answer:
    """Return what a solver *says* of the gists, the first that has no solution, or of the whole."""
    for gist in asked.gists if FALSE not in asked.gists else ():
        answer = says(gist)
        if isinstance(answer, Unsat):
            return answer
    return says(asked.refutation)


def _either(conditions: Iterable[Expr]) -> Expr:
    """Return the disjunction of *conditions*; what all have in common is said once."""
    parts = [dict.fromkeys(conjuncts(one)) for one in conditions if one is not FALSE]
    common = [part for part in parts[0] if all(part in own for own in parts)] if parts else []
    rests = [all_of(part for part in own if part not in common) for own in parts]
    return and_(*common, any_of(rests))


_Case: TypeAlias = tuple[str, Path, Expr, tuple[Claim, ...]]  # name, path, goal, claims


class _Asker:
    """The questions about one program and certificate, with the work they share."""

    def __init__(
        self, program: Program, certificate: Certificate, claims: Collection[Claim]
    ) -> None:
        self._program = program
        # By identity: two checks may be alike, and each is a claim of its own.
        self._claims: dict[int, list[Claim]] = {}
        for claim in claims:
            check = program.threads[claim.thread].checks[claim.check]
            self._claims.setdefault(id(check), []).append(claim)
        self._moves = movers(program)
        self._formulas = [certificate.at(index) for index in range(len(program.threads))]
        checks = [check for thread in program.threads for check in thread.checks]
        bounds = [check for check in checks if check.kind is CheckKind.BOUND]
        self._asked = self._claims.keys() | {id(check) for check in bounds}
        self._others = [self._as_other(index) for index in range(len(program.threads))]

    def about(self, index: int) -> Iterator[Question]:
        """Ask all about the *index*-th kind of thread."""
        program, thread = self._program, self._program.threads[index]
        wrong = not_(self._formulas[index][thread.start])
        initial = [program.facts, program.initial, thread.initial]
        yield question(f"Init of {thread.name}", initial, wrong)
        cuts = frozenset(self._formulas[index])
        inside = exposed(thread, cuts, self._moves[index])
        wrong = any_of([*_overlaps(thread), *_ends(thread, inside)])
        yield question(f"Guards of {thread.name}", [program.facts], wrong)
        for cut, walked in self._regions(index):
            yield from self._asks(index, cut, self._checks(walked))
            yield from self._asks(index, cut, self._own(index, walked))
            yield from self._asks(index, cut, self._others_of(index, walked))

    def one_by_one(self, index: int, wanted: Collection[Claim]) -> Iterator[Question]:
        """Ask each of the *wanted* claims about the *index*-th kind of thread by itself."""
        for cut, walked in self._regions(index):
            cases = [
                self._check(path, [one])
                for path, together in walked.asked
                for one in together
                if any(claim in wanted for claim in self._claims.get(id(one[0]), ()))
            ]
            yield from self._asks(index, cut, cases)

    def _regions(self, index: int) -> Iterator[tuple[int, Region]]:
        """Yield each cut of the *index*-th kind of thread, and the walk from there."""
        program, thread = self._program, self._program.threads[index]
        cuts = frozenset(self._formulas[index])
        graph = Cuts(thread, cuts, inner_order(thread, cuts))
        for cut, formula in self._formulas[index].items():
            known = Known().also(program.facts, formula)
            yield cut, region(graph, cut, self._asked, known)

    def _asks(self, index: int, cut: int, cases: Iterable[_Case]) -> Iterator[Question]:
        """Yield the questions whether *cases* are possible from *cut*."""
        premise = (self._program.facts, self._formulas[index][cut])
        for where, path, goal, about in cases:
            name = f"{where} in {self._program.threads[index].name} from {cut}"
            yield question(name, (*premise, *path.parts), goal, about)

    def _checks(self, walked: Region) -> Iterator[_Case]:
        """Ask the claims of one place together, and the bounds of the model by themselves."""
        for path, together in walked.asked:
            claimed = [one for one in together if id(one[0]) in self._claims]
            groups = [[one] for one in together if one not in claimed]  # all rests on these
            for group in filter(None, [*groups, claimed]):
                yield self._check(path, group)

    def _check(self, path: Path, group: Sequence[tuple[Check, Expr]]) -> _Case:
        """Ask whether one check of *group*, each with when it is violated, can be."""
        names = ", ".join(f"{check.kind.value} at {check.site}" for check, _ in group)
        about = tuple([c for one, _ in group for c in self._claims.get(id(one), ())])
        return f"Check {names}", path, _either(violated for _, violated in group), about

    def _own(self, index: int, walked: Region) -> Iterator[_Case]:
        for cut, path in walked.exits:
            later = substitute(self._formulas[index][cut], path.values)
            yield f"Own at {cut}", path, not_(later), ()

    def _others_of(self, index: int, walked: Region) -> Iterator[_Case]:
        """Ask whether a write in *walked* may break what holds of another thread."""
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
            yield f"Interference with {other.name}", write, and_(differ, broken), ()

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
            parts = [p for p in _parts(formula) if variables(p) & written.keys()]
            later = all_of(substitute(part, written, known) for part in parts)
            cases.append(and_(formula, not_(later)))
        return any_of(cases)


def _overlaps(thread: Thread) -> Iterator[Expr]:
    for edges in outgoing(thread).values():
        for one, two in combinations(edges, 2):
            yield and_(one.guard, two.guard)


def _ends(thread: Thread, inside: Iterable[int]) -> Iterator[Expr]:
    """Yield when a thread cannot go on from one of the locations *inside* blocks."""
    leaving = outgoing(thread)
    for here in inside:
        yield not_(any_of(edge.guard for edge in leaving.get(here, ())))


def _parts(formula: Expr) -> Iterator[Expr]:
    stack = [formula]
    while stack:
        part = stack.pop()
        if isinstance(part, Binary) and part.op is BinaryOp.AND:
            stack += part.children
        else:
            yield part
