"""The variables of rules: a thread has its own, and they begin anew with each call from outside."""

from __future__ import annotations

from cecheck.lower.body import Body
from cecheck.lower.graph import Location, Updates
from cecheck.lower.pure import Pure, Scene
from cecheck.lower.unknown import Unknown


def begin_monitors(body: Body, here: Location) -> Updates:
    """Make the variables of all rules known to *body*; return the updates that begin them."""
    updates: Updates = ()
    for item in body.world.spec.monitors:
        value = body.world.zero(item.variable.type)
        if item.value is not None:
            value = Pure(body.world, Scene({}, body.scene.home, body.scene.home_trusted),
                         Unknown(None)).value(item.value, {})  # fmt: skip
        held = body.graph.storage(item.variable.name, value, item.variable.type)
        body.env[item.variable.number] = held
        updates = (*updates, *body.graph.store(held, value, here))
    return updates
