"""Reads of maps that change, of which one arbitrary entry is followed (see `tables`).

Another entry holds what it begins with as long as nothing was put into any entry that is not
followed.  Afterwards it may hold anything: like an element of a block that is not followed it is
*unseen* then (semantics 6), and no run rests on it.
"""

from __future__ import annotations

from cecheck.ir.build import and_, eq, ne, not_
from cecheck.ir.expr import Expr, Scope, Var
from cecheck.ir.program import Action, Event
from cecheck.lower.body import Body
from cecheck.lower.graph import Location
from cecheck.lower.sums import sums
from cecheck.sema import typed
from cecheck.source import Span


def read_entry(
    body: Body, table: typed.Variable, index: Expr, into: Var, span: Span, here: Location
) -> Location:
    """Read the entry of a map at *index*, which nobody else changes; return where it goes on."""
    graph, after = body.graph, body.graph.location()
    held = body.world.tables[table.number]
    assert held.aside is not None
    event, guard = Event("assign", f"reads {span.text}"), sums(body)
    graph.indices[graph.groups.get(into, into)] = (table.number, index)
    anything, other = graph.input(into.sort, here), ne(index, held.index)
    begins = held.begins
    if not held.is_zero:  # a run takes it for zero, for which nothing but the entry speaks
        begins = Var(graph.input_name(here), into.sort, Scope.DEMONIC)
        graph.entries.add(begins)
    graph.entries.add(anything)
    ways: tuple[tuple[Expr, Expr, bool], ...] = (
        (eq(index, held.index), held.entry, False),
        (and_(other, not_(held.aside)), begins, False),
        (and_(other, held.aside), anything, True),
    )
    for when, value, is_unseen in ways:
        graph.edge(
            here, after, and_(guard, when), ((into, value),),
            action=Action.SHARED, span=span, event=event, unfollowed=is_unseen,
        )  # fmt: skip
    return after
