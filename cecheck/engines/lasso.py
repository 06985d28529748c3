"""Runs that come back to where they were, searched for as if that were a violation.

    Biere, Artho, Schuppan: Liveness Checking as Safety Checking.  FMICS 2002.

At the head of a loop a thread may keep what its way through the loop depends on; it comes round
when all of that is once more what was kept.  What is found so is a claim: `replay` looks at the
run itself, in the program as it was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from cecheck.engines.verdict import Name
from cecheck.ir.build import all_of, and_, eq, ite, not_, or_
from cecheck.ir.expr import BOOL, FALSE, Expr, Scope, Var, variables
from cecheck.ir.loops import loop_of
from cecheck.ir.program import Check, CheckKind, Edge, Program, Thread, checks_at, outgoing
from cecheck.ir.trace import Schedule


def keeping(program: Program, names: Sequence[Name]) -> Program:
    """Return *program*, in which the checks *names* are violated where a loop comes round."""
    threads = list(program.threads)
    for name in names:
        threads[name.thread] = _keeping(threads[name.thread], name.check)
    return replace(program, threads=tuple(threads))


def as_before(program: Program, schedule: Schedule) -> Schedule:
    """Return *schedule*, of a program that keeps more, as one of *program*."""
    known = {
        actor: {var.name for var in (*thread.locals, thread.identity)}
        for actor in schedule.local
        for thread in (program.threads[actor.thread],)
    }
    local = {
        actor: {name: value for name, value in words.items() if name in known[actor]}
        for actor, words in schedule.local.items()
    }
    return replace(schedule, local=local)


def _keeping(thread: Thread, number: int) -> Thread:
    check = thread.checks[number]
    head, inside = check.location, loop_of(thread, check)
    name = f"{thread.name}.{{}} {number}"
    kept = Var(name.format("kept"), BOOL, Scope.LOCAL)
    keeps = Var(f"{thread.name}@{head}.keeps {number}", BOOL, Scope.INPUT)
    copies = {
        var: Var(name.format(f"kept {var.name}"), var.sort, Scope.LOCAL)
        for var in sorted(_decisive(thread, inside)[head], key=lambda var: var.name)
    }
    notes = [(copy, ite(keeps, var, copy)) for var, copy in copies.items()]

    def noted(edge: Edge) -> Edge:
        if edge.start == head and edge.end in inside:
            return replace(edge, updates=(*edge.updates, (kept, or_(kept, keeps)), *notes))
        if edge.end == head and edge.start not in inside:
            return replace(edge, updates=(*edge.updates, (kept, FALSE)))
        return edge

    round_ = and_(kept, all_of(eq(var, copy) for var, copy in copies.items()))
    checks = list(thread.checks)
    checks[number] = replace(check, kind=CheckKind.REACHED, violated=round_)
    return replace(
        thread,
        locals=(*thread.locals, kept, *copies.values()),
        initial=and_(thread.initial, not_(kept)),
        edges=tuple([noted(edge) for edge in thread.edges]),
        checks=tuple(checks),
    )


def _decisive(thread: Thread, inside: Collection[int]) -> Mapping[int, frozenset[Var]]:
    """Return what the way through a loop may depend on, at each location of it."""
    leaving, asked = outgoing(thread), checks_at(thread)
    edges = [edge for edge in thread.edges if edge.start in inside and edge.end in inside]
    found: dict[int, frozenset[Var]] = {}
    for here in inside:
        checks = [check for check in asked.get(here, ()) if check.kind.ends_run]
        found[here] = _state_of(_read(leaving.get(here, ()), checks))
    known = -1
    while known != (known := sum(map(len, found.values()))):
        for edge in edges:
            later = found[edge.end]
            read = _state_of(value for var, value in edge.updates if var in later)
            found[edge.start] |= read | (later - {var for var, _ in edge.updates})
    return found


def _read(edges: Sequence[Edge], checks: Sequence[Check]) -> Iterator[Expr]:
    yield from [edge.guard for edge in edges]
    yield from [check.violated for check in checks]
    for prefix in (*[edge.passes for edge in edges], *[check.prefix for check in checks]):
        if prefix is not None:
            yield from (prefix.start, prefix.limit, prefix.holds)


def _state_of(exprs: Iterator[Expr]) -> frozenset[Var]:
    found = frozenset[Var]().union(*map(variables, exprs))
    return frozenset(var for var in found if var.scope in (Scope.LOCAL, Scope.GLOBAL))
