"""What looks on while a program runs: invariants of globals, and rules."""

from __future__ import annotations

from dataclasses import dataclass, field

from campaigns.programs.code import INDENT, Block, Expr, Place
from campaigns.programs.machine import Machine, Value
from campaigns.programs.numbers import Type, Violation
from campaigns.programs.probes import just_so
from campaigns.programs.variables import at


@dataclass
class Standing:
    """An `invariant` of a driver about a global, of whose *values* it is told before it settles."""

    name: str
    type: Type
    held: str  # what tells how often the lock of its driver is held
    kind: float
    place: float
    values: set[int] = field(default_factory=set)
    claim: Expr | None = None

    def check(self, machine: Machine) -> None:
        """Note what the global is; the run ends where that is wrong."""
        if self.claim is None:
            self.values.add(int(machine.memory[self.name]))
        elif not self.claim.run(machine):
            raise Violation("invariant")

    def settle(self, first: Value) -> None:
        """Make the claim, which holds of what the global is at *first*."""
        value = Place(self.name, self.type, at(self.name)).value
        others = self.values - {int(first)}
        is_met = self.kind >= 0.35 or not others
        some = sorted(others | {int(first)} if is_met else others)
        self.claim = just_so(value, some, 1.0 if is_met else 0.0, self.place)

    def __str__(self) -> str:
        return f"invariant {'true' if self.claim is None else self.claim.text}"


@dataclass
class Rule:
    """What runs around the calls of functions of the platform: by *when* and name of the function,
    what their argument is called and what runs."""

    name: str
    variable: str
    watches: dict[tuple[str, str], tuple[str, Block]]

    def run(self, when: str, function: str, given: int, machine: Machine) -> None:
        """Run what is there for a call with what is *given*."""
        if (when, function) in self.watches:
            argument, block = self.watches[when, function]
            machine.memory[argument] = given
            block.run(machine)

    def __str__(self) -> str:
        lines = [f"rule {self.name} {{", INDENT + self.variable]
        for (when, function), (argument, block) in self.watches.items():
            lines += [f"{INDENT}{when} {function}({argument}) {{", *block.lines(INDENT * 2)]
            lines.append(f"{INDENT}}}")
        return "\n".join([*lines, "}"])
