"""A map of the platform that nobody reads has no part in the program."""

from __future__ import annotations

import pytest
from elaborated import spec
from verdicts import driver

from cecheck.ir.program import View
from cecheck.lower.link import lower

LOCKED = """
    event done
    ioctl Write(in: user ptr u8[in_len], in_len: u32) {{
        if LockPages(in, in_len, LOCKFLAG_READ) {{ {0} UnlockPages(in, in_len) }}
        return 0
    }}
"""


@pytest.mark.parametrize(
    ("body", "counted"), [("", False), ("dma from in[0 .. in_len] until done", True)]
)
def test_page_locks_are_counted_where_a_device_rests_on_them(body: str, counted: bool) -> None:
    program = lower(spec(driver(LOCKED.format(body))), View.HOSTILE)
    assert any(var.name.startswith("pins ") for var in program.globals) == counted
