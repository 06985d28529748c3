"""The rules of one access, on the scaled address map: what reaches what, and what it asks for."""

from __future__ import annotations

import pytest

from cecheck.ir.program import CheckKind
from oracle.access import Access, Meant, Shape, hostile, reached, well_behaved
from oracle.layout5 import Map

MAPPED, BOUNDS = CheckKind.MAPPED, CheckKind.BOUNDS
PERMITTED, LIVE = CheckKind.PERMITTED, CheckKind.LIVE


def read(start: int, size: int, shape: Shape = Shape.RANGE) -> Access:
    """A read of *size* bytes."""
    return Access(start, size, False, shape, 6)


def violated(access: Access, hooks: Map, guarded: bool = True) -> set[CheckKind]:
    """What a hostile caller's pointer violates."""
    return set(hostile(access, "caller", guarded, hooks).violated)


# ---- reach -------------------------------------------------------------------------------------


def test_a_range_reaches_bytes_up_to_the_slot_guard():
    """From the caller's slot towards Device Manager's, the guard of the next slot is the end."""
    assert reached(read(13, 9), Map()) == [13, 14, 15]


def test_without_the_guard_the_range_runs_into_device_manager():
    """The key of the thread holds Device Manager: nothing else stops the run."""
    assert reached(read(13, 9), Map(guard=False)) == list(range(13, 20))


def test_a_field_reaches_all_of_its_bytes_or_none():
    """Two bytes, the second of them in the guard: none is reached."""
    assert reached(read(15, 2, Shape.FIELD), Map()) == []
    assert reached(read(15, 2), Map()) == [15]


def test_nothing_is_reached_below_the_first_address_that_is_there():
    """Null faults at once, whatever follows."""
    assert reached(read(0, 4), Map()) == []


# ---- hostile: the effect and the attempt -------------------------------------------------------


def test_a_validated_range_is_proved_in_sequence_and_refuted_at_random():
    """First and last byte pass MapCallerPtr, Device Manager's slot lies in between."""
    hooks = Map({"filesys": 2, "dm": 3, "caller": 4})
    assert violated(read(5, 14), hooks) == set()
    assert violated(read(13, 1, Shape.ELEMENT), hooks) == {MAPPED, BOUNDS}


def test_the_last_byte_decides_bounds_and_the_reached_ones_decide_mapped():
    """A run that ends in Device Manager's slot asks too much, and the guard saves `mapped`."""
    assert violated(read(13, 6), Map()) == {BOUNDS}
    assert violated(read(13, 6), Map(guard=False)) == {BOUNDS, MAPPED}


def test_a_run_from_the_callers_slot_to_mapped_files_needs_the_guard():
    """Both ends are the caller's to read; Device Manager sits between them (M1)."""
    assert violated(read(13, 12), Map()) == set()
    assert violated(read(13, 12), Map(guard=False)) == {MAPPED}


def test_a_last_byte_in_a_place_without_a_tenant_is_no_violation():
    """MapCallerPtr says yes to what nobody has; somebody else's place is another matter."""
    assert violated(read(13, 7), Map({"filesys": 2, "caller": 3, "dm": 5})) == set()
    assert violated(read(13, 7), Map()) == {BOUNDS}


def test_null_with_a_length_asks_for_nothing():
    """Device Manager hands null on together with the length: it faults in every handler."""
    assert violated(read(0, 20), Map()) == set()
    assert violated(read(2, 1), Map()) == {MAPPED, BOUNDS}


def test_a_range_that_wraps_the_word_is_out_of_bounds_even_from_null_on():
    """The size is the mathematical one: 63 + 2 is past the end, 0 + 65 as well."""
    assert violated(read(63, 1), Map()) == {BOUNDS}
    assert BOUNDS in violated(read(30, 63), Map())
    assert violated(read(0, 65), Map()) == {BOUNDS}


def test_the_last_byte_is_asked_for_reading_only():
    """Shared memory is everybody's to read: a write there is stopped, not out of bounds."""
    assert violated(Access(28, 1, True, Shape.RANGE, 6), Map()) == set()


def test_an_unmapped_pointer_means_device_manager():
    """With Device Manager in slot 0 the alias is its memory."""
    assert violated(read(2, 1, Shape.FIELD), Map()) == {MAPPED}
    assert violated(read(2, 1, Shape.FIELD), Map(current="caller")) == set()


def test_nobody_owns_nothing():
    """A pointer without an origin fails wherever it reaches foreign memory."""
    verdict = hostile(read(5, 1), None, True, Map())
    assert verdict.violated == {MAPPED, BOUNDS}


def test_no_bytes_no_questions():
    """A length of zero is not an access."""
    assert hostile(read(0, 0), "caller", False, Map()).violated == frozenset()


@pytest.mark.parametrize(("start", "kinds"), [(17, {PERMITTED}), (13, {LIVE}), (0, {LIVE})])
def test_an_unguarded_fault_is_the_keys_fault_or_the_memorys(start: int, kinds: set[CheckKind]):
    """Without Device Manager's key, with it, and where nothing is."""
    hooks = Map(current="caller", key=frozenset({"caller"}))
    assert violated(read(start, 1), hooks, guarded=False) & {PERMITTED, LIVE} == kinds


# ---- well-behaved ------------------------------------------------------------------------------


def behaved(access: Access, offset: int, hooks: Map) -> set[CheckKind]:
    """What an access violates whose object is the caller's bytes 13 and 14."""
    return set(well_behaved(access, Meant((13, 14)), offset, "caller", hooks).violated)


def test_the_access_lands_in_the_object_that_was_meant():
    """By its absolute address from anywhere, by its slot-0 address only under its owner."""
    assert behaved(read(13, 2), 0, Map()) == set()
    assert behaved(read(1, 2), 0, Map(current="caller")) == set()
    assert behaved(read(1, 2), 0, Map()) == {MAPPED}


def test_past_the_promised_size_is_out_of_bounds_even_where_it_is_the_callers():
    """The caller's next byte is not part of the object."""
    assert behaved(read(13, 3), 0, Map()) == {BOUNDS}
    assert behaved(read(15, 1, Shape.ELEMENT), 2, Map()) == {BOUNDS}


def test_a_handled_fault_is_still_no_success():
    """Function asks that the access goes through."""
    assert behaved(read(13, 1), 0, Map(key=frozenset({"dm"}))) == {PERMITTED}


def test_a_pointer_without_a_promise_may_not_be_used():
    """A promised size of zero promises nothing."""
    assert BOUNDS in well_behaved(read(13, 1), None, 0, "caller", Map()).violated
