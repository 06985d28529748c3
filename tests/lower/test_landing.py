"""Where a byte lands decides whose it is on some systems, and not on those with address spaces."""

from __future__ import annotations

import pytest
from elaborated import spec

from cecheck.lower.landing import is_decided_by_landing

SYSTEM = """// expect: proved
platform p : u32 {{
    process {{ unique number : u32 = any(1 .. 9)  trusted : bool }}
    process server : trusted
    drivers in server
    thread {{ place : process = home }}
    fn translate(a: u32) -> u32 {{ return place == server ? a | 0x1000_0000 : a }}
    fn permit(a: u32, writing: bool) -> bool {{ return true }}
    fn mine(p: process) -> bool {{ return place == p }}
    fn region(a: u32) -> u32 {{ return a >> 24 }}
    fn owns(p: process, a: u32, writing: bool) -> bool {{ {owns} }}
    fn inside(p: process) -> bool {{ return true }}
    fn there(a: u32) -> bool {{ return a > 0 }}
    fn vacant(a: u32) -> bool {{ return false }}
    fn honest(p: process, a: u32, n: u32) -> bool {{ return a > 0 }}
    call Send(message: address) -> u32 enters receive {{ return enter(...) }}
}}
use p
driver Disk {{ receive Write(message: user ptr u8[4]) {{ return 1 }} }}
client App[*] : untrusted calls Disk.Write
"""


@pytest.mark.parametrize(
    ("owns", "decided"),
    [
        ("let t = translate(a) return region(t) == p.number && !writing", True),
        ("return region(translate(a + 1)) == p.number", True),
        ("return region(a) == p.number", False),
        ("let t = translate(a) return region(t) == p.number && place == p", False),
        ("let t = translate(a) return region(t) == p.number && mine(p)", False),
        ("let t = translate(a) return region(t) == p.number && home == p", False),
    ],
)
def test_the_landing_decides_where_the_hook_looks_at_nothing_else(owns: str, decided: bool):
    """Neither at the thread nor at the address itself, be it in functions that it calls."""
    assert is_decided_by_landing(spec(SYSTEM.format(owns=owns))) is decided
