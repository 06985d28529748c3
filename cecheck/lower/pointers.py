"""Sets of callers' pointers, of which one member is followed (semantics 2.7).

The *item* is the followed member, null where there is none; *others* tells that there may be
members besides; *ours*, that one of those may be a pointer of the driver itself, which nothing
here speaks of.  Which member is followed is a free choice, made when it is put in: what holds of
the followed one whatever is chosen holds of every member.  The others stand for pointers of
other calls.  A counterexample has none: its sets have one member at most.
"""

from __future__ import annotations

from dataclasses import replace

from cecheck.ir.build import and_, eq, ne, not_, or_, word
from cecheck.ir.expr import BOOL, FALSE, Expr
from cecheck.lower.unknown import Unknown
from cecheck.lower.values import (
    OBJECT_BITS,
    Origin,
    Pointer,
    Record,
    Value,
    choose,
    followed_item,
    origin,
    scalar,
)
from cecheck.sema.typed import Operator


def apply(operator: Operator, left: Record, right: Value, unknown: Unknown, path: Expr) -> Value:
    """Return the result of *operator* on the set *left*, evaluated under *path*."""
    item = item_of(left)
    match operator:
        case Operator.HAS:
            assert isinstance(right, Pointer)
            known = and_(is_some(right), eq(item.word, right.word))
            strange = and_(is_some(right), others_of(left), not_(known))
            return or_(known, and_(strange, _asked(unknown, and_(path, strange))))
        case Operator.SUBTRACT:
            assert isinstance(right, Record)
            null = _null(item)
            return left.put("item", choose(eq(item.word, item_of(right).word), null, item))
        case _:
            strange = and_(others_of(left), not_(is_some(item)))
            some = or_(is_some(item), and_(strange, _asked(unknown, and_(path, strange))))
            return some if operator is Operator.NOT_EQUAL else not_(some)


def _asked(unknown: Unknown, when: Expr) -> Expr:
    return FALSE if when is FALSE else unknown.ask(when, BOOL)


def item_of(members: Record) -> Pointer:
    """Return the followed member."""
    found = followed_item(members)
    assert found is not None
    return found


def others_of(members: Record) -> Expr:
    """Return whether there may be members that are not followed."""
    return scalar(members.get("others"))


def is_some(pointer: Pointer) -> Expr:
    """Return that *pointer* is not null."""
    return ne(pointer.word, word(0, pointer.word.sort.width))


def _null(pointer: Pointer) -> Pointer:
    """Return null as a pointer of the shape of *pointer*."""
    zero = word(0, pointer.word.sort.width)
    promised = pointer.promised
    if promised is not None:
        promised = replace(promised, base=zero, offset=zero, size=zero, record=())
        if promised.unit is not None:
            promised = replace(promised, unit=word(0, promised.unit.sort.width))
    lasting = None if pointer.lasting is None else FALSE
    return Pointer(zero, origin(Origin.NOBODY), word(0, OBJECT_BITS), promised, lasting=lasting)
