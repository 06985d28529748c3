"""Programs of a few edges, made by hand, for the tests of everything behind `ir`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cecheck.ir.build import add, and_, eq, not_, ule, ult, word
from cecheck.ir.expr import BOOL, TRUE, Expr, Scope, Var, bits
from cecheck.ir.program import (
    Action,
    Check,
    CheckKind,
    Edge,
    Fact,
    Program,
    Site,
    Thread,
    View,
)
from cecheck.source import Source, Span

WIDTH = 8
SPAN = Span(Source("tiny.ce", "."), 0, 1)
ME = Var("me", bits(WIDTH), Scope.LOCAL)


def variable(name: str, scope: Scope, width: int = WIDTH) -> Var:
    """Return a variable; width 0 is a boolean."""
    return Var(name, bits(width) if width else BOOL, scope)


def number(value: int) -> Expr:
    """Return *value* at the width of these programs."""
    return word(value, WIDTH)


def edge(
    start: int,
    end: int,
    guard: Expr = TRUE,
    updates: Mapping[Var, Expr] | None = None,
    action: Action = Action.LOCAL,
) -> Edge:
    """Return an edge; it is local unless said otherwise."""
    return Edge(start, end, guard, tuple((updates or {}).items()), action)


def check(
    location: int, violated: Expr, name: str = "site", kind: CheckKind = CheckKind.ASSERT
) -> Check:
    """Return a check."""
    return Check(Site(name, SPAN), kind, location, violated)


def thread(
    edges: Iterable[Edge],
    checks: Iterable[Check] = (),
    variables: Iterable[Var] = (),
    *,
    count: int | None = None,
    initial: Expr = TRUE,
) -> Thread:
    """Return a kind of thread that starts at 0; any number of them unless said otherwise."""
    known = not_(eq(ME, number(0)))
    name = "client" if count is None else "driver"
    return Thread(
        name, count, ME, (ME, *variables), and_(known, initial), 0, tuple(edges), tuple(checks)
    )


def program(
    threads: Iterable[Thread],
    variables: Iterable[Var] = (),
    initial: Expr = TRUE,
    *,
    locks: tuple[Var, ...] = (),
    vocabulary: tuple[Fact, ...] = (),
) -> Program:
    """Return a program over shared *variables*."""
    return Program(
        View.HOSTILE, (), TRUE, tuple(variables), initial, tuple(threads),
        locks=locks, vocabulary=vocabulary,
    )  # fmt: skip


LOCK = variable("lock", Scope.GLOBAL)
DATA = variable("data", Scope.GLOBAL)
SIZE = variable("size", Scope.GLOBAL)
COUNT = variable("count", Scope.LOCAL)
SAVED = variable("saved", Scope.LOCAL)
CHOICE = variable("choice", Scope.INPUT)


def counter(limit: int) -> Program:
    """A loop that counts to *limit*, and a check that it never gets past ten."""
    edges = [
        edge(0, 1, ult(COUNT, number(limit)), {COUNT: add(COUNT, number(1))}),
        edge(0, 2, not_(ult(COUNT, number(limit)))),
        edge(1, 0),
    ]
    asked = [check(0, not_(ule(COUNT, number(10))))]
    start = eq(COUNT, number(0))
    return program([thread(edges, asked, [COUNT], initial=start)])


def locked(*, forgets: bool = False) -> Program:
    """Any number of threads write `data`, then read it back, under a lock or not."""
    free, mine = eq(LOCK, number(0)), eq(LOCK, ME)
    take = edge(0, 1, free, {LOCK: ME}, Action.BLOCKING)
    edges = [
        edge(0, 1, free, {}, Action.BLOCKING) if forgets else take,
        edge(1, 2, TRUE, {DATA: ME}, Action.SHARED),
        edge(2, 3, TRUE, {SAVED: DATA}, Action.SHARED),
        edge(3, 0, TRUE, {} if forgets else {LOCK: number(0)}, Action.SHARED),
    ]
    asked = [
        check(3, not_(eq(SAVED, ME)), "same"),
        check(3, and_(not_(mine), not_(eq(SAVED, ME))), "mine"),
    ]
    start = and_(eq(LOCK, number(0)), eq(DATA, number(0)))
    return program([thread(edges, asked, [SAVED])], [LOCK, DATA], start, locks=(LOCK,))


def checked_list(*, checks_each: bool = True) -> Program:
    """A traversal: each node comes from outside and is used only if it is below 100."""
    node = variable("node", Scope.LOCAL)
    small = ult(CHOICE, number(100))
    edges = [
        edge(0, 1, small, {node: CHOICE}),
        edge(0, 4, not_(small)),
        edge(1, 2),  # the loop: use the node, fetch the next
        edge(2, 3, TRUE, {node: variable("next", Scope.INPUT)}),
        edge(3, 1, ult(node, number(100)) if checks_each else TRUE),
        edge(3, 4, not_(ult(node, number(100))) if checks_each else not_(TRUE)),
    ]
    return program([thread(edges, [check(2, not_(ult(node, number(100))))], [node])])


def race() -> Program:
    """Two steps of one thread between two of another: depth four, two threads."""
    edges = [
        edge(0, 1, TRUE, {SAVED: DATA}, Action.SHARED),
        edge(1, 2, TRUE, {DATA: add(SAVED, number(1))}, Action.SHARED),
        edge(2, 3, TRUE, {SAVED: DATA}, Action.SHARED),
    ]
    asked = [check(3, and_(eq(SAVED, number(1)), not_(eq(SIZE, number(0)))))]
    marks = [edge(0, 1, eq(DATA, number(1)), {SIZE: number(1)}, Action.BLOCKING)]
    start = and_(eq(DATA, number(0)), eq(SIZE, number(0)))
    threads = [thread(edges, asked, [SAVED]), thread(marks, count=1)]
    return program(threads, [DATA, SIZE], start)


def published(*, early: bool = False) -> Program:
    """A client publishes a checked value under a lock; a driver thread uses what it finds there.

    With *early* it publishes before it has checked.
    """
    free, mine = eq(LOCK, number(0)), eq(LOCK, ME)
    bad = not_(ult(SAVED, number(50)))
    client = [
        edge(0, 1, TRUE, {SAVED: CHOICE}),
        edge(1, 2, TRUE if early else not_(bad)),
        edge(1, 0, not_(TRUE) if early else bad),
        edge(2, 3, free, {LOCK: ME}, Action.BLOCKING),
        edge(3, 4, TRUE, {DATA: SAVED}, Action.SHARED),
        edge(4, 5, TRUE, {LOCK: number(0)}, Action.SHARED),
        edge(5, 6, free, {LOCK: ME}, Action.BLOCKING),
        edge(6, 7, TRUE, {DATA: number(0)}, Action.SHARED),
        edge(7, 0, TRUE, {LOCK: number(0)}, Action.SHARED),
    ]
    driver = [
        edge(0, 1, free, {LOCK: ME}, Action.BLOCKING),
        edge(1, 2, TRUE, {SAVED: DATA}, Action.SHARED),
        edge(2, 3),
        edge(3, 0, TRUE, {LOCK: number(0)}, Action.SHARED),
    ]
    asked = [check(2, bad, "use"), check(3, not_(mine), "held")]
    start = and_(eq(LOCK, number(0)), eq(DATA, number(0)))
    threads = [
        thread(client, (), [SAVED]),
        thread(driver, asked, [SAVED], count=1),
    ]
    below = Fact("data is below 50", ult(DATA, number(50)))
    return program(threads, [LOCK, DATA], start, locks=(LOCK,), vocabulary=(below,))




def rounds(*, step: int = 1, asserts: bool = False) -> Program:
    """Calls that go round for as long as somebody chooses, ten times at most; with a *step* of
    zero for ever.  `saved` is what was chosen last, and decides nothing."""
    more = and_(eq(CHOICE, number(1)), ult(COUNT, number(10)))
    edges = [
        edge(0, 1, TRUE, {COUNT: number(0)}),
        edge(1, 2, more, {SAVED: CHOICE}),
        edge(1, 3, not_(more)),
        edge(2, 1, TRUE, {COUNT: add(COUNT, number(step))}),
        edge(3, 0),
    ]
    asked = [check(1, TRUE, "walk", CheckKind.BOUNDED)]
    if asserts:
        asked.append(check(2, eq(COUNT, number(5)), "five"))
    return program([thread(edges, asked, [COUNT, SAVED])])
