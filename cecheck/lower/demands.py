"""What a specification demands at a place: that something holds, is assumed, or is reached."""

from __future__ import annotations

from cecheck.ir.build import and_, not_
from cecheck.ir.expr import FALSE
from cecheck.ir.program import Action, CheckKind, Event
from cecheck.lower.body import Body
from cecheck.lower.expression import value_of
from cecheck.lower.graph import Location
from cecheck.lower.values import scalar
from cecheck.sema import typed


def demand(body: Body, statement: typed.Demand, here: Location) -> Location:
    """A run in which the condition does not hold ends here."""
    value, here, guard = value_of(body, statement.condition, here)
    kind = CheckKind.INVARIANT if statement.is_invariant else CheckKind.ASSERT
    site = body.site(statement.site)
    broken = and_(guard, not_(scalar(value)))
    body.graph.check(site, kind, here, broken, guard, body.terms())
    after = body.graph.location()
    body.graph.edge(here, after, and_(guard, scalar(value)), span=statement.span)
    return after


def cover(body: Body, statement: typed.Cover, here: Location) -> Location:
    """A check that nothing violates: all there is to say is whether a run gets here."""
    body.graph.check(body.site(statement.site), CheckKind.COVER, here, FALSE)
    after = body.graph.location()
    body.graph.edge(here, after, span=statement.span)
    return after


def assume(body: Body, statement: typed.Assume, here: Location) -> Location:
    """A run in which the condition does not hold is none."""
    value, here, guard = value_of(body, statement.condition, here)
    after = body.graph.location()
    event = Event("branch", f"assumed: {statement.condition.span.text}")
    body.graph.edge(
        here, after, and_(guard, scalar(value)),
        action=Action.BLOCKING, span=statement.span, event=event,
    )  # fmt: skip
    return after
