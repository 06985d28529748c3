"""Further files of `specs/ce5`, with constants that fit a scaled slot, in every order."""

from __future__ import annotations

import pytest

from oracle.expect import disagreements
from oracle.interleave import Domain, interleaved
from oracle.load import ROOT, scaled
from oracle.test_interleave import ALONE

VECTOR = Domain(numbers=(1, 3), alone=True)  # a structure of three units
FILES = {
    "c7_count_fetched_again": ("16", "2", VECTOR),
    "c7_count_fetched_once": ("16", "2", VECTOR),
    "c8_body_mapped": ("0x1000", "2", ALONE),
    "c8_one_byte_mapped": ("0x1000", "2", ALONE),
    "c9_all_keys_for_life": ("", "", ALONE),
    "c9_child_with_the_key": ("", "", ALONE),
    "c9_child_without_the_key": ("", "", ALONE),
    "c9_keys_around_the_access": ("", "", ALONE),
    "c10_fault_handled": ("", "", ALONE),
    "c10_key_not_put_back": ("", "", ALONE),
    "c10_no_handler": ("", "", ALONE),
    "certified": ("", "", ALONE),
    "not_certified": ("", "", ALONE),
}


@pytest.mark.parametrize("name", FILES)
def test_files_agree(name: str):
    """The enumerated verdict of each check and site is the one that the file asks for."""
    old, new, domain = FILES[name]
    path = f"specs/ce5/{name}.ce"
    text = (ROOT / path).read_text()
    assert old in text
    spec = scaled(text.replace(old, new) if old else text, path)
    assert disagreements(spec, interleaved(spec, domain=domain)) == []
