"""Questions to a solver, answered in one of three ways, each of which must be matched.

Terms are pure QF_BV by construction (`encode.terms`), so the bit-vector solver may be used here,
where every answer is a claim that other code checks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeAlias

import z3

from cecheck.encode.terms import Term
from cecheck.record import record


class Solver(Protocol):
    """What `ask` needs of a solver."""

    def check(self, *assumptions: Term) -> Any:
        """Return ``z3.sat``, ``z3.unsat`` or anything else."""

    def model(self) -> Any:
        """Return the model of the last check."""

    def unsat_core(self) -> Any:
        """Return the assumptions that the last refutation used."""

    def reason_unknown(self) -> str:
        """Return why the last check gave neither answer."""


@record
class Sat:
    """There is an example."""

    model: Any


@record
class Unsat:
    """There is none; *core* are the assumptions that were needed."""

    core: tuple[Term, ...]


@record
class GaveUp:
    """The solver does not know."""

    reason: str


NEVER = 1_000_000_000  # conflicts before the solver simplifies its clauses

Answer: TypeAlias = Sat | Unsat | GaveUp


def ask(solver: Solver, assumptions: Sequence[Term] = ()) -> Answer:
    """Return what *solver* says of its assertions under *assumptions*."""
    try:
        result = solver.check(*assumptions)
    except z3.Z3Exception as error:
        if "memory" in str(error):  # z3 cannot be used after that
            raise MemoryError(str(error)) from error
        return GaveUp(str(error))
    if result == z3.sat:
        return Sat(solver.model())
    if result == z3.unsat:
        return Unsat(tuple(solver.unsat_core()) if assumptions else ())
    return GaveUp(solver.reason_unknown())


class Budget:
    """Resource units that questions use up together: the same on every machine."""

    def __init__(self, units: int) -> None:
        self.left = units
        idle = bit_vector_solver()
        idle.check()
        self._seen = _count(idle)  # z3 counts for the whole process

    def ask(self, solver: Any, assumptions: Sequence[Term] = ()) -> Answer:
        """Ask *solver* within what is left, and take off what it used."""
        if self.left <= 0:
            return GaveUp("resource limit")
        solver.set("rlimit", self.left)
        answer = ask(solver, assumptions)
        count = _count(solver) or self._seen
        self.left -= count - self._seen
        self._seen = count
        return answer


def _count(solver: Any) -> int:
    statistics = solver.statistics()
    for number in reversed(range(len(statistics))):
        name, value = statistics[number]
        if name == "rlimit count":
            return int(value)
    return 0


def bit_vector_solver() -> Any:
    """Return a solver for pure bit-vector questions.

    It is asked hundreds of small questions: to simplify its clauses between them, as it would,
    takes longer than what that saves.
    """
    solver = z3.SolverFor("QF_BV")
    solver.set("simplify.delay", NEVER)
    return _Direct(solver)


class _Direct:
    """A Z3 solver called through the C functions: z3py would take as long as the questions."""

    def __init__(self, solver: Any) -> None:
        self._solver = solver
        self._ref = solver.ctx.ref()
        self.model = solver.model
        self.unsat_core = solver.unsat_core
        self.reason_unknown = solver.reason_unknown
        self.set = solver.set
        self.statistics = solver.statistics

    def add(self, *terms: Term) -> None:
        """Assert *terms*."""
        for term in terms:
            z3.Z3_solver_assert(self._ref, self._solver.solver, term.ast)

    def check(self, *assumptions: Term) -> Any:
        """Return what z3 answers."""
        count = len(assumptions)
        known = (z3.Ast * count)(*[term.ast for term in assumptions])
        answer = z3.Z3_solver_check_assumptions(self._ref, self._solver.solver, count, known)
        return z3.CheckSatResult(answer)


def _implies(premise: Term, conclusion: Term) -> Term:
    made = z3.Z3_mk_implies(premise.ctx.ref(), premise.ast, conclusion.ast)
    return z3.BoolRef(made, premise.ctx)


def _some(terms: Sequence[Term]) -> Term:
    context, count = terms[0].ctx, len(terms)
    made = z3.Z3_mk_or(context.ref(), count, (z3.Ast * count)(*[term.ast for term in terms]))
    return z3.BoolRef(made, context)


class Questions:
    """A solver with switches: what a switch stands for holds where the switch is on."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._solver = bit_vector_solver()
        self._switches: dict[object, Term] = {}
        self._keys: dict[str, object] = {}
        self._goals = 0

    def always(self, *terms: Term) -> None:
        """Assert *terms*."""
        self._solver.add(*terms)

    def switch(self, key: object, meaning: Callable[[], Term] | None = None) -> Term:
        """Return the switch of *key*; on its first use, let it imply *meaning*."""
        if key not in self._switches:
            name = f"s{len(self._switches)}"
            self._switches[key] = z3.Bool(name)
            self._keys[name] = key
            if meaning is not None:
                self._solver.add(_implies(self._switches[key], meaning()))
        return self._switches[key]

    def flag(self, key: object, meaning: Callable[[], Term]) -> Term:
        """Return a switch that is on exactly where *meaning* holds."""
        if key not in self._switches:
            self._solver.add(self.switch(key) == meaning())
        return self._switches[key]

    def some(self, goals: Sequence[Term], assumed: Iterable[Term]) -> Answer:
        """Ask whether one of *goals* is possible with the switches *assumed* on."""
        goal = z3.Bool(f"g{self._goals}")
        self._goals += 1
        self._solver.add(_implies(goal, _some(goals)))
        answer = self._budget.ask(self._solver, [*assumed, goal])
        self._solver.add(z3.Not(goal))
        return answer

    def keys(self, core: Iterable[Term]) -> list[object]:
        """Return the keys of the switches in *core*."""
        names = [term.decl().name() for term in core]
        return [self._keys[name] for name in names if name in self._keys]
