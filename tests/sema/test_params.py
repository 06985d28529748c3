"""Parameters: which values they have, and what a specification means for each."""

from __future__ import annotations

import pytest
from elaborated import platform, tree

from cecheck.sema.elaborate import elaborate
from cecheck.sema.params import MAX_VALUES, every_value

REST = """
driver D {{
    var table : u32[{size}]
    ioctl Write() {{ return ERROR_SUCCESS }}
    thread worker[{size}] {{ }}
}}
client App : untrusted calls D.Write
"""


def members(top: str, size: str = "1"):
    """Return the members of the family of a driver with *top* above it."""
    file = tree(f"// expect: proved\nuse ce5\n{top}\n{REST.format(size=size)}")
    return every_value(lambda given: elaborate(file, platform, given=given))


def values(top: str, size: str = "1"):
    """Return the values of the parameters, member by member; nothing is wrong."""
    found, wrong = members(top, size)
    assert wrong == ()
    return [member.given for member in found]


def test_without_parameters_there_is_one_member():
    assert values("const N = 1") == [()]


def test_a_range_is_half_open_and_each_value_is_a_specification_of_its_own():
    assert values("param N : 2 .. 5", "N") == [(("N", 2),), (("N", 3),), (("N", 4),)]
    found, _ = members("param N : 2 .. 5", "N")
    assert [m.spec.drivers[0].threads[0].count for m in found] == [2, 3, 4]
    assert [m.spec.drivers[0].globals[0].variable.type.count for m in found] == [2, 3, 4]


def test_every_combination_is_a_member():
    given = values("param N : 1 .. 3  param M : -1 .. 1")
    assert given == [
        (("N", n), ("M", m)) for n in (1, 2) for m in (-1, 0)
    ]  # fmt: skip


def test_ends_and_uses_may_be_constant_expressions_in_any_order():
    assert values("const TOP = LOW + N  param N : LOW .. LIMIT * 2  const LOW = 1, LIMIT = 2") == [
        (("N", 1),), (("N", 2),), (("N", 3),)
    ]  # fmt: skip


def test_a_parameter_has_the_type_of_its_ends_or_adapts():
    _, wrong = members("const LOW : u16 = 1  param N : LOW .. 3  const C : u32 = N")
    assert wrong == ()
    _, wrong = members("param N : 254 .. 257  const C : u8 = N")
    assert [(d.code.number, [n.message for n in d.notes]) for d in wrong] == [
        ("CE302", ["with `N` = 256"])
    ]


def test_the_limit_is_exact():
    assert len(values(f"param N : 0 .. {MAX_VALUES}")) == MAX_VALUES
    found, wrong = members(f"param N : 0 .. {MAX_VALUES + 1}")
    assert found == ()
    assert [d.code.number for d in wrong] == ["CE311"]


@pytest.mark.parametrize("stop", ["0x8000_0000", "0x1000_0000_0000_0000_0000"])
def test_huge_ranges_are_refused_and_not_counted_out(stop):
    found, (wrong,) = members(f"param N : 0 .. {stop}")
    assert found == ()
    assert wrong.code.number == "CE311"


def test_a_warning_that_only_some_values_deserve_is_none():
    """What cannot run for one value may run for another."""
    body = "driver E { fn f() -> u32 { while N > 1 { } return 1 } }"
    _, always = members(f"const N = 2 {body}")
    assert [d.code.number for d in always] == ["CE402"]
    _, sometimes = members(f"param N : 1 .. 3 {body}")
    assert sometimes == ()
    _, never = members(f"param N : 2 .. 4 {body}")
    assert [d.code.number for d in never] == ["CE402"]
