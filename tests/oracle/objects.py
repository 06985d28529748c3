"""Memory of a well-behaved caller: objects that stay where they are and as they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cecheck.sema.types import PointerType
from oracle.access import Meant
from oracle.choice import Unsupported
from oracle.values import CLIENT, NULL, Pointer, canonical

if TYPE_CHECKING:
    from oracle.machine import Run

LONGEST = 3  # elements of a string
Home = tuple[int, tuple[int, ...]]  # a word, and where each byte from there lands


@dataclass
class Target:
    """An object of a well-behaved caller: where its bytes are, and what was found in it.

    One that was promised as a string has elements of *element* bytes, of which the last is zero.
    """

    meant: Meant
    cells: dict[int, object] = field(default_factory=dict)
    written: frozenset[int] = frozenset()  # offsets of which the caller's promise is gone
    element: int = 0


class Objects:
    """The objects of one run, in the order in which the run met them."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.targets: list[Target] = []

    def freeze(self) -> list[Target]:
        """Return the objects as they are, to go back to."""
        return [replace(it, cells=dict(it.cells)) for it in self.targets]

    def thaw(self, state: list[Target]) -> None:
        """Have the objects that there were at *state*."""
        self.targets = state
        self.targets = self.freeze()

    def string(self, element: int, optional: bool) -> Pointer:
        """Return a pointer to a new string, as long as it may be."""
        longest = max(n for n in range(1, LONGEST + 1) if n == 1 or self._homes(n * element))
        count = 1 + self._run.choices.choose(longest)
        return self.pointer(count * element, optional, element)

    def pointer(self, size: int, optional: bool, element: int = 0) -> Pointer:
        """Return a pointer to a new object of *size* bytes, wherever a caller may keep one."""
        if size == 0:
            return self._run.fresh(PointerType(True, None), self._run.origin)
        homes = self._homes(size)
        taken = self._run.choices.choose(len(homes) + optional)
        if taken == len(homes):
            return NULL._replace(origin=self._run.origin)
        self.targets.append(Target(Meant(homes[taken][1]), element=element))
        return Pointer(homes[taken][0], self._run.origin, len(self.targets) - 1)

    def _homes(self, size: int) -> list[Home]:
        """Return the honest places for *size* bytes: the word, and where each byte lands."""
        run = self._run
        now, run.fields = run.fields, run.own_fields
        taken = frozenset(a for target in self.targets for a in target.meant.bytes)
        homes = None
        while homes is None:
            memo = ("homes", size, taken, self._run.surroundings())
            homes = self._run.stage.memo.get(memo)
            if homes is None:
                homes = self._run.stage.memo[memo] = self._look_for_homes(size, taken)
            if isinstance(homes, int):  # what to choose before the next look
                self._home(homes, size)
                homes = None
        run.fields = now
        return homes

    def _look_for_homes(self, size: int, taken: frozenset[int]) -> list[Home] | int:
        """Return every honest place, or the first word whose honesty depends on a choice."""
        homes = []
        for word in range((1 << self._run.stage.bits) - size + 1):
            before = self._run.choices.position
            lands = self._home(word, size)
            if self._run.choices.position != before:
                return word
            if lands is not None and not taken & set(lands):
                homes.append((word, lands))
        return homes

    def _home(self, word: int, size: int) -> tuple[int, ...] | None:
        """Return where an object of *size* bytes at *word* lands, None if nobody keeps it there."""
        if not self._run.ask("honest", CLIENT, word, size):
            return None
        lands = tuple(self._run.ask("translate", word + i) for i in range(size))
        return None if None in lands else lands

    def overwrite(self, target: int, offset: int, size: int) -> None:
        """Forget what *size* bytes held: the driver has written something else there."""
        thing = self.targets[target]
        thing.written |= set(range(offset, offset + size))
        for at in thing.written & set(thing.cells):
            del thing.cells[at]

    def forget(self) -> None:
        """The call is over: nobody looks into its objects again."""
        for target in self.targets:
            target.cells, target.written = {}, frozenset()

    def cell(self, target: int, offset: int, make: Callable[[], object], promised: bool) -> object:
        """Return what is stored at *offset* of an object, the same whenever it is looked at.

        *make* says what the caller put there, which is of no use where the driver has written.
        """
        cells = self.targets[target].cells
        if promised and offset in self.targets[target].written and offset not in cells:
            raise Unsupported("a pointer that the driver has written over")
        if offset not in cells:
            cells[offset] = None  # a promise that depends on itself would find this
            cells[offset] = make()
        return cells[offset]

    def picture(self, values: list[object], names: dict[int, int]) -> object:
        """Return a picture of the objects; what no one of *values* reaches takes up room only."""
        met: set[int] = set()
        while values:
            value = values.pop()
            if isinstance(value, Pointer) and value.target not in (None, *met):
                met.add(value.target)
                values += self.targets[value.target].cells.values()
        taken = frozenset(a for target in self.targets for a in target.meant.bytes)
        kept = [(number, self.targets[number]) for number in sorted(met)]
        seen = [
            (number, target.meant, target.element, target.written, at, canonical(value, names))
            for number, target in kept
            for at, value in ((-1, None), *sorted(target.cells.items()))
        ]
        return (len(self.targets), taken, tuple(seen))
