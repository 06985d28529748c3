"""What must be the same on all machines of a run: versions, code, platforms and grammar.

An answer is that of one tool.  Another solver, or a platform with one line changed, is another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TypeAlias

from cecheck import __version__, paths

Identity: TypeAlias = Mapping[str, str]
_PACKAGES = ("z3-solver", "cvc5", "bitwuzla", "lark")
_SHOWN = 12  # hexadecimal digits of a digest


def own() -> Identity:
    """Return what cecheck is on this machine, by the names that `differences` shows."""
    return {
        "cecheck": __version__,
        **{name: _version(name) for name in _PACKAGES},
        "code": _digest(paths.CODE, sorted(paths.CODE.rglob("*.py"))),
        "platforms": _digest(paths.MODELS, sorted(paths.MODELS.rglob("*.ce"))),
        "grammar": _digest(paths.GRAMMAR.parent, (paths.GRAMMAR, paths.TABLE)),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _digest(folder: Path, files: Iterable[Path]) -> str:
    """Return a digest of names and contents of *files*, wherever *folder* lies."""
    whole = hashlib.sha256()
    for file in files:
        data = file.read_bytes()
        name = file.relative_to(folder).as_posix()
        whole.update(f"{len(name)} {len(data)} {name} ".encode())
        whole.update(data)
    return whole.hexdigest()[:_SHOWN]


def differences(here: Identity, there: Identity) -> str:
    """Return how two machines differ, in words; the empty text: they do not."""
    return ", ".join(
        f"{name} is {here.get(name, 'missing')} here and {there.get(name, 'missing')} there"
        for name in dict.fromkeys((*here, *there))
        if here.get(name) != there.get(name)
    )
