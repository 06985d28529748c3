"""What is found for each value of the parameters, as findings about the whole specification.

A check is refuted if it is for one of the values, proved only if it is for all.  A site that some
values never reach is no reason to doubt: others reach it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

from cecheck.ir.program import CheckKind
from cecheck.report.model import Finding, Proved, Reach, Refuted, Unknown, Vacuous

Given: TypeAlias = tuple[tuple[str, int], ...]


def together(parts: Iterable[tuple[Given, Sequence[Finding]]]) -> tuple[Finding, ...]:
    """Return one finding for each check at each site in each view of each thread.

    *parts* are the values of the parameters with what is found for them.
    """
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for given, findings in parts:
        for finding in findings:
            key = (finding.kind, finding.site.name, finding.view, finding.thread)
            groups.setdefault(key, []).append(replace(finding, given=given))
    return tuple(_one(group) for group in groups.values())


def _one(group: list[Finding]) -> Finding:
    first = min(group, key=_weight)  # the first of the gravest
    match first.verdict:
        case Refuted(engine, story):
            shown = tuple((name, str(value)) for name, value in first.given)
            told = replace(story, values=(*shown, *story.values))
            return replace(first, verdict=Refuted(engine, told))
        case Proved():
            verdict = _not_asked(group) or _proof(group)
            return replace(first, verdict=verdict, given=())
        case Vacuous():
            return replace(first, given=())
        case _:
            return first


def _weight(finding: Finding) -> int:
    match finding.verdict:
        case Refuted():
            return 0
        case Unknown(pursued=pursued):
            return 1 if pursued else 2
        case Proved():
            return 3
        case Vacuous():
            return 4


def _not_asked(group: list[Finding]) -> Unknown | None:
    """Return what is told of a `cover` that some values never reach, where of all others nobody
    asked, as something is refuted there."""
    if group[0].kind is not CheckKind.COVER:
        return None
    never = any(isinstance(finding.verdict, Vacuous) for finding in group)
    proofs = [(f.given, f.verdict) for f in group if isinstance(f.verdict, Proved)]
    if not never or any(proof.reach is not Reach.PAST_REFUTATION for _, proof in proofs):
        return None
    values = "; ".join(_words(given).removesuffix(": ") for given, _ in proofs)
    return Unknown(
        f"not asked for {values}, where something else is refuted, and reached for no other value",
        "mend what is refuted, or ask in a specification of its own",
    )


def _proof(group: list[Finding]) -> Proved:
    """Return what all proofs of *group* say together."""
    proofs = [(f.given, f.verdict) for f in group if isinstance(f.verdict, Proved)]
    reaches = [proof.reach for _, proof in proofs]
    best = next(reach for reach in (Reach.SHOWN, *reaches) if reach in reaches)
    judges = [proof.certified_by for _, proof in proofs]
    lines = [f"{_words(given)}{line}" for given, proof in proofs for line in proof.invariant]
    return Proved(
        ", ".join(dict.fromkeys(proof.engine for _, proof in proofs)),
        tuple(name for name in judges[0] if all(name in others for others in judges)),
        tuple(lines),
        best,
        any(proof.until_refuted for _, proof in proofs),
        tuple(dict.fromkeys(words for _, proof in proofs for words in proof.measure)),
    )


def _words(given: Given) -> str:
    return ", ".join(f"{name} = {value}" for name, value in given) + ": " if given else ""
