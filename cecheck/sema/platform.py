"""A platform: its processes, thread fields, maps, functions, calls and hooks."""

from __future__ import annotations

from cecheck.record import record
from cecheck.sema import errors, link_errors, typed
from cecheck.sema.computing import check_hooks
from cecheck.sema.constant_demands import check_constants
from cecheck.sema.context import Env
from cecheck.sema.declarations import (
    Names,
    check_types_and_constants,
    declare_types_and_constants,
    only,
)
from cecheck.sema.environments import elaborate_environments
from cecheck.sema.frames import elaborate_call
from cecheck.sema.functions import declare_functions, declare_parameters, elaborate_functions
from cecheck.sema.hooks import find_hooks
from cecheck.sema.processes import (
    Fields,
    declare_process_fields,
    declare_servers,
    declare_thread_fields,
    initial,
    server,
)
from cecheck.sema.room import check_room
from cecheck.sema.scope import (
    ConstantName,
    Entity,
    FunctionName,
    HiddenName,
    ProcessName,
    ResourceName,
    Ruined,
    Scope,
    TableName,
    TypeName,
    describe,
)
from cecheck.sema.tables import check_tables
from cecheck.sema.type_expr import resolve
from cecheck.sema.types import BoolType, IntType, PointerType, ProcessType
from cecheck.sema.values import Constant, Poison
from cecheck.sema.variant import Variant
from cecheck.syntax import ast


@record
class PlatformResult:
    """A platform with all of its names."""

    platform: typed.Platform | None
    names: dict[str, Entity]
    calls: tuple[typed.PlatformCall, ...]
    broken_calls: bool  # some call could not be read: do not blame entries for missing it


def elaborate_platform(env: Env, variant: Variant) -> PlatformResult:
    """Read the platform of *variant*, whole: mistakes in unused parts are found, too."""
    node = variant.platform
    names = Names(env)
    _refuse(env, node)
    declare_types_and_constants(names, node.items, node.name.text)
    processes = declare_process_fields(names, only(node.items, ast.ProcessState), node)
    servers = only(node.items, ast.Server)
    declare_servers(names, servers)
    threads = declare_thread_fields(names, only(node.items, ast.ThreadState))
    tables = tuple(t for t in (_table(names, m) for m in only(node.items, ast.Map)) if t)
    resources = _resources(names, only(node.items, ast.Resource))
    functions = declare_functions(names, only(node.items, ast.Function), node.name.text)
    check_types_and_constants(names.env, names)
    elaborate_functions(names.env, functions)
    calls = _calls(names.env, only(node.items, ast.Call))
    events = elaborate_environments(names, only(node.items, ast.Environment))
    hooks = find_hooks(names.env, node)
    env.context.pins = "pinned" in hooks
    check_tables(names.env, hooks)
    check_hooks(names.env, hooks)
    check_constants(names.env, only(node.items, ast.Invariant))
    parts = _Parts(processes, threads, tables, resources, calls, hooks, events)
    platform = _assemble(names, variant, parts, servers)
    broken = len(calls) < len(only(node.items, ast.Call))
    return PlatformResult(platform, dict(names.items), calls, broken)


def public_scope(names: dict[str, Entity], platform: str, outer: Scope) -> Scope:
    """Return what specifications see: constants, types, ``api`` functions, named processes."""
    visible: dict[str, Entity] = {}
    for name, entity in names.items():
        match entity:
            case ConstantName() | TypeName() | ProcessName() | Ruined():
                visible[name] = entity
            case FunctionName(signature) if signature.ref.is_api:
                visible[name] = entity
            case _:
                assert entity.span is not None
                visible[name] = HiddenName(describe(entity), platform, entity.span)
    return Scope(visible, outer)


@record
class _Parts:
    processes: Fields
    threads: Fields
    tables: tuple[typed.TableDecl, ...]
    resources: tuple[typed.ResourceDecl, ...]
    calls: tuple[typed.PlatformCall, ...]
    hooks: dict[str, str]
    events: tuple[typed.Environment, ...]


def _assemble(
    names: Names, variant: Variant, parts: _Parts, servers: tuple[ast.Server, ...]
) -> typed.Platform | None:
    node = variant.platform
    process_fields = initial(names.env, parts.processes)
    thread_fields = initial(names.env, parts.threads)
    fields = names.env.context.process_fields
    unique = next((v for v in fields.values() if v.unique), None)
    decls = tuple(server(names.env, s) for s in servers)
    home = _drivers_in(names, node)
    if unique is None:
        return None
    platform = typed.Platform(
        name=node.name.text,
        thread_fields=thread_fields,
        process_fields=process_fields,
        unique=unique,
        trusted=fields.get("trusted"),
        processes=decls,
        tables=parts.tables,
        resources=parts.resources,
        calls=parts.calls,
        hooks=parts.hooks,
        constants=_constants(names),
        drivers_in=home,
        changes=variant.words,
        span=node.span,
        events=parts.events,
    )
    check_room(names.env, platform)
    return platform


def _drivers_in(names: Names, node: ast.Platform) -> str:
    home = ""
    for item in only(node.items, ast.DriversIn):
        home = item.process.text
        find_process(names.env, item.process)
    return home


def find_process(env: Env, name: ast.Identifier) -> None:
    """Report if *name* is not a process that the platform names."""
    entity = env.scope.find(name.text)
    if entity is None:
        known = [n for n in env.scope.visible() if isinstance(env.scope.find(n), ProcessName)]
        env.report(errors.unknown_process(name, tuple(known)))
    elif not isinstance(entity, ProcessName):
        env.report(errors.wrong_kind(name.span, name.text, entity, "a process"))


def _constants(names: Names) -> dict[str, int]:
    """Return the constants of the platform; those that are truth values are its named facts."""
    found = {}
    for name, entity in names.items:
        value = entity.value.get() if isinstance(entity, ConstantName) else None
        if isinstance(value, Constant):
            is_fact = isinstance(value.type, BoolType)
            found[name] = bool(value.value) if is_fact else value.value
    return found


def _table(names: Names, node: ast.Map) -> typed.TableDecl | None:
    env = names.env
    index, type_ = resolve(env, node.index), resolve(env, node.type)
    if isinstance(index, Poison) or isinstance(type_, Poison):
        return None
    if not isinstance(index, IntType):
        env.report(errors.not_a(node.index.span, "an integer type"))
        return None
    variable = env.context.variable(node.name.text, type_, typed.Storage.TABLE, node.name.span)
    names.add(node.name, TableName(variable, index))
    value = env.evaluate(node.value, type_) if node.value is not None else None
    is_zero = isinstance(value, Constant | typed.Literal) and value.value == 0
    if value is not None and not is_zero and not isinstance(value, typed.Chosen | Poison):
        assert node.value is not None
        what = "a map that begins with other than `any` or zero"
        env.report(link_errors.not_yet(node.value.span, what))
        return None
    return typed.TableDecl(
        variable, index, value if isinstance(value, typed.Chosen) else None, node.span
    )


def _resources(
    names: Names, declared: tuple[ast.Resource, ...]
) -> tuple[typed.ResourceDecl, ...]:
    """Declare what can be opened; its parameters are words."""
    found = []
    for node in declared:
        parameters = declare_parameters(names.env, node.parameters)
        for written, parameter in zip(node.parameters, parameters, strict=True):
            words = IntType | BoolType | PointerType | ProcessType
            if parameter.variable is not None and not isinstance(parameter.variable.type, words):
                what = "an integer, a pointer or a process"
                names.env.report(errors.not_a(written.type.span, what))
        variables = tuple(p.variable for p in parameters if p.variable is not None)
        names.add(node.name, ResourceName(node.name.text, parameters, node.name.span))
        found.append(typed.ResourceDecl(node.name.text, variables, node.span))
    return tuple(found)


def _calls(env: Env, nodes: tuple[ast.Call, ...]) -> tuple[typed.PlatformCall, ...]:
    kinds: dict[str, ast.Identifier] = {}
    found = []
    for node in nodes:
        first = kinds.setdefault(node.enters.text, node.enters)
        if first is not node.enters:
            env.report(link_errors.kind_entered_twice(node.enters, first))
        call = elaborate_call(env, node)
        if call is not None:
            found.append(call)
    return tuple(found)


def _refuse(env: Env, node: ast.Platform) -> None:
    """Report what a platform may not have yet."""
    for item in node.items:
        match item:
            case ast.Var():
                env.report(link_errors.not_yet(item.span, "a variable of a platform"))
            case _:
                pass
