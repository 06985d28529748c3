"""The whole tool as one page: specifications in, a report out."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from cecheck import __version__
from cecheck.diagnostics import Diagnostic
from cecheck.inputs import STDIN, specifications
from cecheck.options import Options, UsageError
from cecheck.report.expect import judge
from cecheck.report.model import FileReport, Report
from cecheck.source import Source

Progress: TypeAlias = Callable[[int, int, str], None]


def verify(options: Options, progress: Progress) -> Report:
    """Return what is true of every specification that *options* name.

    *progress* is told (number, count, path) before each.  An interrupt ends the run early.  A
    crash is kept with its specification, so that the answers about the others are not lost.
    """
    paths = specifications(options.paths or (".",))
    files: list[FileReport] = []
    try:
        for number, path in enumerate(paths, start=1):
            progress(number, len(paths), path)
            files.append(_file(path, options))
    except KeyboardInterrupt:
        return Report(__version__, tuple(files), interrupted=True)
    return Report(__version__, tuple(files))


def _file(path: str, options: Options) -> FileReport:
    source = _read(path)
    if isinstance(source, Diagnostic):
        return FileReport(path, diagnostics=(source,))
    try:
        return _verified(source, options)
    except Exception as error:
        return FileReport(source.path, source, crash=_crash(error))


def _read(path: str) -> Source | Diagnostic:
    from cecheck.syntax import limits  # noqa: PLC0415  (until the stages below are joined)

    try:
        if path == STDIN:
            return limits.decoded("<stdin>", sys.stdin.buffer.read(limits.MAX_BYTES + 1))
        return limits.read_source(Path(path))
    except OSError as error:
        raise UsageError(f"cannot read `{path}`: {error.strerror}") from error


def _crash(error: Exception) -> str:
    """Return what broke, and where in cecheck."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{place}"


def _verified(source: Source, options: Options) -> FileReport:
    """Parse, elaborate, lower, solve, certify, replay."""
    from cecheck.syntax.parse import parse  # noqa: PLC0415  (until the stages are joined)

    file, diagnostics = parse(source)
    if file is None:
        return FileReport(source.path, source, diagnostics=diagnostics)
    report = FileReport(source.path, source, file.head, diagnostics)
    outcomes = judge(
        file.expectations, report.findings, only=options.only, accepted=options.accepted_vacuous
    )
    return replace(report, outcomes=outcomes)
