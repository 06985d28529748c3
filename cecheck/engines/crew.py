"""Work in several strands, each asking for children to be run; a few children at a time.

A strand is a generator: it yields the tasks it needs next, all at once, and is sent their
outcomes in the same order.  Which strand goes on first never changes what a strand is told.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

from cecheck.engines.child import Child, Children, Json, Limits, Outcome
from cecheck.record import record

T = TypeVar("T")


@record
class Task:
    """What one child is to do."""

    name: str
    work: Callable[[], Json]
    limits: Limits


Strand: TypeAlias = Generator[Sequence[Task], list[Outcome], T]


@dataclass(eq=False)
class _Progress(Generic[T]):
    """A strand on its way: what it waits for, and what has come so far."""

    strand: Strand[T]
    waiting: list[Task] = field(default_factory=list)
    outcomes: list[Outcome | None] = field(default_factory=list)
    result: list[T] = field(default_factory=list)

    def advance(self, sent: list[Outcome] | None) -> None:
        """Let the strand go on until it needs something or is done."""
        try:
            tasks = next(self.strand) if sent is None else self.strand.send(sent)
            while not tasks:
                tasks = self.strand.send([])
        except StopIteration as done:
            self.result.append(done.value)
            return
        self.waiting = list(tasks)
        self.outcomes = [None] * len(self.waiting)


def run(strands: Sequence[Strand[T]], jobs: int) -> list[T]:
    """Return the results of *strands*, running at most *jobs* children at once."""
    everyone = [_Progress(strand) for strand in strands]
    for one in everyone:
        one.advance(None)
    running: dict[Child, tuple[_Progress[Any], int]] = {}
    with Children() as children:
        while any(not one.result for one in everyone):
            queue = [
                (one, number)
                for one in everyone
                if not one.result
                for number, outcome in enumerate(one.outcomes)
                if outcome is None and (one, number) not in running.values()
            ]
            for one, number in queue[: max(0, jobs - len(running))]:
                task = one.waiting[number]
                child = children.start(task.name, task.work, task.limits)
                running[child] = (one, number)
            child, outcome = children.wait(list(running))
            one, number = running.pop(child)
            one.outcomes[number] = outcome
            if all(done is not None for done in one.outcomes):
                one.advance([done for done in one.outcomes if done is not None])
    return [one.result[0] for one in everyone]
