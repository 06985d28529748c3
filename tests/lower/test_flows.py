"""How many elements are counted in a value, on threads of a few edges."""

from __future__ import annotations

from tiny import edge, number, thread, variable

from cecheck.ir.expr import Scope
from cecheck.lower.flows import NOTHING, Reads, flows

WORD, GHOST = variable("p", Scope.LOCAL), variable("p.origin", Scope.LOCAL)
FIRST, SECOND = variable("i", Scope.LOCAL), variable("j", Scope.LOCAL)
ONE, OTHER = variable("one", Scope.INPUT), variable("other", Scope.INPUT)
READS = Reads(
    frozenset((ONE, OTHER)), {WORD: WORD, GHOST: WORD}, frozenset(), {WORD: (1, FIRST)}
)  # fmt: skip


def _number(*updates: dict) -> int:
    """Return how many elements are in `p` after a thread made *updates*, one after the other."""
    edges = [edge(at, at + 1, updates=changes) for at, changes in enumerate(updates)]
    found = flows(thread(edges, variables=[WORD, GHOST, FIRST, SECOND]), READS)
    return found[len(updates)].get(WORD, NOTHING).number


def test_a_value_of_which_some_words_change_is_still_what_it_was() -> None:
    """Only where all of its words change has what was in it gone."""
    both = {WORD: ONE, GHOST: ONE}
    moved = {FIRST: number(3)}
    assert _number(both) == 1
    assert _number(both, {GHOST: number(0)}) == 1
    assert _number(both, {WORD: number(0), GHOST: number(0)}) == 0
    assert _number(both, moved, {GHOST: OTHER}) == 2
    assert _number(both, moved, {WORD: OTHER, GHOST: OTHER}) == 1
