"""Evidence of earlier runs, which is confirmed anew before it counts.

An entry belongs to one program and one question about it (`key`).  It holds certificates and runs,
no verdicts: certificates are put to both solvers again, runs are replayed, and unless every check
is then decided, and every proof shown to be of a place that is reached or cannot be, the entry
counts for nothing and the engines are asked.  So whoever writes into a cache can cost time.

What is unknown is never kept: it says nothing that could be confirmed, and more time or another
version may decide it.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from cecheck import __version__, tasks
from cecheck.engines import wire
from cecheck.engines.child import Done, Json
from cecheck.engines.crew import Strand
from cecheck.engines.verdict import Disagreement, Name
from cecheck.evidence import Evidence, Proof, check_of, note_passed, note_replayed
from cecheck.ir.certificate import Certificate, from_json, to_json
from cecheck.ir.expr import Expr
from cecheck.ir.node import fold
from cecheck.ir.program import CheckKind, Program
from cecheck.ir.reaching import asking_to_reach
from cecheck.ir.serial import Malformed, fingerprint
from cecheck.options import Options

FORMAT = "cecheck-cache/1"
PATIENCE = 25.0  # seconds for an entry; less than a child may take beyond its time
_ENGINES = ("houdini", "spacer", "measures", "bmc")
_LONGEST_RUN = 5000  # steps
_LARGEST = 200_000  # nodes of a formula, shared ones as often as they occur


class _Useless(Exception):
    """The entry does not decide everything."""


def key(
    program: Program, names: Sequence[Name], free: Collection[Name], options: Options
) -> str:
    """Return what an entry is kept under: the program without its layout, and what is asked.

    Comments and the layout of the text are no part of a program.  What the answer may depend on
    is: another engine or another limit may leave open what the entry decides.
    """
    asked = [[name.thread, name.check, name in free] for name in names]
    effort = [
        options.engine.value, options.second.value, options.reduce, options.rlimit,
        options.all_or_nothing,
    ]  # fmt: skip
    text = json.dumps([FORMAT, __version__, fingerprint(program), asked, effort])
    return hashlib.sha256(text.encode()).hexdigest()


# ---- writing -----------------------------------------------------------------------------------


def entry(found: Evidence, names: Sequence[Name], its_key: str) -> str | None:
    """Return *found* as an entry, if it decides all *names*."""
    if not _is_complete(found, names):
        return None
    runs = [
        [*_pair(name), wire.to_data(one.trace.schedule)] for name, one in found.refutations.items()
    ]
    reached = [[*_pair(name), run] for name, run in found.passing]
    data = {
        "format": FORMAT,
        "key": its_key,
        "proofs": _claims(found.proofs),
        "asked_dead": [list(name) for name in found.asked_dead],
        "dead": _claims(found.unreachable),
        "refuted": runs,
        "reached": reached,
    }
    return json.dumps(data, separators=(",", ":")) + "\n"


def _pair(name: Name) -> list[int]:
    return [name.thread, name.check]


def _claims(proofs: dict[Name, Proof]) -> list[Json]:
    certificates = {id(proof.certificate): proof for proof in proofs.values()}
    return [
        {
            "engine": one.engine,
            "certificate": to_json(one.certificate),
            "names": [_pair(n) for n, p in proofs.items() if p.certificate is one.certificate],
        }
        for one in certificates.values()
    ]


def _is_complete(found: Evidence, names: Iterable[Name]) -> bool:
    """Tell whether nothing is left open: neither a check, nor whether a proved place is reached."""
    beyond = any(_is_bound(found.program, name) for name in found.refutations)
    if found.open(names) or beyond or (found.refutations and found.unreachable):
        return False  # behind a refuted site nothing is called unreachable
    return bool(found.refutations) or all(n in found.unreachable for n in found.unreached)


def _is_bound(program: Program, name: Name) -> bool:
    return check_of(program, name).kind is CheckKind.BOUND


# ---- reading -----------------------------------------------------------------------------------


def recalled(
    program: Program, names: Sequence[Name], text: str, its_key: str, options: Options
) -> Strand[Evidence | None]:
    """Return the evidence that the entry *text* leads to; None if that is not everything."""
    late = time.monotonic() + PATIENCE
    limited = replace(options, deadline=min(late, options.deadline or late))
    try:
        data = _loaded(text, its_key)
        found = Evidence(program)
        # A run may look at any number of bytes: first where it can be stopped.
        tried = yield [tasks.replaying(lambda: _replay(Evidence(program), data), limited)]
        if tried != [Done(None)]:
            return None
        _replay(found, data)
        found.proofs = yield from _proved(program, data["proofs"], limited)
        if data["dead"]:
            pairs = [(_number(thread), _number(check)) for thread, check in data["asked_dead"]]
            found.asked_dead = _meant(program, pairs)
            dead = asking_to_reach(program, found.asked_dead)
            found.unreachable = yield from _proved(dead, data["dead"], limited)
    except _FOREIGN:
        return None  # whatever else it is, it is no entry
    if found.proofs.keys() & found.refutations.keys():
        raise Disagreement("a certificate proves what a run refutes")
    found.reasons.clear()
    return found if _is_complete(found, names) else None


_FOREIGN = (
    Malformed, _Useless, ValueError, TypeError, LookupError, AttributeError, ArithmeticError,
    RecursionError,
)  # fmt: skip


def _replay(found: Evidence, data: Json) -> None:
    """Replay the runs of an entry; note what they show."""
    for thread, number, run in data["refuted"]:
        _bounded(run)
        note_replayed(found, _name(found.program, thread, number), run)
    for thread, number, run in data["reached"]:
        _bounded(run)
        note_passed(found, _name(found.program, thread, number), run)


def _loaded(text: str, its_key: str) -> dict[str, Json]:
    data = json.loads(text)
    wanted = {"format", "key", "proofs", "asked_dead", "dead", "refuted", "reached"}
    if not isinstance(data, dict) or data.keys() != wanted:
        raise _Useless
    if data["format"] != FORMAT or data["key"] != its_key:
        raise _Useless
    return data


def _number(value: object) -> int:
    if type(value) is not int or value < 0:
        raise _Useless
    return value


def _name(program: Program, thread: object, check: object) -> Name:
    """Return the name of a check that the program has; LookupError if it has none such."""
    name = Name(_number(thread), _number(check))
    assert program.threads[name.thread].checks[name.check]
    return name


def _meant(program: Program, pairs: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return *pairs*: of no bound of the model may it be asked whether it is reached instead."""
    if any(_is_bound(program, _name(program, *pair)) for pair in pairs):
        raise _Useless
    return tuple(pairs)


def _bounded(run: Json) -> None:
    """Refuse a run that would go on for ever."""
    if sum(_number(move[3]) for move in run["moves"]) + len(run["moves"]) > _LONGEST_RUN:
        raise _Useless


def _small(certificate: Certificate) -> None:
    """Refuse formulas that grow without end where shared parts are gone through one by one."""
    sizes: dict[Expr, int] = {}
    for formula in (part for parts in certificate.formulas for part in parts):
        if fold(formula, lambda _, parts: 1 + sum(parts), sizes) > _LARGEST:
            raise _Useless


def _proved(
    program: Program, claims: Sequence[Json], options: Options
) -> Strand[dict[Name, Proof]]:
    """Return what both solvers confirm; each starts from the text of the certificate."""
    found: dict[Name, Proof] = {}
    for claim in claims:
        names = [_name(program, *pair) for pair in claim["names"]]
        if claim["engine"] not in _ENGINES or not isinstance(claim["certificate"], str):
            raise _Useless
        certificate = from_json(claim["certificate"], program)
        _small(certificate)
        case = tasks.case(program, certificate, names)
        judges = tasks.judges(options)
        outcomes = yield [tasks.judging(case, by, options) for by in judges]
        if any(one != Done({"flaws": [], "unproved": []}) for one in outcomes):
            raise _Useless
        proof = Proof(certificate, claim["engine"], judges)
        found |= dict.fromkeys(names, proof)
    return found
