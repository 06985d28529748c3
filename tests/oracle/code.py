"""Bodies as rows of operations, so that a thread can stop between any two and go on later.

An operation is one statement without statements inside, or a test.  What a thread does in it that
others may notice is an action of its own: a statement with several is left in the middle, and
later run again from its beginning, with what has happened read from the thread's log (`turn`).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from cecheck.sema import typed as t
from cecheck.sema.types import EventType, LockType
from oracle.choice import Unsupported
from oracle.live import mentions, nodes
from oracle.stage import Raised, SiteKey, Value
from oracle.statements import NORMAL, Live

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oracle.threaded import Threaded
    from oracle.turn import Turn

STAY = -1  # the thread is where it belongs already
RESULT = -1  # the variable that holds what a body returns while final parts run
Work = Callable[["Turn"], "int | None"]  # the number of the next operation, None for the next one


class Kind(Enum):
    """What an exception meets on its way out of a region."""

    EXCEPT = "except"
    FINALLY = "finally"
    LOCK = "lock"


@dataclass
class Label:
    """A place that is jumped to."""

    pc: int = -1


@dataclass(frozen=True)
class Region:
    """What stands around an operation: an exception goes to *target*, or leaves a *lock* open."""

    kind: Kind
    target: Label | None = None
    lock: int = 0
    site: SiteKey | None = None
    leave: Callable[[], None] | None = None  # adds what a jump out of it has to do


@dataclass(frozen=True)
class Op:
    """One operation.  *live* are the variables that it or something behind it mentions.

    *shared*: begins with something that others may notice; *pauses*: states are compared here.
    """

    work: Work
    live: tuple[int, ...]
    regions: tuple[Region, ...]
    site: SiteKey
    shared: bool = False
    pauses: bool = False
    label: str | None = None

    @cached_property
    def guards(self) -> int:
        """How many handlers stand around it."""
        return sum(region.kind is Kind.EXCEPT for region in self.regions)


@dataclass
class Code:
    """The operations of one body; control that comes to its end leaves it."""

    number: int
    entry: t.Entry | None  # what ``enter`` runs in there
    driver: str | None
    critical: bool = False
    call: SiteKey | None = None  # of the platform's call, if it is the body of one
    test: SiteKey | None = None  # the end of the script, if it is one
    ops: list[Op] = field(default_factory=list)


class Coder:
    """Turns one body into a `Code`."""

    def __init__(self, made: Threaded, code: Code) -> None:
        self.made, self.code = made, code
        self.regions: list[Region] = []
        self.loops: list[tuple[Label, Label, int]] = []
        self.depth = 0  # of loops

    def add(
        self, work: Work, live: Live, span: object, shared: bool = False, pauses: bool = False
    ) -> None:
        """Add an operation."""
        label = self.made.label or " ".join(span.text.split())[:40]
        op = Op(
            work, tuple(sorted(live)), tuple(self.regions), SiteKey(label, span.start),
            shared, pauses, self.made.label,
        )  # fmt: skip
        self.code.ops.append(op)

    def mark(self, label: Label) -> None:
        """Say that *label* is here."""
        label.pc = len(self.code.ops)

    @contextmanager
    def within(self, region: Region) -> Iterator[None]:
        """Add operations inside of *region*."""
        self.regions.append(region)
        yield
        self.regions.pop()

    # ---- statements --------------------------------------------------------------------------

    def body(self, block: t.Block) -> None:
        """Add a whole body."""
        self.block(block, frozenset())
        self.add(lambda turn: turn.leave(None), frozenset(), block.span)

    def block(self, block: t.Block, after: Live) -> None:
        """Add the statements of *block*; *after* are the variables mentioned behind it."""
        rest = [after]
        for statement in reversed(block.statements):
            rest.append(rest[-1] | self.mentions(statement))
        for statement, live in zip(block.statements, rest[-2::-1], strict=True):
            self.statement(statement, live)

    def mentions(self, tree: object) -> Live:
        """Return the locals that *tree* mentions."""
        return mentions(tree, self.code.entry)

    def statement(self, statement: t.Stmt, after: Live) -> None:
        """Add one statement."""
        match statement:
            case t.If():
                self._if(statement, after)
            case t.While():
                self._while(statement, after)
            case t.Try():
                self._try(statement, after)
            case t.Acquire():
                self._acquire(statement, after)
            case t.Labelled(label, body):
                outer, self.made.label = self.made.label, label
                self.block(body, after)
                self.made.label = outer
            case t.ProtocolStep():
                self.block(statement.body, after)
            case t.Return():
                self._return(statement, after)
            case t.Break() | t.Continue():
                again, done, depth = self.loops[-1]
                self._jump_out(depth)
                self._jump(again if isinstance(statement, t.Continue) else done, after, statement)
            case t.Raise():
                self.add(_raise, after, statement.span)
            case t.Atomic():
                raise Unsupported("atomic")
            case _:
                self._simple(statement, after)

    def _simple(self, statement: t.Stmt, after: Live) -> None:
        live, value = after | self.mentions(statement), getattr(statement, "value", None)
        if isinstance(value, t.EnterExpr | t.CrossExpr) and self.code.test is None:
            push = self.made.entering(value, self.code.entry)
            self.add(push, live, statement.span)
            made = self.made.taking(statement)
        else:
            made = self.made.simple(statement, after)
        self.add(_doing(made), live, statement.span, self.made.is_shared(statement))

    def _jump(self, label: Label, live: Live, node: object) -> None:
        self.add(lambda _: label.pc, live, node.span)

    def _jump_out(self, depth: int) -> None:
        """Add what is to be done on a way out of all regions beyond the first *depth*."""
        inner, self.regions = self.regions[depth:], list(self.regions)
        outer = list(self.regions)
        while inner:
            region = inner.pop()
            self.regions.pop()
            if region.leave is not None:
                region.leave()
        self.regions = outer

    def _if(self, statement: t.If, after: Live) -> None:
        otherwise, end = Label(), Label()
        self._branch(statement.condition, otherwise, after | self.mentions(statement))
        self.block(statement.then, after)
        if statement.otherwise.statements:
            self._jump(end, after, statement)
        self.mark(otherwise)
        self.block(statement.otherwise, after)
        self.mark(end)

    def _branch(self, condition: t.Expr, otherwise: Label, live: Live) -> None:
        test = self.made.truth(condition)
        shared = self.made.is_shared(condition)
        work = lambda turn: None if test(turn) else otherwise.pc  # noqa: E731
        self.add(work, live, condition.span, shared)

    def _while(self, statement: t.While, after: Live) -> None:
        inner = after | self.mentions(statement)
        head, again, done = Label(), Label(), Label()
        outermost = self.depth == 0
        self.mark(head)
        self.add(lambda turn: turn.arrive(outermost), inner, statement.span, pauses=True)
        self._branch(statement.condition, done, inner)
        self.loops.append((again, done, len(self.regions)))
        self.depth += 1
        self.block(statement.body, inner)
        self.depth -= 1
        self.loops.pop()
        self.mark(again)
        self.block(statement.after, inner)
        self._jump(head, inner, statement)
        self.mark(done)

    def _try(self, statement: t.Try, after: Live) -> None:
        handler, final, end = Label(), Label(), Label()
        beyond = after if statement.final is None else after | self.mentions(statement.final)
        if statement.final is not None:
            leave = lambda: self.block(statement.final, beyond)  # noqa: E731
            self.regions.append(Region(Kind.FINALLY, final, leave=leave))
        if statement.handler is None:
            self.block(statement.body, beyond)
        else:
            within = beyond | self.mentions(statement.handler)
            with self.within(Region(Kind.EXCEPT, handler)):
                self.block(statement.body, within)
            past = Label()
            self._jump(past, beyond, statement)
            self.mark(handler)
            self.block(statement.handler, beyond)
            self.mark(past)
        if statement.final is not None:
            self.regions.pop()
            self.block(statement.final, after)
            self._jump(end, after, statement)
            self.mark(final)
            self.block(statement.final, after)
            self.add(_raise, after, statement.span)
        self.mark(end)

    def _acquire(self, statement: t.Acquire, after: Live) -> None:
        lock, site = self.made.lock(statement.lock), self._site(statement.lock)
        whole = statement.body is not None
        recursive = lock.type.recursive
        take = lambda turn: turn.acquire(lock.number, recursive, site, whole)  # noqa: E731
        give = lambda turn: turn.release(lock.number, site, whole)  # noqa: E731
        body = statement.body
        live = after if body is None else after | self.mentions(body)
        self.add(take, live, statement.span, shared=True)
        if body is None:
            return
        leave = lambda: self.add(give, after, statement.span, shared=True)  # noqa: E731
        with self.within(Region(Kind.LOCK, lock=lock.number, site=site, leave=leave)):
            self.block(body, after)
        leave()

    def _site(self, place: t.Place) -> SiteKey:
        return SiteKey(self.made.label or place.span.text, place.span.start)

    def _return(self, statement: t.Return, after: Live) -> None:
        value = statement.value
        kept = after | {RESULT} if self.regions else frozenset({RESULT})
        if isinstance(value, t.EnterExpr | t.CrossExpr):
            self.add(
                self.made.entering(value, self.code.entry), after | self.mentions(value),
                statement.span,
            )  # fmt: skip
            keep = _keeping(lambda turn: turn.thread.result)
        else:
            keep = _keeping(self.made.last(value, after) if value is not None else _nothing)
        live = after | self.mentions(statement)
        self.add(keep, live, statement.span, value is not None and self.made.is_shared(value))
        start = len(self.code.ops)
        self._jump_out(0)
        for number in range(start, len(self.code.ops)):
            op = self.code.ops[number]
            live = tuple(sorted({*op.live, RESULT}))
            self.code.ops[number] = replace(op, live=live)
        leave = lambda turn: turn.leave(turn.frame.variables[RESULT])  # noqa: E731
        self.add(leave, kept, statement.span)


def _keeping(value: Value) -> Work:
    def keep(turn: Turn) -> None:
        turn.frame.variables[RESULT] = value(turn)

    return keep


def _nothing(_: Turn) -> None:
    return None


def _doing(step: Callable[[Turn], int]) -> Work:
    def work(turn: Turn) -> None:
        if step(turn) != NORMAL:
            raise AssertionError("a statement that jumps")

    return work


def _raise(_: Turn) -> int:
    raise Raised


def mentions_shared(tree: object, guarded: frozenset[int]) -> bool:
    """Tell whether *tree* has something that other threads may notice.

    Nobody can notice what happens to a variable that is *guarded* by a lock.
    """
    for node in nodes(tree):
        match node:
            case t.WaitFor() | t.Signal() | t.Release() | t.Transfer() | t.TableWrite():
                return True
            case t.VarPlace(t.Variable(storage=t.Storage.GLOBAL) as variable):
                kept = isinstance(variable.type, LockType | EventType)
                if not kept and variable.number not in guarded:
                    return True
    return False


def guarded_by_locks(driver: t.Driver) -> frozenset[int]:
    """Return the globals that every statement of *driver* reads and writes under one lock.

    Whoever holds that lock is alone with them: between two of its actions on them there is nothing
    that others could notice or change.  Locks that a statement gives back by hand do not count.
    """
    bodies = [entry.body for entry in driver.entries] + [own.body for own in driver.threads]
    by_hand = {
        node.lock.variable.number
        for body in bodies
        for node in nodes(body)
        if isinstance(node, t.Release) and isinstance(node.lock, t.VarPlace)
    }
    common: dict[int, frozenset[int]] = {}
    for body in bodies:
        for number, held in _uses(body, frozenset()):
            common[number] = common.get(number, held) & held
    return frozenset(number for number, locks in common.items() if locks - by_hand)


def _uses(tree: object, held: frozenset[int]) -> Iterator[tuple[int, frozenset[int]]]:
    """Yield each global that *tree* mentions, with the locks around it."""
    for node in nodes(tree, stop=t.Acquire):
        match node:
            case t.Acquire(lock, body) if body is not None and isinstance(lock, t.VarPlace):
                yield from _uses(body, held | {lock.variable.number})
            case t.VarPlace(t.Variable(storage=t.Storage.GLOBAL) as variable):
                yield variable.number, held
