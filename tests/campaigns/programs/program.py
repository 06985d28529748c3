"""Random specifications of a driver whose entries are random programs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from campaigns.programs.code import INDENT, Block, Expr, Function, Place, Statement
from campaigns.programs.control import Control
from campaigns.programs.expressions import Scope
from campaigns.programs.heap import Topic
from campaigns.programs.machine import Answer, Machine, Raised, Returned, TooMuch, Value, explored
from campaigns.programs.memory import LENGTH, STRUCTS, leaves
from campaigns.programs.numbers import BOOL, MODE, NUMBERS, U8, U32
from campaigns.programs.variables import at

PLATFORM: Final = """platform plain : u32 {
    process { unique number : u32 = any(1 .. 100)  trusted : bool }
    process server : trusted { number = 100 }
    drivers in server
    thread { restored owner : process = home }
    fn translate(a: u32) -> u32 { if a < 0x10000 { raise } return a }
    fn permit(a: u32, writing: bool) -> bool { return true }
    fn owns(p: process, a: u32, writing: bool) -> bool { return a >> 24 == p.number }
    fn inside(p: process) -> bool { return true }
    fn there(a: u32) -> bool { return a >= 0x10000 }
    fn vacant(a: u32) -> bool { return false }
    fn honest(p: process, a: u32, n: u32) -> bool {
        let e = a + n - 1
        return e >= a && owns(p, a, true) && owns(p, e, true)
    }
    fn heap(n: u32) -> bool { return true }
    fn first_byte(p: process) -> u32 { return p.number << 24 }
    fn last_byte(p: process) -> u32 { return (p.number << 24) + 0xFF_FFFF }
    call Send(message: u32) -> u32 enters receive {
        var result : u32 = 0
        try { result = enter(...) } except { result = 0 }
        return result
    }
}
use plain

enum Mode : u8 { OFF, SLOW = 4, FAST }
struct Inner { x : u16  y : i8 }
struct Pair { a : u32  b : u8  h : Inner  m : Mode }
"""

ASKED: Final = {"assert", "arithmetic", "bounds", "live", "paired", "cover"}


@dataclass
class Driver:
    """A driver: what it declares, its functions and entries."""

    name: str
    declared: list[str]
    functions: list[Function]
    entries: list[Function]

    def lines(self) -> Iterator[str]:
        """Yield the text."""
        yield f"driver {self.name} {{"
        yield from [INDENT + one for one in self.declared]
        for one in (*self.functions, *self.entries):
            yield ""
            yield from one.lines(INDENT)
        yield "}"


@dataclass
class Program:
    """A specification, as it is written and as it is run."""

    heads: list[str]
    drivers: list[Driver]
    client: str
    called: list[Function]
    tests: list[tuple[str, Block]]
    first: dict[str, Value]

    def text(self) -> str:
        """Return the specification."""
        lines = ["// expect: proved", "// A random program.", *PLATFORM.splitlines(), *self.heads]
        for driver in self.drivers:
            lines += ["", *driver.lines()]
        calls = ", ".join(entry.name for entry in self.called)
        lines += ["", f"client {self.client} calls {calls}", ""]
        for name, body in self.tests:
            lines += [f"test {name} {{", *body.lines(INDENT), "}", ""]
        return "\n".join(lines)

    def parts(self) -> Iterator[list[Any]]:
        """Yield what can be made shorter, the outer parts first."""
        yield self.tests
        yield self.drivers
        pending = [body for _, body in self.tests]
        for driver in self.drivers:
            yield from (driver.functions, driver.entries)
            pending += [one.body for one in (*driver.functions, *driver.entries)]
        while pending:
            block = pending.pop(0)
            yield block.statements
            pending += [inner for one in block.statements for inner in one.blocks]

    def explored(self) -> Answer:
        """Return what all runs show."""
        calls = [partial(_called, entry) for entry in self.called]
        return explored(self.first, calls, [partial(_ended, *test) for test in self.tests])

    def key(self, kind: str, site: str, *_: object) -> tuple[str, str] | None:
        """Return by what name a check is known; whose call it is makes no difference."""
        return (kind, site) if kind in ASKED else None


def _called(entry: Function, machine: Machine) -> None:
    """Call *entry* with any number of which it looks at two bits."""
    machine.memory[entry.values[0][0]] = machine.choose(4)
    with suppress(Raised, Returned):
        entry.body.run(machine)


def _ended(name: str, body: Block, machine: Machine) -> None:
    """Run the test *name*, and note that it ends."""
    body.run(machine)
    machine.seen.add(name)


def program(seed: int, topic: Topic = Topic.NONE) -> Program:
    """Return the program *seed* on *topic*, with claims that hold just so, or just not."""
    writer = _Writer(seed, topic)
    made = writer.program()
    with suppress(TooMuch):
        made.explored()
    for probe in writer.probes:
        probe.settle()
    return made


class _Writer(Control):
    def __init__(self, seed: int, topic: Topic) -> None:
        super().__init__(seed, topic)
        self.first: dict[str, Value] = {}
        self.alone = self.random.random() < 0.7

    def program(self) -> Program:
        """Write a program."""
        heads = self._constants()
        drivers = []
        outer = self.scope
        if self.random.random() < 0.3:
            self.scope = outer.inner()
            drivers.append(self._driver("Other", 1))
            outer.functions = list(drivers[0].entries)
        self.scope = outer.inner()
        drivers.append(self._driver("Sample", self.random.choice([1, 1, 1, 2])))
        called = drivers[-1].entries
        tests = [self._test(called, outer)] if self.random.random() < 0.25 else []
        client = "App : trusted" if self.alone else "App[*] : untrusted"
        return Program(heads, drivers, client, called, tests, self.first)

    def _driver(self, name: str, entries: int) -> Driver:
        declared = ["lock cs", *self._globals()]
        declared += self.events() if self.topic is Topic.EVENTS else ()
        functions: list[Function] = []
        for _ in range(self.random.choice([0, 1, 1, 2])):
            functions.append(self.function())
            self.scope.functions.append(functions[-1])
        return Driver(
            name, declared, functions, [self._entry(f"{name}.Run{n}") for n in range(entries)]
        )

    def _globals(self) -> Iterator[str]:
        self.shared, self.arrays = [], []
        for _ in range(self.random.choice([0, 1, 1, 2])):
            type_ = self.random.choice([*NUMBERS, BOOL, MODE])
            name, value = self.name("g"), self.literal(type_)
            if type_ in NUMBERS and self.random.random() < 0.5:
                value = Expr("0", type_, lambda _: 0)
            written = "" if value.text == "0" else f" = {value.text}"
            yield f"var {name} : {type_.name}{written}"
            self.first[name] = value.run(Machine({}, [], set()))
            self.scope.places.append(Place(name, type_, at(name)))
        kind = self.random.choice(list(STRUCTS))
        for _ in range(self.random.choice([0, 0, 1, 2])):
            yield f"var {self._structure(kind)} : {kind}"
        if self.shared and self.random.random() < 0.5:
            name = self.name("q")
            yield f"var {name} : user ptr {kind}"
            self.first[name] = None
            self.scope.kept.append((name, kind))
        if self.random.random() < 0.3:
            self.arrays.append(self.name("t"))
            yield f"var {self.arrays[0]} : u16[{LENGTH}]"

    def _structure(self, kind: str) -> str:
        name = self.name("w")
        for way, type_ in leaves(STRUCTS[kind]):
            self.first[name + way] = 0
            self.scope.places.append(Place(name + way, type_, at(name + way)))
        self.scope.structs.append((name, kind))
        self.shared.append((name, kind))
        return name

    def _constants(self) -> list[str]:
        """Return declarations of constants: exact ones, and numbers of a type."""
        heads = []
        for _ in range(self.random.choice([0, 1, 2])):
            name, value = self.name("K"), self.random.choice([3, 7, 250, 300, 70_000])
            heads.append(f"const {name} = {value}")
            self.constants.append((name, None, value))
        for _ in range(self.random.choice([0, 1, 2])):
            name, type_ = self.name("K"), self.random.choice(NUMBERS)
            value = self.literal(type_)
            number, text = value.run(Machine({}, [], set())), value.text
            if self.random.random() < 0.4 and text.isalnum() and not text.startswith("K"):
                number, text = type_.wrapped(~number), f"~{text}"
            heads.append(f"const {name} : {type_.name} = {text}")
            self.constants.append((name, type_, number))
        return heads

    def _entry(self, name: str) -> Function:
        given = f"message of {name}"
        with self.inside(result=U32) as body:
            low = Expr("(message & 3)", U32, lambda m: m.memory[given] & 3)
            self.scope.values.append(low)
            self.variable(U8, self.literal(U8), kind="var")
            self.choose()
            self.some(4)
            self.probe()
            self.leave()
        if not self.alone:
            body = _alone(body)
        return Function(name, (), ((given, U32),), (), U32, body, may_raise=False, is_entry=True)

    def _test(self, entries: list[Function], outer: Scope) -> tuple[str, Block]:
        """Write a script that calls *entries*."""
        self.scope = outer.inner()
        self.scope.functions = list(entries)
        with self.inside(raises=False, may_leave=False, in_loop=False) as body:
            self.variable(U8, self.literal(U8), kind="var")
            for _ in range(self.random.choice([1, 2, 3])):
                if self.random.random() < 0.5:
                    self.choose()
                call = self.call(lambda _: True, 0)
                assert call is not None
                self.variable(U32, call)
                self.probe()
        return self.name("test"), body


def _alone(body: Block) -> Block:
    """Return *body* under the lock, whatever comes."""
    taken = Statement(("acquire cs", "try {", body, "} finally { release cs }"), body.run)
    return Block([taken])
