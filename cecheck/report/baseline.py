"""Accepted failures: each known by its content, with a reason, and until a date.

A baseline accepts what it lists and nothing else.  What it lists and no longer fails is a problem,
so that it cannot hide the failure when it comes back.
"""

from __future__ import annotations

import datetime
import json
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from cecheck.options import UsageError
from cecheck.record import record
from cecheck.report.expect import all_proved, failing
from cecheck.report.model import FileReport, Finding, Met, Outcome, Proved, Refuted, Report, Unknown

SCHEMA: Final = "cecheck-baseline/1"
NO_REASON: Final = "REASON MISSING"
_HEAD: Final = f"""\
# Failures that `cecheck verify --baseline` accepts.  Each needs a reason; `expires = 2030-01-31`
# may give it a last day.  `cecheck baseline write` adds new ones and keeps what is written here.
schema = "{SCHEMA}"
"""


@record
class Failure:
    """What fails, by its content: *path* from the folder of the baseline, and never a line.

    *answer* is what is known instead of a proof: "refuted", "unknown", "vacuous", "not reached";
    "no refuted" and the like where a line of the specification expects that answer in vain.
    """

    path: str
    site: str
    check: str
    view: str
    answer: str

    def __str__(self) -> str:
        view = f" ({self.view} view)" if self.view else ""
        about = f"{self.check or 'any'} at {self.site or 'any site'}{view}"
        return f"{self.path}: {about}: {self.answer}"


@record
class Accepted:
    """A failure that is accepted for *reason*, up to and including the day *expires*."""

    failure: Failure
    reason: str
    expires: datetime.date | None = None

    @property
    def has_reason(self) -> bool:
        """Whether somebody wrote down why."""
        return bool(self.reason.strip()) and not self.reason.startswith(NO_REASON)

    def holds(self, today: datetime.date) -> bool:
        """Tell whether the failure is accepted on the day *today*."""
        return self.has_reason and (self.expires is None or today <= self.expires)


_TEXTS: Final = ("path", "site", "check", "view", "answer", "reason")


def load(path: str) -> tuple[Accepted, ...]:
    """Return what the file *path* accepts; what it cannot say is a usage error."""
    try:
        with open(path, "rb") as file:
            data = tomllib.load(file)
    except OSError as error:
        raise UsageError(f"cannot read `{path}`: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path}: not TOML: {error}") from error
    if data.get("schema") != SCHEMA or not isinstance(data.get("accepted", []), list):
        raise UsageError(f'{path}: no baseline of this version: it begins with schema = "{SCHEMA}"')
    unknown = data.keys() - {"schema", "accepted"}
    if unknown:
        raise UsageError(f"{path}: `{min(unknown)}` means nothing in a baseline")
    found = [_entry(path, number, one) for number, one in enumerate(data.get("accepted", []), 1)]
    seen: set[Failure] = set()
    for one in found:
        if one.failure in seen:
            raise UsageError(f"{path}: listed twice: {one.failure}")
        seen.add(one.failure)
    return tuple(found)


def _entry(path: str, number: int, data: Any) -> Accepted:
    where = f"{path}: entry {number}"
    if not isinstance(data, dict):
        raise UsageError(f"{where}: must be a table: [[accepted]]")
    for name in _TEXTS:
        if not isinstance(data.get(name), str):
            raise UsageError(f'{where}: `{name}` is missing or no text: {name} = "..."')
    expires = data.get("expires")
    if expires is not None and type(expires) is not datetime.date:
        raise UsageError(f"{where}: `expires` must be a date: expires = 2030-01-31")
    unknown = data.keys() - {*_TEXTS, "expires"}
    if unknown:
        raise UsageError(f"{where}: `{min(unknown)}` means nothing")
    *content, reason = (data[name] for name in _TEXTS)
    return Accepted(Failure(*content), reason, expires)


def dump(accepted: Sequence[Accepted]) -> str:
    """Return the text of a baseline, sorted by path, site, check and view."""
    parts = [_HEAD]
    order = {one: tuple(getattr(one.failure, n) for n in _TEXTS[:-1]) for one in accepted}
    for one in sorted(accepted, key=order.__getitem__):
        lines = [f"{n} = {_quoted(getattr(one.failure, n))}" for n in _TEXTS[:-1]]
        lines.append(f"reason = {_quoted(one.reason)}")
        lines += [f"expires = {one.expires.isoformat()}"] if one.expires is not None else []
        parts.append("\n".join(["[[accepted]]", *lines, ""]))
    return "\n".join(parts)


def _quoted(text: str) -> str:
    """Return *text* as a basic string of TOML; it has no lone surrogates, files are UTF-8."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


# ---- what fails ----------------------------------------------------------------------------------


def shown(file: FileReport, folder: str) -> str:
    """Return how a baseline in *folder* calls the specification."""
    return os.path.relpath(file.path, folder or ".").replace(os.sep, "/")


def failures(
    file: FileReport, folder: str, accepted_vacuous: Sequence[str] = ()
) -> dict[Failure, None]:
    """Return what fails in *file*, as long as it has answers at all."""
    parts = failing(file.outcomes, file.findings, accepted_vacuous)
    return {one: None for part in parts for one in _of(part, shown(file, folder))}


def _of(part: tuple[Outcome, list[Finding]], path: str) -> list[Failure]:
    outcome, findings = part
    line = outcome.expectation
    if findings or line is None:
        return [
            Failure(path, f.site.name, f.kind.value, f.view.value, _answer(f)) for f in findings
        ]
    answer = "undecided" if outcome.met is Met.UNDECIDED else f"no {line.answer}"
    return [Failure(path, line.site or "", line.check or "", line.view or "", answer)]


def _answer(finding: Finding) -> str:
    match finding.verdict:
        case Refuted():
            return "refuted"
        case Unknown():
            return "unknown"
        case Proved():
            return "not reached"
        case _:
            return "vacuous"


# ---- what of it is accepted ----------------------------------------------------------------------


@record
class Basis:
    """A baseline as it is used: the file *path*, what it lists, and the day of the run."""

    path: str
    accepted: tuple[Accepted, ...]
    today: datetime.date
    accepted_vacuous: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """The folder from which paths are meant."""
        return os.path.dirname(self.path)


def applied(report: Report, basis: Basis) -> Report:
    """Return *report* with what *basis* accepts met, and what is wrong with the baseline."""
    listed = {one.failure: one for one in basis.accepted}
    problems = [
        f"no reason is given, so it is not accepted: {one.failure}"
        for one in basis.accepted
        if not one.has_reason
    ]
    problems += [
        f"expired on {one.expires}, so it is not accepted: {one.failure}"
        for one in basis.accepted
        if one.has_reason and not one.holds(basis.today)
    ]
    current: set[Failure] = set()
    files = []
    for file in report.files:
        current |= failures(file, basis.folder, basis.accepted_vacuous).keys()
        files.append(_excused(file, basis, listed))
    problems += _outdated(report, basis, current)
    return replace(report, files=tuple(files), problems=tuple(problems))


def _is_answered(file: FileReport) -> bool:
    """Tell whether there are answers, which could be accepted."""
    return file.crash is None and not file.has_errors and bool(file.findings)


def _excused(file: FileReport, basis: Basis, listed: Mapping[Failure, Accepted]) -> FileReport:
    """Return *file* with those outcomes met all of whose failures are accepted."""
    if not _is_answered(file):
        return file
    path = shown(file, basis.folder)
    met: dict[int, Outcome] = {}
    reasons: dict[str, None] = {}
    excused: set[int] = set()
    for part in failing(file.outcomes, file.findings, basis.accepted_vacuous):
        some = _of(part, path)
        held = [listed[one] for one in some if one in listed and listed[one].holds(basis.today)]
        reasons |= dict.fromkeys(_told(one) for one in held)
        known = {one.failure for one in held}
        met[id(part[0])] = _left(part, known, basis, path)
        excused |= {id(f) for f in part[1] if known.issuperset(_of((part[0], [f]), path))}
    outcomes = tuple(met.get(id(outcome), outcome) for outcome in file.outcomes)
    numbers = [n for n, finding in enumerate(file.findings) if id(finding) in excused]
    told = tuple(sorted({*file.excused, *numbers}))
    return replace(file, outcomes=outcomes, accepted=tuple(reasons), excused=told)


def _left(
    part: tuple[Outcome, list[Finding]], held: set[Failure], basis: Basis, path: str
) -> Outcome:
    """Return how an expectation fares if *held* do not count."""
    outcome, findings = part
    if not findings:
        return replace(outcome, met=Met.YES) if held else outcome
    line = outcome.expectation
    rest = [f for f in findings if not held.issuperset(_of((outcome, [f]), path))]
    return replace(all_proved(rest, basis.accepted_vacuous), expectation=line)


def _told(one: Accepted) -> str:
    until = f" (until {one.expires})" if one.expires is not None else ""
    return f"{str(one.failure).removeprefix(one.failure.path + ': ')}: {one.reason}{until}"


def _outdated(report: Report, basis: Basis, current: set[Failure]) -> list[str]:
    """Return what is listed and does not fail, in what was answered or is not there."""
    answered = {shown(file, basis.folder) for file in report.files if _is_answered(file)}
    told = []
    for one in basis.accepted:
        failure = one.failure
        if failure in current:
            continue
        if failure.path in answered:
            told.append(f"no longer fails, remove it: {failure}")
        elif not os.path.exists(os.path.join(basis.folder, failure.path)):
            told.append(f"is no longer there, remove it: {failure}")
    return told


def renewed(report: Report, basis: Basis) -> tuple[Accepted, ...]:
    """Return the baseline that *report* calls for: what still fails or was not looked at, and what
    is new with a placeholder for its reason."""
    known = {one.failure: one for one in basis.accepted}
    kept: dict[Failure, Accepted] = {}
    looked_at = {shown(file, basis.folder) for file in report.files if _is_answered(file)}
    for file in report.files:
        for failure in failures(file, basis.folder, basis.accepted_vacuous):
            kept[failure] = known.get(failure, Accepted(failure, _placeholder()))
    for failure, one in known.items():
        is_there = os.path.exists(os.path.join(basis.folder, failure.path))
        if failure.path not in looked_at and is_there:
            kept[failure] = one
    return tuple(kept.values())


def _placeholder() -> str:
    return f"{NO_REASON}: say why this is accepted"
