"""Which candidate is a repair: each is verified like any specification, the first proved is shown.

A trial that is refuted, undecided, vacuous or not understood is no repair; neither is one that asks
less than the specification did.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

from cecheck.options import Options, Terminated
from cecheck.pipeline import verified
from cecheck.reading import shipped_platform
from cecheck.record import record
from cecheck.repair.change import Change, applied, diff
from cecheck.repair.edits import Candidate, candidates
from cecheck.repair.scene import Wrong
from cecheck.repair.tree import below, words
from cecheck.report.expect import all_proved
from cecheck.report.model import FileReport, Finding, Met, Refuted, Repair, Report
from cecheck.source import Source
from cecheck.syntax import ast
from cecheck.syntax.parse import parse

TRIAL = 30.0  # seconds at most for one candidate: there are others

Verify: TypeAlias = Callable[[Source, Options], FileReport]


def with_repairs(report: Report, options: Options, verify: Verify = verified) -> Report:
    """Return *report* with repairs of what is refuted, as far as they are wanted.

    They are looked for where somebody will look at a refutation: it was not expected, or the
    specification is the only one.  *verify* judges a text.
    """
    if not options.suggest or report.interrupted:
        return report
    begun = time.monotonic()
    alone = len(report.files) == 1
    files = list(report.files)
    terminated: bool | None = None
    try:
        for number, file in enumerate(files):
            if _wants(file, alone):
                left = options.suggest_budget - (time.monotonic() - begun)
                repair = repair_of(file, replace(options, suggest_budget=max(left, 0.0)), verify)
                files[number] = replace(file, repair=repair)
    except KeyboardInterrupt as stop:
        terminated = isinstance(stop, Terminated)
    seconds = report.seconds + time.monotonic() - begun
    told = replace(report, files=tuple(files), seconds=seconds)
    return told if terminated is None else replace(told, interrupted=True, terminated=terminated)


def _wants(file: FileReport, alone: bool) -> bool:
    if file.source is None or file.crash is not None or not _refuted(file.findings):
        return False
    return alone or any(outcome.met is Met.NO for outcome in file.outcomes)


def _refuted(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if isinstance(finding.verdict, Refuted)]


def repair_of(
    report: FileReport, options: Options, verify: Verify = verified
) -> Repair | None:
    """Return the smallest edit found with which everything in the file of *report* is proved.

    *verify* judges a text.  The time is limited, so None does not say that there is none.
    """
    file = parse(report.source)[0] if report.source is not None else None
    if file is None:
        return None
    wrong = [Wrong(f.kind, f.site.span) for f in _refuted(report.findings)]
    found = candidates(file, _platform(file), dict.fromkeys(wrong))
    return first_proved(file, found, options, verify)


def _platform(file: ast.File) -> Sequence[ast.PlatformItem]:
    """Return the items of the platform that *file* declares, or the shipped one that it uses."""
    for item in file.items:
        if isinstance(item, ast.Platform):
            return item.items
    for item in file.items:
        if isinstance(item, ast.Use) and not item.is_file:
            other = shipped_platform(item.target.text)
            return _platform(other) if other is not None else ()
    return ()


def first_proved(
    file: ast.File, found: Sequence[Candidate], options: Options, verify: Verify = verified
) -> Repair | None:
    """Return the first of *found* with which everything is proved and nothing less is asked.

    All are tried at first with what settles most proofs, then with everything that there is.
    """
    trial = _Trial(file, verify, options, time.monotonic() + options.suggest_budget)
    tried = 0
    for all_or_nothing in (True, False):
        for candidate in found:
            if time.monotonic() >= trial.deadline:
                return None
            tried += 1
            proved = trial.proved(candidate.text, all_or_nothing)
            if proved:
                lines = diff(file.source.path, file.source.text, candidate.text)
                return Repair(candidate.name, lines, proved, tried)
    return None


@record
class _Trial:
    """How candidates for *file* are tried, until *deadline* (of `time.monotonic`)."""

    file: ast.File
    verify: Verify
    options: Options
    deadline: float

    def proved(self, text: str, all_or_nothing: bool) -> int:
        """Return how many checks are proved of *text*; 0 if it is no repair."""
        source = Source(self.file.source.path, self._expecting_proofs(text))
        new = parse(source)[0]
        if new is None or not keeps(self.file, new):
            return 0
        left = max(self.deadline - time.monotonic(), 0.01)
        options = replace(
            self.options, timeout=min(left, TRIAL), only=(), accepted_vacuous=(),
            all_or_nothing=all_or_nothing,
        )  # fmt: skip
        try:
            told = self.verify(source, options)
        except Exception:  # what breaks a solver, or cecheck, is no repair
            return 0
        if told.has_errors or told.crash is not None or not told.findings:
            return 0
        outcomes = [*told.outcomes, all_proved(told.findings)]
        return len(told.findings) if all(one.met is Met.YES for one in outcomes) else 0

    def _expecting_proofs(self, text: str) -> str:
        """Return *text* with proofs expected of what is refuted now."""
        spans = [line.span for line in self.file.expectations if line.answer == "refuted"]
        return applied(text, [Change(span.start, span.end, "proved") for span in spans])


def keeps(old: ast.File, new: ast.File) -> bool:
    """Tell whether *new* does and is asked all that *old* does and is asked.

    Labels, accesses, calls out of the caller's script, tests, policies, and what is asserted or
    assumed stay; nothing new is assumed.
    """
    before, after = _asked(old), _asked(new)
    return before == after


_ASKED = ast.Assert | ast.Cover | ast.Invariant | ast.Assume | ast.Client | ast.Test | ast.Policy


def _asked(file: ast.File) -> Counter[str]:
    found: Counter[str] = Counter()
    for node in below(file):
        match node:
            case ast.Labelled():
                found[f"label {node.label.text}"] += 1
            case ast.Access():
                found["write" if node.writing else "read"] += 1
            case ast.Dma():
                found["dma"] += 1
            case ast.Rule():
                found[words(node)] += 1
            case _ if isinstance(node, _ASKED):
                found[words(node)] += 1
            case _:
                pass
    return found
