"""The options of every command that solves: how long, how hard, how much at a time."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from cecheck.options import Options

T = TypeVar("T", bound=Callable[..., Any])

_TIMEOUT = click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), default=Options.timeout,
    show_default=True, help="Seconds for one specification.",
)  # fmt: skip
_RLIMIT = click.option(
    "--rlimit", type=click.IntRange(min=1), default=Options.rlimit, show_default=True,
    help="Solver effort of the first round.",
)  # fmt: skip
_JOBS = click.option(
    "--jobs", type=click.IntRange(min=1), default=os.cpu_count() or 1, help="Solvers at a time.",
    show_default="one for each core",
)  # fmt: skip


def effort(command: T) -> T:
    """Give *command* the options that say how much work it may be."""
    return _TIMEOUT(_RLIMIT(_JOBS(command)))


def _vacuous(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Return the sites that `--allow` names."""
    for text in given:
        if not text.startswith("vacuous=") or text == "vacuous=":
            raise click.BadParameter(f"`{text}` is not of the form vacuous=SITE")
    return tuple(text.removeprefix("vacuous=") for text in given)


allow = click.option(
    "--allow", "accepted_vacuous", multiple=True, callback=_vacuous, metavar="vacuous=SITE",
    help="Accept that SITE can never be reached.",
)  # fmt: skip
