"""Drivers that allocate memory, with every block wherever it may lie."""

from __future__ import annotations

import pytest

from cecheck.sema.typed import Spec
from oracle.choice import Unsupported
from oracle.expect import disagreements
from oracle.explore import enumerate_spec
from oracle.interleave import interleaved
from oracle.load import ROOT, scaled
from oracle.test_interleave import ALONE, driver, refuted

FILES = ["c8_packet_freed", "c8_packet_kept"]
WRITE = "packet[HEADER .. HEADER + length]"
TESTED = "let p = alloc(2) as ptr u8  if p == null { return 1 }  "


def read(name: str) -> Spec:
    """A file, with a packet that a scaled slot can hold."""
    path = f"specs/ce5/{name}.ce"
    text = (ROOT / path).read_text()
    large = "MOST = 0x1000, HEADER = 16"
    assert large in text
    return scaled(text.replace(large, "MOST = 1, HEADER = 1"), path)


@pytest.mark.parametrize("name", FILES)
def test_files_that_allocate_agree(name: str):
    """The enumerated verdict of each check and site is the one that the file asks for."""
    spec = read(name)
    assert disagreements(spec, interleaved(spec, domain=ALONE)) == []


@pytest.mark.parametrize(("body", "found"), [
    ("at: p[1] = 1  free(p)", set()),
    ("at: p[2] = 1  free(p)", {("bounds", "at")}),
    ("let q = p - 1  at: q[0] = 1  free(p)", {("bounds", "at")}),
    ("free(p)  at: p[1] = 1", {("live", "at")}),
    ("free(p)  at: read p[1 .. 1]", set()),
    ("free(p)  at: free(p)", {("paired", "at")}),
    ("at: free(p + 1)  free(p)", {("paired", "at")}),
    ("free(p)  let q = alloc(2) as ptr u8  at: assert p != q  free(q)", {("assert", "at")}),
    ("p[0] = 1  let x = p[0]  at: assert x == 1  free(p)", set()),
    ("p[0] = 1  let x = p[1]  at: assert x == 1  free(p)", {("assert", "at")}),
])  # fmt: skip
def test_what_is_asked_of_a_block(body: str, found: set[tuple[str, str]]):
    """Semantics 2.5."""
    assert {row for row in refuted(driver(TESTED + body), ALONE) if row[1] == "at"} == found


@pytest.mark.parametrize(("body", "found"), [
    ("at: let q = alloc(1) as ptr u8  free(p)", {("paired", "at")}),
    ("let q = alloc(1) as ptr u8  at: assert p != q  free(p)  free(q)", set()),
    ("let q = alloc(0) as ptr u8  at: assert p != q  free(p)  free(q)", set()),
    ("let q = alloc(1) as ptr u8  at: assert q == null  free(p)  free(q)", {("assert", "at")}),
    ("let q = alloc(0) as ptr u8  at: q[0] = 1  free(p)  free(q)", {("bounds", "at")}),
])  # fmt: skip
def test_what_is_asked_of_two_blocks(body: str, found: set[tuple[str, str]]):
    """There is room for two bytes."""
    one = TESTED.replace("alloc(2)", "alloc(1)")
    assert {row for row in refuted(driver(one + body), ALONE) if row[1] == "at"} == found


def test_memory_that_others_may_write_is_refused():
    """No run here has it."""
    with pytest.raises(Unsupported, match="where others write"):
        refuted(driver("let p = alloc(4) as ptr u8  free(p)"), ALONE)


def test_where_nothing_is_kept_apart_it_is_refused():
    """The enumerator of single threads knows no blocks."""
    with pytest.raises(Unsupported, match="Allocate"):
        enumerate_spec(read("c8_packet_freed"))


@pytest.mark.parametrize(("old", "new", "row"), [
    ("alloc(MOST + HEADER)", "alloc(MOST)", ("bounds", WRITE)),
    ("if length > MOST {", "if length > MOST + 1 {", ("bounds", WRITE)),
    ("read body[0", "free(packet) read body[0", ("live", WRITE)),
    ("read body[0", "free(packet) read body[0", ("paired", "free(packet)#2")),
])  # fmt: skip
def test_a_bug_in_the_right_form_is_found(old: str, new: str, row: tuple[str, str]):
    """What is proved is not proved whatever the driver does."""
    path = "specs/ce5/c8_packet_freed.ce"
    text = (ROOT / path).read_text().replace("MOST = 0x1000, HEADER = 16", "MOST = 1, HEADER = 1")
    assert old in text
    assert row in refuted(scaled(text.replace(old, new), path), ALONE)
