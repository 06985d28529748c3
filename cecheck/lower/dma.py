"""``dma``: a device begins to reach memory, by itself and unstopped (semantics 3.7).

No key and no missing page stops a device, so every byte of the range counts as reached.
"""

from __future__ import annotations

from cecheck.ir.build import add, and_, not_, or_
from cecheck.ir.expr import BOOL, FALSE, TRUE, Expr, Var, bits
from cecheck.ir.program import Action, CheckKind, Event, Prefix, View
from cecheck.lower import memory, records
from cecheck.lower.access import Questions
from cecheck.lower.body import Body
from cecheck.lower.cells import forgetting, noted
from cecheck.lower.counts import up
from cecheck.lower.expression import reach_of
from cecheck.lower.graph import Location, Updates
from cecheck.lower.pure import Pure
from cecheck.lower.sums import is_followed, sums
from cecheck.lower.values import scalar
from cecheck.sema import typed


def transfer(body: Body, statement: typed.Transfer, here: Location) -> Location:
    """Begin a transfer; whether it is the one that is followed is a free choice."""
    device = body.device
    assert device is not None
    event = scalar(body.pure(here).place(statement.until, body.env))
    assert isinstance(event, Var)
    reach, here, guard = reach_of(body, statement.target, statement.into, here)
    if guard is not TRUE:
        settled = body.graph.location()
        body.graph.edge(here, settled, guard, span=statement.span)
        here = settled
    hits = memory.hits(body, reach)
    hit = or_(*hits.values())
    asked = _DeviceQuestions(body, reach, hit, here)
    asked.ask()
    for number, condition in hits.items():
        memory.ask_object(body, reach, number, condition, here)
    changed: Updates = ()
    if statement.into:
        # The contents of the driver's own objects are not followed while a device writes them.
        if hit is not FALSE:
            body.graph.check(body.site(reach.site), CheckKind.BOUND, here, hit)
        changed = (
            *records.overwritten(body, reach, None, here),
            *noted(reach, body.written),
            *noted(reach, body.filled),  # for as long as the device may write there
        )
    chosen = body.graph.input(BOOL, here)
    follows = and_(chosen, is_followed(body), not_(device.runs), asked.can_be_followed)
    which = device.number_of(event)
    count = device.others[event]
    after = body.graph.location()
    verb = "writes" if statement.into else "reads"
    says = Event("access", f"a device {verb} {reach.text}")
    recalls = forgetting(body, reach) if statement.into else ()
    begun: Updates = ((device.runs, TRUE), (device.byte, asked.landed), (device.which, which))
    for holds, updates in ((follows, begun), (not_(follows), ((count, up(count)),))):
        body.graph.edge(
            here, after, and_(asked.goes_on, holds), (*updates, *changed),
            action=Action.SHARED, span=statement.span, event=says,
            passes=asked.passes, recalls=recalls,
        )  # fmt: skip
    return after


class _DeviceQuestions(Questions):
    """What is asked where a transfer begins."""

    def ask(self) -> None:
        """Ask every check of the start of a transfer."""
        pure = self.body.asking()
        self.landed = scalar(pure.hook_value("translate", [self.byte])[0])
        lost, wrong = self._lost, and_(self._asked, self.within, self._wrong(self.byte))
        self._check(CheckKind.MAPPED, or_(wrong, self._first(lost)))
        beyond = self._attempt() if self._is_hostile else self._beyond_promise()
        self._check(CheckKind.BOUNDS, or_(and_(self._asked, self.some, beyond), self._beside()))
        self._check(CheckKind.LIVE, and_(self._asked, self.some, self._expired()))
        unpinned = and_(self._pinned_asked, self.within, self._unpinned(self.byte))
        self._check(CheckKind.DMA, and_(unpinned, sums(self.body)))
        self.goes_on = not_(or_(lost, and_(self.some, self._is_wrong(self.reach.address))))
        there = self._is_there(pure, self.byte)
        self.can_be_followed = and_(self._pinned_asked, self.within, there)
        self.passes = self._every_byte()

    @property
    def _is_hostile(self) -> bool:
        return self.body.world.view is View.HOSTILE

    def _wrong(self, byte: Expr) -> Expr:
        """Return that *byte* is not the caller's: a device reaches what is there."""
        if not self._is_hostile:
            return self._elsewhere(self._meant, byte)
        pure = self.body.asking()
        owned = self._owned(pure, byte, self._writing())
        return and_(self._is_there(pure, byte), not_(owned), not_(pure.unknown.skip))

    def _is_there(self, pure: Pure, byte: Expr) -> Expr:
        """Return that there is anything at all for a device to reach."""
        _, nowhere = pure.hook_value("translate", [byte])
        something = and_(pure.hook("there", [byte]), not_(pure.hook("vacant", [byte])))
        return and_(not_(nowhere), something)

    def _unpinned(self, byte: Expr) -> Expr:
        """Return that *byte* is there, and that it may be taken away."""
        pure = self.body.asking()
        landed, _ = pure.hook_value("translate", [byte])
        pinned = pure.hook("pinned", [landed])
        there = self._is_there(pure, byte)
        return and_(there, not_(pinned), not_(pure.unknown.skip))

    @property
    def _pinned_asked(self) -> Expr:
        """The transfer is one that has to be pinned: the driver's own memory may go, too."""
        return or_(self._asked, self.hit)

    def _is_wrong(self, byte: Expr) -> Expr:
        """Return that a transfer that begins with *byte* ends the run there."""
        unpinned = and_(self._pinned_asked, self._unpinned(byte))
        return or_(and_(self._asked, self._wrong(byte)), unpinned)

    def _every_byte(self) -> Prefix | None:
        """Return that no byte ended the run, for the replay to look at."""
        if self.last is self.reach.address:
            return None
        index = self.body.graph.input(bits(self.width), self.here)
        byte = add(self.reach.address, index)
        return Prefix(index, self.reach.address, self._limit(), not_(self._is_wrong(byte)))

    @property
    def _through(self) -> Expr:
        return TRUE
