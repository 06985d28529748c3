"""A report as text: proofs with what carries them, refutations as stories, a summary last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import Enum

from cecheck.ir.program import View
from cecheck.options import Telling
from cecheck.record import record
from cecheck.report.exit_status import ExitStatus, file_status
from cecheck.report.model import (
    FileReport,
    Finding,
    Met,
    Outcome,
    Refuted,
    Repair,
    Report,
    Unknown,
    Vacuous,
)
from cecheck.report.paint import Paint, Style, plain, shown_path
from cecheck.report.proof_text import proof_text
from cecheck.report.snippet import diagnostic_text
from cecheck.report.story_text import named, story_text


class Detail(Enum):
    """How much is said of a specification that answered as it should."""

    BRIEF = "one line"
    FULL = "everything, but of long invariants the beginning"
    WHOLE = "everything"


def render(
    report: Report, *, paint: Paint = Paint.PLAIN, detail: Detail = Detail.FULL,
    telling: Telling = Telling.STORY,
) -> str:  # fmt: skip
    """Return *report* as text that ends in a newline; *telling* is which steps are told."""
    parts = [_file(file, _Manner(paint, detail, telling)) for file in report.files]
    problems = [f"baseline: {plain(problem)}" for problem in report.problems]
    return "\n".join([*parts, *problems, _summary(report)]) + "\n"


def verdict_word(file: FileReport) -> str:
    """Return the gravest verdict of *file*, as one word; what nobody pursued does not count."""
    told = [finding.verdict for finding in file.findings]
    verdicts = {type(v) for v in told if not isinstance(v, Unknown) or v.pursued}
    for kind, word in ((Refuted, "REFUTED"), (Unknown, "UNKNOWN"), (Vacuous, "VACUOUS")):
        if kind in verdicts:
            return word
    if verdicts:
        return "PROVED"
    return "UNKNOWN" if file_status(file) is ExitStatus.UNDECIDED else "NOTHING TO CHECK"


_STYLES = {"PROVED": Style.GOOD, "REFUTED": Style.BAD}


@record
class _Manner:
    """How it is said."""

    paint: Paint
    detail: Detail
    telling: Telling


def _file(file: FileReport, manner: _Manner) -> str:
    paint, detail = manner.paint, manner.detail
    lines = [diagnostic_text(diagnostic, paint) for diagnostic in file.diagnostics]
    if file.crash is not None:
        word = paint(Style.BAD, "INTERNAL ERROR")
        crash = f"  this is a bug in cecheck: {plain(file.crash)}"
        return "\n".join([*lines, f"{shown_path(file.path)}: {word}", crash])
    if file.has_errors:
        return "\n".join(lines)
    if file.library:
        return "\n".join([*lines, f"{shown_path(file.path)}: a library, in which nothing runs"])
    lines.append(_title(file, paint))
    if detail is not Detail.BRIEF or file_status(file) is not ExitStatus.PROVED:
        lines += [*_details(file, manner), ""]
    return "\n".join(lines)


def _title(file: FileReport, paint: Paint) -> str:
    word = verdict_word(file)
    text = f"{shown_path(file.path)}: {paint(_STYLES.get(word, Style.DOUBT), word)}"
    if file.accepted and file_status(file) is ExitStatus.PROVED:
        return f"{text}, accepted by the baseline"
    if not file.findings or not any(outcome.expectation for outcome in file.outcomes):
        return text
    if all(outcome.met is Met.YES for outcome in file.outcomes):
        return f"{text}, as expected"
    return text + paint(Style.BAD, ", not as expected")


def _details(file: FileReport, manner: _Manner) -> list[str]:
    paint = manner.paint
    lines = [f"  {plain(line)}" for line in file.head]
    lines += [f"  {_missed(outcome)}" for outcome in file.outcomes if outcome.met is not Met.YES]
    lines += [f"  accepted: {plain(line)}" for line in file.accepted]
    for told, *others in _stories(file):
        lines += ["", *story_text(told, paint, manner.telling)]
        lines += [f"  refuted there too: {named(other)}" for other in others]
    lines += _repair(file.repair, paint)
    for reason, findings in _undecided(file).items():
        lines += [f"  undecided: {plain(reason)}", *(f"    {f}" for f in _named(file, findings))]
        lines += [f"      nothing rules out: {text}" for text in _doubts(findings)]
    vacuous = [f for f in file.findings if isinstance(f.verdict, Vacuous)]
    lines += [f"  can never be reached: {named(finding)}" for finding in vacuous]
    return [*lines, *proof_text(file, paint, whole=manner.detail is Detail.WHOLE)]


def _missed(outcome: Outcome) -> str:
    if outcome.expectation is None:
        return plain(outcome.why)
    line = plain(outcome.expectation.span.text.removeprefix("//").strip())
    return f"`{line}` is {outcome.met.value}: {plain(outcome.why)}"


def _stories(file: FileReport) -> list[list[Finding]]:
    """Return the refuted findings, site by site, the one that is worth telling first."""
    expected = {line.expectation.check for line in file.outcomes if line.expectation}
    sites: dict[str, list[Finding]] = {}
    for finding in file.findings:
        if isinstance(finding.verdict, Refuted):
            sites.setdefault(finding.site.name, []).append(finding)
    return [sorted(f, key=lambda x: x.kind.value not in expected) for f in sites.values()]


_DIFF = {"+": Style.GOOD, "-": Style.BAD, "@": Style.QUIET}


def _repair(repair: Repair | None, paint: Paint) -> list[str]:
    """Return the lines that show a repair: what is done, and the diff.

    The bar keeps a line of the specification from being the first on a line of a job's log, where
    a runner would obey it.
    """
    if repair is None:
        return []
    title = f"  a repair that is PROVED: {plain(repair.name)}"
    told = (plain(line) for line in repair.diff)
    shown = [paint(_DIFF[line[0]], line) if line[:1] in _DIFF else line for line in told]
    return ["", title, *(f"    | {line}".rstrip() for line in shown)]


def _undecided(file: FileReport) -> dict[str, list[Finding]]:
    """Return the undecided findings by what they are undecided for."""
    reasons: dict[str, list[Finding]] = {}
    for finding in file.findings:
        if isinstance(finding.verdict, Unknown):
            help_ = f" ({finding.verdict.help})" if finding.verdict.help else ""
            reasons.setdefault(finding.verdict.reason + help_, []).append(finding)
    return reasons


def _doubts(undecided: Sequence[Finding]) -> list[str]:
    """Return the states that would have to be ruled out, each once."""
    doubts = (f.verdict.doubt for f in undecided if isinstance(f.verdict, Unknown))
    return list(dict.fromkeys(plain(doubt.text) for doubt in doubts if doubt is not None))


def _named(file: FileReport, undecided: Sequence[Finding]) -> list[str]:
    """Return what *undecided* are about, in one line where nobody pursued a proof in a view."""
    views: dict[View, list[Finding]] = {}
    for finding in file.findings:
        views.setdefault(finding.view, []).append(finding)
    told = dict.fromkeys(_left_out(views[f.view]) or named(f) for f in undecided)
    return list(told)


def _left_out(seen: Sequence[Finding]) -> str | None:
    """Return how to say that of what was *seen* in a view nothing but refutations was pursued."""
    others = [f.verdict for f in seen if not isinstance(f.verdict, Refuted)]
    if len(others) == 1 or any(not isinstance(v, Unknown) or v.pursued for v in others):
        return None
    return f"everything{' else' if len(others) < len(seen) else ''} ({seen[0].view.value} view)"


def _summary(report: Report) -> str:
    """Return the last line: how many specifications ended how."""
    counted = Counter(_ending(file) for file in report.files)
    parts = [f"{counted[ending]} {ending}" for ending in _ENDINGS if counted[ending]]
    stopped = _STOPPED[report.interrupted, report.terminated]
    if not parts:
        parts = ["nothing to check"]
    if report.left_out:
        parts.append(f"{report.left_out} not selected")
    return f"cecheck: {stopped}{', '.join(parts)} in {report.seconds:.2f} s"


_STOPPED = {
    (False, False): "", (True, False): "interrupted: ", (True, True): "interrupted, terminated: ",
}  # fmt: skip

_ENDINGS = (
    "proved", "refuted", "undecided", "vacuous", "refuted as expected", "undecided as expected",
    "vacuous as expected", "accepted by the baseline", "not as expected", "nothing to check",
    "for others to use", "with errors", "crashed",
)  # fmt: skip

_VERDICTS = {"PROVED": "proved", "REFUTED": "refuted", "UNKNOWN": "undecided"}


def _ending(file: FileReport) -> str:
    verdict = _VERDICTS.get(verdict_word(file), "vacuous")
    expects = any(outcome.expectation for outcome in file.outcomes)
    match file_status(file):
        case ExitStatus.INTERNAL:
            return "crashed"
        case ExitStatus.SPECIFICATION:
            return "with errors"
        case ExitStatus.NOTHING if file.library:
            return "for others to use"
        case ExitStatus.NOTHING:
            return "nothing to check"
        case ExitStatus.PROVED if file.accepted:
            return "accepted by the baseline"
        case ExitStatus.PROVED:
            return verdict if verdict == "proved" else f"{verdict} as expected"
        case ExitStatus.REFUTED if expects:
            return "not as expected"
        case ExitStatus.UNDECIDED:
            return "undecided"
        case _:
            return verdict
