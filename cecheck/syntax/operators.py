"""C's order of binary operators: what binds tighter; used by the parser and by `show`."""

from __future__ import annotations

from typing import Final

_ROWS: Final = (
    ("||",),
    ("&&",),
    ("|",),
    ("^",),
    ("&",),
    ("==", "!="),
    ("<", "<=", ">", ">=", "has"),
    ("<<", ">>"),
    ("+", "-"),
    ("*", "/", "%"),
)

# A greater number binds tighter; all of them associate to the left.
STRENGTH: Final = {op: row for row, ops in enumerate(_ROWS, start=1) for op in ops}
