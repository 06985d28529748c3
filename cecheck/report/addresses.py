"""How paths are written in files for machines: relative to the current folder, with `/`."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

from cecheck.report.paint import plain


def relative(path: str) -> str:
    """Return *path* on one line, relative to the current folder if it lies in or below it."""
    if os.path.isabs(path):
        near = os.path.relpath(path)
        path = path if near.split(os.sep)[0] == os.pardir else near
    return plain(os.path.normpath(path).replace(os.sep, "/")) if path else ""


def uri(path: str) -> str:
    """Return *path* as a reference that no character of it can break: a `file:` URI if it is
    absolute and elsewhere."""
    near = relative(path)
    if os.path.isabs(near):
        return Path(near).as_uri()
    return quote(f"./{near}" if ":" in near.partition("/")[0] else near, safe="/")
