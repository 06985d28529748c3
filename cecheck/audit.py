"""The ledger of a specification: everything that its answers rest on, found without solving."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cecheck.diagnostics import Diagnostic
from cecheck.ir.program import CheckKind, View
from cecheck.lower.link import assumptions, facts_of, lower, supposed, views
from cecheck.reading import read, shipped_platform
from cecheck.report.ledger import Audited, Entry, Kind
from cecheck.sema import typed
from cecheck.sema.elaborate import elaborate
from cecheck.sema.params import every_value
from cecheck.source import Source, Span
from cecheck.syntax import ast
from cecheck.syntax.parse import parse
from cecheck.syntax.uses import is_library, joined, names_platform

_EXPECTED = {"refuted": Kind.REFUTED, "unknown": Kind.UNKNOWN, "vacuous": Kind.VACUOUS}
_TRUSTED = {
    typed.Behaviour.TRUSTED: Kind.TRUSTED_CLIENT,
    typed.Behaviour.TRUSTED_HOSTILE: Kind.HOSTILE_CLIENT,
}


def audited(path: str) -> Audited:
    """Return what the answers about the specification at *path* rest on."""
    source = read(path)
    if isinstance(source, Diagnostic):
        return Audited(path, diagnostics=(source,), understood=False)
    return found_in(source)


def found_in(source: Source) -> Audited:
    """Return what the answers about *source* rest on, or what is wrong with it."""
    file, diagnostics = parse(source)
    if file is not None:
        file, diagnostics = joined(file)
    if file is None:
        return Audited(source.path, diagnostics=diagnostics, understood=False)
    library = is_library(file)
    if library and not names_platform(file):
        return Audited(source.path, library=True)
    members, found = every_value(lambda given: elaborate(file, shipped_platform, given=given))
    if not members:
        return Audited(source.path, diagnostics=found, understood=False)
    if library:
        return Audited(source.path, library=True)
    specs = [member.spec for member in members]
    entries = dict.fromkeys([*_written(file), *(e for s in specs for e in _meant(s, file))])
    return Audited(source.path, tuple(entries))


def _written(file: ast.File) -> Iterator[Entry]:
    """What the text says itself: expectations, a platform of its own, changes to one."""
    for line in file.expectations:
        if line.answer in _EXPECTED:
            yield Entry(_EXPECTED[line.answer], line.span, line.span.text.strip())
    for item in file.items:
        if isinstance(item, ast.Platform):
            yield Entry(Kind.OWN_PLATFORM, item.name.span, f"platform {item.name.text}")
        if isinstance(item, ast.Use) and not item.is_file:
            for change in item.changes:
                words = " ".join(change.span.text.split())
                yield Entry(Kind.VARIANT, change.span, f"{item.target.text}: {words}")


def _meant(spec: typed.Spec, file: ast.File) -> Iterator[Entry]:
    yield from (Entry(Kind.ASSUME, one.span, one.text) for one in spec.assumptions)
    yield from _of_platform(spec, file)
    yield from _of_clients(spec)
    for param in spec.params:
        text = f"{param.name} in {param.values.start} .. {param.values.stop}"
        yield Entry(Kind.PARAM, param.span, text)
    worlds = [spec, *(typed.alone(spec, test) for test in spec.tests)]
    for world in worlds:
        for view in views(world):
            yield from (_supposed(world, text) for text in supposed(world, view))
            yield from _lowered(world, view)


def _supposed(spec: typed.Spec, text: str) -> Entry:
    start = spec.platform.span.start
    return Entry(Kind.MODEL, Span(spec.platform.span.source, start, start), text)


def _of_platform(spec: typed.Spec, file: ast.File) -> Iterator[Entry]:
    platform = spec.platform
    for name in facts_of(spec):
        value = "true" if platform.constants[name] else "false"
        span = _constant(platform, file, name)
        yield Entry(Kind.PLATFORM_FACT, span, f"{name} = {value}")
    trusted = {process.name: process for process in platform.processes if _is_trusted(process)}
    for process in trusted.values():
        yield Entry(Kind.TRUSTED_PROCESS, process.span, f"process {process.name}")
    for driver in spec.drivers:
        if driver.process in trusted:
            text = f"driver {driver.name} in {driver.process}"
            yield Entry(Kind.TRUSTED_DRIVER, _start(driver.span), text)


def _is_trusted(process: typed.NamedProcessDecl) -> bool:
    values = [value for variable, value in process.fields if variable.name == "trusted"]
    return any(isinstance(value, typed.Literal) and value.value for value in values)


def _constant(platform: typed.Platform, file: ast.File, name: str) -> Span:
    """Return where the constant *name* of the platform got its value."""
    found: list[ast.Binding] = []
    for item in file.items:
        if isinstance(item, ast.Use) and not item.is_file:
            found += _bindings(item.changes, name)
    own = [item for item in file.items if isinstance(item, ast.Platform)]
    shipped = shipped_platform(platform.name)
    for item in (*own, *(shipped.items if shipped is not None else ())):
        if isinstance(item, ast.Platform) and item.name.text == platform.name:
            found += _bindings(item.items, name)
    return found[0].span if found else platform.span


def _bindings(items: Sequence[ast.Change | ast.PlatformItem], name: str) -> list[ast.Binding]:
    consts = [item for item in items if isinstance(item, ast.Const)]
    return [b for item in consts for b in item.bindings if b.name.text == name]


def _of_clients(spec: typed.Spec) -> Iterator[Entry]:
    for client in (*spec.clients, *spec.tests):
        place = _start(client.span)
        what = "test" if client.is_test else "client"
        for behaviour in client.behaviours:
            if behaviour in _TRUSTED:
                text = f"{what} {client.name} is {behaviour.value}"
                yield Entry(_TRUSTED[behaviour], place, text)
        if client.count is not None and not client.is_test:
            count = client.count
            text = f"{count} thread{'' if count == 1 else 's'} of client {client.name}"
            yield Entry(Kind.CLIENT_COUNT, place, text)


def _lowered(spec: typed.Spec, view: View) -> Iterator[Entry]:
    """What of *view* is not asked, and where a run of it may leave the model."""
    program, stated = lower(spec, view), assumptions(spec, view)
    yield from (_supposed(spec, text) for text in program.assumptions if text not in stated)
    for thread in program.threads:
        for check in thread.checks:
            if check.kind is CheckKind.BOUND:
                yield Entry(Kind.MODEL_BOUND, check.site.span, check.site.name)


def _start(span: Span) -> Span:
    return Span(span.source, span.start, span.start)
