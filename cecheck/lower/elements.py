"""Elements of allocated blocks that are followed: how many bytes behind the start which word lies.

Which elements they are is chosen with the block (semantics 6).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product

from cecheck.ir.build import (
    add,
    all_of,
    and_,
    binary,
    const,
    eq,
    ne,
    not_,
    or_,
    ule,
    ult,
    word,
)
from cecheck.ir.expr import BinaryOp, Const, Expr, Scope, Var, bits, variables
from cecheck.ir.program import Gate
from cecheck.lower import memory
from cecheck.lower.arithmetic import converted, times
from cecheck.lower.body import Block, Body, Element
from cecheck.lower.graph import Location, Storage, Updates
from cecheck.lower.strewn import new_memory
from cecheck.lower.values import Members, Opaque, Record, Value, leaves
from cecheck.lower.world import World, flat_fields
from cecheck.record import record
from cecheck.sema import typed
from cecheck.sema import types as ty


def elements(place: Storage, name: str, type_: ty.Type, count: int) -> tuple[Element, ...]:
    """Return variables for *count* followed elements of a block that is an array of *type_*."""
    world = place.world
    shape = world.zero(type_)
    return tuple(
        Element(
            place.word(f"{name} index", bits(world.width)),
            place.value(f"{name} element", shape),
        )
        for _ in range(count)
    )


def chosen(body: Body, block: Block, here: Location) -> tuple[Updates, Expr]:
    """Return how a new block's followed elements are chosen, and what every choice obeys.

    No number of bytes up to the end of an element wraps: those behind that are in no block, or
    not whole.  New memory holds anything.
    """
    updates: list[tuple[Var, Expr]] = []
    indices: list[Expr] = []
    for element in block.elements:
        index = body.graph.input(element.index.sort, here)
        updates += [(element.index, index), *new_memory(body, element.value, here)]
        indices.append(index)
    return tuple(updates), all_of(_obeyed(body.world, block, indices))


def _obeyed(world: World, block: Block, indices: Sequence[Expr]) -> Iterator[Expr]:
    """Yield what the indices of followed elements obey."""
    most = last_index(world, block)
    yield from (ule(index, most) for index in indices)
    if most.value + 1 >= len(indices):  # else there are not so many elements: some are the same
        yield from (ne(a, b) for number, a in enumerate(indices) for b in indices[:number])


def last_index(world: World, block: Block) -> Const:
    """Return the index of the last element that can lie in a block whole: behind it the words of
    one would be those of the first again."""
    most = (1 << world.width) // memory.size_of(world, block.type) - 1
    found = word(max(most, 0), world.width)
    assert isinstance(found, Const)
    return found


def emptied(block: Block) -> Iterator[tuple[Var, Expr]]:
    """Yield that nothing is left of what the followed elements of *block* held."""
    for element in block.elements:
        for var in (element.index, *leaves(element.value).values()):
            assert isinstance(var, Var)
            yield var, const(0, var.sort)


# ---- words ---------------------------------------------------------------------------------------


@record
class Part:
    """A word of a value: *size* bytes, *inner* behind its start; *field* of a structure."""

    inner: int
    size: int
    value: Value
    type: ty.Type
    field: typed.FieldLayout | None


@record
class Word:
    """A word of a followed element: *part* of it, *offset* bytes behind the start of the block."""

    offset: Expr
    part: Part

    @property
    def size(self) -> int:
        """The number of bytes."""
        return self.part.size

    @property
    def value(self) -> Value:
        """The variables that hold it."""
        return self.part.value


def words_of(world: World, block: Block) -> Iterator[Word]:
    """Yield the words that are followed, all apart from each other."""
    for element in block.elements:
        yield from words_in(world, block, element)


def words_in(world: World, block: Block, element: Element) -> Iterator[Word]:
    """Yield the words of one of the followed elements."""
    start = start_of(world, block, element)
    for part in parts_of(world, block.type, element.value):
        yield Word(add(start, word(part.inner, world.width)), part)


def start_of(world: World, block: Block, element: Element) -> Expr:
    """Return how many bytes behind the start of *block* a followed element begins."""
    return times(element.index, memory.size_of(world, block.type))


def parts_of(world: World, type_: ty.Type, held: Value) -> Iterator[Part]:
    """Yield the words of a value of *type_*."""
    if not isinstance(type_, ty.StructType):
        if not isinstance(held, Opaque):
            yield Part(0, memory.size_of(world, type_), held, type_, None)
        return
    for field in flat_fields(world.spec, type_.name):
        assert isinstance(held, Record)
        value = held.get(field.name)
        if not isinstance(value, Opaque | Record | Members):
            size = memory.size_of(world, field.type)
            yield Part(field.offset, size, value, field.type, field)


def boundary(world: World, block: Block, distance: Expr) -> tuple[Expr, Expr]:
    """Return that an element begins *distance* bytes behind the start of *block*, all of it at
    addresses that there are, and its index."""
    size = word(memory.size_of(world, block.type), world.width)
    index = binary(BinaryOp.UDIV, distance, size)
    begins = eq(binary(BinaryOp.UREM, distance, size), word(0, world.width))
    return and_(begins, ule(index, last_index(world, block))), index


def values(block: Block) -> Iterator[Value]:
    """Yield the values of the followed elements, those of structures field by field."""
    pending = [element.value for element in block.elements]
    while pending:
        match pending.pop(0):
            case Record(fields=fields):
                pending += [value for _, value in fields]
            case Opaque() | Members():
                pass
            case value:
                yield value


# ---- hints for proofs ----------------------------------------------------------------------------


def hints(world: World, block: Block) -> Iterator[Expr]:
    """Yield what may be true of the followed elements of *block* at any place."""
    for fact in _obeyed(world, block, [element.index for element in block.elements]):
        yield or_(not_(block.followed), fact)


def gates(bodies: Iterable[Body]) -> Iterator[Gate]:
    """Yield where what holds of a followed element may begin to: once it was stored, in a loop
    where its index is below the counter, and after the loop below what the counter goes up to."""
    found: dict[Gate, None] = {}
    for body in bodies:
        for tag, index, bounds in body.stored:
            block = next(i.block for i in body.objects.values() if i.block and i.tag == tag)
            for element, limit in product(block.elements, (index, *bounds)):
                held = frozenset(v for v in leaves(element.value).values() if isinstance(v, Var))
                for holds in _passed(element, limit):
                    found[Gate(held, and_(block.live, holds))] = None
    yield from found


def _passed(element: Element, limit: Expr) -> Iterator[Expr]:
    """Yield that the number of *element* is below *limit*, or is that constant."""
    width = max(limit.sort.width, element.index.sort.width)
    own, end = (converted(e, False, bits(width)) for e in (element.index, limit))
    if isinstance(end, Const):
        yield eq(own, end)
    if not any(v.scope is Scope.INPUT for v in variables(end)):
        yield ult(own, end)
