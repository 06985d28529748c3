"""Drivers: their state, functions, entries and threads; and the clients that call them."""

from __future__ import annotations

from dataclasses import replace

from cecheck.record import record
from cecheck.sema import errors, link_errors, type_errors, typed
from cecheck.sema.blocks import body, is_storable
from cecheck.sema.context import Env
from cecheck.sema.control import statement
from cecheck.sema.conversions import condition, fit
from cecheck.sema.declarations import (
    Names,
    check_types_and_constants,
    declare_types_and_constants,
    only,
)
from cecheck.sema.entries import elaborate_entry
from cecheck.sema.functions import declare_functions, elaborate_functions
from cecheck.sema.layout import size_of
from cecheck.sema.life import check_life, declare_context, on_a_handle
from cecheck.sema.platform import PlatformResult, find_process
from cecheck.sema.scope import Ruined, VariableName
from cecheck.sema.type_expr import natural, promise_of, resolve
from cecheck.sema.types import (
    ArrayType,
    EventType,
    LockType,
    StructType,
    Type,
)
from cecheck.sema.values import Poison
from cecheck.sema.walk import nodes
from cecheck.syntax import ast


@record
class _Global:
    """A global whose initial value is still to be read."""

    node: ast.Var
    variable: typed.Variable


def elaborate_driver(env: Env, node: ast.Driver, platform: PlatformResult) -> typed.Driver:
    """Read a driver."""
    names = Names(env)
    home = _home(env, node, platform)
    declare_types_and_constants(names, node.items, node.name.text)
    globals_ = [g for v in only(node.items, ast.Var) if (g := _global(names, v, node)) is not None]
    waits = _waits(names, node)
    context = declare_context(names, node)
    check_life(env, node)
    functions = declare_functions(names, only(node.items, ast.Function), node.name.text)
    check_types_and_constants(names.env, names)
    inits = tuple(i for g in globals_ if (i := _init(names.env, g)) is not None)
    elaborate_functions(names.env, functions)
    entries = [
        elaborate_entry(on_a_handle(names.env, e, context), e, node, platform)
        for e in _entries(env, node)
    ]
    threads = [_thread(names.env, t, node) for t in only(node.items, ast.DriverThread)]
    demands = only(node.items, ast.Invariant)
    found = [_invariant(names.env, item, context) for item in demands]
    return typed.Driver(
        name=node.name.text,
        process=home,
        globals=(*inits, *waits),
        entries=tuple(e for e in entries if e is not None),
        threads=tuple(threads),
        context=context,
        span=node.span,
        invariants=tuple(item for item in found if item is not None),
    )


def _home(env: Env, node: ast.Driver, platform: PlatformResult) -> str:
    if node.process is not None:
        find_process(env, node.process)
        return node.process.text
    if platform.platform is not None and not platform.platform.drivers_in:
        env.report(link_errors.no_home(node.name, platform.platform.name))
    return platform.platform.drivers_in if platform.platform is not None else ""


def _entries(env: Env, node: ast.Driver) -> tuple[ast.Entry, ...]:
    first: dict[str, ast.Entry] = {}
    for entry in only(node.items, ast.Entry):
        name = entry.name
        if first.setdefault(name.text, entry) is not entry:
            env.report(errors.duplicate(name.span, name.text, first[name.text].name.span))
    return only(node.items, ast.Entry)


# ---- state ---------------------------------------------------------------------------------------


def _global(names: Names, node: ast.Var, driver: ast.Driver) -> _Global | None:
    env = names.env
    type_ = _global_type(env, node)
    if isinstance(type_, Poison):
        names.add(node.name, Ruined(node.name.span))
        return None
    variable = _owned(env, node.name, type_, driver)
    names.add(node.name, VariableName(variable, assignable=True))
    return _Global(node, variable)


def _global_type(env: Env, node: ast.Var) -> Type | Poison:
    if node.type is None:
        return env.report(type_errors.needs_type(node.name.span, node.name.text, "u32"))
    type_ = resolve(env, node.type)
    if isinstance(type_, Poison):
        return type_
    if not is_storable(type_):
        return env.report(type_errors.no_global(node.type.span, type_))
    if isinstance(type_, StructType | ArrayType):
        size = size_of(env, type_, node.type.span)
        return size if isinstance(size, Poison) else type_
    return type_


def _owned(env: Env, name: ast.Identifier, type_: Type, driver: ast.Driver) -> typed.Variable:
    variable = env.context.variable(name.text, type_, typed.Storage.GLOBAL, name.span)
    return replace(variable, owner=driver.name.text)


def _waits(names: Names, node: ast.Driver) -> tuple[typed.GlobalInit, ...]:
    """Return the locks and events of a driver."""
    found = []
    for item in node.items:
        if isinstance(item, ast.Locks):
            type_: Type = LockType(recursive=not item.nonrecursive)
        elif isinstance(item, ast.Events):
            type_ = EventType(manual=item.manual)
        else:
            continue
        for name in item.names:
            variable = _owned(names.env, name, type_, node)
            names.add(name, VariableName(variable, assignable=False))
            found.append(typed.GlobalInit(variable, None))
    return tuple(found)


def _init(env: Env, declared: _Global) -> typed.GlobalInit | None:
    """Globals are zero, or what a constant expression says; their promises bind nobody."""
    node, variable = declared.node, declared.variable
    assert node.type is not None
    promise_of(env, node.type, variable.type)
    if node.value is None:
        return typed.GlobalInit(variable, None)
    if isinstance(variable.type, StructType | ArrayType):
        env.report(type_errors.not_a_value(node.value.span, variable.type))
        return None
    value = fit(env, env.evaluate(node.value, variable.type), variable.type, node.value.span)
    if not isinstance(value, Poison) and not _is_fixed(value):
        value = env.report(type_errors.not_constant(node.value.span))
    return None if isinstance(value, Poison) else typed.GlobalInit(variable, value)


def _is_fixed(value: typed.Expr) -> bool:
    match value:
        case typed.SetOf(items):
            return all(_is_fixed(item) for item in items)
        case typed.Retype(inner):
            return _is_fixed(inner)
        case typed.PartyExpr(party):
            return party is typed.Party.NOBODY
        case _:
            plain = (typed.Literal, typed.Null, typed.NamedProcess, typed.Everyone)
            return isinstance(value, plain)


# ---- threads -------------------------------------------------------------------------------------


def _thread(env: Env, node: ast.DriverThread, driver: ast.Driver) -> typed.DriverThread:
    count = natural(env, node.count) if node.count is not None else 1
    owner = f"thread {driver.name.text}.{node.name.text}"
    inside = replace(env, scope=env.scope.inner(), owner=owner)
    block = body(inside, node.body, statement)
    return typed.DriverThread(
        node.name.text, 1 if isinstance(count, Poison) else count, block, node.span
    )


# ---- invariants ----------------------------------------------------------------------------------

_LOOKING = (
    typed.Read, typed.VarPlace, typed.FieldPlace, typed.Variable, typed.FieldLayout, typed.Literal,
    typed.Null, typed.Operation, typed.Operator, typed.Choice, typed.Convert,
)  # fmt: skip


def _invariant(
    env: Env, node: ast.Invariant, context: typed.Variable | None
) -> typed.Invariant | None:
    """Read what must always hold of the driver's globals: numbers, truth values, pointers."""
    value = condition(env, node.condition)
    if isinstance(value, Poison):
        return None
    for part in nodes(value):
        if not isinstance(part, _LOOKING) or part == context:
            what = "more than variables, numbers and comparisons in the `invariant` of a driver"
            env.report(link_errors.not_yet(node.condition.span, what))
            return None
    return typed.Invariant(value, node.span)
