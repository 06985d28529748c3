"""What rests on elements of blocks that are not followed is not asked about (semantics 6).

Such an element is *unseen*: a read of it gives anything.  Each value that may be computed from one
gets a mark that says so, and a check that mentions the value is asked only where that is false.
Nothing is lost as long as some choice of followed elements sees all of them: so it is counted how
many can flow into a check (`flows`).  One into which more can flow than are followed, a sum, say,
is always asked, whatever it finds.

Only values flow, no conditions: a run that takes the same way for the same reasons is among the
runs in which what is unseen holds anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cecheck.ir.build import all_of, and_, ite, not_, or_
from cecheck.ir.expr import BOOL, FALSE, TRUE, Expr, Ite, Scope, Var, variables
from cecheck.ir.node import fold
from cecheck.ir.program import Check, Edge, Gate, Thread
from cecheck.lower.flows import MOST, NOTHING, Reads, State, changed, flows, sources, together

ENTRIES = 1  # of a map that are followed


def marked(thread: Thread, reads: Reads, entries: Reads, followed: int) -> tuple[Thread, int]:
    """Return *thread* with checks asked where all is seen that they rest on, and how many elements
    have to be *followed* so that none is asked for want of them.

    Of each map one entry is followed; *entries* are what is read of maps, counted by itself.
    """
    if not reads.unseen and not entries.unseen:
        return thread, followed
    marks = _Marks(thread, replace(reads, unseen=reads.unseen | entries.unseen))
    found, of_maps = flows(thread, reads), flows(thread, entries)
    counts: list[int] = []
    checks: list[Check] = []
    for check in thread.checks:
        seen: list[Expr] = []
        for asked in (check.violated, check.reached):
            counts.append(marks.elements_in(asked, found.get(check.location, {})))
            from_maps = marks.elements_in(asked, of_maps.get(check.location, {}))
            is_enough = counts[-1] <= followed and from_maps <= ENTRIES
            seen.append(marks.is_seen(asked) if is_enough else TRUE)
        violated, reached = and_(check.violated, seen[0]), and_(check.reached, seen[1])
        checks.append(replace(check, violated=violated, reached=reached))
    own = marks.of.values()
    done = replace(
        thread, locals=(*thread.locals, *own), checks=tuple(checks),
        edges=tuple([marks.edge(edge) for edge in thread.edges]),
        initial=and_(thread.initial, all_of(not_(mark) for mark in own)),
        gates=(*thread.gates, *marks.gates()),
    )  # fmt: skip
    return done, max([followed, *(count for count in counts if count <= MOST)])


class _Marks:
    """The variables that tell whether a value rests on an unseen element, by its first word.

    A builder, private to this module.
    """

    def __init__(self, thread: Thread, reads: Reads) -> None:
        self._reads = reads
        self._words: dict[Var, list[Var]] = {}
        for var in thread.locals:
            self._words.setdefault(reads.value_of(var), []).append(var)
        self.of = {
            value: Var(f"{value.name} unseen", BOOL, Scope.LOCAL)
            for value in _resting(thread, reads)
        }

    def elements_in(self, expr: Expr, state: State) -> int:
        """Return how many elements can have flowed into the marked values that *expr* mentions."""
        return together(state.get(value, NOTHING) for value in self._marked(expr)).number

    def is_seen(self, expr: Expr) -> Expr:
        """Return that none of the values that *expr* mentions rests on an unseen element."""
        return not_(or_(*(self.of[value] for value in self._marked(expr))))

    def gates(self) -> list[Gate]:
        """Return that what is said of a value may be true only where it is seen."""
        return [Gate(frozenset(self._words[value]), not_(mark)) for value, mark in self.of.items()]

    def edge(self, edge: Edge) -> Edge:
        """Return *edge* with the marks of what it changes."""
        updates = list(edge.updates)
        for value, words in changed(edge, self._reads).items():
            mark = self.of.get(value)
            if mark is None:
                continue
            new = self._new(mark, words, len(words) == len(self._words[value]))
            if new is not mark:
                updates.append((mark, new))
        return replace(edge, updates=tuple(updates))

    def _new(self, mark: Var, words: Sequence[Expr], is_whole: bool) -> Expr:
        return or_(FALSE if is_whole else mark, *(self._rests(word) for word in words))

    def _marked(self, expr: Expr) -> list[Var]:
        mentioned = sorted(variables(expr), key=lambda var: var.name)
        local = (self._reads.value_of(var) for var in mentioned if var.scope is Scope.LOCAL)
        return [value for value in dict.fromkeys(local) if value in self.of]

    def _rests(self, expr: Expr) -> Expr:
        """Return where the value of *expr* rests on an unseen element."""

        def visit(node: Expr, below: tuple[Expr, ...]) -> Expr:
            match node:
                case Var(scope=Scope.LOCAL):
                    return self.of.get(self._reads.value_of(node), FALSE)
                case Var():
                    return TRUE if node in self._reads.unseen else FALSE
                case Ite():
                    return ite(node.condition, below[1], below[2])
                case _:
                    return or_(*below)

        table: dict[Expr, Expr] = {}
        return fold(expr, visit, table)


def _resting(thread: Thread, reads: Reads) -> list[Var]:
    """Return the values that an unseen element may flow into."""
    given = [
        (value, frozenset[Var]().union(*(sources(word) for word in words)))
        for edge in thread.edges for value, words in changed(edge, reads).items()
    ]  # fmt: skip
    found: dict[Var, None] = {}
    grows = True
    while grows:
        grows = False
        for value, words in given:
            rests = any(var in reads.unseen or reads.value_of(var) in found for var in words)
            if rests and value not in found:
                found[value], grows = None, True
    return list(found)
