"""`cecheck platforms`: the operating systems that are shipped, and what each of them models."""

from __future__ import annotations

import click

from cecheck.commands.terminal import write
from cecheck.options import UsageError
from cecheck.paths import MODELS


@click.command()
@click.argument("name", required=False)
def platforms(name: str | None) -> None:
    """List the shipped platforms, or tell what NAME models: its calls, functions, named facts."""
    from cecheck.report.platforms import Described, described, listed, told  # noqa: PLC0415

    files = sorted(MODELS.glob("*.ce"))
    if name is None:
        write(listed([one for file in files for one in described(file)]))
        return
    known: dict[str, Described] = {one.name: one for f in files for one in described(f)}
    if name not in known:
        raise UsageError(f"there is no platform `{name}` (there are: {', '.join(known)})")
    write(told(known[name]))
