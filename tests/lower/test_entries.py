"""What is read of a map that changes: what was put there, or what it began with."""

from __future__ import annotations

import pytest
from campaigns.programs.plain import platform
from verdicts import report

MAPS = """
    map seen[u32] : u8 = FIRST
    map count[u32] : u8
    api Put(i: u32, x: u8) { seen[i] = x }
    api Fill(i: u32, n: u32, x: u8) { seen[i .. n] = x }
    api Get(i: u32) -> u8 { return seen[i] }
    api More(i: u32) { count[i] += 1 }
    api Less(i: u32) { count[i] -= 1 }
    api Count(i: u32) -> u8 { return count[i] }
"""
DRIVER = """
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
TEXT = f"// expect: proved\n{platform(offered=MAPS)}{DRIVER}"
PROVED, REFUTED, UNKNOWN = "Proved", "Refuted", "Unknown"


def _says(body: str, first: str = "") -> str:
    """Return what is said of the claim in *body*, where a map holds *first* to begin with."""
    text = TEXT.replace("BODY", body).replace(" = FIRST", first)
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


TWO_WAYS = """
    Put(1, 5) Put(2, 5) Put(3, 6)
    var x : u8 = 0
    if message == 3 { x = Get(1) } else { x = Get(2) }
    let y = Get(3), list = alloc(8) as ptr u8
    var small : u8[4]
    if list != null {
        let k : u8 = list[message & 7] + list[(message >> 3) & 7]
        if k < 4 { small[k as u32] = 1 }
        free(list)
    }
    use_it: assert """


@pytest.mark.parametrize(("claim", "wrong"), [("x + y == 11", REFUTED), ("x + y != 11", PROVED)])
def test_entries_are_counted_apart_from_elements_of_blocks(claim: str, wrong: str) -> None:
    """Two elements of the block are followed, of the map one entry: no two of it are ever seen."""
    assert _says(TWO_WAYS + claim) in {PROVED, REFUTED, UNKNOWN} - {wrong}
