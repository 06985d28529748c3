"""Reports in files: `--out FILE`, as often as one likes; the ending says what the file holds."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import click

from cecheck.options import Format, UsageError
from cecheck.report.model import Refuted, Report
from cecheck.report.printers import ENDINGS, format_of, printer

_EACH = "{n}"  # in the name of a trace: one for each refutation


def checked(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Return the paths that `--out` names, if each can be written in a format that is known."""
    seen: set[str] = set()
    for path in given:
        format_ = format_of(path)
        if format_ is None:
            raise click.BadParameter(f"`{path}` has none of the endings {', '.join(ENDINGS)}")
        if _EACH in path and (format_ is not Format.ITF or path.count(_EACH) > 1):
            raise click.BadParameter(f"`{path}`: {_EACH} is for one place in the name of a trace")
        _check_writable(path)
        real = os.path.realpath(path)
        if real in seen:
            raise click.BadParameter(f"`{path}` is given twice")
        seen.add(real)
    return given


def _check_writable(path: str) -> None:
    """See by trying: rights alone do not tell, neither of a disk nor of who may do anything."""
    folder = Path(path).parent
    try:
        if Path(path).is_dir():
            raise click.BadParameter(f"`{path}` is a folder")
        if not folder.is_dir():
            raise click.BadParameter(f"`{path}` cannot be written: no such folder: `{folder}`")
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise click.BadParameter(f"`{path}` cannot be written: {why}") from error


def write_all(paths: tuple[str, ...], report: Report) -> None:
    """Write *report* to each of *paths*, whole or not at all."""
    for path in paths:
        format_ = format_of(path)
        assert format_ is not None
        try:
            if _EACH in path:
                _write_each(path, report)
            else:
                write_file(path, printer(format_)(report))
        except OSError as error:
            raise UsageError(f"cannot write `{path}`: {error.strerror}") from error


def _write_each(pattern: str, report: Report) -> None:
    """Write a trace for each refutation, numbered from 1; none of an earlier run is left."""
    number = 0
    for number, part in enumerate(_refutations(report), start=1):
        write_file(pattern.replace(_EACH, str(number)), printer(Format.ITF)(part))
    while (older := Path(pattern.replace(_EACH, str(number + 1)))).is_file():
        older.unlink()
        number += 1


def _refutations(report: Report) -> Iterator[Report]:
    """Yield *report* with one refuted finding of it at a time, in its order."""
    for file in report.files:
        for finding in file.findings:
            if isinstance(finding.verdict, Refuted):
                yield replace(report, files=(replace(file, findings=(finding,), excused=()),))


def write_file(path: str, text: str) -> None:
    """Write a file beside its place first, with the rights that it had or would have; a link
    stays one, and what is no file (a pipe, a device) is written to."""
    real = Path(os.path.realpath(path))
    if real.exists() and not real.is_file():
        real.write_text(text, encoding="utf-8")
        return
    handle, temporary = tempfile.mkstemp(prefix=".cecheck-", dir=real.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(temporary, _mode(real))
        os.replace(temporary, real)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _mode(path: Path) -> int:
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
