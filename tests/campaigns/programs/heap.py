"""Random statements about allocated arrays: what is in them, how far they go, how long."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from campaigns.programs.code import Expr, Place, storing
from campaigns.programs.machine import Machine
from campaigns.programs.memory import Memory
from campaigns.programs.numbers import BOOL, NUMBERS, U32, Type, Violation


class Topic(Enum):
    """What there is more of than of anything else."""

    NONE = "nothing"
    HEAP = "arrays that are allocated"
    ROWS = "pointers into arrays that are variables"
    BLOCKS = "allocated bytes"
    CALLERS = "pointers of callers"
    EVENTS = "events"
    SYSTEM = "what the platform offers, and what stands around a driver"


class Heap(Memory):
    """Writes such statements, if they are its *topic*."""

    def __init__(self, seed: int, topic: Topic) -> None:
        super().__init__(seed)
        self.topic = topic

    def array(self) -> None:
        """Allocate an array, fill it, use it, and give it back, or forget to."""
        type_, count = self.random.choice(NUMBERS[:6]), self.random.choice([1, 2, 3])
        name = self.name("p")
        size = type_.bits // 8
        label = self.name("at")
        text = f"{label}: let {name} = alloc({count * size}) as ptr {type_.name}"

        def allocate(machine: Machine) -> None:
            machine.memory[name] = None
            if machine.choose(2):
                block = f"{name} after {len(machine.counts)} choices"
                machine.blocks[block] = label
                machine.memory[name] = (block, 0)

        self.add(text, run=allocate)
        with self.inside(raises=False, may_leave=False, in_loop=False) as body:
            for index in range(count):
                place = self._element(name, type_, count, str(index), lambda _, i=index: i)
                number = Expr(str(index), type_, lambda _, i=index: i, is_literal=True)
                self.add(f"{place.text} = {number.text}", run=storing(place, number))
                self.scope.places.append(place)
            self._inside(name, type_, count)
        self.add_if(Expr(f"{name} != null", BOOL, lambda m: m.memory[name] is not None), body)

    def row(self) -> None:
        """Write to an array that is a variable through pointers into it, and perhaps beyond."""
        name, pointer, far = self.name("t"), self.name("p"), self.random.choice([0, 0, 1, 2])
        type_, count = self.random.choice(NUMBERS[:6]), self.random.choice([2, 3])
        self.add(f"var {name} : {type_.name}[{count}]", run=lambda _: None)
        self.add(f"let {pointer} = &{name}[{far}]", run=lambda _: None)
        for _ in range(self.random.choice([1, 2])):
            by = self.random.choice([0, 1, 1, 2])
            if by and self.random.random() < 0.6:
                moved = self.name("p")
                sign = "-" if far >= by and self.random.random() < 0.4 else "+"
                self.add(f"let {moved} = {pointer} {sign} {by}", run=lambda _: None)
                pointer, far = moved, far - by if sign == "-" else far + by
            self._to_row(pointer, type_, far, count)

    def _to_row(self, pointer: str, type_: Type, far: int, count: int) -> None:
        """Write an element behind a pointer that is *far* elements behind the first of *count*."""
        free, value = self.number(U32, 1), self.operand(type_, 1)
        mask = self.random.choice([0, 1, 1, 3])
        index = Expr(f"{free.within(5)} & {mask}", U32, lambda m: free.run(m) & mask)

        def store(machine: Machine) -> None:
            value.run(machine)
            if far + index.run(machine) >= count:
                raise Violation("bounds")

        self.add(f"{pointer}[{index.text}] = {value.text}", run=store, label=True)

    def _inside(self, name: str, type_: Type, count: int) -> None:
        """Use the array, through other pointers too."""
        for _ in range(self.random.choice([1, 2, 2])):
            pick = self.random.random()
            if pick < 0.5:
                self._somewhere(name, type_, count)
            elif pick < 0.7:
                name = self._moved(name, type_)
            else:
                self.statement()
        pick = self.random.random()
        if pick < 0.75:
            self._give_back(name)
        elif pick < 0.85:
            with self.inside() as then:
                self._give_back(name)
            self.add_if(self.truth(1), then)
        if self.random.random() < 0.15:
            self._somewhere(name, type_, count)

    def _somewhere(self, name: str, type_: Type, count: int) -> None:
        """Write an element, and claim what it is then."""
        if self.random.random() < 0.5:
            number = self.random.choice([0, 1, count - 1, count])
            place = self._element(name, type_, count, str(number), lambda _: number)
        else:
            free = self.number(U32, 1)
            mask = self.random.choice([1, 3])
            text, index = f"{free.within(5)} & {mask}", lambda m: free.run(m) & mask
            place = self._element(name, type_, count, text, index)
        value = self.operand(type_, 1)
        self.add(f"{place.text} = {value.text}", run=storing(place, value), label=True)
        if self.random.random() < 0.5:
            self.claim(place.value)

    def _moved(self, name: str, type_: Type) -> str:
        """Declare a pointer some elements further."""
        new, by = self.name("p"), self.random.choice([0, 1, 1, 2])

        def move(machine: Machine) -> None:
            block, offset = machine.memory[name]
            machine.memory[new] = (block, offset + by * type_.bits // 8)

        self.add(f"let {new} = {name} + {by}", run=move)
        return new

    def _element(
        self, name: str, type_: Type, count: int, text: str, index: Callable[[Machine], int]
    ) -> Place:
        size = type_.bits // 8

        def where(machine: Machine) -> str:
            block, offset = machine.memory[name]
            at = offset + index(machine) * size
            if at + size > count * size:
                raise Violation("bounds")
            if block not in machine.blocks:
                raise Violation("live")
            return f"{block} at {at}"

        return Place(f"{name}[{text}]", type_, where, is_named=False)

    def _give_back(self, name: str) -> None:
        """Free a block; twice, or by a pointer that is not its start, is wrong."""

        def free(machine: Machine) -> None:
            block, offset = machine.memory[name]
            if offset or block not in machine.blocks:
                machine.noted.append("paired")  # and the run goes on
            else:
                del machine.blocks[block]

        self.add(f"free({name})", run=free, label=True)
