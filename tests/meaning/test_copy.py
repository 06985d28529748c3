"""`copy`: what is asked of its two ranges, and what the destination holds; with twins."""

from __future__ import annotations

import pytest
from verdicts import answers, driver, hostile_says, seen

from cecheck.ir.program import View

CAPTURE = """
    ioctl Write(in: user ptr Request sized in_len, in_len: u32) {
        if in == null || in_len < sizeof(Request) { return 1 }
        var request : Request
        COPY
        let buffer = MapCallerPtr(request.buffer, request.length)
        if buffer == null { return 1 }
        use_it: USE
        return 0
    }
"""
ONCE = "copy(&request, in, sizeof(Request))"
USE = "read buffer[0 .. request.length]"


@pytest.mark.parametrize(
    ("copied", "use", "answer"),
    [
        (ONCE, USE, {"proved"}),
        ("if !CeSafeCopyMemory(&request, in, sizeof(Request)) { return 1 }", USE, {"proved"}),
        (ONCE, "read buffer[0 .. in.length]", {"refuted", "proved"}),  # fetched again
        ("copy(&request, in, 4)", USE, {"refuted"}),  # the pointer is not among the bytes
        ("copy(&request, in, 0)", USE, {"refuted"}),
    ],
)
def test_a_structure_that_is_copied_keeps_its_pointers(
    copied: str, use: str, answer: set[str]
) -> None:
    """What is not copied whole is anything; what is fetched again need not be the same."""
    text = driver(CAPTURE.replace("COPY", copied).replace("USE", use))
    found = answers(text, only=("bounds",))
    assert found["bounds", "use_it"] == answer


ENDS = """
    ioctl Write(in: user ptr u8[in_len], in_len: u32, out: user ptr u8[out_len], out_len: u32) {
        if in == null || out == null { return 1 }
        var bytes : u8[16]
        LIMIT
        at: copy(TO, FROM, SIZE)
        return 0
    }
"""


@pytest.mark.parametrize(
    ("to", "source", "size", "answer"),
    [
        ("bytes", "in", "in_len", {"refuted"}),  # past the end of the driver's own array
        ("out", "bytes", "16", {"refuted"}),  # past what the caller handed in
        ("out", "bytes", "0", {"proved"}),
        ("out", "bytes", "out_len * 2", {"refuted"}),
        ("out", "bytes", "in_len - 1", {"refuted"}),  # of nothing, that is 4 GB
    ],
)
def test_both_ranges_are_asked(to: str, source: str, size: str, answer: set[str]) -> None:
    """Each range must lie where it is meant to, whatever the other one is."""
    parts = {"TO": to, "FROM": source, "SIZE": size, "LIMIT": ""}
    text = ENDS
    for name, part in parts.items():
        text = text.replace(name, part)
    found = answers(driver(text), only=("bounds",))
    assert found["bounds", "at"] == answer


@pytest.mark.parametrize(
    ("to", "source", "size"), [("bytes", "in", "in_len"), ("out", "bytes", "out_len")]
)
def test_a_copy_that_fits_is_proved(to: str, source: str, size: str) -> None:
    """It is no longer than either range."""
    parts = {"TO": to, "FROM": source, "SIZE": size, "LIMIT": f"if {size} > 16 {{ return 1 }}"}
    text = ENDS
    for name, part in parts.items():
        text = text.replace(name, part)
    found = answers(driver(text), only=("bounds", "mapped"))
    assert found["bounds", "at"] == {"proved"}
    assert found["mapped", "at"] == {"proved"}


BLOCK = """
    struct Head {{ n : u32  v : u8 }}
    ioctl Write() {{
        let b = alloc(sizeof(Head)) as ptr Head
        if b == null {{ return 0 }}
        b.n = 0  b.v = 7
        var h : Head
        h.n = 8  h.v = 3
        {copied}
        free(b)
        at: assert h.v == {value}
        return 0
    }}
"""


@pytest.mark.parametrize("copied", ["copy(&h, b, h.n)", "copy(&h, b, 8)"])
@pytest.mark.parametrize(("value", "answer"), [("7", "proved"), ("3", "refuted")])
def test_operands_are_what_they_were_before_the_copy(copied: str, value: str, answer: str) -> None:
    """Where the copy writes over one of them, too (semantics 5.4)."""
    assert hostile_says(driver(BLOCK.format(copied=copied, value=value)), "assert", "at", answer)


def test_a_copy_promises_no_order() -> None:
    """A validated range may have foreign memory inside: bytes are safe in sequence alone."""
    body = """
    ioctl Write(in: user ptr u8[in_len], in_len: u32) {
        var bytes : u8[16]
        if in == null { return 1 }
        at: USE
        return 0
    }
    """
    once = answers(driver(body.replace("USE", "read in[0 .. in_len]")), only=("mapped",))
    assert once["mapped", "at"] == {"proved"}
    copied = answers(driver(body.replace("USE", "copy(in, in, in_len)")), only=("mapped",))
    assert "refuted" in copied["mapped", "at"]


WORDS = """
    ioctl Write(in_len: u32) {
        var one : Request
        var two : Request
        one.length = in_len
        two.length = in_len + 1
        COPY
        same: assert two.length == in_len
        return 0
    }
"""


@pytest.mark.parametrize(
    ("copied", "answer"),
    [
        ("copy(&two, &one, sizeof(Request))", {"proved"}),
        ("copy(&two, &one, 4)", {"proved"}),
        ("copy(&two, &one, 3)", {"refuted"}),  # one byte is the old one
        ("copy(&two.buffer, &one.buffer, 4)", {"refuted"}),
        ("copy(&two, &two, 4)", {"refuted"}),  # it overlaps itself
    ],
)
def test_words_between_driver_objects(copied: str, answer: set[str]) -> None:
    """They are exact where they are copied whole."""
    found = answers(driver(WORDS.replace("COPY", copied)), only=("assert",))
    assert found["assert", "same"] == answer


@pytest.mark.parametrize(
    ("copied", "answer"),
    [
        ("copy(&one.second, &one.first, 4)", {"proved"}),
        ("copy(&one.first, &one.second, 4)", {"refuted"}),
        ("copy(&one.second, &one.first, 8)", {"refuted"}),  # it overlaps itself
        ("copy(&one.second, &one.first, 3)", {"refuted"}),
        ("copy(&one.second, &one.third, 4)  copy(&one.second, &one.first, 4)", {"proved"}),
    ],
)
def test_words_inside_one_object(copied: str, answer: set[str]) -> None:
    """Ranges that do not overlap are like those of two objects."""
    body = """
    ioctl Write(in_len: u32) {
        var one : Three
        one.first = 1
        one.second = 2
        one.third = 3
        COPY
        same: assert one.first == 1 && one.second == 1 && one.third == 3
        return 0
    }
    """
    three = "struct Three { first : u32  second : u32  third : u32 }\ndriver Sample"
    text = driver(body.replace("COPY", copied)).replace("driver Sample", three)
    assert answers(text, only=("assert",))["assert", "same"] == answer


@pytest.mark.parametrize(("size", "answer"), [("sizeof(Request)", "refuted"), ("4", "refuted")])
def test_a_copy_that_faults_leaves_anything_behind(size: str, answer: str) -> None:
    """The handler does not find what was there before."""
    body = """
    ioctl Write(in: user ptr Request sized in_len, in_len: u32) {
        var request : Request
        request.length = 4
        request.buffer = null
        try { copy(&request, in, SIZE) } except {
            same: assert request.length == 4
            other: assert request.buffer == null
        }
        return 0
    }
    """
    found = answers(driver(body.replace("SIZE", size)), only=("assert",))
    assert answer in found["assert", "same"]
    assert (answer in found["assert", "other"]) == (size != "4")


@pytest.mark.parametrize(
    ("copied", "answer"),
    [
        ("copy(&two, &one, sizeof(Outer))", {"proved"}),
        ("copy(&two, &one, 8)", {"refuted"}),  # the field ends behind it
    ],
)
def test_structures_in_structures(copied: str, answer: set[str]) -> None:
    """Their fields are words like any others."""
    body = """
    ioctl Write(in: user ptr Request sized in_len, in_len: u32) {
        var one : Outer
        var two : Outer
        one.inner.length = in_len
        two.inner.length = in_len + 1
        COPY
        same: assert two.inner.length == in_len
        return 0
    }
    """
    outer = "struct Outer { number : u64  inner : Request }\ndriver Sample"
    text = driver(body.replace("COPY", copied)).replace("driver Sample", outer)
    assert answers(text, only=("assert",))["assert", "same"] == answer


def test_a_number_is_copied_over_a_pointer_that_the_driver_keeps():
    """Nobody promised anything of what it is then."""
    items = "var g : u32  var h : ptr u32  ioctl Write(in_len: u32) { copy(&h, &g, 4)  return 0 }"
    found = seen(driver(items), View.WELL_BEHAVED)
    assert {type(one.verdict).__name__ for one in found} == {"Proved"}
