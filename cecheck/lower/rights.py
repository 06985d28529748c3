"""`privilege`: rights of a thread that nothing it does calls for (semantics 7.2)."""

from __future__ import annotations

from cecheck.ir.build import and_, ne, not_, or_, word
from cecheck.ir.expr import TRUE, Expr
from cecheck.ir.program import CheckKind
from cecheck.lower.body import Body
from cecheck.lower.graph import Location
from cecheck.sema import typed


def excess(body: Body, served: Expr) -> Expr:
    """Return that the running thread has rights to more than it needs to work for *served*.

    Any process may be meant: the one that the hook speaks of may be the further one.
    """
    return or_(*(_held(body, place, served) for _, place in body.world.followed))


def _held(body: Body, place: Expr, served: Expr) -> Expr:
    pure = body.asking()
    held = pure.hook("excess", [place])
    return and_(held, ne(place, served), not_(pure.unknown.skip))


def hand_on(body: Body, statement: typed.HandOn, here: Location) -> Location:
    """Ask what rights leave the thread, where a policy is about that."""
    if body.world.spec.least_privilege:
        over = excess(body, word(0, body.world.process_sort.width))
        site = body.site(statement.site)
        body.graph.check(site, CheckKind.PRIVILEGE, here, over, TRUE, body.terms())
    return here
