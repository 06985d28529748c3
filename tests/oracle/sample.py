"""Random runs without any of the enumerator's economies: no states compared, no relations.

What they find the enumeration must have found as well; arguments that the entry does not name
are arbitrary here.
"""

from __future__ import annotations

from random import Random

from cecheck.ir.program import View
from cecheck.sema import typed as t
from oracle.choice import Abandon, Choices
from oracle.explore import Exploration, Findings, Start, Unnamed


class Dice(Choices):
    """Answers at random."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.fresh = False  # so that no states are compared
        self._random = Random(seed)

    def choose(self, among: int) -> int:
        """Return any number below *among*."""
        if among == 0:
            raise Abandon
        self.position += 1
        return self._random.randrange(among)


def sample(
    spec: t.Spec, driver: t.Driver, entry: t.Entry, view: View, runs: int = 4000
) -> Findings:
    """Return what *runs* random runs of a first call find; the seed is fixed."""
    exploration = Exploration(spec, driver, entry, spec.clients[0].behaviours[0], view)
    exploration.unnamed = Unnamed.ANYTHING
    exploration.stage.relations = False
    dice = Dice(7)
    for _ in range(runs):
        exploration.one(Start(None, frozenset(), ()), dice)
    found = exploration.findings
    found.runs, found.found, found.reached = (
        runs,
        exploration.stage.found,
        exploration.stage.reached,
    )
    return found
