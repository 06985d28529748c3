"""Memory that drivers allocate: every block, wherever it may lie (semantics 2.5).

A block has a number among those of its thread; number 0 is the null that ``alloc`` gives where it
fails.  Once freed a block is not forgotten until the call is over, and one that a driver has ever
kept is not at all: pointers may still be to it.
"""

from __future__ import annotations

from typing import NamedTuple

from cecheck.ir.program import CheckKind
from oracle.choice import Abandon, Unsupported
from oracle.owned import Key, Owned
from oracle.stage import SiteKey
from oracle.values import Pointer, settled

MOST = 4  # blocks that a thread has allocated, and that are not forgotten


class Block(NamedTuple):
    """*size* bytes of the process *home*, which sees them at *place*; freed once not *live*.

    *holder* is the thread that has it, 0 while a driver keeps it, *seen* whether one ever did, so
    that other threads may have a pointer; *site* is where it was allocated.
    """

    home: str
    place: int
    size: int
    live: bool
    holder: int
    site: SiteKey
    seen: bool = False


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
        self.state.blocks[key] = Block(home, places[taken], size, True, self.thread.number, site)
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
        self.changed_hands()

    def changed_hands(self) -> None:
        """Note which blocks the driver keeps now, and that the thread has those no longer kept."""
        kept = self._kept()
        for key, block in self.state.blocks.items():
            if key in kept:
                self.state.blocks[key] = block._replace(holder=0, seen=True)
            elif block.holder == 0:
                self.state.blocks[key] = block._replace(holder=self.thread.number)

    def _kept(self) -> set[Key]:
        """Return the blocks to which a global, or a block, has a pointer."""
        cells, values = self.state.cells.items(), [*self.state.globals.values()]
        values += [v for (key, *_), v in cells if key[0] == "block" or key[2] == 0]
        members = [m for v in values for m in (v if isinstance(v, frozenset) else (v,))]
        return {m.target for m in members if isinstance(m, Pointer)}

    def held(self) -> list[tuple[Key, Block]]:
        """Return the live blocks that the thread has."""
        me, blocks = self.thread.number, self.state.blocks.items()
        return [(key, block) for key, block in blocks if block.live and block.holder == me]

    def is_seen(self, target: Key) -> bool:
        """Tell whether other threads may have a pointer to the block *target*."""
        block = self.state.blocks.get(target)
        return block is not None and block.seen

    def is_dead(self, target: Key) -> bool:
        """Tell whether *target* is a block that has been freed."""
        block = self.state.blocks.get(target)
        return block is not None and not block.live

    def forget_blocks(self) -> None:
        """The call of the thread is over: what only that knew is gone."""
        for key, block in [*self.state.blocks.items()]:
            if key[2] == self.thread.number and not block.seen:
                self.clear(key, 0, self.state.blocks.pop(key).size)

    def _extent(self, key: Key) -> tuple[str, int]:
        if key[0] != "block":
            return super()._extent(key)
        block = self.state.blocks.get(key)
        return (self.callee, 0) if block is None else (block.home, block.size)

    def _place(self, key: Key) -> int:
        block = self.state.blocks.get(key)
        return super()._place(key) if block is None else block.place
