"""`copy` on six-bit addresses: what is asked of its ranges, and what arrives (semantics 3.8)."""

from __future__ import annotations

import pytest

from cecheck.ir.program import View
from cecheck.sema.typed import Spec
from oracle.expect import disagreements
from oracle.interleave import Domain, Interleaving, interleaved
from oracle.load import ROOT, scaled, scaled_file
from oracle.test_interleave import ALONE

TWO = Domain(numbers=(2,), alone=True)  # a whole request and no other
FILES = ["request_captured", "request_captured_and_fetched"]
REQUEST = "in: user ptr Request sized in_len, in_len: u32"
BYTES = "in: user ptr u8[in_len], in_len: u32"
GIVEN = "if in == null || in_len < sizeof(Request) { return 1 }"


def driver(body: str, parameters: str = REQUEST, rest: str = "") -> Spec:
    """A driver whose entry runs *body*, with structures to copy."""
    return scaled(f"""// expect: proved
        use ce5
        struct Request {{ length : u32  buffer : user ptr u8[length] }}
        struct One {{ number : u32 }}
        struct Halves {{ low : u8  high : u8 }}
        driver Sample {{
            {rest}
            ioctl Write({parameters}) {{
                {body}
                return 0
            }}
        }}
        client App[*] : untrusted calls Sample.Write""")


def violated(
    spec: Spec, view: View = View.HOSTILE, at: str = "at", domain: Domain = ALONE
) -> set[str]:
    """Return the checks that some run violates at the site *at*."""
    (client,) = spec.clients
    found = Interleaving(spec, client, client.behaviours[0], view, domain).run(1 << 17)
    assert found.reached or found.found
    return {kind.value for kind, site in found.found if site.name == at}


@pytest.mark.parametrize("name", FILES)
def test_files_that_copy_agree(name: str):
    """The enumerated verdict of each check and site is the one that the file asks for."""
    spec = scaled_file(ROOT / f"specs/ce5/{name}.ce")
    assert disagreements(spec, interleaved(spec, domain=ALONE)) == []


ONCE = "copy(&request, in, sizeof(Request))"
CAPTURE = """GIVEN
    var request : Request
    request.buffer = null
    COPIED
    let length = request.length, buffer = MapCallerPtr(request.buffer, length)
    if buffer == null { return 1 }
    at: read buffer[0 .. SIZE]"""


def capture(copied: str, size: str) -> str:
    """A request that is copied so, and whose buffer is used up to a size."""
    return CAPTURE.replace("GIVEN", GIVEN).replace("COPIED", copied).replace("SIZE", size)


@pytest.mark.parametrize(("copied", "size", "found"), [
    (ONCE, "request.length", set()),
    (ONCE, "in.length", {"bounds"}),
    ("copy(&request, in, 1) request.buffer = in.buffer", "request.length", set()),
    ("copy(&request, in, 0)", "request.length + 1", set()),  # no pointer arrives
])  # fmt: skip
def test_a_structure_that_is_copied_keeps_its_pointers(copied: str, size: str, found: set[str]):
    """What is fetched again need not be the same."""
    assert violated(driver(capture(copied, size))) == found


@pytest.mark.parametrize(("copied", "size", "found"), [
    (ONCE, "length", set()),
    (ONCE, "length + 1", {"bounds"}),
    ("copy(&request, in, 1)  request.buffer = in.buffer", "length", set()),
])  # fmt: skip
def test_promises_are_copied(copied: str, size: str, found: set[str]):
    """A well-behaved caller's number and his pointer fit each other in the copy, too."""
    assert violated(driver(capture(copied, size)), View.WELL_BEHAVED) & {"bounds"} == found


@pytest.mark.parametrize(("body", "found"), [
    ("var own : u8[1]  at: copy(own, in, in_len)", {"bounds"}),
    ("var own : u8[2]  if in_len > 2 { return 1 }  at: copy(own, in, in_len)", set()),
    ("var own : u8[1]  at: copy(in, own, in_len)", {"bounds"}),
    ("var own : u8[2]  if in_len > 2 { return 1 }  at: copy(in, own, in_len)", set()),
    ("at: copy(in, in, in_len + 1)", {"bounds"}),
    ("at: copy(in, in, 0)", set()),
    ("var own : u8[2]  at: copy(own, in, in_len - 2)", {"bounds"}),  # of one, nearly all there is
])  # fmt: skip
@pytest.mark.parametrize("view", View)
def test_both_ranges_are_asked(body: str, found: set[str], view: View):
    """Each must lie where it is meant to, whatever the other one is."""
    body = f"if in == null || in_len == 0 {{ return 1 }} {body}"
    assert violated(driver(body, BYTES), view) & {"bounds"} == found


@pytest.mark.parametrize(("to", "source", "found"), [
    ("there", "own", {"mapped"}),
    ("own", "there", {"mapped"}),
    ("there", "there & 0", set()),
    ("there & 0", "there", {"mapped"}),
    ("own", "null", {"mapped"}),  # nobody answers for that, whether it is reached or not
])  # fmt: skip
def test_a_byte_arrives_where_that_of_the_source_was_read(to: str, source: str, found: set[str]):
    """Of nothing nothing is written; the other way round the order is nobody's promise."""
    there = "let there = in.buffer  if there as u32 != 2 { return 1 }"  # Device Manager's
    body = f"{GIVEN} var own : u8[1]  {there}  at: copy({to}, {source}, 1)"
    assert violated(driver(body), domain=TWO) & {"mapped"} == found


ACROSS = Domain(numbers=(1, 11), alone=True)  # from the caller's slot to the mapped files


def test_a_copy_promises_no_order():
    """A validated range may have foreign memory inside, in front of which a walk stops."""
    body = "if in == null || in_len == 0 { return 1 }  "
    for use, found in (
        ("at: read in[0 .. in_len]", set()),
        ("at: copy(in, in, in_len)", {"mapped"}),
        ("var own : u8[1]  at: copy(own, in, in_len)", {"mapped"}),
    ):
        assert violated(driver(body + use, BYTES), domain=ACROSS) & {"mapped"} == found


@pytest.mark.parametrize(("size", "found"), [
    ("sizeof(One)", set()),
    ("0", {"assert"}),
])  # fmt: skip
def test_words_between_objects_of_the_driver(size: str, found: set[str]):
    """They are exact where they are copied whole."""
    body = f"""var one : One  var two : One  one.number = 1  two.number = 2
        copy(&two, &one, {size})
        at: assert two.number == 1"""
    assert violated(driver(body, "in_len: u32")) == found


@pytest.mark.parametrize(("copied", "found"), [
    ("copy(&one.high, &one.low, 1)", set()),
    ("copy(&one.low, &one.high, 1)", {"assert"}),
    ("copy(&one.high, &one.high, 1)", {"assert"}),  # it overlaps itself
    ("copy(&one, &one, 2)", {"assert"}),
    ("copy(&one.high, &one.low, 0)", {"assert"}),
])  # fmt: skip
def test_words_inside_one_object(copied: str, found: set[str]):
    """One becomes what the other is."""
    body = f"""var one : Halves  one.low = 1  one.high = 2
        {copied}
        at: assert one.low == 1 && one.high == 1"""
    assert violated(driver(body, "in_len: u32")) == found


@pytest.mark.parametrize(("size", "other"), [("sizeof(Request)", {"assert"}), ("1", set())])
def test_a_copy_that_faults_leaves_anything_behind(size: str, other: set[str]):
    """The handler does not find what was there before, where anything was to be written."""
    body = f"""{GIVEN}
        var request : Request
        request.length = 5  request.buffer = null
        try {{ copy(&request, in, {size}) }} except {{
            at: assert request.length == 5
            other: assert request.buffer == null
        }}"""
    assert violated(driver(body)) == {"assert"}
    body = body.replace("at: assert request.length == 5", "")
    assert violated(driver(body), at="other") == other


BY_NAME = "copy(&kept, in, 2)  low = kept.low  high = kept.high"
ONES_AND_TWOS = Domain(numbers=(2,), others=(1,))


@pytest.mark.parametrize(("use", "found"), [
    (BY_NAME, {"assert"}),
    (f"acquire cs {{ {BY_NAME} }}", set()),
    ("acquire cs { copy(&kept, in, 2)  low = kept.low }  acquire cs { high = kept.high }",
     {"assert"}),
    ("acquire cs { copy(&kept, in, 1)  low = kept.low  high = kept.high }", {"assert"}),
])  # fmt: skip
def test_words_of_globals_are_copied_one_by_one(use: str, found: set[str]):
    """Another call may put its own between them, or between what is fetched of them later."""
    rest = "lock cs\n            var kept : Halves"
    zero = "if in == null { return 1 }  var low : u8 = 0  var high : u8 = 0"
    body = f"{zero}  {use}  at: assert low == high"
    spec = driver(body, "in: user ptr Halves sized in_len, in_len: u32", rest)
    assert violated(spec, View.WELL_BEHAVED, domain=ONES_AND_TWOS) == found
