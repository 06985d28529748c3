"""`string_length` on six-bit addresses: callers that keep their promises, and others."""

from __future__ import annotations

import pytest

from cecheck.ir.program import CheckKind, View
from cecheck.sema.typed import Spec
from oracle.choice import Unsupported
from oracle.expect import disagreements
from oracle.interleave import Domain, Interleaving, interleaved
from oracle.load import ROOT, scaled
from oracle.test_interleave import ALONE

TWO = Domain(numbers=(2,), alone=True)
FILES = ["measured_once", "measured_twice", "measured_unmapped", "one_character", "end_forgotten"]
STRING, ARRAY = "in: user ptr u16[*]", "in: user ptr u8[in_len], in_len: u32"
NAMED = "in: user ptr Named sized in_len, in_len: u32"
GIVEN = "if in == null { return 1 }  "
NESTED = "if in == null || in_len < sizeof(Named) { return 1 }  "
MAPPED = f"{NESTED} let p = MapCallerPtr(in.path, 2)  if p == null {{ return 1 }}  "


def read(name: str) -> Spec:
    """A file, with a name that fits a scaled slot."""
    path = f"specs/ce5/string_{name}.ce"
    text = (ROOT / path).read_text()
    assert "MOST = 260" in text
    return scaled(text.replace("MOST = 260", "MOST = 2"), path)


@pytest.mark.parametrize("name", FILES)
def test_files_that_measure_strings_agree(name: str):
    """The enumerated verdict of each check and site is the one that the file asks for."""
    spec = read(name)
    assert disagreements(spec, interleaved(spec, domain=TWO)) == []


def violated(parameters: str, body: str, view: View) -> set[str]:
    """Return the checks that some run violates at the site *at*, which some run reaches."""
    spec = scaled(f"""// expect: proved
        use ce5
        struct Named {{ flags : u32  path : user ptr u16[*] }}
        driver Sample {{
            ioctl Run({parameters}) {{
                {body}
                return 0
            }}
        }}
        client App[*] : untrusted calls Sample.Run""")
    (client,) = spec.clients
    found = Interleaving(spec, client, client.behaviours[0], view, ALONE).run(1 << 17)
    assert "at" in {site.name for site in found.reached | {site for _, site in found.found}}
    return {kind.value for kind, site in found.found if site.name == "at"}


@pytest.mark.parametrize(("parameters", "body", "found"), [
    (STRING, "let n = string_length(in)  at: read in[0 .. n + 1]", set()),
    (STRING, "let n = string_length(in)  at: read in[0 .. n + 2]", {"bounds"}),
    (STRING, "at: let n = string_length(in, 1)", set()),
    (STRING, "let n = string_length(in), m = string_length(in)  at: assert n == m", set()),
    (STRING, "let n = string_length(in)  at: assert n == 1", {"assert"}),
    (STRING, "let n = string_length(in)  at: assert n <= 2", set()),  # a slot has room for three
    (STRING, "let n = string_length(in)  at: assert n < 2", {"assert"}),
    (STRING, "let n = string_length(in, 1)  at: assert n <= 1", set()),
    (STRING, "let n = string_length(in, 1)  at: assert n == 0", {"assert"}),
    (STRING, "let n = string_length(in), m = string_length(in + n)  at: assert m == 0", set()),
    (STRING, "let n = string_length(in)  at: let m = string_length(in + n)", set()),
    (STRING, "let n = string_length(in)  at: let m = string_length(in + (n + 1), 1)", {"bounds"}),
    (ARRAY, "if in_len == 0 { return 1 }  at: let n = string_length(in)", {"bounds"}),
    (ARRAY, "if in_len == 0 { return 1 }  at: let n = string_length(in, in_len)", set()),
    (ARRAY, "if in_len == 0 { return 1 }  at: let n = string_length(in, in_len + 1)", {"bounds"}),
    (ARRAY, "if in_len == 0 { return 1 }  "
     "let n = string_length(in, in_len), m = string_length(in, in_len)  at: assert n == m", set()),
])  # fmt: skip
def test_a_well_behaved_caller_has_one_zero_and_leaves_it_there(
    parameters: str, body: str, found: set[str]
):
    """What is behind it nobody has promised."""
    asked = {"bounds", "assert"}
    assert violated(parameters, GIVEN + body, View.WELL_BEHAVED) & asked == found


@pytest.mark.parametrize(("body", "found"), [
    (MAPPED + "at: let n = string_length(p, 2)", set()),
    (MAPPED + "at: let n = string_length(p, 3)", {"bounds"}),
    (MAPPED + "at: let n = string_length(p)", {"bounds"}),  # nobody puts a zero there
    (MAPPED + "at: let n = string_length(p + 1, 1)", set()),
    (MAPPED + "at: let n = string_length(p + 1, 2)", {"bounds"}),
    (MAPPED + "let n = string_length(p, 2)  at: assert n <= 2", set()),
    (MAPPED + "let n = string_length(p, 2)  at: assert n != 2", {"assert"}),
    (MAPPED + "let n = string_length(p, 2), m = string_length(p, 2)  at: assert n == m",
     {"assert"}),
    (NESTED + "at: let n = string_length(in.path, 1)", {"mapped"}),
    (NESTED + "at: let n = string_length(in.path, 0)  at: read in.path[0 .. n]", set()),
])  # fmt: skip
def test_a_hostile_caller_has_any_length_each_time(body: str, found: set[str]):
    """It is asked for all of its bytes, that of the zero included."""
    asked = {"bounds", "assert"} if body.startswith(MAPPED) else {"mapped"}
    assert violated(NAMED, body, View.HOSTILE) & asked == found


@pytest.mark.parametrize(("body", "found"), [
    ("at: let n = string_length(name, 2)", set()),
    ("let n = string_length(name, 2)  at: name[n] = 0", {"bounds"}),
    ("let n = string_length(name, 2)  if n == 2 { return 1 }  at: name[n] = 0", set()),
])  # fmt: skip
def test_an_array_of_the_driver_has_any_length(body: str, found: set[str]):
    """What it holds is not followed."""
    assert violated("in_len: u32", f"var name : u16[2]  {body}", View.HOSTILE) == found


@pytest.mark.parametrize("body", [
    "var name : u16[2]  at: let n = string_length(name, 3)",
    f"{GIVEN} in[0] = 1  at: let n = string_length(in)",
])  # fmt: skip
def test_where_nobody_knows_it_is_refused(body: str):
    """Neither proof nor refutation: the tool says so, too."""
    with pytest.raises(Unsupported):
        violated(STRING, body, View.WELL_BEHAVED)


@pytest.mark.parametrize(("old", "new", "kind"), [
    ("MOST * sizeof(u16))", "(MOST - 1) * sizeof(u16))", "measure_it"),
    ("if n == MOST", "if n == MOST + 1", "copy_it"),
    ("(n + 1) * sizeof(u16)", "(n + 2) * sizeof(u16)", "copy_it"),
    ("end_it: name[n]", "end_it: name[n + 1]", "end_it"),
])  # fmt: skip
def test_a_bug_in_the_right_form_is_found(old: str, new: str, kind: str):
    """What is proved is not proved whatever the driver does."""
    text = read("measured_once").source.text
    assert old in text
    spec = scaled(text.replace(old, new))
    (client,) = spec.clients
    found = Interleaving(spec, client, client.behaviours[0], View.HOSTILE, TWO).run(1 << 17).found
    assert (CheckKind.BOUNDS, kind) in {(k, site.name) for k, site in found}
