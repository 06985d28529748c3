"""Parameters: constants of which every value is checked, each as a specification of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import product
from math import prod

from cecheck.diagnostics import Diagnostic, Note, Severity
from cecheck.record import record
from cecheck.sema import link_errors, type_errors, typed
from cecheck.sema.context import Env
from cecheck.sema.declarations import Names
from cecheck.sema.scope import ConstantName, Lazy
from cecheck.sema.types import IntType
from cecheck.sema.values import POISON, Constant, Poison, Value
from cecheck.syntax import ast

MAX_VALUES = 64

Given = tuple[tuple[str, int], ...]  # a value for each parameter
Elaborated = tuple[typed.Spec | None, tuple[Diagnostic, ...]]


@record
class Member:
    """What a specification means for one choice of values."""

    given: Given
    spec: typed.Spec


def every_value(
    elaborate: Callable[[Mapping[str, int]], Elaborated],
) -> tuple[tuple[Member, ...], tuple[Diagnostic, ...]]:
    """Return what a specification means for each choice of values, or what is wrong with it.

    *elaborate* takes values of parameters; those that it is not told are the least.
    """
    first, found = elaborate({})
    if first is None:
        return (), found
    if not first.params:
        return (Member((), first),), found
    count = prod(param.count for param in first.params)
    if count > MAX_VALUES:
        return (), (*found, link_errors.too_many_values(first.params, count, MAX_VALUES))
    members: list[Member] = []
    warnings = set(found)
    for values in product(*(param.values for param in first.params)):
        given = tuple((p.name, v) for p, v in zip(first.params, values, strict=True))
        spec, found = elaborate(dict(given))
        if spec is None:
            return (), tuple(_with(d, first.params, given) for d in found)
        if spec.params != first.params:
            return (), (_dependent(first.params, spec.params),)
        warnings &= set(found)
        members.append(Member(given, spec))
    return tuple(members), tuple(d for d in found if d in warnings)


def _with(wrong: Diagnostic, params: tuple[typed.Param, ...], given: Given) -> Diagnostic:
    """Return *wrong* with the values for which it is wrong."""
    if wrong.code.severity is not Severity.ERROR:
        return wrong
    notes = (
        Note(f"with `{name}` = {value}", param.span)
        for param, (name, value) in zip(params, given, strict=True)
    )
    return replace(wrong, notes=(*wrong.notes, *notes))


def _dependent(first: tuple[typed.Param, ...], now: tuple[typed.Param, ...]) -> Diagnostic:
    changed = next(new for old, new in zip(first, now, strict=True) if old != new)
    return link_errors.dependent_range(changed.span, changed.name)


def declare_params(
    names: Names, nodes: tuple[ast.Param, ...], given: Mapping[str, int]
) -> Callable[[], tuple[typed.Param, ...]]:
    """Declare *nodes* with the values *given*; return what works out their ranges."""
    ranges = {id(node): _range(names.env, node) for node in nodes}
    for node in nodes:
        value = _value(names.env, node, ranges[id(node)], given.get(node.name.text))
        names.add(node.name, ConstantName(value, node.name.span))

    def found() -> tuple[typed.Param, ...]:
        params = []
        for node in nodes:
            values = ranges[id(node)].get()
            if not isinstance(values, Poison):
                params.append(typed.Param(node.name.text, values[0], node.name.span))
        return tuple(params)

    return found


def _endless(env: Env, node: ast.Param) -> Poison:
    return env.report(type_errors.rests_on_too_much(node.name.span, node.name.text))


_Range = Lazy[tuple[range, IntType | None] | Poison]


def _range(env: Env, node: ast.Param) -> _Range:
    def cyclic() -> Poison:
        return env.report(type_errors.depends_on_itself(node.name.span, node.name.text))

    return Lazy(lambda: _read(env, node), cyclic, lambda: _endless(env, node))


def _read(env: Env, node: ast.Param) -> tuple[range, IntType | None] | Poison:
    ends = [env.evaluate(expr) for expr in (node.low, node.high)]
    for expr, end in zip((node.low, node.high), ends, strict=True):
        if not isinstance(end, Constant | Poison):
            return env.report(type_errors.not_constant(expr.span))
        if isinstance(end, Constant) and not isinstance(end.type, IntType | None):
            return env.report(type_errors.no_number(expr.span))
    numbers = [end for end in ends if isinstance(end, Constant)]
    if len(numbers) < len(ends):
        return POISON
    values = range(numbers[0].value, numbers[1].value)
    if not values:
        return env.report(link_errors.no_values(node))
    types = [end.type for end in numbers if isinstance(end.type, IntType)]
    return values, types[0] if types else None


def _value(env: Env, node: ast.Param, values: _Range, given: int | None) -> Lazy[Value]:
    def compute() -> Value:
        known = values.get()
        if isinstance(known, Poison):
            return known
        return Constant(known[0][0] if given is None else given, known[1], node.name.span)

    def cyclic() -> Value:
        return env.report(type_errors.depends_on_itself(node.name.span, node.name.text))

    return Lazy(compute, cyclic, lambda: _endless(env, node))
