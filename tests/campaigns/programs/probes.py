"""Claims that are made when it is known what they are about: just true, or just not."""

from __future__ import annotations

from collections.abc import Iterator

from campaigns.programs.code import Expr, Statement
from campaigns.programs.machine import Machine
from campaigns.programs.numbers import BOOL, MEMBERS, MODE, Violation


class Probe(Statement):
    """An `assert` about a *value*, chosen by *kind* and *place* among those that come close.

    Before it `settle`s it notes which values come by.
    """

    def __init__(self, label: str, value: Expr, kind: float, place: float) -> None:
        self.label, self.value, self.kind, self.place = label, value, kind, place
        self.values: set[int] = set()
        self.claim: Expr | None = None
        self.parts = ()

    def run(self, machine: Machine) -> None:
        """Note the value, or check what is claimed of it."""
        site = machine.site(self.label)
        machine.seen.add(site)
        try:
            self._check(machine)
        except Violation as one:
            raise one if len(one.args) > 1 else Violation(*one.args, site) from None

    def _check(self, machine: Machine) -> None:
        if self.claim is None:
            self.values.add(int(self.value.run(machine)))
        elif not self.claim.run(machine):
            raise Violation("assert")

    def lines(self, margin: str) -> Iterator[str]:
        """Yield the text."""
        claim = "true" if self.claim is None else self.claim.text
        yield f"{margin}{self.label}: assert {claim}"

    def settle(self) -> None:
        """Make the claim."""
        value, some = self.value, sorted(self.values)
        written = value.within(7)
        names = {number: name for name, number in MEMBERS.items()}

        def said(number: int) -> str:
            if value.type is BOOL:
                return "true" if number else "false"
            return names.get(number, "OFF") if value.type is MODE else str(number)

        if not some:
            self.claim = Expr("false", BOOL, lambda _: False)
        elif self.kind < 0.35:  # a value that does come by
            one = some[int(self.place * len(some))]
            self.claim = Expr(f"{written} != {said(one)}", BOOL, lambda m: value.run(m) != one)
        elif len(some) <= 3 or value.type in (BOOL, MODE):  # each of the values
            text = " || ".join(f"{written} == {said(one)}" for one in some)
            self.claim = Expr(text, BOOL, lambda m: value.run(m) in some)
        else:
            low, high = some[0], some[-1]
            text = f"{written} >= {low} && {written} <= {high}"
            self.claim = Expr(text, BOOL, lambda m: low <= value.run(m) <= high)
