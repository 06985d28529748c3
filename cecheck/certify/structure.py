"""What must be true of a program and a certificate before any question makes sense.

Nothing here trusts a mark: which actions are shared is read off the expressions, and that blocks
are blocks off the graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cecheck.certify.walk import as_other, inner_order
from cecheck.ir.certificate import Certificate
from cecheck.ir.expr import BOOL, Expr, Scope, Var, variables
from cecheck.ir.program import (
    Action,
    Check,
    CheckKind,
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
        yield from _block_flaws(thread, certificate.cuts[index])


def _ill_declared(program: Program) -> Iterator[str]:
    locals_ = [var for thread in program.threads for var in (*thread.locals, thread.identity)]
    groups = ((program.rigid, Scope.RIGID), (program.globals, Scope.GLOBAL), (locals_, Scope.LOCAL))
    for group, scope in groups:
        for var in group:
            if var.scope is not scope or as_other(var) in locals_:
                yield f"`{var.name}` is not declared as it should be"


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


def _block_flaws(thread: Thread, cuts: tuple[int, ...]) -> Iterator[str]:
    """Yield where the graph between *cuts* is not made of blocks (semantics 5)."""
    if thread.start not in cuts or len(set(cuts)) != len(cuts):
        yield f"the start of {thread.name} is no cut, or one cut is named twice"
    order = inner_order(thread, frozenset(cuts))
    everywhere = {here for edge in thread.edges for here in (edge.start, edge.end)}
    if set(order) != everywhere - set(cuts):
        yield f"a cycle of {thread.name} passes no cut"
        return
    leaving, asked = outgoing(thread), checks_at(thread)
    actions: dict[int, int] = {}
    for here in (*reversed(order), *cuts):
        edges = leaving.get(here, ())
        behind = max((actions[edge.end] for edge in edges if edge.end not in cuts), default=0)
        actions[here] = _is_shared(edges, asked.get(here, ())) + behind
        if actions[here] > 1:
            yield f"two shared actions of {thread.name} in one block from {here}"
        if here not in cuts and any(edge.action is Action.BLOCKING for edge in edges):
            yield f"{thread.name} may have to wait at {here}, which is no cut"


def _is_shared(edges: tuple[Edge, ...], asked: tuple[Check, ...]) -> bool:
    # What covers a place is never claimed and ends no run, so nobody relies on its value.
    read = [variables(check.violated) for check in asked if check.kind is not CheckKind.COVER]
    touched = [*(_touched(edge) for edge in edges), *read]
    is_read = any(var.scope is Scope.GLOBAL for part in touched for var in part)
    return is_read or any(edge.action is not Action.LOCAL for edge in edges)
