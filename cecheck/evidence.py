"""What is known of the checks of one program, and why it counts.

Engines run in children and only claim.  A proof counts when two solvers have confirmed the
certificate, a refutation when the interpreter has run it.  Everything else is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cecheck import tasks
from cecheck.engines import wire
from cecheck.engines.child import Json
from cecheck.engines.places import elsewhere
from cecheck.engines.verdict import Disagreement, Doubt, Name
from cecheck.ir.certificate import Certificate
from cecheck.ir.program import Check, CheckKind, Program
from cecheck.ir.trace import Trace
from cecheck.record import record
from cecheck.replay.replay import EarlierViolation, Goal, Mismatch, replay

NOT_PURSUED = "not pursued, as the expectation leaves it free"
BEYOND = "a run goes beyond what the model follows"


@record
class Aims:
    """What matters of all that is asked: no answer about what is *free*; what is *suspected* is
    expected to be refuted."""

    free: frozenset[Name] = frozenset()
    suspected: frozenset[Name] = frozenset()


EVERYTHING = Aims()


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
    """What is known of each check of *program*, of which some are *asked*.  *reached* are those
    whose access completes in some run, *unreachable* those for which that is proved impossible: of
    the program that asks to reach all of *asked_dead* (`ir.reaching`).  In the runs that were found
    to violate those of *changing* a caller's memory would have to change by itself.  *lemmas* are
    inductive, and do not prove those of *doubts*."""

    program: Program
    asked: Sequence[Name] = ()
    aims: Aims = EVERYTHING
    proofs: dict[Name, Proof] = field(default_factory=dict)
    refutations: dict[Name, Refutation] = field(default_factory=dict)
    reached: set[Name] = field(default_factory=set)
    unreachable: dict[Name, Proof] = field(default_factory=dict)
    asked_dead: tuple[tuple[int, int], ...] = ()
    passing: list[tuple[Name, Json]] = field(default_factory=list)  # runs that show *reached*
    reasons: dict[Name, str] = field(default_factory=dict)
    starved: bool = False  # a prover gave up for want of work, so more might help
    asked_to_reach: bool = False
    changing: set[Name] = field(default_factory=set)
    lemmas: Certificate | None = None
    doubts: dict[Name, Doubt] = field(default_factory=dict)

    @property
    def ends_early(self) -> bool:
        """Tell whether runs end at sites that are refuted, or that were not pursued."""
        return bool(self.refutations) or NOT_PURSUED in self.reasons.values()

    @property
    def unreached(self) -> list[Name]:
        """What is proved of places of which no run is known to get there; a bound of the model is
        none."""
        return [
            name
            for name in elsewhere(self.program, self.proofs, self.reached)
            if check_of(self.program, name).kind is not CheckKind.BOUND
        ]

    def open(self, names: Iterable[Name]) -> list[Name]:
        """Return those of *names* that nothing is known of yet; one run says enough of a place."""
        left = (name for name in names if name not in self.proofs)
        return elsewhere(self.program, left, self.refutations)

    def wanted(self, names: Iterable[Name]) -> list[Name]:
        """Return those of *names* that are not free; of the bounds of the model, on which proofs
        rest, only if there are proofs, or some are wanted."""
        bounds = tasks.bounds(self.program)
        free = self.aims.free
        others = [n for n in self.open(self.asked) if n not in free and n not in bounds]
        rests = bool(self.proofs or others)
        return [n for n in names if n not in free and (rests or n not in bounds)]


def check_of(program: Program, name: Name) -> Check:
    """Return the check that *name* is of."""
    return program.threads[name.thread].checks[name.check]


# ---- runs ----------------------------------------------------------------------------------------


def note_passed(found: Evidence, name: Name, run: Json) -> None:
    """Replay a run that is said to reach *name*; note all sites that it completes."""
    result = replay(found.program, wire.from_data(run, found.program, name), Goal.REACHED)
    if isinstance(result, Trace):
        passed = {id(check) for check in result.reached}
        found.passing.append((name, run))
        found.reached |= {
            Name(kind, other)
            for kind, owner in enumerate(found.program.threads)
            for other, check in enumerate(owner.checks)
            if id(check) in passed
        }


def note_replayed(found: Evidence, name: Name, run: Json) -> None:
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
