"""A folder of entries, each a file named by its key: shared, written whole, believed by nobody.

Files appear by renaming, so that a run that is killed leaves none that is cut short, and runs at
the same time do not disturb each other.  Whatever cannot be read is as good as not there; whatever
cannot be written is left.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

MAX_BYTES: Final = 4 << 20
_KEY: Final = re.compile(r"[0-9a-f]{64}")
_OVERRIDE: Final = "CECHECK_CACHE_DIR"


def default() -> str | None:
    """Return the folder of the user; None where the environment turns it off, or there is none."""
    if _OVERRIDE in os.environ:
        return os.environ[_OVERRIDE] or None
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):  # as its specification has it
        home = os.path.expanduser("~")
        base = os.path.join(home, ".cache") if os.path.isabs(home) else ""
    return os.path.join(base, "cecheck") if base else None


def load(folder: str, key: str) -> str | None:
    """Return the entry *key*; no link is followed, and nothing waited for."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        handle = os.open(_place(folder, key), flags)
    except (OSError, ValueError):
        return None
    try:
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return None
            data = file.read(MAX_BYTES + 1)
        return data.decode("ascii") if len(data) <= MAX_BYTES else None
    except (OSError, ValueError):
        return None


def store(folder: str, key: str, text: str) -> None:
    """Keep *text* as the entry *key*, in place of what is there, if that is possible."""
    if len(text) > MAX_BYTES or not text.isascii():
        return
    temporary = None
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".cecheck-", dir=folder)
        with os.fdopen(handle, "w", encoding="ascii", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(handle)
        os.replace(temporary, _place(folder, key))
    except (OSError, ValueError):
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)


def _place(folder: str, key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError("no key")
    return str(Path(folder, f"{key}.json"))
