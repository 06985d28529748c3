"""Entry points: parameters are those of the platform call, by name, with sharper types."""

from __future__ import annotations

from dataclasses import replace

from cecheck.sema import link_errors, type_errors, typed
from cecheck.sema.blocks import body
from cecheck.sema.context import Env
from cecheck.sema.control import statement
from cecheck.sema.functions import declare_parameters, parameter_scope
from cecheck.sema.platform import PlatformResult
from cecheck.sema.scope import Entity, Parameter, Scope, VariableName
from cecheck.sema.type_expr import promise_of
from cecheck.sema.types import PointerType
from cecheck.sema.values import POISON, Constant, Poison
from cecheck.syntax import ast


def elaborate_entry(
    env: Env, node: ast.Entry, driver: ast.Driver, platform: PlatformResult
) -> typed.Entry | None:
    """Read the entry *node* of *driver*."""
    if node.code is not None and not isinstance(env.evaluate(node.code), Constant | Poison):
        env.report(type_errors.not_constant(node.code.span))
    call = _entered(env, node, platform)
    parameters = declare_parameters(env, node.parameters)
    for parameter in node.parameters:
        if parameter.by_reference:
            env.report(link_errors.entry_by_reference(parameter.span))
    inside = replace(
        env,
        scope=parameter_scope(env, parameters),
        owner=f"entry {driver.name.text}.{node.name.text}",
        result=call.result if call is not None else POISON,
    )
    block = body(inside, node.body, statement)
    promises = _promises(env, node, parameters)
    if call is None:
        return None
    bound = [_bind(env, p, q, call) for p, q in zip(parameters, promises, strict=True)]
    good = tuple(b for b in bound if b is not None)
    kind = node.kind.text
    return typed.Entry(driver.name.text, node.name.text, kind, call.name, good, block, node.span)


def _entered(env: Env, node: ast.Entry, platform: PlatformResult) -> typed.PlatformCall | None:
    known = {call.enters: call for call in platform.calls}
    if node.kind.text not in known:
        if not platform.broken_calls:
            env.report(link_errors.unknown_kind(node.kind, tuple(known)))
        return None
    return known[node.kind.text]


def _promises(
    env: Env, node: ast.Entry, parameters: tuple[Parameter, ...]
) -> tuple[typed.Promise | None, ...]:
    """Return what the caller promises of each parameter, in terms of those beside it."""
    siblings: dict[str, Entity] = {}
    for p in parameters:
        if p.variable is not None:
            name, type_ = p.variable.name, p.variable.type
            beside = env.context.variable(name, type_, typed.Storage.SIBLING, p.span)
            siblings[name] = VariableName(beside, assignable=False)
    inside = env.within(Scope(siblings, env.scope))
    return tuple(
        promise_of(inside, written.type, p.variable.type) if p.variable is not None else None
        for written, p in zip(node.parameters, parameters, strict=True)
    )


def _bind(
    env: Env, parameter: Parameter, promise: typed.Promise | None, call: typed.PlatformCall
) -> typed.EntryParameter | None:
    if parameter.variable is None:
        return None
    names = tuple(p.name for p in call.parameters)
    if parameter.name not in names:
        env.report(link_errors.unknown_parameter(parameter, call, names))
        return None
    position = names.index(parameter.name)
    given, wanted = call.parameters[position].type, parameter.variable.type
    pointers = isinstance(given, PointerType) and isinstance(wanted, PointerType) and wanted.user
    if given != wanted and not pointers:
        env.report(link_errors.parameter_type(parameter, wanted, call.parameters[position]))
        return None
    return typed.EntryParameter(parameter.variable, position, promise)
