"""Random statements about allocated bytes: accesses across their end, and when they are gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from campaigns.programs.code import Expr
from campaigns.programs.heap import Heap
from campaigns.programs.machine import Machine
from campaigns.programs.numbers import BOOL, U32, Violation

UNITS: Final = {"u8": 1, "u16": 2, "u32": 4}
WORD: Final = (1 << 32) - 1
Bytes = tuple[str, Callable[[Machine], int]]  # a number as it is written, and what it is


class Blocks(Heap):
    """Writes such statements; `ways` are the pointers into blocks, with what they lead to."""

    ways: list[tuple[str, str]]

    def bytes_of(self) -> None:
        """Allocate bytes, use them in several ways, and give them back at some time."""
        size, name, label = self.random.choice([1, 3, 4, 5, 6, 8]), self.name("p"), self.name("at")

        def allocate(machine: Machine) -> None:
            machine.memory[name] = None
            if machine.choose(2):
                block = f"{name} after {len(machine.counts)} choices"
                machine.blocks[block] = label
                machine.memory[name] = (block, 0)
                machine.memory[f"size of {block}"] = size

        self.add(f"{label}: let {name} = alloc({size}) as ptr u8", run=allocate)
        outer = list(getattr(self, "ways", []))
        with self.inside(raises=False, may_leave=False, in_loop=False) as body:
            self.ways = [*outer, (name, "u8")]
            for _ in range(self.random.choice([2, 3, 4])):
                self._use(name)
            if self.random.random() < 0.5:
                self._give_back(name)
                if self.random.random() < 0.3:
                    self._use(name)
        self.ways = outer
        self.add_if(Expr(f"{name} != null", BOOL, lambda m: m.memory[name] is not None), body)

    def _use(self, name: str) -> None:
        """Write something that is done with the block that *name* leads to, or an outer one."""
        pick = self.random.random()
        if pick < 0.2:
            self._as_other()
        elif pick < 0.35:
            self._shifted_way()
        elif pick < 0.6:
            self._at_element()
        elif pick < 0.75:
            self._along()
        elif pick < 0.85:
            self._across()
        elif pick < 0.9:
            self._given_back(name)
        else:
            self.statement()

    # ---- pointers -------------------------------------------------------------------------------

    def _as_other(self) -> None:
        """Look at bytes as other numbers."""
        (name, _), new = self.random.choice(self.ways), self.name("p")
        kind = self.random.choice(list(UNITS))
        text = f"let {new} = {name} as user ptr {kind}"
        self.add(text, run=lambda m: m.memory.update({new: m.memory[name]}))
        self.ways.append((new, kind))

    def _shifted_way(self) -> None:
        """Let a pointer lead further on, or back."""
        (name, kind), new = self.random.choice(self.ways), self.name("p")
        by, sign = self.random.choice([1, 1, 2, 4]), self.random.choice("++-")
        far = by * UNITS[kind] * (1 if sign == "+" else -1)

        def move(machine: Machine) -> None:
            block, offset = machine.memory[name]
            machine.memory[new] = (block, offset + far)

        self.add(f"let {new} = {name} {sign} {by}", run=move)
        self.ways.append((new, kind))

    # ---- accesses -------------------------------------------------------------------------------

    def _at_element(self) -> None:
        """Read or write an element."""
        name, kind = self.random.choice(self.ways)
        unit, (index, run) = UNITS[kind], self._index()
        text = f"{name}[{index}]"
        text = f"{text} = 1" if self.random.random() < 0.5 else f"let {self.name('x')} = {text}"
        self.add(text, run=lambda m: _touch(m, (name, run(m) * unit, unit)), label=True)

    def _along(self) -> None:
        """Read or write a range."""
        name, kind = self.random.choice(self.ways)
        unit, (low, first), (high, last) = UNITS[kind], self._index(), self._index()

        def touch(machine: Machine) -> None:
            start = first(machine)
            _touch(machine, (name, start * unit, ((last(machine) - start) & WORD) * unit))

        verb = self.random.choice(["read", "write"])
        self.add(f"{verb} {name}[{low} .. {high}]", run=touch, label=True)

    def _across(self) -> None:
        """Copy from one place to another, which may overlap."""
        (to, _), (source, _) = self.random.choice(self.ways), self.random.choice(self.ways)
        size, run = self._index()

        def copy(machine: Machine) -> None:
            count = run(machine)
            _touch(machine, (source, 0, count), (to, 0, count))

        self.add(f"copy({to}, {source}, {size})", run=copy, label=True)

    def _index(self) -> Bytes:
        """Return a small number."""
        if self.random.random() < 0.5:
            number = self.random.choice([0, 1, 1, 2, 3, 4, 8])
            return str(number), lambda _: number
        free, mask = self.number(U32, 1), self.random.choice([1, 3, 7])
        return f"({free.within(5)} & {mask})", lambda m: free.run(m) & mask

    def _given_back(self, name: str) -> None:
        """Free a block early, perhaps on one way only, or by another pointer."""
        pick = self.random.random()
        if pick < 0.4:
            name = self.random.choice(self.ways)[0]
        if pick < 0.7:
            with self.inside() as then:
                self._give_back(name)
            self.add_if(self.truth(1), then)
        else:
            self._give_back(name)


def _touch(machine: Machine, *ranges: tuple[str, int, int]) -> None:
    """Ask of each range whether it is inside its block, and whether that is there, at once."""
    failing = set()
    for name, by, count in ranges:
        block, offset = machine.memory[name]
        start, size = (offset + by) & WORD, machine.memory[f"size of {block}"]
        if count and start + count > size:
            failing.add("bounds")
        if count and start < size and block not in machine.blocks:
            failing.add("live")
    machine.noted += failing
    if failing:
        raise Violation(min(failing))
