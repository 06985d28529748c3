"""Questions asked of Z3: a fresh solver each, and only about bit-vectors."""

from __future__ import annotations

from collections.abc import Sequence

import z3

from cecheck.certify.answer import Answer, GaveUp, Sat, Unsat
from cecheck.certify.questions import Question, first_unsat
from cecheck.encode.terms import Terms, is_pure
from cecheck.ir.expr import Expr, Var

# What Z3's own tactic for bit-vectors does, without the passes that cost more than they save here.
_STEPS = ("simplify", "propagate-values", "solve-eqs", "simplify", "bit-blast", "sat")


def z3_says(questions: Sequence[Question], *, rlimit: int = 0) -> tuple[Answer, ...]:
    """Return Z3's answers; *rlimit* bounds the work for each (0: no bound)."""
    names: dict[Var, str] = {}
    terms = Terms(lambda var: names.setdefault(var, f"v{len(names)}"))
    return tuple(first_unsat(q, lambda e: _answer(e, terms, rlimit)) for q in questions)


def _answer(expr: Expr, terms: Terms, rlimit: int) -> Answer:
    asked = terms(expr)
    # A solver made for a logic may answer wrongly outside it; so a look.
    if not is_pure([asked]):
        return GaveUp("not a question about bit-vectors alone")
    solver = z3.Then(*_STEPS).solver()
    solver.set("rlimit", rlimit)
    solver.add(asked)
    try:
        result = solver.check()
    except z3.Z3Exception as problem:
        return GaveUp(str(problem))
    if result == z3.unsat:
        return Unsat()
    return Sat() if result == z3.sat else GaveUp(solver.reason_unknown())
