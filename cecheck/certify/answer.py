"""What a solver says of one question."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unsat:
    """No values satisfy the question."""


@dataclass(frozen=True)
class Sat:
    """Some values do."""


@dataclass(frozen=True)
class GaveUp:
    """The solver did not say, or may not be believed."""

    reason: str


Answer = Unsat | Sat | GaveUp
