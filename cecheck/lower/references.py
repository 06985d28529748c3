"""Functions without `ref` parameters: one for each choice of the variables that these stand for.

A `ref` parameter is another name for a variable of the driver.  Whatever is asked of that variable,
who shares it, whose it is and whether its address is taken, is asked by way of the parameter, too,
so the variable takes its place before anything looks at the body.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from cecheck.lower.purity import PLACES
from cecheck.sema import typed
from cecheck.sema.types import StructType
from cecheck.sema.walk import inner

Places: TypeAlias = Mapping[int, typed.Place]  # by the number of a parameter


def without_references(spec: typed.Spec) -> typed.Spec:
    """Return *spec* as it is called here: no call passes a place."""
    if not any(any(function.by_reference) for function in spec.functions.values()):
        return spec
    maker = _Maker(spec)
    parts = {
        name: maker.rewritten(getattr(spec, name), {})
        for name in ("platform", "drivers", "clients", "tests")
    }
    plain = [key for key, one in spec.functions.items() if not any(one.by_reference)]
    for key in plain:
        one = spec.functions[key]
        maker.functions[key] = replace(one, body=maker.rewritten(one.body, {}))
    return replace(spec, functions=maker.functions, **parts)


class _Maker:
    """Makes functions as they are called for."""

    def __init__(self, spec: typed.Spec) -> None:
        self._spec = spec
        self.functions = dict(spec.functions)
        self._made: dict[tuple[str, tuple[typed.Place, ...]], typed.FunctionRef] = {}

    def rewritten(self, node: Any, places: Places) -> Any:
        """Return *node*, of which parameters are *places*."""
        if isinstance(node, tuple):
            parts = tuple([self.rewritten(part, places) for part in node])
            return node if all(map(operator.is_, parts, node)) else parts
        if isinstance(node, typed.VarPlace):
            place = places.get(node.variable.number)
            return node if place is None else replace(place, span=node.span)
        old = inner(node)
        new = {name: self.rewritten(value, places) for name, value in old.items()}
        if any(new[name] is not old[name] for name in old):
            node = replace(node, **new)
        if isinstance(node, typed.FieldPlace) and isinstance(node.base, typed.FieldPlace):
            return self._inner_field(node, node.base)
        return self._called(node) if isinstance(node, typed.CallExpr) else node

    def _inner_field(self, place: typed.FieldPlace, base: typed.FieldPlace) -> typed.FieldPlace:
        """Return the field *place* of a structure that is the field *base* of another one."""
        outer = base.base
        assert isinstance(outer.type, StructType)
        path = f"{base.field.name}.{place.field.name}"
        field = self._spec.layouts[outer.type.name].by_name[path]
        return replace(place, base=outer, field=field)

    def _called(self, call: typed.CallExpr) -> typed.CallExpr:
        """Return *call* as one of a function that was made for the places it passes."""
        function = self._spec.functions.get(call.function.key)
        if function is None or not any(function.by_reference):
            return call
        given = tuple([arg for arg in call.args if isinstance(arg, PLACES)])
        values = tuple([arg for arg in call.args if not isinstance(arg, PLACES)])
        return replace(call, function=self._function(function, given), args=values)

    def _function(
        self, function: typed.Function, given: tuple[typed.Place, ...]
    ) -> typed.FunctionRef:
        bare = tuple([_without_spans(place) for place in given])
        known = self._made.get((function.ref.key, bare))
        if known is not None:
            return known
        ref = replace(function.ref, key=f"{function.ref.key}&{len(self._made)}")
        self._made[function.ref.key, bare] = ref
        pairs = list(zip(function.parameters, function.by_reference, strict=True))
        meant = [parameter for parameter, is_ref in pairs if is_ref]
        places = {p.number: place for p, place in zip(meant, given, strict=True)}
        self.functions[ref.key] = replace(
            function,
            ref=ref,
            parameters=tuple([parameter for parameter, is_ref in pairs if not is_ref]),
            body=self.rewritten(function.body, places),
        )
        return ref


def _without_spans(place: typed.Place) -> typed.Place:
    """Return *place* wherever it is written, to tell whether two are the same."""
    match place:
        case typed.VarPlace():
            return replace(place, span=place.variable.span)
        case typed.FieldPlace():
            base = _without_spans(place.base)
            return replace(place, base=base, span=base.span)
        case _:
            raise AssertionError("no other place has a name of its own")
