"""Types with their C layout.  Widths are in bits, sizes and offsets in bytes.

`Widths` is a parameter of the pipeline: the same specification can be built on a scaled-down
machine, small enough to enumerate (semantics 9.4).
"""

from __future__ import annotations

from cecheck.record import record


@record
class Widths:
    """How many bits each named integer has, and the address word; a byte has *byte* bits.

    *sizes* are the bytes that each named integer takes in memory, *pointer_size* those of a
    pointer.
    """

    word: int = 32
    byte: int = 8
    numbers: tuple[tuple[str, int], ...] = (("8", 8), ("16", 16), ("32", 32), ("64", 64))
    sizes: tuple[tuple[str, int], ...] = (("8", 1), ("16", 2), ("32", 4), ("64", 8))
    pointer_size: int = 4

    def of(self, digits: str) -> int:
        """Return the width of ``u<digits>`` and ``i<digits>``."""
        return dict(self.numbers)[digits]

    def size(self, digits: str) -> int:
        """Return how many bytes ``u<digits>`` takes in memory."""
        return dict(self.sizes)[digits]


# The scaled-down machine: six-bit addresses, and every number but u64 is one unit of memory.
SMALL = Widths(
    word=6,
    byte=6,
    numbers=(("8", 3), ("16", 3), ("32", 6), ("64", 12)),
    sizes=(("8", 1), ("16", 1), ("32", 1), ("64", 2)),
    pointer_size=1,
)


@record
class IntType:
    """An integer of *width* bits; enums are integers with their own *name*."""

    width: int
    signed: bool
    size: int  # bytes in memory
    name: str


@record
class BoolType:
    """A truth value; one byte in memory."""

    size: int = 1
    name: str = "bool"


@record
class ProcessType:
    """An entry of the process table, or nobody."""

    name: str = "process"


@record
class SetType:
    """A set of processes: an access key."""

    name: str = "set process"


@record
class HandleType:
    """An open handle of a driver, known by the context that the driver keeps for it."""

    name: str = "context"


@record
class HandlesType:
    """A set of open handles."""

    name: str = "set context"


@record
class LockType:
    """A critical section."""

    recursive: bool = True
    name: str = "lock"


@record
class EventType:
    """An event; *manual* ones stay signalled until reset."""

    manual: bool = False
    name: str = "event"


@record
class VoidType:
    """What a function without a result gives."""

    name: str = "nothing"


@record
class StructType:
    """A structure; its fields live in `typed.Layout`: structures may point to each other."""

    name: str


@record
class PointerType:
    """A pointer.  *target* None is ``address``: any pointer.

    *user* pointers may point anywhere; others surely point to a driver object.  The promise of a
    caller belongs to the place where the pointer is declared, see `typed.Promise`.
    """

    user: bool
    target: Type | None
    optional: bool = False

    @property
    def name(self) -> str:
        """How a message calls it."""
        if self.target is None:
            return "address"
        mark = "?" if self.optional else ""
        return f"{'user ' if self.user else ''}ptr{mark} {self.target.name}"


ADDRESS = PointerType(user=True, target=None)


@record
class PointersType:
    """A set of pointers that callers passed, by the type of its *element*."""

    element: PointerType

    @property
    def name(self) -> str:
        """How a message calls it."""
        return f"set {self.element.name}"


@record
class NullType:
    """The type of ``null``, which fits every pointer."""

    name: str = "null"


@record
class ArrayType:
    """*count* elements in a row.

    An *open* one is the last field of a structure: *count* elements belong to its layout, and
    there may be more behind them.
    """

    element: Type
    count: int
    open: bool = False

    @property
    def name(self) -> str:
        """How a message calls it."""
        if self.open:
            return f"{self.element.name}[{f'{self.count} ..' if self.count else ''}]"
        return f"{self.element.name}[{self.count}]"


Type = (
    IntType | BoolType | ProcessType | SetType | HandleType | HandlesType | LockType | EventType
    | VoidType | StructType | PointerType | PointersType | NullType | ArrayType
)  # fmt: skip
