"""Which actions of a thread others cannot see, for they happen under a lock that all respect.

    Lipton: Reduction: A Method of Proving Properties of Parallel Programs.  CACM 18(12), 1975.

While a thread holds a lock, what is only ever touched under that lock is its own: such actions
count as local.  Taking a lock may as well happen later, giving it back earlier.  Nothing is taken
on trust: a word is a lock only if every edge of the program treats it as one.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import TypeAlias

from cecheck.ir.assume import conjuncts
from cecheck.ir.build import const, eq, ne, or_, rebuilt, substitute
from cecheck.ir.expr import FALSE, Expr, Ite, Scope, Var, variables
from cecheck.ir.node import fold
from cecheck.ir.program import (
    Action,
    Check,
    Edge,
    Prefix,
    Program,
    Thread,
    checks_at,
    outgoing,
)
from cecheck.record import record


class Mover(Enum):
    """How what happens at a location may be moved past the actions of other threads."""

    LOCAL = "local"  # nobody else sees it
    TAKES = "takes a lock"  # as well later
    GIVES = "gives a lock back"  # as well earlier
    SEEN = "seen"  # neither


Movers: TypeAlias = Mapping[int, Mover]  # by location


@record
class _Lock:
    """The word that holds the owner, and all that changes when it is taken."""

    owner: Var
    words: frozenset[Var]

    def is_taken(self, edge: Edge, thread: Thread) -> bool:
        """Tell whether *edge* makes its thread the owner of a lock that nobody else has."""
        free = eq(self.owner, const(0, self.owner.sort))
        mine = eq(self.owner, thread.identity)
        says = conjuncts(edge.guard)
        allowed = (free, mine, or_(free, mine), or_(mine, free))
        return dict(edge.updates).get(self.owner) is thread.identity and any(
            part in says for part in allowed
        )

    def is_given(self, edge: Edge, thread: Thread) -> bool:
        """Tell whether *edge* changes the lock, only if its thread is the owner, and hands it to
        nobody else."""
        changes = [(var, value) for var, value in edge.updates if var in self.words]
        owner = dict(changes).get(self.owner, self.owner)
        possible = {const(0, self.owner.sort), self.owner, thread.identity}
        return (
            bool(changes)
            and all(var is self._to_others(value, thread) for var, value in changes)
            and possible.issuperset(_chosen_from(owner))
        )

    def means_nothing(self, expr: Expr, thread: Thread) -> bool:
        """Tell whether *expr* is the same whichever other thread has the lock, or none."""
        return variables(self._to_others(expr, thread)).isdisjoint(self.words)

    def _to_others(self, expr: Expr, thread: Thread) -> Expr:
        """Return what *expr* is while its thread is not the owner."""
        mine = eq(self.owner, thread.identity)

        def visit(node: Expr, children: tuple[Expr, ...]) -> Expr:
            if node is mine:
                return FALSE
            return node if children == node.children else rebuilt(node, children)

        return fold(expr, visit)


def _chosen_from(expr: Expr) -> Iterator[Expr]:
    """Yield what *expr* may be, as far as it chooses."""
    if isinstance(expr, Ite):
        yield from _chosen_from(expr.then)
        yield from _chosen_from(expr.otherwise)
    else:
        yield expr


def movers(program: Program) -> tuple[Movers, ...]:
    """Return how each location of each kind of thread moves: of one that is alone, anyhow."""
    graphs = [_Graph(thread) for thread in program.threads]
    if [thread.count for thread in program.threads] == [1]:
        return (dict.fromkeys(graphs[0].locations, Mover.LOCAL),)
    locks = [lock for owner in program.locks if (lock := _lock(graphs, owner)) is not None]
    held = {lock: [graph.held(lock) for graph in graphs] for lock in locks}
    kept = _protected(graphs, held)
    return tuple(
        [
            {here: _mover(graph, here, locks, kept) for here in graph.locations}
            for graph in graphs
        ]
    )


class _Graph:
    """A thread by location, and what is touched at each."""

    def __init__(self, thread: Thread) -> None:
        self.thread = thread
        self.edges = outgoing(thread)
        self.checks = checks_at(thread)
        places = [place for edge in thread.edges for place in (edge.start, edge.end)]
        self.locations = tuple(dict.fromkeys((thread.start, *places, *self.checks)))
        self.touched = {here: frozenset(self._shared(here)) for here in self.locations}

    def _shared(self, here: int) -> Iterator[Var]:
        for expr in self.mentions(here):
            yield from [var for var in variables(expr) if var.scope is Scope.GLOBAL]

    def mentions(self, here: int) -> Iterator[Expr]:
        """Yield all that is read, or written, or asked at a location."""
        for edge in self.edges.get(here, ()):
            yield from _parts(edge)
        for check in self.checks.get(here, ()):
            yield from _asked(check)

    def held(self, lock: _Lock) -> frozenset[int]:
        """Return the locations where the thread surely is the owner of *lock*."""
        maybe_not = {self.thread.start}
        waiting = [self.thread.start]
        takes = [edge for edge in self.thread.edges if lock.is_taken(edge, self.thread)]
        waiting += [edge.end for edge in self.thread.edges if lock.is_given(edge, self.thread)]
        maybe_not.update(waiting)
        while waiting:
            for edge in self.edges.get(waiting.pop(), ()):
                if edge not in takes and edge.end not in maybe_not:
                    maybe_not.add(edge.end)
                    waiting.append(edge.end)
        return frozenset(self.locations) - maybe_not


def _parts(edge: Edge, but: Container[Var] = ()) -> Iterator[Expr]:
    """Yield what *edge* reads and writes, leaving out what it does to some variables."""
    yield edge.guard
    for var, value in edge.updates:
        if var not in but:
            yield from (var, value)
    yield from _bytes(edge.passes)
    for recall in edge.recalls:
        yield from [e for e in (recall.holds, recall.place, recall.value) if e is not None]


def _asked(check: Check) -> Iterator[Expr]:
    yield check.violated
    yield from _bytes(check.prefix)


def _bytes(prefix: Prefix | None) -> Iterable[Expr]:
    return () if prefix is None else (prefix.start, prefix.limit, prefix.holds)


# ---- what is a lock --------------------------------------------------------------------------


def _lock(graphs: Iterable[_Graph], owner: Var) -> _Lock | None:
    """Return the lock that *owner* is, if all treat it as one."""
    taking = _Lock(owner, frozenset((owner,)))
    words = {owner}
    for graph in graphs:
        for edge in graph.thread.edges:
            if taking.is_taken(edge, graph.thread):
                words.update(var for var, _ in edge.updates if var.scope is Scope.GLOBAL)
    lock = _Lock(owner, frozenset(words))
    return lock if all(_respects(graph, lock) for graph in graphs) else None


def _respects(graph: _Graph, lock: _Lock) -> bool:
    """Tell whether a thread takes *lock* only where it may, gives back only its own, and looks at
    it for nothing else."""
    thread = graph.thread
    if thread.identity.sort != lock.owner.sort or not _is_somebody(thread):
        return False
    for here in graph.locations:
        if graph.touched[here].isdisjoint(lock.words):
            continue
        for edge in graph.edges.get(here, ()):
            if not lock.is_taken(edge, thread) and not _ignores(edge, lock, thread):
                return False
        for check in graph.checks.get(here, ()):
            if not all(lock.means_nothing(expr, thread) for expr in _asked(check)):
                return False
    return True


def _is_somebody(thread: Thread) -> bool:
    """Tell whether the identity of *thread* is surely not that of nobody, zero."""
    nobody = const(0, thread.identity.sort)
    known = conjuncts(thread.initial)
    return ne(thread.identity, nobody) in known or any(
        substitute(part, {thread.identity: nobody}) is FALSE for part in known
    )


def _ignores(edge: Edge, lock: _Lock, thread: Thread) -> bool:
    """Tell whether *edge* neither sees nor changes *lock* while another thread is the owner."""
    changes = any(var in lock.words for var, _ in edge.updates)
    if changes and not lock.is_given(edge, thread):
        return False
    return all(lock.means_nothing(part, thread) for part in _parts(edge, lock.words))


# ---- what it protects ------------------------------------------------------------------------


def _protected(
    graphs: Sequence[_Graph], held: Mapping[_Lock, Sequence[frozenset[int]]]
) -> frozenset[Var]:
    """Return what is touched nowhere but under one and the same lock."""
    touching: dict[Var, list[tuple[int, int]]] = {}
    for number, graph in enumerate(graphs):
        for here, touched in graph.touched.items():
            for var in touched:
                touching.setdefault(var, []).append((number, here))
    words = frozenset(word for lock in held for word in lock.words)
    return frozenset(
        var
        for var, places in touching.items()
        if var not in words
        and any(all(here in own[number] for number, here in places) for own in held.values())
    )


def _mover(graph: _Graph, here: int, locks: Sequence[_Lock], kept: frozenset[Var]) -> Mover:
    edges = graph.edges.get(here, ())
    used = [lock for lock in locks if not graph.touched[here].isdisjoint(lock.words)]
    known = kept.union(*(lock.words for lock in used))
    if len(used) > 1 or not graph.touched[here] <= known or any(_is_access(e) for e in edges):
        return Mover.SEEN
    for lock in used:
        if all(lock.is_taken(edge, graph.thread) for edge in edges):
            return Mover.TAKES
        given = all(lock.is_given(edge, graph.thread) for edge in edges)
        return Mover.GIVES if given else Mover.SEEN
    return Mover.SEEN if any(edge.action is Action.BLOCKING for edge in edges) else Mover.LOCAL


def _is_access(edge: Edge) -> bool:
    """Tell whether *edge* is seen although it mentions nothing that is shared."""
    if edge.action in (Action.LOCAL, Action.BLOCKING):
        return False
    shared = any(var.scope is Scope.GLOBAL for part in _parts(edge) for var in variables(part))
    return edge.action is Action.ACCESS or not shared
