"""What can be asked of the run of a refutation: what brought the failing access about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cecheck.ir.build import const, substitute
from cecheck.ir.expr import Expr, Scope, Var, variables
from cecheck.ir.program import Check, CheckKind, Program, Use
from cecheck.ir.trace import Actor, Step, Trace
from cecheck.lower.values import Origin
from cecheck.record import record
from cecheck.report.provenance import (
    Access,
    How,
    Link,
    accesses,
    key,
    provenance,
    rests_on,
    values,
    wraps,
)
from cecheck.report.values import Names
from cecheck.source import Span


@record
class Mapping:
    """A *link* through a function of the platform, and the numbers it was about."""

    link: Link
    use: Use
    size: int | None
    result: int

    @property
    def text(self) -> str:
        """The call as it is written."""
        return " ".join(self.use.span.text.split())


class Inquiry:
    """One run, and what its failing access reaches."""

    def __init__(self, program: Program, trace: Trace) -> None:
        self.program, self.trace = program, trace
        self.check: Check = trace.schedule.check
        self.actor = trace.schedule.actor
        self.end = len(trace.steps)
        self.value = values(trace)
        self.accesses = {one.number: one for one in accesses(program, trace, self.value)}
        self.names = Names.of(program, trace, lambda expr: self.value(self.end, self.actor, expr))
        terms = dict(self.check.terms)
        self.pointer = next((e for t, e in terms.items() if t.endswith("as a number")), None)
        self.count = terms.get("bytes") if self.pointer is not None else None
        self.byte = terms.get("its address")  # of the byte that fails
        self.chain = self._origin(self.pointer)
        self.counted = self._origin(self.count)

    def _origin(self, expr: Expr | None) -> tuple[Link, ...]:
        return () if expr is None else provenance(self.trace, self.actor, expr, self.end)

    def _bytes(self) -> int:
        return 0 if self.count is None else self.value(self.end, self.actor, self.count)

    def reached(self) -> int:
        """Return the end of what is reached, as an address that does not wrap."""
        assert self.pointer is not None
        return self.value(self.end, self.actor, self.pointer) + self._bytes()

    def failing_byte(self) -> int | None:
        """Return the address of the byte that fails, if the check is about single bytes."""
        return None if self.byte is None else self.value(self.end, self.actor, self.byte)

    def end_of(self, mapping: Mapping) -> int:
        """Return the end of what *mapping* was asked about.

        Where memory is, a question about no bytes is one about the first; it promises none.
        """
        least = 0 if self.check.kind is CheckKind.BOUNDS else 1
        return mapping.result + max(mapping.size or 0, least)

    def is_enough(self, mappings: Iterable[Mapping]) -> bool:
        """Tell whether one of *mappings* was asked about all that is reached."""
        return any(one.size is not None and self.end_of(one) >= self.reached() for one in mappings)

    def mappings(self) -> list[Mapping]:
        """Return what the platform did to the pointer, the latest first.

        A call on the pointer before it was fetched again says nothing about it.
        """
        found = []
        for link in self.chain:
            if link.use is None:
                break
            use, at = link.use, (link.number, link.step.actor)
            size = None if use.size is None else self.value(*at, use.size)
            result = self.value(*at, use.result)
            if link.how is How.CHECKED or result in _pointers(link):
                found.append(Mapping(link, use, size, result))
        return found

    def is_for_the_caller(self, mapping: Mapping) -> bool:
        """Tell whether the call was about the process that the pointer belongs to.

        Of a pointer that a driver passes on, or made, that is never the observed caller's.
        """
        caller = dict(self.names.places).get("caller")
        at = (mapping.link.number, mapping.link.step.actor)
        if mapping.use.process is not None:
            is_theirs = all(origin == Origin.OBSERVED for origin in self._origins(mapping))
            return is_theirs and self.value(*at, mapping.use.process) == caller
        about = [var for var in variables(mapping.use.result) if self._is_process(var.name)]
        return not about or any(self.value(*at, var) == caller for var in about)

    def _origins(self, mapping: Mapping) -> list[int]:
        """Return the origin ghosts of the pointer that the platform was given."""
        actor = mapping.link.step.actor
        known = {var.name: var for var in self.program.threads[actor.thread].locals}
        ghosts = [known.get(f"{var.name}.origin") for var in variables(mapping.use.pointer)]
        return [self.value(mapping.link.number, actor, ghost) for ghost in ghosts if ghost]

    def _is_process(self, name: str) -> bool:
        return self.program.types.get(name) == "process"

    def fetches(self, numbers: Iterable[int]) -> Iterator[Access]:
        """Yield those of the steps *numbers* that read memory."""
        found = (self.accesses[number] for number in numbers if number in self.accesses)
        return (one for one in found if not one.writing)

    def earlier(self, access: Access) -> Iterator[Access]:
        """Yield the accesses to the same place before *access*."""
        earlier = [one for one in self.accesses.values() if one.number < access.number]
        return (one for one in earlier if one.is_of(access))

    def sizes(self) -> list[tuple[int, Expr | None]]:
        """Return what tells how many bytes are used, and how many were checked."""
        sizes = [(one.link.number, one.use.size) for one in self.mappings()]
        return [(self.end, self.count), *sizes]

    def wraps(self, before: int, expr: Expr) -> Iterator[Span | None]:
        """Yield where what *expr* rests on did not fit, before step number *before*."""
        return wraps(self.trace, self.value, (before, self.actor), expr)

    def is_from_outside(self, link: Link) -> bool:
        """Tell whether the value came with the call, or out of memory that is not the driver's."""
        event = link.step.edge.event
        copied = event is not None and event.kind == "access" and event.text.startswith("write ")
        return link.how is How.PASSED or link.number in self.accesses or copied

    def return_of(self, brought: Link) -> Span | None:
        """Return where the call that *brought* the pointer returned, on another thread."""
        if brought.step.actor == self.actor:
            return None
        for step in self.trace.steps[brought.number :]:
            event = step.edge.event
            is_end = event and event.kind == "return" and event.text.endswith(" returns")
            if step.actor == brought.step.actor and is_end:
                return step.edge.span or self.check.site.span
        return None

    def was_opened(self, span: Span) -> bool:
        """Tell whether what is written at *span* opened something, when it ran last.

        A function of the platform that is called there has done so where its call got further than
        to what it closes.  Where this thread was never there it may have what another one opened.
        """
        there = [step.actor for step in self.trace.steps if step.edge.span == span]
        if not there:
            return False
        actor = self.actor if self.actor in there else there[-1]
        own = [step.edge for step in self.trace.steps if step.actor == actor]
        ran = [number for number, edge in enumerate(own) if edge.span == span]
        kinds = [edge.event.kind if edge.event else "" for edge in own[ran[-1] :]]
        return "lock" in kinds if kinds[0] == "call" else kinds[0] != "free"

    def hidden_by(self) -> Span | None:
        """Return what the driver called that hid what is used, if it was shown, and is not now."""
        asked = variables(self.check.violated)
        for number, step in reversed([*enumerate(self.trace.steps)]):
            kind = step.edge.event.kind if step.edge.event else ""
            hidden = [v for v, old, new in step.changes if v in asked and (old, new) == (1, 0)]
            is_ours = step.actor == self.actor or any(v.scope is Scope.GLOBAL for v in hidden)
            if kind == "hide" and hidden and is_ours:
                return self.called_for(number)
        return None

    def called_for(self, number: int) -> Span | None:
        """Return the driver's own call in which step *number* lies; without one, where it is."""
        actor, span = self.trace.steps[number].actor, self.trace.steps[number].edge.span
        for step in reversed(self.trace.steps[:number]):
            is_call = step.edge.event is not None and step.edge.event.kind == "call"
            if step.actor == actor and is_call and not self.names.is_foreign(step.edge.span):
                return step.edge.span
        return span

    def left_changed(self) -> tuple[str, Span | None] | None:
        """Return what of the thread the driver changed and left so, by which call, if the failing
        access is the system's own and would not fail had it been put back."""
        if not self.names.is_foreign(self.check.site.span):
            return None
        thread = self.program.threads[self.actor.thread]
        restored = (dict(one.terms) for one in thread.checks if one.kind is CheckKind.RESTORED)
        for told in restored:
            for name, before in told.items():
                field = told.get(name.removesuffix(" before"), before)
                if field is before or not isinstance(field, Var):
                    continue
                old = const(self.value(self.end, self.actor, before), field.sort)
                changed = self._last_change(field)
                if changed is not None and self._rests_on_value(field, old, changed + 1):
                    return name.removesuffix(" before"), self.called_for(changed)
        return None

    def _rests_on_value(self, var: Var, other: Expr, first: int) -> bool:
        """Tell whether the thread that fails would have gone another way from step *first* on, or
        not have failed, had *var* been the *other* value."""
        went = [(n, self.trace.steps[n]) for n in range(first, self.end)]
        asked = [(n, step.edge.guard) for n, step in went if step.actor == self.actor]
        return not all(
            self.value(number, self.actor, substitute(expr, {var: other}))
            for number, expr in [*asked, (self.end, self.check.violated)]
        )

    def _last_change(self, var: Var) -> int | None:
        """Return the step in which the thread that fails changed *var* last."""
        for number, step in reversed([*enumerate(self.trace.steps)]):
            if step.actor == self.actor and any(v is var for v, _, _ in step.changes):
                return number
        return None

    def copied_twice(self) -> tuple[str, Span | None, Span | None] | None:
        """Return a word, of those that the check rests on, that was copied in twice from one place,
        into one structure or two, and was something else the second time; and the calls of that."""
        asked = self.check.violated
        for last in reversed(range(self.end)):
            needed = rests_on(self.trace, self.actor, asked, last) if self._brought(last) else ()
            for var, _, new in self.trace.steps[last].changes:
                if key(var, self.trace.steps[last].actor) not in needed:
                    continue
                for number in range(last):
                    if self._brought(number) == self._brought(last) and any(
                        _field(v) == _field(var) and value != new
                        for v, _, value in self.trace.steps[number].changes
                    ):
                        spans = self.called_for(number), self.called_for(last)
                        return (var.name.partition(".")[2], *spans)
        return None

    def _brought(self, number: int) -> tuple[Actor, int] | None:
        """Return who copied something in at step *number*, and from which address: a copy is a read
        and then a write, both told of the same text."""
        step = self.trace.steps[number]
        event = step.edge.event
        if event is None or event.kind != "access" or not event.text.startswith("write "):
            return None
        for access in reversed(self.accesses.values()):
            read = self.trace.steps[access.number]
            if access.number < number and not access.writing and read.actor == step.actor:
                return (step.actor, access.address) if access.span == step.edge.span else None
        return None

    def last(self, kind: str) -> Step | None:
        """Return the last step whose event is of *kind*."""
        for step in reversed(self.trace.steps):
            if step.edge.event and step.edge.event.kind == kind:
                return step
        return None


def _field(var: Var) -> str:
    """Return the field of a structure that *var* is, or its name."""
    return var.name.rpartition(".")[2]


def _pointers(link: Link) -> set[int]:
    """Return the pointers that the step of *link* assigned: words that have an origin."""
    assigned = {var.name: new for var, _, new in link.step.changes}
    return {new for name, new in assigned.items() if f"{name}.origin" in assigned}
