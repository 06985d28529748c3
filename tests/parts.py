"""Which tests one run leaves to others: there are more than fit into a run of every change.

Tests in `LONG` run solvers or enumerate states; by their names they fall into equal parts.  All
others always run.
"""

from __future__ import annotations

import re
from typing import Final
from zlib import crc32

LONG: Final = ("campaigns", "certify", "docs", "engines", "meaning", "oracle", "repair")


class NoPart(ValueError):
    """What was asked for is no part."""


def part(text: str) -> tuple[int, int]:
    """Return the number of a part, from 1, and how many there are: both of ``2/4``."""
    found = re.fullmatch(r"([0-9]{1,3})/([0-9]{1,3})", text)
    number, count = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= number <= count:
        raise NoPart(f"`{text}` is no part: give its number and how many there are, as in 2/4")
    return number, count


def runs_in(name: str, number: int, count: int) -> bool:
    """Tell whether the test *name* (``tests/meaning/test_order.py::test_one``) runs in a part."""
    folder = name.split("/")[1] if name.startswith("tests/") else ""
    return folder not in LONG or crc32(name.encode()) % count == number - 1
