"""Where an access through a pointer lies, how far it reaches, and what a trace tells of it."""

from __future__ import annotations

from enum import Enum

from cecheck.ir.expr import Expr
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
