"""A report as one HTML page that needs nothing else: tables of verdicts and a player for traces.

What a specification says is text on the page and never markup, style or script; a policy in the
page forbids the browser all that is not part of it.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Any, assert_never

from cecheck import paths
from cecheck.ir.program import CheckKind
from cecheck.report.exit_status import MEANINGS, exit_status
from cecheck.report.html_trace import Told, as_json
from cecheck.report.model import (
    FileReport,
    Finding,
    Met,
    Outcome,
    Proved,
    Reach,
    Refuted,
    Report,
    Story,
    Unknown,
    Vacuous,
)
from cecheck.report.paint import Paint, plain, shown_path
from cecheck.report.snippet import diagnostic_text, place
from cecheck.report.story_text import named, story_text
from cecheck.report.to_text import verdict_word


def render(report: Report) -> str:
    """Return *report* as the text of a page, to be written as UTF-8."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415  (slow)
    from markupsafe import Markup  # noqa: PLC0415

    def shown(value: Any) -> Any:
        return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    environment = Environment(
        loader=FileSystemLoader(paths.HTML), autoescape=True, undefined=StrictUndefined,
        finalize=shown, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    style, script = _part("page.css"), _part("page.js")
    told = [
        Told(finding, story, file.repair.name if file.repair else "", f"repair-{number}")
        for number, file in enumerate(report.files, start=1)
        for finding, story in _refuted(file)
    ]
    numbers = {id(one.finding): number for number, one in enumerate(told)}
    status = exit_status(report)
    # Markup: what is ours, and the data, in which nothing can end its element.
    page = environment.get_template("page.html.jinja").render(
        policy=_policy(style, script),
        style=Markup(style),
        script=Markup(script),
        data=Markup(as_json(told)),
        report=report,
        status=f"{int(status)}: {MEANINGS[status]}".replace("`", ""),
        counts=list(Counter(_word(file) for file in report.files).items()),
        files=[_file(file, numbers) for file in report.files],
        stories=[story_text(one.finding, Paint.PLAIN) for one in told],
    )
    return page + "\n"


def _part(name: str) -> str:
    return (paths.HTML / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Return the content security policy of a page with one *style* and one *script*."""
    return "; ".join((
        "default-src 'none'",
        f"script-src {_hashed(script)}",
        f"style-src {_hashed(style)}",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ))  # fmt: skip


def _hashed(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _refuted(file: FileReport) -> list[tuple[Finding, Story]]:
    """Return the refuted findings of *file* with their stories, expected checks first."""
    expected = {line.expectation.check for line in file.outcomes if line.expectation}
    told = [(f, f.verdict.story) for f in file.findings if isinstance(f.verdict, Refuted)]
    return sorted(told, key=lambda pair: pair[0].kind.value not in expected)


# ---- one specification --------------------------------------------------------------------------


def _word(file: FileReport) -> str:
    """Return how *file* ended, in capitals."""
    if file.crash is not None:
        return "INTERNAL ERROR"
    if file.has_errors:
        return "ERROR"
    return "LIBRARY" if file.library else verdict_word(file)


def _file(file: FileReport, numbers: dict[int, int]) -> dict[str, Any]:
    proved = [f.verdict for f in file.findings if isinstance(f.verdict, Proved)]
    return {
        "path": shown_path(file.path),
        "word": _word(file),
        "crash": file.crash,
        "head": file.head,
        "diagnostics": [diagnostic_text(d).splitlines() for d in file.diagnostics],
        "outcomes": [_outcome(outcome) for outcome in file.outcomes],
        "met": all(outcome.met is Met.YES for outcome in file.outcomes),
        "rows": [_row(finding, numbers.get(id(finding))) for finding in file.findings],
        "proofs": _proofs(file),
        "repair": file.repair,
        "until_refuted": any(verdict.until_refuted for verdict in proved),
        "scope": file.scope,
        "assumptions": file.assumptions,
        "seconds": file.seconds,
    }


def _outcome(outcome: Outcome) -> dict[str, str]:
    line = outcome.expectation
    text = line.span.text.removeprefix("//").strip() if line else "everything else"
    return {"line": text, "met": outcome.met.value, "why": outcome.why}


def _row(finding: Finding, number: int | None) -> dict[str, Any]:
    word, engine, certified, notes = _verdict(finding)
    client = f"{finding.behaviour} {finding.client}".strip() or "any"
    given = [f"{name} = {value}" for name, value in finding.given]
    return {
        "site": finding.site.name,
        "place": place(finding.site.span),
        "check": finding.kind.value,
        "view": finding.view.value,
        "client": ", ".join([client, *given]),
        "word": word,
        "engine": engine,
        "certified": ", ".join(certified),
        "notes": notes,
        "number": number,
    }


def _verdict(finding: Finding) -> tuple[str, str, tuple[str, ...], list[str]]:
    """Return the verdict of *finding* as (word, engine, certified by, notes)."""
    verdict = finding.verdict
    match verdict:
        case Proved():
            word = _COVERED[verdict.reach] if finding.kind is CheckKind.COVER else "PROVED"
            return word, verdict.engine, verdict.certified_by, list(_notes(verdict))
        case Refuted():
            return "REFUTED", verdict.engine, ("replay",), []
        case Unknown():
            doubt = f"nothing rules out: {verdict.doubt.text}" if verdict.doubt else None
            notes = [text for text in (verdict.reason, verdict.help, doubt) if text]
            return "UNKNOWN" if verdict.pursued else "NOT PURSUED", "", (), notes
        case Vacuous():
            return "VACUOUS", "", verdict.certified_by, ["can never be reached"]
        case _:
            assert_never(verdict)


# What there is to say of `cover`, which asks for a run and not for a proof.
_COVERED = {
    Reach.SHOWN: "REACHED",
    Reach.NOT_SHOWN: "NOT SHOWN",
    Reach.PAST_REFUTATION: "NOT ASKED",
}


def _notes(verdict: Proved) -> Iterator[str]:
    if verdict.until_refuted:
        yield "until the refuted site"
    if verdict.reach is Reach.NOT_SHOWN:
        yield "no run was found that reaches it"
    if verdict.measure:
        yield f"{', '.join(verdict.measure)} becomes smaller in each round"


def _proofs(file: FileReport) -> list[dict[str, Any]]:
    """Return each invariant once, with everything that it carries."""
    carried: dict[tuple[str, ...], list[str]] = {}
    for finding in file.findings:
        if isinstance(finding.verdict, Proved) and finding.verdict.invariant:
            carried.setdefault(finding.verdict.invariant, []).append(named(finding))
    return [{"lines": lines, "carries": names} for lines, names in carried.items()]
