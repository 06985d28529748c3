"""What is read from blocks of allocated memory, and written there.

What is read from a followed element is what was written there, byte for byte.  What is read from
another one is *unseen*: it holds anything, and `unseen` sees to it that no check is asked that
rests on it (semantics 6).
"""

from __future__ import annotations

from collections.abc import Iterator

from cecheck.ir.build import (
    and_,
    eq,
    ite,
    low_bits,
    ne,
    not_,
    or_,
    sub,
    ule,
    ult,
    word,
)
from cecheck.ir.expr import FALSE, TRUE, Expr, Scope, Var, bits, variables
from cecheck.ir.program import Action
from cecheck.lower import memory
from cecheck.lower.arithmetic import converted
from cecheck.lower.body import Block, Body, DriverObject
from cecheck.lower.elements import Word, last_index, parts_of, words_of
from cecheck.lower.graph import Location, Updates
from cecheck.lower.keeping import changed_hands, is_outliving
from cecheck.lower.loops import flows, lies_in
from cecheck.lower.overlap import overwritten, parts
from cecheck.lower.reach import Reach
from cecheck.lower.strewn import anything
from cecheck.lower.values import Pointer, Value, leaves


def read(
    body: Body,
    reach: Reach,
    item: DriverObject,
    hit: Expr,
    target: Value,
    ends: tuple[Location, Location],
    is_element: Expr | None = None,
) -> None:
    """Read a block through a pointer, where *hit*: a followed word or a part of it, or anything.

    No run rests on what another element holds.  *is_element* tells, if the index of *reach* does
    not, that what is read is one word of one element.
    """
    graph, (here, after), rest, words = body.graph, ends, hit, leaves(target)
    if reach.index is not None and words and is_own(reach.index):
        first = next(v for v in words.values() if isinstance(v, Var))
        graph.indices[graph.groups[first]] = (item.tag, reach.index)
    action = access_of(body)
    for one in [] if item.block is None else words_of(body.world, item.block):
        for condition, held in _found(body, reach, item, one, target):
            updates = tuple((v, held.get(s, graph.input(v.sort, here))) for s, v in words.items())
            graph.edge(
                here, after, and_(rest, condition), updates,  # type: ignore[arg-type]
                action=action, span=reach.span, event=reach.event,
            )  # fmt: skip
            rest = and_(rest, not_(condition))
    if is_element is None:
        is_element = _is_element(body, reach, item, target)
    for is_unseen, guard in ((True, is_element), (False, not_(is_element))):
        found = anything(body, target, here)
        flows(graph, here, [lies_in(item.variable.number)], [value for _, value in found])
        if is_unseen:
            told = (var for _, value in found for var in variables(value))
            graph.unseen.update(var for var in told if var.scope is Scope.INPUT)
        graph.edge(
            here, after, and_(rest, guard), found,
            action=action, span=reach.span, event=reach.event, unfollowed=True,
        )  # fmt: skip


def access_of(body: Body) -> Action:
    """Return how an access to what a block holds counts."""
    return Action.SHARED if is_outliving(body) else body.accesses


def is_own(index: Expr) -> bool:
    """Tell whether only the thread itself can change *index*."""
    return all(v.scope in (Scope.LOCAL, Scope.RIGID) for v in variables(index))


def _found(
    body: Body, reach: Reach, item: DriverObject, one: Word, target: Value
) -> Iterator[tuple[Expr, dict[str, Expr]]]:
    """Yield what a read finds in a followed word, and when: all of it, or bytes of a number."""
    held, words = leaves(one.value), leaves(target)
    if "" not in words:
        return
    whole, part = held[""], words[""].sort.width
    if whole.sort == words[""].sort:
        yield _is_exactly(body, reach, item, one), held
    elif part and part < whole.sort.width:
        behind = sub(memory.distance(body, reach, item), one.offset)
        same = eq(reach.count, word(part // 8, reach.count.sort.width))
        for condition, value in parts(whole, part, behind):
            yield and_(same, condition), {"": value}


def _is_element(body: Body, reach: Reach, item: DriverObject, target: Value) -> Expr:
    """Return that one word of one element is read which is followed in some run: then it is enough
    to ask where that element is followed.  Bytes of two elements are always asked about, and so is
    what another block holds, of which nobody knows where it begins."""
    block = item.block
    if block is None or reach.index is None or reach.element != block.type:
        return FALSE
    if not is_word_of(body, block, reach, target):
        return FALSE
    most = last_index(body.world, block)
    wide = bits(max(most.sort.width, reach.index.sort.width))
    within = ule(converted(reach.index, False, wide), converted(most, False, wide))
    return and_(eq(reach.pointer.word, item.address), within)


def is_word_of(body: Body, block: Block, reach: Reach, target: Value) -> bool:
    """Tell whether *reach* gets, for a *target*, a word of an element by where in it that lies."""
    sort = leaves(target)[""].sort if "" in leaves(target) else None
    return any(
        part.inner == reach.inner and reach.count is word(part.size, reach.count.sort.width)
        for part in parts_of(body.world, block.type, block.elements[0].value)
        if leaves(part.value)[""].sort == sort
    )


def _is_exactly(body: Body, reach: Reach, item: DriverObject, one: Word) -> Expr:
    whole = eq(reach.count, word(one.size, 2 * body.world.width))
    return and_(eq(memory.distance(body, reach, item), one.offset), whole)


def write(
    body: Body,
    written: tuple[Reach, Value],
    item: DriverObject,
    hit: Expr,
    ends: tuple[Location, Location],
) -> None:
    """Write a block through a pointer, where *hit*: followed words change that the write overlaps.
    """
    assert item.block is not None
    reach, value = written
    graph, (here, after), rest = body.graph, ends, hit
    new, words = leaves(value), list(words_of(body.world, item.block))
    action = access_of(body)
    flows(graph, here, new.values(), [lies_in(item.variable.number)])
    if reach.index is not None:
        body.stored.append((item.tag, reach.index, tuple(body.bounds)))
    for one in words:
        held = leaves(one.value)
        if "" in new and held[""].sort == new[""].sort:
            exact = _is_exactly(body, reach, item, one)
            updates = tuple(
                (v, new.get(s, graph.input(v.sort, here)))
                for s, v in held.items()
                if isinstance(v, Var)
            )
            # A pointer that is stored as a number is one that nobody follows.
            lost = None if isinstance(one.value, Pointer) else value
            graph.edge(
                here, after, and_(rest, exact), (*updates, *changed_hands(body, updates, lost)),
                action=action, span=reach.span, event=reach.event,
            )  # fmt: skip
            rest = and_(rest, not_(exact))
    in_part = or_(*(meets(body, reach, item, one) for one in words))
    told = [e for one in words for e in (leaves(one.value)[""], new.get("", FALSE))]
    are_numbers = all(expr.sort.width for expr in told)
    number = new[""] if are_numbers and words else None
    for holds, changes in ((FALSE, ()), (TRUE, touched(body, reach, item, here, number))):
        graph.edge(
            here, after, and_(rest, eq(in_part, holds)),
            (*changes, *changed_hands(body, changes, value)),
            action=action, span=reach.span, event=reach.event,
            unfollowed=bool(changes) and number is None,
        )  # fmt: skip


def touch(
    body: Body, reach: Reach, item: DriverObject, hit: Expr, ends: tuple[Location, Location]
) -> None:
    """Write anything over what *reach* overlaps, where *hit*: where other threads may look on, one
    followed word after the other."""
    assert item.block is not None
    (here, after), guard = ends, hit
    words = list(words_of(body.world, item.block))
    parts = [[one] for one in words] if is_outliving(body) and words else [words]
    for number, some in enumerate(parts, start=1):
        end = after if number == len(parts) else body.graph.location()
        if number > 1:
            memory.ask_live(body, reach, item, hit, here)
        changes = tuple(u for one in some for u in _touched(body, (reach, None), item, one, here))
        changes = (*changes, *changed_hands(body, changes))
        body.graph.edge(here, end, guard, changes, action=access_of(body), span=reach.span)
        here, guard = end, TRUE


def touched(
    body: Body, reach: Reach, item: DriverObject, here: Location, number: Expr | None = None
) -> Updates:
    """Return what followed words hold then which *reach* overlaps: bytes of the *number* that is
    written, or (None) anything."""
    words = () if item.block is None else words_of(body.world, item.block)
    return tuple(u for one in words for u in _touched(body, (reach, number), item, one, here))


def _touched(
    body: Body, what: tuple[Reach, Expr | None], item: DriverObject, one: Word, here: Location
) -> Iterator[tuple[Var, Expr]]:
    """Yield what a followed word holds then.  A pointer that is overwritten in part is anybody's.
    """
    reach, number = what
    overlaps = meets(body, reach, item, one)
    behind = sub(memory.distance(body, reach, item), one.offset)
    for suffix, var in leaves(one.value).items():
        assert isinstance(var, Var)
        anything_ = ite(overlaps, body.graph.input(var.sort, here), var)
        is_word = number is not None and not suffix
        new = overwritten(var, number, behind) if is_word and number is not None else anything_
        yield var, new


def meets(body: Body, reach: Reach, item: DriverObject, one: Word) -> Expr:
    """Return that *reach*, which begins and ends in the block, overlaps a followed word."""
    width = body.world.width
    start, count = memory.distance(body, reach, item), low_bits(reach.count, width)
    some = ne(count, word(0, width))
    from_here, into = sub(one.offset, start), sub(start, one.offset)
    return and_(some, or_(ult(from_here, count), ult(into, word(one.size, width))))
