"""The driver's own variables through pointers: where they lie, and what a write of a part changes
(semantics 1.2 and 2.5)."""

from __future__ import annotations

import pytest
from verdicts import driver, hostile_says

ITEMS = """
    struct Pair {{ a : u32  b : u32 }}
    struct Waiting {{ item : user ptr u8  others : u32  ours : u32 }}
    var g : u32
    var h : u32
    ioctl Write(in: user ptr u8[in_len], in_len: u32) {{
        var a : u32
        var b : u32
        var p : Pair
        p.a = 1  p.b = 2  a = 3
        {body}
        at: assert {claim}
        return 0
    }}
"""
BYTES = "let q = &p as ptr u8"


@pytest.mark.parametrize(
    ("body", "claim", "answer"),
    [
        # Two of them have two addresses, whoever's they are.
        ("let x = &a  let y = &b", "x != y", "proved"),
        ("let x = &a  let y = &a", "x != y", "refuted"),
        ("let x = &g  let y = &h", "x != y", "proved"),
        ("let x = &a  let y = &g", "x != y", "proved"),
        ("let x = &a  let y = &b  let n = x as u32 - y as u32", "n >= 4 && n <= ~3", "proved"),
        ("let x = &a  let y = &b  let n = x as u32 - y as u32", "n > 4", "refuted"),
        # What is written in part is known byte for byte, and what a range is written to is not.
        (f"{BYTES}  q[1] = 7", "p.b == 2", "proved"),
        (f"{BYTES}  q[1] = 7", "p.a == 1", "refuted"),
        (f"{BYTES}  q[1] = 7", "p.a == 0x701", "proved"),
        (f"{BYTES}  q[4] = 7", "p.a == 1", "proved"),
        (f"{BYTES}  q[4] = 7", "p.b == 7", "proved"),
        (f"{BYTES}  q[4] = 7", "p.b == 2", "refuted"),
        ("p.a = 0x11223344  let h = &p as ptr u16  h[1] = 0xAABB", "p.a == 0xAABB3344", "proved"),
        ("p.a = 0x11223344  let h = &p as ptr u16  h[1] = 0xAABB", "p.a != 0xAABB3344", "refuted"),
        ("p.b = 0x11223344  let h = &p as ptr u16  let n = h[3]", "n == 0x1122", "proved"),
        ("p.b = 0x11223344  let h = &p as ptr u16  let n = h[3]", "n != 0x1122", "refuted"),
        (f"p.b = 0x11223344  {BYTES}  let n = q[in_len & 7]", "(in_len & 7) != 5 || n == 0x33",
         "proved"),
        (f"p.b = 0x11223344  {BYTES}  let n = q[in_len & 7]", "n != 0x33", "refuted"),
        (f"{BYTES}  write q[5 .. 8]", "p.a == 1", "proved"),
        (f"{BYTES}  write q[3 .. 5]", "p.a == 1", "refuted"),
        (f"{BYTES}  write q[3 .. 5]", "p.b == 2", "refuted"),
        (f"{BYTES}  let n = in_len & 7  write q[n .. n]", "p.a == 1 && p.b == 2", "proved"),
        (f"{BYTES}  let n = in_len & 3  q[n] = 0", "p.b == 2", "proved"),
        (f"{BYTES}  let n = in_len & 7  q[n] = 0", "p.b == 2", "refuted"),
        # A structure is no set, whatever its fields are called.
        ("var w : Waiting  w.item = in  w.others = 1  w.ours = 2", "w.item == in", "proved"),
        ("var w : Waiting  w.item = in  w.others = 1  w.ours = 2", "w.others == 2", "refuted"),
    ],
)
def test_objects_are_apart_and_their_words_are(body: str, claim: str, answer: str) -> None:
    """What is proved of them is so wherever they lie."""
    assert hostile_says(driver(ITEMS.format(body=body, claim=claim)), "assert", "at", answer)


KEEPING = """
    var kept : ptr u32
    var whole : Keeper
    var g : u32
    fn own() -> ptr u32 { var x : u32 = 1  return &x }
    fn same(p: ptr u32) -> ptr u32 { let q = p  return q }
    fn shared(n: u32) -> ptr u32 { g = n  return &g }
    ioctl Write(in_len: u32) {
        var x : u32 = 1
        var near : Keeper
        let place = &x
        BODY
        return 0
    }
"""


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("let p = own()  at: p[0] = 2", "unknown"),
        ("let p = same(place)  at: p[0] = 2", "proved"),
        ("let p = shared(3)  at: p[0] = 2", "proved"),
        ("if kept != null { at: kept[0] = 2 }  kept = place", "unknown"),
        ("if kept != null { at: kept[0] = 2 }  kept = &g", "proved"),
        ("let w = &whole  w.pointer = place  at: whole.pointer = null", "unknown"),
        ("let w = &whole  w.pointer = &g  at: whole.pointer = null", "proved"),
        ("let w = &near  w.pointer = place  at: whole.pointer = null", "proved"),
    ],
)
def test_no_pointer_outlives_the_variable_that_it_leads_to(body: str, answer: str) -> None:
    """Or the answer is open: what it would lead to then is not followed."""
    text = driver(KEEPING.replace("BODY", body), client="App : untrusted calls Sample.Write")
    text = text.replace("driver Sample", "struct Keeper { pointer : ptr u32 }\ndriver Sample")
    assert hostile_says(text, "mapped", "at", answer)
