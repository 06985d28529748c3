"""How many elements of blocks can flow into each value of a thread, wherever it stands.

A value that was read counts as one element, and what is computed from several values as theirs
together.  Two reads at one index are of one element until what the index is computed from changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from cecheck.ir.expr import Expr, Ite, Scope, Var, variables
from cecheck.ir.node import fold
from cecheck.ir.program import Edge, Thread, outgoing
from cecheck.lower.constants import never_taken
from cecheck.record import record

MOST = 2  # elements of a block that are followed at most

Tag: TypeAlias = "tuple[int, Expr]"  # the mark of a block, and an index


@record
class Reads:
    """What is read: *unseen* are the inputs that stand for elements which are not followed;
    *groups* the words of each value, by its first; *elements* the values of followed elements;
    *indices* what the variables hold that take the result of a read."""

    unseen: frozenset[Var]
    groups: Mapping[Var, Var]
    elements: frozenset[Var]
    indices: Mapping[Var, Tag]

    def value_of(self, var: Var) -> Var:
        """Return the value that a local word is a part of, by its first word."""
        return self.groups.get(var, var)


@record
class Flowed:
    """What may have flowed into a value: the elements at indices that are what they were (*now*),
    and *others*, of which more than `MOST` count as one more."""

    now: frozenset[Tag] = frozenset()
    others: int = 0

    @property
    def number(self) -> int:
        """How many elements that are at most."""
        return len(self.now) + self.others


NOTHING = Flowed()
State: TypeAlias = Mapping[Var, Flowed]  # of values; of those that are not in it, nothing


def together(parts: Iterable[Flowed]) -> Flowed:
    """Return what flows into something that is made of all *parts*."""
    now: frozenset[Tag] = frozenset()
    others = 0
    for part in parts:
        now, others = now | part.now, others + part.others
    return Flowed(now, min(others, MOST + 1))


def flows(thread: Thread, reads: Reads) -> Mapping[int, State]:
    """Return what may have flowed into each value, by location."""
    never = never_taken(thread)
    taken = [edge for number, edge in enumerate(thread.edges) if number not in never]
    changes = {id(edge): changed(edge, reads) for edge in taken}
    sizes = Counter(reads.value_of(var) for var in thread.locals)
    leaving = {location: [e for e in edges if id(e) in changes]
               for location, edges in outgoing(thread).items()}  # fmt: skip
    found: dict[int, State] = {thread.start: {}}
    pending = [thread.start]
    while pending:
        location = pending.pop()
        for edge in leaving.get(location, ()):
            after = _after(found[location], edge, changes[id(edge)], reads, sizes)
            before = found.get(edge.end)
            joined = after if before is None else _either(before, after)
            if joined != before:
                found[edge.end] = joined
                pending.append(edge.end)
    return found


def changed(edge: Edge, reads: Reads) -> Mapping[Var, tuple[Expr, ...]]:
    """Return what the words become of each value that *edge* changes."""
    found: dict[Var, list[Expr]] = {}
    for var, new in edge.updates:
        if var.scope is Scope.LOCAL:
            found.setdefault(reads.value_of(var), []).append(new)
    return {value: tuple(words) for value, words in found.items()}


def sources(expr: Expr) -> frozenset[Var]:
    """Return the variables that *expr* takes its value from; a condition only chooses."""

    def visit(node: Expr, below: tuple[frozenset[Var], ...]) -> frozenset[Var]:
        if isinstance(node, Var):
            return frozenset((node,))
        parts = below[1:] if isinstance(node, Ite) else below
        return frozenset[Var]().union(*parts)

    table: dict[Expr, frozenset[Var]] = {}
    return fold(expr, visit, table)


def _after(
    state: State,
    edge: Edge,
    changes: Mapping[Var, tuple[Expr, ...]],
    reads: Reads,
    sizes: Mapping[Var, int],
) -> State:
    """Return what has flowed where after *edge*; *sizes* are how many words a value has."""
    result = dict(state)
    for value, words in changes.items():
        given = frozenset[Var]().union(*(sources(word) for word in words))
        values = {reads.value_of(var) for var in given if var.scope is Scope.LOCAL}
        if len(words) < sizes[value]:
            values.add(value)
        parts = [state.get(one, NOTHING) for one in values]
        is_read = not reads.unseen.isdisjoint(given)
        if is_read or not reads.elements.isdisjoint(values - {value}):
            tag = reads.indices.get(value)
            parts.append(Flowed(others=1) if tag is None else Flowed(frozenset((tag,))))
        result[value] = together(parts)
    moved = {var for var, new in edge.updates if new is not var}
    return {v: _aged(f, moved) for v, f in result.items() if f != NOTHING}


def _aged(flowed: Flowed, moved: set[Var]) -> Flowed:
    """Return *flowed* once the variables *moved* have changed: an index is another one then."""
    gone = [tag for tag in flowed.now if not moved.isdisjoint(variables(tag[1]))]
    if not gone:
        return flowed
    return Flowed(flowed.now.difference(gone), min(flowed.others + len(gone), MOST + 1))


def _either(left: State, right: State) -> State:
    """Return what has flowed where after one of two ways."""
    values = dict.fromkeys((*left, *right))
    return {v: _one_of(left.get(v, NOTHING), right.get(v, NOTHING)) for v in values}


def _one_of(left: Flowed, right: Flowed) -> Flowed:
    """Return what has flowed into a value that has come by one of two ways.

    That is no more than by the longer of them: which elements they were is forgotten where knowing
    all of them would count more.
    """
    known = Flowed(left.now | right.now, max(left.others, right.others))
    most, both = max(left.number, right.number), left.now & right.now
    return known if known.number <= most else Flowed(both, min(most - len(both), MOST + 1))
