"""``retire(p)``: a process exits, and another has its place."""

from __future__ import annotations

from cecheck.sema import type_errors, typed
from cecheck.sema.context import Env
from cecheck.sema.conversions import PROCESS, value_at
from cecheck.sema.scope import RetireName
from cecheck.sema.values import Poison
from cecheck.syntax import ast


def is_retire(env: Env, callee: ast.Name) -> bool:
    """Tell whether *callee* is the word of the language."""
    return isinstance(env.scope.find(callee.text), RetireName)


def retire(env: Env, node: ast.CallStmt) -> typed.Retire | None:
    """Read ``retire(p)``, which stands in an ``environment`` only."""
    assert isinstance(node.call.callee, ast.Name)
    entity = env.scope.find(node.call.callee.text)
    assert isinstance(entity, RetireName)
    if not entity.here:
        env.report(type_errors.retire_elsewhere(node.span))
        return None
    if node.call.passes_all or len(node.call.args) != 1:
        env.report(type_errors.wrong_retire(node.call))
        return None
    process = value_at(env, node.call.args[0], PROCESS)
    return None if isinstance(process, Poison) else typed.Retire(process, node.span)
