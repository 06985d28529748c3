"""What a run found out, as plain data: no expressions, no solver objects, safe to pickle.

`pipeline` builds it, the printers show it, `exit_status` sums it up.
"""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from cecheck.certify.document import Document
from cecheck.diagnostics import Diagnostic, Severity
from cecheck.ir.program import CheckKind, Site, View
from cecheck.record import record
from cecheck.source import Source, Span
from cecheck.syntax.ast import Expectation

# ---- a refutation, told -------------------------------------------------------------------------


@record
class Change:
    """A variable, and what it was and became, as they are shown."""

    name: str
    old: str
    new: str
    shared: bool = False  # by all threads; else the variable is the thread's own


@record
class Phase:
    """Where in the platform's protocol a thread is: step *number*, the last one being *last*."""

    number: int
    last: int


@record
class Moment:
    """One step of a story: *thread* did *text* at *span*, which changed *changes*."""

    thread: str
    kind: str  # that of the `ir.program.Event`
    text: str
    phase: Phase | None
    span: Span | None
    changes: tuple[Change, ...] = ()
    step: int = 0  # which step of the run it is, from 1


@record
class Held:
    """What a variable of *thread* ("": of all threads) is at the start of a run."""

    thread: str
    name: str
    value: str


@record
class Region:
    """A part of the address space in a picture: bytes *start* to *last*, and who is there."""

    name: str
    start: int
    last: int
    who: str


@record
class Picture:
    """What memory looks like to a thread after step *step* of a run.

    *regions* are in order of their addresses.  The failing access reaches *count* bytes from
    *pointer* on: byte *byte* is the one that fails, and lands at *lands*.
    """

    step: int
    thread: str
    regions: tuple[Region, ...]
    rights: tuple[tuple[str, str], ...] = ()  # of the thread: the key, the mode, ...
    pointer: int | None = None
    count: int | None = None
    byte: int | None = None
    lands: int | None = None


@record
class Cause:
    """Why a refuted access is reached: *name* is one of a fixed list, *text* a sentence about
    this run, *spans* the places to look at."""

    name: str
    text: str
    spans: tuple[Span, ...] = ()


@record
class Story:
    """A replayed refutation: what led to it, and the values at the failing access.

    *run* is all of its *steps*, *start* what held before the first; *moments* are those that
    matter, *values* are (expression, value).  *turning* is the step from which on the failure could
    no longer be avoided if no other thread comes in between, *alone* whether none is needed for it.
    """

    thread: str
    phase: Phase | None
    moments: tuple[Moment, ...]
    steps: int
    values: tuple[tuple[str, str], ...] = ()
    run: tuple[Moment, ...] = ()
    start: tuple[Held, ...] = ()
    pictures: tuple[Picture, ...] = ()
    cause: Cause | None = None
    turning: int | None = None
    alone: bool = True


# ---- verdicts -----------------------------------------------------------------------------------


class Reach(Enum):
    """Whether a run that replays completes the access of a proved site."""

    SHOWN = "shown"
    NOT_SHOWN = "not shown"
    PAST_REFUTATION = "past the refuted site"  # runs that would get there end before


@record
class Proved:
    """Holds of every run: *invariant* carries it, and each of *certified_by* re-proved that.

    *until_refuted*: runs end at another check, which is refuted or, as no expectation needs it,
    was not pursued.  Of a loop that ends, *measure* says what becomes smaller from round to round.
    """

    engine: str
    certified_by: tuple[str, ...]
    invariant: tuple[str, ...] = ()
    reach: Reach = Reach.SHOWN
    until_refuted: bool = False
    measure: tuple[str, ...] = ()


@record
class Refuted:
    """Fails in a run that the interpreter replayed."""

    engine: str
    story: Story


@record
class Doubt:
    """A state that nothing rules out, from which a check fails: *where* a thread stands, and the
    *values* of variables, as (name, value) pairs.  Whether any run gets there is not known."""

    where: str
    values: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """The state in a line."""
        return f"{self.where}, with {', '.join(f'{n} = {value}' for n, value in self.values)}"


@record
class Unknown:
    """Neither; *help* says what might decide it.  Without an expectation that needs it, it may
    not even have been *pursued*.  With a *doubt* ruled out there might be a proof."""

    reason: str
    help: str | None = None
    pursued: bool = True
    doubt: Doubt | None = None


@record
class Vacuous:
    """The site can never be reached, which is certified."""

    certified_by: tuple[str, ...]


Verdict: TypeAlias = Proved | Refuted | Unknown | Vacuous


@record
class Finding:
    """One check at one site in one view, for the clients of one behaviour.

    *client* and *behaviour* name the observed caller ("App", "untrusted"), *given* the values of
    the parameters for which the verdict is what it is; none where it is the same for all.
    """

    kind: CheckKind
    site: Site
    view: View
    thread: str
    verdict: Verdict
    client: str = ""
    behaviour: str = ""
    given: tuple[tuple[str, int], ...] = ()


# ---- expectations -------------------------------------------------------------------------------


class Met(Enum):
    """How an expectation fared."""

    YES = "met"
    NO = "not met"
    UNDECIDED = "undecided"
    VACUOUS = "vacuous"


@record
class Outcome:
    """One expectation and how it fared; None is what M5 asks of the sites no line names."""

    expectation: Expectation | None
    met: Met
    why: str = ""


# ---- repairs ------------------------------------------------------------------------------------


@record
class Repair:
    """An edit of a refuted specification with which all of it is proved.

    *name* says what is done, *diff* are the lines of a unified diff, *proved* is how many checks
    were proved of the text that it makes, *tried* how many trials that took.
    """

    name: str
    diff: tuple[str, ...]
    proved: int
    tried: int


# ---- the whole ----------------------------------------------------------------------------------


@record
class FileReport:
    """Everything about one specification.

    *crash* says what broke in cecheck itself.  *seconds* are (phase, time), in order.  Nothing
    runs in a *library*: there is nothing to check before another file uses it.  *repair* is the
    smallest edit that was found to mend what is refuted.
    """

    path: str
    source: Source | None = None
    head: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    findings: tuple[Finding, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    assumptions: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()  # for what it holds: "any number of App threads", ...
    seconds: tuple[tuple[str, float], ...] = ()
    crash: str | None = None
    library: bool = False
    accepted: tuple[str, ...] = ()  # failures that a baseline accepts, with its reasons
    excused: tuple[int, ...] = ()  # findings, counted from 0, that it or `--allow` accepts
    repair: Repair | None = None
    certificates: tuple[Document, ...] = ()  # of all proofs, if they were asked for
    entries: tuple[tuple[str, str], ...] = ()  # for the cache: keys and texts

    @property
    def has_errors(self) -> bool:
        """Whether the specification could not be understood."""
        return any(d.code.severity is Severity.ERROR for d in self.diagnostics)


@record
class Report:
    """Everything that one run of the tool found out, in so many *seconds* on the clock.

    *problems* are what is wrong with its baseline; *left_out* specifications were named but not
    selected.  A run that is *interrupted* may have been *terminated* by a signal.
    """

    version: str
    files: tuple[FileReport, ...]
    interrupted: bool = False
    seconds: float = 0.0
    problems: tuple[str, ...] = ()
    left_out: int = 0
    terminated: bool = False
