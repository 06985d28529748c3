"""The command line: its commands, and the exit status of whatever happens in one.

Solvers and the parser are loaded by the commands that need them.
"""

from __future__ import annotations

import gc
import signal
import sys
from importlib import import_module
from types import FrameType
from typing import NoReturn

import click

from cecheck import __version__
from cecheck.commands.terminal import complain
from cecheck.options import Terminated, UsageError
from cecheck.report.exit_status import ExitStatus

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def main() -> NoReturn:
    """Run the command line and leave with the status of its answer."""
    gc.disable()  # a run is short, and almost nothing of it can be freed before its end
    signal.signal(signal.SIGTERM, _terminate)
    sys.exit(int(_status()))


def _terminate(number: int, _: FrameType | None) -> None:
    """End the run as an interrupt does; the report that is then written is not interrupted."""
    signal.signal(number, signal.SIG_IGN)
    raise Terminated


def _status() -> int:
    try:
        return int(_cli.main(prog_name="cecheck", standalone_mode=False) or ExitStatus.PROVED)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except UsageError as error:
        complain(str(error))
        return ExitStatus.USAGE
    except Terminated:
        return ExitStatus.TERMINATED
    except (KeyboardInterrupt, click.Abort):
        return ExitStatus.INTERRUPTED
    except Exception as error:
        complain(f"this is a bug in cecheck: {type(error).__name__}: {error}")
        return ExitStatus.INTERNAL


class _Commands(click.Group):
    """The commands, each loaded when it is asked for: the others would cost a third of a start."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return ["verify", "certify", "audit", "baseline", "init", "platforms", "schema"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        found = getattr(import_module(f"cecheck.commands.{cmd_name}"), cmd_name)
        assert isinstance(found, click.Command)
        return found


@click.group(cls=_Commands, context_settings=_SETTINGS)
@click.version_option(__version__, message="%(prog)s %(version)s")
def _cli() -> None:
    """Prove or refute pointer protocols of device drivers."""
