"""Stories: the steps a failure depends on are told, in the words of the specification."""

from __future__ import annotations

from dataclasses import replace

from tiny import DATA, SAVED, SIZE, SPAN, check, edge, number, program, thread, variable

from cecheck.ir.build import add, eq, not_
from cecheck.ir.expr import BOOL, FALSE, TRUE, Scope, Var
from cecheck.ir.program import Action, Check, CheckKind, Event, Program
from cecheck.ir.trace import Actor, Schedule, Step, Trace
from cecheck.report.course import said
from cecheck.report.model import Change
from cecheck.report.story import tell
from cecheck.source import Source, Span

FIRST, SECOND = Actor(0, 0), Actor(0, 1)
PLATFORM = Span(Source("models/os.ce", "return old"), 0, 10)
NOISE = variable("noise", Scope.LOCAL)
KEY = tuple(Var(f"client.key has {place}", BOOL, Scope.LOCAL) for place in ("nk", "app"))


def did(actor, event, changes=(), updates=None, span=SPAN):
    """Return a step of *actor*; each of *changes* depends on nothing unless *updates* says so."""
    assigned = updates or {var: number(new) if var.sort.width else TRUE for var, _, new in changes}
    taken = edge(0, 1, updates=assigned, action=Action.LOCAL)
    return Step(actor, replace(taken, event=event, span=span), tuple(changes), {})


def assigns(actor, var, old, new, on=None):
    """Return a step that assigns *new* to *var*, computed from *on*."""
    updates = {var: on if on is not None else number(new)}
    return did(actor, Event("assign", f"{var.name} = ..."), [(var, old, new)], updates)


def stepped(actor, step):
    """Return a step of the platform's protocol."""
    return did(actor, Event("step", f"step {step}", step))


def called(actor):
    """Return the beginning of a call."""
    return did(actor, Event("client", "calls Driver.Entry"))


def story(steps, failing: Check, actor=FIRST, final=None, **details):
    """Return the story of a run of a program whose variables all have types."""
    kind = thread([step.edge for step in steps], [failing], [SAVED, NOISE])
    types = {var.name: "u8" for var in (DATA, SIZE, SAVED, NOISE)} | {v.name: "set" for v in KEY}
    made: Program = replace(program([kind], [DATA, SIZE]), **{"types": types, **details})
    schedule = Schedule({}, {}, {}, (), actor, failing, {})
    return tell(made, Trace(schedule, tuple(steps), final or {}))


def texts(told):
    """Return what the moments of a story say."""
    return [moment.text for moment in told.moments]


def test_only_what_the_failure_depends_on_is_told():
    """A step that changes something else is left out, and counted."""
    steps = [assigns(FIRST, NOISE, 0, 1), assigns(FIRST, SAVED, 0, 7)]
    told = story(steps, check(1, eq(SAVED, number(7))))
    assert texts(told) == ["saved = ..."]
    assert told.steps == 2


def test_dependence_goes_through_what_was_read():
    """The failing value came from another variable, and that from a third."""
    steps = [
        assigns(FIRST, NOISE, 0, 5),
        assigns(FIRST, DATA, 0, 6, on=add(NOISE, number(1))),
        assigns(FIRST, SAVED, 0, 6, on=DATA),
    ]
    told = story(steps, check(1, eq(SAVED, number(6))))
    assert texts(told) == ["noise = ...", "data = ...", "saved = ..."]


def test_a_value_that_was_overwritten_before_it_was_read_does_not_matter():
    """Only the last assignment counts."""
    steps = [assigns(FIRST, SAVED, 0, 1), assigns(FIRST, SAVED, 1, 2)]
    (moment,) = story(steps, check(1, eq(SAVED, number(2)))).moments
    assert [(c.name, c.old, c.new) for c in moment.changes] == [("saved", "1", "2")]


def test_the_locals_of_another_thread_are_not_mistaken_for_ones_own():
    """They have the same names."""
    steps = [assigns(SECOND, SAVED, 0, 1), assigns(FIRST, SAVED, 0, 2)]
    told = story(steps, check(1, eq(SAVED, number(2))))
    assert [moment.thread for moment in told.moments] == ["client 1"]


def test_shared_state_that_another_thread_took_back_too_late_is_told():
    """The worker had read the pointer before the call cleared it."""
    steps = [assigns(FIRST, SAVED, 0, 9, on=DATA), assigns(SECOND, DATA, 9, 0)]
    told = story(steps, check(1, eq(SAVED, number(9))))
    assert texts(told) == ["saved = ...", "data = ..."]
    assert [moment.thread for moment in told.moments] == ["client 1", "client 2"]


def test_protocol_steps_of_the_failing_call_are_landmarks():
    """They stay, numbered, though nothing in them matters."""
    steps = [called(FIRST), stepped(FIRST, 1), stepped(FIRST, 2), assigns(FIRST, SAVED, 0, 7)]
    told = story(steps, check(1, eq(SAVED, number(7))))
    assert texts(told) == ["calls Driver.Entry", "step 1", "step 2", "saved = ..."]
    assert [m.phase.number if m.phase else None for m in told.moments] == [None, 1, 2, 2]
    assert told.phase
    assert (told.phase.number, told.phase.last) == (2, 2)


def test_a_call_in_which_nothing_matters_is_left_out_whole():
    """Only the call that fails is told."""
    steps = [
        called(FIRST), stepped(FIRST, 1), assigns(FIRST, NOISE, 0, 1),
        called(FIRST), stepped(FIRST, 1), assigns(FIRST, SAVED, 0, 7),
    ]  # fmt: skip
    told = story(steps, check(1, eq(SAVED, number(7))))
    assert texts(told) == ["calls Driver.Entry", "step 1", "saved = ..."]


def test_locks_are_told_where_several_threads_take_part():
    """And not where one is alone."""
    lock = did(FIRST, Event("lock", "takes cs"))
    alone = [lock, assigns(FIRST, SAVED, 0, 9, on=DATA)]
    assert "takes cs" not in texts(story(alone, check(1, eq(SAVED, number(9)))))
    together = [*alone, assigns(SECOND, DATA, 9, 0)]
    assert "takes cs" in texts(story(together, check(1, eq(SAVED, number(9)))))


def test_returns_inside_the_platform_are_left_out():
    """The driver's own are told, and all of a platform that stands in the specification."""
    returns = Event("return", "returns old")
    steps = [did(FIRST, returns, span=PLATFORM), did(FIRST, returns), assigns(FIRST, SAVED, 0, 7)]
    path, failing = PLATFORM.source.path, check(1, eq(SAVED, number(7)))
    assert texts(story(steps, failing, platform=path)) == ["returns old", "saved = ..."]
    assert len(texts(story(steps, failing, platform=path, source=path))) == 3


def test_the_memberships_of_a_set_are_one_change():
    """An access key, before and after, named as the specification names it."""
    nk, app = KEY
    changes = [(nk, 1, 1), (app, 0, 1)]
    step = did(FIRST, Event("assign", "key |= {app}"), changes, {nk: TRUE, app: TRUE})
    (moment,) = story([step], check(1, app)).moments
    assert [(c.name, c.old, c.new) for c in moment.changes] == [("key", "{nk}", "{nk, app}")]


def test_a_set_that_all_threads_share_changes_for_all():
    """As any other variable does."""
    member = Var("perms has app", BOOL, Scope.GLOBAL)
    step = did(FIRST, Event("assign", "perms = {app}"), [(member, 0, 1)], {member: TRUE})
    (moment,) = story([step], check(1, member), types={member.name: "set"}).moments
    assert moment.changes == (Change("perms", "{}", "{app}", shared=True),)


def test_an_assignment_that_changes_nothing_is_not_told():
    """Nobody need read it."""
    told = story([assigns(FIRST, SAVED, 7, 7)], check(1, eq(SAVED, number(7))))
    assert told.moments == ()


def test_variables_without_a_type_are_ghosts_and_stay_hidden():
    """Origins, lives and temporaries are the tool's own."""
    ghost = variable("saved.origin", Scope.LOCAL)
    steps = [did(FIRST, Event("assign", "saved = p"), [(ghost, 0, 1)])]
    assert story(steps, check(1, eq(ghost, number(1)))).moments == ()


def test_processes_are_shown_by_name():
    """The number of a place says nothing."""
    current = variable("client.current", Scope.LOCAL)
    steps = [assigns(FIRST, current, 3, 9)]
    told = story(
        steps, check(1, eq(current, number(9))),
        types={current.name: "process"}, places=(("app", number(3)), ("device", number(9))),
    )  # fmt: skip
    (moment,) = told.moments
    assert [(c.name, c.old, c.new) for c in moment.changes] == [("current", "app", "device")]


def test_the_values_at_the_failure_are_computed_from_the_final_state():
    """Numbers in hex, truths as words, sets as sets."""
    failing = replace(
        check(1, TRUE),
        terms=(
            ("address", add(SAVED, number(1))),
            ("key has nk", TRUE), ("key has app", FALSE), ("key has device", TRUE),
            ("kernel mode", not_(TRUE)),
        ),
    )  # fmt: skip
    told = story([], failing, final={"saved": 0x40})
    assert told.values == (("address", "0x41"), ("key", "{nk, device}"), ("kernel mode", "false"))


def test_a_thread_that_is_alone_has_no_number():
    """Numbers tell apart what needs telling apart."""
    told = story([assigns(FIRST, SAVED, 0, 7)], check(1, eq(SAVED, number(7))))
    assert told.thread == "client"


def test_a_round_that_repeats_itself_is_told_whole():
    """From a line of its own on, whether something changes or not; what it depends on before."""
    way = edge(0, 1, eq(SAVED, number(7)), {DATA: number(0)})
    event = Event("branch", "it goes on")
    steps = [
        assigns(FIRST, NOISE, 0, 1),
        assigns(FIRST, SAVED, 0, 7),
        Step(FIRST, replace(way, event=event, span=SPAN), ((DATA, 0, 0),), {}),
    ]
    asked = check(1, TRUE, "walk", CheckKind.BOUNDED)
    made = program([thread([step.edge for step in steps], [asked], [SAVED, NOISE])], [DATA])
    made = replace(made, types={var.name: "u8" for var in (DATA, SAVED, NOISE)})
    schedule = Schedule({}, {}, {}, (), FIRST, asked, {})
    told = tell(made, Trace(schedule, tuple(steps), {}, again=2))
    kinds = ["assign", "round", "branch"]
    assert [moment.kind for moment in told.moments] == kinds
    assert texts(told)[0] == "saved = ..."


def test_the_last_choice_that_matters_is_the_point_of_no_return():
    """What comes after it is the failing thread's own code, and leaves no way out."""
    chosen = variable("chosen", Scope.INPUT)
    steps = [
        called(FIRST),
        assigns(FIRST, SIZE, 0, 9, on=chosen),
        assigns(FIRST, NOISE, 0, 1, on=chosen),
        assigns(FIRST, SAVED, 0, 9, on=SIZE),
    ]
    assert story(steps, check(1, eq(SAVED, number(9)))).turning == 2


def test_which_way_the_program_leaves_open_is_a_choice_too():
    """Though it changes nothing that the failure depends on: the run might have gone elsewhere."""
    goes = did(FIRST, Event("branch", "any is true"), updates={NOISE: number(0)})
    open_ = Var("way", BOOL, Scope.INPUT)
    goes = replace(goes, edge=replace(goes.edge, guard=open_))
    steps = [called(FIRST), assigns(FIRST, SAVED, 0, 9), goes, assigns(FIRST, NOISE, 0, 1)]
    assert story(steps, check(1, eq(SAVED, number(9)))).turning == 3


def test_what_another_thread_does_is_a_choice_too():
    """It might have come later."""
    steps = [called(FIRST), assigns(SECOND, DATA, 0, 9), assigns(FIRST, SAVED, 0, 9, on=DATA)]
    told = story(steps, check(1, eq(SAVED, number(9))))
    assert (told.turning, told.alone) == (2, False)


def test_the_whole_run_is_kept_with_what_held_before_it():
    """For those who want to see every step."""
    steps = [called(FIRST), assigns(FIRST, NOISE, 0, 7), assigns(FIRST, SAVED, 0, 9)]
    told = story(steps, check(1, eq(SAVED, number(9))))
    assert [moment.step for moment in told.run] == [1, 2, 3]
    assert [change.name for moment in told.run for change in moment.changes] == ["noise", "saved"]
    assert {(held.thread, held.name) for held in told.start} >= {("", "data"), ("client", "saved")}


def test_what_is_written_in_several_lines_is_told_in_one():
    assert said(Event("assign", "m = low\n        | high"), "") == "m = low | high"
    assert said(None, "if a {\n    b\n}") == "if a {"
