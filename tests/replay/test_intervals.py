"""Each operator on intervals: every value is in the result, and nothing that need not be."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

from cecheck.ir.expr import (
    BOOL,
    Binary,
    BinaryOp,
    Expr,
    Extend,
    Extract,
    Ite,
    Scope,
    Unary,
    UnaryOp,
    Var,
    bits,
)
from cecheck.replay.interp import combined
from cecheck.replay.ranges import Interval, _roundest, _spread

WIDTH = 3
ALL = range(1 << WIDTH)
INTERVALS = [(low, high) for low in ALL for high in ALL if low <= high]
TRUTHS = [(0, 0), (0, 1), (1, 1)]
LEFT, RIGHT = (Var(name, bits(WIDTH), Scope.INPUT) for name in ("left", "right"))
A, B = (Var(name, BOOL, Scope.INPUT) for name in ("a", "b"))
FULL = (0, (1 << WIDTH) - 1)


def numbers(one: Interval) -> range:
    return range(one[0], one[1] + 1)


def hull(node: Expr, *args: Interval) -> Interval:
    """Return the smallest interval with all values of *node*."""
    found = [combined(node, values) for values in product(*map(numbers, args))]
    return min(found), max(found)


def contains(outer: Interval, inner: Interval) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def pairs() -> Iterator[tuple[Interval, Interval]]:
    """Yield the pairs of which one at least is not a single value."""
    return ((a, b) for a in INTERVALS for b in INTERVALS if a[0] < a[1] or b[0] < b[1])


def several() -> Iterator[Interval]:
    return (one for one in INTERVALS if one[0] < one[1])


def crosses(one: Interval) -> bool:
    return one[0] < 4 <= one[1]


@pytest.mark.parametrize("op", [UnaryOp.COMPLEMENT, UnaryOp.NEG])
def test_a_word_with_another_sign_or_other_bits(op: UnaryOp) -> None:
    node = Unary(op, LEFT)
    for one in several():
        wraps = op is UnaryOp.NEG and one[0] == 0
        assert _spread(node, (one,)) == (FULL if wraps else hull(node, one)), one


def test_what_is_not_known_to_be_true_may_be_false() -> None:
    assert _spread(Unary(UnaryOp.NOT, A), ((0, 1),)) == (0, 1)


EXACT = [BinaryOp.EQ, BinaryOp.ULT, BinaryOp.ULE]


@pytest.mark.parametrize("op", EXACT)
def test_comparisons_tell_as_much_as_intervals_do(op: BinaryOp) -> None:
    node = Binary(op, LEFT, RIGHT)
    for a, b in pairs():
        assert _spread(node, (a, b)) == hull(node, a, b), (a, b)


@pytest.mark.parametrize("op", [BinaryOp.SLT, BinaryOp.SLE])
def test_signed_comparisons_tell_as_much_where_signs_are_known(op: BinaryOp) -> None:
    node = Binary(op, LEFT, RIGHT)
    for a, b in pairs():
        expected = (0, 1) if crosses(a) or crosses(b) else hull(node, a, b)
        assert _spread(node, (a, b)) == expected, (a, b)


ENDS = {
    BinaryOp.ADD: lambda a, b: (a[0] + b[0], a[1] + b[1]),
    BinaryOp.SUB: lambda a, b: (a[0] - b[1], a[1] - b[0]),
    BinaryOp.MUL: lambda a, b: (a[0] * b[0], a[1] * b[1]),
}


@pytest.mark.parametrize("op", ENDS)
def test_sums_and_products_are_exact_unless_they_wrap(op: BinaryOp) -> None:
    """Where both ends wrap alike, nothing is lost."""
    node = Binary(op, LEFT, RIGHT)
    for a, b in pairs():
        low, high = ENDS[op](a, b)
        found = _spread(node, (a, b))
        assert contains(found, hull(node, a, b)), (a, b)
        assert found == ((low % 8, high % 8) if low // 8 == high // 8 else FULL), (a, b)


def block(one: Interval) -> Interval:
    """Return the smallest aligned block around *one*: above its size all bits are the same."""
    return next(
        (low, low + size - 1)
        for size in (1, 2, 4, 8)
        for low in range(0, 8, size)
        if contains((low, low + size - 1), one)
    )


@pytest.mark.parametrize("op", [BinaryOp.AND_BITS, BinaryOp.OR_BITS, BinaryOp.XOR_BITS])
def test_bits_are_known_above_the_first_that_is_not(op: BinaryOp) -> None:
    node = Binary(op, LEFT, RIGHT)
    for a, b in pairs():
        found = _spread(node, (a, b))
        assert contains(found, hull(node, a, b)), (a, b)
        assert found == hull(node, block(a), block(b)), (a, b)


@pytest.mark.parametrize("op", [BinaryOp.AND, BinaryOp.OR])
def test_one_truth_may_be_enough(op: BinaryOp) -> None:
    node = Binary(op, A, B)
    for a, b in product(TRUTHS, TRUTHS):
        if (0, 1) in (a, b):
            assert _spread(node, (a, b)) == hull(node, a, b), (a, b)


@pytest.mark.parametrize("op", [BinaryOp.UDIV, BinaryOp.LSHR])
def test_division_and_shifts_by_one_number_are_exact(op: BinaryOp) -> None:
    """By several, or by zero, they may give anything."""
    node = Binary(op, LEFT, RIGHT)
    for a, b in pairs():
        is_number = b[0] == b[1] and b[0] > 0
        assert _spread(node, (a, b)) == (hull(node, a, b) if is_number else FULL), (a, b)


def test_rests_are_exact_unless_a_multiple_lies_between() -> None:
    node = Binary(BinaryOp.UREM, LEFT, RIGHT)
    for a, b in pairs():
        number = b[0]
        if b[1] != number or number == 0:
            expected = FULL
        elif a[0] // number == a[1] // number:
            expected = hull(node, a, b)
        else:
            expected = (0, number - 1)
        assert _spread(node, (a, b)) == expected, (a, b)


def test_a_shift_to_the_left_is_a_product() -> None:
    node = Binary(BinaryOp.SHL, LEFT, RIGHT)
    for a, b in pairs():
        if b[0] != b[1] or b[0] == 0:
            expected = FULL
        else:
            low, high = (end << min(b[0], WIDTH) for end in a)
            expected = (low % 8, high % 8) if low // 8 == high // 8 else FULL
        found = _spread(node, (a, b))
        assert found == expected, (a, b)
        assert contains(found, hull(node, a, b)), (a, b)


@pytest.mark.parametrize("op", [BinaryOp.SDIV, BinaryOp.SREM, BinaryOp.ASHR])
def test_of_other_operators_nothing_is_known(op: BinaryOp) -> None:
    for a, b in pairs():
        assert _spread(Binary(op, LEFT, RIGHT), (a, b)) == FULL


@pytest.mark.parametrize(("high", "low"), [(2, 0), (1, 0), (2, 1), (0, 0), (1, 1), (2, 2)])
def test_a_part_of_a_word_is_exact_unless_what_is_cut_off_changes(high: int, low: int) -> None:
    node = Extract(LEFT, high, low)
    for one in several():
        kept = 1 << high + 1
        same = one[0] // kept == one[1] // kept
        whole = (0, (1 << high - low + 1) - 1)
        found = _spread(node, (one,))
        assert found == (hull(node, one) if same else whole), one
        assert contains(found, hull(node, one)), one


@pytest.mark.parametrize("signed", [False, True])
def test_a_wider_word_is_exact_unless_its_sign_changes(signed: bool) -> None:
    node = Extend(LEFT, 5, signed)
    for one in several():
        anything = signed and crosses(one)
        assert _spread(node, (one,)) == ((0, 31) if anything else hull(node, one)), one


def test_a_choice_is_one_of_both_or_either() -> None:
    node = Ite(A, LEFT, RIGHT)
    for truth in TRUTHS:
        for a, b in pairs():
            assert _spread(node, (truth, a, b)) == hull(node, truth, a, b), (truth, a, b)


def test_constants_and_variables_are_no_operators() -> None:
    with pytest.raises(AssertionError, match="have no arguments"):
        _spread(LEFT, ())


def test_a_range_is_cut_where_most_twos_divide() -> None:
    """Above its first number, so that both parts are smaller."""
    for low, high in product(range(20), range(20)):
        if low < high:
            twos = {n: n & -n for n in range(low + 1, high + 1)}
            assert twos[_roundest(low, high)] == max(twos.values()), (low, high)
