"""What a well-behaved caller promises may lie behind a pointer that stands beside."""

from __future__ import annotations

import pytest
from verdicts import answers, driver, says

SPEC = """// expect: proved
use ce5
struct Size {{ bytes : u32 }}
struct Query {{ size : user ptr Size  data : user ptr u8[size.bytes] }}
driver Sample {{
    ioctl Write(in: user ptr Query sized in_len, in_len: u32) {{
        if in == null || in_len < sizeof(Query) {{ return 0 }}
        let size = MapCallerPtr(in.size, sizeof(Size))
        let data = MapCallerPtr(in.data, 1)
        if size == null || data == null {{ return 0 }}
        let bytes = size.bytes
        if bytes > 0 && bytes < 100 {{ here: read data[0 .. bytes{more}] }}
        return 0
    }}
}}
client App : trusted calls Sample.Write
"""


@pytest.mark.parametrize(("more", "expected"), [("", "proved"), (" + 1", "refuted")])
def test_a_size_behind_a_pointer_is_what_the_caller_has(more, expected):
    found = answers(SPEC.format(more=more), only=("bounds",))
    assert found["bounds", "here"] == {expected}


BEHIND = """// expect: proved
use ce5
struct Part {{ length : u32  buffer : user ptr u8[length] }}
struct Whole {{ part : user ptr Part  more : u32 }}
driver Sample {{
    ioctl Write(in: user ptr Whole sized in_len, in_len: u32) {{
        if in == null || in_len != sizeof(Whole) {{ return 1 }}
        let first = MapCallerPtr(in.part, sizeof(Part))
        if first == null {{ return 1 }}
        {written}
        let second = MapCallerPtr(in.part, sizeof(Part))
        if second == null {{ return 1 }}
        let bytes = second.buffer
        let data = MapCallerPtr(bytes, 1)
        if data == null || second.length < 1 {{ return 1 }}
        here: read data[0 .. 1]
        return 0
    }}
}}
client App : trusted calls Sample.Write
"""


@pytest.mark.parametrize(
    ("written", "answer"), [("", "proved"), ("first.length = 100", "unknown")]
)
def test_what_the_driver_wrote_promises_nothing_however_deep_it_lies(written, answer):
    """The caller had what he promised before: the size that stands there now is the driver's."""
    found = answers(BEHIND.format(written=written), only=("bounds",))
    assert found["bounds", "here"] == {answer}


ARRAY = "let list = alloc(64) as ptr Saved if list == null { return 1 }"


@pytest.mark.parametrize(
    ("made", "kept", "written", "answer"),
    [
        ("", "in", "0x7000", "refuted"),
        ("", "in", "length", "proved"),
        ("var r : Saved", "r.p", "0x7000", "refuted"),
        ("var r : Saved", "r.p", "length", "proved"),
        (ARRAY, "list[0].p", "0x7000", "refuted"),
    ],
)
def test_what_was_written_is_known_wherever_a_pointer_is_kept(
    made: str, kept: str, written: str, answer: str
) -> None:
    """A pointer in a structure or an array leads to the same memory as any other."""
    entry = f"""
    ioctl Write(in: user ptr Request sized in_len, in_len: u32) {{
        if in_len != sizeof(Request) {{ return 1 }}
        {made}
        {f"{kept} = in" if made else ""}
        let length = in.length
        let buffer = MapCallerPtr(in.buffer, length)
        if buffer == null {{ return 1 }}
        in.length = {written}
        let again = {kept}
        let size = again.length
        at: read buffer[0 .. size]
        return 0
    }}
    """
    text = driver(entry, "App[*] : trusted calls Sample.Write")
    text = text.replace("driver Sample", "struct Saved { p : user ptr Request }\ndriver Sample")
    if answer == "refuted":
        text = text.replace("expect: proved", "expect: refuted bounds at at")
    assert says(answers(text, only=("bounds",))["bounds", "at"], answer)


MOVED = """
    ioctl Write(in: user ptr Request sized in_len, in_len: u32) {
        if in == null || in_len != 2 * sizeof(Request) { return 1 }
        READ
        let length = LENGTH
        let buffer = MapCallerPtr(BUFFER, length)
        if buffer == null { return 1 }
        at: read buffer[0 .. length]
        return 0
    }
"""
SECOND = "let second = in + 1"
BYTES = "let second = (in as user ptr u8 + sizeof(Request)) as user ptr Request"
COPIED = "var second : Request copy(&second, in + 1, sizeof(Request))"


@pytest.mark.parametrize(
    ("read", "length", "answer"),
    [
        (SECOND, "second.length", "proved"),
        (SECOND, "in.length", "refuted"),
        (BYTES, "second.length", "proved"),
        (BYTES, "in.length", "refuted"),
        (COPIED, "second.length", "proved"),
        (COPIED, "in.length", "refuted"),
    ],
)
def test_what_stands_beside_in_another_structure(read: str, length: str, answer: str) -> None:
    """A pointer that was moved leads to another structure, whose promises are its own."""
    entry = MOVED.replace("READ", read).replace("LENGTH", length)
    text = driver(entry.replace("BUFFER", "second.buffer"), "App[*] : trusted calls Sample.Write")
    if answer == "refuted":
        text = text.replace("expect: proved", "expect: refuted bounds at at")
    assert says(answers(text, only=("bounds",))["bounds", "at"], answer)


NESTED = """// expect: proved
use ce5
struct Request {{ length : u32  buffer : user ptr u8[length] }}
driver Sample {{
    ioctl Write(in: user ptr Request sized in_len, in_len: u32,
                out: user ptr? u8[out_len], out_len: u32) {{
        if in_len != sizeof(Request) || out_len == 0 || out == null {{ return 0 }}
        let length = in.length, buffer = MapCallerPtr(in.buffer, in.length)
        if length == 0 || buffer == null {{ return 0 }}
        {written} = 1
        here: read buffer[0 .. in.length]
        return 0
    }}
}}
client App : trusted calls Sample.Write
"""


@pytest.mark.parametrize(
    ("written", "expected"), [("buffer[0]", "proved"), ("out[0]", "refuted")]
)
def test_objects_of_a_well_behaved_caller_are_disjoint(written, expected):
    """What is written into one leaves the others alone; in- and out-buffer may be the same one."""
    found = answers(NESTED.format(written=written), only=("bounds",))
    assert found["bounds", "here"] == {expected}


NULL = """// expect: proved
use ce5
driver Sample {{
    ioctl Write(in: user ptr? u32[in_len], in_len: u32) {{
        if {test} {{ here: assert in_len != 0x8000_0000 }}
        return 0
    }}
}}
client App : trusted calls Sample.Write
"""


@pytest.mark.parametrize(("test", "answer"), [("in == null", "refuted"), ("in != null", "proved")])
def test_with_null_a_size_promises_nothing(test, answer):
    """Not even that it fits an address: 4 * 0x8000_0000 bytes do not."""
    found = answers(NULL.format(test=test), only=("assert",))
    assert says(found["assert", "here"], answer)
