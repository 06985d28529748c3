"""Places: the checks of one kind at one site, of which it is enough that a run reaches one.

A function that is called twice has each of its sites twice, and an access may have a check for
each object that it may hit.  Which of them are reached makes no difference to any answer, as long
as one is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from cecheck.engines.verdict import Name
from cecheck.ir.program import Check, CheckKind, Program

Place: TypeAlias = tuple[int, str, CheckKind]  # the thread, the name of the site, what is asked
Stops: TypeAlias = Mapping[Name, frozenset[Place]]  # a check for each access, with its places


def place(program: Program, name: Name) -> Place:
    """Return the place of the check *name*: what one finding is about."""
    check = _check(program, name)
    return name.thread, check.site.name, check.kind


def by_place(program: Program, names: Iterable[Name]) -> dict[Place, list[Name]]:
    """Return *names* by their places, in the order in which these come first."""
    groups: dict[Place, list[Name]] = {}
    for name in names:
        groups.setdefault(place(program, name), []).append(name)
    return groups


def elsewhere(program: Program, names: Iterable[Name], known: Iterable[Name]) -> list[Name]:
    """Return those of *names* that are at the place of none that is *known*."""
    places = {place(program, name) for name in known}
    return [name for name in names if place(program, name) not in places]


def stops(program: Program, names: Iterable[Name]) -> Stops:
    """Return one check for each access: reaching it is the same for all that are asked there."""
    accesses: dict[object, list[Name]] = {}
    for name in names:
        check = _check(program, name)
        accesses.setdefault((name.thread, check.location, check.reached), []).append(name)
    return {
        group[0]: frozenset(place(program, name) for name in group)
        for group in accesses.values()
    }


def ahead(program: Program, where: Stops, reached: Iterable[Name]) -> list[Name]:
    """Return the checks of *where* that have a place at which nothing is *reached*."""
    known = {place(program, name) for name in reached}
    return [name for name, places in where.items() if not places <= known]


def _check(program: Program, name: Name) -> Check:
    return program.threads[name.thread].checks[name.check]
