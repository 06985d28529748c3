"""Random statements about what stands around a driver: what its platform offers, the rules that
watch, what must hold of a global, what is kept for a handle, and numbers with several values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from itertools import product

from campaigns.programs.code import Block, Expr, Place, Statement
from campaigns.programs.expressions import Scope
from campaigns.programs.heap import Topic
from campaigns.programs.machine import Machine, Memory, Raised, Returned, Value
from campaigns.programs.numbers import NUMBERS, U32, Type
from campaigns.programs.offered import Offered
from campaigns.programs.variables import at
from campaigns.programs.watching import Rule, Standing

LAYOUT = """type Thin = (u8)
struct Tail { kind : u16  size : Thin  rest : u32[] }
struct Some { size : u8  some : u16[2 .. size] }
struct Text { size : u8  text : user ptr u16[*] }
invariant sizeof(Tail) == 4 && sizeof(Some) == 6 && sizeof(Text) == 8
invariant offsetof(Tail, rest) == 4 && offsetof(Some, some) == 2 && offsetof(Text, text) == 4"""
FIELDS = {"a": 0, "b": 4, "h": 6, "m": 10}  # of `Pair`, and where they are
WATCHED = ("Mark", "Risk")


class Around(Offered):
    """Writes such statements, and what else there is, if they are its topic."""

    def __init__(self, seed: int, topic: Topic) -> None:
        super().__init__(seed, topic)
        self.many: dict[str, range] = {}  # the values of each `param`
        self.held = ""  # what tells how often the lock of the driver is held
        self.standing: dict[str, Standing] = {}
        if self.offers is not None:
            self.claims = ["assert", "assert", "assert", "invariant"]

    def statement(self) -> None:
        """Write one statement; in a rule only such as name nothing of a driver."""
        if not self.in_rule:
            super().statement()
            return
        some = [self.declare, self.assign, self.assign, self.choose, self.probe, self.probe]
        self.random.choice(some)()

    def literal(self, type_: Type) -> Expr:
        """Return a number that fits, in a block perhaps one with several values."""
        if self.many and self.depth and type_ in NUMBERS and self.random.random() < 0.3:
            name = self.random.choice(list(self.many))
            return Expr(name, type_, lambda m: m.memory[name], is_literal=True)
        if self.offers is not None and type_ in NUMBERS and self.random.random() < 0.02:
            field, offset = self.random.choice(list(FIELDS.items()))
            return Expr(f"offsetof(Pair, {field})", type_, lambda _: offset, is_literal=True)
        return super().literal(type_)

    # ---- the file -------------------------------------------------------------------------------

    def system(self) -> Iterator[object]:
        """Yield what else stands at the top of the file."""
        pick = self.random.random
        if pick() < 0.15:
            yield "policy least_privilege"
        for _ in range(self.random.choice([0, 0, 1, 2])):
            type_ = self.random.choice(NUMBERS)
            self.aliases[type_] = self.name("T")
            yield f"type {self.aliases[type_]} = {type_.name}"
        if pick() < 0.3:
            name, low = self.name("P"), self.random.choice([0, 1, 5])
            self.many[name] = range(low, low + self.random.choice([1, 2, 3]))
            yield f"param {name} : {low} .. {self.many[name].stop}"
        for name, type_, value in self.constants:
            if type_ is None and pick() < 0.3:
                yield f"invariant {name} == {value} && sizeof(Pair) == 12"
        if pick() < 0.2:
            yield LAYOUT
        if pick() < 0.6:
            self.rule = self._rule()
            yield self.rule

    def valuations(self) -> Iterator[dict[str, Value]]:
        """Yield every choice of values for what has several."""
        for values in product(*self.many.values()):
            yield dict(zip(self.many, values, strict=True))

    def _rule(self) -> Rule:
        assert self.offers is not None
        variable, type_ = self.name("r"), self.random.choice(NUMBERS)
        start = self.literal(type_)
        self.offers.fresh[variable] = start.run(Machine({}, [], set()))
        watches = {}
        for when, function in product(("before", "after"), WATCHED):
            if self.random.random() < 0.6:
                watches[when, function] = self._watch(variable, type_)
        written = f"var {variable} : {self.typed(type_)} = {start.text}"
        return Rule(self.name("rule"), written, watches)

    def _watch(self, variable: str, type_: Type) -> tuple[str, Block]:
        argument = self.name("x")
        with self.inside(raises=False, may_leave=False, in_loop=False, in_rule=True) as block:
            self.scope = Scope()
            self.scope.places.append(Place(variable, type_, at(variable)))
            self.scope.values.append(Expr(argument, U32, lambda m: m.memory[argument]))
            for _ in range(self.random.choice([1, 2, 3])):
                self.statement()
            if self.random.random() < 0.5:
                self.claim(self.scope.places[0].value)
        return argument, block

    # ---- a driver -------------------------------------------------------------------------------

    def frame(self, machine: Machine) -> AbstractContextManager[None]:
        """Return what the platform does around a call of an entry."""
        return nullcontext() if self.offers is None else self.offers.frame(machine)

    def life(self, machine: Machine) -> AbstractContextManager[None]:
        """Return what it does around `open` and `close`."""
        return nullcontext() if self.offers is None else self.offers.frame(machine, steps=False)

    def code(self) -> str:
        """Return a code of an entry, or nothing."""
        exact = [name for name, type_, _ in self.constants if type_ is None]
        if self.offers is None or self.random.random() < 0.7:
            return ""
        return f" code {self.random.choice(['7', '0x22_2003', '(4 + 1)', *exact])}"

    def many_callers(self) -> str:
        """Return what a client is whose calls are alone all the same."""
        count = self.random.choice("**2") if self.offers is not None else "*"
        return f"App[{count}] : untrusted"

    def entries(self, driver: str, count: int) -> list[str]:
        """Return the names of *count* entries of a *driver*: that of the kind, if one has none."""
        if count == 1 and self.offers is not None and self.random.random() < 0.1:
            return [f"{driver}.receive"]
        return [f"{driver}.Run{number}" for number in range(count)]

    def stands(self, name: str, type_: Type) -> Iterator[Standing]:
        """Yield what must hold of a global, if anything must."""
        if self.offers is not None and self.random.random() < 0.4:
            chosen = self.random.random(), self.random.random()
            self.standing[name] = Standing(name, type_, self.held, *chosen)
            yield self.standing[name]

    def watch(self, machine: Machine) -> None:
        """See to it that changes of globals are noticed of which something must hold."""
        if self.standing:
            machine.memory = Memory(machine.memory)
            machine.memory.notice = partial(self._noticed, machine)

    def _noticed(self, machine: Machine, name: str) -> None:
        standing = self.standing.get(name)
        if standing is None:
            return
        if machine.memory.get("atomic"):
            machine.memory["changed"] |= {name}
        elif not machine.memory.get(standing.held):
            standing.check(machine)

    def settle(self, first: dict[str, Value]) -> None:
        """Make all claims; globals are as in *first* to begin with."""
        for probe in self.probes:
            probe.settle()
        for standing in self.standing.values():
            standing.settle(first[standing.name])

    def alone_in(self, body: Block) -> Block:
        """Return *body* under the lock, whatever comes."""
        held = self.held
        with self.inside() as last:
            self.add("release cs", run=partial(self._released, held), label=True)

        def run(machine: Machine) -> None:
            machine.memory[held] = machine.memory.get(held, 0) + 1
            try:
                body.run(machine)
            except (Raised, Returned):
                last.run(machine)
                raise
            last.run(machine)

        return Block([Statement(("acquire cs", "try {", body, "} finally {", last, "}"), run)])

    def acquire(self) -> None:
        """Take the lock; no exception or jump leaves the block."""
        held = self.held
        if self.offers is None:
            super().acquire()
            return
        with self.inside(raises=False, may_leave=False, in_loop=False) as body:
            self.some(2)

        def run(machine: Machine) -> None:
            machine.memory[held] = machine.memory.get(held, 0) + 1
            body.run(machine)
            self._released(held, machine)

        self.add("acquire cs {", body, "}", run=run, label=True)

    def atomic(self, block: Block) -> None:
        """Write *block*, which happens at once: what stands holds behind it, not within."""
        if self.offers is None:
            super().atomic(block)
            return

        def run(machine: Machine) -> None:
            machine.memory.update(atomic=True, changed=set())
            block.run(machine)
            machine.memory["atomic"] = False
            for name in machine.memory["changed"]:
                self._noticed(machine, name)

        self.add("atomic {", block, "}", run=run, label=True)

    def _released(self, held: str, machine: Machine) -> None:
        machine.memory[held] -= 1
        if not machine.memory[held]:
            for standing in self.standing.values():
                if standing.held == held:
                    standing.check(machine)
