"""Where an access through a pointer lies, how far it reaches, and what a trace tells of it."""

from __future__ import annotations

from enum import Enum

from cecheck.ir.build import add, and_, ite, low_bits, ne, or_, sub, ule, ult, word, zero_extend
from cecheck.ir.expr import Const, Expr, Extend
from cecheck.ir.program import Event, Prefix, Site
from cecheck.lower.values import Pointer
from cecheck.record import record
from cecheck.sema import types as ty
from cecheck.source import Span


class Shape(Enum):
    """How far an access reaches (semantics 3.4)."""

    FIELD = "field"  # all of its bytes or none; a constant extent
    ELEMENT = "element"  # all of its bytes or none
    RANGE = "range"  # ascending, up to the first byte that faults
    BYTES = "bytes"  # any of them, in no order
    WHOLE = "whole"  # the same, of a constant extent: no more than what the pointer points to


IN_NO_ORDER = (Shape.BYTES, Shape.WHOLE)
CONSTANT = (Shape.FIELD, Shape.WHOLE)


@record
class Reach:
    """``[address, address + count)`` through *pointer*.

    *address* has the address width; *count* is the exact number of bytes, at twice that width;
    *moved* is how far the address lies behind the pointer, *begins* how far the structure does
    whose field it is.  In an array of *element*s it is to number *index*, *inner* bytes behind its
    start; None for a range.
    """

    pointer: Pointer
    address: Expr
    moved: Expr
    begins: Expr
    count: Expr
    shape: Shape
    writing: bool
    site: Site
    span: Span
    text: str
    element: ty.Type | None = None
    index: Expr | None = None
    inner: int = 0

    @property
    def some(self) -> Expr:
        """That it is about one byte at least."""
        return ne(self.count, word(0, self.count.sort.width))

    @property
    def last(self) -> Expr:
        """The address of its last byte, if there is one; beyond the last address it wraps."""
        width = self.address.sort.width
        return sub(add(self.address, low_bits(self.count, width)), word(1, width))

    def has(self, byte: Expr) -> Expr:
        """Return that the access is about *byte*."""
        first = self.address
        if byte is first:
            return self.some
        if not self._is_narrow:
            number = zero_extend(sub(byte, first), self.count.sort.width)
            return and_(self.some, ult(number, self.count))
        behind, before = ule(first, byte), ule(byte, self.last)
        inside = ite(ule(first, self.last), and_(behind, before), or_(behind, before))
        return and_(self.some, inside)

    @property
    def wraps(self) -> Expr:
        """That the range, if it is not empty, goes beyond the last address."""
        if self._is_narrow:
            return ult(self.last, self.address)
        double, width = self.count.sort.width, self.address.sort.width
        end = add(zero_extend(self.address, double), self.count)
        return or_(ult(word(1 << width, double), end), ult(end, self.count))

    @property
    def _is_narrow(self) -> bool:
        """The count fits an address, so that the last byte tells whether the range wraps."""
        width = self.address.sort.width
        match self.count:
            case Const() as count:
                return count.value < 1 << width
            case Extend() as count:
                return not count.signed and count.arg.sort.width <= width
            case _:
                return False

    @property
    def event(self) -> Event:
        """What a trace tells of the access."""
        return Event("access", f"{'write' if self.writing else 'read'} {self.text}")


@record
class Outcome:
    """What the checks of an access leave: *goes_on* and *faults* exclude each other.

    *foreign* holds where foreign memory is reached; *passes* is what going on says of its bytes.
    """

    goes_on: Expr
    faults: Expr
    foreign: Expr
    passes: Prefix | None
