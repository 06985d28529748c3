"""`cecheck verify`: prove or refute specifications."""

from __future__ import annotations

import os
import sys
from enum import Enum
from typing import Any

import click

from cecheck.commands.terminal import erase_progress, progress, write
from cecheck.ir.program import CheckKind
from cecheck.options import Color, Engine, Format, Options, Telling
from cecheck.report.exit_status import MEANINGS, ExitStatus, exit_status, forgiven
from cecheck.report.model import Report
from cecheck.report.paint import Paint, wants_color

_CHECKS = [kind.value for kind in CheckKind if kind is not CheckKind.BOUND]
_STATUSES = "\n".join(f"  {status:>3}  {meaning}" for status, meaning in MEANINGS.items())


def _vacuous(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Return the sites that `--allow` names."""
    for text in given:
        if not text.startswith("vacuous=") or text == "vacuous=":
            raise click.BadParameter(f"`{text}` is not of the form vacuous=SITE")
    return tuple(text.removeprefix("vacuous=") for text in given)


def _choice(members: type[Enum]) -> Any:
    return click.Choice(members, case_sensitive=False)


# Each option carries the name of its field in `Options`.
@click.command(epilog=f"\b\nExit status:\n{_STATUSES}")
@click.argument("paths", nargs=-1)
@click.option("--format", type=_choice(Format), default=Format.TEXT, show_default="text")
@click.option("--only", multiple=True, type=click.Choice(_CHECKS), help="Ask only this check.")
@click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), default=Options.timeout,
    show_default=True, help="Seconds for one specification.",
)  # fmt: skip
@click.option(
    "--rlimit", type=click.IntRange(min=1), default=Options.rlimit, show_default=True,
    help="Solver effort of the first round.",
)  # fmt: skip
@click.option(
    "--jobs", type=click.IntRange(min=1), default=os.cpu_count() or 1, help="Solvers at a time.",
    show_default="one for each core",
)  # fmt: skip
@click.option("--engine", type=_choice(Engine), default=Engine.AUTO, show_default="auto")
@click.option(
    "--no-reduce", "reduce", flag_value=False, default=True,
    help="Leave out blocks and slices, which change no answer.",
)  # fmt: skip
@click.option(
    "--trace", type=_choice(Telling), default=Telling.STORY, show_default="story",
    help="Tell the steps that matter, all of them, or only what changes.",
)  # fmt: skip
@click.option("--color", type=_choice(Color), default=Color.AUTO, show_default="auto")
@click.option("--exit-zero", is_flag=True, help="End with 0 whatever the verdicts are.")
@click.option(
    "--allow", "accepted_vacuous", multiple=True, callback=_vacuous, metavar="vacuous=SITE",
    help="Accept that SITE can never be reached.",
)  # fmt: skip
@click.option("-v", "--verbose", is_flag=True, help="Tell every proof and every story in full.")
def verify(**given: Any) -> ExitStatus:
    """Prove or refute the specifications in PATHS: files, folders, `-` for standard input.

    Without PATHS, those in the current folder.
    """
    from cecheck.pipeline import verify as answer  # noqa: PLC0415  (loads every stage)

    options = Options(**given)
    try:
        report = answer(options, progress)
    finally:
        erase_progress()
    write(_rendered(report, options))
    status = exit_status(report)
    return forgiven(status) if options.exit_zero else status


def _rendered(report: Report, options: Options) -> str:
    from cecheck.report import to_json, to_text  # noqa: PLC0415  (one of them is needed)

    if options.format is Format.JSON:
        return to_json.render(report)
    color = wants_color(options.color, os.environ, sys.stdout.isatty())
    full = options.verbose or len(report.files) == 1
    return to_text.render(
        report,
        paint=Paint.ANSI if color else Paint.PLAIN,
        detail=to_text.Detail.FULL if full else to_text.Detail.BRIEF,
        telling=options.trace,
    )
