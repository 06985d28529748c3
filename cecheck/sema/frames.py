"""Platform calls: the frames through which a client enters a driver."""

from __future__ import annotations

from dataclasses import replace

from cecheck.sema import link_errors, typed
from cecheck.sema.blocks import body
from cecheck.sema.context import Env, Frame
from cecheck.sema.control import statement
from cecheck.sema.functions import check_promises, declare_parameters, parameter_scope, result_type
from cecheck.sema.life import check_call
from cecheck.sema.types import VoidType
from cecheck.sema.values import Poison
from cecheck.syntax import ast


def elaborate_call(env: Env, node: ast.Call) -> typed.PlatformCall | None:
    """Return the call *node*; its parameters can be assigned to."""
    if node.parameters is None:
        env.report(link_errors.not_yet(node.name.span, "a call that takes any arguments"))
        return None
    parameters = declare_parameters(env, node.parameters)
    result = result_type(env, node.result)
    variables = tuple(p.variable for p in parameters if p.variable is not None)
    inside = replace(
        env,
        scope=parameter_scope(env, parameters),
        owner=f"call {node.name.text}",
        result=result,
        frame=Frame(variables, VoidType() if isinstance(result, Poison) else result),
    )
    check_promises(inside, node.parameters, parameters)
    check_call(env, node, result)
    block = body(inside, node.body, statement)
    if isinstance(result, Poison) or len(variables) != len(parameters):
        return None
    env.context.site_names.add(node.name.text)
    kind = node.enters.text
    return typed.PlatformCall(
        node.name.text, variables, result, kind, block, node.span, node.critical
    )
