"""Values during lowering: expressions in the shapes that types have.

A pointer is a word with ghosts (semantics 1.1); a set is its membership of the followed places
(semantics 2.2); a structure is its fields.  `leaves` flattens a value into named expressions, the
words that the state of a program is made of.
"""

from __future__ import annotations

from dataclasses import replace
from enum import IntEnum
from typing import assert_never

from cecheck.ir.assume import Known
from cecheck.ir.build import and_, ite, not_, or_, word
from cecheck.ir.expr import BOOL, FALSE, Expr
from cecheck.record import record
from cecheck.sema import typed


class Origin(IntEnum):
    """On whose behalf a number entered the driver."""

    NOBODY = 0  # made from a constant, or from several origins
    OBSERVED = 1  # the observed call
    OTHER = 2  # another call: asked where that one is the observed one
    DRIVER = 3  # the driver's own process


ORIGIN_BITS = 2
UNIT_BITS = 4
OTHER_UNIT = (1 << UNIT_BITS) - 1  # elements of other sizes than numbers have
SIZED = "#"  # after the path of a pointer: the size of the string that it leads to
OTHER_SHOWN = typed.MOST_OBJECTS + 1  # what a platform shows, and is not followed
OTHER_BLOCK = typed.MOST_OBJECTS + 2  # an allocated block that is not followed
NO_BLOCK = typed.MOST_OBJECTS + 3  # the object of a null pointer that `alloc` gave
OBJECT_BITS = NO_BLOCK.bit_length()  # 0: no object of a driver, and nothing shown


def origin(value: Origin) -> Expr:
    """Return an origin as a constant."""
    return word(value, ORIGIN_BITS)


@record
class Held:
    """A word of *size* bytes that an object of the caller holds, *offset* bytes behind its start.

    *path* names it; ``buffer/length`` is in the object that the pointer ``buffer`` points to, and
    ``buffer!`` tells whether the driver may have written that pointer itself, or a field that its
    promise *needs*; ``name#`` is the size of the string that the pointer ``name`` leads to.
    """

    path: str
    offset: int
    size: int
    value: Expr
    needs: tuple[str, ...] = ()

    @property
    def tells(self) -> str | None:
        """The path of the pointer of which this tells whether the driver may have written it."""
        return self.path[:-1] if self.path.endswith("!") else None

    @property
    def is_word(self) -> bool:
        """Whether it is in the object, and no ghost."""
        return not self.path.endswith(("!", SIZED))

    @property
    def suffix(self) -> str:
        """Which word of a pointer it is: the same name in another structure is another word."""
        return f".record.{self.path}@{self.offset}+{self.size}"


@record
class Promised:
    """What the observed, well-behaved caller meant by a pointer.

    *base* is the object's absolute address, *offset* where in it the pointer points, *size* its
    promised bytes; *record* the words it holds.  Of a string *unit* is the size of an element, the
    last one being the first that is zero; else it is 0.  None: nobody asks for lengths of strings.
    """

    base: Expr
    offset: Expr
    size: Expr
    record: tuple[Held, ...] = ()
    unit: Expr | None = None


@record
class Pointer:
    """A machine word with its origin, the driver object it was made from (0: none), the promise.

    *promised* is None in the hostile view.  *literal* marks ``null`` as it was written, which
    takes the ghosts of whatever it is merged with.  *lasting*: it may be used when its call is
    over; None where nothing ever says so.
    """

    word: Expr
    origin: Expr
    object: Expr
    promised: Promised | None
    literal: bool = False
    lasting: Expr | None = None


@record
class Members:
    """A set of processes.

    Membership of a followed place is *bits*; *singles* are (condition, process) members written
    in the program, exact wherever they are; *everyone* is the full set; *open*: other places may
    be members too, which nobody knows.
    """

    bits: tuple[Expr, ...]
    singles: tuple[tuple[Expr, Expr], ...]
    everyone: Expr
    open: Expr


@record
class Record:
    """A structure held in driver memory."""

    fields: tuple[tuple[str, Value], ...]

    def get(self, name: str) -> Value:
        """Return the field *name*."""
        return dict(self.fields)[name]

    def put(self, name: str, value: Value) -> Record:
        """Return this structure with another value in field *name*."""
        return Record(tuple((n, value if n == name else v) for n, v in self.fields))


@record
class Opaque:
    """An array whose elements are not followed: what is read from it is arbitrary."""


Compound = Pointer | Members | Record | Opaque
Value = Expr | Compound


def is_of(suffix: str, word: str) -> bool:
    """Tell whether the leaf *suffix* is that of the *word* itself, or says more of it: a ghost, a
    member.  A field may be called as another one begins."""
    return suffix == word or not word or suffix.startswith((f"{word}.", f"{word} "))


def leaves(value: Value) -> dict[str, Expr]:
    """Return the words of *value* by suffix; the word of a scalar or pointer has none."""
    match value:
        case Pointer():
            named = {"": value.word, ".origin": value.origin, ".object": value.object}
            named |= {} if value.lasting is None else {".lasting": value.lasting}
            if value.promised is not None:
                promised = value.promised
                named |= {".base": promised.base, ".offset": promised.offset}
                named |= {".size": promised.size}
                named |= {} if promised.unit is None else {".unit": promised.unit}
                named |= {held.suffix: held.value for held in promised.record}
            return named
        case Members():
            return {f".{place}": bit for place, bit in enumerate(value.bits)}
        case Record():
            return {
                beneath(name) + suffix: expr
                for name, part in value.fields
                for suffix, expr in leaves(part).items()
            }
        case Opaque():
            return {}
        case _:
            return {"": value}


def beneath(name: str) -> str:
    """Return the suffix of the field *name*; an element of an array is called ``[1]``."""
    return name if name.startswith("[") else f".{name}"


def rebuilt(value: Value, words: dict[str, Expr]) -> Value:
    """Return a value of the shape of *value* made of *words* (see `leaves`)."""
    match value:
        case Pointer():
            promised = value.promised
            if promised is not None:
                record = tuple(replace(h, value=words[h.suffix]) for h in promised.record)
                unit = None if promised.unit is None else words[".unit"]
                promised = Promised(words[".base"], words[".offset"], words[".size"], record, unit)
            lasting = None if value.lasting is None else words[".lasting"]
            ghosts = (words[".origin"], words[".object"])
            return Pointer(words[""], *ghosts, promised, lasting=lasting)
        case Members():
            bits = tuple(words[f".{place}"] for place in range(len(value.bits)))
            return Members(bits, (), FALSE, not_(FALSE))
        case Record():
            return Record(
                tuple((name, _part(part, beneath(name), words)) for name, part in value.fields)
            )
        case Opaque():
            return value
        case _:
            return words[""]


def simplified(value: Value, known: Known) -> Value:
    """Return *value* as it is where everything *known* holds."""
    results: dict[Expr, Expr] = {}

    def visit(expr: Expr) -> Expr:
        return known.applied(expr, results)

    match value:
        case Pointer(promised=None, lasting=None):
            ghosts = (visit(value.origin), visit(value.object))
            return Pointer(visit(value.word), *ghosts, None, value.literal)
        case Pointer():
            words = {suffix: visit(expr) for suffix, expr in leaves(value).items()}
            made = rebuilt(value, words)
            assert isinstance(made, Pointer)
            return replace(made, literal=value.literal)
        case Members():
            return Members(
                tuple(visit(bit) for bit in value.bits),
                tuple((visit(condition), visit(process)) for condition, process in value.singles),
                visit(value.everyone),
                visit(value.open),
            )
        case Record() | Opaque():
            return value
        case _:
            return visit(value)


def _part(part: Value, prefix: str, words: dict[str, Expr]) -> Value:
    return rebuilt(part, {s: words[prefix + s] for s in leaves(part)})


def choose(condition: Expr, then: Value, otherwise: Value) -> Value:
    """Return *then* where *condition* holds, else *otherwise*; shapes agree."""
    match then, otherwise:
        case Pointer(), Pointer():
            return _choose_pointer(condition, then, otherwise)
        case Members(), Members():
            return _choose_members(condition, then, otherwise)
        case Record(), Record():
            pairs = zip(then.fields, otherwise.fields, strict=True)
            return Record(tuple((n, choose(condition, a, b)) for (n, a), (_, b) in pairs))
        case Opaque(), Opaque():
            return then
        case _:
            assert not isinstance(then, Pointer | Members | Record | Opaque)
            assert not isinstance(otherwise, Pointer | Members | Record | Opaque)
            return ite(condition, then, otherwise)


def _choose_pointer(condition: Expr, then: Pointer, otherwise: Pointer) -> Pointer:
    chosen = ite(condition, then.word, otherwise.word)
    if then.literal or otherwise.literal:
        ghosts = otherwise if then.literal else then
        return replace(ghosts, word=chosen, literal=then.literal and otherwise.literal)
    return Pointer(
        chosen,
        ite(condition, then.origin, otherwise.origin),
        ite(condition, then.object, otherwise.object),
        _choose_promised(condition, then.promised, otherwise.promised),
        lasting=None
        if then.lasting is None or otherwise.lasting is None
        else ite(condition, then.lasting, otherwise.lasting),
    )


def _choose_promised(
    condition: Expr, then: Promised | None, otherwise: Promised | None
) -> Promised | None:
    if then is None or otherwise is None:
        return then or otherwise
    left = {held.suffix: held for held in then.record}
    right = {held.suffix: held for held in otherwise.record}
    record = tuple(
        replace(held, value=ite(condition, held.value, right[suffix].value))
        for suffix, held in left.items()
        if suffix in right
    )
    return Promised(
        ite(condition, then.base, otherwise.base),
        ite(condition, then.offset, otherwise.offset),
        ite(condition, then.size, otherwise.size),
        record,
        None
        if then.unit is None or otherwise.unit is None
        else ite(condition, then.unit, otherwise.unit),
    )


def _choose_members(condition: Expr, then: Members, otherwise: Members) -> Members:
    left = [(and_(condition, c), p) for c, p in then.singles]
    right = [(and_(not_(condition), c), p) for c, p in otherwise.singles]
    return Members(
        tuple(ite(condition, a, b) for a, b in zip(then.bits, otherwise.bits, strict=True)),
        (*left, *right),
        ite(condition, then.everyone, otherwise.everyone),
        ite(condition, then.open, otherwise.open),
    )


def set_of(item: Pointer, others: Expr, ours: Expr) -> Record:
    """Return a set of pointers: its followed member, whether there may be others, and whether the
    driver may have made one of those itself."""
    return Record((("item", item), ("others", others), ("ours", ours)))


def followed_item(value: Value) -> Pointer | None:
    """Return the followed member of a set of pointers; None if *value* is none."""
    if not isinstance(value, Record) or {"item", "others", "ours"} != dict(value.fields).keys():
        return None
    item, *told = (value.get(name) for name in ("item", "others", "ours"))
    is_told = all(not isinstance(one, Compound) and one.sort == BOOL for one in told)
    return item if is_told and isinstance(item, Pointer) else None


def union(left: Members, right: Members) -> Members:
    """Return the union of two sets."""
    return Members(
        tuple(or_(a, b) for a, b in zip(left.bits, right.bits, strict=True)),
        (*left.singles, *right.singles),
        or_(left.everyone, right.everyone),
        or_(left.open, right.open),
    )


def scalar(value: Value) -> Expr:
    """Return the expression of a value that is one word."""
    match value:
        case Pointer():
            return value.word
        case Members() | Record() | Opaque():
            raise TypeError("a set or structure is not one word")
        case _:
            return value


__all__ = [
    "NO_BLOCK", "OBJECT_BITS", "ORIGIN_BITS", "OTHER_BLOCK", "OTHER_SHOWN", "OTHER_UNIT", "SIZED",
    "UNIT_BITS", "Held", "Members", "Opaque", "Origin", "Pointer", "Promised", "Record", "Value",
    "assert_never", "beneath", "choose", "followed_item", "leaves", "origin", "rebuilt", "scalar",
    "set_of", "simplified", "union",
]  # fmt: skip
