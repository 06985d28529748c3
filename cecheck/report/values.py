"""How values are written in a story: numbers in hex, processes and sets by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from cecheck.ir.expr import BOOL, Expr, Scope, Var
from cecheck.ir.program import Program
from cecheck.ir.trace import Actor, Trace
from cecheck.report.model import Change

_MEMBER = re.compile(r"(?P<set>.+) has (?P<place>\S+)$")
_IDENTITY = re.compile(r"(?P<what>.+) is (?P<place>\S+)$")
_NUMBERED = re.compile(r"#\d+(?=$|\.)")
_SMALL = 10  # numbers below are written in decimal


def number(value: int, width: int) -> str:
    """Return *value* as a number or a truth value."""
    if width == BOOL.width:
        return "true" if value else "false"
    return str(value) if value < _SMALL else f"{value:#x}"


@dataclass(frozen=True)
class Names:
    """What the threads, variables and processes of a trace are called."""

    program: Program
    places: tuple[tuple[str, int], ...]  # a name, and the number of its place in this run
    lonely: frozenset[int]  # kinds of thread of which one takes part

    @classmethod
    def of(cls, program: Program, trace: Trace, value: Callable[[Expr], int]) -> Names:
        """Return the names for *trace*."""
        actors = {step.actor for step in trace.steps} | {trace.schedule.actor}
        kinds = [actor.thread for actor in actors]
        lonely = frozenset(kind for kind in kinds if kinds.count(kind) == 1)
        places = tuple((name, value(place)) for name, place in program.places)
        return cls(program, places, lonely)

    def actor(self, actor: Actor) -> str:
        """Return the name of a thread, numbered where several of its kind take part."""
        name = self.program.threads[actor.thread].name
        return name if actor.thread in self.lonely else f"{name} {actor.number + 1}"

    def changes(self, changes: Iterable[tuple[Var, int, int]]) -> Iterable[Change]:
        """Return those of *changes* that have a name in the specification."""
        for var, old, new in changes:
            name = self._variable(var)
            if name is not None:
                yield Change(name, self._value(var, old), self._value(var, new))

    def terms(
        self, terms: Sequence[tuple[str, Expr]], value: Callable[[Expr], int]
    ) -> tuple[tuple[str, str], ...]:
        """Return what the terms of a check are at its failure, as (text, value) pairs.

        ``x has place`` for each place becomes the set x, ``x is place`` the place that x is.
        """
        pairs: dict[str, str] = {}
        for text, expr in terms:
            holds = value(expr)
            if expr.sort == BOOL and (member := _MEMBER.match(text)):
                _extend(pairs, member["set"], member["place"] if holds else None)
            elif expr.sort == BOOL and (identity := _IDENTITY.match(text)):
                pairs.setdefault(identity["what"], "somebody else")
                if holds:
                    pairs[identity["what"]] = identity["place"]
            else:
                pairs[text] = self._value(expr, holds)
        return tuple(pairs.items())

    def _value(self, expr: Expr, value: int) -> str:
        if isinstance(expr, Var) and self.program.types.get(expr.name) == "process":
            return self._place(value)
        return number(value, expr.sort.width)

    def _place(self, value: int) -> str:
        if value == 0:
            return "none"
        named = [name for name, place in self.places if place == value]
        return named[0] if named else f"process {number(value, 32)}"

    def _variable(self, var: Var) -> str | None:
        """Return what the specification calls *var*; None for what it does not know."""
        if var.name not in self.program.types:
            return None
        if var.scope is Scope.GLOBAL:
            return _NUMBERED.sub("", var.name)
        return _NUMBERED.sub("", var.name.partition(".")[2] or var.name)


def _extend(pairs: dict[str, str], name: str, place: str | None) -> None:
    inside = pairs.get(name, "{}")[1:-1]
    members = [part for part in (inside, place) if part]
    pairs[name] = "{" + ", ".join(members) + "}"
