"""Records: they behave like frozen dataclasses, whose methods they do not have compiled."""

from __future__ import annotations

from copy import copy
from dataclasses import FrozenInstanceError, dataclass, fields, is_dataclass, replace

import pytest

from cecheck.record import record


@record
class Point:
    """Two numbers and a remark."""

    x: int
    y: int
    remark: str = ""


@record
class Other:
    """The same fields in another class."""

    x: int
    y: int
    remark: str = ""


@record
class Nothing:
    """No fields."""


@dataclass(frozen=True)
class Model:
    """What a record is compared with."""

    x: int
    y: int
    remark: str = ""


@pytest.mark.parametrize(
    "point",
    [
        Point(1, 2, ""),
        Point(1, 2),
        Point(1, y=2),
        Point(y=2, x=1),
        Point(remark="", y=2, x=1),
    ],
)
def test_values_come_by_place_by_name_or_by_default(point):
    assert (point.x, point.y, point.remark) == (1, 2, "")
    assert point == Point(1, 2)


@pytest.mark.parametrize(
    ("args", "given"),
    [
        ((), {}),
        ((1,), {}),
        ((1,), {"remark": "no y"}),
        ((1, 2, "", 4), {}),
        ((1, 2), {"y": 3}),
        ((1, 2, ""), {"remark": ""}),
        ((1, 2), {"z": 3}),
        ((1, 2, ""), {"z": 3}),
    ],
)
def test_wrong_arguments_are_refused(args, given):
    with pytest.raises(TypeError, match=r"^Point\(\)"):
        Point(*args, **given)
    with pytest.raises(TypeError):
        Model(*args, **given)


def test_equal_records_are_of_one_class_and_have_equal_fields():
    assert Point(1, 2) == Point(1, 2)
    assert Point(1, 2) != Point(1, 3)
    assert Point(1, 2) != Other(1, 2)
    assert Point(1, 2) != (1, 2, "")
    assert Nothing() == Nothing()


def test_equal_records_have_equal_hashes():
    assert hash(Point(1, 2)) == hash(Point(1, 2)) == hash(Model(1, 2))
    assert len({Point(1, 2), Point(1, 2), Point(2, 1), Nothing(), Nothing()}) == 3
    with pytest.raises(TypeError):
        hash(Point([], 2))


def test_records_do_not_change():
    point = Point(1, 2)
    with pytest.raises(FrozenInstanceError):
        point.x = 3
    with pytest.raises(FrozenInstanceError):
        point.z = 3
    with pytest.raises(FrozenInstanceError):
        del point.x
    assert point == Point(1, 2)


def test_records_are_shown_like_dataclasses():
    assert repr(Point(1, 2, "a")) == repr(Model(1, 2, "a")).replace("Model", "Point")
    assert repr(Nothing()) == "Nothing()"


def test_patterns_take_records_apart():
    match Point(1, 2, "a"):
        case Other():
            pytest.fail("another class")
        case Point(x, y, remark=remark):
            assert (x, y, remark) == (1, 2, "a")


def test_the_standard_library_sees_dataclasses():
    assert is_dataclass(Point)
    assert is_dataclass(Point(1, 2))
    assert [item.name for item in fields(Point(1, 2))] == ["x", "y", "remark"]
    assert [item.default for item in fields(Other)] == [item.default for item in fields(Model)]
    assert fields(Nothing) == ()


def test_one_field_is_replaced():
    point = Point(1, 2, "a")
    assert replace(point, y=3) == Point(1, 3, "a")
    assert copy(point) == point == Point(1, 2, "a")
    with pytest.raises(TypeError):
        replace(point, z=3)


def test_asking_for_the_description_changes_nothing_else():
    @record
    class Late:
        """A class that nobody has asked yet."""

        x: int
        y: int = 2

    before = Late(1)
    assert [item.name for item in fields(Late)] == ["x", "y"]
    assert before == Late(1) == Late(1, 2)
    assert hash(before) == hash(Late(1))
    assert repr(before).endswith("Late(x=1, y=2)")
    with pytest.raises(FrozenInstanceError):
        before.x = 3
