"""What is opened and closed in pairs: ``resource`` of a platform, ``.open`` and ``.close``."""

from __future__ import annotations

from cecheck.sema import errors, type_errors, typed
from cecheck.sema.context import Env
from cecheck.sema.conversions import value_at
from cecheck.sema.scope import ResourceName
from cecheck.sema.values import Poison
from cecheck.syntax import ast

_OPEN, _CLOSE = "open", "close"


def resource_of(env: Env, callee: ast.Expr) -> ResourceName | None:
    """Return the resource of which *callee* is a member."""
    if not isinstance(callee, ast.Member) or not isinstance(callee.base, ast.Name):
        return None
    entity = env.scope.find(callee.base.text)
    return entity if isinstance(entity, ResourceName) else None


def pair(
    env: Env, node: ast.Invocation, resource: ResourceName, name: ast.Identifier
) -> typed.Pair | None:
    """Return ``resource.open(args)`` or ``resource.close(args)``."""
    if name.text not in (_OPEN, _CLOSE):
        what = f"resource `{resource.name}`"
        env.report(errors.unknown_field(name, what, (_OPEN, _CLOSE)))
        return None
    if node.passes_all or len(node.args) != len(resource.parameters):
        env.report(type_errors.wrong_pair_count(node, resource.name, len(resource.parameters)))
        return None
    values = [
        value_at(env, arg, parameter.variable.type)
        for arg, parameter in zip(node.args, resource.parameters, strict=True)
        if parameter.variable is not None
    ]
    good = tuple(value for value in values if not isinstance(value, Poison))
    if len(good) != len(resource.parameters):
        return None
    env.context.asking.add(env.owner)
    return typed.Pair(resource.name, name.text == _OPEN, good, node.span)


def is_asked(env: Env, key: str) -> bool:
    """Return whether something is asked of whoever calls the function *key*: that what it opens is
    closed, or that what it changes is pinned no longer."""
    return not env.context.asking.isdisjoint(env.context.reached(key))
