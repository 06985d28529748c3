"""Pages stay locked while a device reaches them, and each lock is given back once."""

from __future__ import annotations

import pytest
from verdicts import answers, driver, hostile_answers, hostile_says, is_refuted, says

from cecheck.options import Engine

ITEMS = """
    lock  cs
    event done
    var pending : user ptr u8

    ioctl Write(out: user ptr u8[out_len], out_len: u32) {{
        if out == null || out_len > 0x1000 {{ return 0 }}
        {0}
        return 0
    }}
    {1}
"""
LOCK = "pin: let locked = LockPages(out, out_len, LOCKFLAG_READ)  if !locked { return 0 }"
UNLOCK = "unlock: UnlockPages(out, out_len)"
DMA = "begin: dma from out[0 .. out_len] until done"


def found(body: str, check: str, more: str = "") -> dict[tuple[str, str], set[str]]:
    """Return the answers of *check* about an entry that does *body*."""
    return answers(text_of(body, more), only=(check,))


def text_of(body: str, more: str = "") -> str:
    """Return a driver with an entry that does *body*."""
    items = ITEMS.format(body, more)
    if not more:  # without globals that hold pointers, accesses are local
        items = items.replace("var pending : user ptr u8\n", "")
    return driver(items)


OWN = "var word : u32  let p = &word"
OWN_LOCK = "if !LockPages(p, 4, LOCKFLAG_READ) { return 0 }"


@pytest.mark.parametrize(
    ("body", "kind", "site", "answer"),
    [
        (f"{OWN}  go: dma from p[0 .. 2] until done", "bounds", "go", "refuted"),
        (f"{OWN}  go: dma from p[0 .. 1] until done", "bounds", "go", "proved"),
        (f"{OWN}  go: dma from p[0 .. 1] until done", "dma", "go", "refuted"),
        (f"{OWN}  {OWN_LOCK}  go: dma from p[0 .. 1] until done", "dma", "go", "proved"),
        (f"{OWN}  {OWN_LOCK}  go: dma from p[0 .. 1] until done  early: UnlockPages(p, 4)", "dma",
         "early", "refuted"),
    ],
)  # fmt: skip
def test_memory_of_the_driver_may_go_as_well(body, kind, site, answer):
    """Semantics 3.7: a device reads what is the driver's own, and no more than that."""
    assert hostile_says(text_of(body), kind, site, answer)


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        # Each call locks its own pages, perhaps of the same block: others only take theirs away.
        (f"{LOCK} acquire cs {{ {DMA} wait done }} {UNLOCK}", "proved"),
        # The signal may be that of the transfer of another call.
        (f"{LOCK} {DMA} wait done {UNLOCK}", "refuted"),
        (f"acquire cs {{ {LOCK} {DMA} {UNLOCK} wait done }}", "refuted"),
        # What was locked twice is locked still.
        (f"acquire cs {{ {LOCK} two: let again = LockPages(out, out_len, LOCKFLAG_READ)"
         f" {DMA} {UNLOCK} wait done  if again {{ last: UnlockPages(out, out_len) }} }}",
         "refuted"),
    ],
)  # fmt: skip
def test_pages_stay_locked_while_the_transfer_runs(body, answer):
    """Semantics 3.7: whoever unlocks them, and when."""
    text = text_of(body)
    if answer == "refuted":  # the rest is asked no less, in both views
        text = text.replace("expect: proved", "expect: refuted dma at unlock", 1)
    got = answers(text, only=("dma",))
    assert says(got["dma", "unlock"], answer)
    assert "refuted" not in got["dma", "begin"]


def test_a_device_does_not_fault():
    """Null with a length: what a thread is stopped at, a device passes over."""
    items = ITEMS.replace("out == null || ", "").replace("var pending : user ptr u8\n", "")
    text = driver(items.format(f"{DMA}", "").replace("> 0x1000", "> 0x10_0000"))
    got = hostile_answers(text)
    assert "refuted" in got["mapped", "begin"]


@pytest.mark.parametrize(
    ("body", "site", "answer"),
    [
        (f"{LOCK} {UNLOCK}", "pin", "proved"),
        (f"{LOCK} if out_len == 1 {{ return 1 }} {UNLOCK}", "pin", "refuted"),
        (f"{LOCK} {UNLOCK} more: UnlockPages(out, out_len)", "more", "refuted"),
        (f"{LOCK} unlock: UnlockPages(out, out_len - 1)", "unlock", "refuted"),
    ],
)
def test_locks_of_pages_are_balanced(body, site, answer):
    """With the arguments that they were locked with, on every way out."""
    assert found(body, "paired")["paired", site] == {answer}


def test_what_the_driver_stores_the_driver_has_to_close():
    """Semantics 7.4: the call that opened it has done its part."""

    def told(body: str) -> dict[tuple[str, str], set[str]]:
        whole = f"acquire cs {{ {LOCK} pending = out  {body} }}"
        return found(whole, "paired", "var x : u32")

    assert told("")["paired", "pin"] == {"proved"}
    assert told(UNLOCK)["paired", "unlock"] == {"proved"}
    twice = f"{UNLOCK} more: UnlockPages(out, out_len)"
    assert "refuted" in told(twice)["paired", "more"]


STRUCTURE = """
    lock  cs
    event done

    ioctl Write(out: user ptr Request, out_len: u32) {{
        if out == null || out_len != sizeof(Request) {{ return 0 }}
        {0}
        let n = out.length, p = MapCallerPtr(out.buffer, n)
        if p != null {{ told: read p[0 .. n] }}
        return 0
    }}
"""
TRANSFER = """
    acquire cs {
        if !LockPages(out, out_len, LOCKFLAG_WRITE) { return 0 }
        dma into out[0 .. 1] until done
        wait done
        UnlockPages(out, out_len)
    }
"""


@pytest.mark.parametrize(("before", "answer"), [("", {"proved"}), (TRANSFER, {"unknown"})])
def test_what_a_device_writes_is_not_the_callers_word_any_more(before, answer):
    """Semantics 4.3: a well-behaved caller's memory is stable, but for what is written there."""
    got = answers(driver(STRUCTURE.format(before)), only=("bounds",), engine=Engine.HOUDINI)
    assert answer <= got["bounds", "told"]


WORKER = """
    lock  cs
    event done
    var pending : user ptr u8
    var size : u32

    ioctl Write(out: user ptr u8[out_len], out_len: u32) {
        if out == null || out_len > 0x1000 { return 0 }
        if !LockPages(out, out_len, LOCKFLAG_READ) { return 0 }
        acquire cs { pending = out  size = out_len }
        wait done timeout
        acquire cs { pending = null }
        unlock: UnlockPages(out, out_len)
        return 0
    }

    thread worker {
        loop {
            acquire cs {
                if pending != null {
                    dma from pending[0 .. size] until done
                    pending = null
                }
            }
        }
    }
"""


def test_a_transfer_that_a_thread_of_the_driver_begins_is_followed_too():
    """The call that waits for it gives up, and unlocks the pages."""
    assert is_refuted(driver(WORKER), "dma", "unlock")


@pytest.mark.parametrize(
    ("kept", "answer"),
    [("out", "proved"), ("out_len as user ptr u8 of GetCallerProcess()", "refuted")],
)
def test_only_the_pointer_hands_over_what_was_locked(kept, answer):
    """A pointer that equals the size is not the one that the driver has to unlock some day."""
    body = f"{LOCK} acquire cs {{ pending = {kept} }}"
    text = driver(ITEMS.format(body, ""))
    assert says(answers(text, only=("paired",))["paired", "pin"], answer)
