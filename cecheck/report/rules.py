"""The rules that problems are reported under: a name that stays, and what it means."""

from __future__ import annotations

from functools import cache
from typing import Final

from cecheck.diagnostics import Code
from cecheck.ir.program import CheckKind
from cecheck.record import record
from cecheck.report.words import ADVICE, HEADLINES


@record
class Rule:
    """One kind of problem: *id* stays for ever, *text* is what a place does that breaks it.

    *cwe* are numbers of the Common Weakness Enumeration.  *severity* is between 0.1 and 10, for
    what is a matter of security; None for everything else.
    """

    id: str
    text: str
    help: str
    cwe: tuple[int, ...] = ()
    severity: float | None = None


# What a refuted check would be in a driver (Common Weakness Enumeration), and how severe.
_OF_KIND: Final[dict[CheckKind, tuple[tuple[int, ...], float | None]]] = {
    CheckKind.MAPPED: ((822,), 8.8),  # untrusted pointer dereference
    CheckKind.BOUNDS: ((823, 125, 787), 8.8),  # offset out of range, read, write
    CheckKind.PERMITTED: ((280,), 5.5),  # insufficient rights are handled improperly
    CheckKind.LIVE: ((416, 367, 755), 7.8),  # use after free, time of check, unhandled fault
    CheckKind.PAGING: ((833,), 5.5),  # deadlock
    CheckKind.RESTORED: ((271, 273), 6.5),  # rights are not dropped
    CheckKind.PAIRED: ((667, 772), 5.5),  # improper locking, missing release
    CheckKind.PRIVILEGE: ((250,), 6.5),  # unnecessary rights
    CheckKind.DMA: ((413,), 7.1),  # improper locking of a resource
    CheckKind.ASSERT: ((617,), None),
    CheckKind.INVARIANT: ((617,), None),
    CheckKind.BOUNDED: ((835,), 5.5),  # no end of a loop
    CheckKind.ARITHMETIC: ((369, 682), 5.5),  # division by zero
    CheckKind.COVER: ((561,), None),
    CheckKind.REACHED: ((561,), None),
    CheckKind.BOUND: ((), None),
}

UNDECIDED: Final = Rule(
    "cecheck/undecided", "could be neither proved nor refuted",
    "give it more time (--timeout), or help: an invariant, a bound, a simpler condition",
)  # fmt: skip
VACUOUS: Final = Rule(
    "cecheck/vacuous", "can never be reached, so that it holds means nothing",
    "correct the condition above it, or accept it with --allow vacuous=SITE",
)  # fmt: skip
UNREACHED: Final = Rule(
    "cecheck/unreached", "is proved, but no run was found that reaches it",
    "see whether a run can get there; more time may find one",
)  # fmt: skip
EXPECTATION: Final = Rule(
    "cecheck/expectation", "an `expect` line of the specification is not met",
    "correct the specification, or what it expects",
)  # fmt: skip
CRASH: Final = Rule(
    "cecheck/internal-error", "cecheck broke over the specification",
    "this is a bug in cecheck",
)  # fmt: skip
NOTHING: Final = Rule(
    "cecheck/nothing-to-check", "there is nothing to check",
    "name specifications with accesses; a file of functions alone is checked where it is used",
)  # fmt: skip
BASELINE: Final = Rule(
    "cecheck/baseline", "something is wrong with the baseline",
    "see `cecheck baseline check`",
)  # fmt: skip
INTERRUPTED: Final = Rule(
    "cecheck/interrupted", "the run was ended before all was answered", "run it again",
)  # fmt: skip

_REST: Final = (
    UNDECIDED, VACUOUS, UNREACHED, EXPECTATION, CRASH, NOTHING, BASELINE, INTERRUPTED,
)  # fmt: skip


def of_kind(kind: CheckKind) -> Rule:
    """Return the rule that a check of *kind* asks for."""
    cwe, severity = _OF_KIND[kind]
    advice = ADVICE.get(kind, "see the run that leads there")
    return Rule(f"cecheck/{kind.value.replace(' ', '-')}", HEADLINES[kind], advice, cwe, severity)


def of_code(code: Code) -> Rule:
    """Return the rule of a diagnostic."""
    return Rule(code.number, code.summary, "docs/language.md has the language")


@cache
def every_rule() -> tuple[Rule, ...]:
    """Return all rules, in the order of their names."""
    rules = (*map(of_kind, CheckKind), *_REST, *map(of_code, Code))
    return tuple(sorted(rules, key=lambda rule: rule.id))
