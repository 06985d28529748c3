"""A verdict lists the facts that it may rest on, and no others."""

from __future__ import annotations

import pytest
from elaborated import ROOT, spec

ENTRY = """
driver Sample {{ {kind} Write() {{ {body}  return 0 }} }}
client App[*] : untrusted calls Sample.Write
"""


def facts(kind: str, body: str = "", head: str = "use ce5") -> tuple[str, ...]:
    """Return the facts that an entry of that *kind* which does *body* may rest on."""
    return spec(f"// expect: proved\n{head}\n" + ENTRY.format(kind=kind, body=body)).facts


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("ioctl", ("SLOT_GUARD", "UNALLOCATED_PASSES", "CERTIFIED")),
        ("disk", ("SLOT_GUARD", "UNALLOCATED_PASSES", "CERTIFIED", "DRIVERS_STAY")),
    ],
)
def test_what_a_call_of_the_platform_rests_on(kind, found):
    """Device Manager checks parameters, so that what IsAccessOK does matters."""
    assert facts(kind) == found


TINY = """platform tiny : u32 {
    const HOOK = true, CALLED = true, UNUSED = true, BASE = true, DEEP = !BASE
    process { unique slot : u32 = any(2 .. 33) }
    process server
    drivers in server
    fn translate(a: u32) -> u32 { return a }
    fn permit(a: u32, writing: bool) -> bool { return HOOK }
    fn owns(p: process, a: u32, writing: bool) -> bool { return true }
    fn inside(p: process) -> bool { return true }
    fn there(a: u32) -> bool { return true }
    fn vacant(a: u32) -> bool { return false }
    fn honest(p: process, a: u32, n: u32) -> bool { return true }
    fn deeper() -> bool { return CALLED }
    api Ask() -> bool { return deeper() }
    api Other() -> bool { return UNUSED }
    call Send() -> u32 enters send { return enter() }
}"""


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("", ("HOOK",)),
        ("let x = Ask()", ("HOOK", "CALLED")),
        ("let x = Other()", ("HOOK", "UNUSED")),
        ("if UNUSED { return 1 }", ("HOOK", "UNUSED")),
        ("if DEEP { return 1 }", ("HOOK", "DEEP")),
    ],
)
def test_what_functions_mention_counts_where_they_are_called(body, found):
    """What another constant is made of counts always."""
    assert set(facts("send", body, TINY)) == {*found, "BASE"}


def test_a_specification_of_the_seed_lists_the_facts_of_a_call():
    text = (ROOT / "specs/seed/s02_nested_mapped.ce").read_text(encoding="utf-8")
    assert spec(text).facts == ("SLOT_GUARD", "UNALLOCATED_PASSES", "CERTIFIED")
