"""The run of a refutation as a code flow of SARIF: one flow for each thread, in a common order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from cecheck.report.addresses import uri
from cecheck.report.model import Finding, Moment, Story
from cecheck.report.paint import plain
from cecheck.report.words import headline
from cecheck.source import Span

# Of a longer story the beginning, the end, and in between what changes something.
_MOST, _FIRST, _LAST = 1000, 50, 450


_KINDS: Final = {
    "client": ["call"], "call": ["call"], "enter": ["enter", "function"], "return": ["return"],
    "access": ["memory"], "assign": ["value"], "branch": ["branch"], "lock": ["lock"],
    "signal": ["release"], "wait": ["acquire"], "fault": ["danger"], "exit": ["exit"],
    "step": ["implicit"], "round": ["caution"], "free": ["release"], "hide": ["release"],
    "unload": ["exit"],
}  # fmt: skip


def message(text: str) -> dict[str, str]:
    """Return *text* as a message in which nothing is a link."""
    return {"text": plain(text).strip().replace("](", "] (") or "-"}


def location(span: Span) -> dict[str, Any]:
    """Return where *span* is; columns count characters, the last is one past the end."""
    line, column = span.source.line_column(span.start)
    last, end = span.source.line_column(span.end)
    region = {"startLine": line, "startColumn": column, "endLine": last, "endColumn": end}
    place = {"artifactLocation": {"uri": uri(span.source.path)}, "region": region}
    return {"physicalLocation": place}


def code_flow(finding: Finding, story: Story) -> dict[str, Any]:
    """Return how *finding* comes about, the failing access last."""
    moments = _shortened(story.moments)
    left_out = len(story.moments) - len(moments)
    who = dict.fromkeys([*(moment.thread for moment in moments), story.thread])
    flows: dict[str, list[dict[str, Any]]] = {thread: [] for thread in who}
    places: dict[str, Span] = {}
    for order, moment in enumerate(moments, start=1):
        places[moment.thread] = moment.span or places.get(moment.thread, finding.site.span)
        flows[moment.thread].append(_step(moment, order, places[moment.thread], story.turning))
    flows[story.thread].append(_failure(finding, story, len(moments) + 1))
    shared = _state((h.name, h.value) for h in story.start if not h.thread)
    told = f"{len(moments)} of {story.steps} steps"
    told += f"; {left_out} that matter were left out for want of room" if left_out else ""
    return {
        "message": message(told),
        "threadFlows": [
            {
                "id": plain(thread),
                "message": message(thread),
                "initialState": shared
                | _state((h.name, h.value) for h in story.start if h.thread == thread),
                "locations": steps,
            }
            for thread, steps in flows.items()
        ],
    }


def _step(moment: Moment, order: int, place: Span, turning: int | None) -> dict[str, Any]:
    essential = turning is not None and moment.step == turning
    phase = f"step {moment.phase.number} of {moment.phase.last}: " if moment.phase else ""
    weight = "essential" if essential else "important" if moment.changes else "unimportant"
    return {
        "executionOrder": order,
        "importance": weight,
        "kinds": _KINDS.get(moment.kind, ["unknown"]),
        "location": {**location(place), "message": message(phase + moment.text)},
        "state": _state((change.name, change.new) for change in moment.changes),
    }


def _failure(finding: Finding, story: Story, order: int) -> dict[str, Any]:
    text = f"{finding.site.name} {headline(finding.kind, finding.view)}"
    return {
        "executionOrder": order,
        "importance": "essential",
        "kinds": ["danger"],
        "location": {**location(finding.site.span), "message": message(text)},
        "state": _state(story.values),
    }


def _state(values: Iterable[tuple[str, str]]) -> dict[str, dict[str, str]]:
    return {plain(name): message(value) for name, value in values}


def _shortened(moments: Sequence[Moment]) -> list[Moment]:
    if len(moments) <= _MOST:
        return list(moments)
    middle = [moment for moment in moments[_FIRST:-_LAST] if moment.changes]
    return [*moments[:_FIRST], *middle[-(_MOST - _FIRST - _LAST) :], *moments[-_LAST:]]
