"""Random drivers that use pointers of callers, in a small system whose memory is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

from campaigns.programs.code import INDENT, Expr, stored
from campaigns.programs.machine import Machine, Raised, Returned
from campaigns.programs.numbers import BOOL, U8, U32
from campaigns.programs.passed import Passed
from campaigns.programs.served import Served
from campaigns.programs.system import MASK, System
from campaigns.programs.touching import FIELDS, REQUEST, Access, Pointer, Shape, Touching
from campaigns.programs.variables import Variables

SIZES: Final = {"u8": 1, "u32": 4, "Request": REQUEST}


def served(seed: int) -> Served:
    """Return the driver *seed*, with claims that hold just so, or just not."""
    writer = _Writer(seed)
    made = writer.driver()
    made.explored()
    for probe in writer.probes:
        probe.settle()
    return made


class _Writer(Variables):
    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.system = self._system()
        self.touching = Touching(self.system)
        self.numbers: list[str] = []  # variables with numbers of callers
        self.pointers: list[tuple[str, str]] = []  # and with pointers, to what
        self.limits = [REQUEST]
        self.limit = self.random.choice([1, 4, 16, 0x1000])
        self.passed = Passed(self.system, self.limits)

    def leading(self, kind: str) -> None:
        """There are no pointers to structures of the driver."""

    def _system(self) -> System:
        server, low, high = self.random.choice([(7, 5, 8), (7, 5, 8), (5, 5, 8), (6, 5, 8)])
        pick = self.random.random
        return System(server, low, high, pick() < 0.6, pick() < 0.6, pick() < 0.5)

    def driver(self) -> Served:
        """Write a driver."""
        is_request = self.random.random() < 0.6
        kind = "Request" if is_request else self.random.choice(["u8", "u8", "u32"])
        promise, unit = ("[length]", SIZES[kind])
        if is_request:
            promise, unit = self.random.choice([(" sized length", 1)] * 2 + [("", 0)])
        mark = self.random.choice(["", "", "?"])
        self.passed.message = (kind, unit, bool(mark))
        self.limits += [4, 8] if is_request else []
        self.pointers.append(("message", kind))
        self.numbers.append("length")
        if self.random.random() < 0.3:
            self.numbers.append("number")
        functions = self._fits()
        with self.inside(result=U32) as body:
            self.variable(U8, Expr("0", U8, lambda _: 0, is_literal=True), kind="var")
            self.flag = self.scope.places[-1]
            self._usual(is_request)
            for _ in range(self.random.choice([2, 3, 4])):
                self.statement()
            self.probe()
            self.add("return 0", run=_leave)
        parameters = f"message: user ptr{mark} {kind}{promise}, length: u32, number: u32"
        trusted = self.random.random() < 0.35
        return Served(self.system, functions, parameters, body, trusted, self.passed)

    def _usual(self, is_request: bool) -> None:
        """Write what most drivers begin with."""
        pick = self.random.random
        if pick() < 0.7:
            self._refuse("message == null", lambda m: self._at("message", m).word == 0)
        if pick() < 0.7:
            sizes = [REQUEST, REQUEST, REQUEST - 4, REQUEST - 1] if is_request else [1, 4, 8]
            size = self.random.choice(sizes)
            self._limit(size)
            self._refuse(f"length < {size}", lambda m: self._given("length", m) < size)
        if pick() < 0.5:
            self._check("message", str(REQUEST) if is_request else "length")
        if is_request:
            self._fetch()
            if pick() < 0.6:
                self._check(*self._checked())

    def statement(self) -> None:
        """Write one statement."""
        kinds: list[tuple[int, Callable[[], None]]] = [
            (8, self._access), (3, self._fetch), (2, self._field), (3, self._shift),
            (2, lambda: self._check(*self._checked())), (1, self._small), (2, self._copy),
            (4, self._again), (2, self._twice), (1, self.probe),
        ]  # fmt: skip
        if self.depth < 3:
            kinds += [(5, self._try), (2, self._raise), (1, self._made)]
        (make,) = self.random.choices([make for _, make in kinds], [w for w, _ in kinds])
        make()

    # ---- tests ----------------------------------------------------------------------------------

    def _fits(self) -> list[str]:
        """Write a function that tests a range, well or not."""
        caller, limit = "a >> 24 != Number()", self.limit
        groups: list[list[tuple[str, Callable[[int, int, int], bool]]]] = [
            [(f"n > {limit}", lambda a, n, c: n > limit),
             (f"n >= {limit}", lambda a, n, c: n >= limit)],
            [(caller, lambda a, n, c: a >> 24 != c)],
            [("a + n - 1 >> 24 != Number()", lambda a, n, c: (a + n - 1 & MASK) >> 24 != c),
             ("a + n >> 24 != Number()", lambda a, n, c: (a + n & MASK) >> 24 != c)],
            [("a + n < a", lambda a, n, c: a + n > MASK),
             ("n != 0 && a + n - 1 < a", lambda a, n, c: n != 0 and a + n - 1 & MASK < a)],
            [("(a & 0xFF_FFFF) >= 0xC0_0000", lambda a, n, c: a & 0xFF_FFFF >= 0xC0_0000),
             ("(a & 0xFF_FFFF) > 0xC0_0000 - n",
              lambda a, n, c: a & 0xFF_FFFF > (0xC0_0000 - n & MASK))],
        ]  # fmt: skip
        chances = [0.4, 0.8, 0.7, 0.5, 0.4]
        atoms = [
            self.random.choice(group)
            for group, chance in zip(groups, chances, strict=True)
            if self.random.random() < chance
        ]
        self.atoms = [run for _, run in atoms]
        if any("LIMIT" in text or str(limit) in text.split() for text, _ in atoms):
            self._limit(limit)
        refused = [f"{INDENT}if {text} {{ return false }}" for text, _ in atoms]
        return ["fn fits(a: u32, n: u32) -> bool {", *refused, f"{INDENT}return true", "}"]

    def _checked(self) -> tuple[str, str]:
        """Return what a range that is tested begins with, and what it goes up to."""
        return self.random.choice(self.pointers)[0], self._size()

    def _size(self) -> str:
        pick = self.random.random()
        name = self.random.choice(self.numbers)
        if pick < 0.7:
            return name
        size = self.random.choice([1, 4, 8, REQUEST])
        self._limit(size)
        return str(size) if pick < 0.85 else f"{name} * 4"

    def _limit(self, size: int) -> None:
        """Note that something changes where a number is *size*."""
        if size not in self.limits:
            self.limits.append(size)

    def _check(self, pointer: str, size: str) -> None:
        def fails(machine: Machine) -> bool:
            a, n = self._at(pointer, machine).word, self._number(size, machine)
            return any(atom(a, n, machine.memory["caller"]) for atom in self.atoms)

        self._refuse(f"!fits({pointer} as u32, {size})", fails)

    def _small(self) -> None:
        """Refuse what is too large, or not."""
        name, limit = self.random.choice(self.numbers), self.random.choice([1, 4, 16])
        self._limit(limit)
        if self.random.random() < 0.5:
            self._refuse(f"{name} > {limit}", lambda m: self._given(name, m) > limit)
        else:
            self._refuse(f"{name} != {limit}", lambda m: self._given(name, m) != limit)

    def _refuse(self, text: str, fails: Callable[[Machine], bool]) -> None:
        with self.inside() as then:
            self.add("return 1", run=_leave)
        self.add_if(Expr(text, BOOL, fails), then)

    # ---- what is fetched ------------------------------------------------------------------------

    def _fetch(self) -> None:
        """Fetch a field of the message."""
        name = self.random.choice(["n", "n", "data", "tag"])
        requests = [pointer for pointer, kind in self.pointers if kind == "Request"]
        if requests:
            self._fetched(self.random.choice(requests), name)

    def _fetched(self, pointer: str, name: str) -> str:
        new = self.name("p" if name == "data" else "n")
        offset = FIELDS[name]

        def fetch(machine: Machine) -> None:
            one = Access(self._at(pointer, machine), offset, 4, Shape.FIELD, False)
            self.touching.touch(machine, one)
            self.passed.fetch(machine, one, name, new)

        self.add(f"let {new} = {pointer}.{name}", run=fetch, label=True)
        if name == "data":
            self.pointers.append((new, "u8"))
        else:
            self.numbers.append(new)
        return new

    def _again(self) -> None:
        """Fetch a number twice, or after it was written, and claim something of both."""
        requests = [pointer for pointer, kind in self.pointers if kind == "Request"]
        if not requests:
            return
        pointer, name = self.random.choice(requests), self.random.choice(["n", "tag"])
        if self.random.random() < 0.4:
            one = self._fetched(pointer, name)
        else:
            one = self._size()
            self._put(pointer, name, one)
        other = self._fetched(pointer, name)
        op, apply = self.random.choice([("==", int.__eq__), ("<=", int.__le__)])
        first, second = partial(self._number, one), partial(self._number, other)
        text = f"{one} {op} {other}"
        self.claim(Expr(text, BOOL, lambda m: apply(first(m), second(m)), 6))

    def _field(self) -> None:
        """Write a number into the message."""
        requests = [pointer for pointer, kind in self.pointers if kind == "Request"]
        if requests:
            name = self.random.choice(["n", "tag"])
            self._put(self.random.choice(requests), name, self._size())

    def _put(self, pointer: str, name: str, value: str) -> None:
        """The value is worked out before the place is touched."""

        def put(machine: Machine) -> None:
            new = self._number(value, machine)
            one = Access(self._at(pointer, machine), FIELDS[name], 4, Shape.FIELD, True)
            self.touching.touch(machine, one)
            self.passed.put(machine, one, name, new)

        self.add(f"{pointer}.{name} = {value}", run=put, label=True)

    # ---- accesses -------------------------------------------------------------------------------

    def _access(self) -> None:
        """Touch an element, or a range."""
        pointer, kind = self.random.choice(self.pointers)
        self._access_by(pointer, kind)

    def _twice(self) -> None:
        """Touch an element again, which is wrong once at most."""
        pointer, kind = self.random.choice(self.pointers)
        if kind != "Request":
            for _ in range(2):
                self._element(pointer, SIZES[kind], "0", writing=True)

    def _access_by(self, pointer: str, kind: str) -> None:
        unit = SIZES[kind]
        if kind != "Request" and self.random.random() < 0.5:
            index = self.random.choice(["0", "0", "1", "3", self._size()])
            self._element(pointer, unit, index, writing=self.random.random() < 0.5)
            return
        low = self.random.choice(["0", "0", "0", "1"])
        high, writing = self._size(), self.random.random() < 0.5
        if high.isdigit():
            self._limit(int(high) * unit)

        def touch(machine: Machine) -> None:
            first = self._number(low, machine)
            count = ((self._number(high, machine) - first) & MASK) * unit
            start = first * unit & MASK
            one = Access(self._at(pointer, machine), start, count, Shape.RANGE, writing)
            self.touching.touch(machine, one)

        verb = "write" if writing else "read"
        self.add(f"{verb} {pointer}[{low} .. {high}]", run=touch, label=True)

    def _element(self, pointer: str, unit: int, index: str, writing: bool) -> None:
        if index.isdigit():
            self._limit((int(index) + 1) * unit)

        def touch(machine: Machine) -> None:
            by = self._number(index, machine) * unit & MASK
            one = Access(self._at(pointer, machine), by, unit, Shape.ELEMENT, writing)
            self.touching.touch(machine, one)

        text = f"{pointer}[{index}]"
        text = f"{text} = 1" if writing else f"let {self.name('x')} = {text}"
        self.add(text, run=touch, label=True)

    def _shift(self) -> None:
        """Let a pointer lead further on, or back."""
        pointer, kind = self.random.choice(self.pointers)
        new, by = self.name("p"), self.random.choice([1, 1, 4, 16])
        sign = self.random.choice("++-")
        far = by * SIZES[kind] * (1 if sign == "+" else -1)
        self._limit(abs(far))
        run = stored(new, lambda m: self._at(pointer, m).moved(far))
        self.add(f"let {new} = {pointer} {sign} {by}", run=run)
        self.pointers.append((new, kind))
        if self.random.random() < 0.6:
            self._access_by(new, kind)

    def _made(self) -> None:
        """Make a pointer from a number."""
        name, new = self.random.choice(self.numbers), self.name("p")
        self.passed.made.add(name)
        run = stored(new, lambda m: Pointer(self._given(name, m), is_known=False))
        self.add(f"let {new} = {name} as user ptr u8 of Sender()", run=run)
        self.pointers.append((new, "u8"))

    def _copy(self) -> None:
        """Copy from one range to another, or from and to a variable."""
        (one, its), (other, _) = (self.random.choice(self.pointers) for _ in range(2))
        if self.random.random() < 0.4:
            one, its = self.pointers[0]
        size = self._size()

        def reach(machine: Machine, pointer: str, writing: bool) -> Access:
            count = self._number(size, machine)
            is_whole = its == "Request" and size.isdigit() and count <= REQUEST
            shape = Shape.WHOLE if is_whole and not writing else Shape.BYTES
            return Access(self._at(pointer, machine), 0, count, shape, writing)

        if one == other or self.random.random() < 0.4:
            name = self.name("w")
            self.add(f"var {name} : u32", run=lambda _: None)
            size = self.random.choice(["4", "4", "4", "1"])
            out = self.random.random() < 0.5
            ends = f"{one}, &{name}" if out else f"&{name}, {one}"
            self.add(
                f"copy({ends}, {size})",
                run=lambda m: self.touching.touch(m, reach(m, one, out)), label=True,
            )  # fmt: skip
            return

        def copy(machine: Machine) -> None:
            some = reach(machine, one, False), reach(machine, other, True)
            self.touching.touch(machine, *some)

        self.add(f"copy({other}, {one}, {size})", run=copy, label=True)

    # ---- around accesses ------------------------------------------------------------------------

    def _try(self) -> None:
        """Handle what faults, and note that it did."""
        name = self.flag.text
        with self.inside() as body, self._local():
            self._access()
            if self.random.random() < 0.3:
                self.statement()
            self.add(f"{name} = 1", run=stored(name, lambda _: 1))
        with self.inside() as handler:
            self.add(f"{name} = 2", run=stored(name, lambda _: 2))

        def attempt(machine: Machine) -> None:
            machine.memory["handlers"] += 1
            try:
                body.run(machine)
            except Raised:
                machine.memory["handlers"] -= 1
                handler.run(machine)
            else:
                machine.memory["handlers"] -= 1

        self.add("try {", body, "} except {", handler, "}", run=attempt)
        if self.random.random() < 0.6:
            self.claim(self.flag.value)

    def _raise(self) -> None:
        """Take the rights of the kernel for a while, or for longer."""
        old = self.name("old")

        def take(machine: Machine) -> None:
            machine.memory[old], machine.memory["raised"] = machine.memory["raised"], True

        self.add(f"let {old} = Raise(true)", run=take)
        for _ in range(self.random.choice([1, 1, 2])):
            self.statement()
        if self.random.random() < 0.8:
            back = stored("raised", lambda m: m.memory[old])
            self.add(f"Raise({old})", run=back)

    def _number(self, text: str, machine: Machine) -> int:
        """Return a number that is written, or that of a variable, or four times that."""
        name, times, _ = text.partition(" * ")
        value = int(name) if name.isdigit() else self._given(name, machine)
        return value * (4 if times else 1) & MASK

    def _given(self, name: str, machine: Machine) -> int:
        return self.passed.given(machine, name)

    def _at(self, name: str, machine: Machine) -> Pointer:
        return self.passed.pointer(machine, name)

    @contextmanager
    def _local(self) -> Iterator[None]:
        """Forget afterwards what is declared inside."""
        numbers, pointers = list(self.numbers), list(self.pointers)
        yield
        self.numbers, self.pointers = numbers, pointers


def _leave(_: Machine) -> None:
    raise Returned(0)
