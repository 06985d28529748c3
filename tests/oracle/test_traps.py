"""Forms of the seed rows that are easily judged wrong, each enumerated in the hostile view."""

from __future__ import annotations

import pytest

from cecheck.ir.program import CheckKind, View
from oracle.explore import Exploration, target_of
from oracle.load import ROOT, scaled

MAPPED, BOUNDS = CheckKind.MAPPED, CheckKind.BOUNDS
BOUNDED = (ROOT / "specs/seed/s06_random_access_bounded.ce").read_text()
MAPPED_FORM = (ROOT / "specs/seed/s02_nested_mapped.ce").read_text()


def refuted(text: str, view: View = View.HOSTILE) -> set[tuple[CheckKind, str]]:
    """Return every check and site that some run violates."""
    spec = scaled(text)
    client = spec.clients[0]
    target = target_of(spec, client.targets[0])
    found = Exploration(spec, *target, client.behaviours[0], view).run()
    assert found.reached
    return {(kind, site.name) for kind, site in found.found}


def direct(body: str) -> str:
    """A driver that uses its direct buffer as *body* says."""
    return f"""// expect: proved
        use ce5
        driver Sample {{
            ioctl Run(in: user ptr u8[in_len], in_len: u32) {{ {body}  return 0 }}
        }}
        client App[*] : untrusted calls Sample.Run"""


def test_null_is_passed_on_with_its_length_and_read_in_sequence():
    """Device Manager does not test what it mapped: the first byte faults, its handler catches."""
    assert refuted(direct("use_it: read in[0 .. in_len]")) == set()


def test_null_plus_an_offset_is_device_managers():
    """The same buffer, begun behind a header or at any element: the alias of slot 0."""
    assert (MAPPED, "use_it") in refuted(direct("use_it: read in[SMALL .. in_len]"))
    element = "let i = any(u32)  if i >= in_len { return 1 }  use_it: let byte = in[i]"
    assert (MAPPED, "use_it") in refuted(direct(element))


def test_a_test_for_null_repairs_the_header_but_not_the_element():
    """In sequence the guard stops the run; any element may lie in Device Manager's slot."""
    test = "if in == null { return 1 }"
    assert refuted(direct(test + " use_it: read in[0 .. in_len]")) == set()
    element = test + " let i = any(u32)  if i >= in_len { return 1 }  use_it: let byte = in[i]"
    assert (MAPPED, "use_it") in refuted(direct(element))


@pytest.mark.parametrize(("bound", "right"), [(1, True), (5, True), (6, False)])
def test_a_bound_is_right_up_to_a_slot_and_a_byte(bound: int, right: bool):
    """Between two checked ends there is room for a whole slot from six bytes on, not before."""
    found = refuted(BOUNDED.replace("length > SMALL", f"length > {bound}"))
    assert found == (set() if right else {(MAPPED, "use_it"), (BOUNDS, "use_it")})


def test_a_slot_that_nobody_has_passes_and_is_not_reached():
    """Whether IsAccessOK says yes there or not, the right form is right."""
    assert refuted(MAPPED_FORM) == set()
    strict = MAPPED_FORM.replace("use ce5", "use ce5 { const UNALLOCATED_PASSES = false }")
    assert refuted(strict) == set()


def test_the_guard_alone_stops_a_sequence():
    """Both ends may be the caller's with Device Manager in between: M1."""
    bare = MAPPED_FORM.replace("use ce5", "use ce5 { const SLOT_GUARD = false }")
    assert (MAPPED, "use_it") in refuted(bare)
    assert (BOUNDS, "use_it") not in refuted(bare)


def test_a_request_longer_than_its_structure_leaks_without_the_guard():
    """Its ends are checked, a field lies between them; `!=` instead of `<` prevents it."""
    bare = MAPPED_FORM.replace("use ce5", "use ce5 { const SLOT_GUARD = false }")
    assert (MAPPED, "in.buffer") in refuted(bare)
    exact = bare.replace("in_len < sizeof", "in_len != sizeof")
    assert {site for _, site in refuted(exact)} == {"use_it"}


def test_every_length_is_null_proof_only_for_the_length_that_was_checked():
    """One byte more than was checked asks for a byte of somebody else's."""
    more = MAPPED_FORM.replace("[0 .. length]", "[0 .. length + 1]")
    assert (BOUNDS, "use_it") in refuted(more)
    assert (BOUNDS, "use_it") in refuted(more, View.WELL_BEHAVED)
