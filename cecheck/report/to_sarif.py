"""A report as SARIF 2.1.0, for code scanning: a result for each refutation, with its run.

A run has a thread flow for each thread; `executionOrder` says how they are interleaved.  Only what
goes wrong, or is open, is a result: proofs are in the JSON report.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any, TypeAlias
from urllib.parse import quote

from cecheck.diagnostics import Diagnostic, Severity
from cecheck.ir.program import CheckKind
from cecheck.report.exit_status import MEANINGS, ExitStatus, exit_status, is_as_expected
from cecheck.report.model import (
    FileReport,
    Finding,
    Moment,
    Proved,
    Reach,
    Refuted,
    Report,
    Story,
    Unknown,
    Vacuous,
)
from cecheck.report.paint import plain
from cecheck.report.words import ADVICE, HEADLINES, headline
from cecheck.source import Span

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"

# Common Weakness Enumeration, https://cwe.mitre.org: what a refuted check would be in a driver.
CWE: dict[CheckKind, tuple[int, ...]] = {
    CheckKind.MAPPED: (822,),  # untrusted pointer dereference
    CheckKind.BOUNDS: (125, 787),  # out-of-bounds read, write
    CheckKind.PERMITTED: (280,),  # insufficient permissions are handled improperly
    CheckKind.LIVE: (416,),  # use after free
    CheckKind.PAGING: (833,),  # deadlock
    CheckKind.RESTORED: (271,),  # privileges are not dropped
    CheckKind.PAIRED: (772,),  # missing release of a resource
    CheckKind.PRIVILEGE: (250,),  # execution with unnecessary privileges
    CheckKind.DMA: (416,),
    CheckKind.BOUNDED: (835,),  # loop with unreachable exit condition
    CheckKind.ARITHMETIC: (369,),  # divide by zero
    CheckKind.ASSERT: (617,),  # reachable assertion
    CheckKind.INVARIANT: (617,),
}

Data: TypeAlias = dict[str, Any]


def render(report: Report) -> str:
    """Return *report* as text that ends in a newline."""
    kinds = sorted({f.kind for file in report.files for f in file.findings}, key=_rule_id)
    rules = {kind: number for number, kind in enumerate(kinds)}
    run = {
        "tool": {"driver": {
            "name": "cecheck",
            "version": plain(report.version),
            "rules": [_rule(kind) for kind in kinds],
        }},
        "automationDetails": {"id": "cecheck/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report)],
        "results": [
            result for file in report.files for finding in file.findings
            for result in _results(file, finding, rules)
        ],
    }  # fmt: skip
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=True) + "\n"


def _rule_id(kind: CheckKind) -> str:
    return f"cecheck/{kind.value.replace(' ', '-')}"


def _rule(kind: CheckKind) -> Data:
    tags = [f"external/cwe/cwe-{number:03}" for number in CWE.get(kind, ())]
    return {
        "id": _rule_id(kind),
        "name": kind.value,
        "shortDescription": {"text": f"An access {HEADLINES[kind]}."},
        "help": {"text": ADVICE.get(kind, "See the story of the refutation.")},
        "properties": {"tags": ["security", *tags], "precision": "very-high"},
        "defaultConfiguration": {"level": "error"},
    }


def _invocation(report: Report) -> Data:
    status = exit_status(report)
    notes = [_notification(d) for file in report.files for d in file.diagnostics]
    notes += [
        {"level": "error", "message": {"text": f"{plain(file.path)}: {plain(file.crash)}"}}
        for file in report.files
        if file.crash is not None
    ]
    works = status not in (ExitStatus.INTERNAL, ExitStatus.INTERRUPTED, ExitStatus.USAGE)
    return {
        "executionSuccessful": works and not any(file.has_errors for file in report.files),
        "exitCode": int(status),
        "exitCodeDescription": MEANINGS[status],
        "toolExecutionNotifications": notes,
    }


def _notification(diagnostic: Diagnostic) -> Data:
    is_error = diagnostic.code.severity is Severity.ERROR
    return {
        "level": "error" if is_error else "warning",
        "message": {"text": f"{diagnostic.code.number}: {plain(diagnostic.message)}"},
        "locations": [_location(diagnostic.span)],
    }


# ---- results -------------------------------------------------------------------------------------


def _results(file: FileReport, finding: Finding, rules: dict[CheckKind, int]) -> Iterator[Data]:
    level, text = _said(finding)
    if level is None:
        return
    result: Data = {
        "ruleId": _rule_id(finding.kind),
        "ruleIndex": rules[finding.kind],
        "level": level,  # with a level, SARIF knows no other kind than `fail`, which is the default
        "message": {"text": text},
        "locations": [_location(finding.site.span)],
        "partialFingerprints": {"cecheckFinding/v1": _fingerprint(file, finding)},
        "properties": {
            "check": finding.kind.value,
            "site": plain(finding.site.name),
            "view": finding.view.value,
            "client": plain(finding.client),
        },
    }
    if is_as_expected(file):
        why = "an `expect` line of the specification asks for this answer"
        result["suppressions"] = [{"kind": "inSource", "justification": why}]
    if isinstance(finding.verdict, Refuted):
        result["codeFlows"] = [_code_flow(finding.verdict.story, finding)]
    yield result


def _said(finding: Finding) -> tuple[str | None, str]:
    """Return the level of a finding, none if it is as it should be, and what it says."""
    site = plain(finding.site.name)
    about = f"{finding.kind.value} at {site} ({finding.view.value} view)"
    match finding.verdict:
        case Refuted(story=story):
            cause = f" {plain(story.cause.name)}: {plain(story.cause.text)}." if story.cause else ""
            return "error", f"{site} {headline(finding.kind, finding.view)}.{cause} [{about}]"
        case Unknown(reason=reason, pursued=True):
            return "warning", f"undecided: {plain(reason)} [{about}]"
        case Vacuous():
            return "note", f"can never be reached [{about}]"
        case Proved(reach=Reach.NOT_SHOWN):
            return "note", f"proved, but no run was found that gets there [{about}]"
        case _:
            return None, ""


def _fingerprint(file: FileReport, finding: Finding) -> str:
    """Return what a finding is known by in the next run: no line, and no number of a solver."""
    cause = finding.verdict.story.cause if isinstance(finding.verdict, Refuted) else None
    words = (
        file.path, finding.kind.value, finding.site.name, finding.view.value, finding.client,
        " ".join(finding.site.span.text.split()), cause.name if cause else "",
    )  # fmt: skip
    return hashlib.sha256("\0".join(words).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _code_flow(story: Story, finding: Finding) -> Data:
    flows: dict[str, list[Data]] = {}
    for number, moment in enumerate(story.moments, start=1):
        flows.setdefault(plain(moment.thread), []).append(_step(moment, number, finding.site.span))
    last = {
        "executionOrder": len(story.moments) + 1,
        "importance": "essential",
        "kinds": ["danger"],
        "location": _location(finding.site.span, "the failing access"),
        "state": {plain(text): {"text": plain(value)} for text, value in story.values},
    }
    flows.setdefault(plain(story.thread), []).append(last)
    return {
        "threadFlows": [{"id": name, "locations": steps} for name, steps in flows.items()],
        "message": {"text": f"{len(story.moments)} of {story.steps} steps"},
    }


_KINDS = {
    "client": ["call"], "enter": ["call", "function"], "return": ["return", "function"],
    "branch": ["branch"], "lock": ["lock"], "access": ["memory"], "fault": ["exception"],
}  # fmt: skip


def _step(moment: Moment, number: int, site: Span) -> Data:
    phase = f"step {moment.phase.number} of {moment.phase.last}: " if moment.phase else ""
    step: Data = {
        "executionOrder": number,
        "importance": "essential" if moment.changes else "important",
        "location": _location(moment.span or site, phase + plain(moment.text)),
    }
    if moment.kind in _KINDS:
        step["kinds"] = _KINDS[moment.kind]
    if moment.changes:
        step["state"] = {plain(c.name): {"text": plain(c.new)} for c in moment.changes}
    return step


def _location(span: Span, text: str | None = None) -> Data:
    line, column = span.source.line_column(span.start)
    end_line, end_column = span.source.line_column(span.end)
    place: Data = {"physicalLocation": {
        "artifactLocation": {"uri": _uri(span.source.path)},
        "region": {
            "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column,
        },
    }}  # fmt: skip
    if text is not None:
        place["message"] = {"text": text}
    return place


def _uri(path: str) -> str:
    """Return *path* as a reference from the folder that cecheck runs in."""
    return quote(path.replace("\\", "/"), safe="/@+,;=~", errors="replace")
