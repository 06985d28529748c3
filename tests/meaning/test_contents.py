"""What allocated arrays of computed size hold, for every length and index; with twins."""

from __future__ import annotations

import pytest
from verdicts import answers, driver, finds_no_run, is_refuted

from cecheck.options import Engine

ENTRY = """
    ioctl Write(in: user ptr u8[in_len], in_len: u32) {
        if in_len > 0x100 || in_len == 0 { return 1 }
        let list = alloc(0x400) as ptr u32
        if list == null { return 1 }
        var table : u8[8]
        var j : u32 = 0
        var i : u32 = 0
        while i < in_len {
            let x = in[i] as u32
            if x > LIMIT { free(list) return 1 }
            list[i] = x
            i = i + 1
        }
        BODY
        free(list)
        return 0
    }
"""
EACH = "while j < in_len { let k = list[j] at: table[k] = 1 j = j + 1 }"
PAIRS = "while j < in_len { let k = list[j] + list[in_len - 1 - j] at: table[k] = 1 j = j + 1 }"
SUM = "var k : u32 = 0 while j < in_len { k = k + list[j] j = j + 1 } "
LARGEST = "var k : u32 = 0 while j < in_len { let e = list[j] if e > k { k = e } j = j + 1 } "
LATER = "var k : u32 = 0 while j < in_len { at: table[k] = 1 k = list[j] j = j + 1 }"
BYTES = "let bytes = list as ptr u8 "
HALVES = "let half = (list as ptr u8 + 2) as ptr u32 let k = half[0] at: table[k] = 1"


SECONDS = 240.0


def _says(text: str, kind: str, answer: str) -> bool:
    """Tell whether *kind* is answered so at `at`; nothing else matters where it is refuted."""
    if answer == "refuted":
        return is_refuted(text, kind, "at", timeout=SECONDS)
    return answers(text, only=(kind,), timeout=SECONDS)[kind, "at"] == {answer}


def _at(body: str, answer: str, limit: int = 7) -> bool:
    text = ENTRY.replace("BODY", body).replace("LIMIT", str(limit))
    return _says(driver(text), "bounds", answer)


@pytest.mark.parametrize(
    ("body", "limit", "answer"),
    [
        (EACH, 7, "proved"),
        (EACH, 8, "refuted"),
        (PAIRS, 3, "proved"),
        (PAIRS, 7, "refuted"),  # takes two elements; each by itself is fine
        (LARGEST + "at: table[k] = 1", 7, "proved"),
        (LATER, 7, "proved"),  # what is read in one round is used in the next
        (LATER, 8, "refuted"),
    ],
)
def test_every_element(body: str, limit: int, answer: str) -> None:
    """What holds of each element when it is stored holds of each when it is used."""
    assert _at(body, answer, limit)


def test_a_sum() -> None:
    """Any number of elements flow into a sum: it may be anything, and is asked."""
    assert _at(SUM + "at: table[k] = 1", "refuted", 8)


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (BYTES + "bytes[in_len] = 200 " + EACH, "refuted"),
        (BYTES + "bytes[4 * in_len - 1] = 0 " + EACH, "proved"),
        (BYTES + "bytes[4 * in_len - 4] = 8 " + EACH, "refuted"),
        (BYTES + "write bytes[0 .. 1] " + EACH, "refuted"),
    ],
)
def test_an_overlap_that_is_not_aligned(body: str, answer: str) -> None:
    """A write of any type replaces the bytes that it overlaps, and no others."""
    assert _at(body, answer)


def test_bytes_of_two_elements() -> None:
    """They are asked about, whatever is known of each element: no solver says that all is well."""
    text = driver(ENTRY.replace("BODY", HALVES).replace("LIMIT", "7"))
    found = answers(text, only=("bounds",), engine=Engine.HOUDINI)
    assert found["bounds", "at"] == {"unknown"}


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("let k = list[in_len - 1] at: table[k] = 1", "proved"),
        ("let k = list[0xff] at: table[k] = 1", "refuted"),  # stored nowhere
        ("list[in_len - 1] = 8 let k = list[0] at: table[k] = 1", "refuted"),
        ("var k = list[0] if in_len > 1 { k = list[1] } at: table[k] = 1", "proved"),
    ],
)
def test_single_elements(body: str, answer: str) -> None:
    """An element is told from the others by its index, whatever that is computed from."""
    assert _at(body, answer)


def test_several_blocks() -> None:
    """Of the blocks of one place one is followed; what the others hold is asked about."""
    body = """
        var q : ptr u32 = null var last : ptr u32 = list
        while j < 2 { q = alloc(4) as ptr u32 if q != null { q[0] = 1 last = q } j = j + 1 }
        let k = last[0]
        at: table[k] = 1
    """
    text = driver(ENTRY.replace("BODY", body).replace("LIMIT", "7"))
    found = answers(text, only=("bounds",), engine=Engine.HOUDINI)
    assert found["bounds", "at"] == {"unknown"}


@pytest.mark.parametrize(("value", "is_beyond"), [(5, False), (8, True)])
def test_no_element_goes_round(value: int, is_beyond: bool) -> None:
    """The last element that is followed ends below the last address: its words are no other's."""
    entry = f"""
        ioctl Write(in: user ptr u8[in_len], in_len: u32) {{
            let list = alloc(0x400) as ptr Item
            if list == null {{ return 1 }}
            var table : u8[8]
            list[0].kind = {value}
            list[1].kind = 1
            let k = (list as ptr u8)[0] as u32
            at: table[k] = 1
            let m = list[0].kind as u32 + list[1].kind as u32
            two: table[m] = 1
            free(list)
            return 0
        }}
    """
    item = "struct Item { kind : u16 a : u32 b : u32 }"
    text = driver(entry).replace("\ndriver", f"\n{item}\ndriver", 1)
    if is_beyond:
        assert _says(text, "bounds", "refuted")
    else:
        assert finds_no_run(text, "bounds", "at")
