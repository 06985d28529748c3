"""What campaigns have in common that answer specifications twice: seeds, counts and the small text
that is left of a disagreement."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Protocol

from oracle.interleave import Domain

from campaigns.compare import Answer, compared
from campaigns.shrink import shrunk
from cecheck.engines import crew
from cecheck.engines.child import Crashed, Done, Json, Limit, Limits, Outcome, where
from cecheck.engines.crew import Task
from cecheck.options import Options
from cecheck.tasks import load_solvers

DEEP = 5  # steps from which on a run is more than a glance


class Case(Protocol):
    """A specification to be answered twice."""

    @property
    def name(self) -> str:
        """What kind it is."""

    @property
    def text(self) -> str:
        """The specification."""

    def answer(self, seconds: float = 20.0, **options: object) -> Answer:
        """Return what comes of it; the other answer may take so many *seconds*."""

    def shrunk(self, wrong: str, seconds: float) -> str:
        """Return a smaller specification about which the answers differ as *wrong* says."""


@dataclass(frozen=True)
class Enumerated:
    """A specification whose states are enumerated, over *domain* only if there is one."""

    name: str
    text: str
    domain: Domain | None = None

    def answer(self, seconds: float = 20.0, **options: object) -> Answer:
        """Return what comes of it; the enumeration may take so many *seconds*."""
        return compared(self.text, seconds, self.domain, **options)

    def shrunk(self, wrong: str, seconds: float) -> str:
        """Return a smaller text about which the answers differ as *wrong* says."""
        return shrunk(
            self.text, lambda text: wrong in compared(text, seconds, self.domain).wrong
        )


def arguments(doc: str | None, *, children: bool = True) -> argparse.ArgumentParser:
    """Return what every campaign is asked with; in *children* only if `run` answers it."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20.0, help="of one enumeration")
    parser.add_argument("--show", type=int, help="print the specification of a seed, and end")
    if children:
        parser.add_argument("--jobs", type=int, default=1, help="seeds at once")
        parser.add_argument("--patience", type=float, default=60.0, help="seconds for one seed")
    return parser


def run(given: argparse.Namespace, made: Callable[[int], Case]) -> None:
    """Print what comes of the case that is *made* of each seed, then the counts; and end.

    Each seed is answered in one child, which does what its engines are asked by itself.
    """
    if given.show is not None:
        print(made(given.show).text, end="")
        return
    load_solvers(Options())
    counts: Counter[str] = Counter()
    for seed, answer in _answers(given, made):
        counts.update(_kinds(answer))
        print(seed, made(seed).name, _line(answer), flush=True)
        if answer.wrong:
            print(made(seed).shrunk(answer.wrong[0], given.seconds))
    print(", ".join(f"{count} {kind}" for kind, count in counts.most_common()))
    sys.exit(counts["wrong"] > 0)


def _answers(
    given: argparse.Namespace, made: Callable[[int], Case]
) -> Iterator[tuple[int, Answer]]:
    """Yield each seed with what comes of it, in the order in which they are done."""
    limits = Limits(given.patience)
    tasks = [
        Task(str(seed), partial(_answered, made, seed, given.seconds), limits)
        for seed in range(given.first, given.first + given.count)
    ]
    for number, outcome in crew.together(tasks, given.jobs):
        match outcome:
            case Done(data):
                answer = Answer(**data)
            case Limit(reason):
                answer = Answer(dropped=f"not answered in time: {reason}")
            case Crashed(detail):
                answer = Answer(wrong=[f"crash: {detail}"])
        yield given.first + number, answer


def _answered(made: Callable[[int], Case], seed: int, seconds: float) -> Json:
    """Return, in a child, what comes of *seed*: its engines need no child of their own."""
    crew.together = _here
    return asdict(made(seed).answer(seconds))


def _here(tasks: Sequence[Task], _: int) -> Iterator[tuple[int, Outcome]]:
    """Yield each of *tasks*, by number, with its outcome, as `crew.together` does, but without
    children."""
    return enumerate(map(_outcome, tasks))


def _outcome(task: Task) -> Outcome:
    try:
        return Done(task.work())
    except Exception as error:  # a solver may raise anything, as in a child
        return Crashed(where(error))


def _kinds(answer: Answer) -> list[str]:
    """Return what *answer* counts as."""
    if answer.dropped:
        return [answer.dropped.partition(":")[0]]
    found = ["compared", "unsafe" if answer.refuted else "safe"]
    found += [f"unsafe in {DEEP} steps or more"] if answer.steps >= DEEP else []
    found += ["with an UNKNOWN"] if answer.unknown else []
    return found + (["wrong"] if answer.wrong else [])


def _line(answer: Answer) -> str:
    """Return *answer* on one line."""
    if answer.dropped:
        return " ".join(answer.dropped.split())[:150]
    told = f"{answer.proved} proved, {answer.refuted} refuted, {answer.unknown} unknown"
    enumerated, solved = answer.seconds
    told += f"; {enumerated:.1f} s enumerated, {solved:.1f} s solved"
    return "; ".join([told, *answer.wrong])
