"""Files that use files: their declarations become part of the specification.

``use "request.ce"`` names a file of the same project, by its path from the folder of the file
that uses it.  The project is the nearest folder at or above the specification that holds a file
`cecheck.toml`, without one the folder of the specification.  What lies outside is never opened,
whatever ``..`` and links say: a specification may come from somebody else.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from cecheck.diagnostics import Diagnostic, Note
from cecheck.record import record
from cecheck.syntax import ast, limits, use_errors
from cecheck.syntax.parse import parse

MARKER: Final = "cecheck.toml"
MAX_FILES: Final = 100
MAX_CHAIN: Final = 16
_PATH: Final = re.compile(r"(?!/)[A-Za-z0-9_. /-]*[A-Za-z0-9_-]\.ce")


def joined(file: ast.File) -> tuple[ast.File | None, tuple[Diagnostic, ...]]:
    """Return *file* with the declarations of all that it uses, or what is wrong with those.

    Its own declarations come first.  Each file is read once, however many use it; expectations
    and first lines are those of *file* alone.
    """
    found, diagnostics = gathered(file)
    return (whole(found) if found else None), diagnostics


def gathered(file: ast.File) -> tuple[tuple[ast.File, ...], tuple[Diagnostic, ...]]:
    """Return *file* and then all that it uses, each once, or what is wrong with those."""
    if not any(_uses(file)):
        return (file,), ()
    reader = _followed(file)
    if reader.diagnostics:
        return (), tuple(reader.diagnostics)
    return (file, *(one for one in reader.read.values() if one is not None)), ()


def whole(found: Sequence[ast.File]) -> ast.File:
    """Return the first of *found*, which are `gathered`, with the declarations of all."""
    items = [item for one in found for item in one.items]
    kept = tuple(item for item in items if not (isinstance(item, ast.Use) and item.is_file))
    return replace(found[0], items=kept)


def used(file: ast.File) -> tuple[str, ...] | None:
    """Return the real paths of all files that *file* uses; None where not all can be read."""
    reader = _followed(file)
    return None if reader.diagnostics else tuple(reader.read)


def _followed(file: ast.File) -> _Reader:
    path = file.source.path
    folder = os.path.realpath(os.path.dirname(path))  # that of a link, not of what it points to
    reader = _Reader(path, folder, _project(folder))
    _follow(reader, file, (_Link(os.path.realpath(path), folder, path, None),))
    return reader


def is_library(file: ast.File) -> bool:
    """Tell whether nothing of *file* runs and nothing is expected of it: it is there for others."""
    threads = (
        item
        for driver in file.items
        if isinstance(driver, ast.Driver)
        for item in driver.items
        if isinstance(item, ast.DriverThread)
    )
    runs = any(isinstance(item, ast.Client | ast.Test) for item in file.items) or any(threads)
    return not runs and not file.expectations


def names_platform(file: ast.File) -> bool:
    """Tell whether *file* can be understood by itself."""
    return any(
        isinstance(item, ast.Platform) or (isinstance(item, ast.Use) and not item.is_file)
        for item in file.items
    )


@dataclass
class _Reader:
    """Files on their way into a specification: *read* by their real paths.

    *shown* is the path of the specification as it is reported, *folder* where it really lies.
    """

    shown: str
    folder: str
    project: str
    read: dict[str, ast.File | None] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    size: int = 0

    def name(self, real: str) -> str:
        """Return how the file *real* is reported: beside the specification."""
        beside = os.path.relpath(real, self.folder)
        return os.path.normpath(os.path.join(os.path.dirname(self.shown), beside))


@record
class _Link:
    """A file in a chain of files that use each other, and where the one before uses it."""

    real: str
    folder: str
    name: str
    use: ast.Identifier | None


def _uses(file: ast.File) -> Iterator[ast.Identifier]:
    return (i.target for i in file.items if isinstance(i, ast.Use) and i.is_file)


def _project(folder: str) -> str:
    """Return the folder that no use leaves."""
    for place in (Path(folder), *Path(folder).parents):
        if os.path.isfile(place / MARKER):
            return str(place)
    return folder


def _follow(reader: _Reader, file: ast.File, chain: tuple[_Link, ...]) -> None:
    """Read what *file*, the last of *chain*, uses, and what that uses."""
    for use in _uses(file):
        real = _place(reader, use, chain[-1].folder)
        if isinstance(real, Diagnostic):
            reader.diagnostics.append(real)
            continue
        link = _Link(real, os.path.dirname(real), reader.name(real), use)
        if real in (earlier.real for earlier in chain):
            reader.diagnostics.append(_circle(chain, link))
        elif len(chain) == MAX_CHAIN:
            reader.diagnostics.append(use_errors.uses_too_deep(use.span, MAX_CHAIN))
        elif real not in reader.read:
            reader.read[real] = used = _read(reader, link, use)
            if used is not None:
                _follow(reader, used, (*chain, link))


def _place(reader: _Reader, use: ast.Identifier, folder: str) -> str | Diagnostic:
    """Return where the file really is.  That it is outside says nothing about what is there."""
    if not _PATH.fullmatch(use.text) or len(use.text) > limits.MAX_NAME:
        return use_errors.no_path(use.span, use.text)
    real = os.path.realpath(os.path.join(folder, use.text))
    if not Path(real).is_relative_to(reader.project):
        return use_errors.outside_project(use.span, use.text, MARKER)
    return real


def _circle(chain: tuple[_Link, ...], last: _Link) -> Diagnostic:
    assert last.use is not None
    start = next(i for i, link in enumerate(chain) if link.real == last.real)
    names = [link.name for link in chain[start:]] + [last.name]
    through = [link.use.span for link in chain[start + 1 :] if link.use is not None]
    return use_errors.uses_itself(last.use.span, names, through)


def _read(reader: _Reader, link: _Link, use: ast.Identifier) -> ast.File | None:
    """Return the tree of a file, or report why it has none."""
    if len(reader.read) == MAX_FILES:
        reader.diagnostics.append(use_errors.too_many_files(use.span, MAX_FILES))
        return None
    try:
        source = limits.read_source(Path(link.real), link.name)
    except OSError as error:
        missing = isinstance(error, FileNotFoundError | NotADirectoryError)
        reason = None if missing else (error.strerror or "it cannot be read")
        reader.diagnostics.append(use_errors.unreadable(use.span, use.text, reason))
        return None
    if isinstance(source, Diagnostic):
        note = Note("the file is used here", use.span)
        reader.diagnostics.append(replace(source, notes=(note,)))
        return None
    reader.size += len(source.text)
    if reader.size > limits.MAX_BYTES:
        reader.diagnostics.append(use_errors.files_too_long(use.span, limits.MAX_BYTES))
        return None
    file, wrong = parse(source)
    reader.diagnostics += wrong
    return file
