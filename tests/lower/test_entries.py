"""What is read of a map that changes: what was put there, or what it began with."""

from __future__ import annotations

import pytest
from verdicts import report

PLATFORM = """// expect: proved
platform plain : u32 {
    process { unique number : u32 = any(1 .. 100)  trusted : bool }
    process server : trusted { number = 100 }
    drivers in server
    thread { restored owner : process = home }
    fn translate(a: u32) -> u32 { if a < 0x10000 { raise } return a }
    fn permit(a: u32, writing: bool) -> bool { return true }
    fn owns(p: process, a: u32, writing: bool) -> bool { return a >> 24 == p.number }
    fn inside(p: process) -> bool { return true }
    fn there(a: u32) -> bool { return a >= 0x10000 }
    fn vacant(a: u32) -> bool { return false }
    fn honest(p: process, a: u32, n: u32) -> bool { return true }
    map seen[u32] : u8 = FIRST
    map count[u32] : u8
    api Put(i: u32, x: u8) { seen[i] = x }
    api Fill(i: u32, n: u32, x: u8) { seen[i .. n] = x }
    api Get(i: u32) -> u8 { return seen[i] }
    api More(i: u32) { count[i] += 1 }
    api Less(i: u32) { count[i] -= 1 }
    api Count(i: u32) -> u8 { return count[i] }
    call Send(message: u32) -> u32 enters receive {
        try { return enter(...) } except { return 0 }
    }
}
use plain
driver Sample {
    var kept : u8
    receive Run(message: u32) {
        BODY
        return 0
    }
}
client App : trusted calls Sample.Run
"""
PROVED, REFUTED, UNKNOWN = "Proved", "Refuted", "Unknown"


def _says(body: str, first: str = "") -> str:
    """Return what is said of the claim in *body*, where a map holds *first* to begin with."""
    text = PLATFORM.replace("BODY", body).replace(" = FIRST", first)
    (found,) = {type(f.verdict).__name__ for f in report(text).findings if f.kind.value == "assert"}
    return found


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Put(1, 5) let x = Get(1) use_it: assert x == 5", PROVED),
        ("Put(1, 5) let x = Get(1) use_it: assert x == 6", REFUTED),
        ("Put(message, 5) let x = Get(message) use_it: assert x == 5", PROVED),
        ("Put(message, 5) let x = Get(message & 7) use_it: assert x == 5", REFUTED),
        ("Put(message, 5) Put(message, 0) let x = Get(message) use_it: assert x == 0", PROVED),
        ("Put(1, 5) Put(2, 6) let x = Get(1) use_it: assert x == 5", PROVED),
        ("Put(1, 5) Put(message, 6) let x = Get(1) use_it: assert x == 5", REFUTED),
        ("let x = Get(2) Put(message, 5) let y = Get(2) use_it: assert x == y", REFUTED),
        ("let x = Get(2) Put(3, 5) let y = Get(2) use_it: assert x == y", PROVED),
        ("use_it: assert Get(message) == 0", PROVED),
        ("Fill(4, 8, 3) let x = Get(7) use_it: assert x == 3", PROVED),
        ("Fill(4, 8, 3) let x = Get(8) use_it: assert x == 0", PROVED),
        ("Fill(4, 8, 3) let x = Get(message) use_it: assert x == 0", REFUTED),
        ("Put(1, 5) kept = Get(1) let x = kept use_it: assert x == 6", REFUTED),
    ],
)
def test_what_was_put_into_an_entry_is_there(body: str, expected: str) -> None:
    assert _says(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("let x = Get(1) Put(message, 5) let y = Get(1) use_it: assert x == y", REFUTED),
        ("let x = Get(1) Put(2, 5) let y = Get(1) use_it: assert x == y", PROVED),
        ("use_it: assert Get(message) == 0", REFUTED),
    ],
)
def test_what_an_unknown_map_begins_with_stays(body: str, expected: str) -> None:
    assert _says(body, " = any") == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("More(message) let x = Count(message) use_it: assert x > 0 Less(message)", PROVED),
        ("More(1) let x = Count(message) use_it: assert x > 0 Less(1)", REFUTED),
        ("More(1) Less(1) let x = Count(1) use_it: assert x == 0", PROVED),
        ("More(1) let x = Count(1) use_it: assert x == 1", REFUTED),
    ],
)
def test_a_count_of_an_entry_is_that_of_no_other(body: str, expected: str) -> None:
    assert _says(body) == expected


@pytest.mark.parametrize(("claim", "wrong"), [("y == 6", REFUTED), ("y == 5", PROVED)])
def test_of_two_entries_that_were_changed_nothing_wrong_is_told(claim: str, wrong: str) -> None:
    """One of them is followed: in the end it may be that nobody can tell."""
    body = "Put(1, 5) Put(2, 6) let x = Get(1), y = Get(2) use_it: assert x == 5 && "
    assert _says(body + claim) in {PROVED, REFUTED, UNKNOWN} - {wrong}
