"""What allocated blocks hold on six-bit addresses, byte for byte (semantics 6).

A process has room for two units, so blocks have one or two elements.
"""

from __future__ import annotations

import pytest

from cecheck.ir.program import View
from cecheck.sema.typed import Spec
from oracle.expect import disagreements
from oracle.interleave import Domain, Interleaving, interleaved
from oracle.load import ROOT, scaled
from oracle.test_interleave import ALONE

SLOTS = Domain(numbers=(0, 1, 3), alone=True)  # the slot that there is, a length, three units


def driver(body: str, parameters: str = "in: user ptr u8[in_len], in_len: u32") -> Spec:
    """A driver whose entry runs *body* on a block of two units."""
    return scaled(f"""// expect: proved
        use ce5
        struct Halves {{ low : u32  high : u32 }}
        struct Kept {{ body : user ptr u8  length : u32 }}
        driver Sample {{
            ioctl Run({parameters}) {{
                let list = alloc(2) as ptr u32
                if list == null {{ return 1 }}
                {body}
                free(list)
                return 0
            }}
        }}
        client App[*] : untrusted calls Sample.Run""")


def violated(spec: Spec, view: View = View.HOSTILE, at: str = "at") -> set[str]:
    """Return the checks that some run violates at the site *at*."""
    (client,) = spec.clients
    found = Interleaving(spec, client, client.behaviours[0], view, ALONE).run(1 << 17)
    assert at in {site.name for site in found.reached}
    return {kind.value for kind, site in found.found if site.name == at}


@pytest.mark.parametrize("name", ["slot_kept", "slot_fetched_again"])
def test_files_that_keep_pointers_in_blocks_agree(name: str):
    """The enumerated verdict of each check and site is the one that the file asks for."""
    path = f"specs/ce5/{name}.ce"
    text = (ROOT / path).read_text()
    assert "SLOTS = 16" in text
    spec = scaled(text.replace("SLOTS = 16", "SLOTS = 1"), path)
    assert disagreements(spec, interleaved(spec, domain=SLOTS)) == []


def _captured(old: str = "", new: str = "", name: str = "packets_captured") -> list[str]:
    """Return where the enumerator, which copies byte for byte, differs from the file."""
    path = f"specs/ce5/{name}.ce"
    text = (ROOT / path).read_text()
    assert old in text
    assert "MOST = 16" in text
    spec = scaled(text.replace("MOST = 16", "MOST = 1").replace(old, new), path)
    return disagreements(spec, interleaved(spec, domain=Domain(numbers=(0, 2), alone=True)))


@pytest.mark.parametrize("name", ["packets_captured", "packets_captured_and_fetched"])
def test_files_that_copy_into_blocks_agree(name: str):
    """What arrives in a block is what was copied."""
    assert _captured(name=name) == []


@pytest.mark.parametrize(("old", "new"), [
    ("MapCallerPtr(packets[number].body, length)", "packets[number].body"),
    ("let length = packets[number].length,", "let length = packets[number].length + 1,"),
    ("packets, in, MOST * sizeof(Packet)", "packets, in, MOST"),
])  # fmt: skip
def test_a_bug_in_a_capture_is_found(old: str, new: str):
    """What is proved is not proved whatever the driver does."""
    assert any("send" in line for line in _captured(old, new))


@pytest.mark.parametrize(("old", "new"), [
    ("kept[slot].length = length", "kept[slot].length = length + 1"),
    ("size = kept[slot].length", "size = in.length"),
    ("let message = kept[slot].body", "let message = (kept as ptr Kept)[slot].body + 1"),
])  # fmt: skip
def test_a_bug_in_the_right_form_is_found(old: str, new: str):
    """What is proved is not proved whatever the driver does."""
    path = "specs/ce5/slot_kept.ce"
    text = (ROOT / path).read_text().replace("SLOTS = 16", "SLOTS = 1")
    assert old in text
    spec = scaled(text.replace(old, new), path)
    assert any("send" in line for line in disagreements(spec, interleaved(spec, domain=SLOTS)))


FILLED = """if in_len != 2 { free(list)  return 1 }
    for i in 0 .. in_len { let x = in[i] as u32  if x > 1 { free(list)  return 1 }  list[i] = x }
    """


@pytest.mark.parametrize(("body", "found"), [
    ("for j in 0 .. in_len { let k = list[j]  at: assert k <= 1 }", set()),
    ("for j in 0 .. in_len { let k = list[j] + list[in_len - 1 - j]  at: assert k <= 2 }", set()),
    ("var k : u32 = 0  for j in 0 .. in_len { k += list[j] }  at: assert k == 2", set()),
    ("var k : u32 = 0  for j in 0 .. in_len { k += list[j] }  at: assert k != 2", {"assert"}),
    ("list[in_len - 1] = 5  let k = list[0]  at: assert k == 1", set()),
    ("list[in_len - 1] = 5  let k = list[1]  at: assert k == 1", {"assert"}),
    ("list[in_len - 1] = 5  let k = list[1]  at: assert k == 5", set()),
])  # fmt: skip
def test_every_element(body: str, found: set[str]):
    """The numbers of a scaled caller are one and two; what is kept here is one."""
    assert violated(driver(FILLED + body)) == found


@pytest.mark.parametrize(("body", "found"), [
    ("list[0] = 7  list[1] = 2  at: assert wide[0] == 7 + 64 * 2", set()),
    ("wide[0] = 7 + 64 * 2  at: assert list[0] == 7 && list[1] == 2", set()),
    ("wide[0] = 7 + 64 * 2  list[1] = 3  at: assert wide[0] == 7 + 64 * 3", set()),
    ("wide[0] = 7 + 64 * 2  list[0] = 3  at: assert wide[0] == 3 + 64 * 2", set()),
    ("wide[0] = 7  write list[1 .. 2]  at: assert list[0] == 7", set()),
    ("wide[0] = 7  write list[1 .. 2]  at: assert wide[0] == 7", {"assert"}),
    ("wide[0] = 7  write list[0 .. 1]  at: assert list[1] == 0", set()),
    ("list[0] = 7  at: assert wide[0] == 7", {"assert"}),
    ("list[0] = 7  let x = wide[0], y = wide[0]  at: assert x == y", set()),
    ("let x = wide[0]  list[0] = 7  at: assert x == wide[0]", {"assert"}),
    ("halves.high = 7  at: assert list[1] == 7", set()),
    ("halves.high = 7  at: assert list[0] == 7", {"assert"}),
    ("copy(list, in, 1)  let x = list[0]  at: assert x == list[0]", set()),
    ("list[0] = 7  copy(&halves[0].high, list, 1)  at: assert list[1] == 7", set()),
])  # fmt: skip
def test_bytes_are_what_was_written_there(body: str, found: set[str]):
    """A write of any type replaces exactly the bytes that it overlaps."""
    views = "let wide = list as ptr u64, halves = list as ptr Halves  "
    if "copy(list" in body:
        body = f"if in == null || in_len == 0 {{ return 1 }}  {body}"
    if "copy(&halves" in body:
        body = body.replace("&halves[0].high", "list + 1")
    assert violated(driver(views + body)) == found


@pytest.mark.parametrize(("body", "found"), [
    ("at: assert p[0] == 1 && q[0] == 2", set()),
    ("q[0] = 3  at: assert p[0] == 1", set()),
    ("free(p)  let r = alloc(1) as ptr u32  if r == null { return 1 }  at: assert r[0] == 1",
     {"assert"}),
    ("free(p)  at: assert q[0] == 2", set()),
])  # fmt: skip
def test_each_block_has_its_own(body: str, found: set[str]):
    """Also where a new one lies where one lay that was freed."""
    two = """free(list)
        let p = alloc(1) as ptr u32, q = alloc(1) as ptr u32
        if p == null || q == null { return 1 }
        p[0] = 1  q[0] = 2  """
    assert violated(driver(two + body, "in_len: u32")) == found
