"""`cecheck baseline`: the list of failures that are accepted, each with its reason."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from cecheck.commands.configured import configured
from cecheck.commands.effort import allow, effort, options_of
from cecheck.commands.terminal import complain, erase_progress, progress, write
from cecheck.options import Options, UsageError
from cecheck.report import baseline as listed
from cecheck.report.exit_status import MEANINGS, ExitStatus, exit_status
from cecheck.report.model import Report

T = TypeVar("T", bound=Callable[..., Any])
_DEFAULT = "cecheck-baseline.toml"
_BROKEN = (
    ExitStatus.INTERRUPTED, ExitStatus.INTERNAL, ExitStatus.SPECIFICATION, ExitStatus.NOTHING,
)  # fmt: skip


def basis(path: str, accepted_vacuous: tuple[str, ...]) -> listed.Basis:
    """Return the baseline in the file *path*, as of today."""
    today = datetime.datetime.now(datetime.UTC).date()
    return listed.Basis(path, listed.load(path), today, accepted_vacuous)


_FILE = click.option(
    "--baseline", type=click.Path(dir_okay=False), default=_DEFAULT, show_default=True,
    help="The file with what is accepted.",
)  # fmt: skip


def _solving(command: T) -> T:
    """Give *command* what both commands below take."""
    for give in (configured(), allow, effort, _FILE, click.argument("paths", nargs=-1)):
        command = give(command)
    return command


@click.group("baseline")
def baseline() -> None:
    """Write or check the list of failures that `verify --baseline` accepts."""


@baseline.command("write")
@_solving
def write_(baseline: str, **given: Any) -> ExitStatus:
    """Verify PATHS and list what fails.

    Reasons and dates that the file has already are kept, what no longer fails is removed.  New
    entries need a reason before anything accepts them.
    """
    options = options_of(given)
    there = os.path.exists(baseline)
    none = listed.Basis(baseline, (), datetime.date.min, options.accepted_vacuous)
    known = basis(baseline, options.accepted_vacuous) if there else none
    report = _verified(options)
    status = exit_status(report)
    if status in _BROKEN:
        complain(f"nothing is written: {_why(status)}; `cecheck verify` says more")
        return status
    accepted = listed.renewed(report, known)
    try:
        Path(baseline).write_text(listed.dump(accepted), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write `{baseline}`: {error.strerror}") from error
    missing = sum(not one.has_reason for one in accepted)
    write(f"cecheck: {baseline}: {len(accepted)} accepted, {missing} of them without a reason\n")
    return ExitStatus.PROVED


@baseline.command("check")
@_solving
def check(baseline: str, **given: Any) -> ExitStatus:
    """Verify PATHS and say only what differs from the list.

    The exit status is that of `verify --baseline`.
    """
    options = options_of(given)
    known = basis(baseline, options.accepted_vacuous)
    report = _verified(options)
    applied = listed.applied(report, known)
    accepted = {one.failure for one in known.accepted}
    failing = [
        one
        for file in report.files
        for one in listed.failures(file, known.folder, options.accepted_vacuous)
    ]
    told = [f"new: {failure}" for failure in failing if failure not in accepted]
    told += applied.problems
    status = exit_status(applied)
    if status in _BROKEN:
        told.append(f"not all is known: {_why(status)}; `cecheck verify` says more")
    told.append(f"cecheck: {baseline}: {len(known.accepted)} accepted, {len(told)} to mend")
    write("\n".join(told) + "\n")
    return status


def _why(status: ExitStatus) -> str:
    return MEANINGS[status]


def _verified(options: Options) -> Report:
    from cecheck.runs import verify  # noqa: PLC0415  (loads every stage)

    try:
        return verify(options, progress)
    finally:
        erase_progress()
