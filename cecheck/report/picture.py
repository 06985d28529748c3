"""What memory looks like to the threads of a run: who is where, and where the pointer leads.

The platform says where a process has its memory (hooks ``first_byte`` and ``last_byte``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cecheck.ir.program import Program
from cecheck.ir.trace import Trace
from cecheck.report.model import Held, Moment, Picture, Region
from cecheck.report.provenance import values
from cecheck.report.values import Names


def pictures(
    program: Program, names: Names, trace: Trace, told: tuple[Sequence[Moment], Sequence[Held]]
) -> tuple[Picture, ...]:
    """Return a picture for each step after which a thread has other rights, and for the failure.

    *told* is the whole run, and what held before it.
    """
    run, start = told
    if not program.regions:
        return ()
    value, end = values(trace), len(trace.steps)
    actor = trace.schedule.actor
    places = sorted(
        (value(end, actor, one.first), value(end, actor, one.last), one.name)
        for one in program.regions
    )
    regions = tuple(Region(name, first, last, name) for first, last, name in places)
    fields = _fields(trace)
    seen = list(_changing(run, start, fields))
    terms = {text: value(end, actor, expr) for text, expr in trace.schedule.check.terms}
    pointer = next((n for text, n in terms.items() if text.endswith("as a number")), None)
    thread = names.actor(actor)
    rights = next((held for _, who, held in reversed(seen) if who == thread), ())
    last = Picture(
        end, thread, regions, rights, pointer, terms.get("bytes"), terms.get("violating byte"),
        terms.get("lands at"),
    )  # fmt: skip
    return (*(Picture(step, who, regions, held) for step, who, held in seen), last)


Rights = tuple[tuple[str, str], ...]


def _fields(trace: Trace) -> tuple[str, ...]:
    """Return the names of the thread's fields: what a check shows besides numbers of its own."""
    texts = (text.partition(" has ")[0] for text, _ in trace.schedule.check.terms)
    return tuple(dict.fromkeys(text for text in texts if text.isidentifier()))


def _changing(
    run: Sequence[Moment], start: Sequence[Held], fields: Sequence[str]
) -> Iterator[tuple[int, str, Rights]]:
    """Yield (step, thread, its rights) where they are first seen, and wherever they change."""
    now: dict[str, dict[str, str]] = {}
    for held in start:
        if held.thread and held.name in fields:
            now.setdefault(held.thread, {})[held.name] = held.value
    seen: set[str] = set()
    for moment in run:
        mine = now.setdefault(moment.thread, {})
        before = dict(mine)
        mine |= {c.name: c.new for c in moment.changes if c.name in fields and not c.shared}
        if moment.thread not in seen or mine != before:
            seen.add(moment.thread)
            yield moment.step, moment.thread, tuple(mine.items())
