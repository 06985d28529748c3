"""Everything that the project ships has a meaning, in little time."""

from __future__ import annotations

import gc
import sys
from dataclasses import fields, is_dataclass

import pytest
from elaborated import ROOT, platform, result, source, tree

from cecheck.sema import typed
from cecheck.sema.elaborate import elaborate
from cecheck.sema.types import SMALL

SHIPPED = [*sorted((ROOT / "models").glob("*.ce")), *sorted((ROOT / "specs").rglob("*.ce"))]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_what_is_shipped_has_a_meaning(path):
    spec, found = result(path.read_text(encoding="utf-8"), str(path))
    assert found == ()
    assert spec is not None


def test_a_platform_alone_has_a_meaning():
    """A platform file can be checked without a driver."""
    spec, _ = elaborate(platform("ce5"), platform)
    assert spec is not None
    assert spec.drivers == ()
    assert set(spec.platform.hooks) == {
        "translate", "permit", "owns", "inside", "there", "vacant", "honest", "excess",
        "pageable", "pageable_driver", "pinned", "heap", "first_byte", "last_byte",
    }  # fmt: skip


def test_the_small_machine_takes_the_constants_of_its_scale():
    path = ROOT / "specs" / "seed" / "s02_nested_mapped.ce"
    file = tree(path.read_text(encoding="utf-8"))
    spec, found = elaborate(file, platform, SMALL, scale="small")
    assert found == ()
    assert spec is not None
    assert spec.widths.word == 6
    assert spec.platform.constants["KERNEL"] == 32
    assert spec.layouts["Request"].size == 2


def test_a_literal_wider_than_the_small_machine_is_an_error():
    """It would mean something else there (semantics 9.4)."""
    file = tree(source("if in_len > 0x10000 { return 1 }"))
    spec, found = elaborate(file, platform, SMALL, scale="small")
    assert spec is None
    assert [d.code.number for d in found] == ["CE302"]


def test_elaboration_takes_little_and_grows_with_the_text():
    """Calls are counted, not seconds: machines are busy."""
    camera = (ROOT / "specs" / "ce5" / "camera.ce").read_text(encoding="utf-8")
    calls(camera)  # what is kept between two runs is kept now
    assert calls(camera) < 100_000
    few, some, many = (
        calls(source("var x = in_len\n" + "x = x + in_len\n" * count)) for count in (100, 200, 400)
    )
    assert many - some < 2.1 * (some - few)


def calls(text: str) -> int:
    """Return how many calls of Python functions it takes to give *text* a meaning."""
    file, count = tree(text), 0
    gc.collect()  # what earlier tests left behind (Z3's terms) is not freed, and counted, below
    gc.disable()

    def one_more(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(one_more)
    try:
        spec, found = elaborate(file, platform)
    finally:
        sys.setprofile(None)
        gc.enable()
    assert (spec is not None, found) == (True, ())
    return count


def sites(node: object) -> list[str]:
    """Return the names of all sites in a piece of the typed tree."""
    match node:
        case tuple():
            return [name for item in node for name in sites(item)]
        case typed.FieldTarget() | typed.ElementTarget() | typed.RangeTarget():
            return [node.site.name]
        case _ if is_dataclass(node) and not isinstance(node, type):
            return [n for f in fields(node) for n in sites(getattr(node, f.name))]
        case _:
            return []


def test_sites_are_named_by_their_label_or_their_text():
    """The same text twice is told apart."""
    path = ROOT / "specs" / "seed" / "s06_length_fetched_twice.ce"
    spec, _ = result(path.read_text(encoding="utf-8"))
    assert spec is not None
    names = sites(spec.drivers[0].entries[0].body.statements)
    assert len(names) == len(set(names))
    assert "in.length" in names
    assert "use_it" in names
