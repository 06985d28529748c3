"""Random specifications of one driver with globals, locks, events and threads of its own.

The enumerator runs them in every order over a narrow domain, so they are short: each statement that
others may notice multiplies what it has to look at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from oracle.interleave import Domain

from campaigns.writer import INDENT, Writer

ENTRY: Final = "ioctl Run(in: user ptr u8[in_len], in_len: u32)"
OTHER: Final = "ioctl Stop(in: user ptr u8[in_len], in_len: u32)"


class ThreadedGenerator(Writer):
    """One random specification."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed, depth=1)
        self.locals: list[str] = []  # numbers
        self.blocks: list[str] = []  # memory that the thread has allocated
        self.keys: list[str] = []
        self.is_entry = True
        self.held = False
        self.looped = False
        self.disciplined = self.random.random() < 0.6  # globals are touched under the lock alone
        self.allocates = self.random.random() < 0.25
        self.rights = self.random.random() < 0.25

    # ---- the whole --------------------------------------------------------------------------

    @property
    def domain(self) -> Domain:
        return Domain(alone=self.allocates)  # blocks take the room of another client's objects

    def text(self) -> str:
        heads = [ENTRY, OTHER] if self.random.random() < 0.2 else [ENTRY]
        for head in heads:
            self._entry(head, 4 if len(heads) == 1 else 2)
        for number in range(self.random.choice([0, 1, 1, 1, 2])):
            self._thread(f"own{number}")
        lock = self.random.choice(["lock cs"] * 5 + ["nonrecursive lock cs"])
        event = self.random.choice(["event done"] * 4 + ["manual event done"])
        fields = [
            lock, "lock other", event, "var a : u32", "var b : u32",
            "var kept : user ptr u8 = null", "var size : u32",
        ]  # fmt: skip
        declared = "\n".join(INDENT + field for field in fields)
        client = self.random.choice(["App[*] : untrusted"] * 4 + ["App[*] : trusted hostile"])
        calls = "Sample.Run, Sample.Stop" if len(heads) == 2 else "Sample.Run"
        body = "\n".join(self.lines)
        return (
            "// expect: proved\n// A random specification with threads.\nuse ce5\n\n"
            f"driver Sample {{\n{declared}\n\n{body}\n}}\n\nclient {client} calls {calls}\n"
        )

    def _entry(self, head: str, most: int) -> None:
        self.is_entry = True
        with self._block(f"{head} {{"):
            if self.random.random() < 0.85:
                self._say("if in == null { return 1 }")
            for _ in range(self.random.randint(1, most)):
                self.statement()
            self._say("return 0")

    def _thread(self, name: str) -> None:
        self.is_entry = False
        with self._block(f"thread {name} {{"):
            self.looped = self.random.random() < 0.7
            if not self.looped:
                self._some(3)
                return
            with self._block("loop {"):
                self._some(3)

    # ---- statements -------------------------------------------------------------------------

    @contextmanager
    def _scope(self) -> Iterator[None]:
        outer = list(self.locals), list(self.blocks), list(self.keys), self.held
        yield
        self.locals, self.blocks, self.keys, self.held = outer

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Take the lock around what touches globals, where that is the discipline."""
        if self.held or not self.disciplined:
            yield
            return
        with self._block("acquire cs {"):
            self.held = True
            yield

    def statement(self) -> None:
        """Write one statement."""
        if self.depth > 5:
            self._assert()
            return
        kinds: list[tuple[int, Callable[[], None]]] = [
            (4, self._assign), (4, self._fetch), (4, self._acquire), (2, self._if),
            (1, self._assert), (5, self._stable), (3, self._stored), (2, self._in_time),
            (3, self._publish if self.is_entry else self._use),
            (1, self._retract), (3, self._use), (2, self._wait), (2, self._signal),
            (1, self._try), (1, self._by_hand), (1, self._leave), (1, self._for),
            (2 if self.rights else 0, self._permissions),
            (4 if self.allocates else 0, self._allocate),
            (2 if self.allocates else 0, self._touch),
        ]  # fmt: skip
        weights = [weight for weight, _ in kinds]
        (chosen,) = self.random.choices([make for _, make in kinds], weights)
        chosen()

    def _some(self, most: int) -> None:
        for _ in range(self.random.randint(1, most)):
            self.statement()

    def _number(self) -> str:
        pick = self.random.random()
        own = [*self.locals, *(["in_len"] if self.is_entry else [])]
        if own and pick < 0.5:
            return self.random.choice(own)
        return self.random.choice(["0", "1", "1", "2"])

    def _shared(self) -> str:
        return self.random.choice(["a", "a", "b"])

    def _assign(self) -> None:
        with self._guarded():
            value = self.random.choice([self._number(), self._number(), self._shared()])
            target = self._shared()
            if self.random.random() < 0.2:
                value = f"{target} ^ 1"
            self._say(f"{target} = {value}")

    def _fetch(self) -> None:
        if self.held or not self.disciplined:
            new = self._name("x")
            self._say(f"let {new} = {self.random.choice(['a', 'a', 'b', 'size'])}")
        else:
            new = self._name("v")
            self._say(f"var {new} : u32 = 0")
            self._say(f"acquire cs {{ {new} = {self._shared()} }}")
        self.locals.append(new)

    def _acquire(self) -> None:
        lock = self.random.choice(["cs"] * 5 + ["other"])
        with self._block(f"acquire {lock} {{"):
            self.held = self.held or lock == "cs"
            self._some(3)

    def _by_hand(self) -> None:
        self._say("acquire cs")
        outer, self.held = self.held, True
        self._some(2)
        self.held = outer
        if self.random.random() < 0.85:
            self._say(f"{self._label()}release cs")

    def _condition(self) -> str:
        pick = self.random.random()
        op = self.random.choice(["==", "==", "!=", "<", ">"])
        if pick < 0.4 and (self.held or not self.disciplined):
            return f"{self._shared()} {op} {self.random.choice(['0', '1', '2'])}"
        if pick < 0.5:
            return "any"
        own = [*self.locals, *(["in_len"] if self.is_entry else [])]
        left = self.random.choice(own or ["1"])
        return f"{left} {op} {self._number()}"

    def _if(self) -> None:
        with self._block(f"if {self._condition()} {{"):
            self._some(2)

    def _assert(self) -> None:
        left = self.random.choice(self.locals or [self._number()])
        right = self.random.choice([*self.locals, "0", "1", "2"])
        op = self.random.choice(["==", "==", "!=", "<=", ">"])
        self._say(f"{self._label()}assert {left} {op} {right}")

    def _stable(self) -> None:
        """Claim that a global is still what it was; only a lock makes it so."""
        with self._together():
            shared, first, second = self._shared(), self._name("x"), self._name("x")
            self._say(f"let {first} = {shared}")
            if self.random.random() < 0.5:
                self.statement()
            self._say(f"let {second} = {shared}")
            self._say(f"{self._label()}assert {first} == {second}")

    def _stored(self) -> None:
        """Claim that a global is what this thread has put there."""
        with self._together():
            shared, value, new = self._shared(), self.random.choice("012"), self._name("x")
            self._say(f"{shared} = {value}")
            if self.random.random() < 0.4:
                self.statement()
            self._say(f"let {new} = {shared}")
            self._say(f"{self._label()}assert {new} == {value}")

    def _in_time(self) -> None:
        """Wait, or find that the time is over, and claim what that means."""
        if self.random.random() < 0.5:
            self._say("signal done")
        new = self._name("in_time")
        self._say(f"let {new} = wait done timeout")
        if self.random.random() < 0.5:
            self._say(f"if {new} {{ {self._label()}assert false }}")
        else:
            self._say(f"if !{new} {{ {self._label()}assert false }}")

    @contextmanager
    def _together(self) -> Iterator[None]:
        """Take a lock around several accesses, once, twice, the wrong one, or not at all."""
        pick = self.random.random()
        if self.held or (pick < 0.3 and not self.disciplined):
            yield
        elif pick < 0.8:
            with self._block("acquire cs {"):
                self.held = True
                if self.random.random() < 0.3:
                    self._say("acquire cs { b = b ^ 1 }")
                yield
        elif self.disciplined:
            with self._block("acquire other {"), self._block("acquire cs {"):
                self.held = True
                yield
        else:
            with self._block("acquire other {"):
                yield

    def _publish(self) -> None:
        pointer, size = "in", self.random.choice(["in_len", "in_len", "1", "2"])
        if self.random.random() < 0.4:
            pointer = self._name("m")
            self._say(f"let {pointer} = MapCallerPtr(in, {size})")
            if self.random.random() < 0.7:
                self._say(f"if {pointer} == null {{ return 1 }}")
        with self._guarded():
            said = [f"kept = {pointer}", f"size = {size}"]
            if self.random.random() < 0.3:
                said.reverse()
            for line in said:
                self._say(line)
        if self.random.random() < 0.7:
            self._say(self.random.choice(["wait done timeout", "wait done"]))
        if self.random.random() < 0.7:
            self._retract()

    def _retract(self) -> None:
        with self._guarded():
            self._say("kept = null")

    def _use(self) -> None:
        how = self.random.choice(["read", "read", "write"])
        size = self.random.choice(["size", "size", "1"])
        access = f"{self._label()}{how} kept[0 .. {size}]"
        if self.random.random() < 0.8:
            access = f"try {{ {access} }} except {{ }}"
        with self._guarded():
            if self.random.random() < 0.9:
                access = f"if kept != null {{ {access} }}"
            self._say(access)

    def _wait(self) -> None:
        self._say(self.random.choice(["wait done timeout", "wait done"]))

    def _signal(self) -> None:
        self._say(self.random.choice(["signal done", "signal done", "reset done"]))

    def _try(self) -> None:
        if self.random.random() < 0.5:
            with self._block("try {", self.random.choice(["} except { }", "} finally { b = 1 }"])):
                self._some(2)
                if self.random.random() < 0.4:
                    self._say("raise")
            return
        with self._block("try {", "} except { }"):
            self._say(f"if {self._condition()} {{ raise }}")
            self._some(2)

    def _leave(self) -> None:
        if self.is_entry:
            self._say(f"if {self._condition()} {{ {self.random.choice(['return 1', 'raise'])} }}")
        elif self.looped:
            self._say(f"if {self._condition()} {{ continue }}")

    def _for(self) -> None:
        name = self._name("i")
        with self._block(f"for {name} in 0 .. 2 {{"):
            self.locals.append(name)
            self.statement()

    def _permissions(self) -> None:
        if self.keys and self.random.random() < 0.6:
            self._say(f"SetProcPermissions({self.random.choice(self.keys)})")
            return
        new = self._name("old")
        rights = self.random.choice(["everyone", "{device}", "{}"])
        self._say(f"let {new} = SetProcPermissions({rights})")
        self.keys.append(new)

    def _allocate(self) -> None:
        if not self.is_entry:
            self._assert()
            return
        new = self._name("p")
        self._say(f"let {new} = alloc({self.random.choice('112')}) as ptr u8")
        if self.random.random() < 0.85:
            self._say(f"if {new} == null {{ return 1 }}")
        self.blocks.append(new)
        self._touch()
        if self.random.random() < 0.8:
            self._say(f"{self._label()}free({new})")
            if self.random.random() < 0.8:
                self.blocks.remove(new)

    def _touch(self) -> None:
        if not self.blocks:
            self._assert()
            return
        block = self.random.choice(self.blocks)
        index = self.random.choice(["0", "0", "1", self._number()])
        if self.random.random() < 0.5:
            self._say(f"{self._label()}{block}[{index}] = 1")
            return
        new = self._name("y")
        self._say(f"let {new} = {block}[{index}] as u32")
        self.locals.append(new)
