"""`present`: a platform's functions find the memory that a well-behaved caller promised, while his
call runs; of everything else they may find anything."""

from __future__ import annotations

import pytest
from verdicts import driver, refuting, report

DIRECT = """
    ioctl Write(in: user ptr u8[in_len], in_len: u32) {
        if in == null || in_len == 0 || in_len > 0x1000 { return 0 }
        if (in as u32 & 0xFFFF) > 0x1000 { return 0 }  // far from the end of its slot
        var count = in_len
        if PROBE { count = in_len + 0x800_0000 }
        beyond: read in[0 .. count]
        return 0
    }
"""
NESTED = """
    ioctl Write(in: user ptr Request sized in_len, in_len: u32) {
        if in == null || in_len < sizeof(Request) { return 0 }
        let n = in.length, pointer = in.buffer
        if n == 0 || n > 0x1000 { return 0 }
        let buffer = MapCallerPtr(pointer, n)
        var count = n
        if PROBE { count = n + 1 }
        beyond: read buffer[0 .. count]
        return 0
    }
"""
KEPT = """
    lock cs
    var pending : user ptr u8
    ioctl Write(in: user ptr u8[in_len], in_len: u32) {
        if in == null || in_len != 4 { return 0 }
        acquire cs { pending = in }
        return 0
    }
    thread worker {
        loop {
            acquire cs {
                if pending != null {
                    let old = SetProcPermissions(everyone)
                    try { if IsBadReadPtr(pending, 4) { beyond: pending[4] = 1 } } except { }
                    SetProcPermissions(old)
                }
            }
        }
    }
"""


def at_beyond(text: str) -> dict[str, str]:
    """Return, per view, the answer whether the site `beyond` stays in bounds."""
    return {
        finding.view.value: type(finding.verdict).__name__.lower()
        for finding in report(text, only=("bounds",)).findings
        if finding.site.name == "beyond"
    }


@pytest.mark.parametrize(
    ("items", "probe", "answer"),
    [
        (DIRECT, "IsBadReadPtr(in, in_len)", "proved"),
        (DIRECT, "IsBadWritePtr(in, in_len)", "proved"),
        (DIRECT, "IsBadReadPtr(in, in_len + 1)", "refuted"),  # one byte was not promised
        (DIRECT, "IsBadReadPtr(in + 1, in_len)", "refuted"),
        (NESTED, "IsBadReadPtr(buffer, n)", "proved"),
        (NESTED, "IsBadReadPtr(pointer, n)", "refuted"),  # means Device Manager's memory
    ],
)
def test_what_a_well_behaved_caller_promised_is_there(items, probe, answer):
    """So a probe of it does not fail, and what is done after that is done for others only."""
    text = driver(items.replace("PROBE", probe))
    if answer == "proved":
        lines = "refuted bounds at beyond hostile\n// expect: proved bounds at beyond well-behaved"
        text = text.replace("expect: proved", f"expect: {lines}", 1)
    found = at_beyond(text)
    assert found["well-behaved"] == answer
    assert found["hostile"] == "refuted"


def test_it_is_there_while_the_call_runs():
    """What the caller does with his memory after that is his business."""
    text = refuting(driver(KEPT), "bounds at beyond well-behaved")
    assert at_beyond(text)["well-behaved"] == "refuted"


def test_null_is_not_there():
    """Also where the type allows it, and a length comes along."""
    items = DIRECT.replace("user ptr u8", "user ptr? u8").replace("== null || ", "!= null || ")
    found = at_beyond(driver(items.replace("PROBE", "IsBadReadPtr(in, in_len)")))
    assert found["well-behaved"] == "refuted"
