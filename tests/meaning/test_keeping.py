"""Allocated memory that outlives a call: used while it is live, given back by whoever has it."""

from __future__ import annotations

import pytest
from elaborated import COPIED, spec
from verdicts import hostile_says

from cecheck.ir.program import View
from cecheck.lower.link import lower

HEAD = """// expect: proved
use ce5
struct Item {
    count : u32
    next  : ptr u8
}
"""


def _driver(body: str, calls: str) -> str:
    return f"{HEAD}driver Sample {{ {body} }} client App[*] : untrusted calls {calls}"


KEPT = """
    var kept : ptr Item
    lock cs
    init Init() {
        kept = alloc(sizeof(Item)) as ptr Item
        return (kept != null) as u32
    }
    ioctl Write(in_len: u32) {
        BODY
        return 0
    }
"""


@pytest.mark.parametrize(
    ("body", "kind", "answer"),
    [
        ("at: kept.count = 1", "live", "proved"),
        ("at: kept.count = 1", "bounds", "proved"),
        ("at: kept[1].count = 1", "bounds", "refuted"),
        ("free(kept) at: kept.count = 1", "live", "refuted"),
        (
            "acquire cs { if kept != null { at: kept.count = 1 free(kept) kept = null } }",
            "live", "proved",
        ),
    ],
)  # fmt: skip
def test_memory_of_the_driver(body: str, kind: str, answer: str) -> None:
    """What is allocated when the driver is loaded is there in every call, until one frees it."""
    text = _driver(KEPT.replace("BODY", body), "Sample.Write")
    assert hostile_says(text, kind, "at", answer)


LEFT = """
    var kept : ptr Item
    var spare : ptr Item
    lock cs
    ioctl Write(in_len: u32) {
        at: let item = alloc(sizeof(Item)) as ptr Item
        if item == null { return 1 }
        BODY
        return 0
    }
"""


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("free(item)", "proved"),
        ("item.count = 1", "refuted"),
        ("acquire cs { if kept == null { kept = item } else { free(item) } }", "proved"),
        ("acquire cs { free(kept) kept = item }", "proved"),
        # Who takes it out of the last place it was kept in has to give it back.
        ("acquire cs { free(kept) kept = item } acquire cs { kept = null }", "refuted"),
        (
            "acquire cs { free(kept) kept = item } acquire cs { free(kept) kept = null }",
            "proved",
        ),
    ],
)  # fmt: skip
def test_who_has_to_give_it_back(body: str, answer: str) -> None:
    """The driver keeps a block where it has a pointer to it; else the call must give it back."""
    text = _driver(LEFT.replace("BODY", body), "Sample.Write")
    assert hostile_says(text, "paired", "at", answer)


LOADED = """
    var kept : ptr Item
    var spare : ptr Item
    init Init() {
        at: kept = alloc(sizeof(Item)) as ptr Item
        if kept == null { return 0 }
        spare = alloc(sizeof(Item)) as ptr Item
        if spare == null { BODY return 0 }
        return 1
    }
    ioctl Write(in_len: u32) { return 0 }
"""
OPENED = """
    context { item : ptr Item }
    open Open() {
        at: context.item = alloc(sizeof(Item)) as ptr Item
        return (context.item != null) as u32
    }
    close Close() {
        BODY
        return 1
    }
"""


@pytest.mark.parametrize(
    ("items", "calls", "body", "answer"),
    [
        (LOADED, "Sample.Write", "free(kept)", "proved"),
        (LOADED, "Sample.Write", "", "refuted"),
        (OPENED, "Sample.Open, Sample.Close", "free(context.item)", "proved"),
        (OPENED, "Sample.Open, Sample.Close", "", "refuted"),
        (OPENED, "Sample.Open, Sample.Close", "context.item = null", "refuted"),
    ],
)
def test_what_goes_with_its_keeper(
    items: str, calls: str, body: str, answer: str
) -> None:
    """Nothing is lost with a driver that cannot be loaded, or with the context of a handle."""
    text = _driver(items.replace("BODY", body), calls)
    assert hostile_says(text, "paired", "at", answer)


TABLE = """// expect: proved
    use ce5
    struct Entry {
        held : ptr u8
        size : u32
    }
    driver Sample {
        var table : ptr Entry
        var other : ptr u8
        init Init() {
            table = alloc(sizeof(Entry)) as ptr Entry
            if table == null { return 0 }
            at: let block = alloc(16) as ptr u8
            table.held = block
            BODY
            return 1
        }
        ioctl Write(in_len: u32) { return 0 }
    }
    client App[*] : untrusted calls Sample.Write
"""


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("", "proved"),
        ("table.held = null", "refuted"),
        ("free(block) table.held = null", "proved"),
        ("other = block table.held = null", "proved"),
        ("let bytes = table as ptr u8 write bytes[2 .. 6]", "refuted"),  # a part of it
        ("var new : Entry new.held = null copy(table, &new, sizeof(Entry))", "refuted"),
    ],
)
def test_who_writes_over_the_last_pointer_has_the_block(body: str, answer: str) -> None:
    """A block that only another block has a pointer to is lost where that is written over."""
    assert hostile_says(TABLE.replace("BODY", body), "paired", "at", answer)


RACE = COPIED.replace("MORE", "thread Other { if copied.FIELD == 1 { free(kept) } }")


@pytest.mark.parametrize(
    ("count", "field", "answer"),
    [
        # What arrives first is seen before the rest is fetched, and nobody knows which that is.
        ("8", "first", "refuted"),
        ("8", "second", "refuted"),
        ("4", "second", "proved"),
    ],
)
def test_a_block_is_live_until_all_of_it_was_copied(
    count: str, field: str, answer: str
) -> None:
    """Words that others see are copied one by one, in any order, and the block has to stay."""
    text = RACE.replace("COUNT", count).replace("FIELD", field)
    assert hostile_says(text, "live", "at", answer)


SLOTS = """// expect: proved
use ce5
driver Sample {
    lock cs
    var kept  : ptr u32
    var slots : (ptr u32)[SIZE]
    ioctl Put(in_len: u32) {
        if in_len >= 2 { return 0 }
        BODY
        return 0
    }
    ioctl Take(in_len: u32) {
        if in_len >= 2 { return 0 }
        acquire cs {
            let item = slots[in_len]
            slots[in_len] = null
            if item != null { give: free(item) }
        }
        return 0
    }
}
client App[N] : untrusted calls Sample.Put, Sample.Take
"""
IN_A_CALL = """
    at: let item = alloc(4) as ptr u32
    var two : (ptr u32)[2]
    if item != null { two[0] = item  FREE }
"""
FIRST_LOOKED_AT = """
    acquire cs {
        if slots[in_len] == null { at: let item = alloc(4) as ptr u32  slots[in_len] = item }
    }
"""
WRITTEN_OVER = "at: let item = alloc(4) as ptr u32  slots[0] = item"


def _table(body: str, threads: str = "1", size: int = 2) -> str:
    text = SLOTS.replace("BODY", body).replace("SIZE", str(size))
    return text.replace("[N]", "" if threads == "1" else f"[{threads}]")


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (IN_A_CALL.replace("FREE", ""), "refuted"),
        (IN_A_CALL.replace("FREE", "free(two[0])"), "proved"),
    ],
)
def test_an_array_of_a_call_keeps_nothing(body: str, answer: str) -> None:
    """What is put into one has to be given back all the same."""
    alone = _table(body).replace(", Sample.Take", "")
    assert hostile_says(alone, "paired", "at", answer)


def test_a_long_array_of_a_call_keeps_nothing_either() -> None:
    alone = _table(IN_A_CALL.replace("FREE", "").replace("[2]", "[9]")).replace(", Sample.Take", "")
    assert hostile_says(alone, "paired", "at", "refuted")


def test_a_table_has_an_element_for_each_block() -> None:
    assert hostile_says(_table(FIRST_LOOKED_AT, "*"), "paired", "at", "proved")
    again = _table(FIRST_LOOKED_AT, "*").replace("slots[in_len] = null\n", "")
    assert hostile_says(again, "paired", "give", "refuted")


def test_an_element_that_is_written_over_loses_its_block() -> None:
    alone = _table(WRITTEN_OVER).replace(", Sample.Take", "")
    assert hostile_says(alone, "paired", "at", "refuted")


def test_what_is_not_asked_of_a_long_table_is_said() -> None:
    """Where elements are not followed, nobody asks which block is lost: the verdict says so."""
    said = [any("is not lost there" in text for text in _assumed(size)) for size in (2, 9)]
    assert said == [False, True]


def _assumed(size: int) -> tuple[str, ...]:
    return lower(spec(_table(WRITTEN_OVER, size=size)), View.HOSTILE).assumptions
