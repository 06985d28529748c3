"""The texts that a run reads: specifications, and the platforms that are shipped."""

from __future__ import annotations

import hashlib
import os
import sys
from functools import cache
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


@cache
def shipped_platform(name: str) -> ast.File | None:
    """Return the tree of a shipped platform, which is read once."""
    path = paths.MODELS / f"{name}.ce"
    if not name.isidentifier() or not path.is_file():
        return None
    source = limits.read_source(path, f"models/{name}.ce")
    if isinstance(source, Diagnostic):
        return None
    return parse(source)[0]


_SHIPPED = "shipped:"  # no path of a file that a specification uses has a colon


def stamps(file: ast.File, platform: Source) -> tuple[tuple[str, str], ...]:
    """Return (path, SHA-256) of each text that *file*, joined with all that it uses, consists of.

    Its own text comes first, that of its *platform* last.  Paths are from the folder of *file*,
    a shipped platform is marked as one.
    """
    sources = {item.span.source.path: item.span.source for item in file.items}
    folder = os.path.dirname(file.source.path)
    found = {os.path.relpath(path, folder or "."): one for path, one in sources.items()}
    found = {os.path.basename(file.source.path): file.source, **found}
    if platform not in found.values():
        found[f"{_SHIPPED}{platform.path}"] = platform
    return tuple((name, _digest(source.text)) for name, source in found.items())


def beside(path: str) -> str:
    """Return *path* from the current folder, with forward slashes; if it leads out of there, its
    last part."""
    name = os.path.relpath(path).replace(os.sep, "/")
    return os.path.basename(path) if name.startswith("../") else name


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
