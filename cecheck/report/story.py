"""A replayed trace as a story: the steps that a failure depends on, in words of the spec.

The steps that matter are found backwards from the failed check: a step that changed what the
check reads matters, and then what that change read matters too.  Around them stay the protocol
steps, calls and faults of the same call of the same thread, so that a reader knows where he is.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from itertools import groupby

from cecheck.ir.expr import Expr, Scope, Var, variables
from cecheck.ir.program import Program
from cecheck.ir.trace import Actor, Step, Trace
from cecheck.record import record
from cecheck.replay.interp import evaluate
from cecheck.report.cause import root_cause
from cecheck.report.course import course, said, start
from cecheck.report.model import Moment, Phase, Story
from cecheck.report.picture import pictures
from cecheck.report.values import Names, number
from cecheck.source import Span

Key = tuple[Actor | None, str]

# Events that say where a thread is; those of BETWEEN_THREADS matter where there are several.
_LANDMARKS = frozenset(
    {"step", "client", "enter", "return", "call", "fault", "wait", "exit", "unload"}
)
_BETWEEN_THREADS = frozenset({"lock", "signal"})


def tell(program: Program, trace: Trace) -> Story:
    """Return the story of *trace*, a violation of the check of its schedule."""
    known: dict[Expr, int] = {}

    def value(expr: Expr) -> int:
        return evaluate(expr, lambda var: trace.final.get(var.name, 0), known)

    names = Names.of(program, trace, value)
    check, actor = trace.schedule.check, trace.schedule.actor
    located = _located(program, trace)
    run = course(names, trace, [item.phase for item in located])
    held = start(program, names, trace)
    cause = root_cause(program, trace)
    acting = {item.actor for item in located if item.relevant} | {actor}
    return Story(
        thread=names.actor(actor),
        phase=next((item.phase for item in reversed(located) if item.actor == actor), None),
        moments=tuple(_moments(names, located, trace, cause.spans)),
        steps=len(trace.steps),
        values=names.terms(check.terms, value),
        run=run,
        start=held,
        pictures=pictures(program, names, trace, (run, held)),
        cause=cause,
        turning=_turning(located, actor),
        alone=len(acting) == 1,
    )


@record
class _Located:
    """Step *number* of the run, from 1, with what the story needs to know of it.

    *relevant* are the changes that the failure depends on; *call* counts the calls of the actor.
    """

    number: int
    actor: Actor
    step: Step
    relevant: tuple[Var, ...]
    phase: Phase | None
    call: int

    @property
    def kind(self) -> str:
        """The kind of the event, empty where a step has none."""
        return self.step.edge.event.kind if self.step.edge.event else ""


def _located(program: Program, trace: Trace) -> list[_Located]:
    last = [_last_phase(program, thread) for thread in range(len(program.threads))]
    phases: dict[Actor, Phase | None] = {}
    calls: dict[Actor, int] = {}
    result = []
    matters = zip(trace.steps, _relevant(trace), strict=True)
    for count, (step, relevant) in enumerate(matters, start=1):
        event = step.edge.event
        if event and event.kind == "client":
            calls[step.actor] = calls.get(step.actor, 0) + 1
            phases[step.actor] = None
        if event and event.kind == "step" and event.number is not None:
            phases[step.actor] = Phase(event.number, last[step.actor.thread])
        told = relevant
        if event and event.kind == "exit":  # who has a place now is what later calls go by
            told = tuple(var for var, _ in step.edge.updates)
        here = phases.get(step.actor)
        result.append(_Located(count, step.actor, step, told, here, calls.get(step.actor, 0)))
    return result


def _turning(located: list[_Located], actor: Actor) -> int | None:
    """Return the last step in which anybody had a choice that the failure depends on.

    Such is what another thread did, a value from outside, or which way the run went where the
    program leaves that open.  After it only the failing thread's own code decides, and that leaves
    it no way out unless another thread comes in between.
    """
    for item in reversed(located):
        updates = dict(item.step.edge.updates)
        if item.actor != actor and item.relevant:
            return item.number
        deciding = [item.step.edge.guard, *(updates[var] for var in item.relevant)]
        chosen = (var.scope is Scope.INPUT for expr in deciding for var in variables(expr))
        if item.actor == actor and any(chosen):
            return item.number
    return None


def _last_phase(program: Program, thread: int) -> int:
    events = [edge.event for edge in program.threads[thread].edges if edge.event]
    return max((e.number for e in events if e.kind == "step" and e.number), default=0)


def _relevant(trace: Trace) -> list[tuple[Var, ...]]:
    """Return, for each step, the variables it assigned that the failed check depends on.

    What another thread did to shared state that the failure went through counts too, though it
    came too late or too early: often that is the very point.
    """
    check, last = trace.schedule.check, trace.schedule.actor
    asked = [check.violated, *(expr for _, expr in check.terms)]
    needed = {_key(var, last) for expr in asked for var in variables(expr)}
    shared = {key for key in needed if key[0] is None}
    matters: list[set[Var]] = []
    for place, step in reversed(list(enumerate(trace.steps))):
        if trace.again is not None and place >= trace.again:  # the way it goes is the point
            needed |= {_key(var, step.actor) for var in variables(step.edge.guard)}
        updates = dict(step.edge.updates)
        matters.append({var for var in updates if _key(var, step.actor) in needed})
        needed -= {_key(var, step.actor) for var in matters[-1]}
        read = {read for var in matters[-1] for read in variables(updates[var])}
        needed |= {_key(var, step.actor) for var in read}
        shared |= {key for key in needed if key[0] is None}
    return [
        tuple(v for v, _ in step.edge.updates if v in found or _key(v, step.actor) in shared)
        for step, found in zip(trace.steps, reversed(matters), strict=True)
    ]


def _key(var: Var, actor: Actor) -> Key:
    return (actor if var.scope in (Scope.LOCAL, Scope.INPUT) else None, var.name)


def _moments(
    names: Names, located: list[_Located], trace: Trace, pointed: Collection[Span]
) -> list[Moment]:
    """Return the moments of every call in which something matters, and of the last one.

    Where a run comes round, a moment of its own says from where on.  What is fetched at one of the
    spans that the cause *pointed* at is told.
    """
    told = {(item.actor, item.call) for item in located if item.relevant}
    told |= {(item.actor, item.call) for item in located[-1:]}
    several = len({actor for actor, _ in told}) > 1
    landmarks = _LANDMARKS | _BETWEEN_THREADS if several else _LANDMARKS
    moments = [
        moment
        for place, item in enumerate(located)
        if (item.actor, item.call) in told
        for moment in (
            *([_round(names, item, trace)] if place == trace.again else []),
            *_fetch(names, item, pointed),
            *_moment(names, item, landmarks | _in_round(place, trace)),
        )
    ]
    halves = groupby(moments, lambda moment: replace(moment, step=0))  # a step may be split
    return [next(group) for _, group in halves]


def _in_round(number: int, trace: Trace) -> frozenset[str]:
    """Return what else is told of a step of a round that repeats itself: all that happens."""
    repeats = trace.again is not None and number >= trace.again
    return frozenset({"access", "assign", "branch"}) if repeats else frozenset()


def _round(names: Names, item: _Located, trace: Trace) -> Moment:
    text = "what follows may happen again and again, for ever"
    span = trace.schedule.check.site.span
    who = names.actor(item.actor)
    return Moment(who, "round", text, item.phase, span, step=item.number)


def _fetch(names: Names, item: _Located, pointed: Collection[Span]) -> list[Moment]:
    """Return what is fetched by an access that the cause points at, and that matters."""
    edge, event = item.step.edge, item.step.edge.event
    if item.kind != "access" or event is None or edge.span not in pointed or not item.step.changes:
        return []
    var, _, found = item.step.changes[0]
    text = f"{event.text}: {number(found, var.sort.width)}"
    return [Moment(names.actor(item.actor), "access", text, item.phase, edge.span, (), item.number)]


def _moment(names: Names, item: _Located, landmarks: frozenset[str]) -> list[Moment]:
    edge = item.step.edge
    if item.kind == "return" and names.is_foreign(edge.span):
        return []  # a function of the platform
    changes = tuple(names.changes(item.actor, item.step, item.relevant))
    opens = item.kind == "lock" and item.relevant  # though nothing changes that has a name
    if not changes and not opens and item.kind not in landmarks:
        return []
    text = said(edge.event, edge.span.text if edge.span else "")
    who = names.actor(item.actor)
    return [Moment(who, item.kind, text, item.phase, edge.span, changes, item.number)]
