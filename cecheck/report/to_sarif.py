"""A report as SARIF 2.1.0, for code scanning and for viewers of alerts.

It holds what is wrong and nothing else, because a viewer takes every result for an open alert: what
is undecided stays in it, or the alert that it was would count as mended.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from cecheck.diagnostics import Code, Severity
from cecheck.report import rules
from cecheck.report.addresses import uri
from cecheck.report.exit_status import MEANINGS, exit_status
from cecheck.report.hunks import hunks
from cecheck.report.model import Finding, Refuted, Repair, Report, Unknown
from cecheck.report.paint import plain
from cecheck.report.problems import Problem, problems
from cecheck.report.rules import Rule
from cecheck.report.sarif_flow import code_flow, location, message
from cecheck.source import Span

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
_WRONG: Final = {code.number for code in Code if code.severity is Severity.ERROR}
_MOST: Final = 25_000  # results of a run that GitHub takes
# The same data, but no text in it looks like an element where the file is pasted into a page.
_ESCAPES: Final = {ord(character): f"\\u{ord(character):04x}" for character in "<>&"}


def render(report: Report) -> str:
    """Return *report* as a log of one run, that ends in a newline.

    The exit code in it is that of the verdicts; `--exit-zero` does not change it.
    """
    found = problems(report)
    placed = [problem for problem in found if problem.path]
    run = {
        "tool": {"driver": _driver(report.version)},
        "automationDetails": {"id": "cecheck/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report, found, len(placed) - _MOST)],
        "results": _results(placed[:_MOST], {f.path: f.repair for f in report.files if f.repair}),
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=1, ensure_ascii=True).translate(_ESCAPES) + "\n"


# ---- the tool and its rules ----------------------------------------------------------------------


def _driver(version: str) -> dict[str, Any]:
    return {
        "name": "cecheck",
        "semanticVersion": plain(version),
        "rules": [_rule(rule) for rule in rules.every_rule()],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    tags = [f"external/cwe/cwe-{number:03}" for number in rule.cwe]
    severe = {} if rule.severity is None else {"security-severity": f"{rule.severity:.1f}"}
    level = _default_level(rule)
    text = rule.text[0].upper() + rule.text[1:] + "."
    return {
        "id": rule.id,
        "name": rule.id.removeprefix("cecheck/"),
        "shortDescription": {"text": text},
        "fullDescription": {"text": text},
        "help": {"text": rule.help},
        "defaultConfiguration": {"level": level},
        "properties": {
            "tags": (["security"] if severe else []) + tags,
            "precision": "very-high" if level == "error" else "medium",
            "problem.severity": level,
            **severe,
        },
    }


def _default_level(rule: Rule) -> str:
    doubtful = (rules.UNDECIDED, rules.VACUOUS, rules.UNREACHED, rules.NOTHING)
    suspicious = any(
        code.severity is Severity.WARNING and code.number == rule.id for code in Code
    )
    return "warning" if rule in doubtful or suspicious else "error"


# ---- the run -------------------------------------------------------------------------------------


def _invocation(report: Report, found: Sequence[Problem], too_many: int) -> dict[str, Any]:
    status = exit_status(report)
    broken = report.interrupted or any(
        problem.rule is rules.CRASH or problem.rule.id in _WRONG for problem in found
    )
    told = [_notification(one) for one in found if one.finding is None or _is_unknown(one.finding)]
    if too_many > 0:
        text = f"{too_many} results were left out, for want of room"
        told.append({"level": "warning", "message": message(text)})
    return {
        "executionSuccessful": not broken,
        "exitCode": int(status),
        "exitCodeDescription": MEANINGS[status],
        "toolExecutionNotifications": told[:_MOST],
    }


def _is_unknown(finding: Finding) -> bool:
    return isinstance(finding.verdict, Unknown)


def _notification(problem: Problem) -> dict[str, Any]:
    places = {"locations": [_place(problem)]} if problem.path else {}
    return {
        "level": problem.level.value,
        "message": message(_text(problem)),
        "associatedRule": {"id": problem.rule.id, "index": _number(problem.rule)},
        **places,
    }


# ---- results -------------------------------------------------------------------------------------


def _results(
    found: Sequence[Problem], repairs: Mapping[str, Repair]
) -> list[dict[str, Any]]:
    seen: Counter[tuple[str, str]] = Counter()
    results = []
    for problem in found:
        digest = _fingerprint(problem)
        seen[problem.path, digest] += 1
        number = seen[problem.path, digest]
        result = _result(problem, f"{digest}:{number}")
        repair = repairs.get(problem.path) if _is_refuted(problem) else None
        if repair is not None and all(plain(text) == text for text in repair.diff):
            result["fixes"] = [_fix(problem.path, repair)]
        results.append(result)
    return results


def _result(problem: Problem, fingerprint: str) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": problem.rule.id,
        "ruleIndex": _number(problem.rule),
        "level": problem.level.value,
        "message": message(_text(problem)),
        "locations": [_place(problem)],
        # The first is what GitHub goes by.
        "partialFingerprints": {
            "primaryLocationLineHash": fingerprint, "cecheckFinding/v1": fingerprint,
        },
    }
    finding = problem.finding
    if finding is not None and isinstance(finding.verdict, Refuted):
        result["codeFlows"] = [code_flow(finding, finding.verdict.story)]
        cause = finding.verdict.story.cause
        if cause is not None and cause.spans:
            result["relatedLocations"] = [
                {"id": number, **location(span), "message": message(cause.text)}
                for number, span in enumerate(cause.spans, start=1)
            ]
    return result


def _is_refuted(problem: Problem) -> bool:
    return problem.finding is not None and isinstance(problem.finding.verdict, Refuted)


def _fix(path: str, repair: Repair) -> dict[str, Any]:
    """Return *repair* of the file at *path* as whole lines that are replaced.

    They are inserted as they are: no text that a viewer would obey may be among them.
    """
    replacements = [
        {
            "deletedRegion": {
                "startLine": hunk.first, "startColumn": 1,
                "endLine": hunk.first + len(hunk.removed), "endColumn": 1,
            },
            "insertedContent": {"text": "".join(f"{line}\n" for line in hunk.added)},
        }
        for hunk in hunks(repair.diff)
    ]  # fmt: skip
    return {
        "description": message(f"{repair.name} (proved)"),
        "artifactChanges": [
            {"artifactLocation": {"uri": uri(path)}, "replacements": replacements}
        ],
    }


def _number(rule: Rule) -> int:
    numbers = [one.id for one in rules.every_rule()]
    return numbers.index(rule.id)


def _text(problem: Problem) -> str:
    return ". ".join([problem.title, *problem.notes]) + "."


def _place(problem: Problem) -> dict[str, Any]:
    """Return where *problem* is; its first line, where it has no place in the file."""
    if problem.span is not None:
        return location(problem.span)
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": uri(problem.path)},
            "region": {"startLine": 1},
        }
    }


def _fingerprint(problem: Problem) -> str:
    """Return a digest of what *problem* is about: words of the specification, no line, and no
    value that a solver chose."""
    finding = problem.finding
    about = [problem.rule.id, _normal(problem.span)]
    if finding is not None:
        about += [
            finding.kind.value, finding.site.name, finding.view.value, finding.thread,
            finding.client, finding.behaviour,
        ]  # fmt: skip
    elif problem.span is not None:
        about.append(problem.title)
    text = "\0".join(about)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32]


def _normal(span: Span | None) -> str:
    """Return what is written at *span*, however it is indented and broken into lines."""
    return plain(" ".join(span.text.split())) if span is not None else ""
