"""The state of processes and threads, and the processes that a platform names."""

from __future__ import annotations

from dataclasses import replace

from cecheck.record import record
from cecheck.sema import errors, link_errors, typed
from cecheck.sema.context import Env
from cecheck.sema.conversions import BOOL, value_at
from cecheck.sema.declarations import Names
from cecheck.sema.scope import ProcessName, VariableName
from cecheck.sema.type_expr import resolve
from cecheck.sema.types import BoolType, IntType, ProcessType, SetType
from cecheck.sema.values import Poison
from cecheck.syntax import ast

_TRAITS = {"trusted": 1, "untrusted": 0}


@record
class Fields:
    """Declared fields; their initial values are read when every name is known."""

    declared: tuple[tuple[typed.Variable, ast.Expr | None], ...]


def declare_process_fields(
    names: Names, states: tuple[ast.ProcessState, ...], platform: ast.Platform
) -> Fields:
    """Declare ``process { ... }``; its fields are reached through a process."""
    known = names.env.context.process_fields
    found = []
    for field in (f for state in states for f in state.fields):
        variable = _field(names, field, typed.Storage.PROCESS_FIELD)
        if field.restored:
            names.env.report(link_errors.misplaced_mark(field.name, "restored", "thread"))
        if variable is None:
            continue
        if field.name.text in known:
            first = known[field.name.text].span
            names.env.report(errors.duplicate(field.name.span, field.name.text, first))
            continue
        known[field.name.text] = replace(variable, unique=field.unique)
        found.append((known[field.name.text], field.value))
    _check_process_fields(names, platform)
    return Fields(tuple(found))


def _check_process_fields(names: Names, platform: ast.Platform) -> None:
    known = names.env.context.process_fields
    unique = [v for v in known.values() if v.unique]
    if len(unique) != 1 or not isinstance(unique[0].type, IntType):
        span = unique[-1].span if unique else platform.name.span
        names.env.report(link_errors.needs_unique(span, platform.name.text))
        for variable in unique:
            known[variable.name] = replace(variable, unique=False)
    trusted = known.get("trusted")
    if trusted is not None and not isinstance(trusted.type, BoolType):
        names.env.report(link_errors.trusted_is_no_truth(trusted.span, trusted.type))


def declare_thread_fields(names: Names, states: tuple[ast.ThreadState, ...]) -> Fields:
    """Declare ``thread { ... }``; its fields are names of the platform."""
    found = []
    for field in (f for state in states for f in state.fields):
        variable = _field(names, field, typed.Storage.THREAD_FIELD)
        if field.unique:
            names.env.report(link_errors.misplaced_mark(field.name, "unique", "process"))
        if variable is not None:
            variable = replace(variable, restored=field.restored)
            names.add(field.name, VariableName(variable, assignable=True))
            found.append((variable, field.value))
    return Fields(tuple(found))


def _field(names: Names, field: ast.StateField, storage: typed.Storage) -> typed.Variable | None:
    type_ = resolve(names.env, field.type)
    if isinstance(type_, Poison):
        return None
    if not isinstance(type_, IntType | BoolType | ProcessType | SetType):
        what = f"a process or thread field of type `{type_.name}`"
        names.env.report(link_errors.not_yet(field.type.span, what))
        return None
    return names.env.context.variable(field.name.text, type_, storage, field.name.span)


def initial(env: Env, fields: Fields) -> tuple[typed.FieldInit, ...]:
    """Return the initial values of *fields*."""
    found = []
    for variable, written in fields.declared:
        value = value_at(env, written, variable.type) if written is not None else None
        if not isinstance(value, Poison):
            found.append(typed.FieldInit(variable, value))
    return tuple(found)


def declare_servers(names: Names, servers: tuple[ast.Server, ...]) -> None:
    """Declare the processes that the platform names."""
    for node in servers:
        names.add(node.name, ProcessName(node.name.text, node.name.span))


def server(env: Env, node: ast.Server) -> typed.NamedProcessDecl:
    """Return a named process with the fields it fixes."""
    fields: list[tuple[typed.Variable, typed.Expr]] = []
    known = env.context.process_fields
    if node.trait is not None:
        trusted = _trait(env, node.trait, known.get("trusted"))
        fields += [trusted] if trusted is not None else []
    for item in node.fields:
        name = item.target.text if isinstance(item.target, ast.Name) else ""
        variable = known.get(name)
        if variable is None:
            wanted = ast.Identifier(name, item.target.span)
            env.report(errors.unknown_field(wanted, "a process", tuple(known)))
            continue
        value = value_at(env, item.value, variable.type)
        if not isinstance(value, Poison):
            fields.append((variable, value))
    return typed.NamedProcessDecl(node.name.text, tuple(fields), node.span)


def _trait(
    env: Env, trait: ast.Identifier, trusted: typed.Variable | None
) -> tuple[typed.Variable, typed.Expr] | None:
    if trait.text not in _TRAITS:
        env.report(errors.unknown_trait(trait, tuple(_TRAITS)))
        return None
    if trusted is None:
        env.report(link_errors.no_trusted_field(trait.span))
        return None
    return trusted, typed.Literal(_TRAITS[trait.text], BOOL, trait.span)
