"""Sets of processes and of handles, as far as the followed ones tell (semantics 2.2)."""

from __future__ import annotations

from dataclasses import dataclass

from cecheck.ir.build import and_, eq, implies, ne, not_, or_, word
from cecheck.ir.expr import BOOL, FALSE, TRUE, Expr, Ite
from cecheck.lower.unknown import Unknown
from cecheck.lower.values import Members, Value, scalar, union
from cecheck.lower.world import World
from cecheck.sema.typed import Operator


@dataclass(frozen=True)
class Sets:
    """Operations on sets, evaluated under *path*; about what is not followed *unknown* is asked."""

    world: World
    unknown: Unknown
    path: Expr

    def apply(self, operator: Operator, left: Value, right: Value, aside: bool) -> Value:
        """Return the result of *operator*; *aside*: its thread works on another handle."""
        if isinstance(left, Members):
            return self._on_processes(operator, left, right)
        return self._on_handles(operator, scalar(left), scalar(right), aside)

    def _on_handles(self, operator: Operator, left: Expr, right: Expr, aside: bool) -> Expr:
        match operator:
            case Operator.HAS:
                return self.unknown.ask(self.path, BOOL) if aside else left
            case Operator.BIT_OR:
                return or_(left, right)
            case Operator.BIT_AND:
                return and_(left, right)
            case _:
                return and_(left, not_(right))

    def _on_processes(self, operator: Operator, left: Members, right: Value) -> Value:
        if operator is Operator.HAS:
            return self._has(left, scalar(right))
        assert isinstance(right, Members)
        match operator:
            case Operator.BIT_OR:
                return union(left, right)
            case Operator.EQUAL:
                return self._same(left, right)
            case Operator.NOT_EQUAL:
                return not_(self._same(left, right))
            case _:
                return self._bitwise(operator, left, right)

    def _bitwise(self, operator: Operator, left: Members, right: Members) -> Members:
        world = self.world
        places = range(len(world.followed))
        pairs = [(world.bit(left, p), world.bit(right, p)) for p in places]
        if operator is Operator.BIT_AND:
            return Members(tuple(and_(a, b) for a, b in pairs), (), FALSE, TRUE)
        return Members(tuple(and_(a, not_(b)) for a, b in pairs), (), FALSE, TRUE)

    def _has(self, members: Members, process: Expr) -> Expr:
        nobody = word(0, self.world.process_sort.width)
        if isinstance(process, Ite) and process.otherwise is nobody:
            return and_(process.condition, self._has(members, process.then))
        somebody = ne(process, nobody)
        known = [and_(c, eq(process, p)) for c, p in members.singles]
        followed = self.world.followed
        bits_ = [
            and_(eq(process, place), bit)
            for (_, place), bit in zip(followed, members.bits, strict=True)
        ]
        strange = and_(somebody, members.open, not_(self.world.is_followed(process)))
        asked: Expr = FALSE
        if strange is not FALSE:
            asked = and_(strange, self.unknown.ask(and_(self.path, strange), BOOL))
        return and_(somebody, or_(members.everyone, *known, *bits_, asked))

    def _same(self, left: Members, right: Members) -> Expr:
        world = self.world
        places = range(len(world.followed))
        same = [eq(world.bit(left, p), world.bit(right, p)) for p in places]
        strange = or_(left.open, right.open)
        rest: Expr = TRUE
        if strange is not FALSE:
            # whether the places that are not followed agree
            rest = not_(and_(strange, self.unknown.ask(and_(self.path, strange), BOOL)))
        rest = and_(rest, or_(eq(left.everyone, right.everyone), strange))
        for one, two in ((left, right), (right, left)):
            rest = and_(rest, *(self._single_in(c, p, one, two) for c, p in one.singles))
        return and_(*same, rest)

    def _single_in(self, condition: Expr, process: Expr, _: Members, other: Members) -> Expr:
        """Return that a member written in the program, if not followed, is in *other* too."""
        absent = eq(process, word(0, self.world.process_sort.width))
        also = [and_(c, eq(p, process)) for c, p in other.singles]
        known = or_(absent, self.world.is_followed(process), *also, other.everyone, other.open)
        return implies(condition, known)
