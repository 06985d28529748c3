"""Random statements about what the platform offers: functions that a rule may watch, a tag that its
steps change, a table, tokens, sets of processes, transfers by devices."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from campaigns.programs.code import Expr
from campaigns.programs.control import Control
from campaigns.programs.heap import Topic
from campaigns.programs.machine import Machine, Raised
from campaigns.programs.numbers import BOOL, NUMBERS, U32, Violation
from campaigns.programs.plain import plain
from campaigns.programs.watching import Rule

PARTIES = ("server", "Caller()")


class Offered(Control):
    """Writes such statements, if they are its topic."""

    def __init__(self, seed: int, topic: Topic) -> None:
        super().__init__(seed, topic)
        self.offers = plain(self.random) if topic is Topic.SYSTEM else None
        self.rule: Rule | None = None
        self.in_rule = False
        self.transfers = False  # by devices, instead of memory from the heap
        if self.offers is not None:
            self.transfers = self.random.random() < 0.3

    def extra(self) -> list[tuple[int, Callable[[], None]]]:
        """Return what statements there are besides, and how often."""
        found = [(5, self._mark), (3, self._tag), (4, self._see), (4, self._set_of_processes)]
        found += [(2, self._cover), (3, self._transfer)]
        return [*found, (4, self._token)] if self.depth < 3 else found

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
        if self.random.random() < 0.15:
            self.add(f"{head}any(set)", run=partial(_any_of, name), label=True)
            return
        some = self.random.choice([[], ["server"], ["Caller()"], list(PARTIES), None])
        text = "everyone" if some is None else f"{{{', '.join(some)}}}"
        held = frozenset(PARTIES if some is None else some)
        self.add(head + text, run=lambda m: m.memory.update({name: held}), label=True)


def _any_of(name: str, machine: Machine) -> None:
    machine.memory[name] = frozenset(party for party in PARTIES if machine.choose(2))


def _changed(name: str, op: str, party: str) -> Callable[[Machine], None]:
    def change(machine: Machine) -> None:
        before = machine.memory[name]
        machine.memory[name] = before | {party} if op == "|" else before - {party}

    return change
