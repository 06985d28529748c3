"""What a well-behaved caller promises may lie behind a pointer that stands beside."""

from __future__ import annotations

import pytest
from verdicts import answers

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
    assert answers(SPEC.format(more=more), timeout=60)["bounds", "here"] == {expected}
