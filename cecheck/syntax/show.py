"""Tree to text, such that parsing the text gives the tree back, but for spans and layout."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from cecheck.syntax import ast
from cecheck.syntax.show_expr import show_expr, show_type
from cecheck.syntax.show_stmt import bindings, block, braced, show_stmt, var

Lines = list[str]


def show(file: ast.File) -> str:
    """Return the text of *file*: expectations, other head lines, declarations."""
    head = [*map(_expectation, file.expectations), *(f"// {h}".rstrip() for h in file.head)]
    parts = [head] if head else []
    return "\n\n".join("\n".join(part) for part in [*parts, *map(show_item, file.items)]) + "\n"


def show_item(  # noqa: C901, PLR0912 - one case per node
    item: ast.Item | ast.PlatformItem | ast.DriverItem | ast.Change,
) -> Lines:
    """Return the lines of a declaration, a member of a platform or driver, or a change."""
    match item:
        case ast.Use(target, is_file, changes):
            name = f'"{target.text}"' if is_file else target.text
            return _braced(f"use {name}", changes) if changes else [f"use {name}"]
        case ast.Const(values):
            return [f"const {bindings(values)}"]
        case ast.Param(name, low, high):
            return [f"param {name.text} : {show_expr(low)} .. {show_expr(high)}"]
        case ast.Alias(name, type_expr):
            return [f"type {name.text} = {show_type(type_expr)}"]
        case ast.Enum(name, base, members):
            return [f"enum {name.text}{_typed(base)} {{ {_row(map(_enumerator, members))} }}"]
        case ast.Struct(name, packed, fields):
            return braced(f"struct {name.text}{' packed' if packed else ''}", map(_field, fields))
        case ast.Platform(name, word, members):
            return _braced(f"platform {name.text} : {word.name}", members)
        case ast.Driver(name, process, members):
            where = f" in {process.text}" if process is not None else ""
            return _braced(f"driver {name.text}{where}", members)
        case ast.Client():
            return _client(item)
        case ast.Function(name, is_api, parameters, result, body):
            head = f"{'api' if is_api else 'fn'} {name.text}({_parameters(parameters)})"
            return block(f"{head}{_result(result)}", body)
        case ast.Rule(name, variables, handlers):
            handled = [line for handler in handlers for line in _on(handler)]
            return braced(f"rule {name.text}", [*map(var, variables), *handled])
        case ast.Test(name, traits, body):
            return block(f"test {name.text}{_traits(traits)}", body)
        case ast.Policy(name):
            return [f"policy {name.text}"]
        case ast.Without(step):
            return [f"without step {step}"]
        case ast.Swap(first, second):
            return [f"swap step {first}, {second}"]
        case ast.Repeat(step):
            return [f"repeat step {step}"]
        case ast.Invariant() | ast.Var() | ast.StepStmt():
            return show_stmt(item)
        case ast.Locks() | ast.Events() | ast.ContextState() | ast.DriverThread() | ast.Entry():
            return _driver_member(item)
        case _:
            return _platform_member(item)


def _platform_member(
    item: ast.Map
    | ast.Resource
    | ast.Call
    | ast.ProcessState
    | ast.ThreadState
    | ast.DriversIn
    | ast.Environment
    | ast.Server
    | ast.Scale,
) -> Lines:
    match item:
        case ast.Map(name, index, type_expr, value):
            head = f"map {name.text}[{show_type(index)}] : {show_type(type_expr)}"
            return [f"{head}{_value(value)}"]
        case ast.Resource(name, parameters):
            return [f"resource {name.text}({_parameters(parameters)})"]
        case ast.Call(name, parameters, result, enters, critical, body):
            taken = "..." if parameters is None else _parameters(parameters)
            head = f"{'critical ' if critical else ''}call {name.text}({taken})"
            return block(f"{head}{_result(result)} enters {enters.text}", body)
        case ast.ProcessState(fields):
            return braced("process", map(_state_field, fields))
        case ast.ThreadState(fields):
            return braced("thread", map(_state_field, fields))
        case ast.DriversIn(process):
            return [f"drivers in {process.text}"]
        case ast.Environment(name, body):
            return block(f"environment {name.text}", body)
        case ast.Server(name, trait, settings):
            head = f"process {name.text}{f' : {trait.text}' if trait is not None else ''}"
            return braced(head, _all(map(show_stmt, settings))) if settings else [head]
        case ast.Scale(name, settings):
            return braced(f"scale {name.text}", _all(map(show_stmt, settings)))
        case _:
            assert_never(item)


def _driver_member(
    item: ast.Locks | ast.Events | ast.ContextState | ast.DriverThread | ast.Entry,
) -> Lines:
    match item:
        case ast.Locks(names, nonrecursive):
            return [f"{'nonrecursive ' if nonrecursive else ''}lock {_names(names)}"]
        case ast.Events(names, manual):
            return [f"{'manual ' if manual else ''}event {_names(names)}"]
        case ast.ContextState(fields):
            return braced("context", map(_field, fields))
        case ast.DriverThread(name, count, body):
            many = f"[{show_expr(count)}]" if count is not None else ""
            return block(f"thread {name.text}{many}", body)
        case ast.Entry(kind, name, code, parameters, body):
            own = f" {name.text}" if code is not None or name.text != kind.text else ""
            head = f"{kind.text}{own}{_code(code)}({_parameters(parameters)})"
            return block(head, body)
        case _:
            assert_never(item)


def _client(client: ast.Client) -> Lines:
    match client.count:
        case None:
            count = ""
        case ast.EveryNumber():
            count = "[*]"
        case number:
            count = f"[{show_expr(number)}]"
    head = f"client {client.name.text}{count}{_traits(client.traits)}"
    if client.script is not None:
        return block(head, client.script)
    return [f"{head} calls {_row(f'{d.text}.{e.text}' for d, e in client.targets)}"]


def _traits(traits: tuple[ast.Identifier, ...]) -> str:
    # `trusted hostile` is one trait of two words.
    words = _names(traits).replace(", hostile", " hostile")
    return f" : {words}" if words else ""


def _on(handler: ast.On) -> Lines:
    when = "before" if handler.before else "after"
    return block(f"{when} {show_expr(handler.target)}({_names(handler.names)})", handler.body)


def _expectation(expected: ast.Expectation) -> str:
    site = f"at {expected.site}" if expected.site is not None else None
    cause = f"because {expected.cause}" if expected.cause is not None else None
    words = (expected.answer, expected.check, site, expected.view, cause)
    return f"// expect: {' '.join(word for word in words if word is not None)}"


def _braced(head: str, items: Iterable[ast.PlatformItem | ast.DriverItem | ast.Change]) -> Lines:
    return braced(head, _all(map(show_item, items)))


def _all(groups: Iterable[Lines]) -> Lines:
    return [line for group in groups for line in group]


def _code(code: ast.Expr | None) -> str:
    match code:
        case None:
            return ""
        case ast.Number(_, text) | ast.Name(text):
            return f" code {text} "
        case _:
            return f" code ({show_expr(code)}) "


def _row(texts: Iterable[str]) -> str:
    return ", ".join(texts)


def _names(names: Iterable[ast.Identifier]) -> str:
    return _row(name.text for name in names)


def _enumerator(member: ast.Enumerator) -> str:
    return f"{member.name.text}{_value(member.value)}"


def _field(field: ast.Field) -> str:
    return f"{_names(field.names)} : {show_type(field.type)}"


def _state_field(field: ast.StateField) -> str:
    words = f"{'unique ' if field.unique else ''}{'restored ' if field.restored else ''}"
    return f"{words}{field.name.text}{_typed(field.type)}{_value(field.value)}"


def _parameters(parameters: Iterable[ast.Parameter]) -> str:
    return _row(
        f"{'ref ' if p.by_reference else ''}{p.name.text}: {show_type(p.type)}" for p in parameters
    )


def _result(result: ast.TypeExpr | None) -> str:
    return f" -> {show_type(result)}" if result is not None else ""


def _typed(type_expr: ast.TypeExpr | None) -> str:
    return f" : {show_type(type_expr)}" if type_expr is not None else ""


def _value(value: ast.Expr | None) -> str:
    return f" = {show_expr(value)}" if value is not None else ""
