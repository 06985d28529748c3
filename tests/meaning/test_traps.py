"""The four traps of the semantics: each has a twin with the opposite answer."""

from __future__ import annotations

import pytest
from verdicts import answers, driver, report

from cecheck.report.model import Refuted

ENTRY = """
    ioctl Write(in: user ptr Request sized in_len, in_len: u32) {
        if in == null || in_len < sizeof(Request) { return 0 }
        let length = in.length, pointer = in.buffer
        BODY
        return 0
    }
"""


def entry(body: str) -> str:
    """Return an entry that fetches `length` and `pointer` and then does *body*."""
    return ENTRY.replace("BODY", body)


MAPPED = "let buffer = MapCallerPtr(pointer, length)  if buffer == null { return 0 }"
TOUCH_AND_WAIT = """
    lock cs
    {entry}
    thread hog {{ acquire cs  loop {{ }} }}
"""


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("touch: read pointer[0 .. length]  acquire cs { }", "refuted"),
        (f"{MAPPED} touch: read buffer[0 .. length]  acquire cs {{ }}", "proved"),
    ],
)
def test_a_blocking_step_does_not_hide_an_earlier_violation(body, answer):
    """Semantics 5.2: the lock may never be free again, the access happened all the same."""
    found = answers(driver(TOUCH_AND_WAIT.format(entry=entry(body))))
    assert answer in found["mapped", "touch"]
    assert "unknown" not in found["mapped", "touch"]


@pytest.mark.parametrize(("value", "answer"), [(0, "refuted"), (7, "proved")])
def test_a_write_through_a_user_pointer_changes_the_driver_object_it_points_to(value, answer):
    """Semantics 1.2: what is reached is a property of the value, not of the declared type."""
    items = f"""
    fn fill(p: user ptr u32) {{ p[0] = 7 }}
    {entry(f"var x : u32 = 0  fill(&x)  told: assert x == {value}")}
    """
    assert answers(driver(items))["assert", "told"] == {answer}


@pytest.mark.parametrize(
    ("take", "give", "answer"),
    [("acquire cs", "release cs", "proved"), ("", "", "refuted")],
)
def test_a_lock_excludes_because_it_knows_its_owner(take, give, answer):
    """Semantics 1.4: mutual exclusion for any number of callers at level 1."""
    body = f"{take}  busy = 1  alone: assert busy == 1  busy = 0  {give}"
    items = f"lock cs\n var busy : u32\n{entry(body)}"
    assert answers(driver(items))["assert", "alone"] == {answer}


@pytest.mark.parametrize(
    ("access", "answer"),
    [
        ("use_it: read buffer[0 .. length]", "proved"),
        ("let i = any(u32)  if i >= length { return 0 }  use_it: let b = buffer[i]", "refuted"),
    ],
)
def test_a_sequential_access_stops_at_the_first_foreign_byte(access, answer):
    """Semantics 3.3, 3.4: an element between the checked ends is reached, by a run it is not."""
    found = answers(driver(entry(f"{MAPPED} {access}")))
    assert answer in found["mapped", "use_it"]
    assert found["mapped", "use_it"] <= {answer, "proved"}


FIRST_AND_LAST = """
    let buffer = MapCallerPtr(pointer, 1)
    if buffer == null || length == 0 {{ return 0 }}
    let end = buffer + (length - 1)
    if {wraps}end == null || MapCallerPtr(end, 1) != end {{ return 0 }}
    use_it: read buffer[0 .. length]
"""


@pytest.mark.parametrize(
    ("wraps", "answer"), [("", "refuted"), ("end < buffer || ", "proved")]
)
def test_a_range_does_not_wrap(wraps, answer):
    """Semantics 3.3: both ends may be the caller's although the range goes round the top."""
    found = answers(driver(entry(FIRST_AND_LAST.format(wraps=wraps))))
    assert answer in found["bounds", "use_it"]
    assert found["bounds", "use_it"] <= {answer, "proved"}


@pytest.mark.parametrize(("test", "answer"), [("!=", "proved"), ("<", "refuted")])
def test_a_field_is_reached_with_all_of_its_bytes_or_not_at_all(test, answer):
    """Semantics 3.4: a first byte that nobody has keeps the others from being reached."""
    items = ENTRY.replace("in_len <", f"in_len {test}").replace("BODY", "")
    named = items.replace("let length", "fetch: let length")
    found = report(driver(named, use="{ const SLOT_GUARD = false }"))
    told = [f for f in found.findings if (f.kind.value, f.site.name) == ("mapped", "fetch")]
    words = {type(f.verdict).__name__.lower() for f in told}
    assert answer in words
    assert words <= {answer, "proved"}
    for finding in told:
        if isinstance(finding.verdict, Refuted):
            shown = dict(finding.verdict.story.values)
            first = int(shown["its address"], 0) - int(shown["violating byte"], 0)
            there = {int(shown[f"{who}.slot"], 0) for who in ("caller", "device")}
            assert first >> 25 in there
