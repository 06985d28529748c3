"""A small system: whose memory is where, and who may touch it, as its platform and as Python say.

Every process has a region of the one address space.  Its end is a hole; before that some pages can
only be read, others only by programs.  Behind the last region nobody lives, then comes the kernel.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Final

REGION: Final = 24  # process n has the region of so many bits at n << REGION
MASK: Final = (1 << 32) - 1
OFFSET: Final = (1 << REGION) - 1
SMALL, KERNEL = 0x1_0000, 0x8000_0000  # nothing is below; from there on it is the kernel's
SEALED, FIXED, HIGH, HOLE = 0xC0_0000, 0xD0_0000, 0xE0_0000, 0xF0_0000  # in each region

TEXT: Final = """platform small : u32 {
    const OPEN = %(open)s
    process { unique number : u32 = any(%(low)d .. %(high)d)  trusted : bool }
    process server : trusted { number = %(server)d }
    drivers in server
    thread { restored sender : process = none  restored raised : bool = false }
    fn empty(a: u32) -> bool { return a >> 24 < %(low)d || a >> 24 >= %(high)d && a < 0x8000_0000 }
    fn translate(a: u32) -> u32 {
        if empty(a) || a < 0x8000_0000 && (a & 0xFF_FFFF) >= 0xF0_0000 { raise }
        return a
    }
    fn permit(a: u32, writing: bool) -> bool {
        if a >= 0x8000_0000 { return raised }
        let offset = a & 0xFF_FFFF
        if writing && offset >= 0xD0_0000 && offset < 0xE0_0000 { return false }
        return OPEN || a >> 24 == sender.number || a >> 24 == server.number
    }
    fn owns(p: process, a: u32, writing: bool) -> bool {
        let offset = a & 0xFF_FFFF, sealed = offset >= 0xC0_0000 && offset < 0xE0_0000
        return a < 0x8000_0000 && a >> 24 == p.number && !(writing && sealed)
    }
    fn inside(p: process) -> bool { return true }
    fn there(a: u32) -> bool { return a >= 0x1_0000 }
    fn vacant(a: u32) -> bool { return empty(a) }
    fn honest(p: process, a: u32, n: u32) -> bool {
        let e = a + n - 1, above = (a & 0xFF_FFFF) >= 0xE0_0000
        if e < a || (e & 0xFF_FFFF) >= 0xF0_0000 { return false }
        return owns(p, a, true) && owns(p, e, true) && (above || (e & 0xFF_FFFF) < 0xC0_0000)
    }
    fn heap(n: u32) -> bool { return true }
    fn first_byte(p: process) -> u32 { return p.number << 24 }
    fn last_byte(p: process) -> u32 { return (p.number << 24) + 0xFF_FFFF }
    api Number() -> u32 { return sender.number }
    api Sender() -> process { return sender }
    api Raise(on: bool) -> bool { let old = raised  raised = on  return old }
    call Send(message: address, length: u32, number: u32) -> u32 enters receive {
        var result : u32 = 0
        let last = sender, rights = raised
        sender = home
        %(enter)s
        sender = last
        %(restore)s
        return result
    }
}
use small
"""


@dataclass(frozen=True)
class System:
    """The system, where the *server* has the drivers, and programs are from *low* to *high*.

    Drivers may touch what everybody has if it is *open*; it may *handle* their faults, and
    *restore* their rights.
    """

    server: int
    low: int
    high: int
    is_open: bool
    handles: bool
    restores: bool

    @property
    def text(self) -> str:
        """The platform."""
        enter = "result = enter(...)"
        return TEXT % {
            "open": "true" if self.is_open else "false",
            "low": self.low,
            "high": self.high,
            "server": self.server,
            "enter": f"try {{ {enter} }} except {{ result = 0 }}" if self.handles else enter,
            "restore": "raised = rights" if self.restores else "",
        }

    @property
    def callers(self) -> list[int]:
        """The regions of programs."""
        return [number for number in range(self.low, self.high) if number != self.server]

    @cached_property
    def borders(self) -> list[int]:
        """Where another kind of memory begins."""
        found = [SMALL, KERNEL, MASK + 1, self.high << REGION]
        for number in range(self.low, self.high):
            inner = (0, SEALED, FIXED, HIGH, HOLE)
            found += [(number << REGION) + offset for offset in inner]
        return sorted(found)

    @cached_property
    def _twice(self) -> list[int]:
        """The same, and once more behind the last address."""
        return [*self.borders, *(border + MASK + 1 for border in self.borders)]

    def vacant(self, a: int) -> bool:
        """Return whether nobody lives there."""
        return a < KERNEL and not self.low <= a >> REGION < self.high

    def there(self, a: int) -> bool:
        """Return whether anything is."""
        return a >= SMALL

    def lands(self, a: int) -> bool:
        """Return whether there is memory."""
        return not self.vacant(a) and (a >= KERNEL or a & OFFSET < HOLE)

    def permits(self, a: int, writing: bool, caller: int, raised: bool) -> bool:
        """Return whether a thread that works for *caller* may touch it."""
        if a >= KERNEL:
            return raised
        if writing and FIXED <= a & OFFSET < HIGH:
            return False
        return self.is_open or a >> REGION in (caller, self.server)

    def owns(self, caller: int, a: int, writing: bool) -> bool:
        """Return whether *caller* may do that by itself."""
        sealed = SEALED <= a & OFFSET < HIGH
        return a < KERNEL and a >> REGION == caller and not (writing and sealed)

    def pieces(self, start: int, count: int) -> list[int]:
        """Return how far behind *start* each piece of *count* bytes begins that is of one kind."""
        end = start + min(count, MASK + 1)
        inside = self._twice[bisect_right(self._twice, start) : bisect_left(self._twice, end)]
        return [0, *(border - start for border in inside)]

    def near(self, caller: int) -> list[int]:
        """Return where something changes for *caller*."""
        return [b for b in self.borders if b >> REGION == caller or b & OFFSET in (0, HOLE, SMALL)]

    def honest(self, caller: int, size: int) -> list[int]:
        """Return places at which *caller* may keep an object of *size* bytes."""
        start = caller << REGION
        found = [start + 0x100, start, start + SEALED - size, start + HIGH, start + HOLE - size]
        ordinary = [(0, SEALED), (HIGH, HOLE)]
        return [
            a for a in found
            if any(low <= a - start and a - start + size <= high for low, high in ordinary)
        ]  # fmt: skip
