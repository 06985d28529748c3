"""Reports in files: `--out FILE`, as often as one likes; the ending says what the file holds."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import click

from cecheck.options import UsageError
from cecheck.report.model import Report
from cecheck.report.printers import ENDINGS, format_of, printer


def checked(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Return the paths that `--out` names, if each can be written in a format that is known."""
    for path in given:
        if format_of(path) is None:
            raise click.BadParameter(f"`{path}` has none of the endings {', '.join(ENDINGS)}")
        folder = Path(path).parent
        if not folder.is_dir() or not os.access(folder, os.W_OK):
            raise click.BadParameter(f"`{path}` cannot be written: no such folder, or not yours")
        if Path(path).is_dir():
            raise click.BadParameter(f"`{path}` is a folder")
    return given


def write_all(paths: tuple[str, ...], report: Report) -> None:
    """Write *report* to each of *paths*, whole or not at all."""
    for path in paths:
        format_ = format_of(path)
        assert format_ is not None
        try:
            _write(Path(path), printer(format_)(report))
        except OSError as error:
            raise UsageError(f"cannot write `{path}`: {error.strerror}") from error


def _write(path: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
