"""Which numbers are processes, for a thread that chooses one."""

from __future__ import annotations

from cecheck.ir.build import and_, eq, not_, or_
from cecheck.ir.expr import TRUE, Expr
from cecheck.lower.body import Body
from cecheck.lower.graph import Location


def is_tenant(body: Body, choice: Expr, here: Location) -> Expr:
    """Return that *choice* is a process; places that are not followed may have one."""
    world = body.world
    tenants = [eq(choice, place) for place in world.named.values()]
    tenants += [eq(choice, world.observed_place), eq(choice, body.scene.home)]
    tenants.append(and_(eq(choice, world.further_place), world.further_tenant))
    pure = body.pure(here)
    unknown = pure.unknown.ask(TRUE, TRUE.sort)
    return or_(*tenants, and_(unknown, not_(world.is_followed(choice))))
