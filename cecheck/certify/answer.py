"""What a solver says of one question."""

from __future__ import annotations

from cecheck.record import record


@record
class Unsat:
    """No values satisfy the question."""


@record
class Sat:
    """Some values do."""

    def __str__(self) -> str:
        return "the invariant allows it"


@record
class GaveUp:
    """The solver did not say, or may not be believed."""

    reason: str

    def __str__(self) -> str:
        return f"no answer ({self.reason})"


Answer = Unsat | Sat | GaveUp
