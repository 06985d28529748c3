"""What may stand in ``atomic``: steps that touch the driver's own state and never wait."""

from __future__ import annotations

from collections.abc import Iterator

from cecheck.sema import type_errors, typed
from cecheck.sema.context import Env
from cecheck.sema.walk import nodes
from cecheck.source import Span


def check_atomics(env: Env) -> None:
    """Report what is no part of one action; functions that are called are looked into."""
    for block in env.context.atomics:
        for span, what in _obstacles(env, block, set()):
            env.report(type_errors.not_one_action(span, what, block.span))


def _obstacles(env: Env, tree: object, seen: set[str]) -> Iterator[tuple[Span, str]]:
    for node in nodes(tree):
        match node:
            case typed.While(span=span):
                yield span, "a loop"
            case typed.Acquire(span=span) | typed.Release(span=span):
                yield span, "a lock"
            case typed.WaitFor(span=span):
                yield span, "`wait`"
            case typed.Assume(span=span):
                yield span, "`assume`"
            case typed.Fetch(span=span) | typed.Store(span=span) | typed.Touch(span=span):
                yield span, "an access through a pointer"
            case typed.Copy(span=span) | typed.StringLength(span=span):
                yield span, "an access through a pointer"
            case typed.Retype(checked=True, span=span):
                yield span, "an access through a pointer"
            case typed.TableWrite(span=span) | typed.Pair(span=span) | typed.Transfer(span=span):
                yield span, "what the platform keeps of pages"
            case typed.Allocate(span=span) | typed.Free(span=span):
                yield span, "the heap"
            case typed.Show(span=span) | typed.Hide(span=span):
                yield span, "memory that is shown"
            case typed.CrossExpr(span=span) | typed.EnterExpr(span=span):
                yield span, "a call of a driver"
            case typed.CallExpr(function=ref) if ref.key not in seen:
                seen.add(ref.key)
                function = env.context.functions.get(ref.key)
                yield from _obstacles(env, () if function is None else function.body, seen)
            case _:
                pass
