"""Work in strands that ask for children to be run, a few at a time.

A strand is a generator: it yields the tasks it needs next, all at once, and is sent their
outcomes in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TypeAlias, TypeVar, cast

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


def run(strand: Strand[T], jobs: int) -> T:
    """Return the result of *strand*, running at most *jobs* children at once."""
    outcomes: list[Outcome] | None = None
    while True:
        try:
            tasks = next(strand) if outcomes is None else strand.send(outcomes)
        except StopIteration as done:
            return cast("T", done.value)
        found = dict(together(tasks, jobs))
        outcomes = [found[number] for number in range(len(tasks))]


def together(
    tasks: Sequence[Task], jobs: int, begins: Callable[[int], None] = lambda _: None
) -> Iterator[tuple[int, Outcome]]:
    """Yield each of *tasks*, by number, with its outcome when it ends; at most *jobs* at once.

    *begins* is told the number of each before.
    """
    waiting = list(enumerate(tasks))
    running: dict[Child, int] = {}
    with Children() as children:
        while waiting or running:
            while waiting and len(running) < jobs:
                number, task = waiting.pop(0)
                begins(number)
                running[children.start(task.name, task.work, task.limits)] = number
            child, outcome = children.wait(list(running))
            yield running.pop(child), outcome
