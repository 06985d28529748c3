"""What callers pass, and what is in their memory: numbers close to where something changes."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Final

from campaigns.programs.machine import Abandoned, Machine
from campaigns.programs.system import HOLE, MASK, OFFSET, REGION, SEALED, System
from campaigns.programs.touching import FIELDS, REQUEST, Access, Pointer, View, unsure

LIMITED: Final = "not all numbers"
ODD: Final = 1  # addresses, and other things, of a run that are none of the usual ones


class Passed:
    """Chooses what callers of a *system* pass to a driver that tests numbers by *limits*.

    *message* is to what the pointer leads, how many bytes `length` counts in, and whether it may
    be null.
    """

    def __init__(self, system: System, limits: list[int]) -> None:
        self.system, self.limits = system, limits
        self.message = ("u8", 1, False)
        self.made: set[str] = set()  # numbers of which pointers are made

    def enter(self, machine: Machine) -> None:
        """Choose what a well-behaved caller passes; all else is chosen when it matters."""
        is_well = machine.memory["view"] is View.WELL
        machine.memory |= {"odd word": ODD, "odd": ODD + is_well, "known": (), "words": ()}
        machine.memory["stays"] = True
        if is_well:
            self._promise(machine)

    # ---- numbers --------------------------------------------------------------------------------

    def given(self, machine: Machine, name: str) -> int:
        """Return the number that a variable, or a parameter, holds."""
        if name not in machine.memory:
            is_word = name in self.made and machine.choose(2) == 1
            machine.memory[name] = self.word(machine) if is_word else self.number(machine)
        return int(machine.memory[name])

    def pointer(self, machine: Machine, name: str) -> Pointer:
        """Return the pointer that a variable, or a parameter, holds."""
        if name not in machine.memory:
            machine.memory[name] = Pointer(self.word(machine))
        found = machine.memory[name]
        assert isinstance(found, Pointer)
        return found

    def number(self, machine: Machine) -> int:
        """Choose a number."""
        memory = machine.memory
        odd = _numbers(self.system, tuple(self.limits), memory["caller"], memory["words"])
        found = self._one(machine, "odd", REQUEST, odd)
        memory["known"] = (*memory["known"], found)
        return found

    def word(self, machine: Machine) -> int:
        """Choose an address."""
        memory, caller = machine.memory, machine.memory["caller"]
        odd = _words(self.system, (*self.limits, *memory["known"]), caller)
        found = self._one(machine, "odd word", (caller << REGION) + 0x100, odd)
        memory["words"] = (*memory["words"], found)
        return found

    def _one(self, machine: Machine, left: str, usual: int, odd: tuple[int, ...]) -> int:
        """Choose what is usual, or what is odd if that is *left*."""
        if not machine.memory[left]:
            machine.seen.add(LIMITED)
        pick = machine.choose(1 + len(odd)) if machine.memory[left] else 0
        if pick == 0:
            return usual
        machine.memory[left] -= 1
        return odd[pick - 1]

    # ---- promises -------------------------------------------------------------------------------

    def _promise(self, machine: Machine) -> None:
        kind, unit, optional = self.message
        size = unit * self.given(machine, "length") if unit else REQUEST
        message = self._object(machine, size, optional, [])
        machine.memory["message"] = replace(message, is_request=kind == "Request")

    def _promised(self, machine: Machine, name: str) -> int | Pointer:
        """Return what a field held when the call began."""
        kept = f"first {name}"
        if kept not in machine.memory:
            if name == "data":
                size = self._promised(machine, "n")
                assert isinstance(size, int)
                message = machine.memory["message"]
                machine.memory[kept] = self._object(machine, size, False, [message])
            else:
                machine.memory[kept] = self.number(machine)
        found: int | Pointer = machine.memory[kept]
        return found

    def _object(
        self, machine: Machine, size: int, optional: bool, others: list[Pointer]
    ) -> Pointer:
        """Choose where an object of *size* bytes lies."""
        caller = machine.memory["caller"]
        some = self.system.honest(caller, size) if 0 < size <= MASK else []
        some += [0] if optional and size <= MASK else []
        if size == 0:
            start = caller << REGION
            some += [start, start + 0x100, 0, self.system.server << REGION]
        if not some:
            raise Abandoned
        word = some[machine.choose(len(some))]
        for other in others:
            if word < other.base + other.size and other.base < word + size:
                raise Abandoned
        is_null = word == 0 and optional
        return Pointer(word, word, 0 if is_null else size)

    # ---- what is in memory ----------------------------------------------------------------------

    def fetch(self, machine: Machine, one: Access, name: str, new: str) -> None:
        """Put what is in a field of a message into a variable; of a hostile caller it is anything,
        which is chosen when it matters."""
        memory = machine.memory
        if memory["view"] is not View.WELL:
            return
        if one.start != (one.pointer.base + FIELDS[name]) & MASK:
            raise unsure(machine)
        kept = f"message.{name}"
        found = memory[kept] if kept in memory else self._promised(machine, name)
        if found is None:
            raise unsure(machine)
        memory[new] = found

    def put(self, machine: Machine, one: Access, name: str, new: int) -> None:
        """Note what a driver has written into a field."""
        if machine.memory["view"] is not View.WELL:
            return
        if one.start != (one.pointer.base + FIELDS[name]) & MASK:
            raise unsure(machine)
        machine.memory[f"message.{name}"] = new


@cache
def _numbers(
    system: System, limits: tuple[int, ...], caller: int, words: tuple[int, ...]
) -> tuple[int, ...]:
    """Return sizes of which some just fit, and some do not."""
    found = {0, 1, 2, MASK, 1 << 31, (1 << 30) + 1}
    for one in limits:
        found |= {one - 1, one, one + 1, *(one + other for other in limits)}
    for word in words:
        behind = [border for border in system.near(caller) if word < border]
        before = [border for border in system.near(caller) if border <= word]
        for border in (*behind[:5], *before[-4:]):
            found |= {(border - word + more) & MASK for more in (-1, 0, 1)}
    return tuple(sorted(found))


@cache
def _words(system: System, sizes: tuple[int, ...], caller: int) -> tuple[int, ...]:
    """Return addresses so far from where something changes."""
    start = caller << REGION
    found = {0}
    for border in system.near(caller):
        found |= {border & MASK, border - 1}
    for border in (start, start + SEALED, start + HOLE, start + OFFSET + 1, MASK + 1):
        for size in sizes:
            found |= {(border - size) & MASK, (border - size + 1) & MASK, (border + size) & MASK}
    return tuple(sorted(found))
