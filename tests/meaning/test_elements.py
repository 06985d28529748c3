"""Arrays of structures that are variables of a driver: what is read from them is anything."""

from __future__ import annotations

import pytest
from verdicts import answers

HEAD = """use ce5
struct Slot {
    count : u32
    item  : user ptr u8
}
"""
DRIVER = """driver Sample {
    var slots : Slot[4]
    ioctl Write(in: user ptr u8[in_len], in_len: u32) {
        if in_len >= LIMIT { return 1 }
        BODY
        return 0
    }
}
client App[*] : untrusted calls Sample.Write
"""


@pytest.mark.parametrize(
    ("limit", "body", "kind", "answer"),
    [
        ("4", "at: let old = slots[in_len].count", "bounds", {"proved"}),
        ("5", "at: let old = slots[in_len].count", "bounds", {"refuted"}),
        ("4", "slots[in_len].count += 1 let n = slots[0].count at: assert n == 1",
         "assert", {"refuted"}),
        # No run rests on a pointer that is read from an array: nobody knows what was put there.
        ("4", "slots[0].item = null let p = slots[0].item if p != null { at: p[0] = 1 }",
         "mapped", {"unknown"}),
    ],
)  # fmt: skip
def test_fields_of_elements(limit: str, body: str, kind: str, answer: set[str]) -> None:
    """A field of an element is read and written where the index is inside the array."""
    text = HEAD + DRIVER.replace("LIMIT", limit).replace("BODY", body)
    assert answers(text, only=(kind,), timeout=20.0)[kind, "at"] == answer
