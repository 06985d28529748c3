"""The first number of a range of which a condition is false, found without trying each of them."""

from __future__ import annotations

import pytest
from exprs import VARIABLES, statements, values
from hypothesis import given, settings
from hypothesis import strategies as st

from cecheck.ir.build import add, and_, binary, ne, not_, ule, ult, word
from cecheck.ir.expr import BinaryOp, Scope, Var, bits
from cecheck.replay import ranges
from cecheck.replay.interp import evaluate
from cecheck.replay.ranges import first_false

INDEX = next(var for var in VARIABLES if var.sort == bits(8))


@settings(max_examples=400)
@given(statements(), values(), st.integers(0, 255), st.integers(0, 256))
def test_it_is_the_first_of_all(holds, known, start, limit):
    """Whatever the condition, and wherever the range begins."""

    def is_true(number: int) -> bool:
        return bool(evaluate(holds, lambda var: number if var is INDEX else known[var]))

    found = first_false(holds, known.__getitem__, INDEX, start, limit)
    assert found == next((n for n in range(limit) if not is_true(n)), None)


WIDE = Var("index", bits(64), Scope.INPUT)
START = 0x7FFF_FFFE_1234


def address() -> object:
    """The address of number `index` of a range that begins at `START`."""
    return add(word(START, 64), WIDE)


def test_a_border_may_lie_anywhere():
    """A hole of one byte in a range that takes half of all addresses, and what is before it."""
    hole = START + 0x1234_5678_9ABC
    for holds in (
        ne(address(), word(hole, 64)),
        not_(and_(ule(word(hole, 64), address()), ult(address(), word(hole + 3, 64)))),
    ):
        assert first_false(holds, {}.__getitem__, WIDE, START, 1 << 63) == hole - START
        assert first_false(holds, {}.__getitem__, WIDE, START, hole - START) is None


def test_few_stretches_are_looked_at(monkeypatch):
    """About two for each bit of an address, and border."""
    monkeypatch.setattr(ranges, "MOST", 200)
    holds = ult(address(), word(0x7FFF_FFFF_0000, 64))
    assert first_false(holds, {}.__getitem__, WIDE, START, 1 << 60) == 0x7FFF_FFFF_0000 - START


def test_what_takes_too_long_counts_as_false(monkeypatch):
    """So that no run is told on the strength of it: intervals do not tell that no square is 3."""
    monkeypatch.setattr(ranges, "MOST", 50)
    holds = ne(binary(BinaryOp.MUL, WIDE, WIDE), word(3, 64))
    found = first_false(holds, {}.__getitem__, WIDE, 0, 1 << 40)
    assert found is not None
    assert first_false(holds, {}.__getitem__, WIDE, 0, 20) is None


@pytest.mark.parametrize("limit", range(1, 20))
@pytest.mark.parametrize("start", [0, 1, 6, 0x7FFF_FFFC])
def test_one_number_that_is_false_is_found_wherever_it_is(start: int, limit: int) -> None:
    """The first and the last of the range, and just behind it."""
    for hole in range(limit + 1):
        holds = ne(WIDE, word(hole, 64))
        found = first_false(holds, {}.__getitem__, WIDE, start, limit)
        assert found == (hole if hole < limit else None)


@pytest.mark.parametrize(("most", "found"), [(1, 0), (2, 2), (3, None), (4, None)])
def test_the_first_stretch_that_is_left_counts_as_false(monkeypatch, most, found):
    """Here 0 to 3 are looked at together first, then 0 and 1, then 2 and 3."""
    monkeypatch.setattr(ranges, "MOST", most)
    holds = ne(binary(BinaryOp.MUL, WIDE, WIDE), word(3, 64))
    assert first_false(holds, {}.__getitem__, WIDE, 0, 4) == found
