"""Random branches, loops, jumps, handlers and functions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from campaigns.programs.code import Block, Expr, Function, Place, stored
from campaigns.programs.events import Events
from campaigns.programs.heap import Topic
from campaigns.programs.machine import Break, Continue, Machine, Raised, Returned
from campaigns.programs.memory import STRUCTS
from campaigns.programs.numbers import BOOL, MEMBERS, MODE, NUMBERS, U8, Type


class Control(Events):
    """Writes statements of all kinds."""

    def statement(self) -> None:
        """Write one statement."""
        kinds: list[tuple[int, Callable[[], None]]] = [
            (6, self.declare), (8, self.assign), (3, self.choose), (6, self.probe),
            (1, self.call_alone), (1, self.assume), (3, self.point), (1, self.copy),
            (1, self.index), (1, self._atomic), (1, self.same),
        ]  # fmt: skip
        if self.depth < 3:
            kinds += [
                (4, self._if), (2, self._switch), (2, self._for), (2, self._while),
                (1, self._loop), (3, self._try), (1, self.acquire), (2, self.structure),
                (1, self.allocate), (2, self._jump), (2, self.keep),
            ]  # fmt: skip
            match self.topic:
                case Topic.HEAP:
                    kinds.append((8, self.array))
                case Topic.ROWS:
                    kinds.append((8, self.row))
                case Topic.BLOCKS:
                    kinds.append((8, self.bytes_of))
                case Topic.EVENTS:
                    kinds.append((8, self.event))
                case Topic.SYSTEM:
                    kinds += self.extra()
                case _:
                    pass
        (make,) = self.random.choices([make for _, make in kinds], [w for w, _ in kinds])
        make()

    def extra(self) -> list[tuple[int, Callable[[], None]]]:
        """Return what other statements there are, and how often."""
        return []

    # ---- branches -------------------------------------------------------------------------------

    def _if(self) -> None:
        test = self.truth()
        if self.random.random() < 0.15:
            test = Expr("any", BOOL, lambda m: bool(m.choose(2)))
        with self.inside() as then:
            self.some(2)
        other = None
        if self.random.random() < 0.5:
            with self.inside() as other:
                self.some(2)
        self.add_if(test, then, other)

    def _switch(self) -> None:
        type_ = self._any_type(self._types())
        value = self.number(type_, 1)
        cases: list[tuple[list[int], Block]] = []
        parts: list[str | Block] = [f"switch {value.text} {{"]
        for values in self._cases(type_):
            with self.inside() as block:
                self.some(2)
            cases.append(([number for number, _ in values], block))
            parts += [f"case {', '.join(text for _, text in values)} {{", block, "}"]
        with self.inside() as default:
            self.some(1)
        parts += ["default {", default, "}", "}"]

        def switch(machine: Machine) -> None:
            given = value.run(machine)
            next((block for some, block in cases if given in some), default).run(machine)

        self.add(*parts, run=switch, label=True)

    def _cases(self, type_: Type) -> list[list[tuple[int, str]]]:
        if type_ is MODE:
            names = self.random.sample(list(MEMBERS), 2)
            return [[(MEMBERS[name], name)] for name in names]
        some = [(number, str(number)) for number in self.random.sample(range(6), 4)]
        return [some[:1], some[1:3], some[3:]]

    # ---- loops ----------------------------------------------------------------------------------

    def _for(self) -> None:
        type_ = self.random.choice(NUMBERS)
        low, high = self.random.choice([0, 0, 1]), self.random.choice([1, 2, 3])
        start = Expr(str(low), type_, lambda _: low)
        end = Expr(str(high), type_, lambda _: high)
        if self.random.random() < 0.4:
            free = self.number(type_, 1)
            end = Expr(f"{free.within(5)} & 3", type_, lambda m: free.run(m) & 3)
        else:
            start = Expr(f"{low} as {type_.name}", type_, lambda _: low)
        name = self.name("c")
        with self.inside(in_loop=True) as body:
            self.scope.values.append(Expr(name, type_, lambda m: m.memory[name]))
            self.some(2)

        def loop(machine: Machine) -> None:
            for number in range(start.run(machine), end.run(machine)):
                machine.memory[name] = number
                if _round(body, machine):
                    break

        self.add(f"for {name} in {start.text} .. {end.text} {{", body, "}", run=loop, label=True)

    def _while(self) -> None:
        type_, most = self.random.choice(NUMBERS), self.random.choice([1, 2, 3])
        rounds = Expr(str(most), type_, lambda _: most, is_literal=True)
        left = self.variable(type_, rounds, kind="var").text
        del self.scope.places[-1]
        self.scope.values.append(Expr(left, type_, lambda m: m.memory[left]))
        test = self.truth(1) if self.random.random() < 0.4 else None
        with self.inside(in_loop=True) as body:
            self.add(f"{left} -= 1", run=partial(_count, left, -1))
            self.some(2)

        def goes_on(machine: Machine) -> bool:
            return machine.memory[left] > 0 and (test is None or bool(test.run(machine)))

        def loop(machine: Machine) -> None:
            while goes_on(machine):
                if _round(body, machine):
                    break

        text = f"{left} > 0" + (f" && {test.within(3)}" if test else "")
        self.add(f"while {text} {{", body, "}", run=loop, label=True)

    def _loop(self) -> None:
        most, name = self.random.choice([1, 2, 3]), self.name("n")
        self.add(f"var {name} : u32 = 0", run=stored(name, lambda _: 0))
        below = Expr(f"{name} < {most}", BOOL, lambda m: m.memory[name] < most)
        reached = Expr(f"{name} >= {most}", BOOL, lambda m: m.memory[name] >= most)
        with self.inside(in_loop=True) as body:
            self.add(f"{name} += 1", run=partial(_count, name, 1))
            self.some(2)
            if self.random.random() < 0.5:
                self._jumping(below, "continue", Continue())
                self.add("break", run=_jump(Break()))
            else:
                self._jumping(reached, "break", Break())

        def loop(machine: Machine) -> None:
            while not _round(body, machine):
                machine.step()

        self.add("loop {", body, "}", run=loop)

    # ---- jumps ----------------------------------------------------------------------------------

    def _jumping(self, test: Expr, text: str, jump: Exception) -> None:
        with self.inside() as block:
            self.add(text, run=_jump(jump))
        self.add_if(test, block)

    def _jump(self) -> None:
        """Leave a block, if something is so."""
        test = self.truth(1)
        ways: list[tuple[str, Exception]] = []
        if self.in_loop:
            ways += [("break", Break()), ("continue", Continue())] * 2
        if self.raises:
            ways.append((self.random.choice(["raise", "raise 3"]), Raised()))
        if self.may_leave and (not ways or self.random.random() < 0.3):
            with self.inside() as block:
                self.leave()
            self.add_if(test, block)
        elif ways:
            self._jumping(test, *self.random.choice(ways))

    def leave(self) -> None:
        """Return a value."""
        assert self.result is not None
        value = self.operand(self.result, 1)

        def leave(machine: Machine) -> None:
            raise Returned(value.run(machine))

        self.add(f"return {value.text}", run=leave, label=True)

    def _try(self) -> None:
        has_handler, has_final = self.random.choice([(True, False), (True, True), (False, True)])
        with self.inside(raises=self.raises or has_handler) as body:
            self.some(3)
        parts: list[str | Block] = ["try {", body]
        handler, final = None, Block()
        if has_handler:
            with self.inside() as handler:
                self.some(2)
            parts += [self.random.choice(["} except {", "} except code {"]), handler]
        if has_final:
            with self.inside(raises=False, may_leave=False, in_loop=False) as final:
                self.some(2)
            parts += ["} finally {", final]

        def attempt(machine: Machine) -> None:
            try:
                _handled(body, handler, machine)
            except (Raised, Returned, Break, Continue):
                final.run(machine)
                raise
            final.run(machine)

        self.add(*parts, "}", run=attempt)

    # ---- locks ----------------------------------------------------------------------------------

    def acquire(self) -> None:
        """Take the lock; no exception leaves the block, for then the lock would stay taken."""
        with self.inside(raises=False) as body:
            self.some(2)
        self.add("acquire cs {", body, "}", run=body.run)

    def _atomic(self) -> None:
        named = [place for place in self.scope.places if place.is_named]
        with self.inside() as body:
            self.scope.places, self.scope.may_call = named, False
            for _ in range(self.random.randint(1, 2)):
                self.assign()
        self.atomic(body)

    def atomic(self, block: Block) -> None:
        """Write *block* as one that happens at once."""
        self.add("atomic {", block, "}", run=block.run)

    # ---- functions ------------------------------------------------------------------------------

    def function(self) -> Function:
        """Write a function over what is declared outside."""
        refs = [self._parameter("r", NUMBERS) for _ in range(self.random.choice([0, 0, 1, 2]))]
        count = self.random.choice([0, 1, 2])
        values = [self._parameter("a", (*NUMBERS, BOOL)) for _ in range(count)]
        pointers = []
        if self.random.random() < 0.4:
            pointers.append((self.name("p"), self.random.choice(list(STRUCTS))))
        result = self.random.choice([*NUMBERS, BOOL])
        may_raise = self.random.random() < 0.4
        with self.inside(result=result, raises=may_raise, in_loop=False, may_leave=True) as body:
            for name, type_ in refs:
                self.scope.places.append(Place(name, type_, _named(name)))
            for name, type_ in values:
                self.scope.values.append(Expr(name, type_, _read(name)))
            for name, kind in pointers:
                self.led(name, kind)
            self.variable(U8, self.literal(U8), kind="var")
            self.some(3)
            if self.random.random() < 0.85:
                self.leave()
        name = self.name("f")
        return Function(
            name, tuple(refs), tuple(values), tuple(pointers), result, body, may_raise
        )  # fmt: skip

    def _parameter(self, kind: str, among: tuple[Type, ...]) -> tuple[str, Type]:
        return self.name(kind), self.random.choice(among)


def _named(name: str) -> Callable[[Machine], str]:
    """Return what finds what the parameter *name* is another name for."""
    return lambda machine: machine.names[name]


def _read(name: str) -> Callable[[Machine], int]:
    return lambda machine: machine.memory[name]


def _jump(jump: Exception) -> Callable[[Machine], None]:
    """Return what jumps."""

    def run(_: Machine) -> None:
        raise jump

    return run


def _count(name: str, by: int, machine: Machine) -> None:
    """Add to a variable that does not wrap."""
    machine.memory[name] += by


def _round(body: Block, machine: Machine) -> bool:
    """Run a round of a loop; tell whether it was the last."""
    try:
        body.run(machine)
    except Break:
        return True
    except Continue:
        pass
    return False


def _handled(body: Block, handler: Block | None, machine: Machine) -> None:
    try:
        body.run(machine)
    except Raised:
        if handler is None:
            raise
        handler.run(machine)

