"""The smaller questions of the judge stand for the whole ones."""

from __future__ import annotations

from pathlib import Path

import pytest
import z3

from cecheck.certify.answer import Unsat
from cecheck.certify.ask_z3 import z3_says
from cecheck.certify.questions import Claim, Question, questions
from cecheck.encode.terms import Terms
from cecheck.engines.houdini import Outcome, settle
from cecheck.engines.lemmas import candidates
from cecheck.engines.solve import Budget
from cecheck.ir.build import and_, not_
from cecheck.ir.program import Check, Program
from cecheck.lower.blocks import blocks
from cecheck.lower.link import lower, views
from cecheck.reading import shipped_platform
from cecheck.sema.elaborate import elaborate
from cecheck.syntax import limits
from cecheck.syntax.parse import parse

SPECS = Path(__file__).parents[2] / "specs" / "seed"


def none(check: Check) -> bool:
    """No check ends a run: all are claimed."""
    return False


def asked(program: Program) -> tuple[Question, ...]:
    """Return what is asked of all checks of *program*, given what is inductive."""
    whole = blocks(program, ends=none)
    outcome = settle(whole, candidates(whole), Budget(10**9))
    assert isinstance(outcome, Outcome)
    claims = [
        Claim(kind, number)
        for kind, thread in enumerate(program.threads)
        for number in range(len(thread.checks))
    ]
    return questions(program, outcome.certificate, claims)


def programs(name: str) -> list[Program]:
    """Return both views of a shipped specification."""
    source = limits.read_source(SPECS / name)
    file, _ = parse(source)
    assert file is not None
    spec, _ = elaborate(file, shipped_platform)
    assert spec is not None
    return [lower(spec, view) for view in views(spec)]


@pytest.mark.parametrize("name", ["s02_nested_mapped.ce", "s06_random_access_bounded.ce"])
def test_each_whole_question_has_no_solution_either(name: str) -> None:
    """What small questions prove, Z3 proves from the whole ones, simplified by nobody."""
    for program in programs(name):
        whole = [Question(question.name, question.refutation) for question in asked(program)]
        assert all(isinstance(answer, Unsat) for answer in z3_says(whole))


@pytest.mark.parametrize("name", ["s02_nested_unmapped.ce", "s06_smaller_check.ce"])
def test_a_gist_follows_from_the_whole_question(name: str) -> None:
    """Where nothing was forgotten that can be asked outright; here some have solutions."""
    for program in programs(name):
        for question in asked(program):
            names: dict[object, str] = {}
            terms = Terms(lambda var, names=names: names.setdefault(var, f"v{len(names)}"))
            solver = z3.Solver()
            solver.add(terms(and_(question.refutation, not_(question.gists[-1]))))
            assert solver.check() == z3.unsat, question.name
