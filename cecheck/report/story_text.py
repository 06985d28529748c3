"""One refutation told as text: what goes wrong, where, how, and with which values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import assert_never

from cecheck.options import Telling
from cecheck.report.model import Finding, Moment, Phase, Refuted, Story
from cecheck.report.paint import Paint, Style, plain
from cecheck.report.picture_text import picture_text
from cecheck.report.snippet import place, snippet
from cecheck.report.words import advice, headline
from cecheck.source import Source


def named(finding: Finding) -> str:
    """Return what *finding* is about: check, site, view, caller, values of parameters."""
    given = "".join(f", {plain(name)} = {value}" for name, value in finding.given)
    caller = f", {finding.behaviour} {finding.client}".rstrip() if finding.client else ""
    kind, site = finding.kind.value, plain(finding.site.name)
    return f"{kind} at {site} ({finding.view.value} view{plain(caller)}{given})"


def story_text(
    finding: Finding, paint: Paint, telling: Telling = Telling.STORY
) -> list[str]:
    """Return the lines that tell a refuted finding, as much of its run as *telling* says."""
    assert isinstance(finding.verdict, Refuted)
    story = finding.verdict.story
    title = f"{plain(finding.site.name)} {headline(finding.kind, finding.view)}"
    if story.cause is not None:
        title += f": {plain(story.cause.name)}"
    lines = [f"  {paint(Style.STRONG, title)}", *_why(story), f"  {named(finding)}", ""]
    span = finding.site.span
    lines += [f"  {place(span)}", *_indented(snippet(span, "^", paint)), ""]
    race = "no race needed" if story.alone else "other threads take part"
    moments = _told(story, telling)
    told = f"{len(moments)} of {story.steps} steps, {race}"
    lines += [f"  how it comes about ({told})"]
    lines += _moments(replace(story, moments=moments), span.source, paint)
    lines += _ending(story)
    lines += picture_text(story)
    helps = advice(finding.kind, story.cause.name if story.cause else None)
    lines += [f"  help: {helps}"] if helps else []
    return lines


def _told(story: Story, telling: Telling) -> tuple[Moment, ...]:
    match telling:
        case Telling.STORY:
            return story.moments
        case Telling.FULL:
            return story.run
        case Telling.DIFF:
            return tuple(moment for moment in story.run if moment.changes)
        case _:
            assert_never(telling)


def _why(story: Story) -> list[str]:
    return [] if story.cause is None else [f"  {plain(story.cause.text)}"]


def _indented(text: str) -> Iterator[str]:
    return (f"  {line}" for line in text.splitlines())


def _moments(story: Story, home: Source, paint: Paint) -> Iterator[str]:
    """Each moment on a line, threads and protocol steps named where they change."""
    width = max([len(plain(moment.thread)) for moment in story.moments], default=0)
    thread, phase = "", None
    for moment in story.moments:
        who = "" if moment.thread == thread else plain(moment.thread)
        where = "" if (moment.thread, moment.phase) == (thread, phase) else _phase(moment.phase)
        thread, phase = moment.thread, moment.phase
        yield f"    {who:<{width}}  {where:>6}  {plain(moment.text)}{_at(moment, home, paint)}"
        indent = " " * (width + 16)
        for change in moment.changes:
            yield f"{indent}{plain(change.name)}: {plain(change.old)} → {plain(change.new)}"
        if moment.step == story.turning:
            yield f"{indent}(no way back from here)"


def _phase(phase: Phase | None) -> str:
    return f"{phase.number} of {phase.last}" if phase else ""


def _at(moment: Moment, home: Source, paint: Paint) -> str:
    """Return the line of *moment*, with the name of its file where that is not *home*."""
    if moment.span is None or moment.kind == "step":
        return ""
    file = moment.span.source
    where = "line " if file.path == home.path else f"{plain(file.path.rpartition('/')[2])}:"
    return paint(Style.QUIET, f"  [{where}{moment.span.line}]")


def _ending(story: Story) -> Iterator[str]:
    step = f", in step {_phase(story.phase)}" if story.phase else ""
    yield f"  at the failing point, {plain(story.thread)}{step}"
    width = max([len(plain(text)) for text, _ in story.values], default=0)
    for text, value in story.values:
        yield f"    {plain(text):<{width}}  {plain(value)}"
