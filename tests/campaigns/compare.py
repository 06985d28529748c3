"""One specification, answered twice on the scaled-down machine: by cecheck, and state by state.

Both answer about the same typed tree, whose addresses have six bits: nothing is rounded between
them.  The enumerator makes every run, so its answers count in both directions.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from oracle.choice import Unsupported
from oracle.expect import Row, rows
from oracle.explore import Findings, enumerate_spec
from oracle.interleave import Domain, interleaved
from oracle.load import scaled

from cecheck.ir.program import CheckKind, View
from cecheck.lower.link import views
from cecheck.options import Options
from cecheck.report.model import Finding, Proved, Refuted, Vacuous
from cecheck.sema.typed import Spec
from cecheck.viewed import Lines, examined, tried

ASKED = {
    CheckKind.MAPPED, CheckKind.BOUNDS, CheckKind.PERMITTED, CheckKind.LIVE, CheckKind.RESTORED,
    CheckKind.ASSERT, CheckKind.PAIRED,
}  # fmt: skip

Key: TypeAlias = tuple[CheckKind, str, View]


class TooLong(Exception):
    """The enumeration takes longer than it may."""


@dataclass
class Answer:
    """What came of one specification.

    *wrong* are the disagreements; *unknown* checks that cecheck leaves open; *steps* is how long
    the longest run is that was told.  *dropped* says why nothing was compared.
    """

    wrong: list[str] = field(default_factory=list)
    proved: int = 0
    refuted: int = 0
    unknown: int = 0
    steps: int = 0
    dropped: str = ""
    seconds: tuple[float, float] = (0.0, 0.0)


def compared(
    text: str, seconds: float = 20.0, domain: Domain | None = None, **options: object
) -> Answer:
    """Answer *text* twice and compare; the enumeration may take so many *seconds*.

    With a *domain* every order of actions is enumerated, over that part of all values only.
    """
    try:
        spec = scaled(text, "random.ce")
    except AssertionError as wrong:
        return Answer(dropped=f"not a specification: {wrong}")
    begun = time.process_time()
    try:
        with _limited(seconds):
            found = enumerate_spec(spec) if domain is None else interleaved(spec, domain=domain)
    except TooLong:
        return Answer(dropped="too many runs")
    except Unsupported as why:
        return Answer(dropped=f"not enumerated: {why}")
    enumerated = time.process_time() - begun
    begun = time.monotonic()
    try:
        findings = told(spec, options)
    except Exception as error:  # a bug in cecheck, whatever it is
        return Answer(wrong=[f"crash: {type(error).__name__}: {error}"])
    answer = _compared(findings, found, is_whole=domain is None)
    answer.seconds = (enumerated, time.monotonic() - begun)
    answer.steps = steps(findings)
    return answer


def steps(findings: Iterable[Finding]) -> int:
    """Return how many steps the longest run has by which something is refuted; 0 for none."""
    told = (finding.verdict for finding in findings)
    return max((one.story.steps for one in told if isinstance(one, Refuted)), default=0)


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    def ring(*_: object) -> None:
        raise TooLong

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def told(spec: Spec, options: dict[str, object]) -> list[Finding]:
    """Return what cecheck says of *spec*, its tests included."""
    chosen = Options(jobs=1, **{"timeout": 60.0, **options})  # type: ignore[arg-type]
    chosen = replace(chosen, deadline=time.monotonic() + chosen.timeout)
    every = Lines((), (), ())
    parts = [examined(spec, "", view, every, chosen) for view in views(spec)]
    parts += [tried(spec, test, "", every, chosen) for test in spec.tests]
    return [finding for part in parts for finding in part.findings]


def _compared(told: list[Finding], found: list[Findings], is_whole: bool) -> Answer:
    """Compare by check, site and view: sites of one name count as one.

    Unless *found* is about the *whole* domain, only what it shows counts.
    """
    answer = Answer()
    shown = rows(found)
    bad = {_key(row) for row in shown if row.refuted}
    good = {_key(row) for row in shown if not row.refuted}
    groups: dict[Key, list[Finding]] = {}
    for finding in told:
        if finding.kind in ASKED:
            key = (finding.kind, _place(finding.kind, finding.site.name), finding.view)
            groups.setdefault(key, []).append(finding)
    wrong = {
        key for key, ones in groups.items() if any(isinstance(f.verdict, Refuted) for f in ones)
    }
    for key, findings in groups.items():
        verdicts = [finding.verdict for finding in findings]
        name = f"{key[0].value} at {key[1]}, {findings[0].view.value}"
        if any(isinstance(verdict, Refuted) for verdict in verdicts):
            answer.refuted += 1
            if is_whole and key not in bad and _twin(key) not in bad:
                answer.wrong.append(f"wrong REFUTED: {name}")
        elif all(isinstance(verdict, Proved | Vacuous) for verdict in verdicts):
            answer.proved += 1
            if key in bad and _twin(key) not in wrong:
                answer.wrong.append(f"wrong PROVED: {name}")
            vacuous = all(isinstance(verdict, Vacuous) for verdict in verdicts)
            # A well-behaved caller's record is chosen field by field there: a site counts as
            # reached before a pointer turns out to have no object that fits the numbers read.
            is_sure = key[2] is View.HOSTILE
            if vacuous and (key in bad or (is_sure and key in good)):
                answer.wrong.append(f"wrong VACUOUS: {name}")
        else:
            answer.unknown += 1
    for key in bad - groups.keys():
        if key[0] in ASKED:
            answer.wrong.append(f"not asked: {key[0].value} at {key[1]}, {key[2]}")
    return answer


def _twin(key: Key) -> Key | None:
    """Return the other of `mapped` and `bounds`, in the well-behaved view.

    Of null, and of bytes past what was promised, the enumerator asks `bounds`, cecheck where they
    land: each calls such a site wrong, but not by the same name.
    """
    kind, site, view = key
    other = {CheckKind.MAPPED: CheckKind.BOUNDS, CheckKind.BOUNDS: CheckKind.MAPPED}.get(kind)
    return (other, site, view) if other is not None and view is View.WELL_BEHAVED else None


def _key(row: Row) -> Key:
    return row.check, _place(row.check, row.site), row.view


def _place(kind: CheckKind, site: str) -> str:
    """Return what a site is called by both: of `restored`, which has no place, nothing."""
    return "" if kind is CheckKind.RESTORED else site
