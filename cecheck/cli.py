"""The command line: arguments in, text and an exit status out.

The only file that prints.  The result goes to standard output, everything else to standard
error.  Solvers and the parser are loaded by `verify` alone.
"""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from typing import Any, NoReturn

import click

from cecheck import __version__
from cecheck.ir.program import CheckKind
from cecheck.options import Color, Engine, Format, Options, UsageError
from cecheck.report.exit_status import MEANINGS, ExitStatus, exit_status, forgiven
from cecheck.report.model import Report
from cecheck.report.paint import Paint, plain, wants_color

_CHECKS = [kind.value for kind in CheckKind if kind is not CheckKind.BOUND]
_ASCII = {"→": "->", "…": "..."}
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_STATUSES = "\n".join(f"  {status:>3}  {meaning}" for status, meaning in MEANINGS.items())


def main() -> NoReturn:
    """Run the command line and leave with the status of its answer."""
    gc.disable()  # a run is short, and almost nothing of it can be freed before its end
    sys.exit(int(_status()))


def _status() -> int:
    try:
        return int(_cli.main(prog_name="cecheck", standalone_mode=False) or ExitStatus.PROVED)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except UsageError as error:
        _complain(str(error))
        return ExitStatus.USAGE
    except (KeyboardInterrupt, click.Abort):
        return ExitStatus.INTERRUPTED
    except Exception as error:
        _complain(f"this is a bug in cecheck: {type(error).__name__}: {error}")
        return ExitStatus.INTERNAL


def _complain(message: str) -> None:
    click.echo(f"cecheck: {plain(message)}", err=True)


@click.group(context_settings=_SETTINGS)
@click.version_option(__version__, message="%(prog)s %(version)s")
def _cli() -> None:
    """Prove or refute pointer protocols of device drivers."""


def _vacuous(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Return the sites that `--allow` names."""
    for text in given:
        if not text.startswith("vacuous=") or text == "vacuous=":
            raise click.BadParameter(f"`{text}` is not of the form vacuous=SITE")
    return tuple(text.removeprefix("vacuous=") for text in given)


def _choice(members: type[Format] | type[Engine] | type[Color]) -> Any:
    return click.Choice(members, case_sensitive=False)


# Each option carries the name of its field in `Options`.
@_cli.command(epilog=f"\b\nExit status:\n{_STATUSES}")
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
        report = answer(options, _progress)
    finally:
        _erase_progress()
    _write(_rendered(report, options))
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
    )


def _write(text: str) -> None:
    """Print *text*, in ASCII where the terminal cannot do better; a closed pipe is no error."""
    encoding = sys.stdout.encoding or "ascii"
    if not encoding.lower().startswith("utf"):
        for character, replacement in _ASCII.items():
            text = text.replace(character, replacement)
        text = text.encode(encoding, "backslashreplace").decode(encoding)
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _progress(number: int, count: int, path: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K[{number}/{count}] {plain(path)}")
        sys.stderr.flush()


def _erase_progress() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
