"""Evidence as findings, one verdict for each check of each site in each view, and as files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeAlias

from cecheck.certify.document import Document, covered
from cecheck.engines.places import by_place
from cecheck.engines.verdict import Name
from cecheck.evidence import BEYOND, NOT_PURSUED, Evidence, check_of
from cecheck.ir.certificate import Certificate, to_json
from cecheck.ir.expr import TRUE, Binary, BinaryOp, Expr
from cecheck.ir.program import CheckKind, Program, Thread, outgoing
from cecheck.ir.reaching import asking_to_reach
from cecheck.ir.show import show
from cecheck.ir.trace import Actor, Trace
from cecheck.replay.interp import evaluate
from cecheck.replay.simplify import simplest
from cecheck.report.cause import root_cause
from cecheck.report.model import (
    Doubt,
    Finding,
    Proved,
    Reach,
    Refuted,
    Story,
    Unknown,
    Vacuous,
    Verdict,
)
from cecheck.report.story import tell
from cecheck.report.values import Names

HELP = "give more time with --timeout or more work with --rlimit, or state an `invariant`"
STATE_MEASURE = "state with `decreases` what becomes smaller from one round to the next"
CHANGING = "in each run that was found the caller's memory would have to change by itself"
READ_ONCE = "read what is used again once, into a variable: of elements a proof keeps nothing"
NO_USE = "more time does not help: docs/semantics.md, section 10, says what the model leaves out"


_Carried: TypeAlias = Mapping[int, tuple[str, ...]]  # invariants as text, by certificate


def asked(program: Program, only: Sequence[str]) -> list[Name]:
    """Return the checks of *program* that are to be decided; bounds of the model always are."""
    return [
        Name(kind, number)
        for kind, thread in enumerate(program.threads)
        for number, check in enumerate(thread.checks)
        if not only or check.kind.value in only or check.kind is CheckKind.BOUND
    ]


def findings(evidence: Evidence, names: Sequence[Name]) -> list[Finding]:
    """Return one finding for each kind of check at each site of each thread."""
    groups = by_place(evidence.program, names)
    used = {id(proof.certificate): proof.certificate for proof in evidence.proofs.values()}
    carried = {key: tuple(invariant(evidence.program, one)) for key, one in used.items()}
    found = [_finding(evidence, group, carried) for group in groups.values()]
    beyond = [f for f in found if f.kind is CheckKind.BOUND and _matters(evidence, f.verdict)]
    kept = [f for f in found if f.kind is not CheckKind.BOUND]
    return [*kept, *(_beyond(f) for f in beyond)]


def _matters(evidence: Evidence, bound: Verdict) -> bool:
    """Tell whether a bound of the model is in the way of an answer: all proofs rest on it."""
    if isinstance(bound, Unknown) and not bound.pursued:
        return bool(evidence.proofs)
    return not isinstance(bound, Proved | Vacuous)


def _beyond(finding: Finding) -> Finding:
    """Return what it means that a run goes beyond the bounds of the model: nothing is known; or why
    nobody could tell whether one does."""
    is_sure = isinstance(finding.verdict, Refuted)
    return replace(finding, verdict=Unknown(BEYOND, NO_USE)) if is_sure else finding


def _finding(evidence: Evidence, group: Sequence[Name], carried: _Carried) -> Finding:
    check = check_of(evidence.program, group[0])
    thread = evidence.program.threads[group[0].thread]
    verdict = _verdict(evidence, group, carried)
    return Finding(check.kind, check.site, evidence.program.view, thread.name, verdict)


def _verdict(evidence: Evidence, group: Sequence[Name], carried: _Carried) -> Verdict:
    refuted = [evidence.refutations[name] for name in group if name in evidence.refutations]
    if refuted:
        shortest = min(refuted, key=lambda one: _length(one.trace))
        return Refuted(shortest.engine, _story(evidence.program, shortest.trace))
    unknown = [name for name in group if name not in evidence.proofs]
    if unknown:
        reason = evidence.reasons.get(unknown[0], "no engine could tell")
        if reason == NOT_PURSUED:
            return Unknown(reason, None, pursued=False)
        if reason == BEYOND:
            return Unknown(reason, NO_USE)
        if unknown[0] in evidence.changing:
            return Unknown(CHANGING, READ_ONCE)
        is_loop = check_of(evidence.program, unknown[0]).kind is CheckKind.BOUNDED
        doubt = _doubt(evidence, unknown[0])
        return Unknown(reason, STATE_MEASURE if is_loop else HELP, doubt=doubt)
    proof = evidence.proofs[group[0]]
    if all(name in evidence.unreachable for name in group):
        return Vacuous(proof.certified_by)
    return Proved(
        proof.engine,
        proof.certified_by,
        carried[id(proof.certificate)],
        _reach(evidence, group),
        evidence.ends_early,
        tuple(_measure(evidence, group)),
    )


def _doubt(evidence: Evidence, name: Name) -> Doubt | None:
    """Return what lemmas do not rule out, if it can be said in the words of the specification."""
    found = evidence.doubts.get(name)
    if found is None:
        return None
    program, thread = evidence.program, evidence.program.threads[name.thread]

    def value(expr: Expr) -> int:
        return evaluate(expr, lambda var: found.values.get(var.name, 0))

    names = Names(program, tuple((n, value(place)) for n, place in program.places), frozenset())
    every = (*program.rigid, *program.globals, *thread.locals)
    held = [(var, found.values[var.name]) for var in every if var.name in found.matter]
    told = tuple(names.held(Actor(name.thread, 0), held))
    return Doubt(_place(program, thread, found.cut), told) if told else None


def _length(trace: Trace) -> tuple[int, int]:
    """Return how many steps a run has, and how often another thread goes on."""
    return len(trace.steps), sum(a.actor != b.actor for a, b in pairwise(trace.steps))


def _story(program: Program, trace: Trace) -> Story:
    """Return the story of *trace*, or of a simpler run in which the same goes wrong."""
    cause = root_cause(program, trace).name
    return tell(program, simplest(program, trace, lambda t: root_cause(program, t).name == cause))


def _measure(evidence: Evidence, group: Iterable[Name]) -> Iterator[str]:
    """Yield what becomes smaller from round to round of the loops of *group*, if they are some."""
    for name in group:
        for one in evidence.proofs[name].certificate.measures:
            if (one.thread, one.check) == (name.thread, name.check):
                yield ", ".join(show(word) for word in one.words)


def _reach(evidence: Evidence, group: Iterable[Name]) -> Reach:
    if any(name in evidence.reached for name in group):
        return Reach.SHOWN
    return Reach.PAST_REFUTATION if evidence.ends_early else Reach.NOT_SHOWN


def invariant(program: Program, certificate: Certificate) -> list[str]:
    """Return the lines of an inductive invariant, in the words of the specification."""
    lines = []
    for number, thread in enumerate(program.threads):
        for cut, formula in certificate.at(number).items():
            if formula is not TRUE:
                place = _place(program, thread, cut)
                lines += [f"{place}: {show(part)}" for part in _conjuncts(formula)]
    return lines


def _place(program: Program, thread: Thread, cut: int) -> str:
    if cut == thread.start:
        comes_back = any(edge.end == cut for edge in thread.edges)
        return f"{thread.name}, {'between calls' if comes_back else 'at its start'}"
    for edge in outgoing(thread).get(cut, ()):
        if edge.span is not None:
            path, line = edge.span.source.path, edge.span.line
            where = "line " if path == program.source else f"{path.rpartition('/')[2]}:"
            return f"{thread.name}, before {where}{line}"
    return f"{thread.name}, at a return"


def _conjuncts(formula: Expr) -> list[Expr]:
    found, waiting = [], [formula]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Binary) and part.op is BinaryOp.AND:
            waiting += [part.right, part.left]
        else:
            found.append(part)
    return found


def certificates(found: Evidence) -> Iterator[Document]:
    """Yield each certificate of *found*, and what it was confirmed to prove."""
    dead = asking_to_reach(found.program, found.asked_dead)
    proofs = ((found.program, (), found.proofs), (dead, found.asked_dead, found.unreachable))
    for program, reaching, proved in proofs:
        for one in {id(proof.certificate): proof.certificate for proof in proved.values()}.values():
            names = [name for name, proof in proved.items() if proof.certificate is one]
            told = sorted((name.thread, name.check) for name in names)
            proves = tuple(covered(program, thread, check) for thread, check in told)
            yield Document(found.program.view, one.level, reaching, proves, to_json(one))
