"""`cecheck certify`: certificates in files, judged from the texts of their specifications on."""

from __future__ import annotations

import os
import sys
from enum import Enum
from pathlib import Path

import click

from cecheck.certify.document import ENDING
from cecheck.commands.effort import jobs
from cecheck.commands.terminal import erase_progress, progress, write
from cecheck.options import Color, Options, UsageError
from cecheck.report.certified import Certified, status, to_json, to_text
from cecheck.report.exit_status import ExitStatus
from cecheck.report.paint import Paint, wants_color

_STATUSES = """
    0  every certificate holds
    1  one does not hold: of a changed specification, or no proof
    2  the command line is wrong, or a path does not exist
    3  a file is no certificate, or a specification is not understood
    4  undecided: a solver gave up, or time is over
    5  nothing to check
    7  a bug in cecheck
"""


class Format(Enum):
    """How the result is written to standard output."""

    TEXT = "text"
    JSON = "json"


@click.command(epilog=f"\b\nExit status:{_STATUSES}")
@click.argument("paths", nargs=-1, required=True)
@click.option(
    "--root", default=".", type=click.Path(exists=True, file_okay=False), show_default=True,
    help="The folder that the paths in certificates are from.",
)  # fmt: skip
@click.option(
    "--spec", type=click.Path(exists=True, dir_okay=False),
    help="The specification, wherever the certificates say it is.",
)  # fmt: skip
@click.option(
    "--format", "format_", type=click.Choice(Format, case_sensitive=False), default=Format.TEXT,
    show_default="text",
)  # fmt: skip
@click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), default=Options.timeout,
    show_default=True, help="Seconds for one certificate.",
)  # fmt: skip
@jobs
@click.option(
    "--color", type=click.Choice(Color, case_sensitive=False), default=Color.AUTO,
    show_default="auto",
)  # fmt: skip
def certify(  # noqa: PLR0913  (one for each option)
    *,
    paths: tuple[str, ...],
    root: str,
    spec: str | None,
    format_: Format,
    timeout: float,
    jobs: int,
    color: Color,
) -> ExitStatus:
    """Judge the certificates in PATHS, files or folders, that `verify --certificates` wrote.

    Engines and reductions have no part in it: each specification is read and lowered again, what
    must be unsatisfiable is worked out from that, and two solvers are asked.
    """
    from cecheck.recheck import Demand, certified  # noqa: PLC0415  (loads the parser)

    named = _files(paths)
    demand = Demand(root, spec, timeout, jobs)
    found: list[Certified] = []
    try:
        for number, path in enumerate(named, start=1):
            progress(number, len(named), path)
            found.append(certified(path, demand))
    finally:
        erase_progress()
    if format_ is Format.JSON:
        write(to_json(found))
    else:
        colored = wants_color(color, os.environ, sys.stdout.isatty())
        write(to_text(found, Paint.ANSI if colored else Paint.PLAIN))
    return status(found)


def _files(paths: tuple[str, ...]) -> list[str]:
    """Return the files that *paths* mean, each once; of a folder those that have our ending."""
    found: dict[str, None] = {}
    for path in paths:
        try:
            if Path(path).is_dir():
                names = sorted(name for name in os.listdir(path) if name.endswith(ENDING))
                found |= dict.fromkeys(os.path.join(path, name) for name in names)
            elif Path(path).exists():
                found[path] = None
            else:
                raise UsageError(f"no such file or folder: `{path}`")
        except (OSError, ValueError) as error:
            raise UsageError(f"cannot read `{path}`: {error}") from error
    return list(found)
