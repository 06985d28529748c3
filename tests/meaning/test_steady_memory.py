"""What a well-behaved caller handed in stays as it is during his call, whatever reads it."""

from __future__ import annotations

import pytest
from verdicts import finds_no_run, is_refuted, seen

from cecheck.findings import CHANGING, READ_ONCE
from cecheck.ir.program import View
from cecheck.report.model import Proved, Unknown

SPEC = """// expect: proved
use ce5

struct Request {
    on     : bool
    words  : user ptr u32[4]
}

struct Halves {
    low  : u16
    high : u16
}

driver Sample {
    ioctl Write(in: user ptr Request, in_len: u32) {
        if in_len < sizeof(Request) { return 0 }
        let p = MapCallerPtr(in.words, 16) as user ptr u32
        if p == null { return 0 }
        BODY
        return 0
    }
}

client App[*] : trusted calls Sample.Write
"""


def _refuted(body: str, blocks: int = 2) -> bool:
    text = SPEC.replace("BODY", body)
    return not finds_no_run(text, "assert", "same", blocks, View.WELL_BEHAVED)


TWICE = {
    "elements": "let a = p[1]  let b = p[1]",
    "halves": "let h = p as user ptr Halves  let a = h.high  let b = h.high",
    "an element and its half": "let h = p as user ptr Halves  let a = p[0] as u16  let b = h.low",
    "a copy": "var a : u32  copy(&a, &p[1], 4)  let b = p[1]",
    "elements that are copied": """
        let s = alloc(16) as ptr u32  if s == null { return 0 }
        let t = alloc(16) as ptr u32  if t == null { free(s) return 0 }
        try { copy(s, p, 16) copy(t, p, 16) } except { free(s) free(t) return 0 }
        let a = s[2]  let b = t[2]  free(s)  free(t)""",
}


@pytest.mark.parametrize("read", TWICE.values(), ids=TWICE)
def test_what_is_read_twice_is_the_same(read):
    assert not _refuted(f"{read} same: assert a == b")
    assert _refuted(f"{read} same: assert a == 5")


@pytest.mark.parametrize("read", TWICE.values(), ids=TWICE)
def test_it_is_not_where_the_driver_writes_between(read):
    second = "copy(t" if "copy(t" in read else "let b"
    before, _, after = read.partition(second)
    assert _refuted(f"{before} p[0] = 3 p[1] = 4 p[2] = 5 {second}{after} same: assert a == b")


def test_what_does_not_matter_does_not_keep_a_run_from_being_found():
    """The second read has to be what the first one was, and that is not what a solver takes."""
    twice = "let a = p[1]  let b = p[1]  if b < 3 { return 0 }"
    assert _refuted(f"{twice} same: assert a != 7")
    assert not _refuted(f"{twice} same: assert a != 2")


def test_what_is_not_known_of_elements_is_told():
    text = SPEC.replace("BODY", f"{TWICE['elements']} same: assert a == b")
    (one,) = seen(text, View.WELL_BEHAVED, only=("assert",))
    assert isinstance(one.verdict, Unknown)
    assert (one.verdict.reason, one.verdict.help) == (CHANGING, READ_ONCE)


def test_truth_values_are_part_of_what_was_handed_in():
    text = SPEC.replace("BODY", "let a = in.on  let b = in.on  same: assert a == b")
    found = seen(text, View.WELL_BEHAVED, only=("assert",))
    assert [type(one.verdict) for one in found] == [Proved]


def test_hostile_callers_change_it():
    hostile = SPEC.replace(": trusted", ": untrusted")
    text = hostile.replace("BODY", f"{TWICE['elements']} same: assert a == b")
    assert is_refuted(text, "assert", "same")
