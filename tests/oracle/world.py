"""Who is where: the process table and the platform's unknown tables, chosen when first asked.

What has been chosen is a set of *facts*.  Whoever arrives at the same state with a subset of the
facts stands for everybody who arrives with more of them.

The parties are the platform's named processes, the caller's process, and at most one further
tenant; every other place is empty for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from oracle.choice import Choices, Unsupported
from oracle.values import TENANT

Fact = tuple[tuple[object, ...], object]


@dataclass(frozen=True)
class Geography:
    """What is known of the process table beforehand.

    *places* are the values that the unique field may take, *fixed* the parties whose place is
    known, *named* those that must be placed somewhere.
    """

    places: range
    fixed: tuple[tuple[str, int], ...]
    named: tuple[str, ...]
    tenant: bool = True

    @cached_property
    def free(self) -> tuple[int, ...]:
        """The places that no fixed party has."""
        taken = {place for _, place in self.fixed}
        return tuple(place for place in self.places if place not in taken)

    @property
    def parties(self) -> tuple[str, ...]:
        """Everybody there may be."""
        rest = (TENANT,) if self.tenant else ()
        return tuple(name for name, _ in self.fixed) + self.named + rest


class World:
    """The facts of one run."""

    def __init__(self, map_: Geography, choices: Choices, facts: frozenset[Fact]) -> None:
        if len(map_.free) < len(map_.named):
            raise Unsupported("more processes than places")
        self._map = map_
        self._choices = choices
        self._facts = dict(facts)
        seats = {key[1]: who for key, who in facts if key[0] == "holder"}
        self._at: dict[int, str | None] = {**{place: who for who, place in map_.fixed}, **seats}
        self._place_of = {who: place for place, who in self._at.items() if who is not None}
        self._frozen: frozenset[Fact] | None = facts

    @property
    def facts(self) -> frozenset[Fact]:
        """What has been chosen so far."""
        if self._frozen is None:
            self._frozen = frozenset(self._facts.items())
        return self._frozen

    def recall(self, key: tuple[object, ...], among: int) -> int:
        """Return the unknown number of that *key*, the same one whenever it is asked for."""
        if key not in self._facts:
            self._learn(key, self._choices.choose(among))
        return self._facts[key]

    def put(self, key: tuple[object, ...], value: object) -> None:
        """Decide something that is not known yet."""
        self._learn(key, value)

    def learn(self, facts: frozenset[Fact]) -> None:
        """Take over what a run aside has chosen; it knew everything that is known here."""
        for key, value in facts - self.facts:
            self._learn(key, value)
            if key[0] == "holder":
                self._seat(key[1], value)

    def holder(self, place: int) -> str | None:
        """Return who is at *place*: a party or nobody."""
        if place in self._at:
            return self._at[place]
        if place not in self._map.places:
            return None
        who = self._candidates()
        self._settle(place, who[self._choices.choose(len(who))])
        return self._at[place]

    def place(self, party: str) -> int:
        """Return the place of *party*."""
        if party not in self._place_of:
            empty = self._unknown()
            self._settle(empty[self._choices.choose(len(empty))], party)
        return self._place_of[party]

    def _candidates(self) -> list[str | None]:
        """Return who may be at a place of which nothing is known yet."""
        waiting = [name for name in self._map.named if name not in self._place_of]
        spare = len(self._unknown()) > len(waiting)
        tenant = spare and self._map.tenant and TENANT not in self._place_of
        return ([None] if spare else []) + waiting + ([TENANT] if tenant else [])

    def _unknown(self) -> list[int]:
        """Return the places of which nothing is known yet."""
        return [place for place in self._map.places if place not in self._at]

    def _settle(self, place: int, party: str | None) -> None:
        """Decide that *party* is at *place*."""
        self._seat(place, party)
        self._learn(("holder", place), party)

    def _seat(self, place: int, party: str | None) -> None:
        self._at = {**self._at, place: party}
        if party is not None:
            self._place_of = {**self._place_of, party: place}

    def _learn(self, key: tuple[object, ...], value: object) -> None:
        self._facts = {**self._facts, key: value}
        self._frozen = None

    def freeze(self) -> tuple[object, ...]:
        """Return all that is known, to go back to."""
        return (self._facts, self._place_of, self._at, self._frozen)

    def thaw(self, state: tuple[object, ...]) -> None:
        """Know what was known at *state*."""
        self._facts, self._place_of, self._at, self._frozen = state
