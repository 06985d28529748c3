"""What arrays of a driver hold, enumerated: what was put there, if only elements are named."""

from __future__ import annotations

import pytest

from cecheck.ir.program import View
from oracle.interleave import Interleaving
from oracle.load import scaled
from oracle.test_interleave import ALONE


def _violated(body: str) -> set[str]:
    """Return the checks that some run violates at the site `at`."""
    spec = scaled(f"""// expect: proved
        use ce5
        driver Sample {{
            lock cs
            var table : u32[2]
            ioctl Run(in_len: u32) {{
                {body if "two" in body else "var mine : u32[2] " + body}
                return 0
            }}
        }}
        client App[*] : untrusted calls Sample.Run""")
    (client,) = spec.clients
    found = Interleaving(spec, client, client.behaviours[0], View.HOSTILE, ALONE).run(1 << 17)
    assert "at" in {site.name for site in found.reached}
    return {kind.value for kind, site in found.found if site.name == "at"}


LOCKED = "acquire cs { table[1] = in_len  let x = table[1]  table[1] = 0  at: assert x == in_len }"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("mine[0] = in_len  at: assert mine[0] == in_len", set()),
        ("mine[0] = in_len  at: assert mine[1] == in_len", {"assert"}),
        ("at: assert mine[1] == mine[1]", set()),
        ("at: assert mine[1] == 0", {"assert"}),
        ("let x = table[1]  at: assert x == 0", set()),
        (LOCKED, set()),
        (LOCKED.replace("x == in_len", "x == 2"), {"assert"}),
        ("var two : (ptr u32)[2]  two[1] = null  at: assert two[1] == null", set()),
        ("var two : (ptr u32)[2]  two[1] = null  at: assert two[0] == null", {"assert"}),
        ("var two : (ptr u8)[1]  var near : u8  two[0] = &near  at: two[0][0] = 1", set()),
        ("var two : (ptr u8)[1]  var near : u8  two[0] = &near  at: two[0][1] = 1", {"bounds"}),
        ("mine[0] = 1  let p = &mine[0]  at: assert mine[0] == 1", {"assert"}),  # not known then
        ("if in_len < 3 { at: mine[in_len] = 1 }", {"bounds"}),
    ],
)  # fmt: skip
def test_what_was_put_there_is_there(body: str, found: set[str]):
    assert _violated(body) == found
