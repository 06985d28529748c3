"""Do the findings of a specification meet its ``// expect:`` lines?

Each line must hold.  At a site that a line names the other checks are free; at every other site
everything must be proved, unless some line names a check without a site: it speaks about that
check alone and leaves the rest of the file open.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import assert_never

from cecheck.report.model import (
    FileReport,
    Finding,
    Met,
    Outcome,
    Proved,
    Reach,
    Refuted,
    Unknown,
    Vacuous,
)
from cecheck.syntax.ast import Expectation

# When several things keep a line from being met, the first of these is what is reported.
_GRAVEST = (Met.NO, Met.UNDECIDED, Met.VACUOUS, Met.YES)


def judge(
    lines: Sequence[Expectation],
    findings: Sequence[Finding],
    *,
    only: Collection[str] = (),
    accepted: Collection[str] = (),
) -> tuple[Outcome, ...]:
    """Return how each of *lines* fared, and then how the sites did that none of them names.

    *only* holds the checks that were asked (empty: all); lines about others are left out.
    *accepted* names sites that may be vacuous.  Without lines everything is to be proved.
    """
    told = [(_line(x, findings, accepted), x) for x in lines if _is_asked(x, only)]
    outcomes = [replace(outcome, expectation=line) for outcome, line in told]
    if _says_all_about_the_rest(lines):
        return tuple(outcomes)
    named = {line.site for line in lines}
    rest = [finding for finding in findings if finding.site.name not in named]
    return (*outcomes, all_proved(rest, accepted))


def is_free(
    lines: Sequence[Expectation], still_open: Sequence[Expectation], asked: tuple[str, str, str]
) -> bool:
    """Tell whether no line that is *still_open* needs an answer about a (check, site, view).

    What no line speaks of is free at a site that one of *lines* names, and everywhere if one
    leaves the rest of the file open.
    """
    if not lines or any(_is_about(line, asked) for line in still_open):
        return False
    return _says_all_about_the_rest(lines) or asked[1] in {line.site for line in lines}


def is_suspected(still_open: Sequence[Expectation], asked: tuple[str, str, str]) -> bool:
    """Tell whether a line that is *still_open* expects a (check, site, view) to be refuted."""
    return any(line.answer == "refuted" and _is_about(line, asked) for line in still_open)


def failing(
    outcomes: Sequence[Outcome], findings: Sequence[Finding], accepted: Collection[str] = ()
) -> list[tuple[Outcome, list[Finding]]]:
    """Return each of *outcomes* that is not met, with the findings that keep it from that.

    A line that expects anything but a proof is kept by no finding of its own: it has none.
    """
    named = {one.expectation.site for one in outcomes if one.expectation is not None}
    found: list[tuple[Outcome, list[Finding]]] = []
    for outcome in outcomes:
        line = outcome.expectation
        if outcome.met is Met.YES:
            continue
        if line is None:
            about = [finding for finding in findings if finding.site.name not in named]
        elif line.answer == "proved":
            about = [finding for finding in findings if _speaks_of(line, finding)]
        else:
            about = []
        found.append((outcome, [f for f in about if _proved(f, accepted).met is not Met.YES]))
    return found


def excused(findings: Sequence[Finding], accepted: Collection[str]) -> tuple[int, ...]:
    """Return the numbers, from 0, of *findings* that are vacuous at a site that may be."""
    return tuple(
        number
        for number, finding in enumerate(findings)
        if isinstance(finding.verdict, Vacuous) and finding.site.name in accepted
    )


def is_expected(file: FileReport, finding: Finding) -> bool:
    """Tell whether a line that is met asks for the very answer of *finding*."""
    return any(
        outcome.met is Met.YES and line.answer == _word(finding) and _speaks_of(line, finding)
        for outcome in file.outcomes
        if (line := outcome.expectation) is not None
    )


def _is_about(line: Expectation, asked: tuple[str, str, str]) -> bool:
    pairs = zip((line.check, line.site, line.view), asked, strict=True)
    return all(said in (None, name) for said, name in pairs)


def unmet(lines: Sequence[Expectation], findings: Sequence[Finding]) -> list[Expectation]:
    """Return those of *lines* that *findings* do not meet already by a refutation."""
    return [
        line
        for line in lines
        if line.answer != "refuted"
        or _some([f for f in findings if _speaks_of(line, f)], Refuted).met is not Met.YES
    ]


def all_proved(findings: Iterable[Finding], accepted: Collection[str] = ()) -> Outcome:
    """Return whether everything is proved, and if not, the gravest reason."""
    results = [Outcome(None, Met.YES), *(_proved(finding, accepted) for finding in findings)]
    return min(results, key=lambda outcome: _GRAVEST.index(outcome.met))


def _is_asked(line: Expectation, only: Collection[str]) -> bool:
    return not only or line.check is None or line.check in only


def _says_all_about_the_rest(lines: Iterable[Expectation]) -> bool:
    """A line without a site speaks about the rest, or leaves it open."""
    return any(line.site is None for line in lines)


def _line(line: Expectation, findings: Sequence[Finding], accepted: Collection[str]) -> Outcome:
    about = [finding for finding in findings if _speaks_of(line, finding)]
    if not about:
        return Outcome(None, Met.NO, "nothing of the kind was asked")
    match line.answer:
        case "proved":
            return all_proved(about, accepted)
        case "refuted":
            return _because(line, about)
        case "unknown":
            return _some(about, Unknown)
        case "vacuous":
            return _some(about, Vacuous)
        case _:
            raise ValueError(f"no such answer: {line.answer}")


def _speaks_of(line: Expectation, finding: Finding) -> bool:
    return _is_about(line, (finding.kind.value, finding.site.name, finding.view.value))


def _some(about: Sequence[Finding], wanted: type[Refuted | Unknown | Vacuous]) -> Outcome:
    """One finding with the wanted verdict is enough; one that is undecided might have been it."""
    if any(isinstance(finding.verdict, wanted) for finding in about):
        return Outcome(None, Met.YES)
    undecided = [finding for finding in about if isinstance(finding.verdict, Unknown)]
    if undecided:
        return Outcome(None, Met.UNDECIDED, _told(undecided[0], "is undecided"))
    return Outcome(None, Met.NO, _told(about[0], f"is {_word(about[0])}") if about else "")


def _because(line: Expectation, about: Sequence[Finding]) -> Outcome:
    """A refutation, and if the line says so, one with that root cause."""
    found = _some(about, Refuted)
    if line.cause is None or found.met is not Met.YES:
        return found
    stories = [f.verdict.story for f in about if isinstance(f.verdict, Refuted)]
    causes = [story.cause.name for story in stories if story.cause]
    if line.cause in causes:
        return found
    return Outcome(None, Met.NO, f"the cause is: {', '.join(dict.fromkeys(causes))}")


def _proved(finding: Finding, accepted: Collection[str]) -> Outcome:
    match finding.verdict:
        case Refuted():
            return Outcome(None, Met.NO, _told(finding, "is refuted"))
        case Unknown(reason):
            return Outcome(None, Met.UNDECIDED, _told(finding, f"is undecided: {reason}"))
        case Vacuous():
            if finding.site.name in accepted:
                return Outcome(None, Met.YES)
            return Outcome(None, Met.VACUOUS, _told(finding, "can never be reached"))
        case Proved(reach=Reach.NOT_SHOWN):
            why = _told(finding, "is proved, but no run was found that reaches it")
            return Outcome(None, Met.UNDECIDED, why)
        case Proved():
            return Outcome(None, Met.YES)
        case _:
            assert_never(finding.verdict)


def _told(finding: Finding, what: str) -> str:
    given = "".join(f", {name} = {value}" for name, value in finding.given)
    about = f"{finding.kind.value} at {finding.site.name}"
    return f"{about} {what} ({finding.view.value} view{given})"


def _word(finding: Finding) -> str:
    return type(finding.verdict).__name__.lower()
