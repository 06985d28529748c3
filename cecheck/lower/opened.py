"""Facts about what is open: what a thread hands over, and what the driver has in its keeping."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

from cecheck.ir.build import eq, ne, not_, or_, word
from cecheck.ir.expr import Expr, Var
from cecheck.lower.body import Body
from cecheck.lower.graph import is_shared
from cecheck.lower.pointers import is_some
from cecheck.lower.values import Pointer

MOST_TUPLES = 8  # of arguments that are looked for beside a pointer


def in_keeping(body: Body, held: Iterable[tuple[Pointer, list[Expr]]]) -> Iterator[Expr]:
    """Yield what storing a pointer tells about a resource with the *held* pointers and sizes.

    That a thread's own pointer is not that of a resource which it has open: to store it in a
    global hands nothing over.  That the one in a global, with a size that it goes with, is that of
    a resource which the driver has to close: whoever takes it may do so.
    """
    pairs = tuple(held)
    for name, kept in body.world.kept.items():
        count = body.ledger.account(name).count
        first, *others = body.world.followed_of(name) or (None,)
        for told in body.world.pointers_of(name):
            for pointer, _ in pairs:
                if not is_shared(pointer):
                    yield or_(eq(count, word(0, count.sort.width)), ne(pointer.word, told))
        for pointer, sizes in pairs:
            if first is not None and is_shared(pointer) and pointer.word.sort == first.sort:
                other = or_(not_(is_some(pointer)), ne(pointer.word, first))
                yield from _kept(kept, other, others, sizes)


def _kept(kept: Var, other: Expr, told: list[Var], sizes: list[Expr]) -> Iterator[Expr]:
    """Yield that something is *kept*, unless the pointer is an*other*, or one of what is *told*
    besides is none of the *sizes*."""
    fitting = [[size for size in sizes if size.sort == item.sort] for item in told]
    for chosen, _ in zip(product(*fitting), range(MOST_TUPLES), strict=False):
        apart = [ne(item, size) for item, size in zip(told, chosen, strict=True)]
        yield or_(other, *apart, ne(kept, word(0, kept.sort.width)))
