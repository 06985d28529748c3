"""Memory that a driver allocates: what is asked of its use, of giving it back; with twins."""

from __future__ import annotations

import pytest
from verdicts import answers, driver, says

ENTRY = """
    ioctl Write(in: user ptr u8[in_len], in_len: u32, out: user ptr u8[out_len], out_len: u32) {
        BODY
        return 0
    }
"""
TESTED = "let p = alloc(16) as ptr u8 if p == null { return 1 } "
TWO = "if q == null { free(p) return 1 } "


def _of(body: str, kind: str, site: str) -> set[str]:
    found = answers(driver(ENTRY.replace("BODY", body)), only=(kind,))
    return found[kind, site]


@pytest.mark.parametrize(
    ("body", "kind", "answer"),
    [
        ("at: write p[0 .. 16] free(p)", "bounds", {"proved"}),
        ("at: write p[0 .. 17] free(p)", "bounds", {"refuted"}),
        ("at: p[15] = 1 free(p)", "bounds", {"proved"}),
        ("at: p[16] = 1 free(p)", "bounds", {"refuted"}),
        ("at: p[in_len] = 1 free(p)", "bounds", {"refuted"}),
        ("let q = alloc(0) as ptr u8 if q != null { at: q[0] = 1 }", "bounds", {"refuted"}),
        ("at: p[3] = 1 free(p)", "live", {"proved"}),
        ("free(p) at: p[3] = 1", "live", {"refuted"}),
        ("free(p) at: read p[3 .. 3]", "live", {"proved"}),
        ("at: free(p)", "paired", {"proved"}),
        ("free(p) at: free(p)", "paired", {"refuted"}),
        ("at: free(p + 1) free(p)", "paired", {"refuted"}),
        ("var n : ptr u8 = null at: free(n) free(p)", "paired", {"proved"}),
        ("var x : u8 at: free(&x as ptr u8) free(p)", "paired", {"refuted"}),
    ],
)
def test_use_and_giving_back(body: str, kind: str, answer: set[str]) -> None:
    """A block is used within its size while it is live, and given back once, by its start."""
    assert _of(TESTED + body, kind, "at") == answer


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("free(p)", {"proved"}),
        ("p[0] = 1", {"refuted"}),
        ("if in_len == 7 { return 2 } free(p)", {"refuted"}),
        ("p[0] = in[0] free(p)", {"refuted"}),  # a fault leaves
        ("try { p[0] = in[0] } finally { free(p) }", {"proved"}),
        ("try { p[0] = in[0] } except { } free(p)", {"proved"}),
    ],
)
def test_a_block_that_nobody_gives_back(body: str, answer: set[str]) -> None:
    """Every way out of the call must give the memory back, an exception's too."""
    text = "at: { let a = alloc(16) as ptr u8 p = a } if p == null { return 1 } "
    assert _of("var p : ptr u8 = null " + text + body, "paired", "at") == answer


def test_null() -> None:
    """Where the allocation failed there is no memory: far behind null there may be anything."""
    far = "let p = alloc(0x100000) as ptr u8 "
    assert _of(far + "at: p[0x80000] = 1 free(p)", "bounds", "at") == {"refuted"}
    tested = far + "if p == null { return 1 } at: p[0x80000] = 1 free(p)"
    assert _of(tested, "bounds", "at") == {"proved"}


@pytest.mark.parametrize(
    ("limit", "size", "answer"),
    [
        ("in_len > 0x1000", "in_len * 4", {"proved"}),
        ("in_len * 4 > 0x1000", "in_len * 4", {"refuted"}),  # the product wraps
        ("in_len > 0x1000", "in_len * 3", {"refuted"}),
    ],
)
def test_a_computed_size(limit: str, size: str, answer: set[str]) -> None:
    """What is asked for is a machine word."""
    body = (
        f"if in_len == 0 || {limit} {{ return 1 }} let p = alloc({size}) as ptr u32 "
        "if p == null { return 1 } at: write p[0 .. in_len] free(p)"
    )
    assert _of(body, "bounds", "at") == answer


@pytest.mark.parametrize(
    ("body", "kind", "answer"),
    [
        ("free(p) at: if q != null { q[0] = 1 } free(q)", "live", {"proved"}),
        ("free(q) at: if q != null { q[0] = 1 } free(p)", "live", {"refuted"}),
        ("free(p) at: if p != null { p[0] = 1 } free(q)", "live", {"refuted"}),
        ("free(p) at: free(q)", "paired", {"proved"}),
        ("free(p) at: free(p)", "paired", {"refuted"}),
        ("free(q) at: free(q)", "paired", {"refuted"}),
    ],
)
def test_two_blocks_of_one_site(body: str, kind: str, answer: set[str]) -> None:
    """Either of the blocks of a loop may be the one that is followed, and only one is."""
    loop = (
        "var p : ptr u8 = null var q : ptr u8 = null var i : u32 = 0 "
        "while i < 2 { q = p p = alloc(16) as ptr u8 i = i + 1 } "
    )
    assert _of(loop + body, kind, "at") == answer


def test_blocks_of_two_places_that_read_alike() -> None:
    """Each is to be given back: that one is does not speak for the other."""
    body = """
        first: let p = alloc(16) as ptr u8
        second: let q = alloc(16) as ptr u8
        free(p)
        if q != null { q[0] = 1 }
    """
    found = answers(driver(ENTRY.replace("BODY", body)), only=("paired",))
    assert found["paired", "first"] == {"proved"}
    assert found["paired", "second"] == {"refuted"}


def test_a_block_of_another_call() -> None:
    """What one call leaves is not asked of the next, which allocates at the same place."""
    items = """
        fn make() -> ptr u8 { return alloc(16) as ptr u8 }
        ioctl Right() { one: { let p = make()  free(p) }  return 0 }
        ioctl Wrong() { two: { let p = make() }  return 0 }
    """
    found = answers(driver(items, "App[*] : untrusted calls Sample.Right, Sample.Wrong"))
    assert found["paired", "one"] == {"proved"}
    assert found["paired", "two"] == {"refuted"}


def test_blocks_lie_beside_everything_else() -> None:
    """A variable of the driver has another address; one of a block that is gone may come back."""
    apart = TESTED + "var x : u32 let own = &x as ptr u8 at: assert p != own free(p)"
    assert _of(apart, "assert", "at") == {"proved"}
    again = TESTED + "free(p) let q = alloc(16) as ptr u8 at: assert p != q free(q)"
    assert "refuted" in _of(again, "assert", "at")


ROUNDS = "var i : u32 = 0 while i < in_len { at: p[i] = 1 i = i + 1 } free(p)"


@pytest.mark.parametrize(
    ("limit", "size", "answer"),
    [
        ("in_len > 16", "16", {"proved"}),
        ("in_len > 2", "1", {"refuted"}),
        ("in_len > 0x1000", "in_len", {"proved"}),
    ],
)
def test_a_block_is_filled_in_a_loop(limit: str, size: str, answer: set[str]) -> None:
    """Where it lies, its size, and that it is live, stay as they were."""
    body = (
        f"if {limit} {{ return 1 }} let p = alloc({size}) as ptr u8 "
        f"if p == null {{ return 1 }} {ROUNDS}"
    )
    assert _of(body, "bounds", "at") == answer


@pytest.mark.parametrize(("index", "answer"), [(15, "proved"), (16, "refuted")])
def test_a_block_while_others_may_run(index: int, answer: str) -> None:
    """It is of this call: whatever other threads do meanwhile, it stays as it was."""
    body = f"{TESTED} acquire cs {{ n = n + 1 at: p[{index}] = 1 }} free(p)"
    text = driver("lock cs var n : u32 " + ENTRY.replace("BODY", body))
    assert says(answers(text, only=("bounds",))["bounds", "at"], answer)
    assert answer == "refuted" or answers(text, only=("live",))["live", "at"] == {"proved"}
