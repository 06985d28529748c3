"""Fresh threads: what memory is like for a process that nobody has called, P itself."""

from __future__ import annotations

from collections.abc import Mapping

from cecheck.ir.expr import Expr
from cecheck.lower.pure import Pure, Scene
from cecheck.lower.trust import trusts
from cecheck.lower.unknown import Unknown
from cecheck.lower.world import World

_NONE: Mapping[int, Expr] = {}


def as_driver(world: World, place: Expr, entries: Mapping[int, Expr] = _NONE) -> Pure:
    """Return an evaluator for a fresh thread of a driver's process, which the platform names."""
    return as_itself(world, place, trusts(world.spec, world.named, place), Unknown(None), entries)


def as_itself(
    world: World, place: Expr, trusted: Expr, unknown: Unknown, entries: Mapping[int, Expr] = _NONE
) -> Pure:
    """Return an evaluator for a fresh thread of the process at *place*: P itself."""
    scene = Scene({}, place, trusted)
    pure = Pure(world, scene, unknown, entries=entries)
    for init in world.spec.platform.thread_fields:
        value = world.zero(init.variable.type)
        if init.value is not None:
            value = pure.value(init.value, {})
        scene.fields[init.variable.number] = value
    return pure
