"""What a platform shows and that cannot go before it is hidden (semantics 3.2): hook ``stays``."""

from __future__ import annotations

from cecheck.ir.build import and_, not_, or_
from cecheck.ir.expr import Expr
from cecheck.lower.body import Body, DriverObject
from cecheck.lower.objects import made_from, rests_on_showing
from cecheck.lower.pure import Pure
from cecheck.lower.values import Pointer


def may_stay(body: Body) -> list[DriverObject]:
    """Return what is followed of what the platform shows, if some of that may stay."""
    asked = "stays" in body.world.spec.platform.hooks
    return [item for item in body.objects.values() if item.is_shown and asked]


def stays(pure: Pure, item: DriverObject, byte: Expr) -> Expr:
    """Return whether *byte* stays for as long as *item* is shown."""
    return pure.hook("stays", [byte, item.address, item.size])


def may_go(body: Body, pointer: Pointer, byte: Expr) -> Expr:
    """Return that *byte*, which *pointer* leads to, may go: what is not known to stay may."""
    kept, unknown = _kept(body, pointer, byte)
    return or_(not_(kept), unknown)


def goes(body: Body, pointer: Pointer, byte: Expr) -> Expr:
    """Return that *byte*, which *pointer* leads to, may go as far as anything is known of it: that
    of what is shown and not followed is asked where it is followed."""
    kept, unknown = _kept(body, pointer, byte)
    followed = or_(*(made_from(pointer, item) for item in may_stay(body)))
    unasked = or_(kept, unknown, and_(rests_on_showing(body, pointer), not_(followed)))
    return not_(unasked)


def _kept(body: Body, pointer: Pointer, byte: Expr) -> tuple[Expr, Expr]:
    """Return that *byte* is of what is shown, and stays, and whether that rests on the unfollowed.
    """
    pure = body.asking()
    kept = [and_(made_from(pointer, i), stays(pure, i, byte)) for i in may_stay(body)]
    return or_(*kept), pure.unknown.skip
