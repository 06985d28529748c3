"""A report as JSON for programs: every finding, green ones too, under a versioned schema.

Numbers that differ from run to run are under ``seconds`` and nowhere else.
"""

from __future__ import annotations

import json
from typing import TypeAlias, assert_never

from cecheck.diagnostics import Diagnostic
from cecheck.report.exit_status import exit_status, file_status
from cecheck.report.model import (
    Cause,
    Doubt,
    FileReport,
    Finding,
    Moment,
    Outcome,
    Phase,
    Picture,
    Proved,
    Refuted,
    Repair,
    Report,
    Story,
    Unknown,
    Vacuous,
)
from cecheck.source import Span

# Raised whenever a field changes its meaning or goes away; new fields may appear at any time.
SCHEMA = "cecheck-report/1"

Data: TypeAlias = "dict[str, Data] | list[Data] | str | int | float | bool | None"


def render(report: Report) -> str:
    """Return *report* as text that ends in a newline."""
    status = exit_status(report)
    data: Data = {
        "schema": SCHEMA,
        "tool": {"name": "cecheck", "version": report.version},
        "exit_status": int(status),
        "interrupted": report.interrupted,
        "terminated": report.terminated,
        "left_out": report.left_out,
        "problems": list(report.problems),
        "files": [_file(file) for file in report.files],
    }
    return json.dumps(data, indent=2, ensure_ascii=True) + "\n"


def _file(file: FileReport) -> Data:
    return {
        "path": file.path,
        "exit_status": int(file_status(file)),
        "crash": file.crash,
        "library": file.library,
        "head": list(file.head),
        "diagnostics": [_diagnostic(diagnostic) for diagnostic in file.diagnostics],
        "expectations": [_outcome(outcome) for outcome in file.outcomes],
        "findings": [
            _finding(finding, number in file.excused)
            for number, finding in enumerate(file.findings)
        ],
        "repair": _repair(file.repair),
        "scope": list(file.scope),
        "assumptions": list(file.assumptions),
        "accepted": list(file.accepted),
        "seconds": {phase: round(time, 4) for phase, time in file.seconds},
    }


def _place(span: Span | None) -> Data:
    if span is None:
        return None
    line, column = span.source.line_column(span.start)
    end_line, end_column = span.source.line_column(span.end)
    return {
        "path": span.source.path,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
    }


def _diagnostic(diagnostic: Diagnostic) -> Data:
    return {
        "code": diagnostic.code.number,
        "severity": diagnostic.code.severity.value,
        "message": diagnostic.message,
        "place": _place(diagnostic.span),
        "notes": [{"message": n.message, "place": _place(n.span)} for n in diagnostic.notes],
        "help": diagnostic.help,
    }


def _outcome(outcome: Outcome) -> Data:
    line = outcome.expectation
    return {
        "answer": line.answer if line else None,
        "check": line.check if line else None,
        "site": line.site if line else None,
        "view": line.view if line else None,
        "because": line.cause if line else None,
        "met": outcome.met.value,
        "why": outcome.why,
    }


def _finding(finding: Finding, accepted: bool) -> Data:
    return {
        "check": finding.kind.value,
        "site": finding.site.name,
        "place": _place(finding.site.span),
        "view": finding.view.value,
        "accepted": accepted,
        "thread": finding.thread,
        "client": finding.client,
        "behaviour": finding.behaviour,
        "params": dict(finding.given),
        "verdict": type(finding.verdict).__name__.lower(),
        **_evidence(finding.verdict),
    }


def _repair(repair: Repair | None) -> Data:
    if repair is None:
        return None
    return {
        "name": repair.name,
        "diff": list(repair.diff),
        "verdict": "proved",
        "proved_checks": repair.proved,
        "tried": repair.tried,
    }


def _doubt(doubt: Doubt | None) -> Data:
    if doubt is None:
        return None
    values: list[Data] = [{"name": name, "value": value} for name, value in doubt.values]
    return {"where": doubt.where, "values": values}


def _evidence(verdict: Proved | Refuted | Unknown | Vacuous) -> dict[str, Data]:
    match verdict:
        case Proved():
            return {
                "engine": verdict.engine,
                "certified_by": list(verdict.certified_by),
                "invariant": list(verdict.invariant),
                "reachability": verdict.reach.value,
                "until_refuted": verdict.until_refuted,
                "measure": list(verdict.measure),
            }
        case Refuted():
            return {"engine": verdict.engine, "story": _story(verdict.story)}
        case Unknown():
            return {
                "reason": verdict.reason, "help": verdict.help, "pursued": verdict.pursued,
                "doubt": _doubt(verdict.doubt),
            }  # fmt: skip
        case Vacuous():
            return {"certified_by": list(verdict.certified_by)}
        case _:
            assert_never(verdict)


def _story(story: Story) -> Data:
    return {
        "thread": story.thread,
        "step": _phase(story.phase),
        "steps": story.steps,
        "moments": [_moment(moment) for moment in story.moments],
        "values": [{"expression": text, "value": value} for text, value in story.values],
        "cause": _cause(story.cause),
        "no_way_back": story.turning,
        "race": not story.alone,
        "start": [{"thread": h.thread, "name": h.name, "value": h.value} for h in story.start],
        "run": [_moment(moment) for moment in story.run],
        "pictures": [_picture(picture) for picture in story.pictures],
    }


def _cause(cause: Cause | None) -> Data:
    if cause is None:
        return None
    return {"name": cause.name, "text": cause.text, "places": [_place(s) for s in cause.spans]}


def _picture(picture: Picture) -> Data:
    return {
        "number": picture.step,
        "thread": picture.thread,
        "regions": [
            {"name": r.name, "first": r.start, "last": r.last, "who": r.who}
            for r in picture.regions
        ],
        "rights": dict(picture.rights),
        "pointer": picture.pointer,
        "bytes": picture.count,
        "violating_byte": picture.byte,
        "lands_at": picture.lands,
    }


def _moment(moment: Moment) -> Data:
    changes: list[Data] = [
        {"name": c.name, "old": c.old, "new": c.new, "shared": c.shared} for c in moment.changes
    ]
    return {
        "thread": moment.thread,
        "number": moment.step,
        "kind": moment.kind,
        "text": moment.text,
        "step": _phase(moment.phase),
        "place": _place(moment.span),
        "changes": changes,
    }


def _phase(phase: Phase | None) -> Data:
    return {"number": phase.number, "of": phase.last} if phase else None
