"""What is opened is closed, on every way out (semantics 7.4)."""

from __future__ import annotations

import pytest
from verdicts import answers, driver

ITEMS = """
    lock cs
    var last : u32

    ioctl Write(in: user ptr Request sized in_len, in_len: u32) {{
        if in == null || in_len < sizeof(Request) {{ return 0 }}
        {0}
        return 0
    }}
    {1}
"""


def paired(body: str, site: str = "take", more: str = "") -> set[str]:
    """Return the answers to `paired` at *site* of an entry that does *body*."""
    return answers(driver(ITEMS.format(body, more)), only=("paired",)).get(("paired", site), set())


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("take: acquire cs  last = 1  give: release cs", "proved"),
        ("take: acquire cs  last = in.length  give: release cs", "refuted"),
        ("take: acquire cs  if in_len == 20 { return 1 }  release cs", "refuted"),
        ("take: acquire cs  try { last = in.length } finally { release cs }", "proved"),
        ("take: acquire cs  acquire cs  release cs", "refuted"),
        ("take: acquire cs  acquire cs  release cs  release cs", "proved"),
        ("var i = in_len  take: acquire cs  while i > 0 { acquire cs  release cs  i -= 1 }"
         "  release cs", "proved"),
        ("take: acquire cs { last = in.length }", "refuted"),
        ("try { take: acquire cs { last = in.length } } except { release cs }", "proved"),
        ("take: acquire cs { if in_len == 20 { release cs  raise }  last = 1 }", "proved"),
        ("take: acquire cs { if in_len == 20 { raise }  last = 1 }", "refuted"),
    ],
)  # fmt: skip
def test_a_lock_that_a_call_takes_is_given_back_before_it_returns(body, answer):
    """By a statement on every way, or by a block, which an exception leaves without."""
    assert paired(body) == {answer}


def test_a_block_that_nothing_can_leave_early_need_not_be_asked():
    """What it takes is given back at its end."""
    assert paired("take: acquire cs { last = 1 }") <= {"proved"}


def test_the_place_is_the_one_that_took_the_lock_when_it_was_free():
    """The other one takes it again and gives it back."""
    body = "one: acquire cs  two: acquire cs  release cs"
    found = answers(driver(ITEMS.format(body, "")), only=("paired",))
    assert found["paired", "one"] == {"refuted"}
    assert found["paired", "two"] == {"proved"}


@pytest.mark.parametrize("first", [False, True])
def test_what_one_call_leaves_open_is_not_asked_of_the_next(first):
    """Whichever entry stands first."""
    right = "ioctl Right() { one: acquire cs  release cs  return 0 }"
    wrong = "ioctl Wrong() { two: acquire cs  return 0 }"
    items = "lock cs " + (wrong + right if first else right + wrong)
    found = answers(driver(items, "App[*] : untrusted calls Sample.Right, Sample.Wrong"))
    assert found["paired", "one"] == {"proved"}
    assert found["paired", "two"] == {"refuted"}


@pytest.mark.parametrize(
    ("thread", "answer"),
    [
        ("loop { take: acquire cs  last = 1  release cs }", "proved"),
        ("loop { take: acquire cs  if any { release cs } }", "refuted"),
        ("take: acquire cs  loop { last = 1 }", "proved"),
        ("take: acquire cs  loop { acquire cs  release cs }", "proved"),
        ("take: acquire cs  loop { release cs  last = 1  again: acquire cs }", "proved"),
        ("take: acquire cs  last = 1", "refuted"),
        ("take: acquire cs  last = 1  release cs", "proved"),
    ],
)
def test_a_thread_of_a_driver_has_open_what_it_had_when_its_loop_began(thread, answer):
    """Its loop is what a call is for others; at its end nothing is open."""
    assert paired("last = 1", more=f"thread worker {{ {thread} }}") == {answer}
