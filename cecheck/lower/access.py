"""Accesses through pointers: what is asked of them, where they go on, what they read.

Whether an access reaches driver or foreign memory is a property of the pointer's value (semantics
1.2).  The byte that violates a check is a free input, so one question covers every byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from cecheck.ir.build import (
    add,
    and_,
    eq,
    implies,
    ite,
    low_bits,
    ne,
    not_,
    or_,
    sub,
    ule,
    ult,
    word,
    zero_extend,
)
from cecheck.ir.expr import BOOL, FALSE, TRUE, Expr, bits
from cecheck.ir.program import Action, Check, CheckKind, Event, Prefix, Site, View
from cecheck.lower.body import Body
from cecheck.lower.graph import Location
from cecheck.lower.pure import Pure, Unknown, as_itself
from cecheck.lower.values import Origin, Pointer, Promised, origin, scalar
from cecheck.source import Span


class Shape(Enum):
    """How far an access reaches (semantics 3.4)."""

    FIELD = "field"  # all of its bytes or none; a constant extent
    ELEMENT = "element"  # all of its bytes or none
    RANGE = "range"  # ascending, up to the first byte that faults


@dataclass(frozen=True)
class Reach:
    """``[address, address + count)`` through *pointer*.

    *address* has the address width; *count* is the exact number of bytes, at twice that width;
    *moved* is how far the address lies behind the pointer.
    """

    pointer: Pointer
    address: Expr
    moved: Expr
    count: Expr
    shape: Shape
    writing: bool
    site: Site
    span: Span
    text: str


@dataclass(frozen=True)
class Outcome:
    """What the checks of an access leave: *goes_on* and *faults* exclude each other.

    *foreign* holds where foreign memory is reached, *ours* where a pointer of the observed call is.
    """

    goes_on: Expr
    faults: Expr
    foreign: Expr


def ask(body: Body, reach: Reach, hit: Expr, here: Location) -> Outcome:
    """Ask every check of *reach* at *here*; *hit* holds where it reaches a driver object."""
    questions = _Questions(body, reach, hit, here)
    if body.world.view is View.HOSTILE:
        questions.hostile()
    else:
        questions.well_behaved()
    return questions.outcome()


class _Questions:
    """The checks of one access: a builder, private to this module."""

    def __init__(self, body: Body, reach: Reach, hit: Expr, here: Location) -> None:
        self.body, self.reach, self.hit, self.here = body, reach, hit, here
        world = body.world
        self.width = world.width
        self.some = ne(reach.count, word(0, 2 * self.width))  # at least one byte
        self.index = self._index()
        self.byte = add(reach.address, self.index)
        self.within = self._within(self.index)
        self.ended: Expr = FALSE  # the first byte already ends the run
        self.observed = eq(reach.pointer.origin, origin(Origin.OBSERVED))
        self.driver = eq(reach.pointer.origin, origin(Origin.DRIVER))
        self.last = sub(add(reach.address, low_bits(reach.count, self.width)), self._word(1))
        self.owner = world.observed_place if body.driver is None else ite(
            self.driver, body.driver_place(), world.observed_place
        )  # fmt: skip

    def _word(self, value: int) -> Expr:
        return word(value, self.width)

    def _within(self, index: Expr) -> Expr:
        return and_(self.some, ult(zero_extend(index, 2 * self.width), self.reach.count))

    def _index(self) -> Expr:
        """Return the number of the byte that violates a check."""
        if self.reach.count is word(1, 2 * self.width):
            return self._word(0)
        return self.body.graph.input(bits(self.width), self.here)

    # ---- one byte --------------------------------------------------------------------------------

    def _reached(self, pure: Pure, byte: Expr) -> Expr:
        """Return whether the running thread gets through to *byte*."""
        _, nowhere = pure.hook_value("translate", [byte])
        return and_(not_(nowhere), pure.hook("permit", [byte, self._writing()]))

    def _owned(self, pure: Pure, byte: Expr, writing: Expr) -> Expr:
        return pure.hook("owns", [self.owner, byte, writing])

    def _writing(self) -> Expr:
        return TRUE if self.reach.writing else FALSE

    def _premise(self, byte: Expr, owned: bool) -> Expr:
        """Return that *byte* was reached before: true where that rests on the unfollowed."""
        pure = self.body.asking()
        known = self._reached(pure, byte)
        if owned:
            known = and_(known, self._owned(pure, byte, self._writing()))
        return or_(known, pure.unknown.skip)

    # ---- the views -------------------------------------------------------------------------------

    def hostile(self) -> None:
        asked = and_(or_(self.observed, self.driver), not_(self.hit))
        nobody = eq(self.reach.pointer.origin, origin(Origin.NOBODY))
        strayed = and_(asked, self._stray_byte(self.index))
        lost = and_(nobody, self.some, not_(self.hit))
        self.ended = or_(and_(asked, self._stray_byte(self._word(0))), lost)
        self._check(CheckKind.MAPPED, or_(strayed, lost), self._prefix(lost))
        if self.reach.shape is not Shape.FIELD:
            self._check(CheckKind.BOUNDS, and_(asked, self.some, self._attempt()))
        self._check(CheckKind.LIVE, self._hostile_live())
        if not self.body.guarded:
            self._check(CheckKind.PERMITTED, and_(asked, self._locked_byte()))

    def _stray_byte(self, index: Expr) -> Expr:
        """Return that byte *index* is reached, and its origin does not own it (`mapped`)."""
        pure = self.body.asking()
        byte = add(self.reach.address, index)
        reached = self._reached(pure, byte)
        owned = self._owned(pure, byte, self._writing())
        skip = pure.unknown.skip
        return and_(self._within(index), reached, not_(owned), self._earlier(index), not_(skip))

    def _earlier(self, index: Expr) -> Expr:
        """Return what the bytes before the violating one tell (semantics 3.4)."""
        first = self.reach.address
        if self.reach.shape is not Shape.RANGE:
            if self.last is first:
                return TRUE
            return and_(self._premise(first, False), self._premise(self.last, False))
        if index is self._word(0):
            return TRUE
        before = sub(add(first, index), self._word(1))
        earlier = and_(self._premise(first, True), self._premise(before, True))
        return implies(ne(index, self._word(0)), earlier)

    def _prefix(self, lost: Expr) -> Prefix | None:
        """Return what every byte before the violating one is, for the replay to look at."""
        if self.reach.shape is not Shape.RANGE:
            return None
        index = self.body.graph.input(bits(self.width), self.here)
        byte = add(self.reach.address, index)
        pure = self.body.asking()
        reached = self._reached(pure, byte)
        holds = and_(reached, self._owned(pure, byte, self._writing()))
        return Prefix(index, self.reach.address, self.index, or_(lost, holds))

    def _attempt(self) -> Expr:
        """Return that the attempt leaves the origin's memory (hostile `bounds`, semantics 3.3)."""
        double = 2 * self.width
        end = add(zero_extend(self.reach.address, double), self.reach.count)
        wraps = or_(ult(word(1 << self.width, double), end), ult(end, self.reach.count))
        pure = self.body.asking()
        owned = self._owned(pure, self.last, FALSE)
        vacant = pure.hook("vacant", [self.last])
        there = pure.hook("there", [self.reach.address])
        beyond = and_(not_(owned), not_(vacant), there, not_(pure.unknown.skip))
        return or_(wraps, beyond)

    def _locked_byte(self) -> Expr:
        """Return that key or mode alone keep the thread from a byte."""
        pure = self.body.asking()
        _, nowhere = pure.hook_value("translate", [self.byte])
        permitted = pure.hook("permit", [self.byte, self._writing()])
        return and_(self.within, not_(nowhere), not_(permitted), not_(pure.unknown.skip))

    def _hostile_live(self) -> Expr:
        asked = and_(self.observed, not_(self.hit), self.some)
        if not self.body.guarded:
            return asked  # the memory may be gone at any time, and nothing handles that
        return and_(asked, self._dead())

    def _dead(self) -> Expr:
        """Return that the observed call is over; it is not while it runs on this very thread."""
        if self.body.returned is None or self.body.accesses is Action.LOCAL:
            return FALSE
        return self.body.returned

    def well_behaved(self) -> None:
        promised = self.reach.pointer.promised
        assert promised is not None
        asked = and_(self.observed, not_(self.hit), not_(self._strange(promised)))
        double = 2 * self.width
        offset = add(promised.offset, self.reach.moved)
        strayed = self._elsewhere(add(promised.base, offset), self.index)
        self.ended = and_(asked, self._elsewhere(add(promised.base, offset), self._word(0)))
        self._check(CheckKind.MAPPED, and_(asked, strayed))
        end = add(zero_extend(offset, double), self.reach.count)
        beyond = not_(ule(end, zero_extend(promised.size, double)))
        self._check(CheckKind.BOUNDS, and_(asked, self.some, beyond))
        self._check(CheckKind.PERMITTED, and_(asked, self._locked_byte()))
        self._check(CheckKind.LIVE, and_(asked, self.some, self._dead()))

    def _elsewhere(self, meant: Expr, index: Expr) -> Expr:
        """Return that byte *index* does not land where the caller meant it to."""
        pure = self.body.asking()
        landed, nowhere = pure.hook_value("translate", [add(self.reach.address, index)])
        wrong = or_(nowhere, ne(scalar(landed), add(meant, index)))
        return and_(self._within(index), wrong)

    def _strange(self, promised: Promised) -> Expr:
        """Return that it rests on the unfollowed whether the caller's object is honest."""
        world = self.body.world
        unknown = Unknown(None)
        itself = as_itself(world, world.observed_place, world.observed_trusted, unknown)
        itself.hook("honest", [world.observed_place, promised.base, promised.size])
        return unknown.skip

    # ---- after the checks ------------------------------------------------------------------------

    @cached_property
    def _through(self) -> Expr:
        """The first and the last byte are reached."""
        pure = self.body.pure(self.here)
        first = self._reached(pure, self.reach.address)
        return and_(first, self._reached(pure, self.last))

    def outcome(self) -> Outcome:
        """Return where the run goes on: a violation ended it before."""
        gone = self.body.graph.input(BOOL, self.here)
        foreign = and_(self.some, not_(self.hit))
        may = and_(foreign, or_(gone, not_(self._through)))
        if self.body.world.view is View.WELL_BEHAVED:
            may = and_(may, not_(self.observed))
        goes_on = and_(not_(may), not_(self.ended))
        return Outcome(goes_on, may if self.body.guarded else FALSE, foreign)

    @cached_property
    def _arrived(self) -> Expr:
        """The access completes, for the caller that the view is about."""
        arrived = and_(self.some, or_(self.hit, self._through))
        if self.body.world.view is View.WELL_BEHAVED:
            return and_(arrived, or_(self.observed, self.hit))
        return arrived

    def _check(self, kind: CheckKind, violated: Expr, prefix: Prefix | None = None) -> None:
        if violated is FALSE and kind is not CheckKind.MAPPED:
            return
        site = self.body.site(self.reach.site)
        check = Check(site, kind, self.here, violated, self._arrived, self._terms, prefix)
        self.body.graph.checks.append(check)

    @cached_property
    def _terms(self) -> tuple[tuple[str, Expr], ...]:
        pure = self.body.asking()
        landed, _ = pure.hook_value("translate", [self.byte])
        own: list[tuple[str, Expr]] = [
            (f"{self.reach.text}, as a number", self.reach.pointer.word),
            ("bytes", self.reach.count),
            ("violating byte", self.index),
            ("its address", self.byte),
            ("lands at", scalar(landed)),
        ]
        if self.reach.pointer.promised is not None:
            promised = self.reach.pointer.promised
            own += [("the caller's object", promised.base), ("its size", promised.size)]
        return (*own, *self.body.terms())


def event(reach: Reach) -> Event:
    """Return what a trace tells of an access."""
    return Event("access", f"{'write' if reach.writing else 'read'} {reach.text}")


__all__ = ["Outcome", "Reach", "Shape", "ask", "event"]
