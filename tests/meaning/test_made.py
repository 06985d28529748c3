"""Memory that a function of the platform allocates for the driver that calls it; with twins."""

from __future__ import annotations

import pytest
from verdicts import answers, driver, hostile_answers, says

# A pointer that is tested, and copied if that is asked for; what is not the driver's own stays.
CAPTURE = """{
    api MapPtrToProcess(p: address, proc: process) -> address { return p }
    api UnMapPtr(p: address) -> address { return null }
    api MapPtrUnsecure(p: address, proc: process) -> address {
        let known = MapCallerPtr(p, 4)
        if known == null { return null }
        if proc != none {
            let made = alloc(4) as address
            if made == null { return null }
            try { copy(made, known, 4) } except { free(made)  return null }
            return made
        }
        return known
    }
    api LockPages(p: address, n: u32, flags: u32) -> bool { free(p)  return true }
}"""
ENTRY = """
    ioctl Write(in: user ptr Request sized in_len, in_len: u32) {
        if in == null || in_len != sizeof(Request) { return 0 }
        BODY
        return 0
    }
"""
TAKEN = "take: let p = MapPtrUnsecure(in.buffer, PROCESS)  if p == null { return 1 } "
GIVEN = " give: LockPages(p, 0, 0)"


def _of(body: str, kind: str, site: str, process: str = "device") -> set[str]:
    text = driver(ENTRY.replace("BODY", body.replace("PROCESS", process)), use=CAPTURE)
    return answers(text.replace("u8[length]", "u8[4]"), only=(kind,))[kind, site]


@pytest.mark.parametrize(
    ("body", "kind", "site", "answer"),
    [
        ("at: p[3] = 1" + GIVEN, "bounds", "at", "proved"),
        ("at: p[4] = 1" + GIVEN, "bounds", "at", "refuted"),
        (GIVEN, "paired", "take", "proved"),
        ("if in_len > 4 { return 2 }" + GIVEN, "paired", "take", "refuted"),
        (GIVEN, "paired", "give", "proved"),
        (GIVEN + GIVEN.replace("give", "again"), "paired", "again", "refuted"),
        ("give: LockPages(p + 1, 0, 0)", "paired", "give", "refuted"),
        (GIVEN + " at: p[0] = 1", "live", "at", "refuted"),
        ("let x = p[0], y = p[0] at: assert x == y" + GIVEN, "assert", "at", "proved"),
        ("let x = p[0], y = p[1] at: assert x == y" + GIVEN, "assert", "at", "refuted"),
    ],
)
def test_a_copy_is_memory_of_the_driver(body: str, kind: str, site: str, answer: str) -> None:
    assert says(_of(TAKEN + body, kind, site), answer)


@pytest.mark.parametrize(
    ("body", "kind", "site", "answer"),
    [
        ("at: p[3] = 1", "bounds", "at", "proved"),
        ("at: p[4] = 1", "bounds", "at", "refuted"),
        (GIVEN, "paired", "give", "refuted"),  # it is the caller's
        ("let x = p[0], y = p[0] at: assert x == y", "assert", "at", "refuted"),
    ],
)
def test_what_is_not_copied_is_the_callers(body: str, kind: str, site: str, answer: str) -> None:
    assert says(_of(TAKEN + body, kind, site, "none"), answer)


def test_both_ways_are_one_pointer() -> None:
    """It is not known before whether it is copied."""
    body = TAKEN + "at: p[PLACE] = 1  if GetCallerProcess() == device { LockPages(p, 0, 0) }"
    good = body.replace("PLACE]", "3]")
    assert _of(good, "bounds", "at", "(any ? device : none)") == {"proved"}
    bad = body.replace("PLACE]", "4]")
    assert "refuted" in _of(bad, "bounds", "at", "(any ? device : none)")


def test_null_is_the_callers() -> None:
    """So that what lies behind it is asked of him: in slot 0 that is Device Manager's memory."""
    body = "let p = UnMapPtr(in.buffer)  at: p[0x2_0000] = 1"
    assert "refuted" in _of(body, "mapped", "at")
    body = TAKEN.replace("if p == null { return 1 }", "at: p[0x2_0000] = 1") + GIVEN
    assert "refuted" in _of(body, "mapped", "at")


def test_it_holds_what_the_pointer_leads_to() -> None:
    """The elements of the copy are structures, of the type that the caller's pointer has."""
    whole = CAPTURE.replace("MapCallerPtr(p, 4)", "MapCallerPtr(p, 8)")
    whole = whole.replace("alloc(4)", "alloc(8)").replace("known, 4)", "p, 8)")
    body = """
        take: let mine = MapPtrUnsecure(in, device)
        if mine == null { return 1 }
        let length = mine[0].length, buffer = MapCallerPtr(mine[0].buffer, mine[0].length)
        if buffer != null { at: read buffer[0 .. LENGTH] }
        LockPages(mine, 0, 0)
    """
    text = driver(ENTRY.replace("BODY", body), use=whole)
    once = text.replace("LENGTH", "mine[0].length")
    assert answers(once, only=("bounds",))["bounds", "at"] == {"proved"}
    twice = text.replace("LENGTH", "in.length").replace("proved", "refuted bounds at at", 1)
    assert hostile_answers(twice, only=("bounds",))["bounds", "at"] == {"refuted"}
