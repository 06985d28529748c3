"""Objects that a well-behaved caller lends with a call: they share no byte (semantics 4.3)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from cecheck.ir.build import all_of, eq, not_, or_, sub, ult, word
from cecheck.ir.expr import Expr
from cecheck.record import record


@record
class Lent:
    """An object: the *address* by which the caller names it, null where he lends nothing; where
    that is (*base*), and how many bytes he promised (*size*)."""

    address: Expr
    base: Expr
    size: Expr

    @property
    def nothing(self) -> Expr:
        """That there is no byte of it."""
        zero = word(0, self.size.sort.width)
        return or_(eq(self.address, zero), eq(self.size, zero))


def apart(passed: Sequence[Lent], behind: Sequence[Lent]) -> Expr:
    """Return that no two objects share a byte; two that are *passed* may be the same one, as an
    in- and an out-buffer may, those *behind* pointers in memory may not."""
    same = [or_(eq(a.base, b.base), _disjoint(a, b)) for a, b in combinations(passed, 2)]
    others = [_disjoint(a, b) for a in passed for b in behind]
    others += [_disjoint(a, b) for a, b in combinations(behind, 2)]
    return all_of([*same, *others])


def _disjoint(one: Lent, other: Lent) -> Expr:
    """Return that two objects, of which none goes beyond the last address, share no byte."""
    meet = or_(
        ult(sub(one.base, other.base), other.size), ult(sub(other.base, one.base), one.size)
    )  # fmt: skip
    return or_(one.nothing, other.nothing, not_(meet))
