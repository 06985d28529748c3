"""Sets of callers' pointers on six-bit addresses, in every order (semantics 2.7)."""

from __future__ import annotations

import pytest

from cecheck.ir.program import View
from cecheck.sema.typed import Spec
from oracle.expect import disagreements
from oracle.interleave import Domain, Interleaving, interleaved
from oracle.load import ROOT, scaled, scaled_file
from oracle.test_interleave import driver, refuted

FILES = ["queue_taken_back", "queue_left_behind"]
TWO = Domain(numbers=(2,), others=(2,))  # both clients pass whole requests


@pytest.mark.parametrize("name", FILES)
def test_lists_of_requests_agree(name: str):
    """The enumerated verdict of each check and site is the one that the file asks for."""
    spec = scaled_file(ROOT / f"specs/ce5/{name}.ce")
    assert disagreements(spec, interleaved(spec, domain=TWO)) == []


@pytest.mark.parametrize(("old", "new", "check"), [
    ("let mine = MapCallerPtr(in, sizeof(Request))", "let mine = in + 1", "mapped"),
    ("pending -= {mine}", "pending -= {mine + 1}", "live"),
    ("pending -= {mine}", "if !(pending has mine) { pending -= {mine} }", "live"),
    ("pending -= {mine}", "if pending == {} { pending = {} }", "live"),
    ("pending -= {mine}", "if pending has mine { pending -= {mine} }", None),
    ("pending -= {mine}", "pending = {}", None),
    ("pending |= {mine}", "pending = {mine}", None),
])  # fmt: skip
def test_a_change_of_the_right_form_is_found_wrong_or_right(
    old: str, new: str, check: str | None
):
    """What is used is a member, and each member is used."""
    text = scaled_file(ROOT / "specs/ce5/queue_taken_back.ce").source.text
    assert text.count(old) == 1
    wrong = {kind for kind, site in violated(scaled(text.replace(old, new))) if site == "serve"}
    assert (check in wrong) if check else not wrong


def violated(spec: Spec) -> set[tuple[str, str]]:
    """Return every check and site that some order violates in the hostile view."""
    (client,) = spec.clients
    found = Interleaving(spec, client, client.behaviours[0], View.HOSTILE, TWO).run(1 << 17)
    assert "serve" in {site.name for site in found.reached} | {s.name for _, s in found.found}
    return {(kind.value, site.name) for kind, site in found.found}


KEPT = "var kept : set user ptr u8"
BUFFER = "in: user ptr u8[in_len], in_len: u32"


@pytest.mark.parametrize(("body", "holds"), [
    ("kept |= {in}  let p = any(kept)  at: assert p == in", True),
    ("kept |= {in}  kept |= {in + 1}  let p = any(kept)  at: assert p == in", False),
    ("kept |= {in}  kept |= {in + 1}  let p = any(kept)  at: assert p == in || p == in + 1", True),
    ("kept |= {in}  kept |= {in + 1}  kept -= {in}  let p = any(kept)  at: assert p != in", True),
    ("kept |= {in}  kept -= {in + 1}  let yes = kept has in  at: assert yes", True),
    ("kept |= {in}  let yes = kept has in + 1  at: assert yes", False),
    ("kept |= {in}  kept -= {in}  let p = any(kept)  at: assert p == null", True),
    ("kept |= {in}  let other = in as u32 as user ptr u8 of device  kept -= {other}  "
     "let p = any(kept)  at: assert p == null", True),  # whatever came with the number
    ("let yes = kept == {}  at: assert yes", True),
    ("kept |= {in}  let yes = kept == {}  at: assert yes", False),
])  # fmt: skip
def test_what_is_in_a_set(body: str, holds: bool):
    """One caller, one call."""
    spec = driver(f"if in == null {{ return 1 }}  {body}  kept = {{}}", KEPT, BUFFER)
    assert refuted(spec, Domain(alone=True)) == (set() if holds else {("assert", "at")})
