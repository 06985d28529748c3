"""The life of a driver: when it is there, its open handles, and what it keeps for each of them."""

from __future__ import annotations

from dataclasses import replace

from cecheck.sema import errors, link_errors, typed
from cecheck.sema.context import Env
from cecheck.sema.declarations import Names, only
from cecheck.sema.scope import CONTEXT, VariableName
from cecheck.sema.structures import declare_structure
from cecheck.sema.types import BoolType, IntType, StructType
from cecheck.sema.values import Poison
from cecheck.syntax import ast

_ONCE = (typed.INIT, typed.OPEN, typed.CLOSE, typed.DEINIT)
BY_THE_SYSTEM = (typed.INIT, typed.DEINIT)


def declare_context(names: Names, node: ast.Driver) -> typed.Variable | None:
    """Return what *node* keeps for each handle: a structure, whose layout nobody sees."""
    states = only(node.items, ast.ContextState)
    if not states:
        return None
    first, *others = states
    for other in others:
        names.env.report(errors.duplicate(other.span, CONTEXT, first.span))
    name = ast.Identifier(f"context of {node.name.text}", first.span)
    declare_structure(names.env, name.text, ast.Struct(name, False, first.fields, first.span))
    names.env.context.structures[name.text].layout.get()
    type_ = StructType(name.text)
    variable = names.env.context.variable(CONTEXT, type_, typed.Storage.CONTEXT, first.span)
    return replace(variable, owner=node.name.text)


def on_a_handle(env: Env, entry: ast.Entry, context: typed.Variable | None) -> Env:
    """Return the surroundings of *entry*: where it works on a handle, its context is there."""
    if context is None or entry.kind.text in BY_THE_SYSTEM:
        return env
    return env.within(env.scope.inner().with_name(CONTEXT, VariableName(context, True)))


def check_life(env: Env, node: ast.Driver) -> None:
    """Report what does not fit together: a handle that is never opened, two `init`."""
    first: dict[str, ast.Identifier] = {}
    for entry in only(node.items, ast.Entry):
        kind = entry.kind
        if kind.text in _ONCE and first.setdefault(kind.text, kind) is not kind:
            env.report(link_errors.second_of_kind(kind, first[kind.text]))
    for state in only(node.items, ast.ContextState)[:1]:
        if typed.OPEN not in first:
            env.report(link_errors.needs_entry(state.span, "`context`", typed.OPEN))
    needs = {typed.CLOSE: (typed.OPEN,), typed.DEINIT: (typed.OPEN, typed.CLOSE)}
    for needing, others in needs.items():
        for other in others:
            if needing in first and other not in first:
                span = first[needing].span
                env.report(link_errors.needs_entry(span, f"`{needing}`", other))


def check_call(env: Env, node: ast.Call, result: object) -> None:
    """Report a call that cannot enter what the language knows: without a caller, or a result."""
    kind = node.enters.text
    if kind in BY_THE_SYSTEM and node.parameters:
        env.report(link_errors.takes_arguments(node.name, kind))
    if kind in (typed.INIT, typed.OPEN) and not isinstance(result, IntType | BoolType | Poison):
        env.report(link_errors.tells_no_success(node.name, kind))
