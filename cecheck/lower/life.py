"""The life of a driver, and of the one open handle that is followed (semantics 5.4).

Which handle that is was chosen before the run; it is opened once.  Calls on other handles are in
every proof: they find anything in their context, and nothing is asked there, for some run follows
their handle.  A counterexample has no such calls.
"""

from __future__ import annotations

from enum import IntEnum

from cecheck.ir.build import add, and_, any_of, eq, ite, ne, or_, word
from cecheck.ir.expr import FALSE, TRUE, Expr, Scope, Var, bits
from cecheck.lower.graph import Updates
from cecheck.lower.values import Value, scalar
from cecheck.lower.world import IDENTITY_BITS, World
from cecheck.record import record
from cecheck.sema import typed


class Stage(IntEnum):
    """How far the life of a driver is."""

    BEFORE = 0  # its `init`
    LOADED = 1
    LEAVING = 2  # its `deinit` runs
    UNLOADED = 3


class Phase(IntEnum):
    """How far the life of the followed handle is."""

    NEVER = 0  # opened
    OPENING = 1
    OPEN = 2
    CLOSING = 3
    CLOSED = 4  # its context is gone


STAGE_BITS, PHASE_BITS = 2, 3
COUNT_BITS = 8


@record
class Handle:
    """The followed handle: whose thread opens or closes it, and whose process may use it."""

    phase: Var
    holder: Var
    owner: Var

    def is_in(self, *phases: Phase) -> Expr:
        """Return that the handle is in one of *phases*."""
        return any_of(eq(self.phase, word(phase, PHASE_BITS)) for phase in phases)


@record
class Life:
    """*stage* is None for a driver that is always there, *handle* for one that nobody opens.

    *inside* counts the calls that are in a driver which may be unloaded, modulo its width: it is
    zero whenever there are none, so that a proof covers all there is.
    """

    stage: Var | None
    handle: Handle | None
    inside: Var | None

    @property
    def variables(self) -> tuple[Var, ...]:
        """What all threads share of it."""
        found = [var for var in (self.stage, self.inside) if var is not None]
        if self.handle is not None:
            found += [self.handle.phase, self.handle.holder, self.handle.owner]
        return tuple(found)

    def initial(self, driver: typed.Driver) -> Expr:
        """Return where the life of *driver* begins: a driver without `init` is there already."""
        first = Stage.LOADED if driver.of_kind(typed.INIT) is None else Stage.BEFORE
        stage = and_(self.is_at(first), self.is_empty)
        if self.handle is None:
            return stage
        nobody = eq(self.handle.holder, word(0, IDENTITY_BITS))
        place = eq(self.handle.owner, word(0, self.handle.owner.sort.width))
        return and_(stage, self.handle.is_in(Phase.NEVER), nobody, place)

    def is_at(self, stage: Stage) -> Expr:
        """Return that the driver's life is at *stage*."""
        return TRUE if self.stage is None else eq(self.stage, word(stage, STAGE_BITS))

    def goes_to(self, stage: Stage) -> Updates:
        """Return the updates that take the driver's life on."""
        return () if self.stage is None else ((self.stage, word(stage, STAGE_BITS)),)

    @property
    def is_over(self) -> Expr:
        """The driver's code and memory are gone."""
        return FALSE if self.inside is None else self.is_at(Stage.UNLOADED)

    @property
    def is_ending(self) -> Expr:
        """The driver is being unloaded, or was: none of its calls runs any more."""
        if self.stage is None:
            return FALSE
        return or_(self.is_at(Stage.LEAVING), self.is_at(Stage.UNLOADED))

    @property
    def has_lost_its_context(self) -> Expr:
        """What the driver kept for the followed handle is gone."""
        return FALSE if self.handle is None else self.handle.is_in(Phase.CLOSED)

    @property
    def is_empty(self) -> Expr:
        """No call is in the driver."""
        return TRUE if self.inside is None else eq(self.inside, word(0, COUNT_BITS))

    @property
    def may_end(self) -> Expr:
        """Nobody has the followed handle and no call is in the driver: it may be unloaded."""
        closed = TRUE if self.handle is None else self.handle.is_in(Phase.NEVER, Phase.CLOSED)
        return and_(self.is_at(Stage.LOADED), closed, self.is_empty)

    def begins(self, kind: str, aside: bool, identity: Expr, home: Expr) -> tuple[Expr, Updates]:
        """Return when a call may begin, and what that changes; *aside*: on another handle."""
        there, updates, handle = self.is_at(Stage.LOADED), self._counts(1), self.handle
        if handle is None or aside:
            return there, updates
        if kind == typed.OPEN:
            opening = (handle.phase, word(Phase.OPENING, PHASE_BITS))
            mine = ((handle.holder, identity), (handle.owner, home))
            return and_(there, handle.is_in(Phase.NEVER)), (*updates, opening, *mine)
        usable = and_(there, handle.is_in(Phase.OPEN), eq(handle.owner, home))
        if kind != typed.CLOSE:
            return usable, updates
        closing = (handle.phase, word(Phase.CLOSING, PHASE_BITS))
        return usable, (*updates, closing, (handle.holder, identity))

    def ends(self, kind: str, aside: bool, result: Value | None) -> Updates:
        """Return what the end of a call changes that gave *result*."""
        updates = self._counts(-1)
        if self.handle is None or aside or kind not in (typed.OPEN, typed.CLOSE):
            return updates
        phase: Expr = word(Phase.CLOSED, PHASE_BITS)
        if kind == typed.OPEN:
            assert result is not None
            phase = ite(succeeded(result), word(Phase.OPEN, PHASE_BITS), phase)
        return (*updates, (self.handle.phase, phase))

    def _counts(self, by: int) -> Updates:
        if self.inside is None:
            return ()
        return ((self.inside, add(self.inside, word(by % (1 << COUNT_BITS), COUNT_BITS))),)


def succeeded(result: Value) -> Expr:
    """Return that a call says it did what it was to do: its result is not zero."""
    value = scalar(result)
    return ne(value, word(0, value.sort.width)) if value.sort.width else value


def life_of(world: World, driver: typed.Driver, prefix: str) -> Life:
    """Return the life of *driver*, as variables whose names begin with *prefix*.

    There is a blank in each, so that it is none that a driver declares.
    """
    kinds = {entry.kind for entry in driver.entries}
    stage = Var(f"{prefix}stage of life", bits(STAGE_BITS), Scope.GLOBAL)
    if not driver.has_handles:
        return Life(stage if typed.INIT in kinds else None, None, None)
    handle = Handle(
        Var(f"{prefix}the handle", bits(PHASE_BITS), Scope.GLOBAL),
        Var(f"{prefix}the handle.holder", bits(IDENTITY_BITS), Scope.GLOBAL),
        Var(f"{prefix}the handle.process", world.process_sort, Scope.GLOBAL),
    )
    inside = Var(f"{prefix}calls inside", bits(COUNT_BITS), Scope.GLOBAL)
    has_stages = not kinds.isdisjoint({typed.INIT, typed.DEINIT})
    ends = typed.DEINIT in kinds
    return Life(stage if has_stages else None, handle, inside if ends else None)
