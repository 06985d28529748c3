"""The whole course of a run: every step, and what all variables that have a name were before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from cecheck.ir.expr import Var
from cecheck.ir.program import Event, Program
from cecheck.ir.trace import Actor, Trace
from cecheck.report.model import Held, Moment, Phase
from cecheck.report.values import Names

_VERBS = {"enter": "runs "}


def course(names: Names, trace: Trace, phases: Iterable[Phase | None]) -> tuple[Moment, ...]:
    """Return each step of *trace*, whether it matters or not; *phases* is where each one is."""
    return tuple(
        Moment(
            names.actor(step.actor),
            step.edge.event.kind if step.edge.event else "",
            said(step.edge.event, step.edge.span.text if step.edge.span else ""),
            phase,
            step.edge.span,
            tuple(names.changes(step.actor, step, [var for var, _, _ in step.changes])),
            number,
        )
        for number, (step, phase) in enumerate(zip(trace.steps, phases, strict=True), start=1)
    )


def said(event: Event | None, written: str) -> str:
    """Return what a step is told as: its *event* in one line, or the first line *written* there."""
    if event is None:
        return written.partition("\n")[0]
    return _VERBS.get(event.kind, "") + " ".join(event.text.split())


def start(program: Program, names: Names, trace: Trace) -> tuple[Held, ...]:
    """Return what is shared, and then what each thread has of its own, before the first step."""
    schedule = trace.schedule
    shared = _held("", names, schedule.actor, (program.globals, schedule.shared))
    actors = dict.fromkeys([*(step.actor for step in trace.steps), schedule.actor])
    return (
        *shared,
        *(
            held
            for actor in actors
            for held in _held(
                names.actor(actor),
                names,
                actor,
                (program.threads[actor.thread].locals, schedule.local.get(actor, {})),
            )
        ),
    )


def _held(
    thread: str, names: Names, actor: Actor, memory: tuple[Iterable[Var], Mapping[str, int]]
) -> Iterator[Held]:
    variables, values = memory
    for name, value in names.held(actor, [(var, values.get(var.name, 0)) for var in variables]):
        yield Held(thread, name, value)
