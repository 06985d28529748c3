"""Every check of one access, evaluated byte by byte (semantics 3).

Nothing here is clever on purpose: an access of n bytes is n addresses.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from cecheck.ir.program import CheckKind


class Hooks(Protocol):
    """The platform, asked as the thread that runs; a hook that raises is False (or no address)."""

    def translate(self, a: int) -> int | None:
        """Where an access lands; None where nothing can be."""

    def permit(self, a: int, writing: bool) -> bool:
        """Whether the thread may touch the byte."""

    def owns(self, party: str | None, a: int, writing: bool) -> bool:
        """Whether a thread of *party* alone could do it."""

    def there(self, a: int) -> bool:
        """Whether there is anything at all."""

    def vacant(self, a: int) -> bool:
        """Whether no process has the place of *a*."""


class Shape(Enum):
    """How an access reaches its bytes."""

    FIELD = "field"  # all of them or none; a constant extent
    ELEMENT = "element"  # all of them or none
    RANGE = "range"  # ascending, up to the first fault
    ANY = "any"  # in no order: any of its bytes may be the first


@dataclass(frozen=True)
class Access:
    """*size* bytes, a mathematical number, from address *start* of a word of *bits* bits.

    *whole*: the text tells how many there are, like those of a field; at the distances *without*
    nothing is accessed.
    """

    start: int
    size: int
    writing: bool
    shape: Shape
    bits: int
    whole: bool = False
    without: frozenset[int] = frozenset()

    @property
    def asked(self) -> list[int]:
        """The addresses that are accessed."""
        return [a for i, a in enumerate(self.addresses) if i not in self.without]

    @property
    def addresses(self) -> list[int]:
        """The address of each byte; past the end of the word they start again at zero."""
        space = 1 << self.bits
        return [(self.start + i) % space for i in range(min(self.size, space))]

    @property
    def wraps(self) -> bool:
        """Whether the range leaves the address word."""
        return self.start + self.size > 1 << self.bits


@dataclass(frozen=True)
class Judgement:
    """What is *violated*, how many bytes were *reached*, and whether the access *faults*."""

    violated: frozenset[CheckKind]
    reached: int
    faults: bool


NOTHING = Judgement(frozenset(), 0, False)


def permitted(a: int, access: Access, hooks: Hooks) -> bool:
    """Return whether the access of the byte at *a* goes through."""
    return hooks.translate(a) is not None and hooks.permit(a, access.writing)


def reached(access: Access, hooks: Hooks) -> list[int]:
    """Return the addresses that the access reaches (semantics 3.4)."""
    if access.shape is Shape.ANY:
        return [a for a in access.asked if permitted(a, access, hooks)]
    found = []
    for a in access.addresses:
        if not permitted(a, access, hooks):
            return found if access.shape is Shape.RANGE else []
        found.append(a)
    return found


def hostile(access: Access, origin: str | None, guarded: bool, hooks: Hooks) -> Judgement:
    """Judge an access through a pointer that an untrusted process chose, or nobody (1.3)."""
    if access.size == 0:
        return NOTHING
    got = reached(access, hooks)
    faults = len(got) < len(access.asked)
    violated = set()
    if origin is None or not all(hooks.owns(origin, a, access.writing) for a in got):
        violated.add(CheckKind.MAPPED)
    if not _attempt_stays(access, origin, hooks):
        violated.add(CheckKind.BOUNDS)
    if not guarded:
        violated |= _unguarded(access, hooks)
    return Judgement(frozenset(violated), len(got), faults)


def _attempt_stays(access: Access, origin: str | None, hooks: Hooks) -> bool:
    """Return whether the attempted range is the origin's to ask for: hostile ``bounds``."""
    if access.wraps:
        return False
    if access.shape is Shape.FIELD or access.whole or not hooks.there(access.start):
        return True
    last = access.start + access.size - 1
    return hooks.owns(origin, last, False) or hooks.vacant(last)


def _unguarded(access: Access, hooks: Hooks) -> set[CheckKind]:
    """Return what faults violate that no handler catches: foreign memory may go at any time."""
    kinds = set()
    for a in access.asked:
        explained = hooks.translate(a) is not None and not hooks.permit(a, access.writing)
        kinds.add(CheckKind.PERMITTED if explained else CheckKind.LIVE)
        if access.shape is not Shape.ANY and not permitted(a, access, hooks):
            break
    return kinds


@dataclass(frozen=True)
class Meant:
    """The object that a well-behaved caller meant: where each byte of it is, after `translate`."""

    bytes: tuple[int, ...]


def well_behaved(
    access: Access, meant: Meant | None, offset: int, origin: str | None, hooks: Hooks
) -> Judgement:
    """Judge an access at *offset* of the object *meant* (None: nothing was promised): each byte is
    to be where *origin* meant it, and there to be memory of his."""
    if access.size == 0:
        return NOTHING
    home = meant.bytes if meant else ()
    got = reached(access, hooks)
    faults = len(got) < len(access.asked)
    there = [a for a in access.asked if hooks.translate(a) is not None]
    rights = all(hooks.permit(a, access.writing) for a in there)
    violated = set() if rights else {CheckKind.PERMITTED}
    if offset < 0 or offset + access.size > len(home):
        violated.add(CheckKind.BOUNDS)
    for i, a in enumerate(access.addresses):
        within = 0 <= offset + i < len(home) and i not in access.without
        if within and not (hooks.translate(a) == home[offset + i] and hooks.owns(origin, a, False)):
            violated.add(CheckKind.MAPPED)
    return Judgement(frozenset(violated), len(got), faults)
