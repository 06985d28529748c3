"""What random specifications are made of, and what is declared where a statement stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

NUMBERS: Final = ("0", "1", "1", "2", "2", "3", "4", "5", "~0")
CLIENTS: Final = (
    *["App[*] : untrusted"] * 5, "App[*] : trusted", "App[*] : trusted hostile", "App : untrusted",
)  # fmt: skip
HANDLERS: Final = (
    "} except { }", "} except { return ERROR_INVALID_PARAMETER }", "} finally { }",
)  # fmt: skip
PARTIES: Final = (*["GetCallerProcess()"] * 3, "GetCurrentProcess()", "GetOwnerProcess()")
FIELDS: Final = (
    "n : u32", "m : u32", "p : user ptr u8[n]", "p : user ptr u8[n]", "q : user ptr Pair",
    "q : user ptr? Pair", "w : user ptr u8[2]", "s : u8", "i : i32", "e : Mode", "h : Pair",
    "v : user ptr u32[n]", "l : user ptr? Request",
)  # fmt: skip


UNITS: Final = 3  # of a structure
ROOM: Final = 5  # units that a caller's objects take together: he has seven, and they are disjoint


def behind(kind: str) -> int:
    """Return how many units at least the object of a pointer of type *kind* has."""
    if "ptr" not in kind:
        return 0
    return 1 if kind.endswith("[n]") else 2


@dataclass
class Scope:
    """What is declared where a statement stands: names of numbers, and pointers with their type."""

    numbers: list[str] = field(default_factory=list)
    bytes: list[str] = field(default_factory=list)  # pointers to bytes
    words: list[str] = field(default_factory=list)  # pointers to u32
    pairs: list[str] = field(default_factory=list)  # pointers to Pair
    requests: list[str] = field(default_factory=list)
    variables: list[str] = field(default_factory=list)  # numbers that may be assigned
    keys: list[str] = field(default_factory=list)

    def copy(self) -> Scope:
        """Return the scope of a block inside."""
        return Scope(**{name: list(value) for name, value in vars(self).items()})
