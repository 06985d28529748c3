"""Elaboration: a parsed file and its platform become a typed specification, or diagnostics.

Names are resolved, types checked, structures laid out and constants worked out.  Every mistake
of a file is reported in one pass: what is wrong is worth poison, which is not reported again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from cecheck.diagnostics import Diagnostic, Severity
from cecheck.sema import errors, link_errors, typed
from cecheck.sema.atomics import check_atomics
from cecheck.sema.builtins import builtin_scope, platform_scope
from cecheck.sema.callers import check_callers
from cecheck.sema.clients import elaborate_client, elaborate_test
from cecheck.sema.constant_demands import check_constants
from cecheck.sema.context import Code, Context, Enough, Env
from cecheck.sema.declarations import (
    Names,
    check_types_and_constants,
    declare_types_and_constants,
    only,
)
from cecheck.sema.drivers import elaborate_driver
from cecheck.sema.expectations import check_expectations
from cecheck.sema.expressions import evaluate
from cecheck.sema.functions import check_calls, declare_functions, elaborate_functions
from cecheck.sema.heap import check_heap
from cecheck.sema.made import with_own_memory
from cecheck.sema.named_facts import named_facts
from cecheck.sema.params import declare_params
from cecheck.sema.platform import PlatformResult, elaborate_platform, public_scope
from cecheck.sema.policies import least_privilege_is_asked
from cecheck.sema.rules import declare_rules
from cecheck.sema.scope import DriverName
from cecheck.sema.types import Widths
from cecheck.sema.variant import varied
from cecheck.source import Span
from cecheck.syntax import ast

Platforms = Callable[[str], ast.File | None]
Result = tuple[typed.Spec | None, tuple[Diagnostic, ...]]


def elaborate(  # noqa: PLR0913  (what tests scale down, and what is varied)
    file: ast.File,
    platforms: Platforms,
    widths: Widths | None = None,
    *,
    scale: str | None = None,
    known: tuple[str, ...] = (),
    given: Mapping[str, int] = MappingProxyType({}),
) -> Result:
    """Return what *file* means, and everything that is wrong with it.

    The files that it uses are part of it already (`syntax.uses`).

    *platforms* finds the file of a platform by name, *known* are the names worth offering.
    *scale* names the section of the platform whose constants belong to *widths*.  *given* are
    values of its parameters (`params.every_value`); the others have their least.
    """
    found = _find_platform(file, platforms, known)
    if isinstance(found, Diagnostic):
        return None, (found,)
    node, changes = found
    machine = _machine(node.word, widths or Widths())
    if isinstance(machine, Diagnostic):
        return None, (machine,)
    context = Context(machine, node.word.name, evaluate)
    variant = varied(node, changes, scale)
    context.diagnostics += variant.diagnostics
    context.lost = variant.lost
    outer = builtin_scope(context)
    try:
        platform = elaborate_platform(Env(context, platform_scope(outer), Code.PLATFORM), variant)
        scope = public_scope(platform.names, node.name.text, outer)
        spec = _specification(Env(context, scope, Code.SPECIFICATION), file, platform, given)
    except Enough:
        spec = None
    return _result(context, spec)


def _machine(word: ast.NamedType, widths: Widths) -> Widths | Diagnostic:
    """Return *widths* with pointers of the platform's *word*."""
    if word.name not in {f"u{digits}" for digits, _ in widths.numbers}:
        return link_errors.bad_word(word)
    digits = word.name.removeprefix("u")
    return replace(widths, word=widths.of(digits), pointer_size=widths.size(digits))


def _find_platform(
    file: ast.File, platforms: Platforms, known: tuple[str, ...]
) -> tuple[ast.Platform, tuple[ast.Change, ...]] | Diagnostic:
    """A specification uses a platform, or declares one itself.

    Files that it uses may say which platform they are for: the same one, and unchanged.
    """
    uses = only(file.items, ast.Use)
    assert not any(use.is_file for use in uses), "the files of a specification are joined before"
    own = only(file.items, ast.Platform)
    if not uses:
        start = Span(file.source, 0, 0)
        return (own[0], ()) if own else link_errors.no_platform(start)
    first = uses[0]  # a file's own come first
    for other in uses[1:]:
        if other.span.source is first.span.source or other.target.text != first.target.text:
            return link_errors.second_platform(other.target.span, first.target.span)
    changed = next((u for u in uses if u.changes and u.span.source is not file.source), None)
    if changed is not None:
        return link_errors.changed_elsewhere(changed.changes[0].span)
    name = first.target
    found = platforms(name.text)
    inside = only(found.items, ast.Platform) if found is not None else ()
    for platform in (*own, *inside):
        if platform.name.text == name.text:
            if inside and platform.span.source not in (file.source, inside[0].span.source):
                return link_errors.hides_platform(platform.name)
            return platform, first.changes
    return link_errors.unknown_platform(name, known)


def _specification(
    env: Env, file: ast.File, platform: PlatformResult, given: Mapping[str, int]
) -> typed.Spec | None:
    names, context = Names(env), env.context
    context.kinds.update({call.enters: call for call in platform.calls})
    nodes = only(file.items, ast.Driver)
    homes = {node.process.text if node.process is not None else "" for node in nodes}
    context.several_homes = len(homes) > 1
    params = declare_params(names, only(file.items, ast.Param), given)
    declare_types_and_constants(names, file.items, "")
    for node in nodes:
        entries = {e.name.text: e for e in only(node.items, ast.Entry)}
        names.add(node.name, DriverName(node.name.text, entries, node.name.span))
    functions = declare_functions(names, only(file.items, ast.Function), "")
    monitors = declare_rules(names, only(file.items, ast.Rule), env)
    check_types_and_constants(names.env, names)
    check_constants(names.env, only(file.items, ast.Invariant))
    elaborate_functions(names.env, functions)
    drivers = tuple(elaborate_driver(names.env, node, platform) for node in nodes)
    clients = [elaborate_client(names.env, node, drivers) for node in only(file.items, ast.Client)]
    tests = _tests(names.env, file, drivers)
    ranges = params()
    least_privilege = least_privilege_is_asked(env, file, platform)
    check_calls(env, (drivers, *clients, tests, platform.calls))
    check_atomics(env)
    if nodes:
        check_expectations(env, file)
    if platform.platform is None or has_errors(context):
        return None
    spec = typed.Spec(
        source=file.source,
        expectations=file.expectations,
        head=file.head,
        widths=context.widths,
        layouts=_layouts(context),
        functions=context.functions,
        platform=platform.platform,
        drivers=drivers,
        clients=tuple(c for c in clients if c is not None),
        least_privilege=least_privilege,
        assumptions=tuple(context.assumptions),
        facts=named_facts(context, platform.platform, drivers, least_privilege),
        params=ranges,
        monitors=monitors,
        tests=tests,
    )
    spec = with_own_memory(context, spec)
    check_heap(env, spec)
    check_callers(env, spec)
    return None if has_errors(context) else spec


def _tests(
    env: Env, file: ast.File, drivers: tuple[typed.Driver, ...]
) -> tuple[typed.Client, ...]:
    first: dict[str, ast.Test] = {}
    found = []
    for node in only(file.items, ast.Test):
        name = node.name
        if first.setdefault(name.text, node) is not node:
            env.report(errors.duplicate(name.span, name.text, first[name.text].name.span))
        found.append(elaborate_test(env, node, drivers))
    return tuple(found)


def _layouts(context: Context) -> dict[str, typed.Layout]:
    found = {name: s.layout.get() for name, s in context.structures.items()}
    return {name: layout for name, layout in found.items() if isinstance(layout, typed.Layout)}


def has_errors(context: Context) -> bool:
    """Return whether anything was found that forbids to go on."""
    return any(d.code.severity is Severity.ERROR for d in context.diagnostics)


def _result(context: Context, spec: typed.Spec | None) -> Result:
    """Sort what was found by place; what is found twice is said once."""
    seen = {(d.code, d.span, d.message): d for d in context.diagnostics}
    found = sorted(seen.values(), key=lambda d: (d.span.source.path, d.span.start, d.span.end))
    return spec, tuple(found)
