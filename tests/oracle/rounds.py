"""The rounds of loops: from which state to which (semantics 7.3).

A run that comes to a state at the head where it was before, in the same visit of the loop, can go
on so for ever.  Runs stop where others were, so that a way round may never be seen in one run;
then there is a circle in what all runs together have shown, and nothing is sure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field


@dataclass
class Head:
    """The states in which control was at the head of a loop, which stands so deep in others."""

    depth: int
    states: set[int] = field(default_factory=set)


@dataclass
class Rounds:
    """How control came from state to state inside of loops, by number of the state."""

    numbers: dict[object, int] = field(default_factory=dict)
    ways: dict[int, set[int]] = field(default_factory=dict)
    heads: dict[object, Head] = field(default_factory=dict)

    def come(self, before: int | None, state: object) -> int:
        """Note that control came to *state* from the state *before*, if that is another; return
        its number."""
        here = self.numbers.setdefault(state, len(self.numbers))
        if before is not None and before != here:
            self.ways.setdefault(before, set()).add(here)
        return here

    def circles(self) -> Iterator[object]:
        """Yield the loops whose heads lie on a circle inside of them."""
        for site, head in self.heads.items():
            outer = [other.states for other in self.heads.values() if other.depth < head.depth]
            without = set[int]().union(*outer)
            if any(self._returns(state, without) for state in head.states):
                yield site

    def _returns(self, start: int, without: Collection[int]) -> bool:
        found: set[int] = set()
        waiting = [start]
        while waiting:
            for there in self.ways.get(waiting.pop(), ()):
                if there == start:
                    return True
                if there not in found and there not in without:
                    found.add(there)
                    waiting.append(there)
        return False
