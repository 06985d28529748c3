"""Tests, scripts of calls: what they find out on six-bit addresses (semantics 5.8)."""

from __future__ import annotations

import pytest
from scripted import PASSED_ON, UNHANDLED, items

from cecheck.sema.typed import Spec
from oracle.choice import Unsupported
from oracle.expect import disagreements
from oracle.explore import Findings, enumerate_spec
from oracle.interleave import Domain, interleaved
from oracle.load import ROOT, scaled
from oracle.scripts import scripted

NUMBERS = Domain(numbers=(1, 3))
QUOTAS = Domain(numbers=(1, 24, 40, 63))  # below, at and above the quota, and so that sums wrap
ITEMS = items(2)


def spec(scripts: str, use: str = "", rules: str = "") -> Spec:
    """A driver, and tests of it."""
    head = f"// expect: proved\nuse ce5 {use}"
    return scaled(f"{head}\ndriver Sample {{{ITEMS}}}\n{scripts}\n{rules}")


def told(body: str, traits: str = "", use: str = "") -> Findings:
    """What every order of actions finds of the test that does *body*."""
    (found,) = scripted(spec(f"test one {traits} {{ {body} }}", use), NUMBERS)
    return found


def holds(found: Findings) -> bool:
    """Tell whether the assertion `here` does, and some run gets there."""
    assert "here" in {site.name for site in found.reached}
    return ("assert", "here") not in {(kind.value, site.name) for kind, site in found.found}


@pytest.mark.parametrize("name", ["quota_by_the_sum", "quota_by_what_is_left"])
def test_files_with_tests_agree(name: str):
    """The enumerated verdict of each check and site is the one that the file asks for."""
    path = f"specs/ce5/{name}.ce"
    text = (ROOT / path).read_text()
    assert "0x10_0000" in text
    found = scaled(text.replace("0x10_0000", "40"), path)
    assert disagreements(found, scripted(found, QUOTAS)) == []


@pytest.mark.parametrize(("body", "right"), [
    ("let r = Sample.Add(3)  here: assert r == 3", True),
    ("let r = Sample.Add(3)  here: assert r == 4", False),
    ("let n = any(0 .. 5)  let r = Sample.Add(n)  here: assert r == n", True),
    ("let n = any(0 .. 5)  let r = Sample.Add(n)  here: assert r < 4", False),
    ("let r = Sample.First(null)  here: assert r == 7", True),
    ("let r = Sample.First(any)  here: assert r == 7", False),
    ("Sample.Add(3)  let r = Sample.Add(4)  here: assert r == 7", True),
    ("Sample.Add(3)  let r = Sample.Add(4)  here: assert r == 4", False),
    ("let r = Sample.Add(2) + Sample.Add(3)  here: assert r == 7", True),
    ("let r = Sample.Add(Sample.Add(2))  here: assert r == 4", True),
    ("let r = Sample.Add(any(0 .. 3)) - Sample.Add(0)  here: assert r == 0", True),
    ("if any { Sample.Add(9) }  let r = Sample.Add(1)  here: assert r == 1", False),
    ("var r : u32 = 0  for i in 0 .. 3 { r = Sample.Add(1) }  here: assert r == 3", True),
    ("var r : u32 = 0  for i in 0 .. 3 { r = Sample.Add(1) }  here: assert r == 2", False),
    ("here: assert Sample.Add(1) == 1 || Sample.Add(9) == 9", True),
    ("here: assert Sample.Add(1) == 2 || Sample.Add(1) == 1", False),
    ("let r = Sample.Fails()  here: assert r == 0", True),
    ("let r = Sample.Fill(5, any, 2)  here: assert r == 5 || r == 0", True),
    ("let r = Sample.Fill(5, any, 2)  here: assert r == 5", False),
])  # fmt: skip
def test_calls_are_made_in_the_order_of_the_text(body: str, right: bool):
    """What one leaves in the driver the next one finds."""
    assert holds(told(body)) == right


@pytest.mark.parametrize(("body", "right"), [
    ("var r : u32 = 9  try { r = Sample.Fails() } except { }  here: assert r == 9", True),
    ("try { try { Sample.Fails() } finally { Sample.Add(1) } } except {"
     " let r = Sample.Add(1)  here: assert r == 2 }", True),
    ("try { Sample.Fails() } except { here: assert false }", False),
])  # fmt: skip
def test_an_exception_that_ends_a_call_is_raised_in_the_script(body: str, right: bool):
    """The call is over then."""
    assert holds(told(body, use=PASSED_ON)) == right


@pytest.mark.parametrize("body", ["{}", "try {{ {} }} except {{ }}"])
def test_a_handler_of_the_script_is_none_of_the_driver(body: str):
    """A fault that nobody in the system handles stays one."""
    found = told(body.format("let r = Sample.First(any)"), use=UNHANDLED)
    assert ("live", "in[0]") in {(kind.value, site.name) for kind, site in found.found}


@pytest.mark.parametrize(("body", "use", "ends"), [
    ("Sample.Add(1)", "", True),
    ("", "", True),
    ("Sample.Fails()", "", True),
    ("Sample.Fails()", PASSED_ON, False),
    ("try { Sample.Fails() } except { }", PASSED_ON, True),
    ("if any { return }  raise", "", True),
    ("Sample.Add(1)  raise", "", False),
])  # fmt: skip
def test_the_end_of_a_test_is_reached_or_that_is_told(body: str, use: str, ends: bool):
    """As the tool tells it: the test is a site."""
    given = spec(f"test one {{ {body} }}", use)
    assert (disagreements(given, scripted(given, NUMBERS)) == []) == ends


@pytest.mark.parametrize(("traits", "body", "right"), [
    (": trusted", "let r = Sample.Fill(5, any, 2)  here: assert r == 5", True),
    (": trusted hostile", "let r = Sample.Fill(5, any, 2)  here: assert r == 5", False),
    (": trusted", "let r = Sample.First(any)  here: assert r == 1", False),
    (": trusted", "let r = Sample.Trusts()  here: assert r == 1", True),
    (": untrusted", "let r = Sample.Trusts()  here: assert r == 1", False),
])  # fmt: skip
def test_a_trusted_test_keeps_its_promises(traits: str, body: str, right: bool):
    """Nobody takes its memory away."""
    assert holds(told(body, traits)) == right


def test_what_each_call_has_to_put_back_is_asked_when_it_is_over():
    """And of the script nothing of the kind."""
    found = told("Sample.Add(1)", use="{ without step 9 }")
    assert {(kind.value, site.name) for kind, site in found.found} == {
        ("restored", "DeviceIoControl")
    }


@pytest.mark.parametrize(("calls", "right"), [("Sample.Trusts()", True), ("", False)])
def test_variables_of_rules_begin_anew_with_each_call(calls: str, right: bool):
    """What the first call did is forgotten in the second one."""
    rules = """rule once {
        var asked : bool
        before CeGetCallerTrust() { here: assert CALLS }
        after CeGetCallerTrust() { asked = true }
    }""".replace("CALLS", "!asked" if right else "asked")
    (found,) = scripted(spec(f"test one {{ Sample.Trusts()  {calls} }}", rules=rules), NUMBERS)
    assert holds(found) == right


def test_elsewhere_scripts_are_refused():
    """No run there has one."""
    for enumerated in (enumerate_spec, interleaved):
        with pytest.raises(Unsupported, match="scripts"):
            enumerated(spec("test one { Sample.Add(1) }"))
