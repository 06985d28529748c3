"""The exit status: what a script may rely on, with the gravest of several winning."""

from __future__ import annotations

from enum import IntEnum
from typing import assert_never

from cecheck.report.model import FileReport, Met, Report


class ExitStatus(IntEnum):
    """Each status that `cecheck verify` can end with."""

    PROVED = 0
    REFUTED = 1
    USAGE = 2
    SPECIFICATION = 3
    UNDECIDED = 4
    NOTHING = 5
    VACUOUS = 6
    INTERNAL = 7
    INTERRUPTED = 130
    TERMINATED = 143


MEANINGS: dict[ExitStatus, str] = {
    ExitStatus.PROVED: "everything asked for was proved, or met its `expect` line",
    ExitStatus.REFUTED: "a check is refuted, an `expect` line not met, a baseline out of date",
    ExitStatus.USAGE: "the command line is wrong, or a path does not exist",
    ExitStatus.SPECIFICATION: "a specification does not parse or type-check",
    ExitStatus.UNDECIDED: "undecided: unknown, time or resource limit, reachability not shown",
    ExitStatus.NOTHING: "nothing to check",
    ExitStatus.VACUOUS: "a site can never be reached (`--allow vacuous=SITE` accepts one)",
    ExitStatus.INTERNAL: "a bug in cecheck",
    ExitStatus.INTERRUPTED: "interrupted",
    ExitStatus.TERMINATED: "terminated; what was done so far is reported",
}

_GRAVEST = (
    ExitStatus.TERMINATED,
    ExitStatus.INTERRUPTED,
    ExitStatus.INTERNAL,
    ExitStatus.SPECIFICATION,
    ExitStatus.REFUTED,
    ExitStatus.UNDECIDED,
    ExitStatus.VACUOUS,
    ExitStatus.NOTHING,
    ExitStatus.PROVED,
)

# What `--exit-zero` forgives: answers, not failures to answer.
_FORGIVEN = frozenset({ExitStatus.REFUTED, ExitStatus.UNDECIDED, ExitStatus.VACUOUS})


def exit_status(report: Report) -> ExitStatus:
    """Return the status of the whole run: libraries count only where they are wrong.

    That a selection leaves nothing of what there is to check is no failure.
    """
    if report.interrupted:
        return ExitStatus.TERMINATED if report.terminated else ExitStatus.INTERRUPTED
    statuses = [
        status
        for file in report.files
        if (status := file_status(file)) is not ExitStatus.NOTHING or not file.library
    ]
    if report.problems:
        statuses.append(ExitStatus.REFUTED)
    nothing = ExitStatus.PROVED if report.left_out else ExitStatus.NOTHING
    return min(statuses or [nothing], key=_GRAVEST.index)


def file_status(report: FileReport) -> ExitStatus:
    """Return the status of one specification."""
    if report.crash is not None:
        return ExitStatus.INTERNAL
    if report.has_errors:
        return ExitStatus.SPECIFICATION
    if not report.findings:  # stopped before there were any, or there is none to be had
        stopped = any(outcome.met is Met.UNDECIDED for outcome in report.outcomes)
        return ExitStatus.UNDECIDED if stopped else ExitStatus.NOTHING
    return min((_status(outcome.met) for outcome in report.outcomes), key=_GRAVEST.index)


def forgiven(status: ExitStatus) -> ExitStatus:
    """Return the status of a job that only reports."""
    return ExitStatus.PROVED if status in _FORGIVEN else status


def _status(met: Met) -> ExitStatus:
    match met:
        case Met.YES:
            return ExitStatus.PROVED
        case Met.NO:
            return ExitStatus.REFUTED
        case Met.UNDECIDED:
            return ExitStatus.UNDECIDED
        case Met.VACUOUS:
            return ExitStatus.VACUOUS
        case _:
            assert_never(met)
