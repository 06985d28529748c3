"""Root causes: read off a run, not off the verdict, so each has a run of its own here."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tiny import DATA, SAVED, SIZE, SPAN, edge, number, program, thread, variable

from cecheck.ir.causes import Root
from cecheck.ir.expr import TRUE, Scope
from cecheck.ir.program import Action, Check, CheckKind, Event, Site, Use
from cecheck.ir.trace import Actor, Schedule, Step, Trace
from cecheck.report.cause import root_cause
from cecheck.source import Source, Span

ACTOR, OTHER = Actor(0, 0), Actor(0, 1)
POINTER, COUNT = variable("p", Scope.LOCAL), variable("n", Scope.LOCAL)
ORIGIN, FETCHED = variable("p.origin", Scope.LOCAL), variable("got", Scope.INPUT)
TEXT = Span(Source("spec.ce", "p = check(in.p, 4)\nuse p\nreturn"), 0, 18)
USE_SITE = Site("use_it", Span(TEXT.source, 19, 24), True)


def checked(kind=CheckKind.MAPPED, extra=()):
    """Return a check of a range of 8 bytes."""
    terms = (("p, as a number", POINTER), ("bytes", number(8)), *extra)
    return Check(USE_SITE, kind, 0, TRUE, TRUE, terms)


def took(event, changes, updates=None, actor=ACTOR, span=TEXT):
    """Return a step with its changes; each value is arbitrary unless *updates* says more."""
    assigned = updates or {var: FETCHED for var, _, _ in changes}
    return Step(
        actor, replace(edge(0, 1, updates=assigned, action=Action.LOCAL), event=event, span=span),
        tuple(changes), {},
    )  # fmt: skip


def maps(size, result, given=16):
    """Return the step of ``p = check(p, size)``, which gave *result*."""
    use = Use("check", TEXT, POINTER, None if size is None else number(size), None,
              number(result))  # fmt: skip
    event = Event("assign", "p = check(in.p, 4)", uses=(use,))
    return took(event, [(POINTER, given, result), (ORIGIN, 1, 1)],
                {POINTER: POINTER, ORIGIN: ORIGIN})  # fmt: skip


def fetches(value):
    """Return the step that reads the pointer from the caller's structure."""
    return took(Event("access", "read in.p"), [(POINTER, 0, value)])


def cause(steps, check, pointer, others=1):
    """Return the root cause of a run of *steps* that violates *check*."""
    reads = Check(USE_SITE, CheckKind.MAPPED, 0, TRUE, TRUE, (("in.p, as a number", SAVED),))
    edges = [step.edge for step in steps]
    kind = thread(edges, [check, reads], [POINTER, ORIGIN, COUNT, SAVED])
    made = program([kind] * others, [DATA, SIZE])
    schedule = Schedule({}, {}, {ACTOR: {}}, (), ACTOR, check, {})
    return root_cause(made, Trace(schedule, tuple(steps), {POINTER.name: pointer}))


@pytest.mark.parametrize(
    ("steps", "address", "expected"),
    [
        ([fetches(16)], 16, Root.NEVER_MAPPED),
        ([fetches(16), maps(None, 16)], 16, Root.NEVER_CHECKED),
        ([fetches(16), maps(4, 16)], 20, Root.OTHER_SIZE),
        ([fetches(16), maps(8, 16)], 18, Root.ENDS_ONLY),
        ([fetches(16), maps(8, 16)], 16, Root.LET_PASS),
        ([fetches(16), maps(8, 0)], 0, Root.RESULT_IGNORED),
    ],
)
def test_a_range_of_the_caller(steps, address, expected):
    """What was asked of it, for how many bytes, and where it fails decide."""
    check = checked(extra=(("its address", number(address)),))
    assert cause(steps, check, 16).name == expected.value


def test_a_check_before_the_pointer_was_fetched_says_nothing_about_it():
    """Only what the platform did to this very number counts."""
    steps = [fetches(16), maps(8, 16), fetches(16)]
    assert cause(steps, checked(), 16).name == Root.NEVER_MAPPED.value


def test_a_result_that_was_not_taken_is_no_mapping():
    """``known ? p : check(p)``: the check stands there, and was not made."""
    kept = replace(maps(8, 0), changes=((POINTER, 16, 16), (ORIGIN, 1, 1)))
    assert cause([fetches(16), kept], checked(), 16).name == Root.NEVER_MAPPED.value


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(CheckKind.BOUNDS, Root.OTHER_SIZE), (CheckKind.MAPPED, Root.LET_PASS)],
)
def test_asking_about_no_bytes_promises_none(kind, expected):
    """Where memory is, the first byte is asked about all the same."""
    one = replace(checked(kind), terms=(("p, as a number", POINTER), ("bytes", number(1))))
    assert cause([fetches(16), maps(0, 16)], one, 16).name == expected.value


def test_the_text_says_how_many_bytes_are_missing():
    """So that nobody has to subtract."""
    found = cause([fetches(16), maps(4, 16)], checked(), 16)
    assert found.text == "`p = check(in.p, 4)` is about 0x4 bytes; 0x4 more are used"
    assert found.spans == (TEXT, USE_SITE.span)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (CheckKind.PERMITTED, Root.NO_PERMISSION),
        (CheckKind.RESTORED, Root.NOT_RESTORED),
        (CheckKind.DMA, Root.NOT_LOCKED),
        (CheckKind.BOUNDED, Root.NO_END),
        (CheckKind.ASSERT, Root.UNTRUE),
        (CheckKind.PAIRED, Root.NOT_TAKEN),
        (CheckKind.LIVE, Root.FREED_BY_ANOTHER),
    ],
)
def test_other_checks_have_a_cause_too(kind, expected):
    """Each kind of check names what was done wrong."""
    brought = took(Event("client", "calls"), [(POINTER, 0, 16)])
    assert cause([brought], checked(kind), 16).name == expected.value


def test_a_range_that_passed_its_test_is_no_proof_of_how_it_was_tested():
    """Where the failure is not about a single byte, nothing is said of ends."""
    found = cause([fetches(16), maps(8, 16)], checked(CheckKind.BOUNDS), 16)
    assert found.name == Root.LET_PASS.value


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("free", "free(p)", "memory was given back"),
        ("assign", "free_slots = 0", "handle is closed"),
        ("unload", "Driver is unloaded", "driver is unloaded"),
    ],
)
def test_what_is_over_is_told_by_what_happened_and_not_by_a_name(kind, text, said):
    """A variable may be called as it likes."""
    check = Check(USE_SITE, CheckKind.LIVE, 0, TRUE)
    found = cause([took(Event(kind, text), [(SAVED, 0, 1)])], check, 0)
    assert found.name == Root.AFTER_END.value
    assert said in found.text


def test_what_was_taken_and_is_still_held_was_never_given_back():
    """The site itself was passed."""
    taking = took(Event("assign", "take"), [(SAVED, 0, 1)], span=USE_SITE.span)
    check = checked(CheckKind.PAIRED)
    assert cause([taking], check, 16).name == Root.NOT_GIVEN_BACK.value


def test_what_another_thread_allocated_and_this_one_forgets_was_never_given_back():
    """The site was passed by the other one; had it freed there, nothing would have been taken."""
    theirs = took(Event("assign", "alloc"), [(SAVED, 0, 1)], actor=OTHER, span=USE_SITE.span)
    freed = took(Event("free", "free(p)"), [(SAVED, 1, 0)], actor=OTHER, span=USE_SITE.span)
    check = checked(CheckKind.PAIRED)
    assert cause([theirs], check, 16).name == Root.NOT_GIVEN_BACK.value
    assert cause([freed], check, 16).name == Root.NOT_TAKEN.value


def test_what_the_same_place_has_freed_before_is_not_taken_any_more():
    """As in a loop."""
    freed = took(Event("free", "free(p)"), [(SAVED, 1, 0)], span=USE_SITE.span)
    assert cause([freed], checked(CheckKind.PAIRED), 16).name == Root.NOT_TAKEN.value


def test_a_place_that_was_read_before_and_has_changed_since():
    """The same address, another value: that is the cause, whatever was checked in between."""
    steps = [fetches(16), maps(8, 16), fetches(32), maps(8, 32)]
    assert cause(steps, checked(), 32).name == Root.FETCHED_TWICE.value
    again = [fetches(16), maps(8, 16), fetches(16), maps(4, 16)]
    assert cause(again, checked(), 16).name == Root.OTHER_SIZE.value


def test_after_the_return_of_the_call_the_pointer_is_another_matter():
    """The thread that brought it has returned: it is not freed meanwhile, it is over."""
    brought = took(Event("client", "calls"), [(POINTER, 0, 16)], actor=OTHER)
    shared = variable("kept", Scope.GLOBAL)
    keeps = took(Event("assign", "kept = p"), [(shared, 0, 16)], {shared: POINTER}, OTHER)
    back = took(Event("return", "Call returns"), [], {}, OTHER, SPAN)
    takes = took(Event("assign", "p = kept"), [(POINTER, 0, 16)], {POINTER: shared})
    check = checked(CheckKind.LIVE)
    assert cause([brought, keeps, back, takes], check, 16).name == Root.AFTER_RETURN.value
    assert cause([brought, keeps, takes], check, 16).name == Root.FREED_BY_ANOTHER.value
