"""Memory that drivers allocate: every block, wherever it may lie (semantics 2.5).

A block is known by its number in the call of its thread; number 0 is the null that ``alloc`` gives
where it fails.  Once freed a block stays known until the call is over: pointers may still be to it.
"""

from __future__ import annotations

from typing import NamedTuple

from cecheck.ir.program import CheckKind
from oracle.choice import Abandon, Unsupported
from oracle.owned import Key, Owned
from oracle.stage import SiteKey
from oracle.values import Pointer, settled

MOST = 4  # blocks that a call allocates


class Block(NamedTuple):
    """*size* bytes of the process *home*, which sees them at *place*; freed once not *live*."""

    home: str
    place: int
    size: int
    live: bool


class Heap(Owned):
    """What a `Turn` knows of allocated memory."""

    def allocate(self, site: SiteKey, size: int) -> Pointer:
        """Return the address of a new block of *size* bytes anywhere, or null."""
        mine = [key for key in self.state.blocks if key[2] == self.thread.number]
        if not self.ask("heap", size):
            raise Unsupported("a block that may lie where others write")
        home = self.callee
        places = self._free_places(home, max(1, size))
        taken = self.choices.choose(len(places) + 1)
        if taken == len(places):
            return Pointer(0, home, ("block", 0, self.thread.number))
        if len(mine) >= MOST:
            raise Abandon
        key = ("block", 1 + len(mine), self.thread.number)
        self.state.blocks[key] = Block(home, places[taken], size, live=True)
        self._open(key, site)
        return Pointer(places[taken], home, key)

    def _free_places(self, home: str, size: int) -> list[int]:
        other = self._as_process(home)
        taken = self._taken(home)
        for block in self.state.blocks.values():
            if block.home == home and block.live:
                taken |= set(range(block.place, block.place + max(1, block.size)))
        found = [
            a
            for a in range(1 << self.stage.bits)
            if other.ask("honest", home, a, size)
            and other.ask("translate", a) != a
            and not taken & set(range(a, a + size))
        ]
        self.world.learn(other.world.facts)
        return found

    def free(self, site: SiteKey, pointer: Pointer) -> None:
        """Give a block back: the start of a live one, or nothing if it is null."""
        word = settled(pointer.word)
        self.stage.reached.add(site)
        self.effects += 1
        if word == 0:
            return
        block = self.state.blocks.get(pointer.target)
        if block is None or not block.live or word != block.place:
            self.stage.found.setdefault((CheckKind.PAIRED, site), f"no block: {pointer}")
            return
        self.state.blocks[pointer.target] = block._replace(live=False)
        self.clear(pointer.target, 0, block.size)
        self._close(pointer.target, site)

    def is_dead(self, target: Key) -> bool:
        """Tell whether *target* is a block that has been freed."""
        block = self.state.blocks.get(target)
        return block is not None and not block.live

    def forget_blocks(self) -> None:
        """The call of the thread is over."""
        for key in [key for key in self.state.blocks if key[2] == self.thread.number]:
            self.clear(key, 0, self.state.blocks.pop(key).size)

    def _extent(self, key: Key) -> tuple[str, int]:
        if key[0] != "block":
            return super()._extent(key)
        block = self.state.blocks.get(key)
        return (self.callee, 0) if block is None else (block.home, block.size)

    def _place(self, key: Key) -> int:
        block = self.state.blocks.get(key)
        return super()._place(key) if block is None else block.place
