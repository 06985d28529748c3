"""Memory of drivers that pointers may reach: where it lies, and what is in it (semantics 1.2).

An object is known by its variable, a local one by its thread, too.  Where it lies is a fact that
is chosen when somebody first asks; of what it holds only what was stored field by field is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cecheck.sema.typed import Storage, Variable
from oracle.access import Access, permitted
from oracle.cells import Cells
from oracle.choice import Unsupported
from oracle.machine import Run, RunHooks, initial_values
from oracle.sizes import size_of
from oracle.values import Pointer

if TYPE_CHECKING:
    from oracle.state import State

Key = tuple[object, ...]  # ("object", number of the variable, number of the thread or 0)


class Owned(Cells):
    """What a `Turn` knows of objects of drivers."""

    state: State

    def key_of(self, variable: Variable) -> Key:
        """Return what tells the object that *variable* is from all others."""
        local = variable.storage is Storage.LOCAL
        return ("object", variable.number, self.thread.number if local else 0)

    def address(self, variable: Variable) -> Pointer:
        """Return the address of *variable* as the process of its driver sees it."""
        key = self.key_of(variable)
        size = size_of(self.stage.spec, variable.type)
        home = self.stage.homes[variable.owner] if variable.owner else self.callee
        self.state.extents[key] = (home, size)
        return Pointer(self._place(key), home, key)

    def _as_process(self, home: str) -> Run:
        """Return a run on a thread that the driver's process has for itself."""
        other = self.aside(self.choices)
        other.home = home
        other.fields = {}
        initial_values(self.stage.spec.platform.thread_fields, self.stage.initial, other)
        return other

    def _place(self, key: Key) -> int:
        """Return where an object lies: its own process reaches it there, unmapped."""
        home, size = self._extent(key)
        if ("lies", key) not in dict(self.world.facts):
            other = self._as_process(home)
            taken = self._taken(home)
            at = [
                a
                for a in range(1 << self.stage.bits)
                if other.ask("honest", home, a, size)
                and other.ask("translate", a) != a
                and not taken & set(range(a, a + size))
            ]
            self.world.learn(other.world.facts)
            if not at:
                raise Unsupported("no room for the objects of drivers")
            self.world.put(("lies", key), at[self.choices.choose(len(at))])
        return self.world.recall(("lies", key), 1)

    def _extent(self, key: Key) -> tuple[str, int]:
        """Return whose an object is, and how many bytes it has."""
        return self.state.extents[key]

    def _taken(self, home: str) -> set[int]:
        """Return the addresses of the variables of *home*, as far as they have a place."""
        return {
            place + i
            for (what, *rest), place in dict(self.world.facts).items()
            if what == "lies" and self.state.extents[rest[0]][0] == home
            for i in range(self.state.extents[rest[0]][1])
        }

    def _bytes(self, key: Key) -> list[int]:
        """Return where the bytes of an object are for everybody."""
        home, size = self._extent(key)
        if size == 0:
            return []
        first, other = self._place(key), self._as_process(home)
        bytes_ = [other.ask("translate", first + i) for i in range(size)]
        self.world.learn(other.world.facts)
        return bytes_

    def hit(self, pointer: Pointer, access: Access) -> int | None:
        """Return at which offset of its object *pointer* hits it, None if it does not."""
        home, hooks = self._bytes(pointer.target), RunHooks(self)
        lands = [hooks.translate(a) for a in access.addresses]
        if lands[0] not in home or not all(permitted(a, access, hooks) for a in access.addresses):
            return None
        first = home.index(lands[0])
        return first if home[first : first + len(lands)] == lands else None

    def forget(self, variable: Variable) -> int:
        """A structure comes to life: it holds anything."""
        key = self.key_of(variable)
        for cell in [cell for cell in self.state.cells if cell[0] == key]:
            del self.state.cells[cell]
        return 0
