"""Which checks wait for elements of blocks to be followed, and how many are followed for that."""

from __future__ import annotations

import pytest
from elaborated import spec
from verdicts import driver

from cecheck.ir.expr import variables
from cecheck.ir.program import Program, View
from cecheck.lower.link import lower

ENTRY = """
    ioctl Write(in: user ptr u8[in_len], in_len: u32) {
        let list = alloc(64) as ptr Pair
        if list == null { return 1 }
        var table : u8[8]
        var j : u32 = 0
        var k : u32 = 0
        BODY
        free(list)
        return 0
    }
"""
USE = "at: table[k] = 1"
PAIR = "struct Pair { a : u32  b : u32  rest : Rest }\ndriver Sample"
REST = "struct Rest { c : u32  d : u16[2]  e : bool }\n"


def _lowered(body: str) -> Program:
    text = driver(ENTRY.replace("BODY", body)).replace("driver Sample", REST + PAIR)
    return lower(spec(text), View.HOSTILE)


def _followed(program: Program) -> int:
    """Return how many elements are followed."""
    (thread,) = program.threads
    return sum(var.name.split("#")[0].endswith(" index") for var in thread.locals)


def _waits(program: Program) -> bool:
    """Tell whether the check at `at` is asked only where what it mentions is seen."""
    (thread,) = program.threads
    asked = [c for c in thread.checks if c.site.name == "at" and c.kind.value == "bounds"]
    names = {var.name for check in asked for var in variables(check.violated)}
    return any(name.endswith(" unseen") for name in names)


@pytest.mark.parametrize(
    ("body", "followed", "waits"),
    [
        ("k = list[j].a " + USE, 1, True),
        ("k = list[j].a + list[j].b " + USE, 1, True),  # of one element
        ("k = list[j].a + list[j + 1].a " + USE, 2, True),
        ("k = list[j].a j = j + 1 k = k + list[j].b " + USE, 2, True),
        ("k = list[j].a k = list[j + 1].a " + USE, 1, True),  # only the last one
        ("if list[j].a < 8 { k = list[j + 1].a } " + USE, 1, True),  # values, no tests
        ("while j < 8 { if list[j].a > k { k = list[j].a } j = j + 1 } " + USE, 1, True),
        ("k = in_len > 8 ? list[j].a : list[j + 1].a " + USE, 1, True),
        ("list[j].a = list[j + 1].a k = list[j].a " + USE, 2, True),  # by way of another
        ("while j < 8 { k = k + list[j].a j = j + 1 } " + USE, 1, False),
        ("while j < 8 { list[0].a = list[j].a j = j + 1 } k = list[j].a " + USE, 1, False),
        ("k = list[j].rest.c + list[j].b " + USE, 1, True),
        ("k = list[0].a + list[1].a + list[2].a " + USE, 1, False),
        ("k = (list as ptr u32)[j] " + USE, 1, False),  # not an element
        ("k = in_len " + USE, 1, False),
    ],
)  # fmt: skip
def test_what_flows_into_a_check(body: str, followed: int, waits: bool) -> None:
    """As many elements are followed as can flow into it, two at most; beyond that it is asked."""
    program = _lowered(body)
    assert (_followed(program), _waits(program)) == (followed, waits)
