"""Processes exit and others have their slots: what a driver keeps of a process outlives it."""

from __future__ import annotations

import pytest
from elaborated import result
from verdicts import driver, hostile_answers

from cecheck.ir.program import View
from cecheck.lower.link import assumptions, lower

EXITS = "{ const SLOTS_RECYCLED = true }"
TRUSTED = "CeGetCallerTrust() == OEM_CERTIFY_TRUST"
TWO = "Service : trusted calls Sample.Register\nclient App : untrusted calls Sample.Write"

FRIEND = """
    var friend : process
    ioctl Register() {{ if {trusted} {{ friend = GetCallerProcess() }} return 0 }}
    ioctl Write() {{
        let known = {known}
        here: assert !known || {trusted}
        return 0
    }}
"""


SEARCHED = 25.0  # seconds to look for a run where there is none


def found(items: str, use: str = EXITS, *, is_safe: bool, limit: float = 90.0) -> set[str]:
    """Return what the hostile view says of `here`; nothing else matters where it is not safe."""
    text = driver(items, TWO, use)
    if not is_safe:
        text = text.replace("expect: proved", "expect: refuted assert at here", 1)
    return hostile_answers(text, only=("assert",), timeout=limit)["assert", "here"]


@pytest.mark.parametrize(
    ("known", "use", "is_safe"),
    [
        ("friend == GetCallerProcess()", EXITS, False),
        (f"friend == GetCallerProcess() && {TRUSTED}", EXITS, True),
    ],
)
def test_who_is_remembered_by_its_slot_is_not_known_again(known, use, is_safe):
    told = found(FRIEND.format(known=known, trusted=TRUSTED), use, is_safe=is_safe)
    assert told == {"proved"} if is_safe else "refuted" in told


def test_without_exits_nobody_has_the_slot_of_another():
    """The twin of the test above: the one that is remembered is there for ever."""
    known = "friend == GetCallerProcess()"
    told = found(FRIEND.format(known=known, trusted=TRUSTED), "", is_safe=True, limit=SEARCHED)
    assert "refuted" not in told


ASKED = """
    var friend : process
    ioctl Register() {{ if {trusted} {{ friend = GetCallerProcess() }} return 0 }}
    ioctl Write(in: user ptr u8[in_len], in_len: u32) {{
        let who = {who}
        if in == null || who == none {{ return 0 }}
        let first = MapPtrToProcWithSize(in, 0xFFFFFFFF, who) == null
        let second = MapPtrToProcWithSize(in, 0xFFFFFFFF, who) == null
        here: assert first == second
        return 0
    }}
"""


@pytest.mark.parametrize(
    ("who", "is_safe"), [("friend", False), ("GetCallerProcess()", True)]
)
def test_a_process_may_exit_between_two_questions_but_not_in_its_own_call(who, is_safe):
    """A range of 4 GB passes for trusted processes only."""
    told = found(ASKED.format(who=who, trusted=TRUSTED), is_safe=is_safe)
    assert told == {"proved"} if is_safe else "refuted" in told


BUSY = """
    lock cs
    var inside : process
    ioctl Register() {{
        if {trusted} {{
            acquire cs {{ inside = GetCallerProcess() }}
            {forgets}
        }}
        return 0
    }}
    ioctl Write(in: user ptr u8[in_len], in_len: u32) {{
        acquire cs {{
            let who = inside
            let whole = MapPtrToProcWithSize(in, 0xFFFFFFFF, who)
            here: assert in == null || who == none || whole != null
        }}
        return 0
    }}
"""


@pytest.mark.parametrize(
    ("forgets", "is_safe"), [("acquire cs { inside = none }", True), ("", False)]
)
def test_nobody_exits_while_a_thread_is_in_a_call(forgets, is_safe):
    """Who is kept while its call runs, and forgotten before it ends, is still there."""
    items = BUSY.format(forgets=forgets, trusted=TRUSTED)
    told = found(items, is_safe=is_safe, limit=SEARCHED if is_safe else 90.0)
    assert ("refuted" not in told) is is_safe


KEPT = """
    lock cs
    var kept : user ptr u8[4]
    ioctl Keep(in: user ptr u8[4]) {{ acquire cs {{ kept = in {clears} }}  return 0 }}
    ioctl Write() {{
        acquire cs {{ if kept != null {{ try {{ here: kept[0] = 1 }} except {{ }} }} }}
        return 0
    }}
"""
KEEPS = "App : untrusted calls Sample.Keep\nclient Next : untrusted calls Sample.Write"


def test_a_kept_pointer_means_the_next_tenant():
    text = driver(KEPT.format(clears=""), KEEPS, EXITS)
    text = text.replace("proved", "refuted mapped at here", 1)
    told = hostile_answers(text, only=("mapped",), timeout=90)
    assert "refuted" in told["mapped", "here"]


def test_a_pointer_that_is_cleared_before_the_lock_is_free_is_not_refuted():
    text = driver(KEPT.format(clears="kept = null"), KEEPS, EXITS)
    told = hostile_answers(text, timeout=SEARCHED)
    assert "refuted" not in {word for words in told.values() for word in words}


def program(items: str, client: str, use: str):
    """Return what the specification means in the hostile view, and what it rests on."""
    spec, wrong = result(driver(items, client, use))
    assert spec is not None, wrong
    return lower(spec, View.HOSTILE), assumptions(spec, View.HOSTILE)


def test_without_exits_there_is_no_state_for_them():
    items = FRIEND.format(known="true", trusted=TRUSTED)
    without, rests = program(items, TWO, "")
    having, more = program(items, TWO, EXITS)
    assert {thread.name for thread in having.threads} - {t.name for t in without.threads} == {
        "ProcessExit"
    }
    assert {var.name for var in without.globals} == {"friend"}
    assert len(having.globals) > 1
    assert "SLOTS_RECYCLED = false" in rests
    assert "SLOTS_RECYCLED = true" in more


def test_what_keeps_no_process_does_not_rest_on_it():
    _, rests = program("ioctl Write() { return 0 }", "App[*] : untrusted calls Sample.Write", "")
    assert not [text for text in rests if "SLOTS_RECYCLED" in text]
