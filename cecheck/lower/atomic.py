"""``atomic``: many steps as one, by running the steps in between over expressions.

What stands in the block is lowered as everywhere; then the edges inside become one edge for each
way out, and what is asked inside is asked at the beginning, about the values that there will be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from cecheck.ir.build import and_, ite, not_, or_, substitute
from cecheck.ir.expr import FALSE, TRUE, Expr, Var
from cecheck.ir.program import Action, Check, CheckKind, Edge, Event
from cecheck.lower.body import Body
from cecheck.lower.graph import Location, Updates
from cecheck.record import record
from cecheck.sema import typed

_LONGEST = 60


@record
class _Arrival:
    """When a location is reached from the beginning, and what the variables then are; when it is
    by a *strange* way, which no run of a replay takes (`Edge.unfollowed`)."""

    when: Expr
    values: dict[Var, Expr]
    strange: Expr = FALSE

    def of(self, expr: Expr) -> Expr:
        """Return what *expr* is here, in terms of the beginning."""
        return substitute(expr, self.values)

    def along(self, edge: Edge) -> _Arrival:
        """Return the arrival at the end of *edge*."""
        new = {var: self.of(value) for var, value in edge.updates}
        guard = self.of(edge.guard)
        strange = self.when if edge.unfollowed else self.strange
        return _Arrival(and_(self.when, guard), {**self.values, **new}, and_(strange, guard))


def atomic(body: Body, statement: typed.Atomic, here: Location) -> Location:
    """Lower the block, then make one action of it."""
    graph = body.graph
    first_edge, first_check, first_flow = len(graph.edges), len(graph.checks), len(graph.flows)
    after = body.run(body, statement.body, here)
    edges, checks = graph.edges[first_edge:], graph.checks[first_check:]
    if not edges:
        return after
    arrivals, reached = _arrivals(edges, checks, here)
    del graph.edges[first_edge:], graph.checks[first_check:]
    inside = {edge.start for edge in edges}
    shared = any(edge.action is not Action.LOCAL for edge in edges)
    text = " ".join(statement.span.text.split())
    text = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
    for end, arrival in arrivals.items():
        if end not in inside:
            kind = "assign" if end == after else "fault"
            usual = and_(arrival.when, not_(arrival.strange))
            for guard, unfollowed in ((usual, False), (arrival.strange, True)):
                graph.edge(
                    here, end, guard, _changes(arrival),
                    action=Action.SHARED if shared else Action.LOCAL,
                    span=statement.span, event=Event(kind, text), unfollowed=unfollowed,
                )  # fmt: skip
    graph.checks += [one for check in checks for one in reached.get(id(check), (check,))]
    graph.flows[first_flow:] = [
        (here, var, arrivals[inner].of(value))
        for inner, var, value in graph.flows[first_flow:]
        if inner in arrivals
    ]
    return after


def _changes(arrival: _Arrival) -> Updates:
    return tuple((var, value) for var, value in arrival.values.items() if value is not var)


def _arrivals(
    edges: Sequence[Edge], checks: Sequence[Check], start: Location
) -> tuple[dict[Location, _Arrival], dict[int, tuple[Check, ...]]]:
    """Return the arrivals at all locations, and the checks as they are asked at *start*.

    A violation ends the run: nothing behind it is asked or done.
    """
    coming: dict[Location, list[_Arrival]] = {start: [_Arrival(TRUE, {})]}
    found: dict[Location, _Arrival] = {}
    asked: dict[int, tuple[Check, ...]] = {}
    for location in _in_order(edges, start):
        arrival = found[location] = _merged(coming.pop(location))
        wrong: list[Expr] = []
        for check in (check for check in checks if check.location == location):
            asked[id(check)] = _moved(check, arrival, start)
            wrong += [arrival.of(check.violated)] if check.kind.ends_run else []
        fine = not_(or_(*wrong))
        goes_on = _Arrival(
            and_(arrival.when, fine), arrival.values, and_(arrival.strange, fine)
        )  # fmt: skip
        for edge in (edge for edge in edges if edge.start == location):
            assert edge.passes is None
            assert not edge.recalls
            assert edge.action is not Action.BLOCKING
            coming.setdefault(edge.end, []).append(goes_on.along(edge))
    return found, asked


def _in_order(edges: Sequence[Edge], start: Location) -> list[Location]:
    """Return the locations from *start* on, each behind all that lead to it: there is no loop."""
    leaving: dict[Location, list[Location]] = {}
    for edge in edges:
        leaving.setdefault(edge.start, []).append(edge.end)
    done: dict[Location, None] = {}
    stack = [(start, iter(leaving.get(start, ())))]
    seen = {start}
    while stack:
        location, rest = stack[-1]
        following = next((end for end in rest if end not in seen), None)
        if following is None:
            done[location] = None
            stack.pop()
        else:
            seen.add(following)
            stack.append((following, iter(leaving.get(following, ()))))
    return list(done)[::-1]


def _merged(arrivals: Sequence[_Arrival]) -> _Arrival:
    """Return several ways to one location as one; they exclude each other."""
    return reduce(_either, arrivals)


def _either(first: _Arrival, second: _Arrival) -> _Arrival:
    if first.when is FALSE or second.when is FALSE:
        return second if first.when is FALSE else first
    values = {
        var: ite(first.when, first.values.get(var, var), second.values.get(var, var))
        for var in {**first.values, **second.values}
    }
    return _Arrival(or_(first.when, second.when), values, or_(first.strange, second.strange))


def _moved(check: Check, arrival: _Arrival, start: Location) -> tuple[Check, ...]:
    """Return *check* as it is asked at the *start*; what is violated by a strange way is beyond the
    model."""
    assert check.prefix is None
    usual, violated = and_(arrival.when, not_(arrival.strange)), arrival.of(check.violated)
    moved = replace(
        check,
        location=start,
        violated=and_(usual, violated),
        reached=and_(usual, arrival.of(check.reached)),
        terms=tuple((text, arrival.of(expr)) for text, expr in check.terms),
    )
    strange = and_(arrival.strange, violated)
    if strange is FALSE:
        return (moved,)
    return moved, Check(check.site, CheckKind.BOUND, start, strange)
