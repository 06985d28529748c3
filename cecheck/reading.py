"""The texts that a run reads: specifications, and the platforms that are shipped."""

from __future__ import annotations

import sys
from pathlib import Path

from cecheck import paths
from cecheck.diagnostics import Diagnostic
from cecheck.inputs import STDIN
from cecheck.options import UsageError
from cecheck.source import Source
from cecheck.syntax import ast, limits
from cecheck.syntax.parse import parse


def read(path: str) -> Source | Diagnostic:
    """Return the text of the specification at *path*, or why there is none.

    A file that cannot be opened is a usage error.
    """
    try:
        if path == STDIN:
            return limits.decoded("<stdin>", sys.stdin.buffer.read(limits.MAX_BYTES + 1))
        return limits.read_source(Path(path))
    except OSError as error:
        raise UsageError(f"cannot read `{path}`: {error.strerror}") from error


def shipped_platform(name: str) -> ast.File | None:
    """Return the tree of a shipped platform."""
    path = paths.MODELS / f"{name}.ce"
    if not name.isidentifier() or not path.is_file():
        return None
    source = limits.read_source(path, f"models/{name}.ce")
    if isinstance(source, Diagnostic):
        return None
    return parse(source)[0]
