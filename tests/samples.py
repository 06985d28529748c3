"""Findings and reports made by hand, so that no solver decides what a golden file holds."""

from __future__ import annotations

from dataclasses import replace

from cecheck.diagnostics import Code, Diagnostic, Note
from cecheck.ir.program import CheckKind, Site, View
from cecheck.report.expect import judge
from cecheck.report.model import (
    Cause,
    Change,
    Doubt,
    FileReport,
    Finding,
    Held,
    Moment,
    Outcome,
    Phase,
    Picture,
    Proved,
    Reach,
    Refuted,
    Region,
    Repair,
    Report,
    Story,
    Unknown,
    Vacuous,
    Verdict,
)
from cecheck.source import Source, Span
from cecheck.syntax.ast import Expectation

SOURCE = Source(
    "specs/sample.ce",
    "// expect: refuted mapped at use_it\n"
    "// A pointer that is used as it came.\n"
    "use ce5\n"
    "\tlet buffer = in.buffer\n"
    "\tuse_it: read buffer[0 .. length]\n",
)
MODEL = Source("models/ce5.ce", "in = PslPointer(in)\ncurrent = callee\n")

PROVED = Proved("houdini", ("z3", "cvc5"))
REFUTED = Refuted("bmc", Story("App", None, (), 3))
UNKNOWN = Unknown("resource limit")
VACUOUS = Vacuous(("z3", "cvc5"))
UNREACHED = Proved("houdini", ("z3", "cvc5"), reach=Reach.NOT_SHOWN)


def span(text: str, source: Source = SOURCE) -> Span:
    """Return where *text* first stands in *source*."""
    start = source.text.index(text)
    return Span(source, start, start + len(text))


def line(
    answer: str, check: str | None = None, site: str | None = None, view: str | None = None
) -> Expectation:
    """Return an expectation."""
    return Expectation(answer, check, site, view, span("// expect: refuted mapped at use_it"))


def finding(
    verdict: Verdict,
    kind: CheckKind = CheckKind.MAPPED,
    site: str = "use_it",
    view: View = View.HOSTILE,
) -> Finding:
    """Return a finding at *site* for untrusted callers."""
    place = Site(site, span("read buffer[0 .. length]"), labelled=True)
    return Finding(kind, place, view, "App", verdict, "App", "untrusted")


def story() -> Story:
    """Return the story of a nested pointer that was not mapped."""
    moments = (
        Moment("App", "client", "calls Sample.Write", None, None),
        Moment(
            "App", "step", "the application calls DeviceIoControl", Phase(2, 9),
            span("in = PslPointer(in)", MODEL),
        ),
        Moment(
            "App", "assign", "in = PslPointer(in)", Phase(2, 9),
            span("in = PslPointer(in)", MODEL), (Change("in", "0x10004", "0xa010004"),),
        ),
        Moment("App", "step", "the OS maps Device Manager to slot 0", Phase(3, 9), None),
        Moment(
            "App", "assign", "buffer = in.buffer", Phase(5, 9), span("let buffer = in.buffer"),
            (Change("buffer", "0", "0x10000"),),
        ),
    )  # fmt: skip
    values = (("buffer", "0x10000"), ("current", "device"), ("key", "{caller, device, nk}"))
    return Story("App", Phase(5, 9), moments, 31, values)


def refuted_file() -> FileReport:
    """Return a specification that is refuted as it expects to be."""
    findings = (
        finding(Refuted("bmc", story())),
        finding(REFUTED, CheckKind.BOUNDS),
        finding(
            Proved("houdini", ("z3", "cvc5"), ("line 5: key has caller",), until_refuted=True),
            CheckKind.LIVE,
        ),
    )
    return _judged(findings, line("refuted", "mapped", "use_it"))


REPAIR = Repair(
    "map and check before use",
    (
        "--- a/specs/sample.ce",
        "+++ b/specs/sample.ce",
        "@@ -3,3 +3,4 @@",
        " use ce5",
        "-\tlet buffer = in.buffer",
        "+\tlet buffer = MapCallerPtr(in.buffer, length)",
        "+\tif buffer == null { return 0 }",
        " \tuse_it: read buffer[0 .. length]",
    ),
    proved=9,
    tried=4,
)


def repaired_file() -> FileReport:
    """Return a specification that is refuted unexpectedly, and repaired."""
    findings = (finding(Refuted("bmc", story())),)
    return replace(_judged(findings, line("proved")), repair=REPAIR)


def judged(found: Finding) -> tuple[Outcome, ...]:
    """Return how a file fares that has one finding and expects to be proved."""
    return judge((line("proved"),), (found,))


def proved_file() -> FileReport:
    """Return a specification that is proved."""
    invariant = ("line 4: in is mapped", "line 5: buffer is mapped for length bytes")
    proved = Proved("houdini", ("z3", "cvc5"), invariant)
    findings = (
        finding(proved),
        finding(proved, view=View.WELL_BEHAVED),
        finding(proved, CheckKind.BOUNDS),
        finding(UNREACHED, CheckKind.RESTORED, "DeviceIoControl"),
    )
    return _judged(findings, line("proved", "mapped"))


def undecided_file() -> FileReport:
    """Return a specification about which little is known."""
    doubt = Doubt("App, before line 5", (("length", "0x11"), ("buffer", "0")))
    unknown = Unknown("resource limit", "try --timeout 120", doubt=doubt)
    findings = (finding(unknown), finding(VACUOUS, site="x"))
    return _judged(findings, line("proved"))


def wrong_file() -> FileReport:
    """Return a specification that is not understood."""
    where = span("length")
    note = Note("declared here", span("let buffer"))
    problem = Diagnostic(
        Code.UNKNOWN_NAME, "`length` is not declared here", where, (note,), "did you mean `len`?"
    )
    return FileReport(SOURCE.path, SOURCE, diagnostics=(problem,))


def crashed_file() -> FileReport:
    """Return a specification over which cecheck broke."""
    return FileReport("specs/odd.ce", crash="Disagreement: houdini and bmc disagree")


def report(*files: FileReport) -> Report:
    """Return a report of *files*, one after the other."""
    seconds = sum(time for file in files for _, time in file.seconds)
    return Report("0.1.0", files, seconds=seconds)


def every_ending(*others: FileReport) -> Report:
    """Return a report with a file for each way in which a specification ends, and *others*."""
    return report(
        refuted_file(), proved_file(), undecided_file(), wrong_file(), crashed_file(), *others
    )


def _judged(findings: tuple[Finding, ...], *lines: Expectation) -> FileReport:
    return FileReport(
        SOURCE.path,
        SOURCE,
        head=("A pointer that is used as it came.",),
        findings=findings,
        outcomes=judge(lines, findings),
        assumptions=("the first 64 KB of every slot are never there (SLOT_GUARD)",),
        scope=("any number of App threads, untrusted", "any address, any size"),
        seconds=(("parse", 0.01), ("solve", 0.24)),
    )


# ---- what is wrong, for the printers that tell nothing else --------------------------------------


def race() -> Story:
    """Return a story in which another thread takes part, with all that a story can have."""
    one = Moment("App 1", "client", "calls Sample.Write", None, None, step=1)
    two = Moment(
        "App 2", "assign", "freed", None, span("let buffer = in.buffer"),
        (Change("buffer", "1", "0x1f"),), 2,
    )  # fmt: skip
    three = Moment(
        "App 1", "assign", "current = callee", Phase(3, 9), span("current = callee", MODEL),
        (Change("key", "{nk}", "{nk, caller}"), Change("done", "false", "true", shared=True)), 3,
    )  # fmt: skip
    rest = Moment("App 1", "branch", " is true", Phase(3, 9), None, (), 4)
    picture = Picture(
        2, "App 1", (Region("App", 0x1000, 0x1FFF, "caller"),), (("key", "{nk}"),), 16, 4, 3, 19
    )
    return Story(
        "App 1", Phase(3, 9), (one, two, three), 4, (("buffer", "0x1f"),),
        run=(one, two, three, rest),
        start=(
            Held("", "done", "false"), Held("App 1", "key", "{nk}"), Held("App 2", "buffer", "1"),
            Held("App 1", "current", "none"),
        ),
        pictures=(picture,),
        cause=Cause("freed by another thread", "it was freed", (span("let buffer"),)),
        turning=2,
        alone=False,
    )  # fmt: skip


def failing_file() -> FileReport:
    """Return a specification with one of each kind of finding, that expects nothing."""
    findings = (
        finding(Refuted("bmc", race())),
        finding(REFUTED, CheckKind.BOUNDS, view=View.WELL_BEHAVED),
        finding(PROVED, CheckKind.LIVE),
        finding(UNKNOWN, CheckKind.PERMITTED),
        finding(VACUOUS, site="never"),
        finding(UNREACHED, CheckKind.RESTORED, "DeviceIoControl"),
    )
    return _judged(findings)


def unmet_file() -> FileReport:
    """Return a specification that is proved where it expects to be refuted."""
    return _judged((finding(PROVED),), line("refuted", "mapped", "use_it"))


EVERY = (
    refuted_file, proved_file, undecided_file, wrong_file, crashed_file, failing_file, unmet_file,
    repaired_file,
)  # fmt: skip
