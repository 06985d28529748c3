"""Functions: their signatures first, so that they may call each other, then their bodies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cecheck.record import record
from cecheck.sema import errors, type_errors, typed
from cecheck.sema.blocks import body, is_storable
from cecheck.sema.context import Code, Env
from cecheck.sema.control import statement
from cecheck.sema.declarations import Names
from cecheck.sema.expansion import MAX_NESTING, MAX_PATH, report_expansion, report_nesting
from cecheck.sema.layout import size_of
from cecheck.sema.scope import (
    Entity,
    FunctionName,
    Parameter,
    Ruined,
    Scope,
    Signature,
    VariableName,
)
from cecheck.sema.type_expr import promise_of, resolve
from cecheck.sema.types import ArrayType, PointersType, StructType, Type, VoidType
from cecheck.sema.values import Poison
from cecheck.syntax import ast


@record
class Declared:
    """A function whose body is still to be read."""

    node: ast.Function
    signature: Signature


def declare_functions(
    names: Names, functions: Iterable[ast.Function], owner: str
) -> tuple[Declared, ...]:
    """Declare *functions* under keys that begin with *owner*."""
    found = []
    for node in functions:
        key = f"{owner}.{node.name.text}" if owner else node.name.text
        ref = typed.FunctionRef(key, node.name.text, node.is_api)
        parameters = declare_parameters(names.env, node.parameters)
        result = result_type(names.env, node.result)
        signature = Signature(ref, parameters, result, node.name.span)
        names.add(node.name, FunctionName(signature))
        found.append(Declared(node, signature))
    return tuple(found)


def result_type(env: Env, written: ast.TypeExpr | None) -> Type | Poison:
    """Return what a function or call gives."""
    if written is None:
        return VoidType()
    type_ = resolve(env, written)
    if isinstance(type_, Poison):
        return type_
    if not is_storable(type_) or isinstance(type_, StructType | ArrayType | PointersType):
        return env.report(type_errors.no_local(written.span, type_))
    return type_


def declare_parameters(env: Env, parameters: tuple[ast.Parameter, ...]) -> tuple[Parameter, ...]:
    """Return *parameters* as local variables; what they promise is read later, beside them."""
    return tuple(
        Parameter(p.name.text, _parameter(env, p), p.by_reference, p.name.span) for p in parameters
    )


def _parameter(env: Env, node: ast.Parameter) -> typed.Variable | None:
    type_ = resolve(env, node.type)
    if isinstance(type_, Poison):
        return None
    if not is_storable(type_) or isinstance(type_, PointersType):
        env.report(type_errors.no_local(node.type.span, type_))
        return None
    if isinstance(type_, StructType | ArrayType) and not node.by_reference:
        env.report(type_errors.not_a_value(node.type.span, type_))
        return None
    if isinstance(type_, StructType | ArrayType):
        size_of(env, type_, node.type.span)
    return env.context.variable(node.name.text, type_, typed.Storage.LOCAL, node.name.span)


def parameter_scope(env: Env, parameters: tuple[Parameter, ...]) -> Scope:
    """Return a frame with *parameters* inside the scope of *env*."""
    names: dict[str, Entity] = {}
    for p in parameters:
        if p.name in names:
            env.report(errors.duplicate(p.span, p.name, names[p.name].span or p.span))
        names[p.name] = Ruined(p.span) if p.variable is None else VariableName(p.variable, True)
    return Scope(names, env.scope)


def check_promises(
    env: Env, nodes: tuple[ast.Parameter, ...], parameters: tuple[Parameter, ...]
) -> None:
    """Read what parameters of a function promise; nobody relies on it (semantics 4.3)."""
    for node, parameter in zip(nodes, parameters, strict=True):
        if parameter.variable is not None:
            promise_of(env, node.type, parameter.variable.type)


def elaborate_functions(env: Env, functions: tuple[Declared, ...]) -> None:
    """Read the bodies of *functions*."""
    for function in functions:
        _function(env, function.node, function.signature)


def _function(env: Env, node: ast.Function, signature: Signature) -> None:
    scope = parameter_scope(env, signature.parameters)
    inside = replace(env, scope=scope, owner=signature.ref.key, result=signature.result)
    check_promises(inside, node.parameters, signature.parameters)
    block = body(inside, node.body, statement)
    variables = tuple(p.variable for p in signature.parameters if p.variable is not None)
    by_reference = tuple(p.by_reference for p in signature.parameters)
    if isinstance(signature.result, Poison) or len(variables) != len(by_reference):
        return
    env.context.functions[signature.ref.key] = typed.Function(
        signature.ref, variables, by_reference, signature.result, block, node.span,
        of_platform=env.code is Code.PLATFORM,
    )  # fmt: skip


def check_calls(env: Env, bodies: object) -> None:
    """Calls are inlined, so none may come round, stand for too many others, or nest too deep; the
    last is asked of *bodies*."""
    done: set[str] = set()
    if not any([_visit(env, key, (), done) for key in tuple(env.context.calls)]):
        report_expansion(env)
        report_nesting(env, bodies)


def _visit(env: Env, key: str, path: tuple[str, ...], done: set[str]) -> bool:
    """Report the calls that come round behind *path*; tell whether there are any."""
    if key in done:
        return False
    path, found = (*path, key), False
    for callee, span in env.context.calls.get(key, ()):
        if callee in path:
            env.report(type_errors.recursion(span, path[path.index(callee) :]))
            found = True
        elif len(path) > MAX_PATH:
            env.report(errors.calls_too_deep(span, MAX_NESTING))
            found = True
        else:
            found |= _visit(env, callee, path, done)
    done.add(key)
    return found
