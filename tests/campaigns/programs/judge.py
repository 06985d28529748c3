"""What cecheck says of a program, beside what all of its runs show."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import elaborated

from campaigns.compare import Answer, steps, told
from campaigns.programs.machine import Answer as Shown
from campaigns.programs.machine import TooMuch
from cecheck.report.model import Finding, Proved, Refuted, Vacuous
from cecheck.sema.typed import Spec

PATH: Final = str(Path(__file__).with_name("random.ce"))  # beside what it may use


class Written(Protocol):
    """A specification that was written along with what it does."""

    def text(self) -> str:
        """Return the specification."""

    def parts(self) -> Iterator[list[Any]]:
        """Yield the lists of things of which some may be superfluous, outer ones first."""

    def explored(self) -> Shown:
        """Return what all runs show."""

    def key(self, kind: str, site: str, view: str, shown: Shown) -> tuple[str, str] | None:
        """Return by what name *shown* has a check; None where it does not tell."""


@dataclass(frozen=True)
class Known:
    """A program, which knows its answer."""

    program: Written
    name: str = "a program"

    @property
    def text(self) -> str:
        """The specification."""
        return self.program.text()

    def answer(self, _: float = 0.0, **options: object) -> Answer:
        """Return what comes of it."""
        return judged(self.program, **{"timeout": 20.0, **options})

    def shrunk(self, wrong: str, _: float = 0.0) -> str:
        """Return the text of what is left when everything is gone without which the answers still
        differ as *wrong* says."""
        shrink(self.program, lambda: wrong in self.answer().wrong)
        return self.text


def shrink(program: Written, stays: Callable[[], bool]) -> None:
    """Take away statements and functions as long as it *stays* so."""
    fewer = True
    while fewer:
        fewer = False
        for some in list(program.parts()):
            for index in reversed(range(len(some))):
                gone = some.pop(index)
                if stays():
                    fewer = True
                else:
                    some.insert(index, gone)


def understood(text: str) -> tuple[list[Spec], str]:
    """Return what *text* means for each value of what has several, or nothing and why not."""
    try:
        specs, wrong = elaborated.members(text, PATH)
    except AssertionError as error:  # no tree
        return [], str(error)
    return specs, "; ".join(f"{found.span}: {found.message}" for found in wrong)


def judged(program: Written, **options: object) -> Answer:
    """Return how the two answers compare."""
    specs, wrong = understood(program.text())
    if not specs:
        return Answer(wrong=[f"not understood: {wrong}"])
    begun = time.monotonic()
    try:
        shown = program.explored()
    except TooMuch:
        return Answer(dropped="too many runs")
    between = time.monotonic()
    try:
        findings = [finding for spec in specs for finding in told(spec, options)]
    except Exception as error:  # a bug in cecheck, whatever it is
        return Answer(wrong=[f"crash: {type(error).__name__}: {error}"])
    answer = Answer()
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        key = program.key(finding.kind.value, finding.site.name, finding.view.value, shown)
        if key is not None:
            groups.setdefault(key, []).append(finding)
    for key, group in groups.items():
        fails = key in shown.failing
        may_fail = fails or not shown.is_whole or key[0] in shown.narrow
        _compare(answer, key, group, (fails, may_fail), key[1] in shown.reached)
    answer.wrong += [f"not asked: {key}" for key in shown.failing - groups.keys()]
    answer.steps = steps(findings)
    answer.seconds = (between - begun, time.monotonic() - between)
    return answer


def _compare(
    answer: Answer,
    key: tuple[str, str],
    group: list[Finding],
    fails: tuple[bool, bool],
    reached: bool,
) -> None:
    """Compare verdicts with whether the check *fails* for sure, and whether it may."""
    verdicts = [finding.verdict for finding in group]
    name = f"{key[0]} at {key[1]}"
    if any(isinstance(verdict, Refuted) for verdict in verdicts):
        answer.refuted += 1
        if not fails[1]:
            answer.wrong.append(f"wrong REFUTED: {name}")
    elif all(isinstance(verdict, Proved | Vacuous) for verdict in verdicts):
        answer.proved += 1
        if fails[0]:
            answer.wrong.append(f"wrong PROVED: {name}")
        is_vacuous = all(isinstance(verdict, Vacuous) for verdict in verdicts)
        if key[0] in ("assert", "cover") and reached and is_vacuous:
            answer.wrong.append(f"wrong VACUOUS: {name}")
    else:
        answer.unknown += 1
