"""`cecheck init`: a project to start from, which verifies as it is."""

from __future__ import annotations

from pathlib import Path

import click

from cecheck.commands.terminal import write
from cecheck.options import UsageError
from cecheck.paths import TEMPLATES
from cecheck.report.exit_status import ExitStatus
from cecheck.report.paint import plain

# What is written, and the template that it comes from.
_FILES = {
    "cecheck.toml": "cecheck.toml",
    "specs/sample.ce": "sample.ce",
    "specs/sample_wrong.ce": "sample_wrong.ce",
    ".github/workflows/cecheck.yml": "workflow.yml",
}


@click.command()
@click.argument("folder", default=".", metavar="[DIR]")
def init(folder: str) -> ExitStatus:
    """Write a project into DIR: settings, a specification with its wrong twin, a workflow.

    Files that are there already are left as they are.
    """
    for name, template in _FILES.items():
        path = Path(folder) / name
        written = _write(path, (TEMPLATES / template).read_text(encoding="utf-8"))
        write(f"{'wrote' if written else 'kept '} {plain(str(path))}\n")
    write(f"cecheck: next, in {plain(folder)}: cecheck verify\n")
    return ExitStatus.PROVED


def _write(path: Path, text: str) -> bool:
    """Write a new file; tell whether there was none, not even a link to nowhere."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        if not path.parent.is_dir():
            raise UsageError(f"cannot write `{path}`: `{path.parent}` is no folder") from error
        return False
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot write `{path}`: {error}") from error
    return True
