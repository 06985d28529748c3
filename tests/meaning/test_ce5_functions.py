"""What the functions of ce5 give back: for each a claim that is right, and one that is not."""

from __future__ import annotations

import pytest
from verdicts import answers, driver

ENTRY = """
    ioctl Write(in: user ptr u8[in_len], in_len: u32) {{
        let small = 16 as user ptr u8 of GetCallerProcess()
        let kernel = 0x8000_0000 as user ptr u8 of GetCallerProcess()
        let shared = 0x7C00_0000 as user ptr u8 of GetCallerProcess()
        let slot_0 = 0x2_0000 as user ptr u8 of GetCallerProcess()
        {setup}
        told: assert {claim}
        return 0
    }}
"""


def told(claim: str, setup: str = "", client: str = "untrusted") -> set[str]:
    """Return the answers to *claim*, in a call of a *client*."""
    text = driver(ENTRY.format(claim=claim, setup=setup), f"App[*] : {client} calls Sample.Write")
    return answers(text, only=("assert",))["assert", "told"]


@pytest.mark.parametrize(
    ("setup", "right", "wrong"),
    [
        ("let p = MapPtrToProcess(small, none)", "p == null", "p == small"),
        ("let p = MapPtrToProcess(small, nk)", "p == small", "p == null"),
        ("let p = MapPtrUnsecure(slot_0, device)", "p != slot_0", "p == slot_0"),
        ("let p = UnMapPtr(MapPtrUnsecure(slot_0, device))", "p == slot_0", "p != slot_0"),
        ("let p = UnMapPtr(kernel)", "p == kernel", "p as u32 < 0x200_0000"),
        ("let p = MapCallerPtr(small, 1)", "p == null", "p == small"),
        ("let p = MapCallerPtr(kernel, 1)", "p == null", "p == kernel"),
        ("let p = MapPtrToProcWithSize(shared, 4, filesys)", "p == shared", "p == null"),
        ("let old = SetKMode(true), now = SetKMode(false)", "!old && now", "old || !now"),
        ("let b = IsBadReadPtr(null, 0)", "!b", "b"),
        ("let b = IsBadReadPtr(small, 4)", "b", "!b"),
        ("let b = IsBadReadPtr(shared, 0x9000_0000)", "b", "!b"),
        ("let b = IsBadWritePtr(shared, 4)", "b", "!b"),
        ("let b = LockPages(null, 4, LOCKFLAG_READ)", "!b", "b"),
        ("let b = LockPages(slot_0, 0, LOCKFLAG_READ)", "!b", "b"),
        ("let b = LockPages(shared, 4, LOCKFLAG_WRITE)", "!b", "b"),
        ("let b = UnlockPages(slot_0, 0)", "!b", "b"),
        ("var x : u32  let b = CeSafeCopyMemory(&x, small, 4)", "!b", "b"),
        ("let b = CreateThread()", "GetCurrentPermissions() has device", "b"),
        ("let was = SetProcPermissions({filesys}), now = GetCurrentPermissions()",
         "now has filesys && was has device", "was has filesys"),
    ],
)  # fmt: skip
def test_what_a_function_gives_back(setup: str, right: str, wrong: str) -> None:
    assert told(right, setup) == {"proved"}
    assert "refuted" in told(wrong, setup)


def test_a_trusted_caller_is_not_tested() -> None:
    """Small numbers come back as they are: not null, and not mapped."""
    assert told("MapCallerPtr(small, 1) == small", client="trusted") == {"proved"}


SEEK = """
    var table : u32[8]
    var at : u32
    lock cs
    stream_seek Seek(distance: i32, method: u32) {{
        if method != FILE_BEGIN {{ return SEEK_FAILED }}
        {test}
        acquire cs {{ at = distance as u32 }}
        put: table[distance as u32] = 1
        return distance as u32
    }}
"""


@pytest.mark.parametrize(
    ("test", "answer"),
    [
        ("if distance < 0 || distance >= 8 { return SEEK_FAILED }", "proved"),
        ("if distance >= 8 { return SEEK_FAILED }", "refuted"),  # it is signed
    ],
)
def test_a_position_is_a_number_of_the_callers(test: str, answer: str) -> None:
    text = driver(SEEK.format(test=test), "App[*] : untrusted calls Sample.Seek")
    found = answers(text)
    assert answer in found["bounds", "put"]
    assert answer == "refuted" or set().union(*found.values()) == {"proved"}
