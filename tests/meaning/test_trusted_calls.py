"""What is asked of the calls of trusted clients: of well-behaved ones, which all of them are."""

from __future__ import annotations

import pytest
from verdicts import answers, driver, says

from cecheck.options import Options
from cecheck.pipeline import verified
from cecheck.report.model import Proved, Reach
from cecheck.source import Source

ENTRY = """
    ioctl Write(in: user ptr Request sized in_len, in_len: u32) {{
        if in == null {{ return ERROR_INVALID_PARAMETER }}
        {body}
        return ERROR_SUCCESS
    }}
"""
ONE_SLOT = "at: assert in_len < 0x0200_0000"  # no object of a well-behaved caller is larger
INVENTED = """
    var n : u32
    fn put(p: user ptr u32) {{ at: p[0] = 1 }}
    ioctl Write() {{ {0}  return ERROR_SUCCESS }}
    {1}
"""
LOCKS = """
    ioctl Write(in: user ptr u8[in_len], in_len: u32) {
        take: if !LockPages(in, in_len, LOCKFLAG_READ) { return ERROR_INVALID_PARAMETER }
        try { read in[0 .. in_len]  UnlockPages(in, in_len) } except { }
        return ERROR_SUCCESS
    }
"""


def asked(body: str, behaviour: str) -> str:
    """Return a driver that does *body*, and clients that behave so."""
    return driver(ENTRY.format(body=body), f"App[*] : {behaviour} calls Sample.Write")


@pytest.mark.parametrize(
    ("behaviour", "answer"),
    [("trusted", "proved"), ("untrusted", "refuted"), ("trusted hostile", "refuted")],
)
def test_an_assertion_is_about_well_behaved_calls(behaviour, answer):
    """A trusted program passes no length that its object does not have; others do."""
    found = answers(asked(ONE_SLOT, behaviour), only=("assert",))
    assert says(found["assert", "at"], answer)


@pytest.mark.parametrize("client", ["trusted", "untrusted", ""])
@pytest.mark.parametrize(
    ("pointer", "answer"), [("&n", "proved"), ("0x42000000 as user ptr u32 of none", "refuted")]
)
@pytest.mark.parametrize("form", ["put(&n)  {}", "thread own {{ put(&n)  {} }}"])
def test_an_address_that_is_nobodys_is_used_by_the_driver_not_by_its_caller(
    form, pointer, answer, client
):
    """Whoever calls, and if nobody does (semantics 1.3)."""
    use = form.format(f"put({pointer})")
    items = INVENTED.format(*(("", use) if "thread" in form else (use, "")))
    text = driver(items, f"App[*] : {client} calls Sample.Write")
    if not client:
        text = text.replace("client App[*] :  calls Sample.Write", "")
    found = answers(text, only=("mapped",)).get(("mapped", "at"), {"proved"})
    assert says(found, answer if client or "thread" in form else "proved")


LAST = """
    var last : u32
    invariant last < 0x0200_0000
    ioctl Write(in: user ptr u8[in_len], in_len: u32) {
        if in != null { at: last = in_len }
        return ERROR_SUCCESS
    }
"""


@pytest.mark.parametrize(
    ("behaviour", "answer"),
    [("trusted", "proved"), ("untrusted", "refuted"), ("trusted hostile", "refuted")],
)
def test_an_invariant_is_about_well_behaved_calls(behaviour, answer):
    """As an assertion is: of what others do nobody says that they are well-behaved."""
    text = driver(LAST, f"App[*] : {behaviour} calls Sample.Write")
    assert says(answers(text, only=("invariant",))["invariant", "at"], answer)


def test_an_assertion_that_a_well_behaved_call_breaks_is_refuted():
    """Trusted programs pass lengths of their choice."""
    found = answers(asked("at: assert in_len < 0x100", "trusted"), only=("assert",))
    assert says(found["assert", "at"], "refuted")


@pytest.mark.parametrize(("behaviour", "answer"), [("trusted", "proved"), ("untrusted", "refuted")])
def test_what_a_call_leaves_behind_is_about_well_behaved_calls(behaviour, answer):
    """The pointers of a trusted program do not fault, so that its pages are unlocked."""
    text = driver(LOCKS, f"App[*] : {behaviour} calls Sample.Write")
    found = answers(text, only=("paired",))
    assert says(found["paired", "take"], answer)


@pytest.mark.parametrize(("bound", "reached"), [("0x100", True), ("0x0200_0000", False)])
def test_a_place_is_covered_by_well_behaved_calls(bound, reached):
    """That a call of nobody knows whom would get there shows nothing."""
    text = asked(f"if in_len >= {bound} {{ at: cover }}", "trusted")
    found = verified(Source("test.ce", text), Options(jobs=2)).findings
    (verdict,) = {f.verdict for f in found if f.site.name == "at"}
    assert (isinstance(verdict, Proved) and verdict.reach is Reach.SHOWN) == reached
