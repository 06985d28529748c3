"""Which functions of the platform a pointer went through: for stories, no verdict rests on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from cecheck.ir.expr import Expr
from cecheck.ir.program import Event, Use
from cecheck.lower.values import Pointer, Value, scalar
from cecheck.sema import typed
from cecheck.sema import types as ty
from cecheck.sema.walk import called, nodes
from cecheck.source import Span

# Events of edges that evaluate an expression, which lies inside the span of the edge.
_EVALUATING = frozenset({"assign", "branch", "enter", "return"})


def used(
    function: typed.Function, args: Sequence[Value], result: Value, span: Span
) -> Iterator[Use]:
    """Yield what to note of a call of *function*, if it takes a pointer and returns one."""
    if isinstance(result, Pointer):
        yield from _given(function, args, result.word, span)


def probed(
    spec: typed.Spec, function: typed.Function, args: Sequence[Value], span: Span
) -> Iterator[Use]:
    """Yield what to note of a call of *function*, if it gives nothing back, but may raise: that
    checks the pointer that it takes."""
    if not isinstance(function.result, ty.VoidType):
        return
    bodies = [function.body]
    bodies += [spec.functions[key].body for key in called(spec.functions, bodies)]
    if any(isinstance(node, typed.Raise) for body in bodies for node in nodes(body)):
        yield from _given(function, args, None, span)


def _given(
    function: typed.Function, args: Sequence[Value], result: Expr | None, span: Span
) -> Iterator[Use]:
    given = list(zip(function.parameters, args, strict=True))
    pointers = [arg for _, arg in given if isinstance(arg, Pointer)]
    if pointers:
        address = pointers[0].word
        size, process = _first(given, ty.IntType), _first(given, ty.ProcessType)
        yield Use(function.ref.name, span, address, size, process, result or address)


def _first(
    given: Iterable[tuple[typed.Variable, Value]], type_: type[ty.IntType | ty.ProcessType]
) -> Expr | None:
    found = (scalar(arg) for parameter, arg in given if isinstance(parameter.type, type_))
    return next(found, None)


def with_uses(event: Event | None, span: Span | None, uses: Iterable[Use]) -> Event | None:
    """Return *event*, of an edge of *span*, with those of *uses* that it evaluates."""
    if event is None or span is None or event.kind not in _EVALUATING:
        return event
    own = {use.span: use for use in uses if _contains(span, use.span)}
    return replace(event, uses=tuple(own.values())) if own else event


def _contains(outer: Span, inner: Span) -> bool:
    return (
        outer.source is inner.source and outer.start <= inner.start and inner.end <= outer.end
    )
