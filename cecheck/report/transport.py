"""Reports as JSON-able data and back, for results that cross from one process to another.

Only the classes of the report, and only their declared fields; source texts are sent once and
spans as offsets into them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, TypeAlias

from cecheck import diagnostics
from cecheck.certify import document
from cecheck.ir import program
from cecheck.report import model
from cecheck.source import Source, Span
from cecheck.syntax import ast

Json: TypeAlias = Any

_CLASSES: dict[str, type[Any]] = {
    cls.__name__: cls
    for cls in (
        model.Change, model.Phase, model.Moment, model.Held, model.Region, model.Picture,
        model.Cause, model.Story, model.Proved, model.Refuted, model.Unknown, model.Vacuous,
        model.Doubt, model.Finding, model.Outcome, model.Repair, model.FileReport,
        diagnostics.Diagnostic, diagnostics.Note, program.Site, ast.Expectation,
        document.Document, document.Covered,
    )
}  # fmt: skip
_ENUMS: dict[str, type[Enum]] = {
    cls.__name__: cls
    for cls in (model.Reach, model.Met, diagnostics.Code, program.CheckKind, program.View)
}


class Garbled(Exception):
    """The data is not a report."""


def to_data(report: model.FileReport) -> Json:
    """Return *report* as data."""
    sources: list[Source] = []
    body = _out(report, sources)
    return {"sources": [[s.path, s.text] for s in sources], "report": body}


def from_data(data: Json) -> model.FileReport:
    """Return the report that *data* is."""
    try:
        sources = [Source(path, text) for path, text in data["sources"]]
        report = _in(data["report"], sources)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise Garbled(str(error)) from error
    if not isinstance(report, model.FileReport):
        raise Garbled("no report")
    return report


def _number(source: Source, sources: list[Source]) -> int:
    for number, known in enumerate(sources):
        if known is source:
            return number
    sources.append(source)
    return len(sources) - 1


def _out(value: object, sources: list[Source]) -> Json:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case tuple():
            return [_out(item, sources) for item in value]
        case Span():
            return {"span": [_number(value.source, sources), value.start, value.end]}
        case Source():
            return {"source": _number(value, sources)}
        case Enum():
            return {"enum": [type(value).__name__, value.name]}
        case _ if is_dataclass(value) and type(value).__name__ in _CLASSES:
            return {"class": type(value).__name__} | {
                item.name: _out(getattr(value, item.name), sources) for item in fields(value)
            }
        case _:
            raise TypeError(f"{type(value).__name__} is no part of a report")


def _in(data: Json, sources: list[Source]) -> Any:
    read: Callable[[Json], Any] = lambda item: _in(item, sources)  # noqa: E731
    match data:
        case list():
            return tuple(read(item) for item in data)
        case {"class": name, **rest}:
            return _CLASSES[name](**{str(key): read(item) for key, item in rest.items()})
        case {"span": [number, start, end]}:
            return Span(sources[number], start, end)
        case {"source": number}:
            return sources[number]
        case {"enum": [name, member]}:
            return _ENUMS[name][member]
        case _:
            return data
