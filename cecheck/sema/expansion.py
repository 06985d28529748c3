"""How much calls and structures become where they are expanded: bounded before it is done.

A few lines can stand for more than any machine holds, where each level names the one below twice.
"""

from __future__ import annotations

from typing import Final

from cecheck.sema import errors
from cecheck.sema.context import Context, Env
from cecheck.source import Span

MAX_FIELDS: Final = 4_096  # of a structure, those of the structures in it counted
MAX_CALLS: Final = 2_000  # that one body becomes, where it has none that calls itself


def report_expansion(env: Env) -> None:
    """Refuse calls that stand for too many others, where the first of them are."""
    done: dict[str, int] = {}
    for owner in tuple(env.context.calls):
        where = _too_many(env.context, owner, done)
        if where is not None:
            env.report(errors.too_many_calls(where, MAX_CALLS))
            return


def _too_many(context: Context, owner: str, done: dict[str, int]) -> Span | None:
    """Note in *done* how many calls the body of *owner* becomes; return where they are too many."""
    if owner in done:
        return None
    total = 0
    for callee, span in context.calls.get(owner, ()):
        where = _too_many(context, callee, done)
        if where is not None:
            return where
        total += 1 + done[callee]
        if total > MAX_CALLS:
            return span
    done[owner] = total
    return None
