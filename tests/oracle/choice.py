"""Nondeterminism: a run asks `choose`, and depth-first search replays it with every answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oracle.values import Lazy


class Abandon(Exception):
    """This run cannot happen, or goes on like one that was enumerated already."""


class Unsupported(Exception):
    """The specification uses something that the enumerator does not interpret."""


class Choices:
    """The answers of one run; `advance` moves on to the next run in depth-first order."""

    def __init__(self) -> None:
        self._taken: list[int] = []
        self._among: list[int] = []
        self._settled: list[Lazy] = []  # in this order
        self.position = 0
        self.fresh = True  # the run has left the part that an earlier run went through already

    def choose(self, among: int) -> int:
        """Return a number below *among*: the next one that no earlier run has been given here."""
        if among == 0:
            raise Abandon
        if among == 1:
            return 0
        position = self.position
        self.position = position + 1
        if self.fresh:
            self._taken.append(0)
            self._among.append(among)
            return 0
        if self._among[position] != among:
            raise AssertionError("a run is not a function of its choices")
        self.fresh = position + 1 == len(self._taken)
        return self._taken[position]

    def advance(self) -> bool:
        """Prepare the next run; False when every run has been made."""
        self.position = 0
        while self._taken:
            self._taken[-1] += 1
            if self._taken[-1] < self._among[-1]:
                self.fresh = False
                return True
            self._taken.pop()
            self._among.pop()
        return False

    @property
    def last(self) -> int:
        """The position of the last choice, which `advance` has changed."""
        return len(self._taken) - 1

    # ---- numbers that choices have settled ---------------------------------------------------

    @property
    def settled(self) -> int:
        """How many numbers have been settled."""
        return len(self._settled)

    def note(self, lazy: Lazy) -> None:
        """Remember that *lazy* has been settled."""
        self._settled.append(lazy)

    def unsettle(self, but: int) -> None:
        """Make the numbers arbitrary again that were settled after the first *but* ones."""
        for lazy in self._settled[but:]:
            lazy.value = None
        del self._settled[but:]
