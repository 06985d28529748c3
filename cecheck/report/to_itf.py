"""The run of a refutation in the Informal Trace Format (ADR 015 of Apalache).

A file is one trace: the shortest refutation of the report.  A state for each step, with every
variable that has a name; numbers as `#bigint`, sets as `#set`, processes by name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, TypeAlias

from cecheck.report.model import Change, Finding, Moment, Refuted, Report, Story
from cecheck.report.paint import plain

_SET = re.compile(r"\{[^{}]*\}")
_INT = re.compile(r"-?(0x[0-9a-f]+|0|[1-9]\d*)")
Value: TypeAlias = Any


def render(report: Report) -> str:
    """Return the shortest refutation of *report* as text that ends in a newline."""
    found = [
        (finding, finding.verdict.story)
        for file in report.files
        for finding in file.findings
        if isinstance(finding.verdict, Refuted)
    ]
    if not found:
        return json.dumps({"#meta": _meta(None), "vars": [], "states": []}, indent=2) + "\n"
    finding, story = min(found, key=lambda pair: pair[1].steps)
    return json.dumps(_trace(finding, story), indent=2, ensure_ascii=True) + "\n"


def _meta(finding: Finding | None) -> dict[str, Value]:
    about = "no refutation"
    if finding is not None:
        kind, site = finding.kind.value, finding.site.name
        about = f"{kind} at {site} ({finding.view.value} view)"
    return {"format": "ITF", "format-description": "https://apalache-mc.org/docs/adr/015adr-trace.html",
            "source": "cecheck", "description": plain(about)}  # fmt: skip


def _trace(finding: Finding, story: Story) -> dict[str, Value]:
    """Return the trace; where the run comes round, `loop` is the state from which on."""
    columns = _columns(story)
    types = {name: _type(column) for name, column in columns.items()}
    states = [
        {"#meta": about} | {n: _as(types[n], column[number]) for n, column in columns.items()}
        for number, about in enumerate([{"index": 0}, *map(_about, story.run)])
    ]
    rounds = [moment.step - 1 for moment in story.moments if moment.kind == "round"]
    return {
        "#meta": _meta(finding) | {"varTypes": types},  # without which Apalache reads no trace
        "params": [],
        "vars": list(columns),
        "states": states,
        **({"loop": rounds[0]} if rounds else {}),
    }


def _about(moment: Moment) -> dict[str, Value]:
    """Return what the step does that ends in a state."""
    about: dict[str, Value] = {"index": moment.step, "thread": plain(moment.thread)}
    about["action"] = plain(moment.text).strip()
    if moment.span is not None:
        about["location"] = f"{plain(moment.span.source.path)}:{moment.span.line}"
    return about | {"changed": [_name(moment, change) for change in moment.changes]}


def _columns(story: Story) -> dict[str, list[str]]:
    """Return what each variable is in each state, as it is shown, by name."""
    columns = {_full(held.thread, held.name): [held.value] for held in story.start}
    for moment in story.run:  # what does not stand at the start was there all the same
        for change in moment.changes:
            columns.setdefault(_name(moment, change), [change.old])
    for moment in story.run:
        for column in columns.values():
            column.append(column[-1])
        for change in moment.changes:
            columns[_name(moment, change)][-1] = change.new
    return dict(sorted(columns.items()))


def _name(moment: Moment, change: Change) -> str:
    return _full("" if change.shared else moment.thread, change.name)


def _full(thread: str, name: str) -> str:
    """Return what a variable is called; no name begins as `#meta` does."""
    full = plain(f"{thread}: {name}" if thread else name)
    return f"_{full}" if full.startswith("#") else full


def _type(column: Iterable[str]) -> str:
    """Return the one type that a variable has in all states."""
    values = set(column)
    if values <= {"true", "false"}:
        return "Bool"
    if all(_INT.fullmatch(value) for value in values):
        return "Int"
    return "Set(Str)" if all(_SET.fullmatch(value) for value in values) else "Str"


def _as(type_: str, text: str) -> Value:
    """Return a value as it is shown as an expression of the format."""
    match type_:
        case "Bool":
            return text == "true"
        case "Int":
            return {"#bigint": str(int(text, 0))}
        case "Set(Str)":
            items = (item.strip() for item in text[1:-1].split(","))
            return {"#set": [plain(item) for item in items if item]}
        case _:
            return plain(text)
