"""``string_length(p)``: how many elements stand before the first zero, or before *most*."""

from __future__ import annotations

from cecheck.sema import link_errors, operator_errors, typed
from cecheck.sema.context import Code, Env
from cecheck.sema.conversions import value_at
from cecheck.sema.layout import size_of
from cecheck.sema.places import elements
from cecheck.sema.types import IntType, PointerType
from cecheck.sema.values import POISON, Poison, Value
from cecheck.syntax import ast

_MOST_OPERANDS = 2


def string_length(env: Env, node: ast.Invocation) -> Value:
    """Return the call *node*, a site: its value is a number as wide as an address."""
    if env.code is Code.PLATFORM:
        return env.report(link_errors.not_yet(node.span, "`string_length` in a platform"))
    if node.passes_all or not 1 <= len(node.args) <= _MOST_OPERANDS:
        return env.report(operator_errors.wrong_string_length(node))
    pointer, word, most = elements(env, node.args[0]), env.context.word, None
    if len(node.args) == _MOST_OPERANDS:
        most = value_at(env, node.args[1], word)
    if isinstance(pointer, Poison) or isinstance(most, Poison):
        return POISON
    assert isinstance(pointer.type, PointerType)
    if not isinstance(pointer.type.target, IntType):
        return env.report(operator_errors.no_zero_element(node.args[0].span, pointer.type))
    stride = size_of(env, pointer.type.target, node.args[0].span)
    if isinstance(stride, Poison):
        return stride
    return typed.StringLength(pointer, most, stride, env.site(node.span), word, node.span)
