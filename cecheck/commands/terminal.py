"""What commands print: results on standard output, everything else on standard error.

Nothing else prints.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

import click

from cecheck.report.paint import plain

_ASCII = {"→": "->", "…": "..."}


def complain(message: str) -> None:
    """Print *message* on standard error, as cecheck's own."""
    click.echo(f"cecheck: {plain(message)}", err=True)


def write(text: str) -> None:
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


def progress(number: int, count: int, path: str) -> None:
    """Say that specification *number* of *count* has begun, if somebody is looking."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K[{number}/{count}] {plain(path)}")
        sys.stderr.flush()


def erase_progress() -> None:
    """Take away what `progress` said last."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
