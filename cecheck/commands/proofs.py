"""Certificates in files: `verify --certificates DIR`, one for each proof."""

from __future__ import annotations

import os
from pathlib import Path

import click

from cecheck.certify.document import ENDING, file_names, stem, to_text
from cecheck.commands.outputs import write_file
from cecheck.options import UsageError
from cecheck.report.model import FileReport, Report


def folder(_: click.Context, __: click.Parameter, given: str | None) -> str | None:
    """Return the folder that `--certificates` names; it is made if it is not there."""
    if given is None:
        return None
    try:
        os.makedirs(given, exist_ok=True)
        usable = os.access(given, os.W_OK | os.X_OK)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise click.BadParameter(f"`{given}` cannot be written to: {why}") from error
    if not usable:
        raise click.BadParameter(f"`{given}` cannot be written to")
    return given


def write_certificates(place: str, report: Report) -> None:
    """Write the certificates of *report* to the folder *place*, each whole or not at all.

    Those that an earlier run left about the same specifications are replaced or removed.
    """
    try:
        for file in report.files:
            if file.crash is None and not file.has_errors:
                _write(place, file)
    except OSError as error:
        raise UsageError(f"cannot write certificates: {error.strerror}") from error


def _write(place: str, file: FileReport) -> None:
    path = os.path.relpath(file.path).replace(os.sep, "/")
    names = file_names(path, [one.view for one in file.certificates])
    for name, one in zip(names, file.certificates, strict=True):
        write_file(os.path.join(place, name), to_text(one))
    for name in sorted(os.listdir(place)):
        is_ours = name.startswith(f"{stem(path)}.") and name.endswith(ENDING)
        if is_ours and name not in names:
            Path(place, name).unlink(missing_ok=True)
