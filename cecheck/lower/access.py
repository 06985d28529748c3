"""Accesses through pointers: what is asked of them, where they go on, what they read.

Whether an access reaches driver or foreign memory is a property of the pointer's value (semantics
1.2).  The byte that violates a check is a free input, so one question covers every byte.
"""

from __future__ import annotations

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
from cecheck.ir.program import Action, CheckKind, Prefix, View
from cecheck.lower.body import Body
from cecheck.lower.graph import Location
from cecheck.lower.itself import as_itself
from cecheck.lower.meant import is_elsewhere
from cecheck.lower.objects import home_of, made_from, was_hidden
from cecheck.lower.pure import Pure
from cecheck.lower.reach import CONSTANT, IN_NO_ORDER, Outcome, Reach, Shape
from cecheck.lower.rights import excess
from cecheck.lower.staying import goes, may_go, may_stay
from cecheck.lower.unknown import Unknown
from cecheck.lower.values import OBJECT_BITS, Origin, Promised, origin, scalar


def ask(body: Body, reach: Reach, hit: Expr, here: Location) -> Outcome:
    """Ask every check of *reach* at *here*; *hit* holds where it reaches a driver object."""
    questions = Questions(body, reach, hit, here)
    questions.ask_all()
    return questions.outcome()


class Questions:
    """The checks of one access: a builder, private to this package."""

    def __init__(self, body: Body, reach: Reach, hit: Expr, here: Location) -> None:
        self.body, self.reach, self.hit, self.here = body, reach, hit, here
        world = body.world
        self.width = world.width
        self.some = reach.some
        self.last = reach.last
        self.byte = self._byte()
        self.index = sub(self.byte, reach.address)
        self.within = self._within(self.byte)
        self.ended: Expr = FALSE  # the first byte already ends the run
        self.observed = eq(reach.pointer.origin, origin(Origin.OBSERVED))
        self.driver = eq(reach.pointer.origin, origin(Origin.DRIVER))
        caller = world.observed_place if self._dead() is FALSE else world.observed_owner
        self.owner = caller if body.driver is None else ite(
            self.driver, home_of(body, reach.pointer), caller
        )  # fmt: skip

    def ask_all(self) -> None:
        """Ask every check of the view, and of what else is asked where this access is made."""
        if self.body.world.view is View.HOSTILE:
            self.hostile()
        else:
            self.well_behaved()
        if self.body.critical:
            self.paging()
        if self.body.world.spec.least_privilege:
            self.privilege()

    def _word(self, value: int) -> Expr:
        return word(value, self.width)

    def _byte(self) -> Expr:
        """Return the address of the byte that violates a check.

        The address is free, not its number: then no sum stands between it and the regions.
        """
        if self.reach.count is word(1, 2 * self.width):
            return self.reach.address
        return self.body.graph.input(bits(self.width), self.here)

    def _within(self, byte: Expr) -> Expr:
        """Return that the access is about *byte*."""
        return self.reach.has(byte)

    # ---- one byte --------------------------------------------------------------------------------

    def reached(self, pure: Pure, byte: Expr) -> Expr:
        """Return whether the running thread gets through to *byte*."""
        _, nowhere = pure.hook_value("translate", [byte])
        return and_(not_(nowhere), pure.hook("permit", [byte, self._writing()]))

    def _owned(self, pure: Pure, byte: Expr, writing: Expr) -> Expr:
        return pure.hook("owns", [self.owner, byte, writing])

    def _writing(self) -> Expr:
        return TRUE if self.reach.writing else FALSE

    def premise(self, byte: Expr, owned: bool) -> Expr:
        """Return that *byte* was reached before: true where that rests on the unfollowed."""
        pure = self.body.asking()
        known = self.reached(pure, byte)
        if owned:
            known = and_(known, self._owned(pure, byte, self._writing()))
        return or_(known, pure.unknown.skip)

    @cached_property
    def _asked(self) -> Expr:
        """The access is one that `mapped` is asked of."""
        if self.body.world.view is View.HOSTILE:
            return and_(or_(self.observed, self.driver), not_(self.hit))
        promised = self.reach.pointer.promised
        assert promised is not None
        return and_(self.observed, not_(self.hit), not_(self._strange(promised)))

    @cached_property
    def _lost(self) -> Expr:
        """The address is nobody's: there is no memory that it might lie in (semantics 1.3)."""
        nobody = eq(self.reach.pointer.origin, origin(Origin.NOBODY))
        return and_(nobody, self.some, not_(self.hit))

    @cached_property
    def _meant(self) -> Expr:
        """Where the observed, well-behaved caller means the access to begin."""
        promised = self.reach.pointer.promised
        assert promised is not None
        return add(promised.base, add(promised.offset, self.reach.moved))

    # ---- the views -------------------------------------------------------------------------------

    def hostile(self) -> None:
        asked, lost = self._asked, self._lost
        strayed = and_(asked, self._stray_byte(self.byte))
        self.ended = or_(and_(asked, self._stray_byte(self.reach.address)), lost)
        self._check(CheckKind.MAPPED, or_(strayed, self._first(lost)), self._prefix(lost))
        beyond = and_(asked, self.some, self._attempt())
        self._check(CheckKind.BOUNDS, or_(beyond, self._beside()))
        self._check(CheckKind.LIVE, self._hostile_live())
        if not self.body.guarded:
            self._ask_permitted()

    def _first(self, wrong: Expr) -> Expr:
        """Return that all bytes are *wrong*, of which the first is told."""
        return and_(wrong, eq(self.byte, self.reach.address))

    def _stray_byte(self, byte: Expr) -> Expr:
        """Return that *byte* is reached, and its origin does not own it (`mapped`)."""
        pure = self.body.asking()
        reached = self.reached(pure, byte)
        owned = self._owned(pure, byte, self._writing())
        known = not_(pure.unknown.skip)
        return and_(self._within(byte), reached, not_(owned), self._earlier(byte), known)

    def _earlier(self, byte: Expr, owned: bool = True) -> Expr:
        """Return what the bytes before the violating one tell (semantics 3.4)."""
        first = self.reach.address
        if self.reach.shape in IN_NO_ORDER:
            return TRUE
        if self.reach.shape is not Shape.RANGE:
            if self.last is first:
                return TRUE
            return and_(self.premise(first, False), self.premise(self.last, False))
        before = sub(byte, self._word(1))
        earlier = and_(self.premise(first, owned), self.premise(before, owned))
        return TRUE if byte is first else implies(ne(byte, first), earlier)

    def _prefix(self, lost: Expr, owned: bool = True) -> Prefix | None:
        """Return what must hold of other bytes too, for the replay to look at one by one.

        All before the violating one of a range were reached (and *owned*); a field or an element is
        reached with all of its bytes or not at all.
        """
        if self.last is self.reach.address or self.reach.shape in IN_NO_ORDER:
            return None
        index = self.body.graph.input(bits(self.width), self.here)
        byte = add(self.reach.address, index)
        pure = self.body.asking()
        holds = self.reached(pure, byte)
        limit = low_bits(self.reach.count, self.width)
        if self.reach.shape is Shape.RANGE:
            if owned:
                holds = and_(holds, self._owned(pure, byte, self._writing()))
            limit = self.index
        return Prefix(index, self.reach.address, limit, or_(lost, holds))

    def _attempt(self) -> Expr:
        """Return that the attempt leaves the origin's memory (hostile `bounds`, semantics 3.3).

        A field has a constant extent, and is judged by what it reaches.
        """
        if self.reach.shape in CONSTANT:
            return self.reach.wraps
        pure = self.body.asking()
        owned = self._owned(pure, self.last, FALSE)
        vacant = pure.hook("vacant", [self.last])
        there = pure.hook("there", [self.reach.address])
        beyond = and_(not_(owned), not_(vacant), there, not_(pure.unknown.skip))
        return or_(self.reach.wraps, beyond)

    def _beside(self) -> Expr:
        """Return that a pointer to a driver object reaches none; nothing at all is a fault."""
        pure, ours = self.body.asking(), ne(self.reach.pointer.object, word(0, OBJECT_BITS))
        _, nowhere = pure.hook_value("translate", [self.reach.address])
        pure.hook("permit", [self.reach.address, self._writing()])  # of which a hit makes use
        faults = nowhere if self.body.guarded else FALSE
        other = not_(or_(self.hit, faults, pure.unknown.skip))
        return and_(ours, self.driver, self.some, other)

    def _ask_permitted(self) -> None:
        """Ask that key or mode alone keep the thread from no byte that it gets to."""
        pure, is_range = self.body.asking(), self.reach.shape is Shape.RANGE
        _, nowhere = pure.hook_value("translate", [self.byte])
        permitted = pure.hook("permit", [self.byte, self._writing()])
        locked = and_(self._asked, self.within, not_(nowhere), not_(permitted))
        known = and_(not_(pure.unknown.skip), self._earlier(self.byte, False) if is_range else TRUE)
        prefix = self._prefix(FALSE, owned=False) if is_range else None
        self._check(CheckKind.PERMITTED, and_(locked, known), prefix)

    def _hostile_live(self) -> Expr:
        asked = and_(self.observed, not_(self.hit), self.some)
        if self.body.guarded:
            return and_(asked, self._expired())
        if not may_stay(self.body):
            return asked  # the memory may be gone at any time, and nothing handles that
        went = and_(self._within(self.byte), goes(self.body, self.reach.pointer, self.byte))
        return and_(asked, or_(self._expired(), went))

    def _dead(self) -> Expr:
        """Return that the observed call is over, which it is not while it runs on this thread."""
        if self.body.returned is None or self.body.accesses is Action.LOCAL:
            return FALSE
        return self.body.returned

    def _expired(self) -> Expr:
        """Return that the pointer may be used no more: its call is over, or it was hidden."""
        pointer, over = self.reach.pointer, self._dead()
        if pointer.lasting is not None:
            over = and_(over, not_(pointer.lasting))
        return or_(over, was_hidden(self.body, pointer))

    def well_behaved(self) -> None:
        asked, meant = self._asked, self._meant
        promised = self.reach.pointer.promised
        assert promised is not None
        strayed = and_(asked, self._elsewhere(meant, self.byte))
        self.ended = or_(and_(asked, self._elsewhere(meant, self.reach.address)), self._lost)
        self._check(CheckKind.MAPPED, or_(strayed, self._first(self._lost)))
        beyond = and_(asked, self.some, self._beyond_promise())
        self._check(CheckKind.BOUNDS, or_(beyond, self._beside()))
        self._ask_permitted()
        self._check(CheckKind.LIVE, and_(asked, self.some, self._expired()))

    def _beyond_promise(self) -> Expr:
        """Return that the range does not end in what the caller promised."""
        promised = self.reach.pointer.promised
        assert promised is not None
        double = 2 * self.width
        offset = zero_extend(add(promised.offset, self.reach.moved), double)
        end = add(offset, self.reach.count)
        over = ult(end, self.reach.count)  # the count may be anything
        return or_(over, not_(ule(end, zero_extend(promised.size, double))))

    def _elsewhere(self, meant: Expr, byte: Expr) -> Expr:
        """Return that *byte* is not where the caller meant it to be, counted from *meant*."""
        number = sub(byte, self.reach.address)
        wrong = is_elsewhere(self.body.asking(), self.owner, byte, number, meant)
        return and_(self._within(byte), wrong)

    def _strange(self, promised: Promised) -> Expr:
        """Return that it rests on the unfollowed whether the caller's object is honest."""
        world = self.body.world
        unknown = Unknown(None)
        itself = as_itself(world, world.observed_place, world.observed_trusted, unknown)
        itself.hook("honest", [world.observed_place, promised.base, promised.size])
        return unknown.skip

    # ---- the paging path, policies ---------------------------------------------------------------

    def paging(self) -> None:
        """Ask whether a byte that is reached may have to be paged in (semantics 7.5)."""
        pure = self.body.asking()
        items = [item for item in self.body.objects.values() if not item.is_shown]
        own = [
            and_(made_from(self.reach.pointer, item), pure.hook("pageable_driver", [item.home]))
            for item in items
        ]
        ours = and_(self.hit, self.some, or_(*own))
        foreign = and_(self._asked, self._paged_byte(self.byte))
        self.ended = or_(self.ended, and_(self._asked, self._paged_byte(self.reach.address)))
        self._check(CheckKind.PAGING, or_(foreign, ours), self._prefix(ours, owned=False))

    def _paged_byte(self, byte: Expr) -> Expr:
        pure = self.body.asking()
        paged = pure.hook("pageable", [byte, self._writing()])
        reached = and_(self.reached(pure, byte), self._earlier(byte, owned=False))
        return and_(self._within(byte), reached, paged, not_(pure.unknown.skip))

    def privilege(self) -> None:
        """Ask for whom else the thread has rights; of another call's pointers, where that call
        is the observed one."""
        foreign = and_(self.some, not_(self.hit))
        asked = and_(foreign, ne(self.reach.pointer.origin, origin(Origin.OTHER)))
        nobody = eq(self.reach.pointer.origin, origin(Origin.NOBODY))
        served = ite(nobody, word(0, self.body.world.process_sort.width), self.owner)
        site, over = self.body.site(self.reach.site), and_(asked, excess(self.body, served))
        terms = (self._range[0], *self.body.terms())
        self.body.graph.check(site, CheckKind.PRIVILEGE, self.here, over, self._arrived, terms)

    # ---- after the checks ------------------------------------------------------------------------

    @cached_property
    def _through(self) -> Expr:
        """The first and the last byte are reached."""
        pure = self.body.pure(self.here)
        first = self.reached(pure, self.reach.address)
        return and_(first, self.reached(pure, self.last))

    def outcome(self) -> Outcome:
        """Return where the run goes on: a violation ended it before; one that reaches no object
        also where nothing is asked, for it is found where that call's handle is followed."""
        lost = FALSE if self.body.graph.asks else self._beside()
        foreign = and_(self.some, not_(self.hit))
        may = and_(foreign, or_(self._gone(), not_(self._through)))
        if self.body.world.view is View.WELL_BEHAVED:
            may = and_(may, not_(self.observed))
        goes_on = and_(not_(may), not_(self.ended), not_(lost))
        faults = and_(may, not_(lost)) if self.body.guarded else FALSE
        return Outcome(goes_on, faults, foreign, self._passes(foreign))

    def _gone(self) -> Expr:
        """Return that the access faults all the same: some byte went, if it does not stay."""
        gone = self.body.graph.input(BOOL, self.here)
        self.body.graph.outcomes.add(gone)
        if not may_stay(self.body):
            return gone
        byte = self.body.graph.input(bits(self.width), self.here)
        return and_(gone, self._within(byte), may_go(self.body, self.reach.pointer, byte))

    def _passes(self, foreign: Expr) -> Prefix | None:
        """Return that the access got through every byte, and none of them ended the run."""
        if self.last is self.reach.address:
            return None
        index = self.body.graph.input(bits(self.width), self.here)
        byte = add(self.reach.address, index)
        pure = self.body.asking()
        reached = self.reached(pure, byte)
        if self.body.world.view is View.HOSTILE:
            strays = and_(self._asked, not_(self._owned(pure, byte, self._writing())))
        else:
            strays = and_(self._asked, self._elsewhere(self._meant, byte))
        limit = ite(foreign, self._limit(), self._word(0))
        return Prefix(index, self.reach.address, limit, and_(reached, not_(strays)))

    def _limit(self) -> Expr:
        """Return the number of bytes, as far as it fits an address."""
        most = word((1 << self.width) - 1, 2 * self.width)
        return low_bits(ite(ult(most, self.reach.count), most, self.reach.count), self.width)

    @cached_property
    def _arrived(self) -> Expr:
        """The access completes, for the caller that the view is about."""
        arrived = and_(self.some, or_(self.hit, self._through))
        if self.body.world.view is View.WELL_BEHAVED:
            return and_(arrived, or_(self.observed, self.hit, self._lost))
        return arrived

    def _check(self, kind: CheckKind, violated: Expr, prefix: Prefix | None = None) -> None:
        if violated is FALSE and kind is not CheckKind.MAPPED:
            return
        site = self.body.site(self.reach.site)
        self.body.graph.check(
            site, kind, self.here, violated, self._arrived, self._terms_of(kind), prefix
        )

    def _terms_of(self, kind: CheckKind) -> tuple[tuple[str, Expr], ...]:
        """Return what a story shows: `bounds` asks where the range ends, `live` of no byte."""
        promised, some, pure = self.reach.pointer.promised, [*self._range], self.body.asking()
        if kind is CheckKind.BOUNDS:
            some.append(("its last byte", self.last))
        elif kind is not CheckKind.LIVE:
            some += [("violating byte", self.index), ("its address", self.byte)]
            some.append(("lands at", scalar(pure.hook_value("translate", [self.byte])[0])))
        if promised is not None:
            some += [("the caller's object", promised.base), ("its size", promised.size)]
        return (*some, *self.body.terms())

    @property
    def _range(self) -> tuple[tuple[str, Expr], tuple[str, Expr]]:
        name = f"{self.reach.text}, as a number"
        return (name, self.reach.pointer.word), ("bytes", self.reach.count)
