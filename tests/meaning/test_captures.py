"""`copy` into and out of allocated memory: which words hold what afterwards; with twins."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest
from verdicts import answers, driver, finds_no_run, hostile_answers, is_refuted

from cecheck.ir.program import View
from cecheck.options import Engine

Ask: TypeAlias = Callable[..., dict[tuple[str, str], set[str]]]
PAIR = "struct Pair { a : u32  b : u16  c : u16 }\ndriver Sample"
NUMBERS = """
    ioctl Write(in: user ptr u8[in_len], in_len: u32) {
        let i = in_len & 3
        var one : Pair
        var two : Pair
        one.a = 0x11121314 one.b = 0x1516 one.c = 0x1718
        two.a = 0x41424344 two.b = 0x4546 two.c = 0x4748
        let list = alloc(4 * sizeof(Pair)) as ptr Pair
        if list == null { return 1 }
        list[1].a = 0x21222324 list[1].b = 0x2526 list[1].c = 0x2728
        let bytes = list as ptr u8
        BODY
        return 0
    }
"""


def _own(body: str, answer: str) -> bool:
    """Tell whether the claim `at` about memory of the driver alone is answered so."""
    return _says(body, answer, ask=hostile_answers)


def _says(body: str, answer: str, kind: str = "assert", ask: Ask = answers) -> bool:
    """Tell whether *kind* is answered so at `at`; if refuted, then by a hostile caller."""
    text = driver(NUMBERS.replace("BODY", body)).replace("driver Sample", PAIR)
    if answer == "refuted":
        return is_refuted(text, kind, "at")
    if answer == "unknown":
        proves = ask(text, only=(kind,), engine=Engine.HOUDINI)[kind, "at"] != {"unknown"}
        return not proves and finds_no_run(text, kind, "at", view=View.HOSTILE)
    return ask(text, only=(kind,))[kind, "at"] == {answer}


@pytest.mark.parametrize(
    ("copied", "claim", "answer"),
    [
        ("copy(list + 1, &one, 8)", "list[1].a == 0x11121314 && list[1].c == 0x1718", "proved"),
        ("copy(list + 1, &one, 8)", "list[1].b == 0x2526", "refuted"),
        ("copy(list, &one, 8)", "list[1].a == 0x21222324", "proved"),  # another one
        ("copy(list + 1, &one, 6)", "list[1].c == 0x2728 && list[1].b == 0x1516", "proved"),
        ("copy(list + 1, &one, 6)", "list[1].c == 0x1718", "refuted"),
        ("copy(bytes + 12, &one.b, 4)", "list[1].b == 0x1516", "proved"),
        ("copy(bytes + 12, &one.b, 4)", "list[1].c == 0x1516", "refuted"),
        ("copy(list + 1, &one, 8) one.a = 7", "list[1].a == 0x11121314", "proved"),
        ("copy(list + 1, &one, 8) one.a = 7", "list[1].a == 7", "refuted"),
    ],
)  # fmt: skip
def test_out_of_a_variable(copied: str, claim: str, answer: str) -> None:
    """A word that is copied whole holds what lay at its place, and no other word changes."""
    assert _own(f"{copied} at: assert {claim}", answer)


@pytest.mark.parametrize(
    ("copied", "claim", "answer"),
    [
        ("copy(list + 1, &one, 3)", "list[1].a >> 24 == 0x21", "proved"),
        ("copy(list + 1, &one, 3)", "list[1].a == 0x11121314", "unknown"),
        ("copy(bytes + 10, &one, 4)", "list[1].a == 0x11121314", "unknown"),
        ("copy(list, list + 1, 8)", "list[0].a == 0x21222324", "unknown"),  # ranges may overlap
    ],
)
def test_bytes_of_the_drivers_own_that_fit_no_word(copied: str, claim: str, answer: str) -> None:
    """They are anything, so nothing is proved of them; and no run rests on them."""
    assert _own(f"{copied} at: assert {claim}", answer)


@pytest.mark.parametrize(
    ("copied", "claim", "answer"),
    [
        ("copy(bytes + 11, in, 2)", "(list[1].a & 0xffffff) == 0x222324", "proved"),
        ("copy(bytes + 11, in, 2)", "list[1].a >> 24 == 0x21", "refuted"),
        ("copy(bytes + 11, in, 2)", "list[1].b >> 8 == 0x25", "proved"),
        ("copy(bytes + 11, in, 2)", "(list[1].b & 0xff) == 0x26", "refuted"),
        ("copy(bytes, in, in_len)", "in_len > 14 || list[1].c == 0x2728", "proved"),
        ("copy(bytes, in, in_len)", "in_len > 15 || list[1].c == 0x2728", "refuted"),
        ("list[i].a = 5 copy(list, in, 16)", "i < 2 || list[i].a == 5", "proved"),
        ("list[i].a = 5 copy(list, in, 16)", "i < 1 || list[i].a == 5", "refuted"),
    ],
)
def test_out_of_memory_of_a_caller(copied: str, claim: str, answer: str) -> None:
    """Bytes that are copied are anything, all others what they were, in the same word, too."""
    body = f"if in == null || in_len < 16 || in_len > 32 {{ return 1 }} {copied} at: assert {claim}"
    if "in_len)" in copied:
        body = body.replace("in_len < 16", "in_len < 1")
    assert _says(body, answer)


@pytest.mark.parametrize(
    ("copied", "claim", "answer"),
    [
        ("copy(&one, list + 1, 8)", "one.a == 0x21222324 && one.c == 0x2728", "proved"),
        ("copy(&one, list + i, 8)", "i != 1 || one.a == 0x21222324", "proved"),
        ("copy(&one, list + i, 8)", "i == 1 || one.a == 0x11121314", "refuted"),
        ("copy(&one, list + 1, 4)", "one.b == 0x1516 && one.a == 0x21222324", "proved"),
        ("copy(&one, list + 1, 4)", "one.b == 0x2526", "refuted"),
        ("copy(&one, list + 1, 6)", "one.b == 0x2526 && one.c == 0x1718", "proved"),
        ("copy(&one.b, bytes + 12, 2)", "one.b == 0x1516", "refuted"),
        ("copy(&one, list + 1, 8) list[1].a = 7", "one.a == 0x21222324", "proved"),
        ("copy(&one, list + 1, 8) list[1].a = 7", "one.a == 7", "refuted"),
        ("copy(&one, bytes + 4, 4)", "one.a == 0x11121314", "unknown"),
    ],
)
def test_into_a_variable(copied: str, claim: str, answer: str) -> None:
    """A word that is copied whole holds what the element held, at its place; bytes that fit no
    word are anything, and no run rests on them."""
    assert _own(f"{copied} at: assert {claim}", answer)


OTHER = "let other = alloc(4 * sizeof(Pair)) as ptr Pair if other == null { return 1 } "


@pytest.mark.parametrize(
    ("copied", "claim", "answer"),
    [
        ("copy(other, list, 32)", "other[1].a == 0x21222324", "proved"),
        ("copy(other, list, 32)", "other[1].a == 0x11121314", "refuted"),
        ("copy(other + 1, list, 16)", "other[2].c == 0x2728", "proved"),
        ("copy(other + 1, list, 16)", "other[1].c == 0x2728", "refuted"),
        ("other[1].a = 7 copy(other, list, 8)", "other[1].a == 7", "proved"),
        ("other[1].a = 7 copy(other, list, 12)", "other[1].a == 7", "refuted"),
        ("copy(other as ptr u8 + 4, list, 16)", "other[1].a == 0x21222324", "unknown"),
    ],
)
def test_out_of_another_block(copied: str, claim: str, answer: str) -> None:
    """Elements arrive in place, however many they are."""
    assert _own(f"{OTHER} {copied} at: assert {claim}", answer)


@pytest.mark.parametrize(
    ("claim", "answer"),
    [
        ("list[1].b == 0x2526", "proved"),
        ("list[1].a >> 8 == 0x212223", "refuted"),
    ],
)
def test_a_copy_that_faults(claim: str, answer: str) -> None:
    """Any of the bytes may have arrived, and none but those."""
    body = f"try {{ copy(list, in, 12) }} except {{ at: assert {claim} }}"
    assert _own(f"if in == null || in_len < 12 {{ return 1 }} {body}", answer)


@pytest.mark.parametrize(
    ("body", "kind", "answer"),
    [
        ("if in_len > 32 { return 1 } at: copy(list, in, in_len)", "bounds", "proved"),
        ("if in_len > 33 { return 1 } at: copy(list, in, in_len)", "bounds", "refuted"),
        ("at: copy(bytes + 25, &one, 8)", "bounds", "refuted"),
        ("at: copy(list + 3, &one, 8)", "live", "proved"),
        ("free(list) at: copy(list + 3, &one, 8)", "live", "refuted"),
        ("free(list) at: copy(&one, list + 3, 8)", "live", "refuted"),
    ],
)
def test_what_is_asked_of_a_block(body: str, kind: str, answer: str) -> None:
    """A copy stays inside, while the memory is there."""
    assert _says(f"if in == null {{ return 1 }} {body}", answer, kind)
