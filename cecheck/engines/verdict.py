"""What an engine says of a check.  All of it is a claim: a run counts once `replay` has run it."""

from __future__ import annotations

from collections.abc import Mapping

from cecheck.ir.trace import Schedule
from cecheck.record import record


@record
class Name:
    """A check of a program: the *check*-th of its *thread*-th kind of thread."""

    thread: int
    check: int


@record
class Refuted:
    """The check is violated after *depth* blocks of *schedule*."""

    schedule: Schedule
    engine: str
    depth: int


@record
class Doubt:
    """A state at *cut* that lemmas do not rule out, from which a check is violated: the *values* of
    variables, by name, and which of them *matter* for that."""

    cut: int
    values: Mapping[str, int]
    matter: tuple[str, ...]


class Disagreement(Exception):
    """One engine proved what another refuted: a bug in cecheck."""
