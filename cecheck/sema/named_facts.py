"""Which named facts of the platform a verdict may rest on: those that code which runs mentions."""

from __future__ import annotations

from collections.abc import Iterable

from cecheck.sema import typed
from cecheck.sema.context import Context
from cecheck.sema.hooks import PICTURED

_OF_CRITICAL_CALLS = {"pageable", "pageable_driver"}


def named_facts(
    context: Context,
    platform: typed.Platform,
    drivers: Iterable[typed.Driver],
    least_privilege: bool,
) -> tuple[str, ...]:
    """Return the names of the facts that something reachable from *drivers* or a hook mentions."""
    calls = [platform.call(entry.call) for driver in drivers for entry in driver.entries]
    unasked = set() if any(call.critical for call in calls) else set(_OF_CRITICAL_CALLS)
    unasked |= set(PICTURED) if least_privilege else {"excess", *PICTURED}
    pending = [key for name, key in platform.hooks.items() if name not in unasked]
    pending += [f"call {call.name}" for call in calls]
    pending += [owner for owner in _owners(context) if not _is_platforms(owner, platform)]
    seen: set[str] = set()
    while pending:
        owner = pending.pop()
        if owner not in seen:
            seen.add(owner)
            pending += [callee for callee, _ in context.calls.get(owner, ())]
    said = {name for owner in seen for name in context.mentions.get(owner, ())}
    facts = [name for name, value in platform.constants.items() if isinstance(value, bool)]
    return tuple(name for name in facts if name in said)


def _owners(context: Context) -> list[str]:
    return [*context.calls, *context.mentions]


def _is_platforms(owner: str, platform: typed.Platform) -> bool:
    return owner.startswith((f"{platform.name}.", "call ", "environment "))
