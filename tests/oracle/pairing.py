"""What a thread has to put back, and what it has to close (semantics 7.1, 7.4)."""

from __future__ import annotations

from cecheck.ir.program import CheckKind
from oracle.choice import Abandon
from oracle.reaching import MOST, Reaching
from oracle.stage import SiteKey
from oracle.statements import NORMAL
from oracle.values import Pointer, settled


class Pairing(Reaching):
    """The part of a `Turn` that asks ``restored`` and ``paired``."""

    def restorable(self) -> tuple[object, ...]:
        """Return the fields that are to be restored."""
        inits = self.stage.spec.platform.thread_fields
        return tuple(self.fields[i.variable.number] for i in inits if i.variable.restored)

    def arrive(self, outermost: bool) -> None:
        """Come to the head of a loop: a thread of a driver is there as it was the first time."""
        thread = self.thread
        if self.is_client or not outermost:
            return
        if thread.before is None:
            thread.before, thread.opened = self.restorable(), self._open_now()
        self._ask_restored(thread.changed)
        if thread.opened != self._open_now():
            self._ask_paired()
        if thread.before == self.restorable():
            thread.changed = None

    def _open_now(self) -> tuple[object, ...]:
        counted = [(key, count) for key, (count, _) in self.thread.ledger.items()]
        return tuple(sorted([*counted, *((key, 1) for key, _ in self.held())], key=str))

    def _ask_restored(self, site: SiteKey | None) -> None:
        before, now = self.thread.before, self.restorable()
        if site is not None:
            self.stage.reached.add(site._replace(offset=0))
        if before is not None and before != now:
            assert site is not None
            self.stage.found.setdefault(
                (CheckKind.RESTORED, site._replace(offset=0)), f"{before} -> {now}"
            )

    def _ask_paired(self) -> None:
        for key, (_, site) in self.thread.ledger.items():
            self.stage.found.setdefault((CheckKind.PAIRED, site), f"{key} left open")
        for key, block in self.held():
            if (key, 1) not in (self.thread.opened or ()):
                self.stage.found.setdefault((CheckKind.PAIRED, block.site), f"{key} not freed")

    def _open(self, key: object, site: SiteKey) -> None:
        count, first = self.thread.ledger.get(key, (0, site))
        if count >= MOST:
            raise Abandon
        self.thread.ledger = {**self.thread.ledger, key: (count + 1, first)}

    def _close(self, key: object, site: SiteKey | None) -> None:
        count, first = self.thread.ledger.get(key, (0, site))
        if count == 0:
            if site is not None:
                self.stage.found.setdefault((CheckKind.PAIRED, site), f"{key} is not open")
            return
        ledger = {**self.thread.ledger, key: (count - 1, first)}
        self.thread.ledger = {k: v for k, v in ledger.items() if v[0]}

    def pair(self, resource: str, opens: bool, args: list[object]) -> int:
        """Open or close something: the arguments tell what."""
        words = [settled(a.word) if isinstance(a, Pointer) else settled(a) for a in args]
        change = self._open if opens else self._close
        change((resource, *words), self.op.site)
        self.effects += 1
        return NORMAL
