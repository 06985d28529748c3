"""Evidence about one program: claims of engines, each judged by `certify` or `replay`.

Engines run in children and only claim.  A proof counts when two solvers have confirmed the
certificate, a refutation when the interpreter has run it.  Everything else is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from cecheck.certify.questions import Claim
from cecheck.engines import wire
from cecheck.engines.child import Crashed, Done, Json, Limit, Limits, Outcome
from cecheck.engines.crew import Strand, Task
from cecheck.engines.verdict import Disagreement, Name
from cecheck.ir.certificate import Certificate, from_json, to_json
from cecheck.ir.expr import TRUE
from cecheck.ir.program import Check, CheckKind, Program
from cecheck.ir.trace import Trace
from cecheck.options import Engine, Options
from cecheck.record import record
from cecheck.replay.replay import EarlierViolation, Goal, Mismatch, replay

SOLVERS = ("z3", "cvc5")
FACTORS = (1, 4, 16)  # of the resource limit, round by round
DEPTHS = (16, 24, 40)  # blocks that a search looks ahead, round by round
SMALLER = 5  # times as many, where reductions are off and a block is one edge


class EngineCrash(Exception):
    """A child ended without an answer: a bug in cecheck or in a solver."""


@record
class Proof:
    """A certificate that proves a check, and who confirmed that."""

    certificate: Certificate
    engine: str
    certified_by: tuple[str, ...]


@record
class Refutation:
    """A run that was replayed."""

    trace: Trace
    engine: str


@dataclass
class Evidence:
    """What is known of each check of *program*; *reached* are those whose access
    completes in some run, *unreachable* those for which that is proved impossible."""

    program: Program
    proofs: dict[Name, Proof] = field(default_factory=dict)
    refutations: dict[Name, Refutation] = field(default_factory=dict)
    reached: set[Name] = field(default_factory=set)
    unreachable: set[Name] = field(default_factory=set)
    reasons: dict[Name, str] = field(default_factory=dict)
    starved: bool = False  # a prover gave up for want of work, so more might help

    def open(self, names: Iterable[Name]) -> list[Name]:
        """Return those of *names* that nothing is known of yet."""
        return [n for n in names if n not in self.proofs and n not in self.refutations]


def gather(
    program: Program,
    names: Sequence[Name],
    options: Options,
    free: Collection[Name] = (),
) -> Strand[Evidence]:
    """Return what can be found out about the checks *names* of *program*.

    No answer about those that are *free* matters: they are asked along with others, no further.
    Sites are reached only where nothing was refuted: what stands before a refuted site may not be
    told from what stands behind it.
    """
    found = Evidence(program)
    for number, factor in enumerate(FACTORS):
        left = found.open(names)
        if not set(left) - set(free) and (number > 0 or not left):
            break
        budget = options.rlimit * factor
        proving = _proves(options) and (number == 0 or found.starved)
        outcomes = (yield [_proving(program, left, options, budget)]) if proving else []
        claim = _certificate(found, left, outcomes[0]) if proving else None
        found.starved = proving and claim is None
        sure = (yield from _sure(found, claim, left, options)) if claim else []
        doubtful = [name for name in left if name not in sure]
        if _searches(options) and set(doubtful) - set(free):
            yield from _refuted(found, doubtful, free, options, number)
        if claim is not None:
            yield from _confirmed(found, claim, sure, left, options)
        left = [name for name in found.open(names) if name not in free]
        if options.engine in (Engine.AUTO, Engine.SPACER) and left:
            yield from _by_spacer(found, left, options, budget)
    for name in found.open(names):
        if name in free:
            found.reasons[name] = "not pursued: the expectation leaves it free"
    if _proves(options) and found.proofs and not found.refutations:
        sites = _sites(program, found.proofs)
        outcomes = yield [_reaching(program, sites, options)]
        _reached(found, sites, outcomes[0])
        yield from _unreachable(found, options)
    return found


def _by_spacer(
    found: Evidence, names: Sequence[Name], options: Options, budget: int
) -> Strand[None]:
    outcome = (yield [_horn(found.program, names, options, budget)])[0]
    claim = _certificate(found, names, outcome)
    if claim is not None:
        sure = yield from _sure(found, claim, names, options)
        yield from _confirmed(found, claim, sure, names, options)


def _unreachable(found: Evidence, options: Options) -> Strand[None]:
    """Prove that the sites which no run was found to reach cannot be reached."""
    missing = [name for name in found.proofs if name not in found.reached]
    missing = [name for name in missing if _check(found.program, name).reached is not TRUE]
    if not missing:
        return
    dead = Evidence(_asking_to_reach(found.program, missing))
    outcomes = yield [_proving(dead.program, missing, options, options.rlimit)]
    claim = _certificate(dead, missing, outcomes[0])
    if claim is not None:
        sure = yield from _sure(dead, claim, missing, options)
        yield from _confirmed(dead, claim, sure, missing, options)
    found.unreachable |= dead.proofs.keys()


def _asking_to_reach(program: Program, names: Sequence[Name]) -> Program:
    """Return *program* where the checks *names* are violated by completing the access."""

    def asked(kind: int, number: int, check: Check) -> Check:
        if Name(kind, number) not in names:
            return check
        return replace(check, violated=check.reached, kind=CheckKind.REACHED, prefix=None)

    threads = tuple(
        replace(thread, checks=tuple(asked(k, n, c) for n, c in enumerate(thread.checks)))
        for k, thread in enumerate(program.threads)
    )
    return replace(program, threads=threads)


def _proves(options: Options) -> bool:
    return options.engine in (Engine.AUTO, Engine.HOUDINI)


def _searches(options: Options) -> bool:
    return options.engine in (Engine.AUTO, Engine.BMC)


def _sites(program: Program, names: Iterable[Name]) -> list[Name]:
    """Return one check for each access: reaching it is the same for all of them."""
    found: dict[object, Name] = {}
    for name in names:
        check = _check(program, name)
        found.setdefault((name.thread, check.location, check.reached), name)
    return list(found.values())


def _check(program: Program, name: Name) -> Check:
    return program.threads[name.thread].checks[name.check]


# ---- tasks: what children do -----------------------------------------------------------------


def _limits(options: Options) -> Limits:
    return Limits(options.timeout)


def _proving(program: Program, names: Sequence[Name], options: Options, budget: int) -> Task:
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
    bounds = [
        Name(kind, number)
        for kind, thread in enumerate(program.threads)
        for number, check in enumerate(thread.checks)
        if check.kind is CheckKind.BOUND
    ]
    return list(dict.fromkeys([*names, *bounds]))


def _unclaimed(program: Program, claims: Sequence[Name]) -> Callable[[Check], bool]:
    """Return which checks end a run for a proof of *claims*: as `certify` has it, the others."""
    claimed = {id(_check(program, name)) for name in claims}
    return lambda check: (
        check.kind.ends_run and check.prefix is None and id(check) not in claimed
    )


def _reaching(program: Program, names: Sequence[Name], options: Options) -> Task:
    work = partial(_search, program, names, names, _effort(options, DEPTHS[1]), "reached")
    return Task("bmc", work, _limits(options))


def _effort(options: Options, bound: int, factor: int = 1) -> tuple[int, int, bool]:
    """Return the solver's budget, how many blocks to look ahead, and whether they are large."""
    blocks = bound if options.reduce else bound * SMALLER
    return options.rlimit * factor, blocks, options.reduce


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
    return {"engine": "bmc", "runs": runs, "reason": found.reason}


def _horn(program: Program, names: Sequence[Name], options: Options, budget: int) -> Task:
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


def _certify(program: Program, certificate: Certificate, names: Sequence[Name], by: str) -> Json:
    from cecheck.certify.check import judged  # noqa: PLC0415

    if by == "z3":
        from cecheck.certify.ask_z3 import z3_says as says  # noqa: PLC0415
    else:
        from cecheck.certify.ask_cvc5 import cvc5_says as says  # noqa: PLC0415
    claims = [Claim(name.thread, name.check) for name in names]
    found = judged(program, certificate, claims, says)
    unproved = [[claim.thread, claim.check, why] for claim, why in found.unproved.items()]
    return {"flaws": list(found.flaws), "unproved": unproved}


# ---- judging ----------------------------------------------------------------------


def _told(found: Evidence, names: Iterable[Name], outcome: Outcome, who: str) -> Json | None:
    """Return what a child said; what kept it from answering becomes the reason."""
    match outcome:
        case Done(data):
            if "reason" in data:
                found.reasons.update({n: f"{data['engine']}: {data['reason']}" for n in names})
            return data
        case Limit(reason):
            found.reasons.update({n: f"{who}: {reason}" for n in names})
            return None
        case Crashed(detail):
            raise EngineCrash(f"{who}: {detail}")


def _certificate(
    found: Evidence, names: Sequence[Name], outcome: Outcome
) -> tuple[Certificate, str] | None:
    """Return the certificate that a child offers for *names*, and by which engine."""
    data = _told(found, names, outcome, "engine")
    if data is None or "certificate" not in data:
        return None
    return from_json(data["certificate"], found.program), data["engine"]


def _sure(
    found: Evidence, claim: tuple[Certificate, str], names: Sequence[Name], options: Options
) -> Strand[list[Name]]:
    """Return which of *names* the first solver confirms."""
    return (yield from _judged(found, claim[0], names, SOLVERS[0], options))


def _judged(
    found: Evidence,
    certificate: Certificate,
    names: Sequence[Name],
    by: str,
    options: Options,
) -> Strand[list[Name]]:
    """Return which of *names* the *certificate* proves, as far as the solver *by* tells."""
    if not names:
        return []
    work = partial(_certify, found.program, certificate, names, by)
    outcome = (yield [Task(by, work, _limits(options))])[0]
    data = _told(found, names, outcome, f"certifying with {by}")
    if data is None or data["flaws"]:
        flaw = data["flaws"][0] if data else ""
        why = f"{by} does not confirm the certificate: {flaw}"
        found.reasons.update(dict.fromkeys(names, why))
        return []
    failed = {Name(thread, check): why for thread, check, why in data["unproved"]}
    found.reasons.update({n: f"{by} finds no proof: {why}" for n, why in failed.items()})
    return [name for name in names if name not in failed]


def _confirmed(
    found: Evidence,
    claim: tuple[Certificate, str],
    sure: Sequence[Name],
    names: Sequence[Name],
    options: Options,
) -> Strand[None]:
    """Have every solver confirm what holds of *names*; what all confirm is proved.

    The first solver is *sure* of some already.  The others may hold until a refuted site: it is
    asked about them again, now that a violation there ends the run.
    """
    certificate, engine = claim
    first, *others = SOLVERS
    left = [name for name in names if name not in found.refutations]
    if found.refutations and len(sure) < len(left):
        sure = yield from _judged(found, certificate, left, first, options)
    for by in others:
        sure = yield from _judged(found, certificate, sure, by, options)
    for name in sure:
        if name in found.refutations:
            raise Disagreement(f"{engine} proved what a run refutes: {name}")
        found.proofs[name] = Proof(certificate, engine, SOLVERS)


def _reached(found: Evidence, names: Sequence[Name], outcome: Outcome) -> None:
    """Note the sites that a replayed run reaches."""
    data = _told(found, (), outcome, "bmc")
    for thread, number, run in data["runs"] if data else ():
        name = Name(thread, number)
        result = replay(found.program, wire.from_data(run, found.program, name), Goal.REACHED)
        if isinstance(result, Trace):
            passed = {id(check) for check in result.reached}
            found.reached |= {
                Name(kind, other)
                for kind, owner in enumerate(found.program.threads)
                for other, check in enumerate(owner.checks)
                if id(check) in passed
            }


def _refuted(
    found: Evidence, names: Sequence[Name], free: Collection[Name], options: Options, round_: int
) -> Strand[None]:
    """Search runs that violate *names*; what replays is refuted."""
    wanted = [name for name in names if name not in free]
    effort = _effort(options, DEPTHS[round_], FACTORS[round_])
    work = partial(_search, found.program, names, wanted, effort, "violated")
    outcome = (yield [Task("bmc", work, _limits(options))])[0]
    data = _told(found, names, outcome, "bmc")
    for thread, number, run in data["runs"] if data else ():
        _replayed(found, Name(thread, number), run)


def _replayed(found: Evidence, name: Name, run: Json) -> None:
    """Replay a run; one that ends before refutes the check that ended it."""
    match replay(found.program, wire.from_data(run, found.program, name)):
        case Trace() as trace:
            _note(found, name, trace)
        case EarlierViolation(check, trace):
            kind = trace.schedule.actor.thread
            earlier = Name(kind, found.program.threads[kind].checks.index(check))
            _note(found, earlier, trace)
            found.reasons[name] = f"the run that was found ends before, at {check.site.name}"
        case Mismatch(reason=reason):
            found.reasons[name] = f"the run that was found does not replay: {reason}"


def _note(found: Evidence, name: Name, trace: Trace) -> None:
    if name in found.proofs:
        raise Disagreement(f"a run refutes what was proved: {name}")
    found.refutations.setdefault(name, Refutation(trace, "bmc"))
