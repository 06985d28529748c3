"""Scripts: what a client or a test calls, in which order, and what it finds out."""

from __future__ import annotations

import pytest
from elaborated import result
from scripted import PASSED_ON, UNHANDLED, items
from verdicts import report

from cecheck.ir.expr import Scope, variables
from cecheck.ir.program import View
from cecheck.lower.link import lower
from cecheck.report.exit_status import ExitStatus, file_status
from cecheck.report.model import Finding, Proved, Refuted, Report, Vacuous
from cecheck.report.to_text import render

ITEMS = items(5)


def specification(scripts: str, items: str = ITEMS, use: str = "") -> str:
    """Return a specification with one driver and the clients and tests *scripts*."""
    return f"// expect: proved\nuse ce5 {use}\ndriver Sample {{{items}}}\n{scripts}\n"


def findings(
    scripts: str, items: str = ITEMS, use: str = "", only: tuple[str, ...] = ()
) -> list[Finding]:
    """Return everything that is told, or what *only* some checks tell."""
    return list(report(specification(scripts, items, use), only=only).findings)


def found(scripts: str, items: str = ITEMS, use: str = "", check: str = "assert") -> set[str]:
    """Return the verdicts on *check* at the site `here`."""
    told = [f for f in findings(scripts, items, use, (check,)) if f.site.name == "here"]
    return {type(f.verdict).__name__.lower() for f in told if f.kind.value == check}


# ---- what a call gives ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("let r = Sample.Add(3)  here: assert r == 3", "proved"),
        ("let r = Sample.Add(3)  here: assert r == 4", "refuted"),
        ("let n = any(0 .. 9)  let r = Sample.Add(n)  here: assert r == n", "proved"),
        ("let n = any(0 .. 9)  let r = Sample.Add(n)  here: assert r < 8", "refuted"),
        ("let r = Sample.First(null)  here: assert r == 7", "proved"),
        ("let r = Sample.First(any)  here: assert r == 7", "refuted"),
    ],
)
def test_a_test_asks_what_a_call_returns(body, answer):
    assert found(f"test one {{ {body} }}") == {answer}


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("Sample.Add(3)  let r = Sample.Add(4)  here: assert r == 7", "proved"),
        ("Sample.Add(3)  let r = Sample.Add(4)  here: assert r == 4", "refuted"),
        ("let r = Sample.Add(2) + Sample.Add(3)  here: assert r == 7", "proved"),
        ("let r = Sample.Add(Sample.Add(2))  here: assert r == 4", "proved"),
        ("if any { Sample.Add(9) }  let r = Sample.Add(1)  here: assert r == 1", "refuted"),
        ("var r : u32 = 0  for i in 0 .. 3 { r = Sample.Add(1) }  here: assert r == 3", "proved"),
        ("var r : u32 = 0  for i in 0 .. 3 { r = Sample.Add(1) }  here: assert r == 2", "refuted"),
    ],
)
def test_calls_are_made_in_the_order_of_the_text(body, answer):
    """What one leaves in the driver the next one finds."""
    assert found(f"test two {{ {body} }}") == {answer}


def test_each_test_begins_with_a_new_driver_and_has_it_for_itself():
    tests = "test one { Sample.Add(3) } test two { let r = Sample.Add(4)  here: assert r == 4 }"
    assert found(f"{tests}\nclient App[*] : untrusted calls Sample.Add") == {"proved"}


# ---- faults --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("let r = Sample.Fill(5, any, 9)  here: assert r == 5 || r == 0", "proved"),
        ("let r = Sample.Fill(5, any, 9)  here: assert r == 5", "refuted"),
        ("let r = Sample.Fails()  here: assert r == 0", "proved"),
    ],
)
def test_a_fault_that_the_system_handles_is_an_outcome(body, answer):
    assert found(f"test one {{ {body} }}") == {answer}


@pytest.mark.parametrize(
    ("body", "check", "answer"),
    [
        ("try { Sample.Fails() } except { here: cover }", "cover", "proved"),
        ("try { Sample.Fails()  here: cover } except { }", "cover", "vacuous"),
        ("var r : u32 = 9  try { r = Sample.Fails() } except { }  here: assert r == 9",
         "assert", "proved"),
        ("try { try { Sample.Fails() } finally { Sample.Add(1) } } except {"
         " let r = Sample.Add(1)  here: assert r == 2 }", "assert", "proved"),
        ("try { Sample.Add(1) } except { here: cover }", "cover", "vacuous"),
    ],
)  # fmt: skip
def test_an_exception_that_ends_a_call_is_raised_in_the_script(body, check, answer):
    assert found(f"test one {{ {body} }}", use=PASSED_ON, check=check) == {answer}


GUARDED = "let r = Sample.First(any)"


@pytest.mark.parametrize("script", [GUARDED, f"try {{ {GUARDED} }} except {{ }}"])
def test_a_handler_of_the_script_is_none_of_the_driver(script):
    """A fault that nobody in the system handles stays one."""
    told = findings(f"client Script : untrusted {{ {script} }}", use=UNHANDLED)
    verdicts = {f.kind.value: f.verdict for f in told if f.site.name == "in[0]"}
    assert isinstance(verdicts["live"], Refuted)


@pytest.mark.parametrize(("platform", "refuted"), [(PASSED_ON, False), (UNHANDLED, True)])
def test_what_the_driver_raises_needs_a_handler_of_the_system(platform, refuted):
    """Without one the run ends at the call, whatever the script would do about it (3.2)."""
    script = "try { Sample.Fails() } except { }  here: cover"
    told = findings(f"test one {{ {script} }}", use=platform)
    live = [f.verdict for f in told if f.kind.value == "live"]
    assert any(isinstance(verdict, Refuted) for verdict in live) is refuted
    (cover,) = (f.verdict for f in told if f.site.name == "here")
    assert isinstance(cover, Proved)
    assert cover.until_refuted is refuted


# ---- whether a test comes to its end -------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "use", "ends"),
    [
        ("Sample.Add(1)", "", True),
        ("", "", True),
        ("Sample.Fails()", "", True),
        ("Sample.Fails()", PASSED_ON, False),
        ("try { Sample.Fails() } except { }", PASSED_ON, True),
        ("if any { return }  raise", "", True),
        ("Sample.Add(1)  raise", "", False),
    ],
)
def test_the_end_of_a_test_is_reached_or_that_is_told(body, use, ends):
    done = report(specification(f"test one {{ {body} }}", use=use))
    (end,) = (f.verdict for f in done.findings if f.site.name == "one")
    assert isinstance(end, Proved if ends else Vacuous)
    assert file_status(done) is (ExitStatus.PROVED if ends else ExitStatus.VACUOUS)


# ---- well-behaved callers ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("traits", "body", "answer"),
    [
        ("trusted", "let r = Sample.Fill(5, any, 9)  here: assert r == 5", "proved"),
        ("trusted hostile", "let r = Sample.Fill(5, any, 9)  here: assert r == 5", "refuted"),
        ("untrusted", "let r = Sample.Fill(5, any, 9)  here: assert r == 5", "refuted"),
        ("trusted", "let r = Sample.First(any)  here: assert r == 1", "refuted"),
        ("trusted", "let r = Sample.First(null)  here: assert r == 7", "vacuous"),  # not allowed
        ("trusted", "let r = Sample.Trusts()  here: assert r == 1", "proved"),
        ("untrusted", "let r = Sample.Trusts()  here: assert r == 1", "refuted"),
    ],
)
def test_a_trusted_test_keeps_its_promises(traits, body, answer):
    assert found(f"test one : {traits} {{ {body} }}") == {answer}


# ---- what else is told ---------------------------------------------------------------------------


def test_what_a_test_finds_wrong_in_a_driver_is_told_and_nothing_else_of_it():
    told = findings("test one { Sample.Add(1) }", use="{ without step 9 }")
    wrong = [f for f in told if not isinstance(f.verdict, Proved)]
    assert [(f.kind.value, f.thread) for f in wrong] == [("restored", "test one")]
    assert {f.site.name for f in told} == {"DeviceIoControl", "one"}


def test_a_report_names_the_test_and_tells_its_calls():
    text = specification("test adds { Sample.Add(3)  sum: assert Sample.Add(4) == 8 }")
    told = render(Report("", (report(text),)))
    assert "sum asserts what need not hold" in told
    assert "test adds, of one untrusted thread and no other client" in told
    first, second = told.index("calls Sample.Add(3)"), told.index("calls Sample.Add(4)")
    assert told.index("test adds  ") < first < second


# ---- clients with a script -----------------------------------------------------------------------

KEPT = """
    var kept : u32
    ioctl Put(in_len: u32) { kept = in_len  return 0 }
    ioctl Get() { here: assert kept < 10  return kept }
"""
BESIDE = "client App[*] : untrusted calls Sample.Get\n"


@pytest.mark.parametrize(
    ("script", "answer"),
    [
        ("Script { Sample.Put(3) }", "proved"),
        ("Script { Sample.Put(30) }", "refuted"),
        ("Script[*] : untrusted { Sample.Put(any(0 .. 10)) }", "proved"),
        ("Script[*] : untrusted { Sample.Put(any(0 .. 11)) }", "refuted"),
        ("Script { if any { return }  Sample.Put(30) }", "refuted"),
    ],
)
def test_a_client_says_what_its_script_says_beside_others(script, answer):
    told = found(f"{BESIDE}client {script}", KEPT)
    assert told == {answer} if answer == "proved" else answer in told


COUNTED = """
    var count : u32
    ioctl Count() { if count < 5 { count += 1 }  return 0 }
    ioctl Get() { here: assert count < 3  return 0 }
"""


@pytest.mark.parametrize(
    ("script", "answer"),
    [
        ("Script : untrusted { Sample.Count()  Sample.Count() }", "proved"),
        ("Script : untrusted { Sample.Count()  Sample.Count()  Sample.Count() }", "refuted"),
        ("Script[3] : untrusted { Sample.Count() }", "refuted"),
    ],
)
def test_a_script_is_run_once_by_each_thread(script, answer):
    told = found(f"{BESIDE}client {script}", COUNTED)
    assert told == {answer} if answer == "proved" else answer in told


def test_what_a_script_finds_out_rests_on_what_others_do():
    script = "client Script : untrusted { let r = Sample.Get()  mine: assert r == 0 }\n"
    items = KEPT.replace("here: assert kept < 10", "")
    for client, answer in (("App", Proved), ("App[*]", Refuted)):
        other = "Get" if answer is Proved else "Put"
        told = findings(f"{script}client {client} : untrusted calls Sample.{other}", items)
        verdicts = [f.verdict for f in told if f.site.name == "mine"]
        assert any(isinstance(verdict, answer) for verdict in verdicts)


# ---- handles, exits ------------------------------------------------------------------------------

HANDLE = """
    context { sent : u32 }
    open Open() { context.sent = 0  return 1 }
    ioctl Send(in_len: u32) { context.sent += in_len  return context.sent }
    close Close() { return 1 }
"""


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("Sample.Open()  Sample.Send(2)  let r = Sample.Send(3)  here: assert r == 5", "proved"),
        ("Sample.Open()  Sample.Send(2)  let r = Sample.Send(3)  here: assert r == 3", "refuted"),
        ("let r = Sample.Send(3)  here: assert r == 3", "vacuous"),  # nothing is open
        ("Sample.Open()  Sample.Close()  Sample.Send(3)  here: assert true", "vacuous"),
    ],
)
def test_a_test_works_on_the_handle_that_it_opens(body, answer):
    assert found(f"test one {{ {body} }}", HANDLE) == {answer}


@pytest.mark.parametrize("recycled", [True, False])
def test_each_call_of_a_script_asks_whether_its_process_is_there(recycled):
    """Where processes exit: otherwise it might call from a place that others have by then."""
    use = f"{{ const SLOTS_RECYCLED = {str(recycled).lower()} }}"
    text = specification("client One : untrusted { Sample.Trusts()  Sample.Trusts() }", use=use)
    (thread,) = (t for t in lower(result(text)[0], View.HOSTILE).threads if "One" in t.name)
    begun = [e for e in thread.edges if e.event is not None and e.event.kind == "client"]
    assert len(begun) == 2
    shared = [{v.name for v in variables(e.guard) if v.scope is Scope.GLOBAL} for e in begun]
    assert [any("tenant" in name for name in names) for names in shared] == [recycled] * 2
