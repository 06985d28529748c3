"""What comes back from a function: a pointer has its own ghosts; only an `address` that the
platform returns has those of the address that it was given (semantics 1.3)."""

from __future__ import annotations

import pytest
from verdicts import driver, hostile_says

LEFT_BEHIND = """
    var kept : user ptr u32
    fn second(p: user ptr u32, q: user ptr u32) -> user ptr u32 {{ return q }}
    fn older(p: user ptr u32, q: user ptr u32) -> user ptr u32 {{ return q == null ? p : q }}
    fn asked(p: user ptr u32, q: user ptr u32) -> user ptr u32 {{ if any {{ return q }}  return p }}
    fn next(p: user ptr u32, q: user ptr u32) -> user ptr u32 {{ kept = p  return q }}
    fn same(p: user ptr u32, q: address) -> address {{ return q }}
    fn other(p: address, q: address) -> address {{ return q }}
    ioctl Put(in: user ptr u32) {{ kept = in  return 0 }}
    ioctl Use(in: user ptr u32) {{
        let found = {found}
        let q = MapCallerPtr(found, sizeof(u32))
        if q == null {{ return 1 }}
        try {{ use_it: q[0] = 1 }} except {{ }}
        return 0
    }}
"""


@pytest.mark.parametrize(
    ("found", "answer"),
    [
        ("second(in, kept)", "refuted"),
        ("second(kept, in)", "proved"),
        ("older(in, kept)", "refuted"),
        ("asked(in, kept)", "refuted"),
        ("next(in, kept)", "refuted"),
        ("next(kept, in)", "proved"),
        ("same(in, kept)", "refuted"),
        ("other(in, kept)", "refuted"),
        ("other(kept, in)", "proved"),
        ("same(kept, in)", "proved"),
    ],
)
def test_a_pointer_that_comes_back_is_the_one_that_was_returned(found: str, answer: str) -> None:
    """Of a call that is over where that one is, whatever else was passed."""
    text = driver(LEFT_BEHIND.format(found=found), "App : untrusted calls Sample.Put, Sample.Use")
    assert hostile_says(text, "live", "use_it", answer)


OWN = """
    fn second(p: ptr u32, q: ptr u32) -> ptr u32 {{ return q }}
    fn counted(p: ptr u32, q: ptr u32) -> ptr u32 {{ p[0] = 2  return q }}
    ioctl Write() {{
        var x : u32  var y : u32
        x = 0  y = 0
        let r = {called}
        on: r[0] = 1
        at: assert {claim}
        return 0
    }}
"""


@pytest.mark.parametrize("called", ["second(&x, &y)", "counted(&x, &y)"])
@pytest.mark.parametrize(
    ("kind", "site", "claim", "answer"),
    [
        ("bounds", "on", "y == 1", "proved"),
        ("assert", "at", "y == 1", "proved"),
        ("assert", "at", "y == 0", "refuted"),
    ],
)
def test_a_pointer_of_the_driver_leads_to_the_same_variable(
    called: str, kind: str, site: str, claim: str, answer: str
) -> None:
    """Which it was made from."""
    assert hostile_says(driver(OWN.format(called=called, claim=claim)), kind, site, answer)
