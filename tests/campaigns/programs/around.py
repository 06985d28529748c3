"""Random statements about what stands around a driver: what its platform offers, the rules that
watch, what must hold of a global, what is kept for a handle, and numbers with several values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from itertools import product

from campaigns.programs.code import INDENT, Block, Expr, Place, Statement
from campaigns.programs.control import Control
from campaigns.programs.expressions import Scope
from campaigns.programs.heap import Topic
from campaigns.programs.machine import Machine, Memory, Raised, Returned, Value
from campaigns.programs.numbers import BOOL, NUMBERS, U32, Type, Violation
from campaigns.programs.plain import plain
from campaigns.programs.probes import just_so
from campaigns.programs.variables import at

LAYOUT = """type Thin = (u8)
struct Tail { kind : u16  size : Thin  rest : u32[] }
struct Some { size : u8  some : u16[2 .. size] }
struct Text { size : u8  text : user ptr u16[*] }
invariant sizeof(Tail) == 4 && sizeof(Some) == 6 && sizeof(Text) == 8
invariant offsetof(Tail, rest) == 4 && offsetof(Some, some) == 2 && offsetof(Text, text) == 4"""
FIELDS = {"a": 0, "b": 4, "h": 6, "m": 10}  # of `Pair`, and where they are
WATCHED = ("Mark", "Risk")
PARTIES = ("server", "Caller()")


@dataclass
class Standing:
    """An `invariant` of a driver about a global, of whose *values* it is told before it settles."""

    name: str
    type: Type
    held: str  # what tells how often the lock of its driver is held
    kind: float
    place: float
    values: set[int] = field(default_factory=set)
    claim: Expr | None = None

    def check(self, machine: Machine) -> None:
        """Note what the global is; the run ends where that is wrong."""
        if self.claim is None:
            self.values.add(int(machine.memory[self.name]))
        elif not self.claim.run(machine):
            raise Violation("invariant")

    def settle(self, first: Value) -> None:
        """Make the claim, which holds of what the global is at *first*."""
        value = Place(self.name, self.type, at(self.name)).value
        others = self.values - {int(first)}
        is_met = self.kind >= 0.35 or not others
        some = sorted(others | {int(first)} if is_met else others)
        self.claim = just_so(value, some, 1.0 if is_met else 0.0, self.place)

    def __str__(self) -> str:
        return f"invariant {'true' if self.claim is None else self.claim.text}"


@dataclass
class Rule:
    """What runs around the calls of functions of the platform: by *when* and name of the function,
    what their argument is called and what runs."""

    name: str
    variable: str
    watches: dict[tuple[str, str], tuple[str, Block]]

    def run(self, when: str, function: str, given: int, machine: Machine) -> None:
        """Run what is there for a call with what is *given*."""
        if (when, function) in self.watches:
            argument, block = self.watches[when, function]
            machine.memory[argument] = given
            block.run(machine)

    def __str__(self) -> str:
        lines = [f"rule {self.name} {{", INDENT + self.variable]
        for (when, function), (argument, block) in self.watches.items():
            lines += [f"{INDENT}{when} {function}({argument}) {{", *block.lines(INDENT * 2)]
            lines.append(f"{INDENT}}}")
        return "\n".join([*lines, "}"])


class Around(Control):
    """Writes such statements, if they are its topic."""

    def __init__(self, seed: int, topic: Topic) -> None:
        super().__init__(seed, topic)
        self.offers = plain(self.random) if topic is Topic.SYSTEM else None
        self.rule: Rule | None = None
        self.many: dict[str, range] = {}  # the values of each `param`
        self.in_rule = False
        self.transfers = False  # by devices, instead of memory from the heap
        self.held = ""  # what tells how often the lock of the driver is held
        self.standing: dict[str, Standing] = {}
        if self.offers is not None:
            self.claims = ["assert", "assert", "assert", "invariant"]
            self.transfers = self.random.random() < 0.3

    def extra(self) -> list[tuple[int, Callable[[], None]]]:
        """Return what statements there are besides, and how often."""
        if self.in_rule:
            return []
        found = [(5, self._mark), (3, self._tag), (4, self._see), (4, self._set_of_processes)]
        found += [(2, self._cover), (3, self._transfer)]
        return [*found, (4, self._token)] if self.depth < 3 else found

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

    # ---- what the platform offers ---------------------------------------------------------------

    def _mark(self) -> None:
        """Call what a rule may watch."""
        assert self.offers is not None
        given, flip = self.operand(U32, 1), self.offers.flip
        if self.raises and self.random.random() < 0.4:
            call = Expr(f"Risk({given.text})", U32, lambda m: self._watched("Risk", given, m))
        else:
            call = Expr(
                f"Mark({given.text})", U32, lambda m: self._watched("Mark", given, m) ^ flip
            )
        result = self.variable(U32, call)
        if self.random.random() < 0.5:
            self.claim(result.value)

    def _watched(self, function: str, argument: Expr, machine: Machine) -> int:
        """Return what *function* gets, or what is made of it, with the rule around it."""
        given = result = argument.run(machine)
        rule = self.rule
        if rule is not None:
            rule.run("before", function, given, machine)
        if function == "Risk":
            if given & 1:
                raise Raised
            result = U32.wrapped(given + 1)
        if rule is not None:
            rule.run("after", function, given, machine)
        return result

    def _tag(self) -> None:
        """Claim what the steps of the platform have made, or make something else of it."""
        if self.random.random() < 0.6:
            tag = Expr("Tag()", U32, lambda m: m.memory["tag"])
            self.claim(self.variable(U32, tag, kind="let").value)
            return
        value = self.operand(U32, 1)

        def change(machine: Machine) -> int:
            new, old = value.run(machine), machine.memory["tag"]
            machine.memory["tag"] = new
            return old

        self.variable(U32, Expr(f"SetTag({value.text})", U32, change), kind="let")

    def _see(self) -> None:
        """Put something into the table, look there, or both, and claim what is seen."""
        pick = self.random.random()
        index = self._number_of_entry()
        if pick < 0.7:
            self._put(index)
        if pick >= 0.3:
            self._look(index if self.random.random() < 0.6 else self._number_of_entry())

    def _number_of_entry(self) -> Expr:
        if self.random.random() < 0.5:
            number = self.random.choice([0, 1, 2])
            return Expr(str(number), U32, lambda _: number)
        free = self.number(U32, 1)
        return Expr(f"{free.within(5)} & 3", U32, lambda m: free.run(m) & 3, 5)

    def _put(self, index: Expr) -> None:
        on = self.truth(1)

        def put(machine: Machine) -> None:
            where = index.run(machine)
            machine.memory[f"seen {where}"] = on.run(machine)

        self.add(f"See({index.text}, {on.text})", run=put, label=True)

    def _look(self, index: Expr) -> None:
        def look(machine: Machine) -> bool:
            return bool(machine.memory[f"seen {index.run(machine)}"])

        seen = self.variable(BOOL, Expr(f"Seen({index.text})", BOOL, look), kind="let")
        self.claim(seen.value)

    def _token(self) -> None:
        """Take a token and give it back; or not, or twice."""
        name, label = self.name("t"), self.name("at")
        number = self.names

        def take(machine: Machine) -> None:
            machine.memory[name] = bool(machine.choose(2))
            if machine.memory[name]:
                machine.blocks[f"token {number} after {len(machine.counts)} choices"] = label

        self.add(f"{label}: let {name} = Take({number})", run=take)
        with self.inside() as body:
            self.some(2)
            pick = self.random.random()
            if pick < 0.7:
                self._give(number)
            elif pick < 0.85:
                with self.inside() as then:
                    self._give(number)
                self.add_if(self.truth(1), then)
            if self.random.random() < 0.1:
                self._give(number)
        self.add_if(Expr(name, BOOL, lambda m: m.memory[name]), body)

    def _give(self, number: int) -> None:
        def give(machine: Machine) -> None:
            held = [one for one in machine.blocks if one.startswith(f"token {number} ")]
            if held:
                del machine.blocks[held[-1]]
            else:
                machine.noted.append("paired")  # and the run goes on

        self.add(f"GiveBack({number})", run=give, label=True)

    def allocate(self) -> None:
        """Use memory that is allocated, where no device is."""
        if self.offers is None or not self.transfers:
            super().allocate()

    def _cover(self) -> None:
        """Ask whether a run gets here."""
        self.add("cover", run=lambda _: None, label=True)

    def _transfer(self) -> None:
        """Let a device read a number, or nothing; whether it is locked the platform says."""
        named = [place for place in self.scope.places if place.is_named and place.type in NUMBERS]
        if not named or self.offers is None or not self.transfers:
            return
        free, pinned, name = self.number(U32, 1), self.offers.pinned, self.name("p")

        def transfer(machine: Machine) -> None:
            if free.run(machine) & 1 and not pinned:
                raise Violation("dma")

        self.add(f"let {name} = &{self.random.choice(named).text}", run=lambda _: None)
        text = f"dma from {name}[0 .. {free.within(5)} & 1] until finished"
        self.add(text, run=transfer, label=True)

    def _set_of_processes(self) -> None:
        """Put processes into a set, take them out, and claim who is in it."""
        name = self.name("s")
        self._filled_set(name, f"var {name} : set process = ")
        for _ in range(self.random.choice([1, 2, 3])):
            pick = self.random.random()
            if pick < 0.3:
                self._filled_set(name, f"{name} = ")
            elif pick < 0.8:
                op, party = self.random.choice("|-"), self.random.choice(PARTIES)
                self.add(f"{name} {op}= {{{party}}}", run=_changed(name, op, party), label=True)
            else:
                with self.inside() as then:
                    self._filled_set(name, f"{name} = ")
                self.add_if(self.truth(1), then)
        party = self.random.choice(PARTIES)
        self.claim(Expr(f"{name} has {party}", BOOL, lambda m: party in m.memory[name], 7))

    def _filled_set(self, name: str, head: str) -> None:
        some = self.random.choice([[], ["server"], ["Caller()"], list(PARTIES), None])
        text = "everyone" if some is None else f"{{{', '.join(some)}}}"
        held = frozenset(PARTIES if some is None else some)
        self.add(head + text, run=lambda m: m.memory.update({name: held}), label=True)


def _changed(name: str, op: str, party: str) -> Callable[[Machine], None]:
    def change(machine: Machine) -> None:
        before = machine.memory[name]
        machine.memory[name] = before | {party} if op == "|" else before - {party}

    return change
