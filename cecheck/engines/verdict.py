"""What an engine says of a check: a union that carries its evidence.

All of it is a claim.  `Proved` counts once `certify` has re-proved the certificate, `Refuted`
once `replay` has run the schedule.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from cecheck.ir.certificate import Certificate
from cecheck.ir.trace import Schedule
from cecheck.record import record


@record
class Name:
    """A check of a program: the *check*-th of its *thread*-th kind of thread."""

    thread: int
    check: int


@record
class Proved:
    """The check holds, because *certificate* does."""

    certificate: Certificate
    engine: str


@record
class Refuted:
    """The check is violated after *depth* blocks of *schedule*."""

    schedule: Schedule
    engine: str
    depth: int


@record
class Unknown:
    """Nobody could tell; *tried* says who."""

    reason: str
    tried: tuple[str, ...] = ()


@record
class Doubt:
    """A state at *cut* that lemmas do not rule out, from which a check is violated: the *values* of
    variables, by name, and which of them *matter* for that."""

    cut: int
    values: Mapping[str, int]
    matter: tuple[str, ...]


Verdict: TypeAlias = Proved | Refuted | Unknown


class Disagreement(Exception):
    """One engine proved what another refuted: a bug in cecheck."""


def agreed(name: Name, first: Verdict, second: Verdict) -> Verdict:
    """Return the better of two answers, the first if both are as good."""
    if isinstance(first, Unknown):
        return second
    if not isinstance(second, Unknown) and type(first) is not type(second):
        engines = f"{first.engine} and {second.engine}"
        raise Disagreement(f"{engines} disagree on check {name.check} of thread {name.thread}")
    return first
