"""One thread at work until others may have their turn.

A turn makes at most one step that others may notice, an *action* (semantics 5.1).  Where a second
one would follow, the turn ends; if that is inside a statement, the thread's log keeps what has
happened in it so far, and the statement is run again from its beginning later.
"""

from __future__ import annotations

from collections.abc import Callable

from cecheck.ir.program import CheckKind
from cecheck.sema import typed as t
from cecheck.sema.types import IntType, Type
from oracle.choice import Abandon, Choices, Unsupported
from oracle.code import STAY, Code, Kind, Op
from oracle.copying import Copying
from oracle.pairing import Pairing
from oracle.reaching import MOST, OBSERVED
from oracle.stage import Ended, Frame, Raised, SiteKey, Stage
from oracle.state import Activation, State, Thread, end_call, values_of
from oracle.statements import NORMAL
from oracle.strings import Strings
from oracle.values import CLIENT, Caller, Pointer
from oracle.world import Fact


class Pause(Exception):
    """The thread is about to do something that others may notice."""


class Entered(Exception):
    """The thread has begun a call in the middle of a statement."""


class Turn(Copying, Strings, Pairing):
    """The run of one thread from one state to the next."""

    def __init__(
        self, stage: Stage, choices: Choices, facts: frozenset[Fact], state: State, number: int
    ) -> None:
        super().__init__(stage, choices, facts)
        self.state = state
        self.thread: Thread = next(
            t for t in state.threads if t.__class__ is Thread and t.number == number
        )
        self.home, self.origin = self.thread.home, Caller(CLIENT, OBSERVED)
        self.fields, self.written = self.thread.fields, state.written
        self.objects.targets = state.targets
        self.budget = 0 if state.active == number else 1
        self.at = self.depth = self.acted = 0
        self.op: Op | None = None
        self.resumed: list[object] = []  # the log of the statement that goes on after a call
        self.numbers: tuple[int, ...] | None = None  # what arbitrary numbers are, None: anything
        self.at_hit: int | None = None  # where the last access hit an object of a driver

    # ---- going on ----------------------------------------------------------------------------

    def go(self) -> None:
        """Go on until the thread has to pause; say in the state who may go on then."""
        thread, state = self.thread, self.state
        try:
            while True:
                self._operation()
                state.active = thread.number
                if not thread.stack:
                    state.active = None
                    break
                top = thread.stack[-1]
                op = top.code.ops[top.pc]
                if op.shared:
                    state.active = None
                    break
                if op.pauses or self.choices.position:
                    break
        except Pause:
            state.active = None
        thread.fields, state.written = self.fields, self.written

    def _operation(self) -> None:
        thread = self.thread
        top = thread.stack[-1]
        self.op = op = top.code.ops[top.pc]
        self.frame, self.callee = top.frame, top.callee
        self.guards = sum(a.code.ops[a.pc].guards for a in thread.stack if a.code.test is None)
        self.critical = any(a.code.critical for a in thread.stack)
        self.at = self.depth = 0
        try:
            following = op.work(self)
        except Raised:
            self._unwind()
        except Entered:
            return
        else:
            if following != STAY:
                top.pc = top.pc + 1 if following is None else following
        thread.log, self.resumed = self.resumed, []

    def _unwind(self) -> None:
        """An exception: go to the innermost handler or final part, or leave the call."""
        stack = self.thread.stack
        while stack:
            top = stack[-1]
            for region in reversed(top.code.ops[top.pc].regions):
                if region.kind is Kind.LOCK:
                    self._open(("lock", region.lock), region.site)
                else:
                    top.pc = region.target.pc
                    return
            self._pop()

    def push(self, code: Code, variables: dict[int, object], callee: str) -> None:
        """Go into another body."""
        if self.thread.stack:
            self.thread.stack[-1].pc += 1
        self.thread.stack.append(Activation(code, 0, Frame(variables), callee))

    def leave(self, value: object) -> int:
        """Leave the body with its result."""
        left = self._pop()
        self.thread.result = value
        if left.kept is not None:
            self.resumed = [*left.kept, value]
        if left.code.test is not None:
            self.stage.reached.add(left.code.test)
        return STAY

    def _pop(self) -> Activation:
        left = self.thread.stack.pop()
        if left.kept is not None or not self.thread.stack:
            self._finish(left.code)
        return left

    def lend(
        self,
        values: dict[int, object],
        promises: list[tuple[int, str, Callable[[Turn], Pointer] | None]],
        free: set[int],
    ) -> None:
        """Put what a well-behaved caller passes into *values*, where he passes any pointer."""
        at = {name: position for position, name, _ in promises}
        self.sibling = lambda name: values[at[name]]
        for position, _, promised in promises:
            if promised is not None and position not in free:
                raise Unsupported("a certain pointer of a well-behaved caller")
            if promised is not None:
                values[position] = self.noted(lambda make=promised: make(self))

    def outermost(self, code: Code, variables: dict[int, object], callee: str) -> object:
        """Call a driver in the middle of a statement of a script; return what that has returned."""
        log, me = self.thread.log, Caller(self.home, self.thread.number)
        if self.at < len(log):
            self.at += 1
            return log[self.at - 1]
        mine = {
            n: v._replace(origin=me) if isinstance(v, Pointer) else v for n, v in variables.items()
        }
        self.thread.before = self.restorable()
        self.thread.stack.append(Activation(code, 0, Frame(mine), callee, log))
        self.thread.log = []
        raise Entered

    def _finish(self, code: Code) -> None:
        """The call is over, or the thread: it has left *code*."""
        thread = self.thread
        if thread.before is not None:
            self._ask_restored(code.call if self.is_client else thread.changed)
            self._ask_paired()
        thread.result, thread.ledger, thread.changed = None, {}, None
        if self.is_client:
            thread.before = None
            self.fields = {**self.fields, **self.stage.monitors}
            self.forget_blocks()
            end_call(self.state, Caller(thread.home, thread.number))
            thread.done = thread.number == OBSERVED and not thread.stack
            if thread.number == OBSERVED:
                self.objects.forget()
        else:
            thread.done = True

    @property
    def is_client(self) -> bool:
        """Whether a client's thread runs."""
        return self.thread.number in (OBSERVED, OBSERVED + 1)

    # ---- actions -----------------------------------------------------------------------------

    def shared(self, act: Callable[[], object]) -> object:
        """Do what others may notice, once."""
        log = self.thread.log
        if self.depth == 0 and self.at < len(log):
            self.at += 1
            return log[self.at - 1]
        if self.budget == 0:
            if self.depth and self.acted:
                raise Unsupported("two actions in one function")
            raise Pause
        self.budget -= 1
        value = self._inside(act)
        self.effects += 1
        self.acted = self.depth
        if self.depth == 0:
            log.append(value)
            self.at += 1
        return value

    def noted(self, make: Callable[[], object]) -> object:
        """Do what makes choices, once."""
        log = self.thread.log
        if self.depth:
            return make()
        if self.at < len(log):
            self.at += 1
            return log[self.at - 1]
        value = self._inside(make)
        self.acted = 0
        log.append(value)
        self.at += 1
        return value

    def _inside(self, make: Callable[[], object]) -> object:
        self.depth += 1
        try:
            return make()
        finally:
            self.depth -= 1

    def fresh(self, type_: Type, origin: str | Caller | None) -> object:
        """Return an arbitrary value of *type_*."""
        return self.noted(lambda: self._fresh(type_, origin))

    def _fresh(self, type_: Type, origin: str | Caller | None) -> object:
        if isinstance(type_, IntType) and self.numbers is not None:
            return self.numbers[self.choices.choose(len(self.numbers))]
        return super().fresh(type_, origin)

    def set_field(self, number: int, value: object) -> None:
        """Write a field of the thread."""
        if self.fields[number] != value and self.op is not None:
            self.thread.changed = self.op.site
        super().set_field(number, value)

    def unsettled(self) -> set[int]:
        """Return the identities of the numbers that something ahead mentions."""
        state, mine = self.state, self.thread
        values = [self.frame.variables.get(number) for number in self.frame.live]
        values += [*mine.log, *self.fields.values(), *state.globals.values(), *state.cells.values()]
        values += [value for target in state.targets for value in target.cells.values()]
        for thread in state.threads:
            if thread.__class__ is Thread and thread is not mine:
                values += values_of(thread)
        for activation in mine.stack[:-1]:
            live = activation.code.ops[activation.pc].live
            values += [activation.frame.variables.get(number) for number in live]
        return {id(value.word if value.__class__ is Pointer else value) for value in values}

    # ---- globals, locks, events --------------------------------------------------------------

    def by_name(self, home: str, site: SiteKey) -> None:
        """Ask that the thread reaches the memory of the driver, which lives in *home*."""
        if not self.ask("inside", home):
            self._violates({CheckKind.MAPPED}, site, f"by name: not inside {home}")
        if self.critical and self.ask("pageable_driver", home):
            self._violates({CheckKind.PAGING}, site, "by name")

    def _violates(self, kinds: set[CheckKind], site: SiteKey, story: str) -> None:
        for kind in kinds:
            self.stage.found.setdefault((kind, site), story)
        if kinds:
            raise Ended

    def read_global(self, number: int, alone: bool, home: str, site: SiteKey) -> object:
        """Return the value of a global; *alone*: nobody else can have changed it."""

        def act() -> object:
            self.by_name(home, site)
            return self.state.globals[number]

        return self.noted(act) if alone else self.shared(act)

    def write_global(
        self, number: int, value: object, alone: bool, home: str, site: SiteKey
    ) -> None:
        """Give a global its value."""

        def act() -> None:
            self.by_name(home, site)
            self.state.globals[number] = value
            self.changed_hands()

        (self.noted if alone else self.shared)(act)

    def acquire(self, lock: int, recursive: bool, site: SiteKey, whole: bool) -> None:
        """Take a lock, as soon as it is free."""
        self.shared(lambda: self._take(lock, recursive, site))
        if not whole:
            self._open(("lock", lock), site)

    def _take(self, lock: int, recursive: bool, site: SiteKey) -> None:
        owner, count = self.state.locks[lock]
        if owner == self.thread.number and not recursive:
            self._violates({CheckKind.PAIRED}, site, "taken twice")
        if owner not in (0, self.thread.number) or count >= MOST:
            raise Abandon
        self.state.locks[lock] = (self.thread.number, count + 1)

    def release(self, lock: int, site: SiteKey, whole: bool) -> None:
        """Give a lock back; only its owner may."""
        self.shared(lambda: self._give(lock, site))
        if not whole:
            self._close(("lock", lock), None)

    def _give(self, lock: int, site: SiteKey) -> None:
        owner, count = self.state.locks[lock]
        if owner != self.thread.number:
            self.stage.found.setdefault((CheckKind.PAIRED, site), "not its owner")
        else:
            self.state.locks[lock] = (owner, count - 1) if count > 1 else (0, 0)

    def signal(self, event: int, on: bool) -> int:
        """Signal or reset an event."""
        self.shared(lambda: self.state.events.__setitem__(event, on))
        return NORMAL

    def wait(self, event: t.Variable, timeout: bool, site: SiteKey) -> bool:
        """Wait for an event, or until the time is over; tell which."""

        def act() -> bool:
            signalled = self.state.events[event.number]
            if not signalled and not timeout:
                raise Abandon
            if not signalled or (timeout and self.choices.choose(2)):
                return False
            if not event.type.manual:
                self.state.events[event.number] = False
            return True

        holds = any(owner == self.thread.number for owner, _ in self.state.locks.values())
        if not self.is_client and not holds:
            self._ask_restored(self.thread.changed or site)
        return self.shared(act)

    def overwrite(self, pointer: Pointer, distance: int, size: int) -> None:
        """Forget what was in *size* bytes of an object."""
        if pointer.target.__class__ is int:
            super().overwrite(pointer, distance, size)
        elif self.at_hit is not None:
            self.clear(pointer.target, self.at_hit, size)
            self.changed_hands()

    def store(self, pointer: Pointer, distance: int, size: int, value: object) -> None:
        """Put *value* into *size* bytes of an object."""
        if pointer.target.__class__ is int:
            super().store(pointer, distance, size, value)
        elif self.at_hit is not None:
            self.set_cell((pointer.target, self.at_hit), size, value)
            self.changed_hands()


__all__ = ["OBSERVED", "Turn"]
