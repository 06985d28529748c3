"""What is true of the platform's counts, whoever is asked (see `tables`)."""

from __future__ import annotations

from cecheck.ir.build import and_, eq
from cecheck.ir.expr import Expr
from cecheck.lower.body import Body


def is_followed(body: Body) -> Expr:
    """Return that the running thread is the followed one."""
    return eq(body.identity, body.world.followed_thread)


def sums(body: Body) -> Expr:
    """Return what is true of every count for the running thread."""
    return and_(
        *(
            held.count.is_sum(body.ledger.added(table.variable), is_followed(body))
            for table in body.world.spec.platform.tables
            if (held := body.world.tables[table.variable.number]).count is not None
        )
    )
