"""Parts of the tests: together they are all, and each is about as much as any other."""

from __future__ import annotations

import pytest
from parts import NoPart, part, runs_in

NAMES = [f"tests/meaning/test_order.py::test_what_counts[{n}-proved]" for n in range(1000)]


def test_each_long_test_runs_in_one_part():
    """And in whole numbers of them: nothing is forgotten."""
    parts = [[name for name in NAMES if runs_in(name, number, 4)] for number in (1, 2, 3, 4)]
    assert sorted(name for one in parts for name in one) == sorted(NAMES)
    assert all(200 < len(one) < 300 for one in parts)


def test_what_is_quick_runs_in_every_part():
    """So that a mistake in it is seen at once."""
    assert all(runs_in("tests/sema/test_values.py::test_one", n, 4) for n in (1, 2, 3, 4))


def test_a_part_is_a_number_of_so_many():
    """Anything else would leave tests out, and say nothing."""
    assert part("2/4") == (2, 4)
    for text in ("", "0/4", "5/4", "1", "1/0", "-1/4", "one/4"):
        with pytest.raises(NoPart, match="is no part"):
            part(text)
