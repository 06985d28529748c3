"""What cecheck says of a program, beside what all of its runs show."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import elaborated

from campaigns.compare import Answer, told
from campaigns.programs.machine import TooMuch
from campaigns.programs.program import Program
from cecheck.ir.program import CheckKind
from cecheck.report.model import Finding, Proved, Refuted, Vacuous
from cecheck.sema.typed import Spec

ASKED: Final = {
    CheckKind.ASSERT, CheckKind.ARITHMETIC, CheckKind.BOUNDS, CheckKind.LIVE, CheckKind.PAIRED,
    CheckKind.COVER,
}  # fmt: skip


@dataclass(frozen=True)
class Known:
    """A program, which knows its answer."""

    program: Program
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


def shrink(program: Program, stays: Callable[[], bool]) -> None:
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


def understood(text: str) -> tuple[Spec | None, str]:
    """Return what *text* means, or None and why it means nothing."""
    try:
        spec, wrong = elaborated.result(text)
    except AssertionError as error:  # no tree
        return None, str(error)
    return spec, "; ".join(f"{found.span}: {found.message}" for found in wrong)


def judged(program: Program, **options: object) -> Answer:
    """Return how the two answers compare."""
    spec, wrong = understood(program.text())
    if spec is None:
        return Answer(wrong=[f"not understood: {wrong}"])
    begun = time.monotonic()
    try:
        shown = program.explored()
    except TooMuch:
        return Answer(dropped="too many runs")
    between = time.monotonic()
    try:
        findings = told(spec, options)
    except Exception as error:  # a bug in cecheck, whatever it is
        return Answer(wrong=[f"crash: {type(error).__name__}: {error}"])
    answer = Answer()
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        if finding.kind in ASKED:
            groups.setdefault((finding.kind.value, finding.site.name), []).append(finding)
    for key, group in groups.items():
        _compare(answer, key, group, key in shown.failing, key[1] in shown.reached)
    answer.wrong += [f"not asked: {key}" for key in shown.failing - groups.keys()]
    answer.seconds = (between - begun, time.monotonic() - between)
    return answer


def _compare(
    answer: Answer, key: tuple[str, str], group: list[Finding], fails: bool, reached: bool
) -> None:
    verdicts = [finding.verdict for finding in group]
    name = f"{key[0]} at {key[1]}"
    if any(isinstance(verdict, Refuted) for verdict in verdicts):
        answer.refuted += 1
        if not fails:
            answer.wrong.append(f"wrong REFUTED: {name}")
    elif all(isinstance(verdict, Proved | Vacuous) for verdict in verdicts):
        answer.proved += 1
        if fails:
            answer.wrong.append(f"wrong PROVED: {name}")
        is_vacuous = all(isinstance(verdict, Vacuous) for verdict in verdicts)
        if key[0] in ("assert", "cover") and reached and is_vacuous:
            answer.wrong.append(f"wrong VACUOUS: {name}")
    else:
        answer.unknown += 1
