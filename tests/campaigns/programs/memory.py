"""Random statements about memory of the driver: structures, pointers to them, blocks, copies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from campaigns.programs.code import Expr, Place, stored, storing
from campaigns.programs.machine import Machine
from campaigns.programs.numbers import BOOL, MODE, NUMBERS, U8, U32, Struct, Type, Violation
from campaigns.programs.variables import Variables, at

INNER: Final = Struct("Inner", (("x", NUMBERS[2]), ("y", NUMBERS[1])))
PAIR: Final = Struct("Pair", (("a", NUMBERS[4]), ("b", U8), ("h", INNER), ("m", MODE)))
STRUCTS: Final = {"Inner": INNER, "Pair": PAIR}
LENGTH: Final = 3  # of arrays


def leaves(struct: Struct, prefix: str = "") -> Iterator[tuple[str, Type]]:
    """Yield the way to each number in *struct*, and its type."""
    for name, type_ in struct.fields:
        if isinstance(type_, Struct):
            yield from leaves(type_, f"{prefix}.{name}")
        else:
            yield f"{prefix}.{name}", type_


@dataclass(frozen=True)
class Leading:
    """A pointer to a structure: its text, and where it leads."""

    text: str
    run: Callable[[Machine], str]


class Memory(Variables):
    """Writes statements about memory."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.arrays: list[str] = []
        self.shared: list[tuple[str, str]] = []  # global structures, and their types

    def structure(self) -> None:
        """Declare a structure, and fill it."""
        kind = self.random.choice(list(STRUCTS))
        name = self.name("s")
        self.add(f"var {name} : {kind}", run=lambda _: None)
        self._filled(name, kind, at(name))
        self.scope.structs.append((name, kind))

    def _filled(
        self, name: str, kind: str, where: Callable[[Machine], str], named: bool = True
    ) -> None:
        """Put something into each field of what *name* is, or leads to."""
        for way, type_ in leaves(STRUCTS[kind]):
            place = Place(f"{name}{way}", type_, beyond(where, way), is_named=named)
            value = self.operand(type_, 1)
            self.add(f"{place.text} = {value.text}", run=storing(place, value), label=True)
            self.scope.places.append(place)

    # ---- pointers -------------------------------------------------------------------------------

    def leading(self, kind: str) -> Leading | None:
        """Return a pointer to a structure of that *kind*, if there is one."""
        found = [Leading(f"&{name}", at(name)) for name, its in self.scope.structs if its == kind]
        found += [Leading(name, _led(name)) for name, its in self.scope.pointers if its == kind]
        if kind == "Inner":
            for name, its in self.scope.structs:
                if its == "Pair":
                    found.append(Leading(f"&{name}.h", at(f"{name}.h")))
        return self.random.choice(found) if found else None

    def point(self) -> None:
        """Let a pointer lead somewhere."""
        if self.random.random() < 0.3:
            self._to_number()
            return
        kind = self.random.choice(list(STRUCTS))
        one, other = self.leading(kind), self.leading(kind)
        if one is None or other is None:
            return
        name = self.name("p")
        if self.random.random() < 0.5:
            self.add(f"let {name} : user ptr {kind} = {one.text}", run=stored(name, one.run))
        else:
            self.add(f"var {name} : user ptr {kind} = {one.text}", run=stored(name, one.run))
            test = self.truth(1)
            with self.inside() as then:
                self.add(f"{name} = {other.text}", run=stored(name, other.run))
            self.add_if(test, then)
        self.led(name, kind)

    def led(self, name: str, kind: str) -> None:
        """Declare that the pointer *name* leads to a structure of that *kind*."""
        for way, type_ in leaves(STRUCTS[kind]):
            self.scope.places.append(
                Place(f"{name}{way}", type_, beyond(_led(name), way), is_named=False)
            )
        self.scope.pointers.append((name, kind))

    def keep(self) -> None:
        """Let a global pointer lead to a global, or use it if it leads anywhere."""
        if not self.scope.kept:
            return
        name, kind = self.random.choice(self.scope.kept)
        if self.random.random() < 0.5:
            to = self.random.choice([one for one, its in self.shared if its == kind])
            self.add(f"{name} = &{to}", run=stored(name, at(to)))
            return
        with self.inside() as block:
            self.led(name, kind)
            self.some(2)
        self.add_if(Expr(f"{name} != null", BOOL, lambda m: m.memory[name] is not None), block)

    def _to_number(self) -> None:
        named = [p for p in self.scope.places if p.is_named and p.type in NUMBERS]
        if not named:
            return
        place, name = self.random.choice(named), self.name("p")
        self.add(f"let {name} = &{place.text}", run=stored(name, place.where))
        self.scope.places.append(Place(f"{name}[0]", place.type, _led(name), is_named=False))

    def same(self) -> None:
        """Claim that two pointers lead to one place, or do not."""
        kind = self.random.choice(list(STRUCTS))
        one, other = self.leading(kind), self.leading(kind)
        if one is not None and other is not None and "[" not in one.text + other.text:
            text = f"{one.text} == {other.text}"
            self.claim(Expr(text, BOOL, lambda m: one.run(m) == other.run(m), 6))

    # ---- blocks, copies, arrays -----------------------------------------------------------------

    def allocate(self) -> None:
        """Use memory that is allocated, if there is any, and give it back."""
        kind, name = self.random.choice(list(STRUCTS)), self.name("p")

        def allocate(machine: Machine) -> None:
            machine.memory[name] = name if machine.choose(2) else None

        text = f"let {name} = alloc(sizeof({kind})) as ptr {kind}"
        self.add(text, run=allocate)
        with self.inside(raises=False, may_leave=False, in_loop=False) as block:
            self._filled(name, kind, _led(name), named=False)
            self.scope.pointers.append((name, kind))
            self.some(3)
            self.add(f"free({name})", run=lambda _: None)
        self.add_if(Expr(f"{name} != null", BOOL, lambda m: m.memory[name] is not None), block)

    def copy(self) -> None:
        """Copy a structure over another one of its type."""
        pairs = [
            (one, other, kind)
            for one, kind in self.scope.structs
            for other, its in self.scope.structs
            if one != other and its == kind
        ]
        if not pairs:
            return
        to, source, kind = self.random.choice(pairs)

        def copy(machine: Machine) -> None:
            for way, _ in leaves(STRUCTS[kind]):
                machine.memory[to + way] = machine.memory[source + way]

        self.add(f"copy(&{to}, &{source}, sizeof({kind}))", run=copy, label=True)

    def index(self) -> None:
        """Write an element of an array, which may be none."""
        if not self.arrays:
            return
        array, index = self.random.choice(self.arrays), self.number(U32, 1)
        value = self.operand(NUMBERS[2], 1)

        def store(machine: Machine) -> None:
            value.run(machine)
            if index.run(machine) >= LENGTH:
                raise Violation("bounds")

        self.add(f"{array}[{index.text}] = {value.text}", run=store, label=True)


def beyond(where: Callable[[Machine], str], way: str) -> Callable[[Machine], str]:
    """Return what finds a part of what is *where*."""
    return lambda machine: f"{where(machine)}{way}"


def _led(pointer: str) -> Callable[[Machine], str]:
    """Return what finds where a *pointer* leads."""
    return lambda machine: machine.memory[pointer]
