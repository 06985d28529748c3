"""Rules: what must be true before and after calls of the platform's functions.

A function that a rule watches is, for the code of the specification, another function: what
stands before it, the function itself, and what stands behind it.  The platform's own calls are not
watched.  The variables of a rule belong to a thread and begin anew with each call from outside.
"""

from __future__ import annotations

from dataclasses import replace

from cecheck.record import record
from cecheck.sema import errors, rule_errors, type_errors, typed
from cecheck.sema.blocks import block
from cecheck.sema.context import Env
from cecheck.sema.control import statement
from cecheck.sema.conversions import fit
from cecheck.sema.declarations import Names
from cecheck.sema.scope import (
    Entity,
    FunctionName,
    Parameter,
    Ruined,
    Scope,
    Signature,
    VariableName,
)
from cecheck.sema.type_expr import resolve
from cecheck.sema.types import BoolType, IntType, VoidType
from cecheck.sema.values import Poison
from cecheck.source import Span
from cecheck.syntax import ast
from cecheck.syntax.walk import nodes


@record
class _Handler:
    """A block of a rule, and the names that it may use."""

    node: ast.On
    scope: Scope


def declare_rules(
    names: Names, rules: tuple[ast.Rule, ...], outer: Env
) -> tuple[typed.GlobalInit, ...]:
    """Put what *rules* make of functions in *names*; return the variables of the rules.

    *outer* sees what the platform offers.  The blocks of a rule see the declarations of the file
    besides, but no driver, and what they call themselves is not watched.
    """
    variables: list[typed.GlobalInit] = []
    watched: dict[str, tuple[Signature, list[_Handler]]] = {}
    for rule in rules:
        scope, inits = _variables(names.env, rule)
        variables += inits
        for node in rule.handlers:
            signature = _watched(outer, scope, node)
            if signature is not None:
                _, handlers = watched.setdefault(signature.ref.key, (signature, []))
                handlers.append(_Handler(node, scope))
    found = [_wrapped(names.env, *item) for item in watched.values()]
    for signature in (signature for signature in found if signature is not None):
        name = ast.Identifier(signature.ref.name, signature.span)
        names.add(name, FunctionName(signature))
    return tuple(variables)


def _variables(env: Env, rule: ast.Rule) -> tuple[Scope, list[typed.GlobalInit]]:
    """Return the scope of *rule*, and its variables with their first values."""
    names: dict[str, Entity] = {}
    inits: list[typed.GlobalInit] = []
    for node in rule.variables:
        first = names.get(node.name.text)
        if first is not None and first.span is not None:
            env.report(errors.duplicate(node.name.span, node.name.text, first.span))
        found = _variable(env, node)
        names[node.name.text] = Ruined(node.name.span)
        if found is not None:
            names[node.name.text] = VariableName(found.variable, assignable=True)
            inits.append(found)
    return Scope(names, env.scope), inits


def _variable(env: Env, node: ast.Var) -> typed.GlobalInit | None:
    if node.type is None:
        env.report(type_errors.needs_type(node.name.span, node.name.text, "bool"))
        return None
    type_ = resolve(env, node.type)
    if isinstance(type_, Poison):
        return None
    if not isinstance(type_, IntType | BoolType):
        env.report(rule_errors.no_rule_variable(node.type.span, type_))
        return None
    variable = env.context.variable(node.name.text, type_, typed.Storage.MONITOR, node.name.span)
    if node.value is None:
        return typed.GlobalInit(variable, None)
    value = fit(env, env.evaluate(node.value, type_), type_, node.value.span)
    if not isinstance(value, Poison) and not isinstance(value, typed.Literal):
        value = env.report(type_errors.not_constant(node.value.span))
    return None if isinstance(value, Poison) else typed.GlobalInit(variable, value)


def _watched(env: Env, inner: Scope, node: ast.On) -> Signature | None:
    """Return the function of the platform that *node* is about; *inner* are other names."""
    target = node.target
    entity = env.scope.find(target.text) if isinstance(target, ast.Name) else None
    if isinstance(target, ast.Name) and entity is None and not inner.find(target.text):
        env.report(errors.unknown_name(target.span, target.text, env.scope.visible()))
        return None
    if not isinstance(entity, FunctionName) or not entity.signature.ref.is_api:
        env.report(rule_errors.not_watchable(target.span))
        return None
    count = len(entity.signature.parameters)
    if len(node.names) != count:
        env.report(rule_errors.names_of_arguments(target.span, entity.signature))
        return None
    for jump in (one for one in nodes(node.body) if isinstance(one, ast.Return)):
        env.report(rule_errors.return_in_rule(jump.span))
    return entity.signature


def _wrapped(env: Env, signature: Signature, handlers: list[_Handler]) -> Signature | None:
    """Make the function that stands for the one of *signature* in the specification."""
    broken = any(p.variable is None for p in signature.parameters)
    if isinstance(signature.result, Poison) or broken:
        return None
    span = handlers[0].node.target.span
    key = f"rules {signature.ref.name}"
    parameters = tuple(_parameter(env, p) for p in signature.parameters)
    given = [p.variable for p in parameters if p.variable is not None]
    inside = replace(env, owner=key)
    before = [_handled(inside, h, given) for h in handlers if h.node.before]
    after = [_handled(inside, h, given) for h in handlers if not h.node.before]
    ref = typed.FunctionRef(key, signature.ref.name, True)
    body = _body(env, signature, given, (before, after), span)
    by_reference = tuple(p.by_reference for p in parameters)
    env.context.functions[key] = typed.Function(
        ref, tuple(given), by_reference, signature.result, body, span
    )
    env.context.calls.setdefault(key, []).append((signature.ref.key, span))
    return Signature(ref, parameters, signature.result, span)


def _parameter(env: Env, old: Parameter) -> Parameter:
    assert old.variable is not None
    variable = env.context.variable(old.name, old.variable.type, typed.Storage.LOCAL, old.span)
    return Parameter(old.name, variable, old.by_reference, old.span)


def _handled(env: Env, handler: _Handler, given: list[typed.Variable]) -> tuple[typed.Stmt, ...]:
    """Return the statements of a handler, which sees the arguments under its own names."""
    names: dict[str, Entity] = {}
    for name, variable in zip(handler.node.names, given, strict=True):
        if name.text in names:
            first = names[name.text].span or name.span
            env.report(errors.duplicate(name.span, name.text, first))
        own = replace(variable, name=name.text, span=name.span)
        names[name.text] = VariableName(own, assignable=False)
    inside = env.within(Scope(names, handler.scope))
    found, _ = block(inside, handler.node.body, statement)
    return found.statements


def _body(
    env: Env,
    signature: Signature,
    given: list[typed.Variable],
    around: tuple[list[tuple[typed.Stmt, ...]], list[tuple[typed.Stmt, ...]]],
    span: Span,
) -> typed.Block:
    """Return what stands before, the function itself, and what stands behind."""
    places = [typed.VarPlace(variable, variable.type, span) for variable in given]
    args = tuple(
        place if p.by_reference else typed.Read(place, place.type, span)
        for place, p in zip(places, signature.parameters, strict=True)
    )
    before, after = ([s for part in parts for s in part] for parts in around)
    assert not isinstance(signature.result, Poison)
    ref = replace(signature.ref, is_api=False)  # a story tells the call once
    call = typed.CallExpr(ref, args, signature.result, span)
    if isinstance(signature.result, VoidType):
        return typed.Block((*before, typed.Evaluate(call, span), *after), span)
    result = env.context.variable("result", signature.result, typed.Storage.LOCAL, span)
    read = typed.Read(typed.VarPlace(result, result.type, span), result.type, span)
    declare = typed.Declare(result, call, span)
    return typed.Block((*before, declare, *after, typed.Return(read, span)), span)
