"""What known truths make of other expressions: simplification under assumptions.

Everything here keeps the value of an expression wherever the assumptions hold, and a conjunction
equivalent to what it was.  It is part of what certificates rest on, so it only looks things up:
an assumed condition is true, a variable that is assumed equal to something is that.
"""

from __future__ import annotations

from collections.abc import Iterable

from cecheck.ir.build import not_, rebuilt, substitute, truth
from cecheck.ir.expr import (
    BOOL,
    FALSE,
    TRUE,
    Binary,
    BinaryOp,
    Const,
    Expr,
    Ite,
    Scope,
    Unary,
    UnaryOp,
    Var,
    variables,
)
from cecheck.ir.node import fold


def conjuncts(expr: Expr) -> list[Expr]:
    """Return the parts whose conjunction *expr* is."""
    found: list[Expr] = []
    pending = [expr]
    while pending:
        match pending.pop():
            case Binary(op=BinaryOp.AND) as both:
                pending += [both.right, both.left]
            case Unary(arg=Binary(op=BinaryOp.OR) as either):
                pending += [not_(either.right), not_(either.left)]
            case other:
                found.append(other)
    return found


class Known:
    """Conditions that hold, and values that variables have; read-only once it is shared."""

    def __init__(self) -> None:
        self.truths: dict[Expr, Expr] = {}
        self.values: dict[Var, Expr] = {}
        self._spoken_of: set[Var] = set()  # by all that is known

    def applied(self, expr: Expr, results: dict[Expr, Expr]) -> Expr:
        """Return *expr* as it is where everything known holds; *results* shares work."""
        if variables(expr).isdisjoint(self._spoken_of):
            return expr
        return fold(expr, self._visit, results)

    def _visit(self, node: Expr, children: tuple[Expr, ...]) -> Expr:
        if isinstance(node, Var):
            return self.values.get(node, node)
        if children != node.children:
            node = rebuilt(node, children)
        return self.truths.get(node, node)

    def also(self, *conditions: Expr) -> Known:
        """Return what is known where all of *conditions* hold too."""
        found = Known()
        found.truths |= self.truths
        found.values |= self.values
        found._spoken_of |= self._spoken_of
        for condition in conditions:
            for part in conjuncts(condition):
                found.learn(part)
        return found

    def learn(self, part: Expr) -> None:
        """Take *part*, which is no conjunction, as true."""
        if isinstance(part, Const):
            return
        positive = True
        atom: Expr = part
        if isinstance(part, Unary) and part.op is UnaryOp.NOT:
            positive, atom = False, part.arg
        if isinstance(atom, Var):
            self._set(atom, truth(positive))
            return
        if isinstance(atom, Binary) and atom.op is BinaryOp.EQ:
            if positive and self._learn_equal(atom):
                return
            self.truths[Binary(BinaryOp.EQ, atom.right, atom.left)] = truth(positive)
        self.truths[atom] = truth(positive)
        self._spoken_of |= variables(atom)

    def _learn_equal(self, equal: Binary) -> bool:
        for one, other in ((equal.left, equal.right), (equal.right, equal.left)):
            if isinstance(one, Var) and (isinstance(other, Const) or _is_state(one)):
                value = self.applied(other, {})
                if one not in self.values and one not in variables(value):
                    self._set(one, value)
                    return True
        return False

    def _set(self, var: Var, value: Expr) -> None:
        """Let *var* be *value* from now on, in what is known already too."""
        step, results = {var: value}, dict[Expr, Expr]()
        self._spoken_of |= {var, *variables(value)}
        for other, said in self.values.items():
            if var in variables(said):
                self.values[other] = substitute(said, step, results)
        self.values[var] = value
        for told in [told for told in self.truths if var in variables(told)]:
            self.truths[substitute(told, step, results)] = self.truths.pop(told)
        for decided in (TRUE, FALSE):
            self.truths.pop(decided, None)


def _is_state(var: Var) -> bool:
    return var.scope in (Scope.LOCAL, Scope.GLOBAL)


def propagated(parts: Iterable[Expr], goal: Expr = TRUE) -> tuple[list[Expr], list[Expr]]:
    """Return a conjunction equivalent to that of *parts* and *goal*, simplified by each other.

    Atoms are kept; what an atom decides elsewhere is decided.  What comes of the goal is given
    back second.  A contradiction gives FALSE there.
    """
    waiting = {one: False for part in parts for one in conjuncts(part)}
    waiting |= dict.fromkeys(conjuncts(goal), True)
    for _ in range(_ROUNDS):
        found, kept = Known(), dict[Expr, bool]()
        for part in sorted(waiting, key=_size):  # small ones are learned first
            for one in conjuncts(found.applied(part, {})):
                if one is FALSE:
                    return [], [FALSE]
                if one is not TRUE and one not in kept:
                    found.learn(one)
                    kept[one] = waiting[part]
        if kept == waiting:
            break
        waiting = kept
    return [p for p, own in waiting.items() if not own], [p for p, own in waiting.items() if own]


_ROUNDS = 4  # each may learn new atoms; what is left after that is merely less simple


def alike(parts: Iterable[Expr], goal: Expr) -> list[Expr]:
    """Return those of *parts* that speak of a free choice that *goal* speaks of, or of none.

    The others hardly matter to *goal*; leaving them out weakens a premise.
    """
    named = variables(goal)
    chosen = []
    for part in parts:
        free = _free(part)
        if not free or any(v in named for v in free):
            chosen.append(part)
    return chosen


def forgotten(parts: Iterable[Expr], goal: Expr) -> tuple[list[Expr], Expr] | None:
    """Return *parts* and *goal* with the larger choices in *goal* replaced by free variables.

    What a choice is made of is forgotten, that it is the same everywhere is not: whatever
    satisfied the parts and the goal still does.  None if there is nothing to forget, or if the
    goal speaks of what a choice is made of.
    """
    named: dict[Expr, Expr] = {}
    pending, seen = [goal], {goal}
    while pending:
        node = pending.pop()
        if isinstance(node, Ite) and node.sort != BOOL and _size(node) == _LARGE:
            named[node] = Var(f"forgotten {len(named)}", node.sort, Scope.INPUT)
            continue
        for child in node.children:
            if child not in seen:
                seen.add(child)
                pending.append(child)
    if any(v in seen for choice in named for v in _free(choice)) or not named:
        return None
    results: dict[Expr, Expr] = dict(named)

    def visit(node: Expr, children: tuple[Expr, ...]) -> Expr:
        return node if children == node.children else rebuilt(node, children)

    return [fold(part, visit, results) for part in parts], fold(goal, visit, results)


def _free(expr: Expr) -> list[Var]:
    """Return the free choices that *expr* speaks of."""
    return [v for v in variables(expr) if v.scope in (Scope.INPUT, Scope.DEMONIC)]


_LARGE = 24  # nodes of a choice that is worth a name


def _size(expr: Expr) -> int:
    """Return how many different nodes *expr* has, counted no further than needed here."""
    seen, pending = {expr}, [expr]
    while pending and len(seen) < _LARGE:
        for child in pending.pop().children:
            if child not in seen:
                seen.add(child)
                pending.append(child)
    return min(len(seen), _LARGE)
