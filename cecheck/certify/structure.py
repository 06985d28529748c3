"""What must be true of a program and a certificate before any question makes sense.

Nothing here trusts a mark: which actions are shared is read off the expressions, and that blocks
are blocks off the graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cecheck.certify.walk import as_other, inner_order
from cecheck.ir.certificate import Certificate
from cecheck.ir.expr import BOOL, Expr, Scope, Var, variables
from cecheck.ir.movers import Mover, Movers, movers
from cecheck.ir.program import (
    Action,
    Edge,
    Program,
    Thread,
    checks_at,
    outgoing,
)
from cecheck.ir.serial import fingerprint

LEVEL = 1
_FREE = (Scope.INPUT, Scope.DEMONIC)


def structural_flaws(program: Program, certificate: Certificate) -> Iterator[str]:
    """Yield why *certificate* cannot be one for *program*, or *program* not be checked."""
    if certificate.level != LEVEL or certificate.view is not program.view:
        yield "the certificate is of another level or view"
    if certificate.program != fingerprint(program):
        yield "the certificate is for another program"
    shape = [len(cuts) for cuts in certificate.cuts]
    if shape != [len(parts) for parts in certificate.formulas] or len(shape) != len(
        program.threads
    ):
        yield "there is not one formula for each cut of each kind of thread"
        return
    moves = movers(program)
    rigid, shared = frozenset(program.rigid), frozenset(program.globals)
    yield from _ill_scoped("facts", [program.facts], rigid)
    yield from _ill_scoped("initial", [program.initial], rigid | shared)
    yield from _ill_declared(program)
    for index, thread in enumerate(program.threads):
        state = rigid | shared | {thread.identity, *thread.locals}
        kept = [*certificate.formulas[index], thread.initial]
        yield from _ill_scoped(f"a formula of {thread.name}", kept, state)
        for edge in thread.edges:
            yield from _edge_flaws(edge, thread, state)
        asked = [check.violated for check in thread.checks]
        yield from _ill_scoped(f"a check of {thread.name}", asked, state, _FREE)
        yield from _block_flaws(thread, certificate.cuts[index], moves[index])


def _ill_declared(program: Program) -> Iterator[str]:
    locals_ = [var for thread in program.threads for var in (*thread.locals, thread.identity)]
    groups = ((program.rigid, Scope.RIGID), (program.globals, Scope.GLOBAL), (locals_, Scope.LOCAL))
    for group, scope in groups:
        for var in group:
            if var.scope is not scope or as_other(var) in locals_:
                yield f"`{var.name}` is not declared as it should be"
    for group, _ in groups[:2]:  # a local may be another thread's, too, where that is named alike
        if len(set(group)) < len(group):
            yield "a variable is declared twice"


def _ill_scoped(
    what: str,
    exprs: Iterable[Expr],
    allowed: frozenset[Var],
    free: tuple[Scope, ...] = (),
) -> Iterator[str]:
    for expr in exprs:
        for var in variables(expr) - allowed:
            if var.scope not in free:
                yield f"{what} mentions `{var.name}`"
        if expr.sort != BOOL:
            yield f"{what} is no statement"


def _touched(edge: Edge) -> frozenset[Var]:
    """Return what *edge* reads and writes."""
    parts = [edge.guard, *(part for update in edge.updates for part in update)]
    return frozenset[Var]().union(*(variables(part) for part in parts))


def _edge_flaws(edge: Edge, thread: Thread, state: frozenset[Var]) -> Iterator[str]:
    where = f"edge {edge.start}-{edge.end} of {thread.name}"
    touched = _touched(edge)
    for var in touched - state:
        if var.scope not in _FREE:
            yield f"{where} mentions `{var.name}`"
    targets = [var for var, _ in edge.updates]
    may_write = all(var in state and var.scope is not Scope.RIGID for var in targets)
    if not may_write or thread.identity in targets or len(set(targets)) != len(targets):
        yield f"{where} writes what it must not, or one variable twice"
    if edge.action is Action.LOCAL and any(var.scope is Scope.GLOBAL for var in touched):
        yield f"{where} is marked local but touches shared state"


def _block_flaws(thread: Thread, cuts: tuple[int, ...], moves: Movers) -> Iterator[str]:
    """Yield where the graph between *cuts* is not made of blocks (semantics 5)."""
    if thread.start not in cuts or len(set(cuts)) != len(cuts):
        yield f"the start of {thread.name} is no cut, or one cut is named twice"
    order = inner_order(thread, frozenset(cuts))
    everywhere = {here for edge in thread.edges for here in (edge.start, edge.end)}
    if set(order) != everywhere - set(cuts):
        yield f"a cycle of {thread.name} passes no cut"
        return
    leaving, asked = outgoing(thread), checks_at(thread)
    acts: dict[int, bool] = {}  # does an action that others see come, here or later?
    for here in (*reversed(order), *cuts):
        edges = leaving.get(here, ())
        how = moves.get(here)  # None where no edge is, nor a check
        later = any(acts[edge.end] for edge in edges if edge.end not in cuts)
        if later and how in (Mover.SEEN, Mover.GIVES):
            yield f"two shared actions of {thread.name} in one block from {here}"
        acts[here] = later or how is Mover.SEEN
        waits = how is Mover.TAKES or any(edge.action is Action.BLOCKING for edge in edges)
        if here not in cuts and waits:
            yield f"{thread.name} may have to wait at {here}, which is no cut"
    for here in exposed(thread, frozenset(cuts), moves):
        if any(check.kind.ends_run for check in asked.get(here, ())):
            yield f"{thread.name} may end the run at {here}, after others saw what its block wrote"


def exposed(thread: Thread, cuts: frozenset[int], moves: Movers) -> tuple[int, ...]:
    """Return the locations inside blocks before which others may have seen what the block wrote.

    A block must not end there, or nobody would ask what its writes mean to the others.
    """
    leaving = outgoing(thread)
    found: set[int] = set()
    for here in (*cuts, *inner_order(thread, cuts)):
        acts = moves.get(here) in (Mover.SEEN, Mover.GIVES)
        for edge in leaving.get(here, ()):
            writes = any(var.scope is Scope.GLOBAL for var, _ in edge.updates)
            if edge.end not in cuts and (here in found or (acts and writes)):
                found.add(edge.end)
    return tuple(sorted(found))
