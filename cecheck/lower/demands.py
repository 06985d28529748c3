"""What a specification demands at a place: that something holds, is assumed, or is reached."""

from __future__ import annotations

from collections.abc import Iterator

from cecheck.ir.build import and_, not_
from cecheck.ir.expr import FALSE, Expr
from cecheck.ir.program import Action, CheckKind, Event
from cecheck.lower.body import Body
from cecheck.lower.expression import value_of
from cecheck.lower.graph import Location
from cecheck.lower.values import Members, Opaque, Record, scalar
from cecheck.sema import typed
from cecheck.sema.walk import nodes


def demand(body: Body, statement: typed.Demand, here: Location) -> Location:
    """A run in which the condition does not hold ends here."""
    value, here, guard = value_of(body, statement.condition, here)
    kind = CheckKind.INVARIANT if statement.is_invariant else CheckKind.ASSERT
    site = body.site(statement.site)
    broken = and_(guard, not_(scalar(value)))
    terms = (*_parts(body, statement.condition, here), *body.terms())
    body.graph.check(site, kind, here, broken, guard, terms)
    after = body.graph.location()
    body.graph.edge(here, after, and_(guard, scalar(value)), span=statement.span)
    return after


_PLAIN = frozenset(typed.Operator) - {  # these may have no value
    typed.Operator.DIVIDE, typed.Operator.REMAINDER, typed.Operator.SHIFT_LEFT,
    typed.Operator.SHIFT_RIGHT,
}  # fmt: skip


def _parts(body: Body, condition: typed.Expr, here: Location) -> Iterator[tuple[str, Expr]]:
    """Yield what a story shows of *condition*: each part that must hold, then what is named in it.

    Parts in which something is called or fetched are left out: they are not evaluated again.
    A variable that is called like something of the platform that is shown besides says whose it is.
    """
    platforms = {text.partition(" has ")[0] for text, _ in body.terms()}
    parts = list(_conjuncts(condition))
    pure = body.pure(here)
    if len(parts) > 1:
        for part in parts:
            if _is_plain(body, part):
                yield " ".join(part.span.text.split()), scalar(pure.value(part, body.env))
    for name, variable in dict(_named(body, condition)).items():
        shown = f"the driver's {name}" if name in platforms else name
        yield shown, scalar(body.env[variable])


def _conjuncts(condition: typed.Expr) -> Iterator[typed.Expr]:
    match condition:
        case typed.Operation(typed.Operator.AND, operands):
            for operand in operands:
                yield from _conjuncts(operand)
        case _:
            yield condition


def _is_plain(body: Body, expr: typed.Expr) -> bool:
    """Tell whether *expr* is made of numbers and variables alone, and always has a value."""
    match expr:
        case typed.Literal():
            return True
        case typed.Read():
            return bool(list(_named(body, expr)))
        case typed.Convert(value=value):
            return _is_plain(body, value)
        case typed.Operation(operator, operands):
            return operator in _PLAIN and all(_is_plain(body, one) for one in operands)
        case _:
            return False


def _named(body: Body, expr: typed.Expr) -> Iterator[tuple[str, int]]:
    """Yield the variables of one word that *expr* names, and their numbers."""
    read = [node for node in nodes(expr) if isinstance(node, typed.Read)]
    for node in sorted(read, key=lambda one: one.span.start):
        if isinstance(node.place, typed.VarPlace):
            variable = node.place.variable
            value = body.env.get(variable.number)
            if value is not None and not isinstance(value, Members | Record | Opaque):
                yield variable.name, variable.number


def cover(body: Body, statement: typed.Cover, here: Location) -> Location:
    """A check that nothing violates: all there is to say is whether a run gets here."""
    body.graph.check(body.site(statement.site), CheckKind.COVER, here, FALSE)
    after = body.graph.location()
    body.graph.edge(here, after, span=statement.span)
    return after


def assume(body: Body, statement: typed.Assume, here: Location) -> Location:
    """A run in which the condition does not hold is none."""
    value, here, guard = value_of(body, statement.condition, here)
    after = body.graph.location()
    event = Event("branch", f"assumed: {statement.condition.span.text}")
    body.graph.edge(
        here, after, and_(guard, scalar(value)),
        action=Action.BLOCKING, span=statement.span, event=event,
    )  # fmt: skip
    return after
