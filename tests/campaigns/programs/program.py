"""Random specifications of a driver whose entries are random programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from campaigns.programs.around import Around
from campaigns.programs.code import INDENT, Block, Expr, Function, Place, leaving, storing
from campaigns.programs.expressions import Scope
from campaigns.programs.heap import Topic
from campaigns.programs.machine import Abandoned, Answer, Machine, TooMuch, Value, explored
from campaigns.programs.memory import LENGTH, STRUCTS, leaves
from campaigns.programs.numbers import BOOL, MODE, NUMBERS, U8, U32
from campaigns.programs.plain import USE_PLAIN
from campaigns.programs.variables import at

TYPES: Final = """
enum Mode : u8 { OFF, SLOW = 4, FAST }
struct Inner { x : u16  y : i8 }
struct Pair { a : u32  b : u8  h : Inner  m : Mode }
"""

ASKED: Final = {
    "assert", "arithmetic", "bounds", "live", "paired", "cover", "invariant", "privilege", "dma",
}  # fmt: skip
HANDLES: Final = 2  # at once, at most


@dataclass
class Driver:
    """A driver: what it declares, its functions and entries."""

    name: str
    declared: list[object]  # as text
    functions: list[Function]
    entries: list[Function]

    def lines(self) -> Iterator[str]:
        """Yield the text."""
        yield f"driver {self.name} {{"
        yield from [f"{INDENT}{one}" for one in self.declared]
        for one in (*self.functions, *self.entries):
            yield ""
            yield from one.lines(INDENT)
        yield "}"


@dataclass
class Program:
    """A specification, as it is written and as it is run."""

    heads: list[object]  # as text, like what drivers declare
    drivers: list[Driver]
    client: str
    called: list[Function]
    tests: list[tuple[str, Block]]
    first: dict[str, Value]
    context: list[str]  # what is kept for each handle, if there are handles
    valuations: list[dict[str, Value]]  # of numbers with several values
    watch: Callable[[Machine], None]  # before each run

    def text(self) -> str:
        """Return the specification."""
        lines = ["// expect: proved", "// A random program.", *map(str, self.heads)]
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
        calls = [partial(self._call, entry) for entry in self.called]
        scripts = [partial(self._ended, *test) for test in self.tests]
        answer = Answer(is_whole=not self.context)
        for values in self.valuations:
            explored(self.first | values, calls, scripts, answer=answer)
        return answer

    def _call(self, entry: Function, machine: Machine) -> None:
        """Call *entry*, with a handle if there are any: `open` gives one, `close` takes it away."""
        self.watch(machine)
        memory = machine.memory
        if not self.context:
            _called(entry, machine)
            return
        handles = list(memory["handles"])
        kind = entry.head.partition(" ")[0]
        if kind != "open":
            memory.update(zip(self.context, handles.pop(machine.choose(len(handles))), strict=True))
        elif len(handles) == HANDLES:
            raise Abandoned
        else:
            memory.update(dict.fromkeys(self.context, 0))  # among anything else
        result = _called(entry, machine)
        if kind == "open" and not result:
            return
        if kind != "close":
            handles.append(tuple(memory[name] for name in self.context))
        memory["handles"] = tuple(sorted(handles))

    def _ended(self, name: str, body: Block, machine: Machine) -> None:
        """Run the test *name*, and note that it ends."""
        self.watch(machine)
        body.run(machine)
        machine.seen.add(name)

    def key(self, kind: str, site: str, *_: object) -> tuple[str, str] | None:
        """Return by what name a check is known; whose call it is makes no difference."""
        return (kind, site) if kind in ASKED else None


def _called(entry: Function, machine: Machine) -> Value:
    """Call *entry* with any number of which it looks at two bits; return its result."""
    for name, _ in entry.values:
        machine.memory[name] = machine.choose(4)
    return entry.run(machine)


def program(seed: int, topic: Topic = Topic.NONE) -> Program:
    """Return the program *seed* on *topic*, with claims that hold just so, or just not."""
    writer = _Writer(seed, topic)
    made = writer.program()
    with suppress(TooMuch):
        made.explored()
    writer.settle(made.first)
    return made


class _Writer(Around):
    def __init__(self, seed: int, topic: Topic) -> None:
        super().__init__(seed, topic)
        self.first: dict[str, Value] = {}
        self.context: list[Place] = []
        self.alone = self.random.random() < 0.7

    def program(self) -> Program:
        """Write a program."""
        heads = self._heads()
        drivers = []
        outer = self.scope
        if self.random.random() < 0.3:
            self.scope = outer.inner()
            drivers.append(self._driver("Other", 1))
            outer.functions = list(drivers[0].entries)
        self.scope = outer.inner()
        drivers.append(self._driver("Sample", self.random.choice([1, 1, 1, 2])))
        called = drivers[-1].entries
        is_tested = self.random.random() < 0.25 and not self.context
        tests = [self._test(called, outer)] if is_tested else []
        client = "App : trusted" if self.alone else self.many_callers()
        context = [place.text for place in self.context]
        many = list(self.valuations())
        return Program(heads, drivers, client, called, tests, self.first, context, many, self.watch)

    def _heads(self) -> list[object]:
        """Return what stands before the drivers."""
        if self.offers is None:
            return [*USE_PLAIN.splitlines(), *TYPES.splitlines(), *self._constants()]
        self.first |= {f"seen {index}": False for index in range(4)} | {"tag": 0}
        types = ['use "types.ce"'] if self.random.random() < 0.1 else TYPES.splitlines()
        used = [*self.offers.text.splitlines(), self.offers.use, *types]
        constants = self._constants()
        return [*used, *constants, *self.system()]

    def _driver(self, name: str, entries: int) -> Driver:
        self.held = f"held in {name}"
        declared: list[object] = ["lock cs", *self._globals()]
        declared += self.events() if self.topic is Topic.EVENTS else ()
        declared += ["event finished"] if self.topic is Topic.SYSTEM else ()
        functions: list[Function] = []
        for _ in range(self.random.choice([0, 1, 1, 2])):
            functions.append(self.function())
            self.scope.functions.append(functions[-1])
        if name == "Sample":
            declared += self._context()
        names = self.entries(name, entries)
        called = [self._entry(one) for one in names]
        if self.context:
            called = [self._opening(), *called, self._closing()]
        return Driver(name, declared, functions, called)

    def _context(self) -> Iterator[str]:
        """Yield what is kept for each handle; there are none of several threads, or of processes
        that exit."""
        is_simple = self.alone and self.offers is not None and not self.offers.exits
        if not is_simple or self.random.random() < 0.7:
            return
        some = [self.random.choice([*NUMBERS, BOOL]) for _ in range(self.random.choice([1, 2]))]
        fields = [(self.name("c"), type_) for type_ in some]
        for name, type_ in fields:
            way = f"context.{name}"
            self.context.append(Place(way, type_, at(way), is_named=False))
        self.scope.places += self.context
        self.first["handles"] = ()
        yield f"context {{ {'  '.join(f'{name} : {type_.name}' for name, type_ in fields)} }}"

    def _opening(self) -> Function:
        with self.inside(result=U32) as body:
            for place in self.context:
                value = self.literal(place.type)
                text = f"{place.text} = {value.text}"
                self.add(text, run=storing(place, value), label=True)
            self.variable(U8, self.literal(U8), kind="var")
            self.some(2)
            if self.random.random() < 0.5:
                self.leave()
            else:
                self.add("return 1", run=leaving(1))
        return Function("Sample.Open", (), (), (), U32, body, False, "open Open()", self.life)

    def _closing(self) -> Function:
        with self.inside(result=U32) as body:
            self.variable(U8, self.literal(U8), kind="var")
            self.some(2)
            self.probe()
            self.add("return 1", run=leaving(1))
        return Function("Sample.Close", (), (), (), U32, body, False, "close Close()", self.life)

    def _globals(self) -> Iterator[object]:
        self.shared, self.arrays = [], []
        for _ in range(self.random.choice([0, 1, 1, 2])):
            type_ = self.random.choice([*NUMBERS, BOOL, MODE])
            name, value = self.name("g"), self.literal(type_)
            if type_ in NUMBERS and self.random.random() < 0.5:
                value = Expr("0", type_, lambda _: 0)
            written = "" if value.text == "0" else f" = {value.text}"
            yield f"var {name} : {self.typed(type_)}{written}"
            self.first[name] = value.run(Machine({}, [], set()))
            self.scope.places.append(Place(name, type_, at(name)))
            yield from self.stands(name, type_)
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
            body = self.alone_in(body)
        named, is_only = name.partition(".")[2], name.endswith("receive")
        head = f"receive{'' if is_only else ' ' + named + self.code()} (message: u32)"
        return Function(name, (), ((given, U32),), (), U32, body, False, head, self.frame)

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
