"""Where a value of a run comes from: fetched from memory, passed, or through the platform's hands.

Backwards from where it is used, over the steps that computed it.  Only stories rest on it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import partial
from typing import TypeAlias

from cecheck.ir.expr import Binary, BinaryOp, Const, Expr, Scope, Var, variables
from cecheck.ir.node import fold
from cecheck.ir.program import Program, Use
from cecheck.ir.trace import Actor, Step, Trace
from cecheck.record import record
from cecheck.replay.interp import evaluate
from cecheck.source import Span

Key: TypeAlias = tuple[Actor | None, str]
Valuation: TypeAlias = Callable[[int, Actor, Expr], int]


class How(Enum):
    """What a step did to the value."""

    FETCHED = "fetched"  # from memory that others may change
    MAPPED = "mapped"  # a function of the platform returned it
    CHECKED = "checked"  # a function of the platform was given it
    PASSED = "passed"  # it came with the call


@record
class Link:
    """Step *number* of the run, from 0, and *how* it made the value; *use* is of the platform."""

    number: int
    step: Step
    how: How
    use: Use | None = None


def key(var: Var, actor: Actor) -> Key:
    """Return what tells *var* of *actor* from the variables of other threads."""
    return (actor if var.scope in (Scope.LOCAL, Scope.INPUT) else None, var.name)


def provenance(trace: Trace, actor: Actor, expr: Expr, before: int) -> tuple[Link, ...]:
    """Return what happened to the value of *expr*, which *actor* has before step number *before*.

    The latest comes first.
    """
    return tuple(_links(trace, {key(var, actor) for var in variables(expr)}, before))


def rests_on(trace: Trace, actor: Actor, expr: Expr, number: int) -> set[Key]:
    """Return the variables after step *number* that the value of *expr* at the end rests on."""
    needed = {key(var, actor) for var in variables(expr)}
    for step in reversed(trace.steps[number + 1 :]):
        updates = [(v, e) for v, e in step.edge.updates if key(v, step.actor) in needed]
        needed -= {key(var, step.actor) for var, _ in updates}
        needed |= {key(var, step.actor) for _, expr in updates for var in variables(expr)}
    return needed


def _links(trace: Trace, needed: set[Key], before: int) -> Iterator[Link]:
    for number in reversed(range(before)):
        step = trace.steps[number]
        event = step.edge.event
        uses = event.uses if event else ()
        updates = [(v, e) for v, e in step.edge.updates if key(v, step.actor) in needed]
        given = [u for u in uses if any(key(v, step.actor) in needed for v in variables(u.pointer))]
        yield from (Link(number, step, How.CHECKED, use) for use in given if not updates)
        if not updates:
            continue
        needed -= {key(var, step.actor) for var, _ in updates}
        read = {var for _, expr in updates for var in variables(expr)}
        if uses:
            yield from (Link(number, step, How.MAPPED, use) for use in uses)
            needed |= {key(v, step.actor) for use in uses for v in variables(use.pointer)}
        elif any(var.scope is Scope.INPUT for var in read):
            is_passed = event is not None and event.kind == "client"
            yield Link(number, step, How.PASSED if is_passed else How.FETCHED)
        else:
            needed |= {key(var, step.actor) for var in read}


def wraps(
    trace: Trace, value: Valuation, place: tuple[int, Actor], expr: Expr
) -> Iterator[Span | None]:
    """Yield where a sum or a product that *expr* rests on did not fit, the latest first.

    *place* is the step before which an actor has the value of *expr*.
    """
    before, actor = place
    needed = {key(var, actor) for var in variables(expr)}
    for number in reversed(range(before)):
        step = trace.steps[number]
        updates = [(v, e) for v, e in step.edge.updates if key(v, step.actor) in needed]
        needed -= {key(var, step.actor) for var, _ in updates}
        for _, computed in updates:
            needed |= {key(var, step.actor) for var in variables(computed)}
            if is_too_large(computed, partial(value, number, step.actor)):
                yield step.edge.span


def is_too_large(expr: Expr, value: Callable[[Expr], int]) -> bool:
    """Tell whether *expr* is, or contains, a sum or a product that is more than its width holds."""

    def visit(node: Expr, parts: tuple[bool, ...]) -> bool:
        if isinstance(node, Binary) and node.op in _EXACT:
            left, right, width = value(node.left), value(node.right), node.sort.width
            is_minus = isinstance(node.right, Const) and right >> (width - 1) > 0
            return any(parts) or (_EXACT[node.op](left, right) >> width > 0 and not is_minus)
        return any(parts)

    return fold(expr, visit)


_EXACT: dict[BinaryOp, Callable[[int, int], int]] = {
    BinaryOp.ADD: lambda a, b: a + b,
    BinaryOp.MUL: lambda a, b: a * b,
}


_PART = re.compile(r"\.(\w+)$")


@record
class Access:
    """Step *number* of the run, from 0, reaches memory at *address*, where it finds *value*.

    *writing* tells whether it puts something there; *what* is the text of what is reached, *part*
    the field, if it is not all that the pointer points to.
    """

    number: int
    writing: bool
    what: str
    span: Span | None
    address: int
    value: int

    @property
    def part(self) -> str:
        """The name of the field, or nothing."""
        found = _PART.search(self.what)
        return found[1] if found else ""

    def is_of(self, other: Access) -> bool:
        """Tell whether it reaches what *other* reaches, or all of the structure that that is in."""
        return self.address == other.address and self.part in ("", other.part)

    def changed(self, other: Access) -> bool:
        """Tell whether *other* found something else at the same place."""
        return self.part != other.part or self.value != other.value


def accesses(program: Program, trace: Trace, value: Valuation) -> Iterator[Access]:
    """Yield the accesses of *trace* to single words."""
    pointers = {
        (kind, check.location, text): expr
        for kind, thread in enumerate(program.threads)
        for check in thread.checks
        for text, expr in check.terms[:1]
        if text.endswith("as a number")
    }
    for number, step in enumerate(trace.steps):
        event = step.edge.event
        verb, _, what = event.text.partition(" ") if event and event.kind == "access" else ("",) * 3
        text = f"{what}, as a number"
        pointer = pointers.get((step.actor.thread, step.edge.start, text))
        if pointer is not None:
            found = step.changes[0][2] if step.changes else 0
            at = value(number, step.actor, pointer)
            yield Access(number, verb == "write", what, step.edge.span, at, found)


def values(trace: Trace) -> Valuation:
    """Return how to find the value of an expression of an actor before a step of *trace*."""
    schedule = trace.schedule
    shared: dict[str, int] = {**schedule.rigid, **schedule.shared}
    own: dict[Actor, dict[str, int]] = {a: dict(m) for a, m in schedule.local.items()}
    befores: list[tuple[Mapping[str, int], Mapping[Actor, Mapping[str, int]]]] = []
    for step in trace.steps:
        befores.append((dict(shared), dict(own)))
        own[step.actor] = dict(own.get(step.actor, {}))
        for var, _, new in step.changes:
            (own[step.actor] if var.scope is Scope.LOCAL else shared)[var.name] = new
    befores.append((shared, own))

    def value(number: int, actor: Actor, expr: Expr) -> int:
        common, locals_ = befores[number]
        is_last = number == len(trace.steps)
        inputs = schedule.last_inputs if is_last else trace.steps[number].inputs
        memory = {**common, **locals_.get(actor, {}), **inputs}
        return evaluate(expr, lambda var: memory.get(var.name, 0))

    return value
