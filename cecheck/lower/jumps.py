"""Ways out of functions and loops: what stands around is left behind, step by step."""

from __future__ import annotations

from typing import assert_never

from cecheck.ir.program import Event
from cecheck.lower.activation import with_ghosts
from cecheck.lower.body import Body, FinalScope, FunctionScope, LockScope, LoopScope
from cecheck.lower.expression import value_of
from cecheck.lower.graph import Location
from cecheck.lower.locks import release
from cecheck.lower.objects import ask_stays
from cecheck.lower.values import Pointer
from cecheck.sema import typed


def _leave(
    body: Body, stop: type[FunctionScope] | type[LoopScope], here: Location
) -> tuple[FunctionScope | LoopScope, Location]:
    """Run what has to run on the way out to the innermost scope of kind *stop*."""
    kept, outer, around = list(body.scopes), (body.raise_to, body.guarded), body.around
    while not isinstance(body.scopes[-1], stop):
        scope = body.scopes.pop()
        match scope:
            case FinalScope():
                body.raise_to, body.guarded = scope.raise_to, scope.guarded
                body.around = scope.outside
                here = body.run(body, scope.block, here)
            case LockScope():
                body.raise_to, body.around = scope.raise_to, scope.outside
                here = release(body, scope.lock, scope.span, here)
            case LoopScope():
                body.around = scope.outside
            case FunctionScope():
                pass
            case _:
                assert_never(scope)
    found = body.scopes[-1]
    body.scopes[:] = kept
    (body.raise_to, body.guarded), body.around = outer, around
    assert isinstance(found, FunctionScope | LoopScope)
    return found, here


def return_from(body: Body, statement: typed.Return, here: Location) -> Location:
    """Return from a function or an entry, once all has run that has to run on the way out."""
    scope = next(s for s in reversed(body.scopes) if isinstance(s, FunctionScope))
    if statement.value is not None:
        value, here, guard = value_of(body, statement.value, here)
        if scope.given is not None and isinstance(value, Pointer) and value.literal:
            value = with_ghosts(value, scope.given)
        ask_stays(body, value, scope.own, (statement.value.span, guard), here)
        updates = () if scope.result is None else body.graph.store(scope.result, value, here)
        after = body.graph.location()
        event = Event("return", f"returns {statement.value.span.text}")
        body.graph.edge(here, after, guard, updates, span=statement.span, event=event)
        here = after
    found, here = _leave(body, FunctionScope, here)
    body.graph.edge(here, found.exit, span=statement.span)
    return body.graph.location()


def jump(body: Body, statement: typed.Break | typed.Continue, here: Location) -> Location:
    """Leave a loop, or begin its next round, in the same way."""
    found, here = _leave(body, LoopScope, here)
    assert isinstance(found, LoopScope)
    to = found.exit if isinstance(statement, typed.Break) else found.next
    body.graph.edge(here, to, span=statement.span)
    return body.graph.location()
