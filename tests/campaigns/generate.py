"""Random specifications of one driver, small enough to be enumerated on the scaled-down machine.

Every text parses and elaborates, or nearly: what does not is dropped by the campaign and counted.
Objects have at most three units, for a scaled slot has no more behind its guard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from campaigns.scope import (
    CLIENTS,
    FIELDS,
    HANDLERS,
    NUMBERS,
    PARTIES,
    ROOM,
    UNITS,
    Scope,
    behind,
)
from campaigns.writer import INDENT, Writer


class Generator(Writer):
    """One random specification."""

    domain = None

    def __init__(self, seed: int) -> None:
        super().__init__(seed, depth=2)
        self.loops = 0
        self.fields: dict[str, str] = {}
        self.scope = Scope()

    # ---- the whole --------------------------------------------------------------------------

    def text(self) -> str:
        """Return the specification."""
        chosen = self._fields()
        entry = self._entry()
        body = "\n".join(self.lines)
        use = self.random.choice(["use ce5"] * 6 + ["use ce5 { const SLOT_GUARD = false }"])
        client = self.random.choice(CLIENTS)
        fields = "\n".join(f"{INDENT}{one}" for one in chosen)
        functions = (
            "fn fits(n: u32, most: u32) -> bool { return n != 0 && n <= most }\n"
            "fn mapped(p: user ptr u8, n: u32) -> user ptr u8 {\n"
            "    return MapCallerPtr(p, n)\n}\n"
        )
        return (
            f"// expect: proved\n// A random specification.\n{use}\n\n"
            "enum Mode : u8 { OFF, SLOW = 2, FAST }\n\n"
            "struct Pair {\n    a : u32\n    b : u8\n}\n\n"
            f"struct Request {{\n{fields}\n}}\n\n{functions}\n"
            f"driver Sample {{\n{INDENT}ioctl Write({entry}) {{\n{body}\n{INDENT}}}\n}}\n\n"
            f"client {client} calls Sample.Write\n"
        )

    def _fields(self) -> list[str]:
        chosen: list[str] = []
        if self.random.random() < 0.9:
            chosen = ["n : u32", self.random.choice([f for f in FIELDS if "ptr" in f])]
        for one in self.random.sample(FIELDS, self.random.randint(0, 2)):
            chosen.append(one)
        if any("[n]" in one for one in chosen):
            chosen.insert(0, "n : u32")
        kept: dict[str, str] = {}
        for one in chosen:
            name, _, kind = one.partition(" : ")
            kept.setdefault(name, kind)
        self.fields = {}
        units = room = 0
        for name, kind in kept.items():
            own = 2 if kind == "Pair" else 1
            if units + own <= UNITS and room + own + behind(kind) <= ROOM:
                self.fields[name] = kind
                units, room = units + own, room + own + behind(kind)
        if not self.fields:
            self.fields = {"n": "u32"}
        return [f"{name} : {kind}" for name, kind in self.fields.items()]

    def _entry(self) -> str:
        parts = ["in: user ptr Request sized in_len", "in_len: u32"]
        if self.random.random() < 0.15:
            parts[0] = "in: user ptr Request"
        self.scope.numbers.append("in_len")
        self.scope.requests.append("in")
        if self.random.random() < 0.2:
            parts += ["out: user ptr u8[out_len]", "out_len: u32"]
            self.scope.numbers.append("out_len")
            self.scope.bytes.append("out")
        if self.random.random() < 0.9:
            self._say(self._guard())
        if self.random.random() < 0.8:
            self._fetch()
        for _ in range(self.random.randint(0, 3)):
            self.statement()
        self.random.choice([self._map, self._fetch])()
        self.random.choice([self._access, self._access, self._try, self.statement])()
        self._say(self.random.choice(["return ERROR_SUCCESS", "return in_len"]))
        return ", ".join(parts)

    def _guard(self) -> str:
        null = self.random.choice(["in == null"] * 6 + ["false"])
        size = self.random.choice(
            ["in_len < sizeof(Request)"] * 5
            + ["in_len <= sizeof(Request)", "in_len != sizeof(Request)", "in_len == 0"]
        )
        return f"if {null} || {size} {{ return ERROR_INVALID_PARAMETER }}"

    # ---- statements -------------------------------------------------------------------------

    @contextmanager
    def _scope(self) -> Iterator[None]:
        outer, self.scope = self.scope, self.scope.copy()
        yield
        self.scope = outer

    def statement(self) -> None:
        """Write one statement."""
        kinds: list[tuple[int, Callable[[], None]]] = [
            (7, self._fetch), (8, self._map), (4, self._null_test), (8, self._access),
            (3, self._test), (3, self._number), (3, self._try), (2, self._if), (2, self._loop),
            (3, self._rights), (2, self._assign), (2, self._store), (1, self._copy),
            (1, self._switch), (1, self._assert), (1, self._assume),
        ]  # fmt: skip
        weights = [weight for weight, _ in kinds]
        (chosen,) = self.random.choices([make for _, make in kinds], weights)
        chosen()

    def _inside(self, most: int = 2) -> None:
        if self.depth > 4:
            self._access()
            return
        for _ in range(self.random.randint(1, most)):
            self.statement()

    def number(self, depth: int = 2) -> str:
        """Return an expression of type u32."""
        pick = self.random.random()
        if depth == 0 or pick < 0.5:
            if self.scope.numbers and self.random.random() < 0.75:
                return self.random.choice(self.scope.numbers)
            return self.random.choice(NUMBERS)
        if pick < 0.57:
            return self._fetched("u32") or self.number(depth - 1)
        if pick < 0.62:
            return f"sizeof({self.random.choice(['Request', 'Pair', 'u32'])})"
        if pick < 0.66:
            then, otherwise = self.number(depth - 1), self.number(depth - 1)
            return f"({self.condition(depth - 1)} ? {then} : {otherwise})"
        if pick < 0.69:
            return f"(({self.number(depth - 1)}) as u8 as u32)"
        if pick < 0.71:
            return f"({self.random.choice(['any(u32)', 'any(0 .. 4)'])})"
        op = self.random.choice(["+", "+", "-", "*", "&", "|", "^", "/", "%", "<<", ">>"])
        right = self.number(depth - 1)
        if op in ("/", "%", "<<", ">>"):
            right = self.random.choice(["1", "2", "3"])
        return f"({self.number(depth - 1)} {op} {right})"

    def condition(self, depth: int = 1) -> str:
        """Return a truth value."""
        pick = self.random.random()
        if depth > 0 and pick < 0.2:
            op = self.random.choice(["&&", "||"])
            return f"({self.condition(depth - 1)} {op} {self.condition(depth - 1)})"
        if pick < 0.25:
            return f"fits({self.number(1)}, {self.number(1)})"
        if pick < 0.3:
            return f"(({self.number(1)}) as i32 < ({self.number(1)}) as i32)"
        if pick < 0.35 and self._pointers():
            return f"{self.random.choice(self._pointers())} {self.random.choice(['==', '!='])} null"
        op = self.random.choice(["<", "<=", ">", ">=", "==", "!="])
        return f"{self.number(1)} {op} {self.number(1)}"

    def _pointers(self) -> list[str]:
        scope = self.scope
        return [*scope.bytes, *scope.words, *scope.pairs, *scope.requests]

    def _fetched(self, kind: str) -> str | None:
        """Return an access that fetches a value of *kind* from a request or a pair."""
        found = [
            f"{base}.{name}"
            for base in self.scope.requests
            for name, one in self.fields.items()
            if one == kind
        ]
        if kind == "u32":
            found += [f"{base}.a" for base in self.scope.pairs]
            found += [f"{base}.h.a" for base in self.scope.requests if self.fields.get("h")]
            found += [f"{base}[0]" for base in self.scope.words]
        return self.random.choice(found) if found else None

    def _fetch(self) -> None:
        found: list[tuple[str, list[str], str]] = []
        for base in self.scope.requests:
            for name, kind in self.fields.items():
                bare = kind.replace("ptr?", "ptr").partition("[")[0]
                home = {
                    "u32": self.scope.numbers, "user ptr u8": self.scope.bytes,
                    "user ptr u32": self.scope.words, "user ptr Pair": self.scope.pairs,
                    "user ptr Request": self.scope.requests,
                }.get(bare)  # fmt: skip
                if home is not None:
                    found.append((f"{base}.{name}", home, name))
                elif kind in ("u8", "i32", "Mode"):
                    found.append((f"{base}.{name} as u32", self.scope.numbers, name))
                elif kind == "Pair":
                    found.append((f"{base}.{name}.a", self.scope.numbers, name))
        for base in self.scope.pairs:
            found.append((f"{base}.b as u32", self.scope.numbers, "b"))
        if not found:
            return
        value, home, name = self.random.choice(found)
        new = self._name(name)
        self._say(f"let {new} = {value}")
        home.append(new)

    def _size_for(self, home: list[str]) -> str:
        if home is self.scope.pairs:
            right = "sizeof(Pair)"
        elif home is self.scope.requests:
            right = "sizeof(Request)"
        elif home is self.scope.words:
            right = self.random.choice(["sizeof(u32)", *self.scope.numbers])
        else:
            right = self.random.choice([*self.scope.numbers, "2", "1"])
        return right if self.random.random() < 0.8 else self.number()

    def _map(self) -> None:
        homes = [self.scope.bytes, self.scope.pairs, self.scope.words, self.scope.requests]
        full = [home for home in homes if home]
        fetched = [
            (name, kind) for name, kind in self.fields.items() if "ptr" in kind
        ]
        if fetched and self.random.random() < 0.6:
            name, kind = self.random.choice(fetched)
            base = self.random.choice(self.scope.requests)
            bare = kind.replace("ptr?", "ptr").partition("[")[0]
            home = {
                "user ptr u8": self.scope.bytes, "user ptr u32": self.scope.words,
                "user ptr Pair": self.scope.pairs, "user ptr Request": self.scope.requests,
            }[bare]  # fmt: skip
            source = f"{base}.{name}"
        else:
            home = self.random.choice(full)
            source = self.random.choice(home)
        size = self._size_for(home)
        new = self._name("m")
        party = self.random.choice(PARTIES)
        calls = [f"MapCallerPtr({source}, {size})"] * 5
        calls.append(f"MapPtrToProcess({source}, {party})")
        calls.append(f"MapPtrToProcWithSize({source}, {size}, {party})")
        if home is self.scope.bytes:
            calls.append(f"mapped({source}, {size})")
        call = self.random.choice(calls)
        self._say(f"let {new} = {call}")
        home.append(new)
        if self.random.random() < 0.8:
            self._say(f"if {new} == null {{ return ERROR_INVALID_PARAMETER }}")

    def _null_test(self) -> None:
        pointer = self.random.choice(self._pointers())
        self._say(f"if {pointer} == null {{ return ERROR_INVALID_PARAMETER }}")

    def _test(self) -> None:
        self._say(f"if {self.condition()} {{ return ERROR_INVALID_PARAMETER }}")

    def _number(self) -> None:
        value = self.number()
        if self.random.random() < 0.5:
            new = self._name("v")
            self._say(f"var {new} : u32 = {value}")
            self.scope.variables.append(new)
        else:
            new = self._name("x")
            is_literal = value[0].isdigit() or value[0] == "~"
            self._say(f"let {new}{' : u32' if is_literal else ''} = {value}")
        self.scope.numbers.append(new)

    def _assign(self) -> None:
        if not self.scope.variables:
            self._number()
            return
        op = self.random.choice(["=", "=", "+=", "-=", "&="])
        self._say(f"{self.random.choice(self.scope.variables)} {op} {self.number()}")

    def _range(self, pointer: str) -> str:
        low = self.random.choice(["0"] * 5 + [self.number(1)])
        return f"{pointer}[{low} .. {self.number(1)}]"

    def _access(self) -> None:
        scope = self.scope
        choices: list[str] = []
        for pointer in scope.bytes:
            choices += [f"read {self._range(pointer)}", f"write {self._range(pointer)}"]
            choices += [f"let {self._name('b')} = {pointer}[{self.number(1)}]"]
        for pointer in scope.words:
            choices.append(f"read {self._range(pointer)}")
            choices.append(f"{pointer}[{self.number(1)}] = {self.number(1)}")
        for pointer in scope.pairs:
            choices += [f"{pointer}.a = {self.number(1)}", f"let {self._name('b')} = {pointer}.b"]
        if not choices:
            numbers = [name for name, kind in self.fields.items() if kind == "u32"]
            choices = [f"{scope.requests[-1]}.{name} = {self.number(1)}" for name in numbers]
        if choices:
            self._say(self._label() + self.random.choice(choices))

    def _store(self) -> None:
        base = self.random.choice(self.scope.requests)
        name, kind = self.random.choice(list(self.fields.items()))
        if kind == "u32":
            self._say(f"{base}.{name} {self.random.choice(['=', '+='])} {self.number(1)}")
        elif kind.startswith("user ptr") and "u8" in kind and self.scope.bytes:
            self._say(f"{base}.{name} = {self.random.choice(self.scope.bytes)}")

    def _copy(self) -> None:
        if len(self.scope.bytes) < 2:
            return
        left, right = self.random.sample(self.scope.bytes, 2)
        self._say(f"{self._label()}copy({left}, {right}, {self.number(1)})")

    def _rights(self) -> None:
        pick = self.random.random()
        if self.scope.keys and pick < 0.6:
            self._say(f"SetProcPermissions({self.random.choice(self.scope.keys)})")
        elif pick < 0.9:
            new = self._name("old")
            rights = self.random.choice(["everyone", "{device}", "{}"])
            self._say(f"let {new} = SetProcPermissions({rights})")
            self.scope.keys.append(new)
        else:
            new = self._name("old")
            self._say(f"let {new} = GetCurrentPermissions()")
            self.scope.keys.append(new)

    # ---- blocks ---------------------------------------------------------------------------------

    def _try(self) -> None:
        handler = self.random.choice(HANDLERS)
        if self.scope.keys and self.random.random() < 0.5:
            back = f"SetProcPermissions({self.random.choice(self.scope.keys)})"
            handler = self.random.choice([f"}} finally {{ {back} }}", f"}} except {{ {back} }}"])
        with self._block("try {", handler):
            self._inside(3)

    def _if(self) -> None:
        with self._block(f"if {self.condition()} {{"):
            self._inside()
        if self.random.random() < 0.4:
            self.lines[-1] = self.lines[-1].replace("}", "} else {")
            self.depth += 1
            with self._scope():
                self._inside()
            self.depth -= 1
            self._say("}")

    def _loop(self) -> None:
        if self.loops:
            self._access()
            return
        self.loops += 1
        name = self._name("c")
        if self.random.random() < 0.5:
            bound = self.random.choice(["2", "3", *self.scope.numbers])
            with self._block(f"for {name} in 0 .. {bound} {{"):
                self.scope.numbers.append(name)
                self._inside()
        else:
            self._say(f"var {name} : u32 = {self.random.choice(['2', '3', self.number(1)])}")
            self.scope.numbers.append(name)
            with self._block(f"while {name} > 0 {{"):
                self._say(f"{name} -= 1")
                self._inside()
                if self.random.random() < 0.2:
                    self._say("break")
        self.loops -= 1

    def _switch(self) -> None:
        if self.depth > 3:
            return
        with self._block(f"switch {self.number(1)} {{"):
            for value in self.random.sample(["0", "1", "2"], 2):
                with self._block(f"case {value} {{"):
                    self._inside(1)
            with self._block("default {"):
                self._inside(1)

    def _assert(self) -> None:
        self._say(f"{self._label()}assert {self.condition()}")

    def _assume(self) -> None:
        if self.random.random() < 0.3:
            self._say(f"assume {self.condition()}")
