"""Loops whose end is up to a hostile caller: proved by a measure, refuted by a run that comes
round (semantics 7.3)."""

from __future__ import annotations

import pytest
from elaborated import result
from verdicts import answers, driver, report

from cecheck.ir.program import Check, CheckKind, View
from cecheck.lower.link import lower
from cecheck.report.model import Proved, Refuted, Unknown

ITEMS = """
    struct Pair { a : u32  b : u8[4] }
    lock  cs
    event done
    var total : u32
    ioctl Write(in: user ptr Request sized in_len, in_len: u32) {
        if in == null || in_len < sizeof(Request) { return 0 }
        BODY
        return 0
    }
"""

NODE = "var node = in"
COUNTED = [
    "var i : u32 = 0  walk: while i < in.length { i += 1 }",
    "var left = in_len  walk: while left > 0 && in.length != 0 { left -= 1 }",
    "walk: for i in 0 .. in_len { if in.length == 0 { return 1 } }",
    "var i : u8 = 1  walk: while i != 0 && in.length != 0 { i += 1 }",
    "if in_len > 0x1000 { return 0 }  var i : u32 = 0  "
    "walk: while i < in_len && in.length != 0 { i += 4 }",
    "var low : u32 = 0  var high = in_len  "
    "walk: while low < high { if in.length == 0 { low += 1 } else { high -= 1 } }",
    f"{NODE}  var left : u8 = 9  walk: while node != null && left > 0 {{ left -= 1  "
    "node = node.buffer as user ptr Request }",
]
ENDLESS = [
    f"{NODE}  walk: while node != null {{ node = node.buffer as user ptr Request }}",
    "walk: while in.length != 0 { }",
    "walk: loop { if in.length == 0 { break } }",
    "walk: loop { try { total = in.length } except { } if in.length == 7 { return 1 } }",
    "var on = true  walk: while on { on = in.length != 0 }",
    "var i : u8 = 0  walk: while i < 8 { if in.length == 0 { i += 1 } }",
    "var i : u8 = 0  walk: while in.length != 0 { i += 1 }",
    "var i : u8 = 1  walk: while i != 0 && in.length != 0 { if in.length == 3 { i = 1 } }",
]
ENDLESS += [
    # Through what is not followed: an array, bytes of a structure, an index that is elsewhere.
    "var t : u32[2]  walk: loop { t[0] = in.length  if t[0] == 0 { break } }",
    "var t : u32[2]  walk: loop { let p = &t[0]  p[0] = in.length  if t[1] == 0 { break } }",
    "var p : Pair  walk: loop { copy(&p, in, 8)  if p.b[0] == 0 { break } }",
    "var n : u32  let p = &n as ptr u8  walk: loop { p[0] = in.length as u8  if n == 0 { break } }",
    # By whether it can be read at all, where nothing else ends the loop.
    "walk: loop { try { total = in.length } except { break } }",
    "var n : u32  walk: while CeSafeCopyMemory(&n, in, 4) { }",
]
UNASKED = [
    "var t : u32[2]  walk: loop { t[0] = in_len  if t[0] == 0 { break }  total = in.length }",
    "var t : u32[2]  var i : u32 = 0  walk: while i < in_len { i += 1  t[0] = in.length }",
    "var i : u32 = 0  try { walk: while i < in_len { i += 1  total = in.length } } except { }",
    "var i : u32 = 0  walk: while i < in_len { i += 1  total = in.length }",
    "walk: while in.length != 0 { wait done timeout }",
    "walk: loop { total = in.length }",
    "walk: while in.length != 0 decreases in_len { return 1 }",
    "let last = in.length  var i : u32 = 0  walk: while i != last { i += 2 }",
]


def bounded(body: str, items: str = ITEMS) -> set[str]:
    """Return what is said of the loop `walk` in *body*."""
    found = answers(driver(items.replace("BODY", body)), only=("bounded",))
    return found.get(("bounded", "walk"), set())


@pytest.mark.parametrize("body", COUNTED)
def test_a_loop_that_counts_its_rounds_ends(body):
    assert bounded(body) == {"proved"}


@pytest.mark.parametrize("body", ENDLESS)
def test_a_loop_goes_on_for_as_long_as_the_caller_likes(body):
    assert bounded(body) == {"refuted"}


def asked(items: str) -> set[str]:
    """Return the loops that are asked of a driver that has *items*."""
    return {c.site.name for c in checks(items, View.HOSTILE) if c.kind is CheckKind.BOUNDED}


def checks(items: str, view: View) -> list[Check]:
    """Return what is asked of a driver that has *items*."""
    spec, wrong = result(driver(items))
    assert spec is not None, wrong
    return [check for thread in lower(spec, view).threads for check in thread.checks]


@pytest.mark.parametrize("body", UNASKED)
def test_a_loop_is_not_asked_if_its_end_is_not_up_to_foreign_memory(body):
    """Nor if it waits; and a loop without any way out is not meant to end."""
    assert asked(ITEMS.replace("BODY", body)) == set()


def test_well_behaved_callers_are_not_asked_when_they_end():
    items = ITEMS.replace("BODY", "walk: while in.length != 0 decreases in_len { }")
    assert asked(items) == {"walk"}
    assert CheckKind.BOUNDED not in {check.kind for check in checks(items, View.WELL_BEHAVED)}


@pytest.mark.parametrize(
    ("measure", "answer"),
    [("a, b", "proved"), ("b, a", "unknown")],
)
def test_a_measure_of_two_words_decreases_by_the_first_that_changes(measure, answer):
    """One that is given is the one that counts, whatever else could be guessed."""
    body = f"""
        var a : u8 = 3  var b : u8 = 3
        walk: while a > 0 && in.length != 0 decreases {measure} {{
            if b > 0 {{ b -= 1 }} else {{ b = 3  a -= 1 }}
        }}
    """
    assert bounded(body) == {answer}


def test_a_measure_is_followed_through_locks_and_inner_loops():
    """Between two arrivals at the head other threads act, and the block is not the whole round."""
    body = """
        var left = in_len
        walk: while left > 0 && in.length != 0 decreases left {
            acquire cs { total += 1 }
            var i : u32 = 0
            inner: while i < 3 && in.length != 0 decreases 3 - i { i += 1 }
            acquire cs { total += 1 }
            left -= 1
        }
    """
    assert bounded(body) == {"proved"}


def test_what_ends_the_run_ends_the_loop():
    """No round follows a violation, so that there is none that comes back."""
    body = "var first = true  walk: while in.length != 0 { assert first  first = false }"
    assert bounded(body) == {"unknown"}


@pytest.mark.parametrize("block", ["if true", "atomic"])
@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("BLOCK { k = 1  t[0] = n }  BLOCK { k = 2  m = t[0] }", {"walk"}),
        ("BLOCK { k = n  t[0] = k }  BLOCK { k = 2  m = t[0] }", {"walk"}),
        ("BLOCK { k = 1  t[0] = k }  BLOCK { k = 2  m = k }", set()),
    ],
)
def test_what_an_action_puts_into_an_array_leads_round_as_well(block, body, answer):
    """Be it one action or several."""
    rounds = body.replace("BLOCK", block)
    assert asked(ITEMS.replace("BODY", f"""
        var t : u32[4]  var m : u32  var k : u32
        walk: loop {{ let n = in.length  {rounds}  if m == 0 {{ break }} }}""")) == answer


def test_a_loop_that_may_need_more_rounds_than_anyone_tries_is_unknown():
    body = "var i : u32 = 1  walk: while i != in_len && in.length != 0 { i += 2 }"
    found = report(driver(ITEMS.replace("BODY", body)), only=("bounded",))
    (verdict,) = [f.verdict for f in found.findings]
    assert isinstance(verdict, Unknown)
    assert "decreases" in (verdict.help or "")


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("walk: loop { acquire cs { if pending != null { total = pending[0] } } }", set()),
        ("try { walk: loop { total = next[pending[0]] } } except { }", set()),
        ("loop { wait done  if pending != null { walk: while pending[0] != 0 { } } }", {"walk"}),
        (
            "loop { wait done  try { walk: loop { total = next[pending[0]] } } except { } }",
            {"walk"},
        ),
        ("walk: loop { if pending != null { if pending[0] == 0 { break } } }", {"walk"}),
    ],
)
def test_the_outermost_loop_of_a_thread_is_its_life(body, answer):
    """It need not end, unless it is left on purpose."""
    items = ITEMS.replace("BODY", "acquire cs { pending = in.buffer as user ptr u32 }")
    items += f"var pending : user ptr u32  var next : user ptr u32  thread ist {{ {body} }}"
    assert asked(items) == answer


def test_the_report_says_what_becomes_smaller_or_from_where_on_it_repeats():
    for body, wanted in ((COUNTED[1], Proved), (ENDLESS[1], Refuted)):
        found = report(driver(ITEMS.replace("BODY", body)), only=("bounded",))
        (finding,) = found.findings
        assert finding.view is View.HOSTILE
        assert isinstance(finding.verdict, wanted)
        match finding.verdict:
            case Proved(measure=measure):
                assert measure == ("App.left",)
            case Refuted(story=story):
                kinds = [moment.kind for moment in story.moments]
                assert kinds[kinds.index("round") + 1 :] == ["access", "branch"]
