"""What a name stands for where a value is needed."""

from __future__ import annotations

from typing import assert_never

from cecheck.sema import errors, link_errors, typed
from cecheck.sema.context import Code, Env
from cecheck.sema.conversions import PROCESS
from cecheck.sema.references import LET, PlaceRef, Ref
from cecheck.sema.scope import (
    CONTEXT,
    ConstantName,
    CopyName,
    DriverName,
    Entity,
    FunctionName,
    GivenName,
    HandOnName,
    HiddenName,
    LastingName,
    MemoryName,
    PresentName,
    ProcessName,
    ResourceName,
    RetireName,
    Ruined,
    StringName,
    TableName,
    TypeName,
    VariableName,
)
from cecheck.sema.values import POISON, Constant, Poison
from cecheck.source import Span
from cecheck.syntax import ast


def find(env: Env, name: str, span: Span) -> Entity | Poison:
    """Return what *name* stands for, or report that it stands for nothing."""
    entity = env.scope.find(name)
    if isinstance(entity, HiddenName):
        return env.report(errors.hidden(span, name, entity))
    if entity is not None:
        return entity
    if env.code is Code.PLATFORM and name in env.context.lost:
        return env.report(link_errors.lost_name(env.context.lost[name], name, span))
    if name == CONTEXT:
        return env.report(link_errors.no_context(span))
    return env.report(errors.unknown_name(span, name, env.scope.visible()))


def refer_name(env: Env, node: ast.Name) -> Ref:
    """Return the place or the value that *node* names."""
    entity = find(env, node.text, node.span)
    match entity:
        case Poison() | Ruined():
            return POISON
        case VariableName(variable, assignable):
            place = typed.VarPlace(variable, variable.type, node.span)
            return PlaceRef(place, None if assignable else LET)
        case ConstantName(value):
            found = value.get()
            if isinstance(found, Constant):
                env.context.mentions.setdefault(env.owner, set()).add(node.text)
                return Constant(found.value, found.type, node.span, found.complemented)
            return found
        case GivenName(make):
            return make(node.span)
        case ProcessName(name):
            return typed.NamedProcess(name, PROCESS, node.span)
        case TypeName() | FunctionName() | TableName() | ResourceName() | DriverName():
            return env.report(errors.wrong_kind(node.span, node.text, entity, "a value"))
        case HiddenName() | HandOnName() | CopyName() | RetireName():
            return env.report(errors.wrong_kind(node.span, node.text, entity, "a value"))
        case LastingName() | MemoryName() | PresentName() | StringName():
            return env.report(errors.wrong_kind(node.span, node.text, entity, "a value"))
        case _:
            assert_never(entity)
