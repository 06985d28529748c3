"""What objects of drivers hold, byte for byte (semantics 6).

A cell is a number or a pointer as it was stored.  Where a write or a read cuts through a number,
that falls into its bytes, the lowest first; a byte that nobody has written is arbitrary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cecheck.sema.types import BoolType, IntType, PointerType, Type
from oracle.choice import Unsupported
from oracle.sizes import size_of
from oracle.values import Pointer, settled

if TYPE_CHECKING:
    from oracle.state import State

Place = tuple[object, int]  # an object, and how far from its start


class Cells:
    """What a `Turn` knows of the bytes in objects of drivers."""

    state: State

    def cell(self, place: Place, type_: Type) -> object:
        """Return the value of *type_* that lies at *place*."""
        cells, (key, offset), size = self.state.cells, place, size_of(self.stage.spec, type_)
        there = (key, offset, size)
        if there not in cells and any(self._within(key, offset, size)):
            self._split(key, offset, size)
            if size > 1:
                cells[there] = self._joined(key, offset, size)
                for i in range(size):
                    del cells[key, offset + i, 1]
        if there not in cells:
            cells[there] = self.fresh(type_, None)
        return _as(type_, cells[there])

    def set_cell(self, place: Place, size: int, value: object) -> None:
        """Put *value* into the *size* bytes at *place*."""
        self.clear(*place, size)
        self.state.cells[*place, size] = value

    def clear(self, key: object, offset: int, size: int) -> None:
        """Forget what was in *size* bytes."""
        self._split(key, offset, size)
        for there in self._within(key, offset, size):
            del self.state.cells[there]

    def _within(self, key: object, offset: int, size: int) -> list[tuple[object, int, int]]:
        """Return the cells that have some of *size* bytes."""
        return [
            (owner, start, length)
            for owner, start, length in self.state.cells
            if owner == key and start < offset + size and offset < start + length
        ]

    def _split(self, key: object, offset: int, size: int) -> None:
        """Let the numbers fall into bytes that have some of *size* bytes."""
        cells, bits = self.state.cells, self.stage.spec.widths.byte
        for owner, start, length in self._within(key, offset, size):
            if length > 1:
                whole = settled(cells.pop((owner, start, length)))
                for i in range(length):
                    cells[owner, start + i, 1] = whole >> bits * i & (1 << bits) - 1

    def _joined(self, key: object, offset: int, size: int) -> int:
        """Return the number whose bytes are these; each is a cell of its own."""
        bits, whole = self.stage.spec.widths.byte, 0
        byte = IntType(bits, False, 1, "byte")
        for i in range(size):
            whole |= settled(self.cell((key, offset + i), byte)) << bits * i
        return whole


def _as(type_: Type, value: object) -> object:
    """Return what lies there as a value of *type_*."""
    match type_:
        case PointerType() if not isinstance(value, Pointer):
            raise Unsupported("bytes of a number taken for a pointer")
        case IntType(width):
            if isinstance(value, Pointer):
                value = value.word
            if not isinstance(value, int):
                if value.count > 1 << width:
                    return settled(value) % (1 << width)
                return value
            return int(value) % (1 << width)
        case BoolType() if not isinstance(value, bool):
            return bool(settled(value))
        case _:
            return value
