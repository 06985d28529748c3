"""The root cause of a refutation, named from its run: what the driver did wrong, in one sentence.

It is read off the steps that brought the pointer, and the number of bytes, to the failing access.
No verdict rests on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from cecheck.ir.causes import Root
from cecheck.ir.expr import Expr
from cecheck.ir.program import CheckKind, Program
from cecheck.ir.trace import Trace
from cecheck.report.inquiry import Inquiry, Mapping
from cecheck.report.model import Cause
from cecheck.report.provenance import How, is_too_large
from cecheck.source import Span

_OF_KIND = {
    CheckKind.PERMITTED: (Root.NO_PERMISSION, "the thread has no key to what it reaches"),
    CheckKind.PRIVILEGE: (Root.TOO_MANY_RIGHTS, "the thread has rights its work does not need"),
    CheckKind.RESTORED: (Root.NOT_RESTORED, "what was changed for the call is not put back"),
    CheckKind.DMA: (Root.NOT_LOCKED, "a device reaches pages that are not locked"),
    CheckKind.PAGING: (Root.PAGED_OUT, "the pager is waiting, and this may need it"),
    CheckKind.BOUNDED: (Root.NO_END, "the loop goes by what others may change, and counts nothing"),
}


def root_cause(program: Program, trace: Trace) -> Cause:
    """Return why *trace* comes to violate its check."""
    inquiry = Inquiry(program, trace)
    kind = trace.schedule.check.kind
    if kind in _OF_KIND:
        root, text = _OF_KIND[kind]
        return _says(root, text)
    match kind:
        case CheckKind.MAPPED | CheckKind.BOUNDS:
            return _of_a_range(inquiry) if inquiry.pointer is not None else _of_an_object(inquiry)
        case CheckKind.LIVE:
            return _of_a_life(inquiry)
        case CheckKind.PAIRED:
            return _of_a_pair(inquiry)
        case _:
            return _of_a_claim(inquiry)


def _says(root: Root, text: str, *spans: Span | None) -> Cause:
    """Return the cause, with the places to look at."""
    return Cause(root.value, text, tuple(span for span in spans if span is not None))


def _of_a_range(inquiry: Inquiry) -> Cause:
    """Why bytes that a pointer from outside leads to are not the caller's, or not promised."""
    links = (link.number for link in (*inquiry.chain, *inquiry.counted))
    again = _written_back(inquiry) or _fetched_twice(inquiry, links)
    if again is not None:
        return again
    wrapped = _overflow(inquiry, inquiry.sizes())
    mappings = inquiry.mappings()
    if wrapped is not None and not inquiry.is_enough(mappings):
        return wrapped
    if not mappings:
        if any(inquiry.is_from_outside(link) for link in inquiry.chain):
            return _of_what_was_left(inquiry) or _of_no_mapping(inquiry)
        return _of_null(inquiry) or _of_an_object(inquiry)
    last = mappings[0]
    if last.result == 0:
        where = " (the system's own call)" if inquiry.names.is_foreign(last.use.span) else ""
        text = f"`{last.text}`{where} failed and gave null, which is used all the same"
        return _says(Root.RESULT_IGNORED, text, last.use.span)
    if not inquiry.is_for_the_caller(last):
        text = f"`{last.text}` is about another process than the one that the pointer came from"
        return _says(Root.WRONG_PROCESS, text, last.use.span)
    return _of_sizes(inquiry, mappings)


def _of_null(inquiry: Inquiry) -> Cause | None:
    if inquiry.pointer is None or inquiry.value(inquiry.end, inquiry.actor, inquiry.pointer) != 0:
        return None
    what = " ".join(inquiry.check.site.span.text.split())
    text = f"`{what}` goes by a pointer that is null by then"
    last = inquiry.chain[0].step.edge.span if inquiry.chain else None
    return _says(Root.NULL, text, last, inquiry.check.site.span)


def _of_what_was_left(inquiry: Inquiry) -> Cause | None:
    found = inquiry.left_changed()
    if found is None:
        return None
    name, where = found
    text = f"the driver left `{name}` as it had changed it; put back, it would have stopped this"
    return _says(Root.NOT_RESTORED, text, where, inquiry.check.site.span)


def _of_no_mapping(inquiry: Inquiry) -> Cause:
    what = " ".join(inquiry.check.site.span.text.split())
    text = f"`{what}` is used as it came: nothing maps it, nothing checks it"
    fetch = next((link.step.edge.span for link in inquiry.chain), None)
    return _says(Root.NEVER_MAPPED, text, fetch, inquiry.check.site.span)


def _of_sizes(inquiry: Inquiry, mappings: list[Mapping]) -> Cause:
    sized = [one for one in mappings if one.size is not None]
    own = [one for one in sized if not inquiry.names.is_foreign(one.use.span)] or sized
    if not own:
        text = f"`{mappings[0].text}` maps one address; whose the range is was never checked"
        return _says(Root.NEVER_CHECKED, text, mappings[0].use.span)
    best = own[0]
    assert best.size is not None
    if inquiry.end_of(best) < inquiry.reached():
        behind = inquiry.reached() - inquiry.end_of(best)
        text = f"`{best.text}` is about {best.size:#x} bytes; {behind:#x} more are used"
        spans = best.use.span, inquiry.check.site.span
        return _fetched_twice(inquiry, inquiry.accesses) or _says(Root.OTHER_SIZE, text, *spans)
    home = inquiry.program.threads[best.link.step.actor.thread].home
    byte, ends = inquiry.failing_byte(), (best.result, inquiry.end_of(best) - 1)
    if byte is not None and byte not in ends and not (home and home.trusted):
        text = f"`{best.text}` let the range pass, and the byte that fails is neither end of it"
        return _says(Root.ENDS_ONLY, text, best.use.span)
    text = f"`{best.text}` was asked about all of it, and let it pass"
    return _says(Root.LET_PASS, text, best.use.span)


def _written_back(inquiry: Inquiry) -> Cause | None:
    """Was the pointer put into memory of the caller, and fetched from there?"""
    for fetch in inquiry.fetches(link.number for link in inquiry.chain):
        for one in inquiry.earlier(fetch):
            if one.writing and one.part == fetch.part:
                text = f"`{fetch.what}` was put into the caller's memory and fetched from there"
                return _says(Root.WRITTEN_BACK, text, one.span, fetch.span)
    return None


def _fetched_twice(inquiry: Inquiry, numbers: Iterable[int]) -> Cause | None:
    """Was one of these accesses to a place that was fetched before, and held something else?"""
    for fetch in inquiry.fetches(numbers):
        for one in inquiry.earlier(fetch):
            if not one.writing and one.changed(fetch):
                return _changed_between(fetch.what, one.span, fetch.span)
    return None


def _changed_between(what: str, first: Span | None, second: Span | None) -> Cause:
    text = f"`{what}` is fetched twice, and the caller changes it in between"
    return _says(Root.FETCHED_TWICE, text, first, second)


def _overflow(inquiry: Inquiry, exprs: Iterable[tuple[int, Expr | None]]) -> Cause | None:
    """Return the computation, of the driver itself, whose result did not fit."""
    for before, expr in exprs:
        for span in () if expr is None else inquiry.wraps(before, expr):
            if span is not None and not inquiry.names.is_foreign(span):
                return _wrapped(span)
    return None


def _compared(inquiry: Inquiry) -> Cause | None:
    """Return the decision of the driver that rests on a sum or a product that did not fit."""
    for number, step in enumerate(inquiry.trace.steps):
        event, span = step.edge.event, step.edge.span
        is_own = event and event.kind == "branch" and not inquiry.names.is_foreign(span)
        evaluated = partial(inquiry.value, number, step.actor)
        if is_own and span and is_too_large(step.edge.guard, evaluated):
            return _wrapped(span)
    return None


def _wrapped(span: Span) -> Cause:
    text = f"`{' '.join(span.text.split())}` computes more than its type holds, and wraps"
    return _says(Root.OVERFLOW, text, span)


def _of_an_object(inquiry: Inquiry) -> Cause:
    """Why the driver leaves an object of its own, or does not reach it."""
    site = inquiry.check.site.span
    if inquiry.check.kind is CheckKind.MAPPED:
        text = "another process than the driver's is where its addresses lead"
        return _says(Root.NOT_IN_REACH, text, site)
    wrapped = _overflow(inquiry, [(inquiry.end, inquiry.check.violated)])
    if wrapped is not None:
        return wrapped
    again = _fetched_twice(inquiry, inquiry.accesses)
    if again is not None:
        return again
    copied = inquiry.copied_twice()
    if copied is not None:
        return _changed_between(*copied)
    text = "nothing keeps the index inside the driver's own memory"
    return _says(Root.UNBOUNDED, text, site)


def _of_a_life(inquiry: Inquiry) -> Cause:
    """Why what is used may be gone."""
    site = inquiry.check.site.span
    if inquiry.pointer is None:
        return _of_its_end(inquiry, site)
    hidden = inquiry.hidden_by()
    if hidden is not None:
        text = f"`{' '.join(hidden.text.split())}` took back by then what is used"
        return _says(Root.AFTER_END, text, hidden, site)
    brought = next((x for x in reversed(inquiry.chain) if x.how is not How.CHECKED), None)
    if brought is None or not (brought.use or inquiry.is_from_outside(brought)):
        return _of_its_end(inquiry, site)
    back = inquiry.return_of(brought)
    if back is not None:
        text = "the call that the pointer belongs to has returned by then"
        return _says(Root.AFTER_RETURN, text, back, site)
    text = "another thread of the caller may free it at any time, and nothing handles the fault"
    return _says(Root.FREED_BY_ANOTHER, text, site)


def _of_its_end(inquiry: Inquiry, site: Span) -> Cause:
    last = inquiry.trace.steps[-1].edge
    if last.event is not None and last.event.kind == "fault":
        text = "an exception leaves the driver, and the system has no handler for it"
        return _says(Root.NOT_HANDLED, text, last.span, site)
    for kind, text in _ENDS.items():
        step = inquiry.last(kind)
        if step is not None:
            return _says(Root.AFTER_END, text, step.edge.span, site)
    return _says(Root.AFTER_END, "the handle is closed by then", site)


_ENDS = {
    "unload": "the driver is unloaded while this runs",
    "free": "the driver's own memory was given back by then",
}


def _of_a_pair(inquiry: Inquiry) -> Cause:
    """Why taking and giving back do not match."""
    site = inquiry.check.site
    if inquiry.was_opened(site.span):
        text = f"what `{site.name}` takes is not given back on this way out"
        return _says(Root.NOT_GIVEN_BACK, text, site.span)
    text = f"`{site.name}` gives back what was not taken, or not by this thread"
    return _says(Root.NOT_TAKEN, text, site.span)


def _of_a_claim(inquiry: Inquiry) -> Cause:
    """Why something that the specification states is not so."""
    wrapped = _overflow(inquiry, [(inquiry.end, inquiry.check.violated)]) or _compared(inquiry)
    if wrapped is not None:
        return wrapped
    return _says(Root.UNTRUE, "what is stated here is not so", inquiry.check.site.span)
