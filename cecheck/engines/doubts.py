"""Why lemmas do not prove a check: a state that they allow, from which it is violated.

    Bradley: SAT-Based Model Checking without Unrolling.  VMCAI 2011 (counterexamples to induction).

Such a state need not be reachable.  It is a question to whoever wrote the specification: if no run
gets there, an `invariant` that says so helps the proof.  Nothing rests on the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cecheck.certify.walk import Cuts, inner_order, region
from cecheck.encode.terms import Term, Terms, read_value
from cecheck.engines.modular import Names
from cecheck.engines.solve import Budget, Sat, bit_vector_solver
from cecheck.engines.verdict import Doubt, Name
from cecheck.ir.assume import Known
from cecheck.ir.build import and_, eq, word
from cecheck.ir.certificate import Certificate
from cecheck.ir.expr import FALSE, Binary, BinaryOp, Expr, Ite, Scope, Var, variables
from cecheck.ir.program import Program
from cecheck.replay.interp import evaluate

MOST = 12  # variables that are made small, for the sake of who reads it
_OF_A_STATE = (Scope.RIGID, Scope.GLOBAL, Scope.LOCAL)


def doubts(
    program: Program, certificate: Certificate, names: Iterable[Name], budget: Budget
) -> dict[Name, Doubt]:
    """Return a state for each of *names* from which a block violates it, if there is one."""
    found = {name: _doubt(program, certificate, name, budget) for name in names}
    return {name: doubt for name, doubt in found.items() if doubt is not None}


def _doubt(
    program: Program, certificate: Certificate, name: Name, budget: Budget
) -> Doubt | None:
    thread = program.threads[name.thread]
    check, formulas = thread.checks[name.check], certificate.at(name.thread)
    cuts = frozenset(formulas)
    graph = Cuts(thread, cuts, inner_order(thread, cuts))
    for cut, formula in formulas.items():
        known = Known().also(program.facts, formula)
        for path, together in region(graph, cut, {id(check)}, known).asked:
            goal = and_(*path.parts, *(violated for _, violated in together))
            values = _state(and_(program.facts, formula), goal, budget)
            if values is not None:
                held = {var.name: value for var, value in values.items()}
                matter = [v.name for v in _needed(goal, values) if v.scope in _OF_A_STATE]
                return Doubt(cut, held, tuple(sorted(matter)))
    return None


def _state(premise: Expr, goal: Expr, budget: Budget) -> dict[Var, int] | None:
    """Return values that satisfy both, small ones where that is possible."""
    if goal is FALSE:
        return None
    terms, solver = Terms(Names()), bit_vector_solver()
    solver.add(terms(premise), terms(goal))
    every = sorted(variables(premise) | variables(goal), key=lambda var: var.name)
    kept: list[Term] = []
    values = _asked(solver, terms, every, kept, budget)
    if values is None:
        return None
    large = [var for var in sorted(_needed(goal, values), key=lambda v: v.name) if var.sort.width]
    for var in large[:MOST]:
        for number in range(min(values[var], 2)):
            is_small = terms(eq(var, word(number, var.sort.width)))
            smaller = _asked(solver, terms, every, [*kept, is_small], budget)
            if smaller is not None:
                values = smaller
                kept.append(is_small)
                break
    return values


def _asked(
    solver: object, terms: Terms, wanted: Iterable[Var], assumed: list[Term], budget: Budget
) -> dict[Var, int] | None:
    answer = budget.ask(solver, assumed)
    if not isinstance(answer, Sat):
        return None
    return {var: read_value(answer.model, terms(var)) for var in wanted}


def _needed(goal: Expr, values: Mapping[Var, int]) -> set[Var]:
    """Return variables that make *goal* true with these *values*, whatever the others are."""
    results: dict[Expr, int] = {}

    def value(expr: Expr) -> int:
        return evaluate(expr, lambda var: values.get(var, 0), results)

    found: set[Var] = set()
    seen, waiting = {goal}, [goal]
    while waiting:
        node = waiting.pop()
        match node:
            case Var():
                found.add(node)
                children: tuple[Expr, ...] = ()
            case Ite():
                children = (node.condition, node.then if value(node.condition) else node.otherwise)
            case Binary(op=BinaryOp.AND | BinaryOp.OR):
                decides = node.op is BinaryOp.OR
                deciding = [child for child in node.children if value(child) == decides]
                children = tuple(deciding[:1]) or node.children
            case _:
                children = node.children
        waiting += [child for child in children if child not in seen]
        seen.update(children)
    return found
