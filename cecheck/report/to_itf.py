"""The run of a refutation in the Informal Trace Format (ADR 015 of Apalache).

A file is one trace: the shortest refutation of the report.  A state for each step, with every
variable that has a name; numbers as `#bigint`, sets as `#set`, processes by name.
"""

from __future__ import annotations

import json
import re
from typing import Any, TypeAlias

from cecheck.report.model import Finding, Moment, Refuted, Report, Story

_SET = re.compile(r"\{(?P<items>[^{}]*)\}")
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


def _meta(finding: Finding | None) -> dict[str, str]:
    about = "no refutation"
    if finding is not None:
        kind, site = finding.kind.value, finding.site.name
        about = f"{kind} at {site} ({finding.view.value} view)"
    return {"format": "ITF", "format-description": "https://apalache-mc.org/docs/adr/015adr-trace.html",
            "source": "cecheck", "description": about}  # fmt: skip


def _trace(finding: Finding, story: Story) -> dict[str, Value]:
    state = {_name(held.thread, held.name): held.value for held in story.start}
    for moment in story.run:
        for change in moment.changes:
            state.setdefault(_name("" if change.shared else moment.thread, change.name), change.old)
    names = sorted(state)
    states = [_state(0, None, state)]
    for moment in story.run:
        for change in moment.changes:
            state[_name("" if change.shared else moment.thread, change.name)] = change.new
        states.append(_state(moment.step, moment, state))
    return {"#meta": _meta(finding), "vars": names, "states": states}


def _name(thread: str, name: str) -> str:
    return f"{thread}: {name}" if thread else name


def _state(index: int, moment: Moment | None, state: dict[str, str]) -> dict[str, Value]:
    about: dict[str, Value] = {"index": index}
    if moment is not None:
        about |= {"thread": moment.thread, "action": moment.text}
        if moment.span is not None:
            about["location"] = f"{moment.span.source.path}:{moment.span.line}"
        about["changed"] = [change.name for change in moment.changes]
    return {"#meta": about, **{name: _value(text) for name, text in sorted(state.items())}}


def _value(text: str) -> Value:
    """Return a value as it is shown as an expression of the format."""
    if text in ("true", "false"):
        return text == "true"
    if (items := _SET.fullmatch(text)) is not None:
        return {"#set": [item.strip() for item in items["items"].split(",") if item.strip()]}
    try:
        return {"#bigint": str(int(text, 0))}
    except ValueError:
        return text


