"""Steps that nobody promises an order of: words that a copy moves where threads look on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cecheck.ir.build import and_, not_, or_
from cecheck.ir.expr import BOOL, FALSE, TRUE, Expr
from cecheck.ir.program import Action
from cecheck.lower.body import Body
from cecheck.lower.graph import Location, Updates
from cecheck.record import record
from cecheck.source import Span

# Adds the edges of a step between two locations, under a guard; its last edge makes updates, too.
Step = Callable[[tuple[Location, Location], Expr, Updates], None]


@record
class Course:
    """What is the same for all steps: the statement at *span*, which is not told, and what it
    *asks* at a location, where a condition tells that steps are still to be taken."""

    span: Span
    asks: Callable[[Location, Expr], None]


def one_by_one(
    body: Body, ends: tuple[Location, Location], guard: Expr, steps: Sequence[Step], course: Course
) -> None:
    """Take all of *steps*, where *guard*, in the order that they have."""
    here, after = ends
    for number, step in enumerate(steps, start=1):
        end = after if number == len(steps) else body.graph.location()
        if number > 1:
            course.asks(here, TRUE)
        step((here, end), guard, ())
        here, guard = end, TRUE


def in_any_order(
    body: Body, ends: tuple[Location, Location], guard: Expr, steps: Sequence[Step], course: Course
) -> None:
    """Take each of *steps* once, where *guard*, in any order."""
    if len(steps) <= 1:
        one_by_one(body, ends, guard, steps, course)
        return
    graph, head = body.graph, body.graph.location()
    done = [graph.local(f"moved {number}", BOOL) for number in range(len(steps))]
    begun = tuple((flag, FALSE) for flag in done)
    graph.edge(ends[0], head, guard, begun, action=Action.SHARED, span=course.span)
    course.asks(head, not_(and_(*done)))
    waits: Expr = TRUE
    for number, (flag, step) in enumerate(zip(done, steps, strict=True), start=1):
        is_next = and_(not_(flag), or_(graph.input(BOOL, head), and_(*done[number:])))
        step((head, head), and_(waits, is_next), ((flag, TRUE),))
        waits = and_(waits, not_(is_next))
    graph.edge(head, ends[1], and_(*done), span=course.span)
