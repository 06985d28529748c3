"""``copy(destination, source, n)``: bytes from one pointer to another."""

from __future__ import annotations

from cecheck.sema import type_errors, typed
from cecheck.sema.context import Code, Env
from cecheck.sema.conversions import fit, value_at
from cecheck.sema.places import refer
from cecheck.sema.references import PlaceRef, TargetRef, address_of, read
from cecheck.sema.scope import CopyName
from cecheck.sema.types import ADDRESS, ArrayType
from cecheck.sema.values import Poison
from cecheck.syntax import ast

_OPERANDS = 3


def is_copy(env: Env, callee: ast.Expr) -> bool:
    """Tell whether *callee* is the ``copy`` of the language."""
    return isinstance(callee, ast.Name) and isinstance(env.scope.find(callee.text), CopyName)


def copy(env: Env, node: ast.Invocation) -> typed.Copy | None:
    """Return the statement that *node* is: one site for both ranges."""
    if node.passes_all or len(node.args) != _OPERANDS:
        env.report(type_errors.wrong_copy(node))
        return None
    to, source = (_pointer(env, arg) for arg in node.args[:2])
    size = value_at(env, node.args[2], env.context.word)
    if isinstance(to, Poison) or isinstance(source, Poison) or isinstance(size, Poison):
        return None
    if env.code is Code.PLATFORM:
        env.context.asking.add(env.owner)  # whoever calls the function is asked
    return typed.Copy(to, source, size, env.site(node.span), node.span)


def _pointer(env: Env, arg: ast.Expr) -> typed.Expr | Poison:
    """Return where *arg* points to; an array stands for its first element."""
    ref = refer(env, arg)
    type_ = ref.place.type if isinstance(ref, PlaceRef) else None
    type_ = ref.type if isinstance(ref, TargetRef) else type_
    value = address_of(env, ref, arg.span) if isinstance(type_, ArrayType) else read(env, ref)
    return fit(env, value, ADDRESS, arg.span)
