"""Finding out about one program: engines claim, `certify` or `replay` judges (see `evidence`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cecheck import tasks
from cecheck.certify.check import Case
from cecheck.engines.child import Crashed, Done, Json, Limit, Outcome
from cecheck.engines.crew import Strand
from cecheck.engines.verdict import Disagreement, Doubt, Name
from cecheck.evidence import (
    BEYOND,
    EVERYTHING,
    NOT_PURSUED,
    Aims,
    Evidence,
    Proof,
    check_of,
    note_passed,
    note_replayed,
)
from cecheck.ir.certificate import Certificate, from_json
from cecheck.ir.program import CheckKind, Program, followed
from cecheck.ir.reaching import asking_to_reach
from cecheck.options import Engine, Options


class EngineCrash(Exception):
    """A child ended without an answer: a bug in cecheck or in a solver."""


def gather(
    program: Program,
    names: Sequence[Name],
    options: Options,
    aims: Aims = EVERYTHING,
) -> Strand[Evidence]:
    """Return what can be found out about the checks *names* of *program*.

    No answer about those that are free matters: they are asked along with others, or not at all.
    Sites are reached only where nothing was refuted: what stands before a refuted site may not be
    told from what stands behind it.  Nothing is called unreachable where runs may end early, at a
    site of which nothing is known.
    """
    found = Evidence(program, names, aims)
    loops = [name for name in names if check_of(program, name).kind is CheckKind.BOUNDED]
    names = [name for name in names if name not in loops]
    if not (yield from _in_rounds(found, names, options)):
        return found
    if not _is_beyond(found):
        yield from _ending(found, found.wanted(loops), options)
    _note_why(found)
    if options.all_or_nothing and found.open(found.asked):
        return found
    if not _is_beyond(found):
        yield from _doubted(found, found.wanted(found.open(names)), options)
    if _proves(options) and found.proofs and not found.refutations:
        yield from _reaching(found, names, options)
    return found


def _in_rounds(found: Evidence, names: Sequence[Name], options: Options) -> Strand[bool]:
    """Prove and refute *names*, with more work in each round; return whether to ask on."""
    known = 0  # refutations when lemmas were asked for: at the sites of others runs end since
    for number in range(len(tasks.FACTORS)):
        tried = yield from _suspected(found, found.wanted(found.open(names)), options, number)
        left = found.open(names)
        if found.changing.issuperset(found.wanted(left)) or _is_beyond(found):
            break  # more work finds such runs again, and proofs do not know more of that memory
        is_shorter = len(found.refutations) > known
        known = len(found.refutations)
        proving = _proves(options) and (number == 0 or found.starved or is_shorter)
        work = [tasks.proving(found.program, left, options, number)]
        outcomes = (yield work) if proving else []
        claim = _certificate(found, left, outcomes[0]) if proving else None
        found.lemmas = claim.certificate if claim else found.lemmas
        found.starved = proving and claim is None
        sure = (yield from _judged(found, claim, left, options)) if claim else []
        doubtful = [name for name in left if name not in sure and name not in tried]
        if options.all_or_nothing and doubtful:
            return False
        if _searches(options) and found.wanted(doubtful):
            yield from _refuted(found, doubtful, options, number)
        if claim is not None:
            yield from _confirmed(found, claim, sure, left, options)
        left = found.wanted(found.open(names))
        if len(found.refutations) > known:
            continue  # what is left may well hold until there, and lemmas cost least
        if _asks_spacer(found, left, options, number):
            yield from _by_spacer(found, left, options, number)
    return True


def _note_why(found: Evidence) -> None:
    """Note what was not pursued, or cannot be known, of what is open."""
    left = found.open(found.asked)
    pursued = found.wanted(left)
    for name in left:
        if name not in pursued or _is_beyond(found):
            found.reasons[name] = BEYOND if name in pursued else NOT_PURSUED


def _doubted(found: Evidence, left: Sequence[Name], options: Options) -> Strand[None]:
    """Find out which states the lemmas do not rule out, from which what is *left* is violated."""
    if found.lemmas is not None and left:
        work = tasks.doubting(found.program, found.lemmas, left[: tasks.DOUBTS], options)
        data = _told(found, (), (yield [work])[0], "doubts")
        for thread, check, cut, values, matter in data["doubts"] if data else ():
            found.doubts[Name(thread, check)] = Doubt(cut, values, tuple(matter))


def _reaching(
    found: Evidence, names: Sequence[Name], options: Options
) -> Strand[None]:
    """Ask which proofs are of places that runs reach; at *names* runs may end."""
    if not found.asked_to_reach:
        yield from _reached(found, found.proofs, tasks.NEAR, options)
    if len(found.program.threads) > 1:  # many places are far, few dead
        yield from _reached(found, found.unreached, tasks.WITH_OTHERS, options)
    if not any(check_of(found.program, name).kind.ends_run for name in found.open(names)):
        yield from _unreachable(found, options)
    if not found.ends_early:
        far = yield from _not_cut_off(found, options)
        yield from _reached(found, far, tasks.FAR, options)


def _is_beyond(found: Evidence) -> bool:
    """Tell whether some run goes beyond the model: no certificate rules that out."""
    kinds = (check_of(found.program, name).kind for name in found.refutations)
    return any(kind is CheckKind.BOUND for kind in kinds)


def _asks_spacer(
    found: Evidence, left: Sequence[Name], options: Options, number: int
) -> bool:
    """Tell whether to spend on a proof what that may cost: not yet, if something that is *left* is
    suspected and the search for a run has just begun.  The rest may well hold until there."""
    begins = number == 0 and _searches(options)
    in_vain = begins and not found.aims.suspected.isdisjoint(left)
    is_possible = options.engine in (Engine.AUTO, Engine.SPACER) and not _is_beyond(found)
    return is_possible and bool(left) and not in_vain


def _by_spacer(
    found: Evidence, names: Sequence[Name], options: Options, number: int
) -> Strand[None]:
    outcome = (yield [tasks.spacing(found.program, names, options, number)])[0]
    claim = _certificate(found, names, outcome, "spacer")
    if claim is not None:
        sure = yield from _judged(found, claim, names, options)
        yield from _confirmed(found, claim, sure, names, options)


def _ending(found: Evidence, loops: Sequence[Name], options: Options) -> Strand[None]:
    """Prove by measures that the *loops* end, or find runs that come round in them."""
    for every_lemma in (False, True):
        left = found.open(loops)
        if not left or not _proves(options):
            break
        outcome = (yield [tasks.measuring(found.program, left, options, every_lemma)])[0]
        claim = _certificate(found, left, outcome, "measures")
        if claim is not None:
            named = [Name(one.thread, one.check) for one in claim.certificate.measures]
            sure = yield from _judged(found, claim, named, options)
            yield from _confirmed(found, claim, sure, named, options)
    left = found.open(loops)
    if left and _searches(options):
        outcome = (yield [tasks.circling(found.program, left, options)])[0]
        data = _told(found, (), outcome, "bmc")
        for thread, check, run in data["runs"] if data else ():
            note_replayed(found, Name(thread, check), run)


def _unreachable(found: Evidence, options: Options) -> Strand[None]:
    """Prove that the places which no run was found to reach cannot be reached."""
    missing = found.unreached
    if not missing:
        return
    found.asked_dead = tuple((name.thread, name.check) for name in missing)
    dead = Evidence(asking_to_reach(found.program, found.asked_dead), asked_to_reach=True)
    outcomes = yield [tasks.proving(dead.program, missing, options, 0)]
    claim = _certificate(dead, missing, outcomes[0])
    if claim is not None:
        sure = yield from _judged(dead, claim, missing, options)
        yield from _confirmed(dead, claim, sure, missing, options)
    found.unreachable = dead.proofs


def _not_cut_off(found: Evidence, options: Options) -> Strand[list[Name]]:
    """Return the places, not known to be dead, that lie not only behind what no replay follows.

    The search would look for those in vain, and as far as it can.  They are left out on the word
    of one solver: all that is told of them is that no run was found.
    """
    far = [name for name in found.unreached if name not in found.unreachable]
    runs = followed(found.program)
    if not far or runs == found.program:
        return far
    asked = asking_to_reach(runs, [(name.thread, name.check) for name in far])
    cut = Evidence(asked)
    outcomes = yield [tasks.proving(asked, far, options, 0)]
    claim = _certificate(cut, far, outcomes[0])
    missed = (yield from _judged(cut, claim, far, options)) if claim else []
    return [name for name in far if name not in missed]


def _proves(options: Options) -> bool:
    return options.engine in (Engine.AUTO, Engine.HOUDINI)


def _searches(options: Options) -> bool:
    return options.engine in (Engine.AUTO, Engine.BMC)


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


class _Claim:
    """A certificate that *engine* offers for a program."""

    def __init__(self, program: Program, certificate: Certificate, engine: str) -> None:
        self.certificate = certificate
        self.engine = engine
        self._program = program
        self._cases: dict[tuple[Name, ...], Case] = {}

    def case(self, names: Sequence[Name]) -> Case:
        """Return what to ask if it is to prove *names*."""
        key = tuple(names)
        if key not in self._cases:
            self._cases[key] = tasks.case(self._program, self.certificate, names)
        return self._cases[key]


def _certificate(
    found: Evidence, names: Sequence[Name], outcome: Outcome, who: str = "houdini"
) -> _Claim | None:
    """Return the certificate that a child, *who*, offers for *names*."""
    data = _told(found, names, outcome, who)
    if data is None or "certificate" not in data:
        return None
    certificate = from_json(data["certificate"], found.program)
    return _Claim(found.program, certificate, data["engine"])


def _judged(
    found: Evidence, claim: _Claim, names: Sequence[Name], options: Options
) -> Strand[list[Name]]:
    """Return which of *names* the certificate proves, as far as the first solver tells."""
    if not names:
        return []
    by, _ = tasks.judges(options)
    outcomes = yield [tasks.judging(claim.case(names), by, options)]
    return _confirms(found, names, by, outcomes[0])


def _confirms(found: Evidence, names: Sequence[Name], by: str, outcome: Outcome) -> list[Name]:
    """Return the *names* that the solver *by* confirmed; note why it did not confirm others."""
    data = _told(found, names, outcome, f"certifying with {by}")
    if data is None:
        return []
    if data["flaws"]:
        why = f"{by} does not confirm the certificate: {data['flaws'][0]}"
        found.reasons.update(dict.fromkeys(names, why))
        return []
    failed = {Name(thread, check): why for thread, check, why in data["unproved"]}
    found.reasons.update({n: f"{by} finds no proof: {why}" for n, why in failed.items()})
    return [name for name in names if name not in failed]


def _confirmed(
    found: Evidence,
    claim: _Claim,
    sure: Sequence[Name],
    names: Sequence[Name],
    options: Options,
) -> Strand[None]:
    """Have every solver confirm what holds of *names*; what all confirm is proved.

    The first solver is *sure* of some already.  The others may hold until a refuted site: it is
    asked about them again, now that a violation there ends the run.
    """
    first, second = tasks.judges(options)
    left = found.open(names)
    if len(left) < len(names) and not set(left) <= set(sure):
        sure = yield from _judged(found, claim, left, options)
    if not sure:
        return
    work = [tasks.judging(claim.case(sure), second, options)]
    if not found.refutations and len(sure) == len(left) and not found.asked_to_reach:
        near = tasks.reaching(found.program, sure, options, tasks.NEAR)
        work.append(near)  # takes as long: side by side
    outcomes = yield work
    for name in _confirms(found, sure, second, outcomes[0]):
        if name in found.refutations:
            raise Disagreement(f"{claim.engine} proved what a run refutes: {name}")
        found.proofs[name] = Proof(claim.certificate, claim.engine, (first, second))
    if len(work) > 1:
        _note_reached(found, outcomes[1])


def _reached(
    found: Evidence, names: Iterable[Name], how_far: tuple[int, float], options: Options
) -> Strand[None]:
    """Search runs, *how_far* as `tasks` has it, that reach the sites of *names*."""
    asked = list(names)
    if asked:
        outcomes = yield [tasks.reaching(found.program, asked, options, how_far)]
        _note_reached(found, outcomes[0])


def _note_reached(found: Evidence, outcome: Outcome) -> None:
    """Note the sites that a replayed run reaches."""
    found.asked_to_reach = True
    data = _told(found, (), outcome, "bmc")
    runs = data["runs"] if data else ()
    for thread, number, run in sorted(runs, key=lambda one: -len(one[2]["moves"])):
        name = Name(thread, number)
        if name in found.reached:  # a longer run passes it
            continue
        note_passed(found, name, run)


def _suspected(
    found: Evidence, names: Sequence[Name], options: Options, number: int
) -> Strand[list[Name]]:
    """Search runs that violate what is suspected of *names*, and return that.

    That comes before proofs: they would be asked for until there again, and the search for
    everything at once takes longer.
    """
    suspected = [name for name in names if name in found.aims.suspected]
    if not suspected or not _searches(options):
        return []
    yield from _refuted(found, suspected, options, number)
    return suspected


def _refuted(
    found: Evidence, names: Sequence[Name], options: Options, number: int
) -> Strand[None]:
    """Search runs that violate *names*; what replays is refuted."""
    wanted = found.wanted(names)
    outcome = (yield [tasks.violating(found.program, names, wanted, options, number)])[0]
    data = _told(found, names, outcome, "bmc")
    for thread, check, run in data["runs"] if data else ():
        note_replayed(found, Name(thread, check), run)
    found.changing |= {Name(*name) for name in data["changing"]} if data else set()
