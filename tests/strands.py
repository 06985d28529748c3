"""Strands whose children do not run: what they are asked is noted, and answered here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from cecheck.engines.child import Done, Json, Outcome
from cecheck.engines.crew import Strand, Task
from cecheck.engines.verdict import Name

T = TypeVar("T")


@dataclass
class Asked:
    """What children were asked, in order; tasks that were asked at once have one *round*."""

    names: list[str] = field(default_factory=list)
    rounds: list[int] = field(default_factory=list)
    works: list[partial[Json]] = field(default_factory=list)

    def about(self, number: int) -> list[Name]:
        """Return the checks that task *number* was asked about."""
        (_, first, *_) = self.works[number].args
        return list(first)


def who(task: Task) -> str:
    """Return who is asked: the search for runs looks for what is violated, or reached."""
    last = task.work.args[-1] if isinstance(task.work, partial) and task.work.args else None
    return f"bmc {last}" if last in ("violated", "reached") else task.name


Answers = Mapping[str, list[Outcome | Callable[[], Json] | None]]


def run(strand: Strand[T], instead: Answers | None = None) -> tuple[T, Asked]:
    """Return what *strand* returns, and what was asked.

    Each of *instead* answers in place of who is asked, one after the other: an outcome, a
    function, or None for the real thing, which also answers when no more are left.
    """
    asked, left = Asked(), {name: list(answers) for name, answers in (instead or {}).items()}

    def answer(task: Task, number: int) -> Outcome:
        asked.names.append(who(task))
        asked.rounds.append(number)
        asked.works.append(task.work)  # type: ignore[arg-type]
        mine = left.get(who(task), [])
        given: Any = mine.pop(0) if mine else None
        if given is None:
            return Done(task.work())
        return Done(given()) if callable(given) else given

    number = 0
    try:
        tasks = next(strand)
        while True:
            outcomes = [answer(task, number) for task in tasks]
            number += 1
            tasks = strand.send(outcomes)
    except StopIteration as done:
        return done.value, asked
