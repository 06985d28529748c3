"""``retire(p)``: a process exits, and its place has another tenant (semantics 2.6)."""

from __future__ import annotations

from cecheck.ir.build import and_, ne, or_
from cecheck.ir.expr import BOOL, TRUE, Expr, Scope, Var
from cecheck.ir.program import Action, Event
from cecheck.lower.body import Body
from cecheck.lower.expression import value_of
from cecheck.lower.graph import Location
from cecheck.lower.life import Life, Phase
from cecheck.lower.tenancy import Chosen, retiring
from cecheck.lower.values import scalar
from cecheck.sema import typed


def retire(body: Body, statement: typed.Retire, here: Location) -> Location:
    """The process exits, if none of its threads is in a call and it has no handle open."""
    value, here, guard = value_of(body, statement.process, here)
    graph, world, after = body.graph, body.world, body.graph.location()
    assert world.tenancy is not None
    many = Var(graph.input_name(here), BOOL, Scope.DEMONIC)
    chosen = Chosen(graph.input(BOOL, here), many)
    place = scalar(value)
    can, updates = retiring(
        world.tenancy, place, world.observed_trusted, chosen, world.further_tenant
    )
    closed = and_(*(_has_closed(life, place) for life in body.lives.values()))
    event = Event("exit", "a process exits")
    graph.edge(
        here, after, and_(guard, can, closed), updates,
        action=Action.SHARED, span=statement.span, event=event,
    )  # fmt: skip
    return after


def _has_closed(life: Life, place: Expr) -> Expr:
    """Return that the process at *place* has closed the followed handle, if it was its own."""
    if life.handle is None:
        return TRUE
    return or_(life.handle.is_in(Phase.NEVER, Phase.CLOSED), ne(life.handle.owner, place))
