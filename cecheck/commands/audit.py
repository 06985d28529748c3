"""`cecheck audit`: everything that the answers about specifications rest on."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from enum import Enum
from pathlib import Path

import click

from cecheck.commands.configured import configured, settings_of
from cecheck.commands.terminal import erase_progress, progress, write
from cecheck.config import Settings
from cecheck.inputs import specifications
from cecheck.options import Color
from cecheck.report import ledger
from cecheck.report.baseline import load
from cecheck.report.exit_status import ExitStatus
from cecheck.report.ledger import MEANINGS, Audited, Entry, Kind
from cecheck.report.paint import Paint, wants_color
from cecheck.source import Source, Span

_KINDS = "\n".join(f"  {kind.value:22}  {meaning}" for kind, meaning in MEANINGS.items())
_STATUSES = """
    0  no kind that --deny names occurs
    1  one occurs
    2  the command line is wrong, or a path does not exist
    3  a specification does not parse or type-check
    5  nothing to audit
"""


class Format(Enum):
    """How the ledger is written to standard output."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


@click.command(epilog=f"\b\nKinds:\n{_KINDS}\n\n\b\nExit status:{_STATUSES}")
@click.argument("paths", nargs=-1)
@click.option(
    "--format", "format_", type=click.Choice(Format, case_sensitive=False), default=Format.TEXT,
    show_default="text",
)  # fmt: skip
@click.option(
    "--deny", multiple=True, type=click.Choice([kind.value for kind in Kind]), metavar="KIND",
    help="End with 1 if there is something of this kind; may be repeated.",
)  # fmt: skip
@click.option(
    "--color", type=click.Choice(Color, case_sensitive=False), default=Color.AUTO,
    show_default="auto",
)  # fmt: skip
@click.option(
    "--baseline", type=click.Path(dir_okay=False), help="List what this file accepts, too."
)
@configured("paths", "deny", "baseline")
@click.pass_context
def audit(  # noqa: PLR0913  (one for each option)
    context: click.Context,
    *,
    paths: tuple[str, ...],
    format_: Format,
    deny: tuple[str, ...],
    color: Color,
    baseline: str | None,
) -> ExitStatus:
    """List what answers about PATHS rest on: assumptions, trusted parties, bounds, exceptions.

    Nothing is solved.  Without PATHS, the specifications in the current folder.
    """
    from cecheck.audit import audited  # noqa: PLC0415  (loads the parser)

    named = specifications(paths or (".",))
    files = [*_settings(settings_of(context)), *_baseline(baseline)]
    try:
        for number, path in enumerate(named, start=1):
            progress(number, len(named), path)
            files.append(audited(path))
    finally:
        erase_progress()
    denied = frozenset(Kind(name) for name in deny)
    status = _status(files, denied)
    write(_rendered(files, denied, format_, (color, status)))
    return status


def _settings(settings: Settings | None) -> list[Audited]:
    """Return what the settings of the project accept for every specification."""
    sites = settings.values.get("allow", ()) if settings is not None else ()
    if settings is None or not sites:
        return []
    source = Source(settings.path, settings.text)
    start = max(settings.text.find("allow"), 0)
    entries = tuple(Entry(Kind.VACUOUS, Span(source, start, start), f"allow {x}") for x in sites)
    return [Audited(settings.path, entries, library=True)]


def _baseline(path: str | None) -> list[Audited]:
    """Return what the file *path* accepts."""
    if path is None:
        return []
    accepted = load(path)
    source = Source(path, Path(path).read_text(encoding="utf-8"))
    starts = [match.start() for match in re.finditer(r"(?m)^[ \t]*\[\[", source.text)]
    entries = tuple(
        Entry(Kind.ACCEPTED, Span(source, at, at), f"{one.failure}: {one.reason}")
        for at, one in zip(starts, accepted, strict=False)
    )
    return [Audited(path, entries, library=True)]


def _status(files: Sequence[Audited], denied: frozenset[Kind]) -> ExitStatus:
    if any(not file.understood for file in files):
        return ExitStatus.SPECIFICATION
    if any(entry.kind in denied for file in files for entry in file.entries):
        return ExitStatus.REFUTED
    return ExitStatus.PROVED if any(not f.library for f in files) else ExitStatus.NOTHING


def _rendered(
    files: Sequence[Audited],
    denied: frozenset[Kind],
    format_: Format,
    how: tuple[Color, ExitStatus],
) -> str:
    match format_:
        case Format.JSON:
            return ledger.to_json(files, denied, int(how[1]))
        case Format.MARKDOWN:
            return ledger.to_markdown(files, denied)
        case Format.TEXT:
            colored = wants_color(how[0], os.environ, sys.stdout.isatty())
            return ledger.to_text(files, denied, Paint.ANSI if colored else Paint.PLAIN)
