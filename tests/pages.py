"""Stories made by hand for the HTML report: with a whole run, pictures, a cause; long ones."""

from __future__ import annotations

from dataclasses import replace

import samples

from cecheck.report.model import (
    Cause,
    Change,
    FileReport,
    Held,
    Moment,
    Phase,
    Picture,
    Refuted,
    Region,
    Report,
    Story,
)

CALLER = Region("slot of the caller", 0xA000000, 0xBFFFFFF, "caller")
BUFFER = Region("buffer", 0xA010000, 0xA01FFFF, "caller")
DRIVER = Region("slot of the driver", 0xC000000, 0xDFFFFFF, "device")
RIGHTS = (("key", "{caller, device}"), ("mode", "user"))


def pictures() -> tuple[Picture, ...]:
    """Return what memory looks like at first, and at a failure past the end of a buffer."""
    return (
        Picture(2, "App 1", (CALLER, DRIVER), RIGHTS),
        Picture(3, "App 2", (CALLER,), RIGHTS),
        Picture(6, "App 1", (CALLER, BUFFER, DRIVER), RIGHTS, 0xA01FFF0, 0x20, 0x10, 0xA020000),
    )


def told(steps: int) -> Story:
    """Return a story of so many *steps*, of two threads in turn, which count each one.

    Every tenth step is in the story; the point of no return is in the middle.
    """
    places = [samples.span("let buffer"), samples.span("current = callee", samples.MODEL)]
    run = tuple(
        Moment(
            f"App {n % 2 + 1}", "step" if n % 10 == 1 else "assign", f"count = {n}",
            Phase(n * 9 // (steps + 1) + 1, 9), places[n % 2],
            (Change("count", str(n - 1), str(n), shared=True),), n,
        )
        for n in range(1, steps + 1)
    )  # fmt: skip
    cause = Cause("fetched twice", "length is read again after it was checked", (places[1],))
    return Story(
        "App 1", Phase(9, 9), run[::10], steps, (("length", "0x20"),),
        run=run, start=(Held("", "count", "0"), Held("App 1", "current", "caller")),
        pictures=pictures(), cause=cause, turning=steps // 2, alone=False,
    )  # fmt: skip


def page(*stories: Story) -> Report:
    """Return a report of one refuted specification for each of *stories*."""
    files = []
    for story in stories:
        file = samples.refuted_file()
        first = replace(file.findings[0], verdict=Refuted("bmc", story))
        files.append(replace(file, findings=(first, file.findings[2])))
    return samples.report(*files)


SCRIPT = "</script><script>window.broken = 1</script>"
IMAGE = "<img src=x onerror='window.broken = 1'>"
QUOTED = "\" onfocus=\"window.broken = 1\" autofocus x='"
TEMPLATE = "{{7*7}}${7*7}{% raw %}"
UNSEEN = "\x00\x1b[31m\u202eabc\u2028\u2029\ud800"
EVIL = SCRIPT + IMAGE + QUOTED + TEMPLATE + UNSEEN + "&lt;b&gt;<!--]]>"


def evil(text: str = EVIL) -> FileReport:
    """Return a specification in which every name is *text*."""
    source = samples.Source(f"{text}.ce", f"// {text}\n{text} use_it\n")
    span = samples.Span(source, 4, len(source.text) - 1)
    change = Change(text, text, text, shared=True)
    moment = Moment(text, text, text, Phase(1, 2), span, (change,), 1)
    region = Region(text, 16, 31, text)
    story = Story(
        text, Phase(1, 2), (moment,), 1, ((text, text),), (moment,), (Held(text, text, text),),
        (Picture(1, text, (region,), ((text, text),), 16, 4, 1, 17),),
        Cause(text, text, (span,)), 1,
    )  # fmt: skip
    finding = replace(
        samples.finding(Refuted(text, story)), site=samples.Site(text, span, labelled=True),
        client=text, behaviour=text, given=((text, 1),), thread=text,
    )  # fmt: skip
    proved = replace(samples.PROVED, engine=text, certified_by=(text,), invariant=(text,))
    unknown = samples.Unknown(text, text)
    line = samples.Expectation("refuted", "mapped", text, None, span)
    note = samples.Note(text, span)
    return FileReport(
        source.path, source, (text,),
        (samples.Diagnostic(samples.Code.UNKNOWN_NAME, text, span, (note,), text),),
        (finding, replace(finding, verdict=proved), replace(finding, verdict=unknown)),
        samples.judge((line,), (finding,)), (text,), (text,), ((text, 1.0),), text,
    )  # fmt: skip
