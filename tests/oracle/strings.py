"""``string_length``: where the first zero is, and the walk up to it (semantics 3.10).

The last element of an object that was promised as a string is its first zero.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cecheck.sema import typed as t
from oracle.access import Access, Shape
from oracle.choice import Unsupported
from oracle.reaching import Reaching
from oracle.stage import SiteKey, Value
from oracle.values import Pointer, settled

if TYPE_CHECKING:
    from oracle.threaded import Threaded


class Strings(Reaching):
    """The part of a `Turn` that measures strings."""

    def measure(self, site: SiteKey, pointer: Pointer, most: int | None, stride: int) -> int:
        """Walk from *pointer* to the first zero, over *most* elements at most; return how many
        stand before it."""
        length = self.noted(lambda: self._length(pointer, most, stride))
        count = length + 1 if most is None else min(length + 1, most)
        start, bits = settled(pointer.word), self.stage.bits
        self.access(site, pointer, 0, Access(start, count * stride, False, Shape.RANGE, bits))
        return length

    def _length(self, pointer: Pointer, most: int | None, stride: int) -> int:
        space = 1 << self.stage.bits
        end = space if most is None else most + 1
        if pointer.target.__class__ is tuple:
            _, size = self._extent(pointer.target)
            if most is None or pointer.offset < 0 or pointer.offset + most * stride > size:
                raise Unsupported("a walk that may leave an object of the driver")
        if pointer.target.__class__ is not int:
            return self.choices.choose(end)
        before = self._before_zero(pointer, stride)
        return self.choices.choose(end) if before is None else min(before, end - 1)

    def _before_zero(self, pointer: Pointer, stride: int) -> int | None:
        """Return how many elements the caller has put there before the first zero, None: any."""
        thing, offset = self.objects.targets[pointer.target], pointer.offset
        if thing.written:
            raise Unsupported("a string that the driver may have written to")
        if offset % stride or (thing.element and thing.element != stride):
            raise Unsupported("a string taken for elements of another size")
        at = offset // stride
        if thing.element:
            zero = len(thing.meant.bytes) // stride - 1
        elif offset < 0:
            return None
        else:  # nobody has promised one; where it is does not change
            zero = self.objects.cell(
                pointer.target, -stride, lambda: self.choices.choose(1 << self.stage.bits), False
            )
            if at > zero:
                raise Unsupported("a second zero in an array")
        return zero - at if 0 <= at <= zero else None


def length_of(made: Threaded, expr: t.StringLength) -> Value:
    """Return the closure of *expr*."""
    pointer, site = made.value(expr.pointer), SiteKey.of(expr.site)
    bound: Callable | None = None if expr.most is None else made.number(expr.most)

    def length(run: Strings) -> int:
        start = pointer(run)
        return run.measure(site, start, None if bound is None else bound(run), expr.stride)

    return length
