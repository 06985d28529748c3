"""Whether bytes are where a well-behaved caller meant them to be (semantics 3.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cecheck.ir.build import add, ne, not_, or_, sub, word
from cecheck.ir.expr import FALSE, Expr
from cecheck.lower.arithmetic import moved_back
from cecheck.lower.pure import Pure
from cecheck.lower.values import Pointer, scalar


def is_elsewhere(pure: Pure, owner: Expr, byte: Expr, number: Expr, meant: Expr) -> Expr:
    """Return that *byte* is not in the memory of *owner*, *number* bytes behind where *meant* is:
    it lands elsewhere, or under the same address the thread has memory of somebody else."""
    landed, nowhere = pure.hook_value("translate", [byte])
    wrong = or_(nowhere, ne(moved_back(scalar(landed), number), meant))
    if pure.world.lands_with_its_owner:
        return wrong
    owned = or_(pure.hook("owns", [owner, byte, FALSE]), pure.unknown.skip)
    return or_(wrong, not_(owned))


def ends(asker: Callable[[], Pure], pointer: Pointer) -> Iterator[Expr]:
    """Yield that the first byte, and the last, of all that was promised behind *pointer* are where
    they were meant to be: what may be known of the bytes between rests on both."""
    promised, world = pointer.promised, asker().world
    assert promised is not None
    place = add(promised.base, promised.offset)
    for number in (word(0, world.width), sub(promised.size, word(1, world.width))):
        byte = add(pointer.word, number)
        yield not_(is_elsewhere(asker(), world.observed_place, byte, number, place))
