"""Accesses to memory of callers: which checks they violate, and how they may end.

An observed caller is hostile or well-behaved; what others call is not asked about.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from campaigns.programs.machine import Abandoned, Machine, Raised
from campaigns.programs.numbers import Violation
from campaigns.programs.system import MASK, System

UNSURE: Final = "unsure"  # seen where the rules leave open what happens
FIELDS: Final = {"n": 0, "data": 4, "tag": 8}
REQUEST: Final = 12  # bytes of the structure


class Shape(Enum):
    """How an access reaches its bytes."""

    FIELD = "all or none, a constant extent"
    ELEMENT = "all or none"
    RANGE = "ascending, up to one that faults"
    BYTES = "any"
    WHOLE = "any, a constant extent"


CONSTANT: Final = (Shape.FIELD, Shape.WHOLE)
ALL: Final = (Shape.FIELD, Shape.ELEMENT)


class View(Enum):
    """Whose call it is."""

    HOSTILE = "hostile"
    WELL = "well-behaved"
    OTHER = "another"


@dataclass(frozen=True)
class Pointer:
    """A pointer of a caller's: to *size* bytes at *base*, as far as he promised any."""

    word: int
    base: int = 0
    size: int = 0
    is_known: bool = True  # what was promised
    is_request: bool = False  # what lies at its base is the message, of which words are known

    def moved(self, by: int) -> Pointer:
        """Return the pointer *by* bytes further."""
        return replace(self, word=(self.word + by) & MASK)


@dataclass(frozen=True)
class Access:
    """Of *count* bytes that begin *by* bytes behind a pointer."""

    pointer: Pointer
    by: int
    count: int
    shape: Shape
    writing: bool

    @property
    def start(self) -> int:
        """The first byte."""
        return (self.pointer.word + self.by) & MASK


def unsure(machine: Machine) -> Exception:
    """Return what ends a run of which the rules do not say what comes next."""
    machine.seen.add(machine.site(UNSURE))
    return Abandoned()


class Touching:
    """Does accesses in a *system*."""

    def __init__(self, system: System) -> None:
        self.system = system

    def touch(self, machine: Machine, *accesses: Access) -> None:
        """Do accesses that are asked together, of which the second goes as far as the first."""
        some = [one for one in accesses if one.count]
        if not some:
            return
        view = machine.memory["view"]
        if view is View.WELL:
            self._well(machine, some)
            return
        handled = self._guarded(machine)
        gone = handled and self._gone(machine)
        failing: set[str] = set()
        if view is View.HOSTILE:
            sources = [None, *some[:-1]]
            for one, source in zip(some, sources, strict=True):
                failing |= self._failing(machine, one, gone, source)
            if not handled:
                failing |= {"live"} | self._locked(machine, some)
        self._end(machine, failing)
        if gone or not all(all(self._reached(machine, one)) for one in some):
            raise Raised if handled else Abandoned

    def _gone(self, machine: Machine) -> bool:
        """Choose whether the memory has gone, once in a run at most."""
        gone = machine.memory["stays"] and machine.choose(2) == 1
        machine.memory["stays"] = machine.memory["stays"] and not gone
        return gone

    def _end(self, machine: Machine, failing: set[str]) -> None:
        """End the run if something fails."""
        for kind in sorted(failing):
            machine.noted.append(kind)
        if failing:
            raise Violation(sorted(failing)[0])

    def _guarded(self, machine: Machine) -> bool:
        return self.system.handles or machine.memory["handlers"] > 0

    # ---- hostile --------------------------------------------------------------------------------

    def _reached(self, machine: Machine, one: Access) -> list[bool]:
        """Return of each piece whether the thread gets through to it."""
        caller, raised = machine.memory["caller"], machine.memory["raised"]
        found = []
        for by in self.system.pieces(one.start, one.count):
            byte = (one.start + by) & MASK
            permitted = self.system.permits(byte, one.writing, caller, raised)
            found.append(self.system.lands(byte) and permitted)
        return found

    def _failing(
        self, machine: Machine, one: Access, gone: bool, source: Access | None
    ) -> set[str]:
        found = set()
        if not gone and self._strays(machine, one, source):
            found.add("mapped")
        if self._beyond(machine.memory["caller"], one):
            found.add("bounds")
        return found

    def _strays(self, machine: Machine, one: Access, source: Access | None) -> bool:
        """Return whether a byte is reached that its caller does not own."""
        if source is not None:
            return self._arrives(machine, one, source)
        reached = self._reached(machine, one)
        caller = machine.memory["caller"]
        pieces = self.system.pieces(one.start, one.count)
        stray = [
            not self.system.owns(caller, (one.start + by) & MASK, one.writing) for by in pieces
        ]
        if one.shape in ALL:
            return all(reached) and any(stray)
        for passes, is_stray in zip(reached, stray, strict=True):
            if passes and is_stray:
                return True
            if not passes and one.shape is Shape.RANGE:
                return False
        return False

    def _arrives(self, machine: Machine, one: Access, source: Access) -> bool:
        """Return whether a byte arrives where it must not: those of the source were read."""
        system, caller, raised = self.system, machine.memory["caller"], machine.memory["raised"]
        some = set(system.pieces(one.start, one.count))
        some |= set(system.pieces(source.start, source.count))
        for by in some:
            fetched, byte = (source.start + by) & MASK, (one.start + by) & MASK
            read = system.lands(fetched) and system.permits(fetched, False, caller, raised)
            put = system.lands(byte) and system.permits(byte, True, caller, raised)
            if read and put and not system.owns(caller, byte, True):
                return True
        return False

    def _beyond(self, caller: int, one: Access) -> bool:
        """Return whether the attempt leaves the caller's memory."""
        if one.start + one.count > MASK + 1:
            return True
        last = one.start + one.count - 1
        if one.shape in CONSTANT or self.system.owns(caller, last, False):
            return False
        return not self.system.vacant(last) and self.system.there(one.start)

    def _locked(self, machine: Machine, some: list[Access]) -> set[str]:
        """Return what a fault violates that nothing handles, if it is for want of rights."""
        caller, raised = machine.memory["caller"], machine.memory["raised"]
        for one in some:
            for by in self.system.pieces(one.start, one.count):
                byte = (one.start + by) & MASK
                if not self.system.lands(byte):
                    if one.shape is Shape.RANGE:
                        break
                elif not self.system.permits(byte, one.writing, caller, raised):
                    return {"permitted"}
        return set()

    # ---- well-behaved ---------------------------------------------------------------------------

    def _well(self, machine: Machine, some: list[Access]) -> None:
        """What is promised is there; of what lies beyond, nobody says which check it violates."""
        for one in some:
            pointer = one.pointer
            if not pointer.is_known:
                raise unsure(machine)
            offset = (pointer.word + one.by - pointer.base) & MASK
            if offset + one.count > pointer.size:
                self._end(machine, {"bounds"})
        for one in some:
            if one.writing:
                self._forget(machine, one)

    def _forget(self, machine: Machine, one: Access) -> None:
        """Words of the message that are written over are known no more."""
        if one.pointer.is_request:
            behind = one.start - one.pointer.base
            for name, offset in FIELDS.items():
                if behind < offset + 4 and offset < behind + one.count:
                    machine.memory[f"message.{name}"] = None
