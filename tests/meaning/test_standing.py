"""`invariant` of a driver: asked at first and of every change, by threads that have no lock."""

from __future__ import annotations

import pytest
from verdicts import answers, driver

STATE = """
    lock cs
    nonrecursive lock spin
    var used : u32
    var free : u32
    var last : user ptr u8
    fn put(n: u32) {{ used = n }}
    {items}
    ioctl Write(in: user ptr u8, in_len: u32) {{
        {body}
        return 0
    }}
"""


def told(body: str, invariant: str = "used <= 4", more: str = "") -> dict[str, set[str]]:
    """Return the verdicts about the invariant by site."""
    items = f"invariant {invariant}  {more}"
    found = answers(driver(STATE.format(items=items, body=body)), only=("invariant",))
    return {site: verdicts for (check, site), verdicts in found.items() if check == "invariant"}


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("here: used = in_len", "refuted"),
        ("if in_len < 4 { here: used = in_len }", "proved"),
        ("here: used = in_len & 3", "proved"),
        ("here: put(in_len)", "refuted"),
        ("if in_len < 4 { here: put(in_len) }", "proved"),
        ("here: { let p = &used  p[0] = in_len }", "refuted"),
        # Under a lock it may be broken; whoever gives back the last lock has to have mended it.
        ("here: acquire cs { used = in_len  used = 1 }", "proved"),
        ("here: acquire cs { used = in_len }", "refuted"),
        ("acquire cs  used = in_len  used = 1  here: release cs", "proved"),
        ("acquire cs  used = in_len  here: release cs", "refuted"),
        ("here: acquire cs { acquire spin { used = in_len }  used = 1 }", "proved"),
        ("acquire cs { here: used = in_len  used = 1 }", "proved"),
    ],
)
def test_every_change_without_a_lock_is_asked(body, answer):
    assert told(body)["here"] == {answer}


def test_it_is_asked_of_the_initial_values():
    assert told("", "used == 1") == {"invariant used == 1": {"refuted"}}
    assert told("", "used == 0") == {}


@pytest.mark.parametrize(("word", "answer"), [("atomic", "proved"), ("if true", "refuted")])
def test_several_variables_change_together_in_an_atomic_block(word, answer):
    body = f"here: {word} {{ used += 1  free -= 1 }}"
    assert told(body, "used + free == 0")["here"] == {answer}


def test_pointers_may_be_compared():
    assert told("here: last = in", "last == null || used == 0")["here"] == {"proved"}
    assert told("here: last = in", "last == null")["here"] == {"refuted"}


def test_threads_of_the_driver_are_asked_as_well():
    thread = "thread worker { loop { here: used += 1 } }"
    assert told("", more=thread)["here"] == {"refuted"}


def test_it_carries_proofs():
    """Nothing else says that the value is small when another call comes."""
    found = answers(
        driver(
            STATE.format(
                items="invariant used <= 4",
                body="acquire cs { here: assert used <= 4  used = in_len & 3 }",
            )
        )
    )
    assert found["assert", "here"] == {"proved"}
