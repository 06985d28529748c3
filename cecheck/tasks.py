"""What children are asked to do for one program, as tasks: prove, search, judge.

The work is imported where it is done: a process that only starts children loads no solver, unless
it is asked to.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial

from cecheck.certify import check
from cecheck.certify.answer import Answer, Sat
from cecheck.certify.check import Case
from cecheck.certify.questions import Claim, Question
from cecheck.engines import wire
from cecheck.engines.child import Json, Limits
from cecheck.engines.crew import Task
from cecheck.engines.verdict import Name
from cecheck.ir.certificate import Certificate, OtherProgram, from_json, to_json
from cecheck.ir.expr import Expr
from cecheck.ir.node import fold
from cecheck.ir.program import Check, CheckKind, Program
from cecheck.ir.serial import Malformed
from cecheck.options import Options

# What is spent round by round: first whatever answers soon, for one engine finds in a moment what
# another searches for in vain.
FACTORS = (1, 2, 4, 16)  # of the resource limit
SPACER = (0.05, 1, 4, 16)  # the same, for Spacer
DEPTHS = (4, 16, 24, 40)  # blocks that a search looks ahead
CIRCLE = 16  # blocks to a run that comes round
NEAR, FAR = (3, 1), (24, 1)  # blocks to a site, and the factor, before and after it was asked dead
WITH_OTHERS = (16, 0.1)  # the same, before that, where there is more than one kind of thread
AT_ONCE = 0.01  # seconds, where the time is over
DOUBTS = 8  # checks of which it is told what lemmas do not rule out
MOMENT, SHORT = 2.0, 0.05  # seconds, and of the time limit, for what is told when time is over
SMALLER = 5  # times as many, where reductions are off and a block is one edge


def load_solvers(options: Options) -> None:
    """Load the code of the solvers, once for all children to come.

    None is used here, so there is nothing of theirs but code: no context, no thread.
    """
    for name in judges(options):
        _solver(name)
    import cecheck.engines.bmc  # noqa: PLC0415
    import cecheck.engines.houdini  # noqa: F401, PLC0415


def judges(options: Options) -> tuple[str, str]:
    """Return the solvers that confirm a proof: two that share no code."""
    return "z3", options.second.value


def _limits(options: Options) -> Limits:
    """Return what is left to a child of the time of its specification."""
    if options.deadline is None:
        return Limits(options.timeout)
    return Limits(max(options.deadline - time.monotonic(), AT_ONCE))


def proving(program: Program, names: Sequence[Name], options: Options, number: int) -> Task:
    """Return the task to offer a certificate for *names*, in round *number*."""
    budget = options.rlimit * FACTORS[number]
    work = partial(_prove, program, names, budget, options.reduce)
    return Task("houdini", work, _limits(options))


def _prove(program: Program, names: Sequence[Name], budget: int, reduce: bool) -> Json:
    from cecheck.engines.houdini import settle  # noqa: PLC0415  (loads a solver: in the child)
    from cecheck.engines.lemmas import candidates  # noqa: PLC0415
    from cecheck.engines.solve import Budget  # noqa: PLC0415
    from cecheck.lower.blocks import blocks  # noqa: PLC0415

    claims = _claims(program, names)
    large = blocks(program, large=reduce, ends=_unclaimed(program, claims))
    outcome = settle(large, candidates(large), Budget(budget))
    if isinstance(outcome, str):
        return {"engine": "houdini", "reason": outcome}
    return {"engine": "houdini", "certificate": to_json(outcome.certificate)}


def _claims(program: Program, names: Sequence[Name]) -> list[Name]:
    """Return *names* and the bounds of the model, which every certificate must rule out."""
    return list(dict.fromkeys([*names, *bounds(program)]))


def bounds(program: Program) -> dict[Name, Check]:
    """Return the bounds of the model, by name."""
    return {
        Name(kind, number): check
        for kind, thread in enumerate(program.threads)
        for number, check in enumerate(thread.checks)
        if check.kind is CheckKind.BOUND
    }


def _unclaimed(program: Program, claims: Sequence[Name]) -> Callable[[Check], bool]:
    """Return which checks end a run for a proof of *claims*: as `certify` has it, the others."""
    claimed = {id(program.threads[name.thread].checks[name.check]) for name in claims}
    return lambda check: (
        check.kind.ends_run and check.prefix is None and id(check) not in claimed
    )


def reaching(
    program: Program, names: Sequence[Name], options: Options, how_far: tuple[int, float]
) -> Task:
    """Return the task to find runs that reach the places of *names*, up to *how_far* blocks and
    with so many times the budget."""
    work = partial(_search, program, names, names, _effort(options, *how_far), "reached")
    return Task("bmc", work, _limits(options))


def violating(
    program: Program, names: Sequence[Name], wanted: Sequence[Name], options: Options, number: int
) -> Task:
    """Return the task to find runs that violate *names*, in round *number*.

    It ends when it has found all of those *wanted*; for a bound of the model it goes no further
    than for anything else.
    """
    known = bounds(program)
    aims = [name for name in wanted if name not in known] or wanted
    effort = _effort(options, DEPTHS[number], FACTORS[number])
    work = partial(_search, program, names, aims, effort, "violated")
    return Task("bmc", work, _limits(options))


def _effort(options: Options, bound: int, factor: float) -> tuple[int, int, bool]:
    """Return the solver's budget, how many blocks to look ahead, and whether they are large."""
    blocks = bound if options.reduce else bound * SMALLER
    return _units(options, factor), blocks, options.reduce


def _units(options: Options, factor: float) -> int:
    """Return *factor* times the resource limit, at least 1: none would be no limit to a solver."""
    return int(options.rlimit * factor) or 1


def _search(
    program: Program,
    names: Sequence[Name],
    wanted: Collection[Name],
    effort: tuple[int, int, bool],
    part: str,
) -> Json:
    from cecheck.encode.unroll import Part  # noqa: PLC0415
    from cecheck.engines.bmc import Effort, search  # noqa: PLC0415
    from cecheck.engines.solve import Budget  # noqa: PLC0415

    budget, bound, large = effort
    found = search(program, names, Part(part), Effort(Budget(budget), bound, large), wanted)
    runs = [[n.thread, n.check, wire.to_data(r.schedule)] for n, r in found.runs.items()]
    changing = [[name.thread, name.check] for name in found.changing]
    return {"engine": "bmc", "runs": runs, "reason": found.reason, "changing": changing}


def doubting(
    program: Program, certificate: Certificate, names: Sequence[Name], options: Options
) -> Task:
    """Return the task to find states that *certificate* allows, from which *names* are violated.

    It is about what nobody could decide: it may take a moment though the time is over.
    """
    moment = min(MOMENT, options.timeout * SHORT)
    limits = _limits(options)
    work = partial(_doubt, program, certificate, names, options.rlimit)
    return Task("doubts", work, replace(limits, wall=max(limits.wall, moment)))


def _doubt(
    program: Program, certificate: Certificate, names: Sequence[Name], budget: int
) -> Json:
    from cecheck.engines.doubts import doubts  # noqa: PLC0415
    from cecheck.engines.solve import Budget  # noqa: PLC0415

    found = doubts(program, certificate, names, Budget(budget))
    told = [[n.thread, n.check, d.cut, d.values, d.matter] for n, d in found.items()]
    return {"engine": "doubts", "doubts": told}


def spacing(program: Program, names: Sequence[Name], options: Options, number: int) -> Task:
    """Return the task to have Spacer find a certificate for *names*, in round *number*."""
    budget = _units(options, SPACER[number])
    work = partial(_spacer, program, names, budget, options.reduce)
    return Task("spacer", work, _limits(options))


def _spacer(program: Program, names: Sequence[Name], budget: int, reduce: bool) -> Json:
    from cecheck.engines.houdini import settle  # noqa: PLC0415
    from cecheck.engines.lemmas import candidates  # noqa: PLC0415
    from cecheck.engines.solve import Budget  # noqa: PLC0415
    from cecheck.engines.spacer import Safe, search  # noqa: PLC0415
    from cecheck.lower.blocks import blocks  # noqa: PLC0415

    claims = _claims(program, names)
    large = blocks(program, large=reduce, ends=_unclaimed(program, claims))
    known = settle(large, candidates(large), Budget(budget))
    lemmas = tuple({} for _ in program.threads) if isinstance(known, str) else known.lemmas
    hint = search(large, lemmas, claims, budget)
    if not isinstance(hint, Safe):
        return {"engine": "spacer", "reason": str(hint)}
    outcome = settle(large, hint.lemmas, Budget(budget))
    if isinstance(outcome, str):
        return {"engine": "spacer", "reason": outcome}
    return {"engine": "spacer", "certificate": to_json(outcome.certificate)}


def measuring(
    program: Program, names: Sequence[Name], options: Options, every_lemma: bool
) -> Task:
    """Return the task to offer a certificate with measures for the loops *names*."""
    work = partial(_measure, program, names, options.rlimit, (options.reduce, every_lemma))
    return Task("measures", work, _limits(options))


def _measure(
    program: Program, names: Sequence[Name], budget: int, how: tuple[bool, bool]
) -> Json:
    from cecheck.engines.measures import Way, measuring  # noqa: PLC0415
    from cecheck.engines.solve import Budget  # noqa: PLC0415

    def ends(whole: Program) -> Callable[[Check], bool]:
        return _unclaimed(whole, _claims(whole, names))

    found = measuring(program, names, Way(ends, *how), Budget(budget))
    if isinstance(found, str):
        return {"engine": "measures", "reason": found}
    return {"engine": "measures", "certificate": to_json(found)}


def circling(program: Program, names: Sequence[Name], options: Options) -> Task:
    """Return the task to find runs that come round in the loops *names*."""
    work = partial(_circle, program, names, _effort(options, CIRCLE, 1))
    return Task("bmc", work, _limits(options))


def _circle(program: Program, names: Sequence[Name], effort: tuple[int, int, bool]) -> Json:
    from cecheck.encode.unroll import Part  # noqa: PLC0415
    from cecheck.engines.bmc import Effort, search  # noqa: PLC0415
    from cecheck.engines.lasso import as_before, keeping  # noqa: PLC0415
    from cecheck.engines.solve import Budget  # noqa: PLC0415

    budget, bound, large = effort
    kept = keeping(program, names)
    found = search(kept, names, Part.VIOLATED, Effort(Budget(budget), bound, large))
    runs = [
        [name.thread, name.check, wire.to_data(as_before(program, run.schedule))]
        for name, run in found.runs.items()
    ]
    return {"engine": "bmc", "runs": runs, "reason": found.reason}


def case(program: Program, certificate: Certificate, names: Sequence[Name]) -> Case:
    """Return what to ask of *certificate*, which is to prove *names*."""
    return check.case(program, certificate, [Claim(name.thread, name.check) for name in names])


def judging(case: Case, by: str, options: Options) -> Task:
    """Return the task to ask the solver *by* whether a certificate proves what is claimed."""
    return Task(by, partial(_certify, case, by), _limits(options))


def _certify(case: Case, by: str) -> Json:
    found = check.judged(case, _solver(by))
    unproved = [[claim.thread, claim.check, why] for claim, why in found.unproved.items()]
    return {"flaws": list(found.flaws), "unproved": unproved}


def _solver(by: str) -> check.Backend:
    if by == "z3":
        from cecheck.certify.ask_z3 import z3_says  # noqa: PLC0415

        return z3_says
    if by == "bitwuzla":
        from cecheck.certify.ask_bitwuzla import bitwuzla_says  # noqa: PLC0415

        return bitwuzla_says
    from cecheck.certify.ask_cvc5 import cvc5_says  # noqa: PLC0415

    return cvc5_says


_DEEPEST = 5000  # of a formula: solvers go down on their stacks


def _bound_depth(certificate: Certificate) -> None:
    depths: dict[Expr, int] = {}
    for formula in (part for parts in certificate.formulas for part in parts):
        if fold(formula, lambda _, below: 1 + max(below, default=0), depths) > _DEEPEST:
            raise Malformed("a formula nests too deep")


def certifying(program: Program, text: str, claims: Sequence[tuple[int, int]], by: str) -> Json:
    """Say, in a child, what the solver *by* finds *wrong* with the certificate *text* of
    *program*, and whether *surely*: a question was answered, and not as it must be.

    The text may come from anybody; *malformed* is one that is no certificate.
    """
    try:
        certificate = from_json(text, program)
        _bound_depth(certificate)
    except Malformed as problem:
        return {"malformed": str(problem), "other": isinstance(problem, OtherProgram)}
    asked = check.case(program, certificate, [Claim(*name) for name in claims])
    satisfied: list[bool] = []

    def says(questions: Sequence[Question]) -> tuple[Answer, ...]:
        answers = _solver(by)(questions)
        satisfied.extend(isinstance(answer, Sat) for answer in answers)
        return answers

    found = check.judged(asked, says)
    wrong = [*found.flaws, *found.unproved.values()]
    surely = bool(asked.flaws) or any(satisfied)
    return {"wrong": list(dict.fromkeys(wrong)), "surely": surely and bool(wrong)}


def replaying(work: Callable[[], Json], options: Options) -> Task:
    """Return the task to try runs from elsewhere where they can be stopped."""
    return Task("replay", work, _limits(options))
