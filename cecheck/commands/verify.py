"""`cecheck verify`: prove or refute specifications."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from enum import Enum
from typing import Any

import click

from cecheck.commands.configured import configured
from cecheck.commands.effort import allow, effort, options_of, second, selecting
from cecheck.commands.outputs import checked, write_all
from cecheck.commands.proofs import folder, write_certificates
from cecheck.commands.terminal import erase_progress, progress, write
from cecheck.ir.program import CheckKind
from cecheck.options import Color, Engine, Format, Options, Telling, UsageError
from cecheck.report.exit_status import MEANINGS, ExitStatus, exit_status, forgiven
from cecheck.report.model import Report
from cecheck.report.paint import Paint, wants_color
from cecheck.report.printers import ENDINGS, printer

_CHECKS = [kind.value for kind in CheckKind if kind is not CheckKind.BOUND]
_STATUSES = "\n".join(f"  {status:>3}  {meaning}" for status, meaning in MEANINGS.items())


def _choice(members: type[Enum]) -> Any:
    return click.Choice(members, case_sensitive=False)


# Each option carries the name of its field in `Options`.
@click.command(epilog=f"\b\nExit status:\n{_STATUSES}")
@click.argument("paths", nargs=-1)
@click.option("--format", type=_choice(Format), default=Format.TEXT, show_default="text")
@click.option(
    "--out", multiple=True, callback=checked, metavar="FILE", type=click.Path(),
    help=f"Write a report to FILE besides; it ends in {', '.join(ENDINGS)}.  With {{n}} in its "
    "name there is a trace for each refutation.",
)  # fmt: skip
@click.option("--only", multiple=True, type=click.Choice(_CHECKS), help="Ask only this check.")
@effort
@selecting
@click.option("--engine", type=_choice(Engine), default=Engine.AUTO, show_default="auto")
@second
@click.option(
    "--no-reduce", "reduce", flag_value=False, default=True,
    help="Leave out blocks and slices, which change no answer.",
)  # fmt: skip
@click.option(
    "--trace", type=_choice(Telling), default=Telling.STORY, show_default="story",
    help="Tell the steps that matter, all of them, or only what changes.",
)  # fmt: skip
@click.option("--color", type=_choice(Color), default=Color.AUTO, show_default="auto")
@click.option(
    "--exit-zero/--no-exit-zero", default=False, help="End with 0 whatever the verdicts are.",
)  # fmt: skip
@allow
@click.option(
    "--suggest/--no-suggest", default=True, show_default=True,
    help="Look for a small edit with which all is proved, where something is refuted unexpectedly "
    "or a single file is named.",
)  # fmt: skip
@click.option(
    "--suggest-budget", type=click.FloatRange(min=0, min_open=True),
    default=Options.suggest_budget, show_default=True, help="Seconds for that.",
)  # fmt: skip
@click.option("-v", "--verbose", is_flag=True, help="Tell every proof and every story in full.")
@click.option(
    "--show-invariant", is_flag=True, help="Tell also the whole invariant of each proof.",
)  # fmt: skip
@click.option(
    "--baseline", type=click.Path(dir_okay=False),
    help="Accept the failures that this file lists (see `cecheck baseline`).",
)  # fmt: skip
@click.option(
    "--certificates", metavar="DIR", type=click.Path(file_okay=False), callback=folder,
    help="Write the certificate of each proof to a file in DIR (see `cecheck certify`).",
)  # fmt: skip
@configured()
def verify(**given: Any) -> ExitStatus:
    """Prove or refute the specifications in PATHS: files, folders, `-` for standard input.

    Without PATHS, those in the current folder.
    """
    from cecheck.repair.search import with_repairs  # noqa: PLC0415  (loads every stage)
    from cecheck.runs import verifier  # noqa: PLC0415
    from cecheck.runs import verify as answer  # noqa: PLC0415

    options = options_of(given)
    if options.baseline is not None and options.only:
        raise UsageError("--baseline is about all checks, --only about some: give one of them")
    accept = _accepting(options)
    try:
        report = with_repairs(answer(options, progress), options, verifier(options))
    finally:
        erase_progress()
    report = accept(report)
    write(_rendered(report, options))
    write_all(options.out, report)
    if options.certificates is not None:
        write_certificates(options.certificates, report)
    status = exit_status(report)
    return forgiven(status) if options.exit_zero else status


def _accepting(options: Options) -> Callable[[Report], Report]:
    """Return what accepts the failures that the baseline lists, as it is before the run."""
    if options.baseline is None:
        return lambda report: report
    from cecheck.commands.baseline import basis  # noqa: PLC0415  (few runs have one)
    from cecheck.report.baseline import applied  # noqa: PLC0415

    known = basis(options.baseline, options.accepted_vacuous)
    return lambda report: applied(report, known)


def _rendered(report: Report, options: Options) -> str:
    if options.format is not Format.TEXT:
        return printer(options.format)(report)
    from cecheck.report import to_text  # noqa: PLC0415

    color = wants_color(options.color, os.environ, sys.stdout.isatty())
    full = options.verbose or len(report.files) == 1
    detail = to_text.Detail.FULL if full else to_text.Detail.BRIEF
    return to_text.render(
        report,
        paint=Paint.ANSI if color else Paint.PLAIN,
        detail=to_text.Detail.WHOLE if options.show_invariant else detail,
        telling=options.trace,
    )
