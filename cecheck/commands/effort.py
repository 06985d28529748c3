"""The options of every command that solves: how long, how hard, how much at a time."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, TypeVar

import click

from cecheck import cache
from cecheck.options import Options, Second

T = TypeVar("T", bound=Callable[..., Any])

_TIMEOUT = click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), default=Options.timeout,
    show_default=True, help="Seconds for one specification.",
)  # fmt: skip
_RLIMIT = click.option(
    "--rlimit", type=click.IntRange(min=1), default=Options.rlimit, show_default=True,
    help="Solver effort of the first round.",
)  # fmt: skip


def _second(_: click.Context, __: click.Parameter, given: Second) -> Second:
    """Return the solver that is to confirm proofs, if it is installed."""
    if given is Second.BITWUZLA and find_spec("bitwuzla") is None:
        raise click.BadParameter("bitwuzla is not installed: pip install 'cecheck[bitwuzla]'")
    return given


second = click.option(
    "--second-solver", "second", type=click.Choice(Second, case_sensitive=False),
    callback=_second, default=Options.second, show_default="cvc5",
    help="What confirms proofs besides Z3.",
)  # fmt: skip
jobs = click.option(
    "--jobs", type=click.IntRange(min=1), default=os.cpu_count() or 1, help="Solvers at a time.",
    show_default="one for each core",
)  # fmt: skip

_MOST_PORTS = 65_535


def _executor(_: click.Context, __: click.Parameter, given: str) -> str:
    """Return where to verify, if it is a place."""
    match = re.fullmatch(r"dask(?:\+tls)?://[^\s/@]+:([0-9]{1,5})", given)
    if given != Options.executor and not (match and 0 < int(match[1]) <= _MOST_PORTS):
        raise click.BadParameter(f"`{given}` is neither `local` nor like dask://host:8786")
    return given


_EXECUTOR = click.option(
    "--executor", callback=_executor, default=Options.executor, show_default=True,
    metavar="local|dask://HOST:PORT",
    help="Verify here, or on the workers of a Dask scheduler (dask+tls:// with TLS).",
)  # fmt: skip


def effort(command: T) -> T:
    """Give *command* the options that say how much work it may be, and who does it."""
    return _TIMEOUT(_RLIMIT(jobs(_EXECUTOR(_CACHE(_NO_CACHE(command))))))


_CACHE = click.option(
    "--cache", metavar="DIR", type=click.Path(file_okay=False),
    help="Keep what was found in DIR, for later runs to confirm  [default: the user's cache]",
)  # fmt: skip
_NO_CACHE = click.option("--no-cache", is_flag=True, help="Find out everything anew.")


def options_of(given: dict[str, Any]) -> Options:
    """Return the options that a command was *given*; without `--cache`, with the user's cache."""
    anew = given.pop("no_cache")
    given["cache"] = None if anew else given["cache"] or cache.default()
    return Options(**given)


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

_MOST_SHARDS = 10_000


def _shard(
    _: click.Context, __: click.Parameter, given: str | None
) -> tuple[int, int] | None:
    """Return the shard that ``i/n`` is."""
    if given is None:
        return None
    match = re.fullmatch(r"([0-9]{1,5})/([0-9]{1,5})", given)
    index, count = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= index <= count <= _MOST_SHARDS:
        raise click.BadParameter(f"`{given}` is not a shard: 1/3, 2/3 and 3/3 are those of three")
    return index, count


_SHARD = click.option(
    "--shard", callback=_shard, metavar="I/N",
    help="Of the specifications, by their names, only part I of N.",
)  # fmt: skip
_CHANGED = click.option(
    "--changed-since", metavar="REV",
    help="Only what differs from commit REV of git, or uses a file or platform that does.",
)  # fmt: skip


def selecting(command: T) -> T:
    """Give *command* the options that select some of the named specifications."""
    return _SHARD(_CHANGED(command))
