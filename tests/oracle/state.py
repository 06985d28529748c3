"""The state of all threads between two actions, and its picture.

A state that waits its turn is kept as a *picture*: nested tuples that are equal if the states are.
An arbitrary number that nobody has looked at is one number wherever it has been copied to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from oracle.access import Meant
from oracle.choice import Choices
from oracle.objects import Target
from oracle.stage import Frame, SiteKey
from oracle.values import Caller, Lazy, Pointer

if TYPE_CHECKING:
    from oracle.code import Code
    from oracle.heap import Block

UNSET = "unset"
Frozen = tuple  # the picture of a thread
Transfer = tuple[int, tuple[int, ...]]  # the event that ends it, the bytes that are watched


@dataclass
class Activation:
    """A body that runs: where it is, its variables, and where the driver lives that it enters.

    *kept* is the log of the statement of a script that waits for this call to return.
    """

    code: Code
    pc: int
    frame: Frame
    callee: str
    kept: list[object] | None = None


@dataclass
class Thread:
    """One thread.  *number* tells it apart, *before* are the fields that are to be restored.

    *log* is what happened so far in the statement that has been left in the middle, *ledger* how
    often each thing is open and where it was opened, *changed* where a field was changed last.
    """

    number: int
    home: str
    fields: dict[int, object]
    stack: list[Activation] = field(default_factory=list)
    before: tuple[object, ...] | None = None
    opened: tuple[object, ...] | None = None
    ledger: dict[object, tuple[int, SiteKey]] = field(default_factory=dict)
    log: list[object] = field(default_factory=list)
    result: object = None
    changed: SiteKey | None = None
    done: bool = False


@dataclass
class State:
    """Everything: *active* is the thread that must go on before others may, None if any may.

    Threads that do not move and share no open number with others stay pictures.
    """

    threads: list[Thread | Frozen]
    globals: dict[int, object]
    locks: dict[int, tuple[int, int]]  # the owner, and how often it has taken it
    events: dict[int, bool]
    written: dict[object, object] = field(default_factory=dict)
    cells: dict[object, object] = field(default_factory=dict)
    transfers: list[Transfer] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    extents: dict[object, tuple[str, int]] = field(default_factory=dict)  # of drivers' objects
    blocks: dict[tuple, Block] = field(default_factory=dict)  # that drivers have allocated
    active: int | None = None
    over: Caller | None = None  # whose call has ended in this turn


def values_of(thread: Thread) -> Iterable[object]:
    """Yield what *thread* still needs of its variables, its fields and its log."""
    for activation in thread.stack:
        variables = activation.frame.variables
        for number in activation.code.ops[activation.pc].live:
            yield variables.get(number)
        yield from activation.kept or ()
    yield from thread.fields.values()
    yield from thread.log
    yield thread.result


# ---- pictures ------------------------------------------------------------------------------------


class Packing:
    """Makes the picture of one state."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.names: dict[int, int] = {}

    def picture(self) -> tuple[object, ...]:
        """Return the picture."""
        state, value = self.state, self._value
        threads = tuple(
            [t if t.__class__ is tuple else self._thread(t) for t in state.threads]
        )  # fmt: skip
        shared = tuple([value(v) for v in state.globals.values()])
        cells = tuple([(key, value(state.cells[key])) for key in sorted(state.cells, key=str)])
        return (
            state.active, threads, shared, tuple(state.locks.values()),
            tuple(state.events.values()), frozenset(state.written.items()), cells,
            tuple(sorted(state.transfers)), self._objects(), tuple(sorted(state.blocks.items())),
        )  # fmt: skip

    def _value(self, value: object) -> object:
        kind = value.__class__
        if kind is Lazy:
            if value.value is not None:
                return value.value
            return ("any", value.count, self.names.setdefault(id(value), len(self.names)))
        if kind is Pointer:
            return ("ptr", self._value(value.word), *value[1:])
        if kind is frozenset and any(item.__class__ is Pointer for item in value):
            return ("set", *sorted([self._value(item) for item in value], key=str))
        return value

    def _thread(self, thread: Thread) -> tuple[object, ...]:
        value, stack = self._value, []
        for activation in thread.stack:
            variables, pc = activation.frame.variables, activation.pc
            live = activation.code.ops[pc].live
            kept = tuple([value(variables.get(number, UNSET)) for number in live])
            log = activation.kept
            log = None if log is None else tuple([value(item) for item in log])
            stack.append((activation.code.number, pc, kept, activation.callee, log))
        return (
            thread.number, thread.home, tuple(stack), tuple(thread.fields.values()), thread.before,
            thread.opened, tuple(sorted(thread.ledger.items(), key=str)),
            tuple([value(item) for item in thread.log]), value(thread.result), thread.changed,
            thread.done,
        )  # fmt: skip

    def _objects(self) -> tuple[object, ...]:
        """Return what the objects hold, until the call is over that they are lent to."""
        return tuple(
            [
                (t.meant.bytes, t.element, t.written, tuple(held))
                for t in self.state.targets
                for held in [[(at, self._value(v)) for at, v in sorted(t.cells.items())]]
            ]
        )


class Unpacking:
    """Makes a state of its picture, for a run that asks *choices*."""

    def __init__(
        self, codes: list[Code], shape: State, choices: Choices, mover: int
    ) -> None:
        self.codes, self.shape, self.choices, self.mover = codes, shape, choices, mover
        self.numbers: dict[int, Lazy] = {}

    def state(self, picture: tuple[object, ...]) -> State:
        """Return the state; the order of globals, locks and events is that of the first one."""
        active, threads, shared, locks, events, written, cells, transfers, objects, *rest = picture
        shape, value = self.shape, self._value
        return State(
            [
                self.thread(item, like) if item[0] == self.mover or is_open(item) else item
                for item, like in zip(threads, shape.threads, strict=True)
            ],
            dict(zip(shape.globals, [value(v) for v in shared], strict=True)),
            dict(zip(shape.locks, locks, strict=True)),
            dict(zip(shape.events, events, strict=True)),
            dict(written), {key: value(v) for key, v in cells}, list(transfers),
            [self._object(item) for item in objects], shape.extents, dict(*rest), active,
        )  # fmt: skip

    def _value(self, value: object) -> object:
        if value.__class__ is not tuple:
            return value
        if value[0] == "any":
            known = self.numbers.get(value[2])
            if known is None:
                known = self.numbers[value[2]] = Lazy(self.choices, value[1])
            return known
        if value[0] == "ptr":
            return Pointer(self._value(value[1]), *value[2:])
        if value[0] == "set":
            return frozenset([self._value(item) for item in value[1:]])
        return value

    def thread(self, item: tuple, like: Thread) -> Thread:
        number, home, stack, fields, before, opened, ledger, log, result, changed, done = item
        value, activations = self._value, []
        for code_number, pc, kept, callee, past in stack:
            code = self.codes[code_number]
            held = zip(code.ops[pc].live, kept, strict=True)
            variables = {n: value(v) for n, v in held if v is not UNSET}
            waits = None if past is None else [value(v) for v in past]
            activations.append(Activation(code, pc, Frame(variables), callee, waits))
        return Thread(
            number, home, dict(zip(like.fields, fields, strict=True)), activations, before, opened,
            dict(ledger), [value(v) for v in log], value(result), changed, done,
        )  # fmt: skip

    def _object(self, item: tuple) -> Target:
        home, element, written, cells = item
        return Target(Meant(home), {at: self._value(v) for at, v in cells}, written, element)


# ---- the end of a call ---------------------------------------------------------------------------


def end_call(state: State, caller: Caller) -> None:
    """The call of *caller* is over: pointers that it carried in are no longer live."""

    def over(value: object) -> object:
        if value.__class__ is Pointer and value.origin == caller:
            return value._replace(origin=dead)
        if value.__class__ is frozenset:
            return frozenset([over(item) for item in value])
        return value

    dead = _dead(caller)
    state.over = caller
    for place in (state.globals, state.cells, *(target.cells for target in state.targets)):
        for key, value in place.items():
            place[key] = over(value)
    for at, thread in enumerate(state.threads):
        if thread.__class__ is tuple:
            state.threads[at] = without_call(thread, caller)
            continue
        thread.log = [over(value) for value in thread.log]
        thread.result = over(thread.result)
        for activation in thread.stack:
            variables = activation.frame.variables
            for key, value in variables.items():
                variables[key] = over(value)
            if activation.kept is not None:
                activation.kept = [over(value) for value in activation.kept]


def _dead(caller: Caller) -> Caller:
    return Caller(caller.party, -caller.thread)


def without_call(thread: Frozen, caller: Caller) -> Frozen:
    """Return the picture of a thread when the call of *caller* is over."""
    return _replaced(thread, caller, _dead(caller))


@cache
def is_open(picture: Frozen) -> bool:
    """Tell whether *picture* has a number that nobody has looked at."""
    return picture.__class__ is tuple and (
        picture[:1] == ("any",) or any(is_open(item) for item in picture)
    )


def _replaced(picture: object, old: Caller, new: Caller) -> object:
    if picture.__class__ is tuple:
        return _replaced_inside(picture, old, new)
    return new if picture == old else picture


@cache  # of tuples only: zero would come back as False, which is no number of an object
def _replaced_inside(picture: tuple, old: Caller, new: Caller) -> tuple:
    return tuple([_replaced(item, old, new) for item in picture])


__all__ = [
    "Activation", "Frame", "Packing", "State", "Thread", "Transfer", "Unpacking", "end_call",
    "is_open", "values_of", "without_call",
]  # fmt: skip
