"""Key and mode alone keep a thread from memory: what comes first counts (semantics 3.2, 3.4)."""

from __future__ import annotations

import pytest
from verdicts import hostile_says

SPEC = """// expect: proved
platform tiny : u32 {
    process { unique number : u32 = any(1 .. 100)  trusted : bool }
    process server : trusted { number = 100 }
    drivers in server
    thread { restored sender : process = none }
    fn translate(a: u32) -> u32 { if (a & 0xFF_FFFF) >= HOLE { raise } return a }
    fn permit(a: u32, writing: bool) -> bool { return a >> 24 == sender.number || a >> 24 == 100 }
    fn owns(p: process, a: u32, writing: bool) -> bool { return a >> 24 == p.number }
    fn inside(p: process) -> bool { return true }
    fn there(a: u32) -> bool { return a >= 0x10000 }
    fn vacant(a: u32) -> bool { return false }
    fn honest(p: process, a: u32, n: u32) -> bool {
        let e = a + n - 1
        return e >= a && owns(p, a, true) && owns(p, e, true) && (e & 0xFF_FFFF) < HOLE
    }
    api Number() -> u32 { return sender.number }
    call Send(message: address, number: u32) -> u32 enters receive {
        let last = sender
        sender = home
        let result = enter(...)
        sender = last
        return result
    }
}
use tiny
driver Sample {
    receive Run(message: user ptr u8, number: u32) {
        if message as u32 >> 24 != Number() { return 0 }
        at: read message[0 .. number]
        return 0
    }
}
client App[*] : untrusted calls Sample.Run
"""


@pytest.mark.parametrize(
    ("hole", "answer"), [("0xF0_0000", "proved"), ("0x100_0000", "refuted")]
)
def test_a_range_that_meets_a_hole_first_is_not_kept_from_what_lies_behind(hole, answer):
    """With no hole between them the next process' memory comes right after the caller's."""
    assert hostile_says(SPEC.replace("HOLE", hole), "permitted", "at", answer)
