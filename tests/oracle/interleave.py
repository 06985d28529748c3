"""Every order in which the actions of all threads may follow each other (semantics 5.1).

Threads are: one client thread, which makes the observed call, another one, which makes any number
of calls with a few arguments (`Domain`), in the same process or in another; every thread of the
drivers; and the device, which may end each transfer at any time.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from cecheck.ir.program import View
from cecheck.sema import typed as t
from cecheck.sema.types import ArrayType, EventType, IntType, LockType, PointerType, StructType
from oracle.choice import Abandon, Choices, Unsupported
from oracle.explore import (
    Findings,
    _initial,
    _process_values,
    geography,
    refuse_scripts,
    refuse_what_goes_unchecked,
    views,
)
from oracle.machine import Run, initial_values
from oracle.moves import Moves, Short
from oracle.stage import Ended, Stage
from oracle.state import Activation, Frame, Packing, State, Thread, Unpacking
from oracle.threaded import Functions, Threaded
from oracle.turn import OBSERVED, Turn
from oracle.values import CLIENT, TENANT, Caller, Pointer, zero
from oracle.world import Fact

OTHER = 2  # the number of the other client thread
FIRST_OWN = 3  # the first number of a thread of a driver


@dataclass(frozen=True)
class Domain:
    """What is narrowed, since everything multiplies here that `explore` enumerates in full.

    *numbers* are the arguments and foreign numbers of the observed call; the other client passes
    pointers of *words* and numbers of *others*.  *seatings* say who sits from the first free place
    on (the caller below Device Manager, and above), and of which process the other client is.
    """

    numbers: tuple[int, ...] = (1, 2)
    words: tuple[int, ...] = (2,)
    others: tuple[int, ...] = (1,)
    seatings: tuple[tuple[tuple[str, ...], str], ...] = (
        ((CLIENT, "device", TENANT), TENANT),
        (("device", CLIENT, TENANT), CLIENT),
    )
    alone: bool = False  # there is no other client thread
    locks_count: bool = True  # what a lock guards is nobody else's (`code.guarded_by_locks`)


@dataclass(frozen=True)
class Begun:
    """A thread that is about to do the first action of its call, as the only one of a state."""

    picture: tuple
    shape: State
    facts: frozenset[Fact]


class TooMany(Exception):
    """There are more states than the enumeration may look at."""


def interleaved(spec: t.Spec, limit: int = 1 << 20, domain: Domain | None = None) -> list[Findings]:
    """Return the findings of each behaviour and view."""
    refuse_what_goes_unchecked(spec)
    refuse_scripts(spec)
    (client,) = spec.clients
    return [
        Interleaving(spec, client, behaviour, view, domain or Domain()).run(limit)
        for behaviour in client.behaviours
        for view in views(behaviour)
    ]


class Interleaving:
    """All states that can be reached, in one view."""

    def __init__(
        self, spec: t.Spec, client: t.Client, behaviour: t.Behaviour, view: View, domain: Domain
    ) -> None:
        functions = Functions(spec)
        self.made = Threaded(spec, domain.locks_count)
        self.domain = domain
        self.stage = Stage(
            spec, view, behaviour, "", geography(spec, functions),
            {key: functions.function(f) for key, f in spec.functions.items()},
            _process_values(spec.platform, functions), _initial(spec.platform, functions),
            homes=self.made.homes, monitors=_monitors(spec, functions),
        )  # fmt: skip
        self.targets = [spec.entry(*target) for target in client.targets]
        for driver, entry in self.targets:
            if driver.has_handles or driver.of_kind(t.INIT) or driver.of_kind(t.DEINIT):
                raise Unsupported("handles")
            self.made.call_of(driver, entry)
        self.findings = Findings(view, behaviour)
        self.prefixes: dict[object, list[Begun]] = {}
        self.moves = Moves()
        self.shape = self._first()

    # ---- the first state ---------------------------------------------------------------------

    def _first(self) -> State:
        spec = self.stage.spec
        threads = [self._thread(OBSERVED, CLIENT), self._thread(OTHER, CLIENT)]
        state = State(threads, {}, {}, {})
        number = FIRST_OWN
        for driver in spec.drivers:
            for item in driver.globals:
                self._declare(state, item)
            for thread in driver.threads:
                code = self.made.thread_of(driver, thread)
                for _ in range(thread.count):
                    own = self._thread(number, driver.process)
                    own.stack.append(Activation(code, 0, Frame({}), driver.process))
                    threads.append(own)
                    number += 1
        return state

    def _declare(self, state: State, item: t.GlobalInit) -> None:
        number, type_ = item.variable.number, item.variable.type
        match type_:
            case LockType():
                state.locks[number] = (0, 0)
            case ArrayType() | StructType():
                pass  # known by where it lies, see `owned`
            case EventType():
                state.events[number] = False
            case _:
                value = item.value and self.made.value(item.value)(None)
                state.globals[number] = zero(type_) if value is None else value

    def _thread(self, number: int, home: str) -> Thread:
        run = Run(self.stage, Choices(), frozenset())
        run.home = home
        initial_values(self.stage.spec.platform.thread_fields, self.stage.initial, run)
        return Thread(number, home, {**run.fields, **self.stage.monitors})

    def starts(self) -> list[tuple[State, frozenset[Fact]]]:
        """Return the first states: the other client is of the same process or of another one."""
        self.stage.clients = frozenset({CLIENT, TENANT})
        free, states = self.stage.geography.free, []
        for seating, home in self.domain.seatings:
            threads = list(self.shape.threads)
            threads[1] = self._thread(OTHER, home)
            threads[1].done = self.domain.alone
            facts = ((("holder", place), who) for place, who in zip(free, seating, strict=True))
            states.append((replace(self.shape, threads=threads), frozenset(facts)))
        return states

    # ---- all states --------------------------------------------------------------------------

    def run(self, limit: int) -> Findings:
        """Look at every state."""
        began, findings = time.process_time(), self.findings
        known: dict[object, list[frozenset[Fact]]] = {}
        waiting: deque[tuple[Short, frozenset[Fact]]] = deque()

        def come(state: Short, facts: frozenset[Fact]) -> None:
            if _is_new(known, state, facts):
                waiting.append((state, facts))
                findings.states += 1
                if findings.states > limit:
                    raise TooMany

        for state, facts in self.starts():
            come(self.moves.short(Packing(state).picture()), facts)
        while waiting:
            short, facts = waiting.popleft()
            picture = self.moves.whole(short)
            for mover in self._movers(picture):
                for number, begun in enumerate(self._ways(picture, facts, mover)):
                    make = partial(self._moves, picture, facts, mover, begun)
                    for state, after in self.moves.after(short, facts, mover, number, make):
                        come(state, after)
        findings.seconds = time.process_time() - began
        findings.found, findings.reached = self.stage.found, self.stage.reached
        return findings

    def _ways(
        self, picture: tuple, facts: frozenset[Fact], mover: int
    ) -> list[Begun | None]:
        """Return how a call begins if *mover* begins one."""
        if mover == 0 or picture[1][mover - 1][2]:
            return [None]
        return self._begin(picture[1][mover - 1], facts)

    def _moves(
        self, picture: tuple, facts: frozenset[Fact], mover: int, begun: Begun | None
    ) -> Iterator[tuple[State, frozenset[Fact]]]:
        """Yield the states that follow when *mover* goes on, and what is known in them."""
        choices = Choices()
        more = True
        while more:
            self.findings.runs += 1
            state = Unpacking(self.made.codes, self.shape, choices, mover).state(picture)
            if begun is not None:
                self._join(state, begun, choices)
            after = self._move(state, facts if begun is None else begun.facts, mover, choices)
            if after is not None:
                yield state, after
            more = choices.advance()

    def _movers(self, picture: tuple) -> list[int]:
        """Return the numbers of the threads that may go on; 0 is the device."""
        if picture[0] is not None:
            return [picture[0]]
        numbers = [thread[0] for thread in picture[1] if not thread[-1]]
        return numbers + ([0] if picture[7] else [])

    def _move(
        self, state: State, facts: frozenset[Fact], mover: int, choices: Choices
    ) -> frozenset[Fact] | None:
        """Let *mover* go on; return what is known afterwards, None if the run ends."""
        if mover == 0:
            kinds = sorted(set(state.transfers))
            ended = kinds[choices.choose(len(kinds))]
            state.transfers.remove(ended)
            state.events[ended[0]] = True
            return facts
        turn = self._turn(state, facts, mover, choices)
        try:
            if turn.thread.stack:
                turn.go()
        except (Ended, Abandon):
            return None
        return turn.world.facts

    def _turn(
        self, state: State, facts: frozenset[Fact], mover: int, choices: Choices
    ) -> Turn:
        turn = Turn(self.stage, choices, facts, state, mover)
        turn.own_fields = self.shape.threads[mover - 1].fields
        turn.numbers = self.domain.others if mover == OTHER else self.domain.numbers
        return turn

    # ---- calls -------------------------------------------------------------------------------

    def _begin(self, thread: tuple, facts: frozenset[Fact]) -> list[Begun]:
        """Return every way in which a call of *thread* gets to its first action.

        Nobody notices anything before that, so it begins only when that action follows at once.
        """
        key = (thread, facts)
        if key not in self.prefixes:
            self.prefixes[key] = self._look_for_prefixes(thread, facts)
        return self.prefixes[key]

    def _look_for_prefixes(self, thread: tuple, facts: frozenset[Fact]) -> list[Begun]:
        number = thread[0]
        shape = State([self.shape.threads[number - 1]], {}, {}, {}, extents=self.shape.extents)
        nothing = Packing(shape).picture()
        waiting = deque([((number, (thread,), *nothing[2:]), facts)])
        known: dict[object, list[frozenset[Fact]]] = {}
        found = []
        while waiting:
            picture, before = waiting.popleft()
            choices = Choices()
            more = True
            while more:
                self.findings.runs += 1
                state = Unpacking(self.made.codes, shape, choices, number).state(picture)
                after = self._alone(state, before, number, choices)
                packed = Packing(state).picture()
                if after is not None and _is_new(known, packed, after):
                    self.findings.states += 1
                    if state.active is not None:
                        waiting.append((packed, after))
                    elif packed[1] != (thread,):
                        found.append(Begun(packed, shape, after))
                more = choices.advance()
        return found

    def _alone(
        self, state: State, facts: frozenset[Fact], number: int, choices: Choices
    ) -> frozenset[Fact] | None:
        """Let a thread go on that has not come to its first action."""
        turn = self._turn(state, facts, number, choices)
        try:
            if not turn.thread.stack:
                self._call(turn)
            turn.go()
        except (Ended, Abandon):
            return None
        return turn.world.facts

    def _join(self, state: State, begun: Begun, choices: Choices) -> None:
        """Put a thread that has begun a call into *state*."""
        number = begun.picture[0] or begun.picture[1][0][0]
        alone = Unpacking(self.made.codes, begun.shape, choices, number).state(begun.picture)
        (thread,) = alone.threads
        state.threads[thread.number - 1] = thread
        state.cells |= alone.cells
        state.blocks |= alone.blocks
        if alone.targets:
            state.targets = alone.targets

    def _call(self, turn: Turn) -> None:
        """A client's thread begins a call."""
        targets = self.targets
        driver, entry = targets[turn.choices.choose(len(targets))]
        call = self.stage.spec.platform.call(entry.call)
        turn.depth = 1  # nothing of it is noted
        args = self._arguments(turn, call, entry)
        turn.depth = 0
        thread = turn.thread
        thread.before = turn.restorable()
        turn.push(self.made.call_of(driver, entry), args, driver.process)

    def _arguments(
        self, turn: Turn, call: t.PlatformCall, entry: t.Entry
    ) -> dict[int, object]:
        named = {parameter.position: parameter for parameter in entry.parameters}
        args = {
            position: self._argument(turn, variable, position in named)
            for position, variable in enumerate(call.parameters)
        }
        if self.stage.view is View.WELL_BEHAVED and turn.thread.number == OBSERVED:
            turn.sibling = lambda name: next(
                args[p.position] for p in entry.parameters if p.variable.name == name
            )
            for position, parameter in named.items():
                if parameter.promise is not None:
                    made = self.made.promised(parameter.promise)(turn)
                    args[position] = _of(turn.thread, made)
        numbers = [variable.number for variable in call.parameters]
        return dict(zip(numbers, args.values(), strict=True))

    def _argument(self, turn: Turn, variable: t.Variable, named: bool) -> object:
        type_, domain = variable.type, self.domain
        if not named:
            return _of(turn.thread, zero(type_))
        if turn.thread.number == OBSERVED:
            return _of(turn.thread, turn.fresh(type_, None))
        match type_:
            case PointerType():
                word = domain.words[turn.choices.choose(len(domain.words))]
                return _of(turn.thread, Pointer(word))
            case IntType():
                return domain.others[turn.choices.choose(len(domain.others))]
            case _:
                raise Unsupported(f"an argument of type {type_.name}")


def _monitors(spec: t.Spec, functions: Functions) -> dict[int, object]:
    """Return what the variables of rules are at first."""
    return {
        item.variable.number: functions.value(item.value)(None)
        if item.value else zero(item.variable.type)
        for item in spec.monitors
    }  # fmt: skip


def _of(thread: Thread, value: object) -> object:
    if isinstance(value, Pointer):
        return value._replace(origin=Caller(thread.home, thread.number))
    return value


def _is_new(
    known: dict[object, list[frozenset[Fact]]], picture: object, facts: frozenset[Fact]
) -> bool:
    """Note a state; tell whether nobody came to it before who knew no more."""
    earlier = known.setdefault(picture, [])
    if any(before <= facts for before in earlier):
        return False
    earlier.append(facts)
    return True
