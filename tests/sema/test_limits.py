"""What has a meaning, but more of it than anybody can mean: refused before it is worked out."""

from __future__ import annotations

import pytest
from campaigns.hostile import EXPLODING, GROWING, Family, Spec
from elaborated import result, spec

from cecheck.diagnostics import Code, Severity
from cecheck.ir.expr import variables
from cecheck.ir.program import View
from cecheck.lower.link import lower, views
from cecheck.sema.context import MOST_REPORTED
from cecheck.sema.expansion import MAX_PATH

FAMILIES = {family.name: family for family in (*GROWING, *EXPLODING)}

# Family: a number that is fine, and one that is not.
LIMITS = {
    "constants backwards": (20, 600),
    "constants that square": (7, 40),
    "functions that double": (8, 40),
    "functions in a ring": (0, 400),
    "structures that double": (8, 40),
    "fields": (400, 5_000),
    "declarations": (400, 5_000),
    "steps repeated": (40, 400),
}


def errors(text: str) -> list[Code]:
    """Return the codes of the errors in *text*."""
    return [d.code for d in result(text)[1] if d.code.severity is Severity.ERROR]


@pytest.mark.parametrize("name", LIMITS)
def test_what_grows_is_bounded(name):
    """Beyond the limit a diagnostic says so, and below it none does."""
    fine, too_many = LIMITS[name]
    assert fine == 0 or errors(FAMILIES[name].text(fine)) == []
    assert Code.TOO_LARGE in errors(FAMILIES[name].text(too_many))


def test_a_ring_is_a_ring_whatever_its_length():
    """A short one is told as what it is."""
    found = errors(FAMILIES["functions in a ring"].text(5))
    assert set(found) == {Code.RECURSION}
    ring = Family("ring", "outside", "const C# = C%\n", before="const C0 = C1\n")
    assert Code.NOT_CONSTANT in errors(ring.text(5))
    assert Code.TOO_LARGE in errors(ring.text(600))


def in_a_row(calls: int, levels: int) -> str:
    """Functions each of which calls the one before, *levels* of blocks deep."""
    inner = "if x == 1 { " * levels + "f<(x) " + "}" * levels
    row = Family("row", "outside", f"fn f#(x: u32) {{ {inner} }}\n", before="fn f0(x: u32) { }\n")
    return row.text(calls).replace("return 0", f"f{calls}(in_len)  return 0")


@pytest.mark.parametrize(("calls", "levels"), [(110, 0), (20, 4), (4, 12), (1, 40)])
def test_calls_may_nest(calls: int, levels: int):
    """Also as deep as that: what is understood can be lowered, with the stack that Python has."""
    understood = spec(in_a_row(calls, levels))
    for view in views(understood):
        lower(understood, view)


@pytest.mark.parametrize(("calls", "levels"), [(MAX_PATH + 5, 0), (60, 4), (6, 40)])
def test_calls_nest_no_deeper_than_can_be_walked(calls: int, levels: int):
    """Blocks count with the calls that stand in them."""
    assert errors(in_a_row(calls, levels)) == [Code.TOO_LARGE]


@pytest.mark.parametrize(("count", "found"), [(98, []), (99, [Code.UNSUPPORTED])])
def test_each_thread_of_a_driver_has_a_number_of_its_own(count, found):
    """Two of one number would never disturb each other."""
    assert errors(f"""// expect: proved
        use ce5
        driver One {{ ioctl Run() {{ return 0 }}  thread own[{count}] {{ loop {{ }} }} }}
        driver Two {{ ioctl Run() {{ return 0 }} }}
        client App : untrusted calls One.Run""") == found


def test_however_many_entries_are_called_each_is():
    """No two of them by one number."""
    count = 260
    entries = "".join(f"ioctl Run{n}() {{ return 0 }} " for n in range(count))
    calls = ", ".join(f"One.Run{n}" for n in range(count))
    text = f"// expect: proved\nuse ce5\ndriver One {{ {entries} }}\n"
    thread = lower(spec(f"{text}client App : untrusted calls {calls}"), View.HOSTILE).threads[0]
    wanted = {var for e in thread.edges for var in variables(e.guard) if ".target" in var.name}
    assert {1 << var.sort.width >= count for var in wanted} == {True}


def test_nobody_reads_all_of_very_many_mistakes():
    """Nothing more is read after so many."""
    assert len(errors(FAMILIES["errors"].text(3_000))) == MOST_REPORTED


def test_however_many_warnings_a_specification_has_it_is_one():
    """Too many errors end the reading, warnings that nobody would read are left out."""
    found, warnings = result(FAMILIES["cases alike"].text(500))
    assert found is not None
    assert [one.code for one in warnings] == [Code.UNREACHABLE_CODE] * MOST_REPORTED


def test_a_number_is_no_larger_than_any_type_needs():
    """Constants are exact: a shift of a shift may be long, not endless."""
    assert errors(Spec(outside="const C = (1 << 256) >> 255").text()) == []
    text = Spec(outside="const C = ((1 << 256) << 256) >> 511").text()
    assert errors(text) == [Code.TOO_LARGE]
