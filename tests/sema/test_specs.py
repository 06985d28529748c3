"""Everything that the project ships has a meaning, in little time."""

from __future__ import annotations

import time
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


def test_elaboration_is_fast():
    """Well under 40 ms for a platform and a driver (the best of three, machines are busy)."""
    path = ROOT / "specs" / "ce5" / "camera.ce"
    file = tree(path.read_text(encoding="utf-8"))
    best = 1.0
    for _ in range(3):
        before = time.process_time()
        elaborate(file, platform)
        best = min(best, time.process_time() - before)
    assert best < 0.04


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
