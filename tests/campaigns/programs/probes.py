"""Claims that are made when it is known what they are about: just true, or just not."""

from __future__ import annotations

from collections.abc import Iterator

from campaigns.programs.code import Expr, Statement
from campaigns.programs.machine import Machine
from campaigns.programs.numbers import BOOL, MEMBERS, MODE, Violation


class Probe(Statement):
    """An `assert`, or another *word*, about a *value*: by *kind* and *place* one of those that come
    close.

    Before it `settle`s it notes which values come by.
    """

    def __init__(
        self, label: str, value: Expr, kind: float, place: float, word: str = "assert"
    ) -> None:
        self.label, self.value, self.kind, self.place = label, value, kind, place
        self.word = word
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
            raise Violation(self.word)

    def lines(self, margin: str) -> Iterator[str]:
        """Yield the text."""
        claim = "true" if self.claim is None else self.claim.text
        yield f"{margin}{self.label}: {self.word} {claim}"

    def settle(self) -> None:
        """Make the claim."""
        self.claim = just_so(self.value, sorted(self.values), self.kind, self.place)


def just_so(value: Expr, some: list[int], kind: float, place: float) -> Expr:
    """Return a claim about a *value* that is one of *some*: that it is, or that it is not one which
    does come by, chosen by *kind* and *place*."""
    written = value.within(7)
    names = {number: name for name, number in MEMBERS.items()}

    def said(number: int) -> str:
        if value.type is BOOL:
            return "true" if number else "false"
        return names.get(number, "OFF") if value.type is MODE else str(number)

    if not some:
        return Expr("false", BOOL, lambda _: False)
    if kind < 0.35:
        one = some[int(place * len(some))]
        return Expr(f"{written} != {said(one)}", BOOL, lambda m: value.run(m) != one)
    if len(some) <= 3 or value.type in (BOOL, MODE):  # each of the values
        text = " || ".join(f"{written} == {said(one)}" for one in some)
        return Expr(text, BOOL, lambda m: value.run(m) in some)
    low, high = some[0], some[-1]
    text = f"{written} >= {low} && {written} <= {high}"
    return Expr(text, BOOL, lambda m: low <= value.run(m) <= high)
