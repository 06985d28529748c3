"""Loops on six-bit addresses: which a hostile caller can keep busy for ever."""

from __future__ import annotations

import pytest

from cecheck.ir.program import CheckKind, View
from oracle.explore import Exploration, Findings, target_of
from oracle.load import scaled
from oracle.rounds import Head, Rounds

LOOP = """// expect: proved
    use ce5
    struct Request {{ on : bool }}
    driver Sample {{
        ioctl Run(in: user ptr Request sized in_len, in_len: u32) {{
            if in == null || in_len != sizeof(Request) {{ return 1 }}
            {body}
            return 0
        }}
    }}
    client App[*] : untrusted calls Sample.Run"""


def explored(body: str, view: View = View.HOSTILE) -> Findings:
    """Return what the runs of an entry show that does *body*."""
    spec = scaled(LOOP.format(body=body))
    client = spec.clients[0]
    target = target_of(spec, client.targets[0])
    return Exploration(spec, *target, client.behaviours[0], view).run()


def endless(body: str) -> bool:
    """Tell whether a run was found that comes round in the loop of *body*."""
    found = explored(body)
    assert not found.unsure
    return any(kind is CheckKind.BOUNDED for kind, _ in found.found)


@pytest.mark.parametrize(
    "body",
    [
        "while in.on { }",
        "loop { if !in.on { break } }",
        "var i : u8 = 0  while i < 3 { if in.on { i += 1 } }",
    ],
)
def test_a_loop_that_the_caller_keeps_busy_comes_round(body: str):
    assert endless(body)


@pytest.mark.parametrize(
    "body",
    [
        "var i : u8 = 0  while in.on && i < 3 { i += 1 }",
        "for i in 0 .. 3 { if in.on { return 2 } }",
        "var i : u8 = 3  while i > 0 { i -= 1  if in.on { continue } }",
    ],
)
def test_a_loop_that_counts_its_rounds_does_not(body: str):
    assert not endless(body)


def test_only_a_hostile_caller_is_asked_when_he_ends():
    found = explored("while in.on { }", View.WELL_BEHAVED)
    assert all(kind is not CheckKind.BOUNDED for kind, _ in found.found)


def test_a_way_round_that_no_run_goes_alone_leaves_it_open():
    """What was fetched is still open at the second arrival: runs stop inside the third round."""
    found = explored("var on = true  while on { on = in.on }")
    assert [site.name for site in found.unsure] == ["while on"]


def circles(*ways: str, heads: dict[str, int]) -> set[object]:
    """Return the loops with a circle, given ways from state to state, and where loops begin."""
    rounds = Rounds()
    for way in ways:
        before = None
        for state in way:
            before = rounds.come(before, state)
            if state in heads:
                rounds.heads.setdefault(state, Head(heads[state])).states.add(before)
    return set(rounds.circles())


def test_a_circle_may_be_shown_by_several_runs():
    assert circles("ab", "bc", "cd", heads={"a": 1}) == set()
    assert circles("ab", "bc", "cd", "db", heads={"a": 1}) == set()
    assert circles("ab", "bc", "ca", heads={"a": 1}) == {"a"}


def test_an_inner_loop_that_is_left_is_none_for_ever():
    """Its head lies on a circle of the outer one."""
    assert circles("oixo", heads={"o": 1, "i": 2}) == {"o"}
    assert circles("oixi", heads={"o": 1, "i": 2}) == {"i"}
