"""Processes exit and others have their slots: what a driver keeps of a process outlives it."""

from __future__ import annotations

from elaborated import result
from verdicts import answers, driver, finds_no_run, is_refuted

from cecheck.ir.program import View
from cecheck.lower.link import assumptions, lower

EXITS = "{ const SLOTS_RECYCLED = true }"
TRUSTED = "CeGetCallerTrust() == OEM_CERTIFY_TRUST"
TWO = "Service : trusted calls Sample.Register\nclient App : untrusted calls Sample.Write"
BLOCKS = 8  # the longest run of a twin takes 7

FRIEND = """
    var friend : process
    ioctl Register() {{ if {trusted} {{ friend = GetCallerProcess() }} return 0 }}
    ioctl Write() {{
        let known = {known}
        here: assert !known || {trusted}
        return 0
    }}
"""


def found(items: str) -> set[str]:
    """Return the verdicts on the site `here` where processes exit."""
    return answers(driver(items, TWO, EXITS), only=("assert",))["assert", "here"]


def is_unsafe(items: str) -> bool:
    """Return whether `here` is refuted where processes exit."""
    return is_refuted(driver(items, TWO, EXITS), "assert", "here")


KNOWN = "friend == GetCallerProcess()"


def test_who_is_remembered_by_its_slot_is_not_known_again():
    assert is_unsafe(FRIEND.format(known=KNOWN, trusted=TRUSTED))
    items = FRIEND.format(known=f"{KNOWN} && {TRUSTED}", trusted=TRUSTED)
    assert found(items) == {"proved"}


def test_without_exits_nobody_has_the_slot_of_another():
    """The twin of the test above: the one that is remembered is there for ever."""
    items = FRIEND.format(known=KNOWN, trusted=TRUSTED)
    assert finds_no_run(driver(items, TWO), "assert", "here", BLOCKS)


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


def test_a_process_may_exit_between_two_questions_but_not_in_its_own_call():
    """A range of 4 GB passes for trusted processes only."""
    assert is_unsafe(ASKED.format(who="friend", trusted=TRUSTED))
    assert found(ASKED.format(who="GetCallerProcess()", trusted=TRUSTED)) == {"proved"}


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


def test_nobody_exits_while_a_thread_is_in_a_call():
    """Who is kept while its call runs, and forgotten before it ends, is still there."""
    forgets = BUSY.format(forgets="acquire cs { inside = none }", trusted=TRUSTED)
    assert finds_no_run(driver(forgets, TWO, EXITS), "assert", "here", BLOCKS)
    assert is_unsafe(BUSY.format(forgets="", trusted=TRUSTED))


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
    assert is_refuted(driver(KEPT.format(clears=""), KEEPS, EXITS), "mapped", "here")


def test_a_pointer_that_is_cleared_before_the_lock_is_free_is_not_refuted():
    text = driver(KEPT.format(clears="kept = null"), KEEPS, EXITS)
    assert finds_no_run(text, blocks=BLOCKS)


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
