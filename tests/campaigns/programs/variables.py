"""Random statements about variables: declared, chosen, assigned, and what is claimed of them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from campaigns.programs.code import Block, Expr, Place, Statement, stored, storing
from campaigns.programs.expressions import Expressions
from campaigns.programs.machine import Abandoned, Machine
from campaigns.programs.numbers import ARITHMETIC, BOOL, MODE, NUMBERS, U8, Type, Violation
from campaigns.programs.probes import Probe


class Variables(Expressions):
    """Writes statements into `block`."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.block = Block()
        self.names = 0
        self.probes: list[Probe] = []
        self.depth = 0
        self.result: Type | None = None  # of the function that is being written
        self.in_loop = False
        self.may_leave = True  # what is being written may end the function
        self.raises = True  # or raise
        self.aliases: dict[Type, str] = {}
        self.claims = ["assert"]  # how something is claimed

    # ---- small things ---------------------------------------------------------------------------

    def name(self, kind: str) -> str:
        """Return a name that nothing has yet."""
        self.names += 1
        return f"{kind}{self.names}"

    def add(self, *parts: str | Block, run: Callable[[Machine], None], label: bool = False) -> None:
        """Write a statement, with a *label* that names what fails in it."""
        if not label:
            self.block.statements.append(Statement(parts, run))
            return
        at = self.name("at")
        first, *rest = parts

        def labelled(machine: Machine) -> None:
            site = machine.site(at)
            machine.seen.add(site)
            try:
                run(machine)
            except Violation as one:
                raise one if len(one.args) > 1 else Violation(*one.args, site) from None
            finally:
                machine.failing |= {(kind, site) for kind in machine.noted}
                machine.noted.clear()

        self.block.statements.append(Statement((f"{at}: {first}", *rest), labelled))

    def add_if(self, test: Expr, then: Block, other: Block | None = None) -> None:
        """Write a branch."""
        if other is None:
            self.add(
                f"if {test.text} {{", then, "}",
                run=lambda m: then.run(m) if test.run(m) else None, label=True,
            )  # fmt: skip
            return
        self.add(
            f"if {test.text} {{", then, "} else {", other, "}",
            run=lambda m: (then if test.run(m) else other).run(m), label=True,
        )  # fmt: skip

    @contextmanager
    def inside(self, **changes: object) -> Iterator[Block]:
        """Write into a new block, with some fields changed meanwhile."""
        before = {name: getattr(self, name) for name in changes}
        scope, outer = self.scope, self.block
        self.scope, self.block = scope.inner(), Block()
        self.depth += 1
        for name, value in changes.items():
            setattr(self, name, value)
        self.scope.may_raise = self.raises
        yield self.block
        self.depth -= 1
        self.scope, self.block = scope, outer
        for name, value in before.items():
            setattr(self, name, value)

    @abstractmethod
    def statement(self) -> None:
        """Write one statement."""

    def some(self, most: int = 3) -> None:
        """Write a few statements."""
        for _ in range(self.random.randint(1, most)):
            self.statement()

    # ---- declared and chosen --------------------------------------------------------------------

    def variable(self, type_: Type, value: Expr, kind: str = "") -> Place:
        """Declare a variable, or a name for a value."""
        kind = kind or self.random.choice(["var", "var", "let"])
        name = self.name("v" if kind == "var" else "x")
        is_typed = value.is_literal or self.random.random() < 0.3
        written = f" : {self.typed(type_)}" if is_typed else ""
        self.add(f"{kind} {name}{written} = {value.text}", run=stored(name, value.run), label=True)
        place = Place(name, type_, at(name), is_named=kind == "var")
        if kind == "var":
            self.scope.places.append(place)
        else:
            self.scope.values.append(place.value)
        return place

    def typed(self, type_: Type) -> str:
        """Return a name of *type_*."""
        return self.aliases.get(type_, type_.name)

    def declare(self) -> None:
        """Declare something."""
        type_ = self.random.choice([*NUMBERS, U8, BOOL, MODE])
        self.variable(type_, self.operand(type_, 2))

    def choose(self) -> None:
        """Let a number be anything of a small range, or a truth value be one of both."""
        type_ = self.random.choice([*NUMBERS, BOOL])
        if type_ is BOOL:
            self._free_truth()
            return
        low = self.random.choice([0, 0, 1, type_.least, type_.most - 3, type_.most // 2])
        low = max(type_.least, low - self.random.randint(0, 2))
        high = min(type_.most, low + self.random.randint(2, 4))
        text = f"any({low} .. {high})"
        free = Expr(text, type_, lambda m: low + m.choose(high - low), is_literal=True)
        self.variable(type_, free)

    def _free_truth(self) -> None:
        if self.random.random() < 0.5:
            free = Expr("any", BOOL, lambda m: bool(m.choose(2)), is_literal=True)
            self.variable(BOOL, free)
            return
        name = self.name("v")
        self.add(f"var {name} : bool", run=stored(name, lambda m: bool(m.choose(2))))
        self.scope.places.append(Place(name, BOOL, at(name)))

    # ---- assigned -------------------------------------------------------------------------------

    def assign(self) -> None:
        """Assign to something that can be assigned to."""
        place = self.random.choice(self.scope.places)
        if place.type in NUMBERS and self.random.random() < 0.4:
            self._compound(place)
            return
        value = self.operand(place.type, 2)
        self.add(f"{place.text} = {value.text}", run=storing(place, value), label=True)

    def _compound(self, place: Place) -> None:
        """The place is found first, then the value is worked out, then both are joined."""
        op, value = self.random.choice("+-*|&^"), self.operand(place.type, 1)
        if op == "*" and place.type.bits > 16:
            op = "+"
        _, apply = ARITHMETIC[op]

        def assign(machine: Machine) -> None:
            where = place.where(machine)
            before = machine.memory[where]
            machine.memory[where] = place.type.wrapped(apply(before, value.run(machine)))

        self.add(f"{place.text} {op}= {value.text}", run=assign, label=True)

    def call_alone(self) -> None:
        """Call a function for what it does."""
        call = self.call(lambda _: True, 2)
        if call is not None:
            self.add(call.text, run=lambda m: void(call.run(m)), label=True)

    # ---- claimed --------------------------------------------------------------------------------

    def probe(self) -> None:
        """Claim something of a value, as exactly as is known when all runs are."""
        types = [place.type for place in self.scope.places] + [v.type for v in self.scope.values]
        type_ = self.random.choice(types)
        is_leaf = type_ is not MODE and self.random.random() < 0.6
        self.claim(self._leaf(type_) if is_leaf else self.plain(type_))

    def claim(self, value: Expr) -> None:
        """Claim something of *value*."""
        chosen = self.random.random(), self.random.random()
        word = self.claims[int(chosen[1] * 997) % len(self.claims)]
        probe = Probe(self.name("at"), value, *chosen, word)
        self.probes.append(probe)
        self.block.statements.append(probe)

    def plain(self, type_: Type) -> Expr:
        """Return an expression that does nothing but compute."""
        before = self.scope.may_call, self.scope.divides
        self.scope.may_call = self.scope.divides = False
        value = self.number(type_, 1)
        self.scope.may_call, self.scope.divides = before
        return value

    def assume(self) -> None:
        """Drop some runs."""
        test = self.truth(1)

        def assume(machine: Machine) -> None:
            if not test.run(machine):
                raise Abandoned

        if self.random.random() < 0.3:
            self.add(f"assume {test.text}", run=assume, label=True)


def at(name: str) -> Callable[[Machine], str]:
    """Return what finds the variable *name*."""
    return lambda _: name


def void(_: object) -> None:
    """Throw a value away."""
