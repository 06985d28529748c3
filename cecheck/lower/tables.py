"""Maps of the platform, each followed at one arbitrary entry.

An entry that threads count in is the number of times it was counted up and not down again.  That
number has no bound, since there is no bound of threads; nor can an invariant about one thread
say that it is the sum of what all threads did.  So each thread has what it added itself, and
that the sum is no less is said to it at each of its steps: it is true of every run.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cecheck.ir.build import add as plus
from cecheck.ir.build import const, eq, ite, low_bits, not_, or_, ule, ult, word, zero_extend
from cecheck.ir.expr import BOOL, FALSE, Expr, Scope, Var, bits
from cecheck.record import record
from cecheck.sema import typed

if TYPE_CHECKING:
    from cecheck.lower.world import World

COUNT_BITS = 8  # of what is counted; a run never counts further


@record
class Count:
    """How often an entry was counted: *total* by all threads, *theirs* by the followed one.

    As long as no thread took away more than it had added (*lost*), the total is no less than what
    any two threads have added.
    """

    total: Var
    theirs: Var
    lost: Var

    def is_sum(self, own: Expr, is_followed: Expr) -> Expr:
        """Return what is true of the total for a thread that has added *own*."""
        width = self.total.sort.width
        theirs = ite(is_followed, word(0, COUNT_BITS), self.theirs)
        both = plus(zero_extend(own, width), zero_extend(theirs, width))
        return or_(self.lost, ule(both, self.total))


@record
class Table:
    """A platform map, followed at one arbitrary *index*; *cell* holds what changes of it.

    A map that threads count in has a *count*; *entry* is what a read gives, *begins* what it gives
    at first.  *aside* tells of a map that code reads whether another entry may have changed.
    """

    index: Expr
    entry: Expr
    begins: Expr
    is_zero: bool = True  # all that it begins with
    cell: Var | None = None
    count: Count | None = None
    aside: Var | None = None

    def entry_of(self, cell: Expr) -> Expr:
        """Return what a read gives where *cell* holds that."""
        if self.count is None:
            return cell
        width = self.entry.sort.width
        most = const(-1, bits(width))
        return ite(ult(cell, const(most.value, cell.sort)), low_bits(cell, width), most)


def table_of(world: World, table: typed.TableDecl) -> Table:
    """Return what is followed of a map; nothing of it changes where no code does that."""
    number, name = table.variable.number, table.variable.name
    index = world.rigid(f"{name} index", bits(table.index.width))
    begins, is_zero = _begins_with(world, table), table.value is None
    if number not in world.written:
        return Table(index, begins, begins, is_zero)
    aside = Var(f"{name} changed elsewhere", BOOL, Scope.GLOBAL)
    also = aside if number in world.read else None
    if number not in world.counted:
        cell = Var(f"{name} entry", begins.sort, Scope.GLOBAL)
        return Table(index, cell, begins, is_zero, cell, aside=also)
    total = Var(f"{name} count", bits(begins.sort.width + COUNT_BITS), Scope.GLOBAL)
    theirs = Var(f"{name} count of the followed thread", bits(COUNT_BITS), Scope.GLOBAL)
    lost = Var(f"{name} counted down too often", BOOL, Scope.GLOBAL)
    plain = Table(index, begins, begins, is_zero, total, Count(total, theirs, lost), also)
    return replace(plain, entry=plain.entry_of(total))


def _begins_with(world: World, table: typed.TableDecl) -> Expr:
    zero = world.zero_word(table.variable.type)
    if table.value is None:
        return zero
    return world.rigid(f"{table.variable.name} entry", zero.sort)


def changing(world: World) -> tuple[tuple[Var, Expr], ...]:
    """Return the shared variables of the platform's maps, and that they begin as they should."""
    found: list[tuple[Var, Expr]] = []
    for table in world.spec.platform.tables:
        held, begins = world.tables[table.variable.number], _begins_with(world, table)
        if held.count is not None:
            first = zero_extend(begins, held.count.total.sort.width)
            found.append((held.count.total, eq(held.count.total, first)))
            found.append((held.count.theirs, eq(held.count.theirs, word(0, COUNT_BITS))))
            found.append((held.count.lost, eq(held.count.lost, FALSE)))
        elif held.cell is not None:
            found.append((held.cell, eq(held.cell, begins)))
        if held.aside is not None:
            found.append((held.aside, not_(held.aside)))
    return tuple(found)
