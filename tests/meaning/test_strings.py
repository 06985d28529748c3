"""`string_length`: how far it walks in a hostile caller's memory, and in a well-behaved one's."""

from __future__ import annotations

import pytest
from verdicts import seen

from cecheck.ir.program import View
from cecheck.report.model import Finding, Proved, Reach

SPEC = """// expect: proved
use ce5
struct Inner { flags : u32  path : user ptr u16[*] }
struct Named { flags : u32  path : user ptr u16[*]  inner : Inner }
struct List { count : u32  items : user ptr Named[count] }
driver Sample {
    TOP
    ioctl Write(PARAMETERS) {
        BODY
        return 0
    }
}
client App[*] : CLIENT calls Sample.Write
"""
BRIEFLY = {"seconds": 20.0}  # where there is neither a proof nor a run all of the time is spent
WIDE, BYTES = "in: user ptr u16[*]", "in: user ptr u8[*]"
PLAIN = "in: user ptr u8[in_len], in_len: u32"
NAMED = "in: user ptr Named sized in_len, in_len: u32"
DIRECT = "if in == null { return 1 } "
NESTED = "if in == null || in_len < sizeof(Named) { return 1 } "
ONE = "let p = MapCallerPtr(in.path, 1)  if p == null { return 1 } "
ALL = "let p = MapCallerPtr(in.path, 16)  if p == null { return 1 } "
# What is refuted as soon as it is reached: no object is so large.
FAR = "let far = in as user ptr u8  here: read far[0x7000_0000 .. 0x7000_0001]"


def at_here(
    parameters: str, body: str, view: View, check: str = "bounds", **more: object
) -> str:
    """Return the answer of *check* at the site `here` in *view*; *top* is in the driver, too."""
    parts = {"PARAMETERS": parameters, "BODY": body}
    parts |= {"CLIENT": str(more.get("client", "untrusted")), "TOP": str(more.get("top", ""))}
    text = SPEC
    for name, part in parts.items():
        text = text.replace(name, part, 1)
    (answer,) = {
        word(finding)
        for finding in seen(text, view, only=(check,), timeout=more.get("seconds", 120.0))
        if finding.site.name == "here" and finding.kind.value == check
    }
    return answer


def word(finding: Finding) -> str:
    """Return the verdict in a word; where nothing gets to the site it says so."""
    if isinstance(finding.verdict, Proved) and finding.verdict.reach is Reach.NOT_SHOWN:
        return "not reached"
    return type(finding.verdict).__name__.lower()


def well_behaved(parameters: str, body: str, **more: object) -> str:
    """Return the answer about a caller that keeps its promises."""
    return at_here(parameters, body, View.WELL_BEHAVED, client="trusted", **more)


def hostile(parameters: str, body: str, check: str = "bounds") -> str:
    """Return the answer about a caller that does anything."""
    return at_here(parameters, body, View.HOSTILE, check)


# ---- a well-behaved caller ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "use", "answer"),
    [
        (WIDE, "read in[0 .. n + 1]", "proved"),
        (WIDE, "read in[0 .. n + 2]", "refuted"),  # behind the zero nothing is promised
        (WIDE, "read bytes[0 .. (n + 1) * 2]", "proved"),
        (WIDE, "read bytes[0 .. (n + 1) * 2 + 1]", "refuted"),
        (BYTES, "read in[0 .. n + 1]", "proved"),
        (BYTES, "read in[0 .. n + 2]", "refuted"),
        (BYTES, "read words[0 .. n + 1]", "refuted"),  # bytes taken as characters
    ],
)
def test_a_string_ends_with_its_zero(parameters, use, answer):
    """It has one element more than it is long, of whatever size elements are."""
    body = f"{DIRECT} let n = string_length(in)  if n > 0x1000_0000 {{ return 1 }} here: {use}"
    body = f"let bytes = in as user ptr u8, words = in as user ptr u16 {body}"
    assert well_behaved(parameters, body) == answer


@pytest.mark.parametrize(("over", "answer"), [("> 0xFF_FFFF", "vacuous"), ("> 0x1000", "refuted")])
def test_all_of_it_is_where_the_caller_has_memory(over, answer):
    """A slot of 32 MB has room for 16 M characters, that at 0 and the zero included."""
    body = f"{DIRECT} let n = string_length(in)  if n {over} {{ {FAR} }}"
    assert well_behaved(WIDE, body) == answer


@pytest.mark.parametrize(
    ("parameters", "twice"),
    [
        (WIDE, f"{DIRECT} let n = string_length(in), m = string_length(in)"),
        (NAMED, f"{NESTED} {ONE} let q = MapCallerPtr(in.path, 1)  if q == null {{ return 1 }}"
                "let n = string_length(p), m = string_length(q)"),
        (NAMED, f"{NESTED} let p = MapCallerPtr(in.inner.path, 2)  if p == null {{ return 1 }}"
                "let q = MapCallerPtr(in.inner.path, 2)  if q == null { return 1 }"
                "let n = string_length(p), m = string_length(q)"),
        ("in: user ptr Inner sized in_len, in_len: u32",
         "if in == null || in_len < sizeof(Inner) { return 1 } var own : Inner "
         f"copy(&own, in, sizeof(Inner))  {ONE} let q = MapCallerPtr(own.path, 1) "
         "if q == null { return 1 } let n = string_length(p), m = string_length(q)"),
    ],
    ids=["a parameter", "a field", "a field of a structure inside", "a copy of a field"],
)  # fmt: skip
def test_a_well_behaved_caller_leaves_it_as_it_is(parameters, twice):
    """Measured twice it has the same length; a longer part of it is not known to be there."""
    assert well_behaved(parameters, f"{twice} if n != m {{ {FAR} }}") == "vacuous"
    assert well_behaved(parameters, f"{twice} if n != 7 {{ {FAR} }}") == "refuted"


def test_two_strings_have_two_lengths():
    """What one field leads to says nothing about the other."""
    two = f"{NESTED} {ONE} let q = MapCallerPtr(in.inner.path, 1)  if q == null {{ return 1 }}"
    body = f"{two} let n = string_length(p), m = string_length(q)  if n != m {{ {FAR} }}"
    assert well_behaved(NAMED, body) == "refuted"


@pytest.mark.parametrize(("moved", "answer"), [("0", "vacuous"), ("1", "refuted")])
def test_the_string_of_a_field_is_that_of_its_structure(moved, answer):
    """Behind a pointer that was moved to another structure there is another string."""
    body = f"{DIRECT} let other = in + {moved} let p = MapCallerPtr(in.path, 1) "
    body += "let q = MapCallerPtr(other.path, 1)  if p == null || q == null { return 1 } "
    body += f"let n = string_length(p), m = string_length(q)  if n != m {{ {FAR} }}"
    assert well_behaved("in: user ptr Inner[2]", body) == answer


@pytest.mark.parametrize(
    ("again", "answer"), [("0", "vacuous"), ("1", "refuted")], ids=["the same", "another"]
)
def test_elements_of_an_array_keep_their_strings(again, answer):
    """The element that was read last is remembered, and with it how long its string is."""
    top = "if in == null || in_len < sizeof(List) { return 1 } let count = in.count "
    top += "if count < 2 || count > 9 { return 1 } "
    top += "let items = MapCallerPtr(in.items, count * sizeof(Named)) "
    top += "if items == null { return 1 } "
    top += "let p = MapCallerPtr(items[0].path, 1)  if p == null { return 1 } "
    top += f"let q = MapCallerPtr(items[{again}].path, 1)  if q == null {{ return 1 }} "
    body = f"{top} let n = string_length(p), m = string_length(q)  if n != m {{ {FAR} }}"
    assert well_behaved("in: user ptr List sized in_len, in_len: u32", body) == answer


@pytest.mark.parametrize(
    ("moved", "says", "answer"),
    [
        ("in + 2", "m + 2 != n", "vacuous"),
        ("in + 2", "m + 1 != n", "refuted"),
        ("in + n", "m != 0", "vacuous"),  # at the zero
        ("in + n", "m == 0", "refuted"),
    ],
)
def test_of_a_moved_pointer_it_is_the_rest(moved, says, answer):
    """As far as the pointer is moved by whole elements, and not behind the zero."""
    body = f"{DIRECT} let n = string_length(in)  if n < 3 {{ return 1 }}"
    body += f"let m = string_length({moved})  if {says} {{ {FAR} }}"
    assert well_behaved(WIDE, body) == answer


@pytest.mark.parametrize(("by", "answer"), [("n", "proved"), ("n + 1", "refuted")])
def test_behind_the_zero_there_is_no_string(by, answer):
    """Any walk there leaves what was promised."""
    body = f"{DIRECT} let n = string_length(in)  here: let m = string_length(in + {by})"
    assert well_behaved(WIDE, body) == answer


@pytest.mark.parametrize(
    ("length", "answer"),
    [
        ("string_length(in)", "refuted"),  # nobody promised a zero
        ("string_length(in, in_len + 1)", "refuted"),
        ("string_length(in, in_len)", "proved"),
    ],
)
def test_an_array_may_have_no_zero(length, answer):
    """Of what is no string the walk may go on behind the end, unless it is bounded."""
    body = f"{DIRECT} if in_len == 0 || in_len > 100 {{ return 1 }} here: let n = {length}"
    assert well_behaved(PLAIN, body) == answer


def test_an_array_does_not_change_either():
    """No run finds the zero at two places; a proof cannot tell."""
    once = f"{DIRECT} let n = string_length(in, in_len)"
    assert well_behaved(PLAIN, f"{once} if n != 7 {{ {FAR} }}") == "refuted"
    twice = f"{once}, m = string_length(in, in_len)"
    assert well_behaved(PLAIN, f"{twice} if n != m {{ {FAR} }}", **BRIEFLY) == "unknown"


def test_other_elements_have_their_zero_elsewhere():
    """A zero byte may stand before the zero character, or behind it: nobody claims anything."""
    body = f"{DIRECT} here: let n = string_length(in as user ptr u8)"
    assert well_behaved(WIDE, body) == "unknown"
    body = f"{DIRECT} let moved = (in as user ptr u8) + 1 "
    body += "here: let n = string_length(moved as user ptr u16)"
    assert well_behaved(WIDE, body) == "unknown"


# ---- what was written in between -----------------------------------------------------------------

LONG = f"{DIRECT} let n = string_length(in)  if n == 0 {{ return 1 }} "


@pytest.mark.parametrize(
    ("parameters", "body", "answer"),
    [
        (WIDE, f"{LONG} in[0] = 65  here: read in[0 .. n + 1]", "proved"),
        (WIDE, f"{LONG} in[0] = 65  here: let m = string_length(in, n)", "not reached"),
        (WIDE, f"{LONG} in[0] = 65  here: let m = string_length(in)", "unknown"),
        (WIDE, f"{LONG} in[n] = 65  here: let m = string_length(in)", "unknown"),  # really too long
        (WIDE, f"{LONG} write in[0 .. n]  here: let m = string_length(in)", "unknown"),
        (f"{WIDE}, out: user ptr u32", f"{LONG} if out == null {{ return 1 }} out[0] = 1 "
         "here: let m = string_length(in)", "unknown"),  # it may be the same object
        (f"{WIDE}, out: user ptr u32", f"{LONG} if out == null {{ return 1 }} out[0] = 1 "
         "here: read in[0 .. n + 1]", "proved"),
    ],
)  # fmt: skip
def test_what_the_driver_wrote_to_has_any_length(parameters, body, answer):
    """Neither proof nor refutation knows where the zero is then."""
    assert well_behaved(parameters, body) == answer


def test_no_run_has_a_length_after_a_write():
    """A zero was put at the front, so that it is not the length from before."""
    body = f"{LONG} in[0] = 0  let m = string_length(in, n)  if m == n {{ {FAR} }}"
    assert well_behaved(WIDE, body, **BRIEFLY) == "unknown"


@pytest.mark.parametrize(
    ("kept", "later", "answer"),
    [
        ("kept = in", "in[0] = 65", "unknown"),
        ("kept = in", "", "proved"),
        ("", "in[0] = 65", "proved"),
    ],
)
def test_another_thread_may_write_to_it(kept, later, answer):
    """Where a driver keeps pointers and writes through some, any call may do that at any time."""
    body = f"{DIRECT} {kept}  here: let n = string_length(in)  kept = null  {later}"
    top = "var kept : user ptr u16"
    if not kept:
        body, top = body.replace("kept = null", ""), ""
    assert well_behaved(WIDE, body, top=top) == answer


# ---- a hostile caller ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "check", "answer"),
    [
        (f"{ALL} here: let n = string_length(p, 8)", "bounds", "proved"),
        (f"{ALL} here: let n = string_length(p, 8)", "mapped", "proved"),
        (f"{ALL} here: let n = string_length(p, 9)", "bounds", "refuted"),
        (f"{ALL} here: let n = string_length(p)", "bounds", "refuted"),  # nobody puts a zero there
        (f"{ALL} here: let n = string_length(p)", "mapped", "proved"),  # it stops at a guard
        (f"{ONE} here: let n = string_length(p, 8)", "bounds", "refuted"),
        ("here: let n = string_length(in.path, 8)", "mapped", "refuted"),
        (f"{ALL} here: let n = string_length(p + 4, 4)", "bounds", "proved"),
        (f"{ALL} here: let n = string_length(p + 4, 5)", "bounds", "refuted"),
        (f"{ALL} here: let n = string_length(p as user ptr u8, 16)", "bounds", "proved"),
        (f"{ALL} here: let n = string_length(p as user ptr u8, 17)", "bounds", "refuted"),
        ("let p = MapCallerPtr(in.path, 0x800_0000)  if p == null { return 1 }"
         "here: let n = string_length(p, 0x400_0000)", "bounds", "refuted"),  # slots in between
    ],
)  # fmt: skip
def test_a_walk_is_asked_for_all_of_its_bytes(body, check, answer):
    """Those of the zero, or of the last element that it looks at, included."""
    assert hostile(NAMED, f"{NESTED} {body}", check) == answer


@pytest.mark.parametrize(
    ("copied", "answer"),
    [
        ("n", "proved"),
        ("string_length(p, 8)", "refuted"),  # it has become longer
        ("n + 1", "refuted"),
    ],
)
def test_a_hostile_caller_changes_it_meanwhile(copied, answer):
    """Each walk may find another length, so the second one tests nothing of the first."""
    body = f"{NESTED} {ALL} let n = string_length(p, 8)  if n > 4 {{ return 1 }} let m = {copied} "
    body += "var name : u16[4]  here: copy(name, p, m * 2)"
    assert hostile(NAMED, body) == answer


@pytest.mark.parametrize(
    ("round_", "answer"),
    [
        ("n != 0 decreases n { n -= 1 }", "proved"),
        ("n != 0 { n = string_length(p, 8) }", "refuted"),
    ],
)
def test_a_length_that_is_asked_each_round_keeps_a_loop_going(round_, answer):
    """`bounded`: the caller may give another length each time."""
    body = f"{NESTED} {ALL} var n = string_length(p, 8) here: while {round_}"
    assert hostile(NAMED, body, "bounded") == answer


def test_the_number_of_bytes_does_not_wrap():
    """2 GB of characters are 4 GB of bytes, not none: nobody gets to their end."""
    most = "0x8000_0000"
    body = f"{NESTED} {ALL} let n = string_length(p, {most})  if n == {most} {{ here: cover }}"
    assert hostile(NAMED, body, "cover") == "not reached"
    assert hostile(NAMED, f"{NESTED} {ALL} here: let n = string_length(p, {most})") == "refuted"


# ---- memory of the driver ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("length", "answer"),
    [
        ("string_length(name, 16)", "proved"),
        ("string_length(&name[8], 8)", "proved"),
        ("string_length(name, 17)", "unknown"),  # is there a zero?  Nobody knows
        ("string_length(name)", "unknown"),
        ("string_length(&name[8], 9)", "unknown"),
    ],
)
def test_arrays_of_the_driver_are_left_only_where_nobody_knows(length, answer):
    """What they hold is not followed, so a walk that goes beyond one is no refutation."""
    body = f"var name : u16[16]  copy(name, name, 0)  here: let n = {length}"
    assert all(at_here("in_len: u32", body, view) == answer for view in View)


@pytest.mark.parametrize(("test", "answer"), [("n == 16", "proved"), ("n == 15", "refuted")])
def test_a_length_in_an_array_may_be_any(test, answer):
    """What follows is asked for all of them."""
    body = "var name : u16[16]  let n = string_length(name, 16) "
    body += f"if {test} {{ return 1 }} here: name[n] = 0"
    assert hostile("in_len: u32", body) == answer
