"""Random statements about events: what is signalled stays so until somebody waits, or resets it."""

from __future__ import annotations

from collections.abc import Iterator

from campaigns.programs.blocks import Blocks
from campaigns.programs.code import Expr
from campaigns.programs.machine import Machine, Value
from campaigns.programs.numbers import BOOL


class Events(Blocks):
    """Writes such statements; *first* is what globals start with, `signals` are the events of the
    driver, each with whether it stays signalled."""

    first: dict[str, Value]
    signals: list[tuple[str, bool]]

    def events(self) -> Iterator[str]:
        """Yield declarations of events."""
        self.signals = [(self.name("e"), manual) for manual in (False, True)]
        for name, manual in self.signals:
            self.first[name] = False
            yield f"manual event {name}" if manual else f"event {name}"

    def event(self) -> None:
        """Signal, reset and wait, and claim something of how the waits ended."""
        name, manual = self.random.choice(self.signals)
        came: list[str] = []
        for _ in range(self.random.choice([2, 3, 4])):
            pick = self.random.random()
            if pick < 0.35:
                self.add(f"signal {name}", run=lambda m: m.memory.update({name: True}))
            elif pick < 0.45:
                self.add(f"reset {name}", run=lambda m: m.memory.update({name: False}))
            else:
                came.append(self._wait(name, manual))
        both = came[-2:]
        if both:
            text = " && ".join(both)
            self.claim(Expr(text, BOOL, lambda m: all(m.memory[one] for one in both), 2))

    def _wait(self, name: str, manual: bool) -> str:
        """Wait until the time is over, which may be at once; return what tells whether a signal
        came."""
        new = self.name("v")

        def wait(machine: Machine) -> None:
            came = machine.memory[name] and bool(machine.choose(2))
            if came and not manual:
                machine.memory[name] = False
            machine.memory[new] = came

        self.add(f"let {new} = wait {name} timeout", run=wait)
        return new
