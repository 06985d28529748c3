"""A system that gives every process addresses of its own, and pointers that outlive their call."""

from __future__ import annotations

import pytest
from verdicts import answers, says

SYSTEM = """
platform sp : u32 {
    const SMALL = 0x10000, USER_END = 0x4000_0000, WINDOW = 0xC000_0000
    process { unique id : u32 = any(1 .. 200)  trusted : bool }
    process kernel : trusted { id = 200 }
    drivers in kernel
    thread { restored space : process = home }

    map lender[u32] : u32 = any                   // whose page a page of the window shows

    fn translate(a: u32) -> u32 {
        if a < SMALL { raise }
        return a >= WINDOW ? a - WINDOW : a
    }
    fn permit(a: u32, writing: bool) -> bool { return true }
    fn owns(p: process, a: u32, writing: bool) -> bool {
        if a >= WINDOW { return process[lender[a >> 12]] == p }
        return a < USER_END && space == p
    }
    fn inside(p: process) -> bool { return true }
    fn there(a: u32) -> bool { return a >= SMALL }
    fn vacant(a: u32) -> bool { return false }
    fn honest(p: process, a: u32, n: u32) -> bool {
        let e = a + n - 1
        return a > SMALL && e >= a && e < USER_END && space == p
    }

    // All bytes of the range, as every thread sees them, or null.
    fn shown(p: address, n: u32) -> address {
        let e = p + n - 1
        if e < p || e >= USER_END || p >> 12 != e >> 12 { return null }
        return process[lender[(p | WINDOW) >> 12]] == space ? p | WINDOW : null
    }
    api Show(p: address, n: u32) -> address { return shown(p, n) }
    api Lend(p: address, n: u32) -> address { return lasting(shown(p, n)) }
    api Vouch(p: address) -> address { return lasting(p) }

    call Send(message: address, length: u32) -> u32 enters receive {
        var result : u32 = 0
        try { result = enter(...) } except { result = 0 }
        return result
    }
}
"""
DRIVER = """
use sp
struct Request { data : user ptr u8[4] }
driver Disk {
    lock cs
    var kept : user ptr u8
    receive Write(message: user ptr Request sized length, length: u32) {
        if length != sizeof(Request) { return 0 }
        let data = message.data
        PASSED
        acquire cs { kept = passed }
        return 1
    }
    thread worker {
        loop {
            acquire cs { try { if kept != null { use_it: let x = kept[0] } } except { } }
        }
    }
}
client App[*] : BEHAVIOUR calls Disk.Write
"""


def kept(passed: str, behaviour: str) -> str:
    """A driver that keeps what *passed* makes of the caller's pointer, and uses it on a thread."""
    text = DRIVER.replace("PASSED", f"let passed = {passed}").replace("BEHAVIOUR", behaviour)
    return SYSTEM + text


@pytest.mark.parametrize("behaviour", ["trusted", "untrusted"])
@pytest.mark.parametrize(
    ("passed", "answer"), [("Vouch(data)", "refuted"), ("Lend(data, 4)", "proved")]
)
def test_the_same_address_in_another_space_is_not_the_callers(passed, behaviour, answer):
    """It lands at the number that a well-behaved caller meant, in memory that is not his."""
    found = answers(kept(passed, behaviour), only=("mapped",))
    assert says(found["mapped", "use_it"], answer)


@pytest.mark.parametrize("behaviour", ["trusted", "untrusted"])
@pytest.mark.parametrize(
    ("passed", "answer"),
    [
        ("Show(data, 4)", "refuted"),
        ("Lend(data, 4)", "proved"),
        ("lasting(Show(data, 4))", "proved"),
    ],
)
def test_a_pointer_outlives_its_call_where_the_platform_grants_it(passed, behaviour, answer):
    """Or where the driver says so, which is listed with the verdict."""
    found = answers(kept(passed, behaviour), only=("live",))
    assert says(found["live", "use_it"], answer)


@pytest.mark.parametrize(
    ("first", "second", "answer"),
    [
        ("lasting(passed)", "passed", "unknown"),  # one of the two is followed
        ("passed", "lasting(passed)", "unknown"),
        ("lasting(passed)", "lasting(passed)", "proved"),
    ],
)
def test_a_set_tells_a_pointer_that_lasts_from_the_same_one_that_does_not(first, second, answer):
    """The worker may take either."""
    text = kept("Show(data, 4)", "untrusted").replace("var kept : user ptr u8", KEPT)
    text = text.replace("kept = passed", f"kept |= {{{first}}}  kept |= {{{second}}}")
    text = text.replace("if kept != null", "let one = any(kept)  if one != null")
    found = answers(text.replace("kept[0]", "one[0]"), only=("live",))
    assert says(found["live", "use_it"], answer)


KEPT = "var kept : set user ptr u8"


@pytest.mark.parametrize(
    ("written", "claim", "answer"),
    [
        ("Turn(0, 1)", "number < 0x4000_0000", "proved"),
        ("Turn(0, 1)", "number < 0x3FFF_FFFF", "refuted"),
        ("", "number < 0x4000_0000", "proved"),
        ("", "number < 0x3FFF_FFFF", "refuted"),
    ],
)
def test_an_index_that_raises_reads_no_entry_of_a_map(written, claim, answer):
    """Whether or not anybody writes the map."""
    system = SYSTEM.replace("    api Show", """
    map marks[u32] : u32 = 0
    fn page(a: u32) -> u32 { if a >= USER_END { raise }  return a >> 12 }
    api Entry(a: u32) -> u32 { return marks[page(a)] }
    api Turn(n: u32, mark: u32) { marks[n] = mark }
    api Show""")  # fmt: skip
    body = f"""let number = message as u32  {written}
        try {{ let entry = Entry(number) }} except {{ return 0 }}
        at: assert {claim}"""
    found = answers(system + RAISED.replace("BODY", body), only=("assert",))
    assert says(found["assert", "at"], answer)


RAISING = SYSTEM.replace(
    "try { result = enter(...) } except { result = 0 }", "CALLED"
).replace("    api Show", """    api Check(p: address) { if p >= USER_END { raise } }
    api Counted(p: address) -> u32 { if p >= USER_END || any { raise }  return 1 }
    api Show""")  # fmt: skip
RAISED = """
use sp
driver Disk {
    receive Write(message: user ptr u8[length], length: u32) {
        BODY
        return 1
    }
}
client App[*] : untrusted calls Disk.Write
"""
UNHANDLED = "result = enter(...)"
HANDLED = "try { result = enter(...) } except { result = 0 }"


@pytest.mark.parametrize(
    ("called", "body", "answers_are"),
    [
        (UNHANDLED, "Check(message)", {"refuted"}),
        (UNHANDLED, "let n = Counted(message)", {"refuted"}),
        (UNHANDLED, "try { Check(message) } except { return 0 }", None),
        (UNHANDLED, "try { Check(message) } finally { Show(message, 1) }", {"refuted"}),
        (UNHANDLED, "if message < 0x4000_0000 { Check(message) }", {"proved"}),
        (HANDLED, "Check(message)", None),
    ],
)
def test_an_exception_that_nothing_handles_is_a_violation(called, body, answers_are):
    """Of the driver, wherever it comes from; where there is a handler nothing is asked.  A caller
    who promises no bytes may pass any pointer, a well-behaved one too."""
    body = body.replace("message <", "(message as u32) <")
    found = answers(RAISING.replace("CALLED", called) + RAISED.replace("BODY", body))
    assert found.get(("live", "Send")) == answers_are
