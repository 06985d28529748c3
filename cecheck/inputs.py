"""Which specifications a command means: files as they are, folders for the ``.ce`` in them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from cecheck.options import UsageError

SUFFIX = ".ce"
STDIN = "-"


def specifications(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the files that *paths* mean, each once, those of a folder in order of their names.

    A file that cannot be read is a usage error now, before any work is lost.
    """
    found: dict[str, None] = {}
    for path in paths:
        found |= dict.fromkeys(_meant(path))
    for path in found:
        if path != STDIN and not os.access(path, os.R_OK):
            raise UsageError(f"cannot read `{path}`")
    return tuple(found)


def _meant(path: str) -> Iterator[str]:
    if path == STDIN:
        return iter([path])
    try:
        if Path(path).is_dir():
            return iter(sorted(_below(path), key=lambda file: Path(file).parts))
        if Path(path).exists():
            return iter([path])
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read `{path}`: {error}") from error
    raise UsageError(f"no such file or folder: `{path}`")


def _below(folder: str) -> Iterator[str]:
    """Every specification in *folder* and below it; links to folders and hidden ones are left."""
    for place, folders, files in os.walk(folder, onerror=_unreadable):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if name.endswith(SUFFIX) and not name.startswith("."):
                yield os.path.normpath(os.path.join(place, name))


def _unreadable(error: OSError) -> None:
    raise UsageError(f"cannot read `{error.filename}`: {error.strerror}") from error
