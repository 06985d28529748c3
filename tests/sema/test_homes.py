"""A function outside drivers runs wherever it is called: in no process of its own."""

from __future__ import annotations

import pytest
from elaborated import REQUEST, result

TEXT = """// expect: proved
use ce5
{request}
{outside}
driver Upper {{ {inside} ioctl Write(in: user ptr Request, in_len: u32) {{ fill() return 0 }} }}
driver Lower {home} {{ ioctl Send(in_len: u32) {{ return 0 }} }}
client App[*] : untrusted calls Upper.Write, Lower.Send
"""
FILL = "fn fill() { var x : u32  let p = &x  p[0] = 1 }"


@pytest.mark.parametrize(
    ("outside", "inside", "home", "codes"),
    [
        (FILL, "", "in filesys", ["CE505"]),
        (FILL, "", "", []),
        ("", FILL, "in filesys", []),
    ],
)
def test_no_address_is_taken_where_nobody_knows_in_whose_process(outside, inside, home, codes):
    text = TEXT.format(request=REQUEST, outside=outside, inside=inside, home=home)
    assert [d.code.number for d in result(text)[1]] == codes
