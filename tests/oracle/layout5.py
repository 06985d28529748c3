"""The scaled Windows CE 5 said a second time, in Python: hooks for tests of the access rules.

Slots of four addresses: 0 alias, 1 code, 2 filesys, 3..5 processes, 6 mapped files, 7 shared.
"""

from __future__ import annotations

from dataclasses import dataclass, field

SLOT, OFFSET, FIRST_MAPPER, SHARED, KERNEL = 4, 3, 24, 28, 32


@dataclass(frozen=True)
class Map:
    """Who is in which slot, who is in slot 0, and which processes the thread's key holds."""

    slots: dict[str, int] = field(default_factory=lambda: {"filesys": 2, "caller": 3, "dm": 4})
    current: str = "dm"
    key: frozenset[str] = frozenset({"caller", "dm"})
    guard: bool = True

    def translate(self, a: int) -> int | None:
        """See `access.Hooks`."""
        if a < 1:
            return None
        return a + SLOT * self.slots[self.current] if a < SLOT else a

    def _holder(self, a: int) -> str | None:
        return next((who for who, slot in self.slots.items() if slot == a // SLOT), None)

    def permit(self, a: int, writing: bool) -> bool:
        """See `access.Hooks`."""
        if a < SLOT:
            return True
        if a < 2 * SLOT or a >= SHARED:
            return a < KERNEL and not writing
        if a >= FIRST_MAPPER:
            return True
        return self._holder(a) in self.key and (not self.guard or a & OFFSET > 0)

    def owns(self, party: str | None, a: int, writing: bool) -> bool:
        """See `access.Hooks`."""
        lands = self.translate(a)
        if lands is None or party is None:
            return False
        if lands // SLOT == self.slots[party]:
            return True
        if FIRST_MAPPER <= lands < SHARED:
            return True
        return not writing and (lands // SLOT == 1 or SHARED <= lands < KERNEL)

    def there(self, a: int) -> bool:
        """See `access.Hooks`."""
        return self.translate(a) is not None

    def vacant(self, a: int) -> bool:
        """See `access.Hooks`."""
        return 2 * SLOT <= a < FIRST_MAPPER and self._holder(a) is None
