"""`cecheck schema`: the JSON Schema of the JSON report."""

from __future__ import annotations

import click

from cecheck.commands.terminal import write


@click.command()
def schema() -> None:
    """Print the JSON Schema of what `verify --format json` writes."""
    from cecheck.report.schema import render  # noqa: PLC0415  (needed here alone)

    write(render())
