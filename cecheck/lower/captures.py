"""What a block of allocated memory holds once bytes were copied into it.

Of each word that is followed the copy touches nothing, a part, or all.  A word that is copied
whole holds what lies at its place in the source, with its ghosts, where that is known.  No run
rests on what is not known: of bytes of the driver's own, of pieces of pointers, of a caller's
structures that do not lie where those of the block do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from cecheck.ir.build import and_, eq, implies, ite, not_, or_, word
from cecheck.ir.expr import BOOL, FALSE, TRUE, Expr, Var, bits
from cecheck.ir.program import Action, CheckKind, Event, Recall, View
from cecheck.lower.arrivals import NOTHING_TOLD, Arrival, Capture, Told
from cecheck.lower.body import Body, DriverObject, Element
from cecheck.lower.cells import recalled
from cecheck.lower.elements import Word, words_in
from cecheck.lower.graph import Location, Updates, is_shared
from cecheck.lower.keeping import changed_hands
from cecheck.lower.loops import noted_reads
from cecheck.lower.moves import Move
from cecheck.lower.orders import in_any_order, one_by_one
from cecheck.lower.overlap import spliced
from cecheck.lower.values import OBJECT_BITS, Origin, Pointer, leaves, origin
from cecheck.lower.words import from_foreign
from cecheck.sema import types as ty


def captured(
    body: Body,
    what: Move,
    goes_on: Expr,
    ends: tuple[Location, Location],
    event: Event | None = None,
) -> None:
    """Copy into each block that the destination may begin in, where *goes_on* holds: one step for
    each element that is followed."""
    for number, hit in what.into.items():
        item = body.objects[number]
        if not item.is_heap:
            continue  # see `moves`
        guard, told_as = and_(goes_on, hit), event or what.written.event
        groups = list(_groups(body, what, item))
        steps = [
            partial(_arrive, Capture(body, what, item, element), words, told_as)
            for element, words in groups
        ]
        shares = any(body.shares(one) for one in (number, *what.out_of))
        moves = in_any_order if shares else one_by_one
        moves(body, ends, guard, steps, what.course(body))
        if not groups:
            span = what.statement.span
            body.graph.edge(*ends, guard, action=body.accesses, span=span, event=told_as)


def _arrive(
    way: Capture,
    words: list[Word],
    event: Event,
    ends: tuple[Location, Location],
    guard: Expr,
    done: Updates,
) -> None:
    """Have *words* of an element arrive, wherever they come from."""
    step, out_of = _Step(way, words, event, ends, done), way.what.out_of
    step.run(None, and_(guard, not_(or_(*out_of.values()))))
    for source, condition in out_of.items():
        step.run(source, and_(guard, condition))


def _groups(body: Body, what: Move, item: DriverObject) -> Iterator[tuple[Element, list[Word]]]:
    """Yield the words that arrive at a time: those of an element, or one where threads share."""
    shares = any(body.shares(number) for number in what.out_of)
    block = item.block
    for element in () if block is None else block.elements:
        words = list(words_in(body.world, block, element))  # type: ignore[arg-type]
        if shares or is_shared(element.value):
            yield from ((element, [one]) for one in words)
        elif words:
            yield element, words


class _Step:
    """One step, by which *words* of an element arrive: a builder, private to this module."""

    def __init__(
        self,
        way: Capture,
        words: list[Word],
        event: Event,
        ends: tuple[Location, Location],
        done: Updates,
    ) -> None:
        self.way, self.words, self.event, self.ends, self.done = way, words, event, ends, done
        self.body, self.what, self.here = way.body, way.what, ends[0]
        self.whole = [way.is_whole(one) for one in words]
        self.touched = [way.is_touched(one) for one in words]
        both = zip(self.touched, self.whole, strict=True)
        self.in_part = [and_(touched, not_(whole)) for touched, whole in both]

    def run(self, source: int | None, guard: Expr) -> None:
        """Add the edges for bytes out of driver object *source* (None: out of foreign memory)."""
        if guard is FALSE:
            return
        hostile = self.body.world.view is View.HOSTILE
        if source is not None or (self.what.is_partial and not hostile):
            self._of_driver(source, guard)
        elif hostile:
            self._of_anybody(guard)
        else:
            self._of_caller(guard)

    def _edge(
        self,
        guard: Expr,
        updates: Updates,
        recalls: tuple[Recall, ...] = (),
        unfollowed: bool = False,
        shares: bool = False,
    ) -> None:
        shared = shares or is_shared(self.way.element.value)
        updates = (*updates, *changed_hands(self.body, updates), *self.done)
        self.body.graph.edge(
            *self.ends, guard, updates, action=Action.SHARED if shared else self.body.accesses,
            span=self.what.statement.span, event=self.event, recalls=recalls,
            unfollowed=unfollowed,
        )  # fmt: skip

    # ---- updates ---------------------------------------------------------------------------------

    def _anything(self) -> list[dict[Var, Expr]]:
        """Return free choices for all words."""
        graph = self.body.graph
        return [{v: graph.input(v.sort, self.here) for v in _variables(one)} for one in self.words]

    def _updates(self, arrivals: Sequence[Arrival], rest: Sequence[dict[Var, Expr]]) -> Updates:
        """Return what the words hold then: what arrives, *rest* where that is not told, and of a
        word that is touched in part the bytes that were not."""
        found: list[tuple[Var, Expr]] = []
        for number, one in enumerate(self.words):
            new = dict(rest[number])
            for condition, value in arrivals[number].found:
                own = {} if value is None else dict(
                    self.body.graph.store(one.value, value, self.here)
                )  # fmt: skip
                for var, anything in rest[number].items():
                    new[var] = ite(condition, own.get(var, anything), new[var])
            for var, arrives in new.items():
                cut = self._cut(one, var, rest[number][var])
                touched = ite(self.touched[number], cut, var)
                found.append((var, ite(self.whole[number], arrives, touched)))
        return tuple(found)

    def _cut(self, one: Word, held: Var, fresh: Expr) -> Expr:
        """Return what a variable of a word holds of which some bytes are *fresh*: a pointer is then
        anybody's."""
        if isinstance(one.value, Pointer) or not _is_bytes(one):
            return fresh
        return spliced(held, fresh, self.way.touched_bytes(one))

    # ---- out of the driver's own memory ----------------------------------------------------------

    def _of_driver(self, source: int | None, guard: Expr) -> None:
        """Add edges for bytes of a driver object, or (None) that may have arrived or not."""
        arrivals = [self.way.held(source, one, self.here) for one in self.words]
        pairs = zip(self.whole, arrivals, strict=True)
        told = and_(*(implies(whole, arrival.told) for whole, arrival in pairs))
        in_part = or_(*self.in_part)
        exact, unseen = and_(told, not_(in_part)), self.way.is_unseen(source)
        waits = and_(guard, not_(exact), not_(in_part), unseen)
        rest = and_(guard, not_(exact), or_(in_part, not_(unseen)))
        shares = source is not None and self.body.shares(source)
        anything = self._anything()
        updates = self._updates(arrivals, anything)
        self._edge(and_(guard, exact), updates, shares=shares)
        self._edge(rest, updates, unfollowed=True, shares=shares)
        if waits is not FALSE:
            anything = self._anything()
            inputs = (value for new in anything for value in new.values())
            self.body.graph.unseen.update(value for value in inputs if isinstance(value, Var))
            self._edge(waits, self._updates(arrivals, anything), unfollowed=True, shares=shares)

    # ---- out of foreign memory -------------------------------------------------------------------

    def _of_anybody(self, guard: Expr) -> None:
        """Add edges for bytes that may be anything, on behalf of whom the source came from.

        A pointer that is touched in part is anybody's: a run takes it for what it was, or for what
        the source is.
        """
        choice = self.body.graph.input(BOOL, self.here)
        partial = TRUE if self.what.is_partial else FALSE
        pieces, unknown = [], []
        for number, one in enumerate(self.words):
            cut = or_(self.in_part[number], and_(partial, self.touched[number]))
            if isinstance(one.value, Pointer):
                pieces.append(cut)
            elif not _is_bytes(one):
                unknown.append(cut)
        loose, never = or_(*pieces, *unknown), or_(*unknown)
        updates = tuple(u for number in range(len(self.words)) for u in self._spliced(number))
        noted_reads(self.body.graph, updates)
        self._edge(and_(guard, or_(not_(loose), and_(choice, not_(never)))), updates)
        free = self._updates([NOTHING_TOLD] * len(self.words), self._anything())
        noted_reads(self.body.graph, free)
        self._edge(and_(guard, loose, or_(never, not_(choice))), free, unfollowed=True)

    def _spliced(self, number: int) -> Iterator[tuple[Var, Expr]]:
        """Yield what a word holds of which the bytes that are copied are anything."""
        graph, one = self.body.graph, self.words[number]
        whole, touched, source = self.whole[number], self.touched[number], self.what.read.pointer
        mine = and_(touched, or_(whole, graph.input(BOOL, self.here)))
        ghosts = {".origin": source.origin, ".object": word(0, OBJECT_BITS)}
        for suffix, held in leaves(one.value).items():
            assert isinstance(held, Var)
            fresh = graph.input(held.sort, self.here)
            if isinstance(one.value, Pointer) and suffix in ghosts:
                yield held, ite(mine, ghosts[suffix], held)
            elif not suffix and _is_bytes(one):
                mixed = spliced(held, fresh, self.way.touched_bytes(one))
                yield held, ite(whole, fresh, ite(touched, mixed, held))
            else:
                yield held, ite(touched, fresh, held)

    def _of_caller(self, guard: Expr) -> None:
        """Add edges for bytes that may be those of the well-behaved caller.

        They are known where an element of his is copied to one of the block.  Of a pointer that
        arrives otherwise nobody knows what was promised.
        """
        body, read = self.body, self.what.read
        caller, in_part = eq(read.pointer.origin, origin(Origin.OBSERVED)), or_(*self.in_part)
        cuts = zip(self.words, self.in_part, strict=True)
        lost_part = or_(*(cut for one, cut in cuts if isinstance(one.value, Pointer)))
        told = self.way.told(self.words, self.whole, self.here)
        aligned = FALSE if told is None else told.aligned
        is_pointer = [isinstance(one.value, Pointer) for one in self.words]
        lost = [whole for whole, is_one in zip(self.whole, is_pointer, strict=True) if is_one]
        wrong = and_(guard, caller, not_(aligned), or_(*lost))
        if told is not None:
            wrong = or_(wrong, and_(guard, aligned, told.strange))
            self._told(and_(guard, caller, aligned, not_(in_part)), told)
        if wrong is not FALSE:
            body.graph.check(read.site, CheckKind.BOUND, self.here, wrong)
        rest = and_(guard, not_(and_(caller, aligned, not_(in_part))))
        numbers = FALSE if isinstance(self.what.type.target, ty.StructType) else TRUE
        follows = and_(or_(not_(caller), numbers), not_(lost_part))
        values = [from_foreign(body, read, w.part.type, None, self.here) for w in self.words]
        arrivals = [Arrival(((TRUE, value),), TRUE) for value in values]
        recalls: list[Recall] = []
        for one, value, whole in zip(self.words, values, self.whole, strict=True):
            recalls += recalled(body, self.way.read_of(one), value, whole)
        updates = self._updates(arrivals, self._anything())
        self._edge(and_(rest, follows), updates, tuple(recalls))
        free = self._updates([NOTHING_TOLD] * len(self.words), self._anything())
        self._edge(and_(rest, not_(follows)), free, unfollowed=True)

    def _told(self, guard: Expr, told: Told) -> None:
        """Add the edge on which the caller's element arrives, if any of it does."""
        some = or_(*self.whole)
        changes = tuple((var, ite(some, new, var)) for var, new in told.found.updates)
        recalls = tuple(replace(r, holds=and_(some, r.holds)) for r in told.found.recalls)
        updates = (*self._updates(told.arrivals, self._anything()), *changes)
        self._edge(and_(guard, told.honest), updates, recalls)


def _variables(one: Word) -> list[Var]:
    return [var for var in leaves(one.value).values() if isinstance(var, Var)]


def _is_bytes(one: Word) -> bool:
    """Tell whether a word is as wide as its bytes, so that they can be told apart."""
    return leaves(one.value)[""].sort == bits(8 * one.size)
