"""Functions of the platform that allocate: for each place that calls one, a function of its own.

``alloc(n) as address`` in a platform says nothing of what the memory holds: that is told by the
pointer which the caller passes, whose type the result has.  So each call of such a function in a
specification becomes one of a copy in which that type is written, and the place where memory is
allocated is the call: it is there that the driver has to give it back.  So it is where a function
shows memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import TypeVar

from cecheck.ir.program import Site
from cecheck.sema import link_errors, typed
from cecheck.sema.context import Context
from cecheck.sema.known import known_value
from cecheck.sema.types import ADDRESS, IntType, PointerType
from cecheck.sema.walk import nodes

_RULES = "rules "  # how the functions that rules make of others begin
_KEPT = frozenset({"span", "type", "site", "variable", "function", "field"})

T = TypeVar("T")
Change = Callable[[object], object]


def with_own_memory(context: Context, spec: typed.Spec) -> typed.Spec:
    """Return *spec* with a function of its own for each call that allocates in the platform."""
    makers = _makers(spec)
    for call in spec.platform.calls:
        for node in nodes(call):
            if isinstance(node, typed.CallExpr) and node.function.key in makers:
                context.report(link_errors.not_yet(node.span, "`alloc` in a call"))
    if not makers:
        return spec
    return _Copies(context, spec, makers).made()


def _makers(spec: typed.Spec) -> dict[str, None]:
    """Return the functions of the platform, and of rules, that allocate, be it in others."""
    ours = (f"{spec.platform.name}.", _RULES)
    bodies = {key: f.body for key, f in spec.functions.items() if key.startswith(ours)}
    found = {key: None for key, body in bodies.items() if any(map(_is_untyped, nodes(body)))}
    before = -1
    while before != len(found):
        before = len(found)
        for key, body in bodies.items():
            calls = (n for n in nodes(body) if isinstance(n, typed.CallExpr))
            if any(node.function.key in found for node in calls):
                found[key] = None
    return found


def _is_untyped(node: object) -> bool:
    return isinstance(node, typed.Borrowed) and node.type == ADDRESS


class _Copies:
    """The copies that a specification needs."""

    def __init__(self, context: Context, spec: typed.Spec, makers: dict[str, None]) -> None:
        self.context, self.spec, self.makers = context, spec, makers
        self.functions: dict[str, typed.Function] = {}
        self.makes: dict[str, Counter[type[typed.Borrowed]]] = {}

    def made(self) -> typed.Spec:
        """Return the specification with its calls of copies."""
        for key, function in self.spec.functions.items():
            if key not in self.makers:
                self.functions[key] = changed(function, self._called)
        drivers = changed(self.spec.drivers, self._called)
        return replace(self.spec, drivers=drivers, functions=self.functions)

    def _called(self, node: object) -> object:
        """Return a call as one of a copy that is made for it."""
        if not isinstance(node, typed.CallExpr) or node.function.key not in self.makers:
            return node
        return replace(node, function=self._copy(node.function, node))

    def _copy(self, ref: typed.FunctionRef, call: typed.CallExpr) -> typed.FunctionRef:
        """Return the copy of function *ref* for *call*."""
        own = replace(ref, key=f"{ref.key} #{len(self.functions)}")
        self.functions[own.key] = self.spec.functions[ref.key]  # its name is taken
        found = Counter[type[typed.Borrowed]]()

        def inside(node: object) -> object:
            if isinstance(node, typed.CallExpr) and node.function.key in self.makers:
                inner = self._copy(node.function, call)
                found.update(self.makes[inner.key])
                return replace(node, function=inner)
            if isinstance(node, typed.Borrowed) and _is_untyped(node):
                found[type(node)] += 1
                return self._allocation(node, call)
            return node

        function = changed(_pruned(self.spec.functions[ref.key], call), inside)
        if found and max(found.values()) > 1:  # places are told apart by where they are called
            what = "a function of the platform with more than one `alloc`, or `show`,"
            self.context.report(link_errors.not_yet(call.span, what))
        self.functions[own.key] = replace(function, ref=own, makes=bool(found))
        self.makes[own.key] = found
        return own

    def _allocation(self, node: typed.Borrowed, call: typed.CallExpr) -> typed.Borrowed:
        """Return *node* as what *call* does: memory of what the pointer given to it points to."""
        target = call.type.target if isinstance(call.type, PointerType) else None
        bytes_ = IntType(self.spec.widths.of("8"), False, self.spec.widths.size("8"), "u8")
        site = Site(" ".join(call.span.text.split()), call.span)
        type_ = PointerType(isinstance(node, typed.Show), target or bytes_)
        return replace(node, site=site, type=type_, span=call.span)


def _pruned(function: typed.Function, call: typed.CallExpr) -> typed.Function:
    """Return *function* without what a constant argument of *call* rules out."""
    if call.function.key != function.ref.key:
        return function  # it is called by the one that *call* means
    given = zip(function.parameters, call.args, strict=True)
    known = {p.number: a.value for p, a in given if isinstance(a, typed.Literal)}
    for node in nodes(function.body):
        for place in _changed_by(node):
            if isinstance(place, typed.VarPlace):
                known.pop(place.variable.number, None)

    def branch(node: object) -> object:
        if not isinstance(node, typed.If):
            return node
        holds = known_value(node.condition, known)
        if holds is None:
            return node
        nothing = typed.Block((), node.span)
        return replace(node, otherwise=nothing) if holds else replace(node, then=nothing)

    return changed(function, branch)


def _changed_by(node: object) -> tuple[object, ...]:
    """Return the places, and other things, that *node* changes, or lets others change."""
    match node:
        case typed.Assign(place=place) | typed.AddressOf(place=place):
            return (place,)
        case typed.CallExpr(args=args):
            return args
        case _:
            return ()


def changed(tree: T, change: Change) -> T:
    """Return *tree* with each node replaced by what *change* makes of it, from the inside out."""
    if isinstance(tree, tuple):
        parts = tuple(changed(part, change) for part in tree)
        same = all(new is old for new, old in zip(parts, tree, strict=True))
        return tree if same else parts  # type: ignore[return-value]
    if not is_dataclass(tree) or type(tree).__module__ != typed.__name__:
        return tree
    if isinstance(tree, typed.Variable | typed.FunctionRef | typed.FieldLayout):
        return tree
    new = {
        item.name: now
        for item in fields(tree)
        if item.name not in _KEPT
        and (now := changed(old := getattr(tree, item.name), change)) is not old
    }
    return change(replace(tree, **new) if new else tree)  # type: ignore[return-value, type-var]
