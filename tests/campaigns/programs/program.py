"""Random specifications of a driver whose entries are random programs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from campaigns.programs.code import INDENT, Block, Expr, Function, Place, Statement
from campaigns.programs.control import Control
from campaigns.programs.machine import Answer, Machine, TooMuch, Value, explored
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


@dataclass
class Program:
    """A specification, as it is written and as it is run."""

    heads: list[str]
    functions: list[Function]
    globals: list[str]
    entries: list[tuple[str, Block]]
    client: str
    first: dict[str, Value]

    def text(self) -> str:
        """Return the specification."""
        lines = ["// expect: proved", "// A random program.", *PLATFORM.splitlines(), *self.heads]
        lines += ["", "driver Sample {", *(INDENT + one for one in self.globals)]
        for function in self.functions:
            lines += ["", *function.lines(INDENT)]
        for name, body in self.entries:
            lines += ["", f"{INDENT}{name} {{", *body.lines(2 * INDENT), f"{INDENT}}}"]
        calls = ", ".join(f"Sample.{name.split()[1][:-2]}" for name, _ in self.entries)
        return "\n".join([*lines, "}", "", f"client {self.client} calls {calls}", ""])

    def blocks(self) -> Iterator[Block]:
        """Yield each block, the outer ones first."""
        pending = [*(f.body for f in self.functions), *(body for _, body in self.entries)]
        while pending:
            block = pending.pop(0)
            yield block
            pending += [inner for one in block.statements for inner in one.blocks]

    def explored(self) -> Answer:
        """Return what all runs show."""
        return explored(self.first, [body.run for _, body in self.entries])


def program(seed: int) -> Program:
    """Return the program *seed*, with claims that hold just so, or just not."""
    writer = _Writer(seed)
    made = writer.program()
    with suppress(TooMuch):
        made.explored()
    for probe in writer.probes:
        probe.settle()
    return made


class _Writer(Control):
    def program(self) -> Program:
        """Write a program."""
        shared = self.random.random() < 0.3
        heads, first = self._constants(), {}
        declared = ["lock cs"]
        for _ in range(self.random.choice([0, 1, 1, 2])):
            type_ = self.random.choice([*NUMBERS, BOOL, MODE])
            name, value = self.name("g"), self.literal(type_)
            if type_ in NUMBERS and self.random.random() < 0.5:
                value = Expr("0", type_, lambda _: 0)
            written = "" if value.text == "0" else f" = {value.text}"
            declared.append(f"var {name} : {type_.name}{written}")
            first[name] = value.run(Machine({}, [], set()))
            self.scope.places.append(Place(name, type_, at(name)))
        if self.random.random() < 0.3:
            name, kind = self.name("w"), self.random.choice(list(STRUCTS))
            declared.append(f"var {name} : {kind}")
            for way, type_ in leaves(STRUCTS[kind]):
                first[name + way] = 0
                place = Place(name + way, type_, at(name + way))
                self.scope.places.append(place)
            self.scope.structs.append((name, kind))
        if self.random.random() < 0.3:
            self.arrays.append(self.name("t"))
            declared.append(f"var {self.arrays[0]} : u16[{LENGTH}]")
        functions: list[Function] = []
        for _ in range(self.random.choice([0, 1, 1, 2])):
            functions.append(self.function())
            self.scope.functions.append(functions[-1])
        entries = [self._entry(n, shared) for n in range(self.random.choice([1, 1, 1, 2]))]
        client = "App[*] : untrusted" if shared else "App : trusted"
        return Program(heads, functions, declared, entries, client, first)

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

    def _entry(self, number: int, shared: bool) -> tuple[str, Block]:
        with self.inside(result=U32) as body:
            self.variable(U8, self.literal(U8), kind="var")
            self.choose()
            self.some(5)
            self.probe()
            self.leave()
        if shared:
            body = _alone(body)
        return f"receive Run{number}()", body


def _alone(body: Block) -> Block:
    """Return *body* under the lock, whatever comes."""
    taken = Statement(("acquire cs", "try {", body, "} finally { release cs }"), body.run)
    return Block([taken])
