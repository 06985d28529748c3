"""Where the followed processes have their memory, as the platform says it for pictures."""

from __future__ import annotations

from cecheck.ir.expr import FALSE
from cecheck.ir.program import Region
from cecheck.lower.pure import Pure, Scene
from cecheck.lower.unknown import Unknown
from cecheck.lower.values import scalar
from cecheck.lower.world import World
from cecheck.sema.hooks import PICTURED


def regions(world: World) -> tuple[Region, ...]:
    """Return the memory of each followed process; none if the platform does not say."""
    if any(hook not in world.spec.platform.hooks for hook in PICTURED):
        return ()
    pure = Pure(world, Scene({}, world.observed_place, FALSE), Unknown(None))
    return tuple(
        Region(name, *(scalar(pure.hook_value(hook, [place])[0]) for hook in PICTURED))
        for name, place in world.followed
    )
