"""`cecheck schema`: the JSON Schemas of what is written for programs."""

from __future__ import annotations

from enum import Enum

import click

from cecheck.commands.terminal import write


class What(Enum):
    """What the schema describes."""

    REPORT = "report"
    CERTIFICATE = "certificate"


@click.command()
@click.argument("what", type=click.Choice(What, case_sensitive=False), default=What.REPORT)
def schema(what: What) -> None:
    """Print the JSON Schema of what `verify --format json` writes, or of a certificate."""
    # Each is needed here alone.
    if what is What.REPORT:
        from cecheck.report.schema import render  # noqa: PLC0415
    else:
        from cecheck.report.certificate_schema import render  # noqa: PLC0415
    write(render())
