"""Refutations as data for the trace player of the HTML report.

Every text is safe to show as it is; sources are sent once, places are lines and columns in them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cecheck.record import record
from cecheck.report.html_memory import laid_out
from cecheck.report.model import Finding, Moment, Phase, Story
from cecheck.report.paint import plain, shown_path
from cecheck.report.story_text import named
from cecheck.report.words import advice, headline
from cecheck.source import Source, Span

_TAB = 4
# What would end the script element that the data stands in, or begin another.
_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&"}


@record
class Told:
    """A refutation that the page plays; *repair* names the edit at *anchor*, if one is known."""

    finding: Finding
    story: Story
    repair: str
    anchor: str


def as_json(refuted: Sequence[Told]) -> str:
    """Return what the player needs of *refuted* as JSON in ASCII without ``<``, ``>`` and ``&``."""
    texts = _Texts()
    refutations = [_refutation(one, texts) for one in refuted]
    data = {"sources": texts.sources, "refutations": refutations}
    return json.dumps(data, ensure_ascii=True, separators=(",", ":")).translate(_ESCAPES)


@dataclass
class _Texts:
    """The sources that places refer to, each once though several objects may hold it."""

    sources: list[dict[str, Any]] = field(default_factory=list)
    _known: dict[Source, int] = field(default_factory=dict)
    _numbers: dict[int, int] = field(default_factory=dict)  # by the identity of a source

    def place(self, span: Span | None) -> list[int] | None:
        """Return [source, line, column, last line, column behind the end], columns from 0.

        Columns are those of the text as it is shown.
        """
        if span is None:
            return None
        line, column = span.source.line_column(span.start)
        last, end = span.source.line_column(span.end)
        before, behind = span.source.line(line)[: column - 1], span.source.line(last)[: end - 1]
        return [self._number(span.source), line, len(_shown(before)), last, len(_shown(behind))]

    def _number(self, source: Source) -> int:
        """Return the number of *source*, which the caller keeps alive."""
        if id(source) not in self._numbers:
            self._numbers[id(source)] = self._known.setdefault(source, len(self.sources))
            if len(self._known) > len(self.sources):
                lines = source.text.split("\n")
                shown = [_shown(line.rstrip("\r")) for line in lines]
                self.sources.append({"path": shown_path(source.path), "lines": shown})
        return self._numbers[id(source)]


def _shown(line: str) -> str:
    return plain(line.expandtabs(_TAB))


def _refutation(told: Told, texts: _Texts) -> dict[str, Any]:
    finding, story = told.finding, told.story
    span = finding.site.span
    names = [moment.thread for moment in (*story.run, *story.moments)]
    threads = [plain(name) for name in dict.fromkeys([*names, story.thread])]
    cause = story.cause
    return {
        "title": f"{plain(finding.site.name)} {headline(finding.kind, finding.view)}",
        "about": named(finding),
        "file": shown_path(span.source.path),
        "threads": threads,
        "story": [_moment(moment, texts) for moment in story.moments],
        "run": [_moment(moment, texts) for moment in story.run],
        "steps": story.steps,
        "start": [[plain(h.thread), plain(h.name), plain(h.value)] for h in story.start],
        "failure": {
            "thread": plain(story.thread),
            "phase": _phase(story.phase),
            "place": texts.place(span),
            "values": [[plain(text), plain(value)] for text, value in story.values],
        },
        "cause": cause and {
            "name": plain(cause.name),
            "text": plain(cause.text),
            "places": [texts.place(place) for place in cause.spans],
        },
        "turning": story.turning,
        "alone": story.alone,
        "advice": advice(finding.kind, cause.name if cause else None),
        "repair": {"name": plain(told.repair), "anchor": told.anchor} if told.repair else None,
        "memory": laid_out(story.pictures),
    }  # fmt: skip


def _moment(moment: Moment, texts: _Texts) -> dict[str, Any]:
    return {
        "step": moment.step,
        "thread": plain(moment.thread),
        "kind": plain(moment.kind),
        "text": plain(moment.text).strip(),
        "phase": _phase(moment.phase),
        "place": texts.place(moment.span),
        "changes": [
            [plain(change.name), plain(change.old), plain(change.new), change.shared]
            for change in moment.changes
        ],
    }


def _phase(phase: Phase | None) -> list[int] | None:
    return [phase.number, phase.last] if phase else None
