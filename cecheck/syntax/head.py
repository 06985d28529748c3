"""The first comment lines of a file: what the checker must answer, and why the file exists."""

from __future__ import annotations

import re
from typing import Final

from cecheck.diagnostics import Diagnostic
from cecheck.ir.causes import Root
from cecheck.record import record
from cecheck.source import Source, Span
from cecheck.syntax import errors
from cecheck.syntax.ast import Expectation

_NAME: Final = r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*"
_EXPECTATION: Final = re.compile(
    rf"(?P<answer>proved|refuted|unknown|vacuous)"
    rf"(?:[ \t]+(?P<check>(?!(?:at|hostile|because)\b){_NAME})(?!-))?"
    rf"(?:[ \t]+at[ \t]+(?P<site>{_NAME}))?"
    rf"(?:[ \t]+(?P<view>hostile|well-behaved))?"
    rf"(?:[ \t]+because[ \t]+(?P<cause>[a-z ]+))?"
)
_CAUSES: Final = tuple(root.value for root in Root)
# What somebody may have meant to be an expectation, wherever it stands.
_ATTEMPT: Final = re.compile(
    r"[ \t]*//[ \t]*(?P<word>expect(?:s|ed|ation)?)[ \t]*"
    r"(?P<colon>:|(?=proved|refuted|unknown|vacuous))(?P<rest>[^\r\n]*)",
    re.IGNORECASE,
)


@record
class Head:
    """What the first comment lines of a file say."""

    expectations: tuple[Expectation, ...]
    lines: tuple[str, ...]
    problems: tuple[Diagnostic, ...]


def read(source: Source) -> Head:
    """Return the expectations of *source* and the other comment lines at its beginning."""
    expectations: list[Expectation] = []
    lines: list[str] = []
    problems: list[Diagnostic] = []
    start, in_head = 0, True
    for line in source.text.splitlines(keepends=True):
        text = line.strip()
        in_head = in_head and (not text or text.startswith("//"))
        attempt = _ATTEMPT.match(line)
        if attempt is not None:
            found = _expectation(source, start, attempt, in_head=in_head)
            if isinstance(found, Expectation):
                expectations.append(found)
            else:
                problems.append(found)
        elif in_head and text:
            lines.append(text[2:].removeprefix(" "))
        start += len(line)
    return Head(tuple(expectations), tuple(lines), tuple(problems))


def _expectation(
    source: Source, start: int, attempt: re.Match[str], *, in_head: bool
) -> Expectation | Diagnostic:
    """Return what the line at *start* expects, or why it cannot."""
    rest = attempt["rest"].rstrip()
    space = len(rest) - len(rest.lstrip())
    first = start + attempt.start("rest")
    span = Span(source, first + space if rest.strip() else first, first + len(rest))
    whole = Span(source, start + attempt.start("word"), span.end)
    if not in_head:
        return errors.late_expectation(whole)
    if attempt["word"] != "expect" or not attempt["colon"]:
        return errors.bad_expectation(whole, rest.strip())
    match = _EXPECTATION.fullmatch(rest.strip())
    if match is None:
        return errors.bad_expectation(span if rest.strip() else whole, rest.strip())
    cause = match["cause"]
    if cause is not None and (cause not in _CAUSES or match["answer"] != "refuted"):
        return errors.bad_cause(span, cause, _CAUSES)
    return Expectation(match["answer"], match["check"], match["site"], match["view"], span, cause)
