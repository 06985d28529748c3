"""`atomic`: nobody comes in between, and what is asked inside is asked as it would be alone."""

from __future__ import annotations

import pytest
from elaborated import spec
from verdicts import driver, hostile_answers

from cecheck.ir.program import CheckKind, View
from cecheck.lower.link import lower

STATE = """
    lock cs
    event done
    var first  : u32
    var second : u32
    var table  : u32[4]
    fn next(n: u32) -> u32 {{ if n > 3 {{ return 0 }} else {{ return n + 1 }} }}
    fn both() {{ first += 1  second += 1 }}
    ioctl Write(in_len: u32) {{
        {body}
        return 0
    }}
"""


def told(body: str, check: str = "assert") -> dict[tuple[str, str], set[str]]:
    """Return the verdicts of *check* about an entry that does *body*."""
    return hostile_answers(driver(STATE.format(body=body)), only=(check,))


TWINS = [
    # Two words that are equal whenever nobody is in between.
    ("{A} {{ both() }}  {A} {{ here: assert first == second }}", "atomic", "proved"),
    ("{A} {{ both() }}  {A} {{ here: assert first == second }}", "if true", "refuted"),
    ("{A} {{ first = in_len  second = in_len }}  {A} {{ here: assert first == second }}",
     "atomic", "proved"),
    ("{A} {{ first = in_len  second = in_len }}  {A} {{ here: assert first == second }}",
     "if true", "refuted"),
    # Test and set.
    ("{A} {{ if first < 2 {{ first += 1 }} }}  here: assert first <= 2", "atomic", "proved"),
    ("{A} {{ if first < 2 {{ first += 1 }} }}  here: assert first <= 2", "if true", "refuted"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "word", "answer"), TWINS)
def test_nobody_comes_in_between(body, word, answer):
    found = told(body.format(A=word))["assert", "here"]
    assert found == {answer}


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        # What is asked inside sees what was done before it inside.
        ("first = 7  here: assert first == 7", "proved"),
        ("first = in_len  here: assert first != 7", "refuted"),
        ("first = in_len  if first == 7 { first = 8 }  here: assert first != 7", "proved"),
        ("if in_len == 7 { first = 1 } else { first = 2 }  here: assert first < 2", "refuted"),
        ("if in_len == 7 { first = 1 } else { first = 2 }  here: assert first < 3", "proved"),
        ("let n = next(in_len)  here: assert n < 5", "proved"),
        ("let n = next(in_len)  here: assert n < 4", "refuted"),
        ("switch in_len { case 1 { first = 4 } default { first = 5 } } here: assert first > 3",
         "proved"),
        ("var n = in_len  n &= 3  first = n  n = 9  here: assert first < 4", "proved"),
        ("try { if in_len == 7 { raise } first = 1 } except { first = 2 } here: assert first < 3",
         "proved"),
        ("try { if in_len == 7 { raise } first = 1 } except { first = 2 } here: assert first < 2",
         "refuted"),
        ("signal done  here: assert in_len == in_len", "proved"),
        ("first = any  here: assert first != 3", "refuted"),
    ],
)  # fmt: skip
def test_what_is_asked_inside_is_asked_as_everywhere(body, answer):
    assert told(f"atomic {{ {body} }}")["assert", "here"] == {answer}


def test_a_violation_ends_the_run_before_what_stands_behind_it():
    """The second demand fails only where the first one has."""
    found = told("atomic { one: assert in_len != 7  two: assert in_len != 7  first = in_len }")
    assert found["assert", "one"] == {"refuted"}
    assert found["assert", "two"] == {"proved"}


def test_what_has_no_value_ends_the_run_as_well():
    found = told("atomic { one: first = 8 / in_len  two: second = 4 / in_len }", "arithmetic")
    assert found["arithmetic", "one"] == {"refuted"}
    assert found["arithmetic", "two"] == {"proved"}


def test_an_exception_leaves_the_block_with_what_was_done():
    found = told(
        "try { atomic { first = 1  if in_len == 7 { raise }  first = 2 } } except { "
        "caught: assert in_len == 7 }"
    )
    assert found["assert", "caught"] == {"proved"}


@pytest.mark.parametrize(("limit", "answer"), [(4, "proved"), (5, "refuted")])
def test_an_index_inside_is_asked(limit, answer):
    body = f"first = in_len  if first < {limit} {{ put: table[first] = 1 }}"
    found = told(f"atomic {{ {body} }}", "bounds")
    assert found["bounds", "put"] == {answer}


def test_a_block_is_one_edge_for_each_way_out():
    body = "try { atomic { if in_len == 7 { raise }  first = 1  second = 2 } } except { }"
    text = driver(STATE.format(body=body))
    (thread,) = lower(spec(text), View.HOSTILE).threads
    edges = [e for e in thread.edges if e.event and e.event.text.startswith("atomic {")]
    assert sorted(len(edge.updates) for edge in edges) == [0, 2]
    assert not [c for c in thread.checks if c.kind is CheckKind.MAPPED and c.location == 0]


@pytest.mark.parametrize("block", ["atomic", "if true"])
@pytest.mark.parametrize(
    ("claim", "answer"), [("first == 1", "proved"), ("p == null", "unknown")]
)
def test_no_refutation_rests_on_what_an_action_finds_where_nobody_follows(block, claim, answer):
    """What a pointer is that comes out of a long array: anything for a proof, nothing for a run."""
    found = told(f"""
        var pointers : (user ptr u8)[9]  var p : user ptr u8
        pointers[0] = null
        {block} {{ signal done  first = 1  p = pointers[0] }}
        here: assert {claim}""")
    assert found["assert", "here"] == {answer}
