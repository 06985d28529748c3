"""How values are written in a story: numbers in hex, processes and sets by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence

from cecheck.ir.expr import BOOL, Expr, Scope, Var
from cecheck.ir.program import Program
from cecheck.ir.trace import Actor, Step, Trace
from cecheck.record import record
from cecheck.report.model import Change
from cecheck.source import Span

_MEMBER = re.compile(r"(?P<set>.+) has (?P<place>\S+)$")
_NUMBERED = re.compile(r"#\d+(?=$|[. ])")
_SMALL = 10  # numbers below are written in decimal


def number(value: int, width: int) -> str:
    """Return *value* as a number or a truth value."""
    if width == BOOL.width:
        return "true" if value else "false"
    return str(value) if value < _SMALL else f"{value:#x}"


@record
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

    def is_foreign(self, span: Span | None) -> bool:
        """Return whether *span* lies in a platform with a file of its own."""
        path = None if span is None else span.source.path
        return path == self.program.platform != self.program.source

    def changes(self, actor: Actor, step: Step, relevant: Collection[Var]) -> Iterable[Change]:
        """Return what *step* changed of *relevant*, where it has a name in the specification.

        The memberships of one set are one change.
        """
        sets: dict[str, tuple[list[str], list[str], bool]] = {}
        wanted = {self._variable(actor, var) for var in relevant}
        wanted |= {member["set"] for name in wanted if name and (member := _MEMBER.match(name))}
        for var, old, new in step.changes:
            name = self._variable(actor, var)
            member = _MEMBER.match(name or "")
            shared = var.scope is Scope.GLOBAL
            if member and member["set"] in wanted:
                before, after, _ = sets.setdefault(member["set"], ([], [], shared))
                before += [member["place"]] * old
                after += [member["place"]] * new
            elif name in wanted and name and old != new:
                yield Change(name, self._value(var, old), self._value(var, new), shared)
        for name, (before, after, shared) in sets.items():
            if before != after:
                yield Change(name, _set(before), _set(after), shared)

    def held(
        self, actor: Actor, memory: Iterable[tuple[Var, int]]
    ) -> Iterable[tuple[str, str]]:
        """Return the (name, value) pairs of *memory*, where it has a name in the specification.

        The memberships of one set are one value.
        """
        sets: dict[str, list[str]] = {}
        for var, value in memory:
            name = self._variable(actor, var)
            if name is None:
                continue
            if member := _MEMBER.match(name):
                sets.setdefault(member["set"], []).extend([member["place"]] * value)
            else:
                yield name, self._value(var, value)
        for name, members in sets.items():
            yield name, _set(members)

    def terms(
        self, terms: Sequence[tuple[str, Expr]], value: Callable[[Expr], int]
    ) -> tuple[tuple[str, str], ...]:
        """Return what the terms of a check are at its failure, as (text, value) pairs.

        ``x has place`` for each place becomes the set x.
        """
        pairs: dict[str, str] = {}
        sets: dict[str, list[str]] = {}
        for text, expr in terms:
            result = value(expr)
            if expr.sort == BOOL and (member := _MEMBER.match(text)):
                members = sets.setdefault(member["set"], [])
                members += [member["place"]] * result
                pairs[member["set"]] = _set(members)
            else:
                pairs[text] = self._value(expr, result)
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

    def _variable(self, actor: Actor, var: Var) -> str | None:
        """Return what the specification calls *var*; None for what it does not know."""
        if var.name not in self.program.types:
            return None
        thread = self.program.threads[actor.thread].name
        return _NUMBERED.sub("", var.name.removeprefix(f"{thread}."))


def _set(members: Iterable[str]) -> str:
    return "{" + ", ".join(members) + "}"
