"""Settings of a project: ``cecheck.toml``, or ``[tool.cecheck]`` of ``pyproject.toml``.

The nearest folder at or above the current one that has either is the project's.  Where both lie in
one folder, only one of them may have settings.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from cecheck.options import UsageError
from cecheck.record import record

FILE: Final = "cecheck.toml"
SHARED_FILE: Final = "pyproject.toml"
_TABLE: Final = re.compile(r"\s*\[+\s*(?P<name>[^\]]*?)\s*\]+\s*(?:#.*)?")
_NO_SETTINGS: Final[Mapping[str, Any]] = {}


@record
class Settings:
    """The settings that *path* holds, by name; *text* is the whole file."""

    path: str
    text: str = ""
    values: Mapping[str, Any] = _NO_SETTINGS

    def place(self, name: str) -> str:
        """Return path and line of the setting *name*, the path alone where it is not found."""
        wanted = re.compile(rf"\s*[\"']?{re.escape(name)}[\"']?\s*[=.]")
        table, ours = "", "tool.cecheck" if self.path.endswith(SHARED_FILE) else ""
        for number, line in enumerate(self.text.splitlines(), start=1):
            if (match := _TABLE.fullmatch(line)) is not None:
                table = match["name"]
                if table == f"{ours}.{name}".lstrip("."):
                    return f"{self.path}:{number}"
            elif table == ours and wanted.match(line):
                return f"{self.path}:{number}"
        return self.path

    def beside(self, path: str) -> str:
        """Return *path*, which is meant from the folder of the file, from the current folder."""
        return os.path.normpath(os.path.join(os.path.dirname(self.path), path))


def nearest(folder: Path) -> Settings | None:
    """Return the settings of the project that *folder* belongs to; a broken file is a usage error.

    Paths are reported from the current folder.
    """
    for place in (folder, *folder.parents):
        own, shared = place / FILE, place / SHARED_FILE
        found = [_read(own)] if own.is_file() else []
        if shared.is_file():
            part = _part(_read(shared))
            found += [part] if part is not None else []
        if len([one for one in found if one.values]) > 1:
            raise UsageError(
                f"{found[0].path} and {found[1].path} both have settings: keep those of one"
            )
        if found:
            return max(found, key=lambda one: bool(one.values))
    return None


def _read(file: Path) -> Settings:
    import tomllib  # noqa: PLC0415  (most runs find no file)

    path = os.path.relpath(file)
    try:
        text = file.read_text(encoding="utf-8")
        return Settings(path, text, tomllib.loads(text))
    except OSError as error:
        raise UsageError(f"cannot read `{path}`: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 text: write it anew as UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{path}: not TOML: {error}") from error


def _part(whole: Settings) -> Settings | None:
    """Return what ``[tool.cecheck]`` says, if it is there."""
    tools = whole.values.get("tool")
    if not isinstance(tools, dict) or "cecheck" not in tools:
        return None
    if not isinstance(tools["cecheck"], dict):
        raise UsageError(f"{whole.path}: `tool.cecheck` must be a table: [tool.cecheck]")
    return Settings(whole.path, whole.text, tools["cecheck"])
