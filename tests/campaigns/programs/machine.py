"""What runs a program: memory, choices, and every run that there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from campaigns.programs.numbers import Violation

RUNS: Final = 4_000  # of one program, at most
STATES: Final = 60  # of its globals
STEPS: Final = 3_000  # of one run

Value: TypeAlias = Any  # a number, a truth value; the place that a pointer leads to, None for null
State: TypeAlias = tuple[tuple[str, Value], ...]


class Abandoned(Exception):
    """What is assumed does not hold, or there is nothing to choose from."""


class Break(Exception):
    """`break`."""


class Continue(Exception):
    """`continue`."""


class Raised(Exception):
    """`raise`."""


class Returned(Exception):
    """`return`, with the value."""

    def __init__(self, value: Value) -> None:
        super().__init__()
        self.value = value


class TooMuch(Exception):
    """The program has more runs than anybody wants to wait for."""


class Memory(dict[str, Value]):
    """What is where; `notice` is told what is assigned to."""

    notice: Callable[[str], None] = staticmethod(lambda _: None)

    def __setitem__(self, name: str, value: Value) -> None:
        super().__setitem__(name, value)
        self.notice(name)


@dataclass
class Machine:
    """One run: what is where, what the names of `ref` parameters stand for, what was chosen."""

    memory: dict[str, Value]
    script: list[int]
    seen: set[str]
    names: dict[str, str] = field(default_factory=dict)
    noted: list[str] = field(default_factory=list)  # what fails without an end of the run
    failing: set[tuple[str, str]] = field(default_factory=set)  # the same, with the site
    blocks: dict[str, str] = field(default_factory=dict)  # not given back, with their sites
    counts: list[int] = field(default_factory=list)
    steps: int = 0
    view: str = ""  # what is added to the name of a site

    def site(self, label: str) -> str:
        """Return the name of the site with that *label*."""
        return label + self.view

    def choose(self, count: int) -> int:
        """Return a number below *count*; another one in another run."""
        if count <= 0:
            raise Abandoned
        here = len(self.counts)
        self.counts.append(count)
        if here == len(self.script):
            self.script.append(0)
        return self.script[here]

    def step(self) -> None:
        """Count a step."""
        self.steps += 1
        if self.steps > STEPS:
            raise TooMuch


@dataclass
class Answer:
    """What all runs show: the checks that fail somewhere, and the labels that some run reaches."""

    failing: set[tuple[str, str]] = field(default_factory=set)
    reached: set[str] = field(default_factory=set)
    runs: int = 0
    is_whole: bool = True  # there are no other runs
    narrow: frozenset[str] = frozenset()  # kinds of checks that others, not looked at, may violate


Action: TypeAlias = Callable[[Machine], object]


def explored(
    first: dict[str, Value], entries: list[Action], scripts: list[Action], most: int = RUNS,
    answer: Answer | None = None,
) -> Answer:  # fmt: skip
    """Return what comes of calling *entries*, one after the other, in any order and number; and of
    each of *scripts*, which runs once.  What is found is put into *answer*."""
    answer = Answer() if answer is None else answer
    start = tuple(sorted(first.items()))
    for script in scripts:
        _runs(start, script, answer, most)
    waiting, known = [start], {start}
    while waiting:
        state = waiting.pop()
        for entry in entries:
            for left in _runs(state, entry, answer, most):
                if left not in known:
                    known.add(left)
                    waiting.append(left)
                    if len(known) > STATES:
                        raise TooMuch
    return answer


def _runs(state: State, entry: Action, answer: Answer, most: int) -> set[State]:
    """Return the states that the calls of *entry* leave."""
    left: set[State] = set()
    script: list[int] = []
    while True:
        answer.runs += 1
        if answer.runs > most:
            raise TooMuch
        machine = Machine(dict(state), script, answer.reached)
        try:
            entry(machine)
        except Violation as one:
            answer.failing.add(one.args)  # type: ignore[arg-type]
        except Abandoned:
            pass
        else:
            left.add(tuple((name, machine.memory[name]) for name, _ in state))
            answer.failing |= {("paired", site) for site in machine.blocks.values()}
        answer.failing |= machine.failing
        del script[len(machine.counts) :]
        while script and script[-1] + 1 == machine.counts[len(script) - 1]:
            script.pop()
        if not script:
            return left
        script[-1] += 1
