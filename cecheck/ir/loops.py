"""Loops as the graph of a thread has them, and what a measure says of one (semantics 7.3).

A loop ends if something becomes smaller from each arrival at its head to the next.  `measured`
makes that a check like any other: the thread remembers what the measure was, and whether it has
been here in this visit of the loop.  Engines and the judge do this alike; nothing else needs to
know of measures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from cecheck.ir.build import and_, eq, not_, or_, ult
from cecheck.ir.expr import BOOL, FALSE, TRUE, Expr, Scope, Var, variables
from cecheck.ir.program import Check, CheckKind, Edge, Program, Thread
from cecheck.record import record


@record
class Measure:
    """Unsigned *words* that are said to become smaller, the first of them that changes, from one
    arrival at the head of a loop to the next.

    It is about the loop of the *check*-th check of the *thread*-th kind of thread.
    """

    thread: int
    check: int
    words: tuple[Expr, ...]


def natural_loop(edges: Sequence[Edge], start: int, head: int) -> frozenset[int]:
    """Return the locations of the loop at *head*, of a graph that begins at *start*; none if
    nothing leads back there.

    Only what is reached, but not around *head*, belongs to its loop: a client's next call does not.
    """
    forward: dict[int, list[int]] = {}
    backward: dict[int, list[int]] = {}
    for edge in edges:
        forward.setdefault(edge.start, []).append(edge.end)
        backward.setdefault(edge.end, []).append(edge.start)
    behind = _found(start, forward, None) - _found(start, forward, head)
    found = {head}
    pending = [here for here in backward.get(head, ()) if here in behind]
    if not pending:
        return frozenset()
    while pending:
        here = pending.pop()
        if here in behind and here not in found:
            found.add(here)
            pending += backward.get(here, ())
    return frozenset(found)


def _found(start: int, leads: dict[int, list[int]], wall: int | None) -> set[int]:
    """Return what can be reached from *start* without passing *wall*."""
    found = {here for here in (start,) if here != wall}
    pending = list(found)
    while pending:
        for there in leads.get(pending.pop(), ()):
            if there != wall and there not in found:
                found.add(there)
                pending.append(there)
    return found


def ghosts(program: Program, measure: Measure) -> tuple[Var, ...]:
    """Return what `measured` adds: whether the loop was here before, and what was measured."""
    name = program.threads[measure.thread].name
    before = [
        Var(f"{name}.before {measure.check}.{number}", word.sort, Scope.LOCAL)
        for number, word in enumerate(measure.words)
    ]
    return (Var(f"{name}.again {measure.check}", BOOL, Scope.LOCAL), *before)


def ill_formed(program: Program, measures: Sequence[Measure]) -> Iterator[str]:
    """Yield why *measures* cannot be such of loops of *program*.

    A word that others may change, or that is chosen anew, could become smaller for ever.
    """
    if len({(one.thread, one.check) for one in measures}) != len(measures):
        yield "two measures are about one loop"
    for one in measures:
        threads = program.threads[one.thread : one.thread + 1] if one.thread >= 0 else ()
        checks = [check for thread in threads for check in thread.checks]
        about = checks[one.check : one.check + 1] if one.check >= 0 else []
        if not about or about[0].kind is not CheckKind.BOUNDED:
            yield "a measure is about no loop"
            continue
        thread = threads[0]
        own = {*program.rigid, thread.identity, *thread.locals}
        if not loop_of(thread, about[0]):
            yield f"nothing leads back to {about[0].site}"
        if not one.words or any(word.sort == BOOL for word in one.words):
            yield f"the measure of {about[0].site} is no number"
        if any(not variables(word) <= own for word in one.words):
            yield f"the measure of {about[0].site} is not the thread's own"
        if not own.isdisjoint(ghosts(program, one)):
            yield f"{thread.name} has a variable that is called like one of a measure"


def measured(program: Program, measures: Iterable[Measure]) -> Program:
    """Return *program*, in which the checks that *measures* are about are violated where control
    comes back to the head of the loop and nothing has become smaller.

    What is added is read nowhere else, so that everything else means what it did.
    """
    threads = list(program.threads)
    for measure in measures:
        added = ghosts(program, measure)
        threads[measure.thread] = _with(threads[measure.thread], measure, added)
    return replace(program, threads=tuple(threads))


def _with(thread: Thread, measure: Measure, added: tuple[Var, ...]) -> Thread:
    again, *before = added
    check = thread.checks[measure.check]
    head = check.location
    inside = natural_loop(thread.edges, thread.start, head)
    kept = ((again, TRUE), *zip(before, measure.words, strict=True))

    def noted(edge: Edge) -> Edge:
        if edge.start == head and edge.end in inside:
            return replace(edge, updates=(*edge.updates, *kept))
        if edge.end == head and edge.start not in inside:
            return replace(edge, updates=(*edge.updates, (again, FALSE)))
        return edge

    asked = replace(check, violated=and_(again, not_(smaller(measure.words, before))))
    checks = list(thread.checks)
    checks[measure.check] = asked
    return replace(
        thread,
        locals=(*thread.locals, *added),
        initial=and_(thread.initial, not_(again)),
        edges=tuple([noted(edge) for edge in thread.edges]),
        checks=tuple(checks),
    )


def smaller(words: Sequence[Expr], before: Sequence[Expr]) -> Expr:
    """Return that *words* are less than they were *before*: the first that differs is."""
    found: Expr = FALSE
    for word, old in reversed(list(zip(words, before, strict=True))):
        found = or_(ult(word, old), and_(eq(word, old), found))
    return found


def loop_of(thread: Thread, check: Check) -> frozenset[int]:
    """Return the locations of the loop that *check* is about."""
    return natural_loop(thread.edges, thread.start, check.location)

