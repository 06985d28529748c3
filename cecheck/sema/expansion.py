"""How much calls and structures become where they are expanded: bounded before it is done.

A few lines can stand for more than any machine holds, where each level names the one below twice.
"""

from __future__ import annotations

from typing import Final

from cecheck.sema import errors, typed
from cecheck.sema.context import Context, Env
from cecheck.sema.walk import levels
from cecheck.source import Span

MAX_FIELDS: Final = 4_096  # of a structure, those of the structures in it counted
MAX_NAMES: Final = 4_096  # that one block declares
MAX_CALLS: Final = 2_000  # that one body becomes, where it has none that calls itself
MAX_NESTING: Final = 230  # levels of a body with what it calls, each a few frames of the stack
MAX_PATH: Final = MAX_NESTING // 2  # calls in calls: each is in a statement of a block


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


def report_nesting(env: Env, bodies: object) -> None:
    """Refuse what nests too deep once calls are expanded in *bodies*, where a call is that does.

    No calls come round, nor do more than `MAX_PATH` of them stand in each other.
    """
    known: dict[str, int] = {}
    calls = ((n, level) for n, level in levels(bodies) if isinstance(n, typed.CallExpr))
    for call, level in calls:
        if level + _depth(env.context, call.function.key, known) > MAX_NESTING:
            env.report(errors.calls_too_deep(call.span, MAX_NESTING))
            return


def _depth(context: Context, key: str, known: dict[str, int]) -> int:
    """Return how many levels the function *key* has with what it calls, and note that."""
    if key not in known and key in context.functions:
        known[key] = max(
            level + _depth(context, _callee(node), known)
            for node, level in levels(context.functions[key].body)
        )
    return known.get(key, 0)


def _callee(node: object) -> str:
    return node.function.key if isinstance(node, typed.CallExpr) else ""
