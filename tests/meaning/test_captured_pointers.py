"""Pointers that `copy` takes into allocated memory and out of it, with what was promised of them;
with twins."""

from __future__ import annotations

import pytest
from verdicts import answers, driver, hostile_answers, is_refuted, refuting, says

from cecheck.options import Engine

PACKET = "struct Packet { body : user ptr u8[length]  length : u32 }\ndriver Sample"
ENTRY = """
    ioctl Write(in: user ptr Packet sized in_len, in_len: u32) {
        if in == null || in_len < 16 || in_len > 32 { return 1 }
        var saved : Packet
        let list = alloc(32) as ptr Packet
        if list == null { return 1 }
        let bytes = list as ptr u8
        BODY
        return 0
    }
"""
CHECKED = """
    copy(list, in, 16)
    let length = list[1].length, body = MapCallerPtr(list[1].body, length)
    if body == null { return 1 }
    list[1].body = body
"""


def _says(body: str, answer: str, check: tuple[str, str], client: str = "untrusted") -> bool:
    """Tell whether *check* (a kind, and how many seconds it may take) is answered so at `at`."""
    kind, seconds = check
    text = driver(ENTRY.replace("BODY", body), f"App[*] : {client} calls Sample.Write")
    text = text.replace("driver Sample", PACKET)
    if (answer, client) == ("refuted", "untrusted"):
        return is_refuted(text, kind, "at", timeout=float(seconds))
    if answer == "refuted":
        text = text.replace("expect: proved", f"expect: refuted {kind} at at")
    return says(answers(text, only=(kind,), timeout=float(seconds))[kind, "at"], answer)


@pytest.mark.parametrize(
    ("between", "used", "answer"),
    [
        ("copy(list, in, 8)", "list[1].body", "proved"),  # another one
        ("copy(list, in, 16)", "list[1].body", "refuted"),
        ("copy(bytes + 11, in, 1)", "list[1].body", "refuted"),  # a byte of it
        ("copy(&saved, list + 1, 8) copy(list, in, 16)", "saved.body", "proved"),
        ("copy(&saved, list + 1, 3)", "saved.body", "refuted"),
    ],
)
def test_a_checked_pointer(between: str, used: str, answer: str) -> None:
    """It stays checked while no byte of it is overwritten, and wherever it is copied whole."""
    body = f"{CHECKED} {between} let p = {used} at: read p[0 .. length]"
    assert _says(body, answer, ("mapped", "150"))


MAPPED = "let p = MapCallerPtr(list[{}].body, length) if p == null {{ return 1 }}"


@pytest.mark.parametrize(
    ("copied", "index", "length", "answer"),
    [
        ("copy(list, in, 16)", 1, "list[1].length", "proved"),
        ("copy(list, in, 16)", 1, "list[0].length", "refuted"),  # of another one
        ("copy(list + 1, in, 16)", 2, "in[1].length", "proved"),
        ("copy(list + 1, in, 16)", 2, "in[2].length", "refuted"),
        ("copy(list, in, 12)", 1, "list[1].length", "refuted"),  # the length stays behind
        ("in[1].body = in[0].body copy(list, in, 16)", 1, "list[1].length", "unknown"),
        ("copy(bytes + 4, in, 16)", 1, "list[1].length", "unknown"),
    ],
)
def test_what_a_well_behaved_caller_promised(
    copied: str, index: int, length: str, answer: str
) -> None:
    """Each element of the block is that of the caller's array, as long as they lie alike; of
    others, and where the driver may have written, nobody knows."""
    body = f"{copied} let length = {length} {MAPPED.format(index)} at: read p[0 .. length]"
    seconds = "15" if answer == "unknown" else "150"
    assert _says(body, answer, ("bounds", seconds), "trusted")


def test_bounds_of_the_model_are_left_alone_where_no_proof_is_wanted() -> None:
    """A search alone shows what is wrong, and ends there: it can rule no bound out."""
    body = f"{CHECKED} copy(list, in, 16) let p = list[1].body at: read p[0 .. length]"
    text = driver(ENTRY.replace("BODY", body)).replace("driver Sample", PACKET)
    found = hostile_answers(refuting(text, "mapped at at"), only=("mapped",), engine=Engine.BMC)
    assert found["mapped", "at"] == {"refuted"}
    assert not [site for kind, site in found if kind == "model bound"]
    brief = {"only": ("mapped",), "engine": Engine.BMC, "rlimit": 1_000_000, "timeout": 5.0}
    assert [site for kind, site in hostile_answers(text, **brief) if kind == "model bound"]
