"""What a `Turn` reaches beyond its own variables: memory, tables of the platform, devices."""

from __future__ import annotations

from cecheck.ir.program import CheckKind, View
from cecheck.sema import typed as t
from oracle.access import Access, hostile, reached
from oracle.choice import Abandon
from oracle.heap import Heap
from oracle.machine import Run, RunHooks
from oracle.stage import Raised, SiteKey
from oracle.values import Caller, Pointer

OBSERVED = 1  # the number of the thread that makes the observed call
MOST = 3  # how often a lock is taken or a block locked, and how many transfers run, at most
BOUNDS, MAPPED = frozenset({CheckKind.BOUNDS}), frozenset({CheckKind.MAPPED})


class Reaching(Heap, Run):
    """The part of a `Turn` that asks about memory."""

    # ---- maps, devices -----------------------------------------------------------------------

    def write_table(self, table: t.Variable, where: range, change: t.Change, value: object) -> None:
        """Change entries of a platform map, all at once."""
        self.shared(lambda: self._write_table(table, where, change, value))

    def _write_table(self, table: t.Variable, where: range, change: t.Change, new: object) -> None:
        written = dict(self.written)
        first = self.stage.initial.get(table.number)
        initial = 0 if first is None else first(self)
        for index in where:
            key = ("table", table.number, index)
            now = self.entry_of(table, index)
            if change is t.Change.MORE and now >= MOST:
                raise Abandon
            amount = {t.Change.SET: new, t.Change.MORE: now + 1, t.Change.LESS: max(0, now - 1)}
            written[key] = amount[change]
            if written[key] == initial:
                del written[key]
        self.written = written
        self.effects += 1
        for _, watched in self.state.transfers:
            if not all(self.ask("pinned", byte) for byte in watched):
                self._violates({CheckKind.DMA}, self.op.site, f"unpinned: {watched}")

    def transfer(
        self, site: SiteKey, event: int, pointer: Pointer, distance: int, access: Access
    ) -> None:
        """Let a device begin: nothing stops it (semantics 3.7)."""
        self.shared(lambda: self._begin(site, event, pointer, distance, access))

    def _begin(
        self, site: SiteKey, event: int, pointer: Pointer, distance: int, access: Access
    ) -> None:
        hooks, asked = RunHooks(self), not self._is_strange(pointer)
        there = [a for a in access.addresses if hooks.there(a) and not hooks.vacant(a)]
        if asked:
            kinds = self._of_device(pointer, distance, access, there)
            self._violates(kinds, site, self._story(access, pointer))
        if asked and access.size:
            self.stage.reached.add(site)
        if access.writing and pointer.target.__class__ is int:
            self.overwrite(pointer, distance, access.size)
        if len(self.state.transfers) >= MOST:
            raise Abandon
        watched = tuple(sorted({hooks.translate(a) for a in there})) if asked else ()
        self.state.transfers.append((event, watched))

    def _of_device(
        self, pointer: Pointer, distance: int, access: Access, there: list[int]
    ) -> set[CheckKind]:
        """Return what a transfer of these bytes violates."""
        if access.size == 0:
            return set()
        hooks, kinds = RunHooks(self), self._over(pointer)
        if any(not self.ask("pinned", hooks.translate(a)) for a in there):
            kinds.add(CheckKind.DMA)
        if self.stage.view is View.HOSTILE:
            if not all(hooks.owns(pointer.origin, a, access.writing) for a in there):
                kinds.add(CheckKind.MAPPED)
            return kinds | (hostile(access, pointer.origin, True, hooks).violated & BOUNDS)
        return kinds | (self._judged(pointer, distance, access).violated & (BOUNDS | MAPPED))

    # ---- accesses ----------------------------------------------------------------------------

    def access(self, site: SiteKey, pointer: Pointer, distance: int, access: Access) -> None:
        """Make an access: others may notice it unless it serves a call on this very thread."""
        do = self.noted if self.is_mine(pointer) or not access.size else self.shared
        self.at_hit = do(lambda: self.alone(site, pointer, distance, access))

    def is_mine(self, pointer: Pointer) -> bool:
        """Tell whether an access serves a call on this very thread, and nobody else sees it."""
        if self.is_seen(pointer.target):
            return False
        if pointer.origin.__class__ is Caller:
            return pointer.origin.thread == self.thread.number
        return self.is_client

    def alone(
        self, site: SiteKey, pointer: Pointer, distance: int, access: Access
    ) -> int | None:
        """Make an access at once; return at which offset it hits an object of a driver, if one."""
        if pointer.target.__class__ is tuple and access.size:
            hit = self.hit(pointer, access)
            if hit is not None:
                if self.critical and self.ask("pageable_driver", pointer.origin):
                    self._violates({CheckKind.PAGING}, site, "of the driver")
                self.stage.reached.add(site)
                if self.is_dead(pointer.target):
                    self._violates({CheckKind.LIVE}, site, "freed")
                return hit
            if not self.guards or RunHooks(self).translate(access.start) is not None:
                self.stage.found.setdefault((CheckKind.BOUNDS, site), "beside a driver's object")
        if self._is_strange(pointer):
            self._strange_access(site, pointer, access)
        elif pointer.target.__class__ is tuple:
            self._beside(site, pointer, access)
        else:
            super().access(site, pointer, distance, access)
        return None

    def _beside(self, site: SiteKey, pointer: Pointer, access: Access) -> None:
        """A pointer to an object of a driver that does not hit it: foreign memory."""
        verdict = hostile(access, pointer.origin, self.guards > 0, RunHooks(self))
        wrong = verdict.violated
        if self.stage.view is View.WELL_BEHAVED:
            wrong = frozenset()
        self._violates(wrong, site, self._story(access, pointer))
        if access.size and self.guards and (verdict.faults or self.choices.choose(2)):
            raise Raised
        raise Abandon

    def _is_strange(self, pointer: Pointer) -> bool:
        """Whether only the caller's rights are asked: others are hostile, whatever they pass."""
        if self.stage.view is View.HOSTILE or pointer.target.__class__ is tuple:
            return False
        origin = pointer.origin
        return not (origin.__class__ is Caller and abs(origin.thread) == OBSERVED)

    def _strange_access(self, site: SiteKey, pointer: Pointer, access: Access) -> None:
        """Somebody else's memory, in a view that asks nothing of it: it may fault or not."""
        through = len(reached(access, RunHooks(self))) == len(access.asked)
        if access.size:
            self.note_excess(site, pointer.origin)
        if access.size and self.guards and (not through or self.choices.choose(2)):
            raise Raised
        if not through:
            raise Abandon

    def _further(self, pointer: Pointer, access: Access) -> set[CheckKind]:
        return super()._further(pointer, access) | (self._over(pointer) if access.size else set())

    def _over(self, pointer: Pointer) -> set[CheckKind]:
        """`live`: the call that carried the pointer in is over (semantics 3.5)."""
        origin = pointer.origin
        over = origin.__class__ is Caller and origin.is_over
        return {CheckKind.LIVE} if over else set()
