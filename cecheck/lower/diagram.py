"""Path conditions as ordered decision diagrams over guard atoms.

Where paths join, "left by the one branch or by the other" becomes the condition of the fork
again, so the formulas of a large block stay as small as its text.  Atoms are ordered by first
use, which is the order in which a run meets them.  A condition that outgrows `LARGEST` is taken
as one atom: less is simplified then, nothing changes its value.
"""

from __future__ import annotations

from cecheck.ir.build import ite, not_
from cecheck.ir.expr import FALSE, TRUE, Binary, BinaryOp, Const, Expr, Ite, Unary

Condition = int
NEVER: Condition = 0
ALWAYS: Condition = 1
LARGEST = 120  # nodes; also what keeps the recursion below shallow
_DEPTH = 4  # how far the logical structure of one guard is opened
_LAST = 1 << 60  # the level of the two leaves
_STRICT = {BinaryOp.ULE: BinaryOp.ULT, BinaryOp.SLE: BinaryOp.SLT}  # a <= b is !(b < a)


class Diagram:
    """A table of conditions: equal conditions are equal numbers."""

    def __init__(self) -> None:
        self._nodes: list[tuple[int, Condition, Condition]] = [(_LAST, 0, 0), (_LAST, 1, 1)]
        self._numbers: dict[tuple[int, Condition, Condition], Condition] = {}
        self._atoms: list[Expr] = []
        self._levels: dict[Expr, int] = {}
        self._choices: dict[tuple[Condition, Condition, Condition], Condition] = {}
        self._cares: dict[tuple[Condition, Condition], Condition] = {}
        self._exprs: dict[Condition, Expr] = {NEVER: FALSE, ALWAYS: TRUE}

    def condition(self, expr: Expr) -> Condition:
        """Return the condition that a boolean expression states."""
        return self._opened(expr, _DEPTH)

    def _opened(self, expr: Expr, depth: int) -> Condition:
        match expr:
            case Const():
                return expr.value
            case Unary():
                return self.negation(self._opened(expr.arg, depth))
            case Binary(op=BinaryOp.AND) if depth:
                left, right = (self._opened(part, depth - 1) for part in expr.children)
                return self.both(left, right)
            case Binary(op=BinaryOp.OR) if depth:
                left, right = (self._opened(part, depth - 1) for part in expr.children)
                return self.either(left, right)
            case Ite() if depth:
                parts = [self._opened(part, depth - 1) for part in expr.children]
                return self._choice(parts[0], parts[1], parts[2])
            case Binary(op=BinaryOp.ULE | BinaryOp.SLE):
                strict = _STRICT[expr.op]
                return self.negation(self._atom(Binary(strict, expr.right, expr.left)))
            case _:
                return self._atom(expr)

    def _atom(self, expr: Expr) -> Condition:
        level = self._levels.setdefault(expr, len(self._atoms))
        if level == len(self._atoms):
            self._atoms.append(expr)
        return self._node(level, NEVER, ALWAYS)

    def _node(self, level: int, low: Condition, high: Condition) -> Condition:
        if low == high:
            return low
        number = self._numbers.setdefault((level, low, high), len(self._nodes))
        if number == len(self._nodes):
            self._nodes.append((level, low, high))
        return number

    def _split(self, node: Condition, level: int) -> tuple[Condition, Condition]:
        """Return *node* with the atom of *level* false, and true."""
        own, low, high = self._nodes[node]
        return (low, high) if own == level else (node, node)

    def negation(self, arg: Condition) -> Condition:
        """Return the condition under which *arg* fails."""
        return self._choice(arg, NEVER, ALWAYS)

    def both(self, left: Condition, right: Condition) -> Condition:
        """Return the conjunction."""
        return self._choice(left, right, NEVER)

    def either(self, left: Condition, right: Condition) -> Condition:
        """Return the disjunction."""
        return self._choice(left, ALWAYS, right)

    def _choice(self, test: Condition, then: Condition, otherwise: Condition) -> Condition:
        if test <= ALWAYS:
            return then if test else otherwise
        if then == otherwise or (then, otherwise) == (ALWAYS, NEVER):
            return test if then != otherwise else then
        key = (test, then, otherwise)
        if key not in self._choices:
            level = min(self._nodes[part][0] for part in key)
            lows, highs = zip(*[self._split(part, level) for part in key], strict=True)
            low, high = self._choice(*lows), self._choice(*highs)
            self._choices[key] = self._node(level, low, high)
        return self._choices[key]

    def where(self, arg: Condition, care: Condition) -> Condition:
        """Return a small condition that agrees with *arg* wherever *care* holds."""
        if care in (NEVER, ALWAYS) or arg <= ALWAYS:
            return arg
        if arg == care:
            return ALWAYS
        key = (arg, care)
        if key not in self._cares:
            self._cares[key] = self._where(arg, care)
        return self._cares[key]

    def _where(self, arg: Condition, care: Condition) -> Condition:
        level = min(self._nodes[arg][0], self._nodes[care][0])
        low, high = self._split(arg, level)
        care_low, care_high = self._split(care, level)
        if care_low == NEVER:
            return self.where(high, care_high)
        if care_high == NEVER:
            return self.where(low, care_low)
        if low == high:  # the atom does not matter here: forget what *care* says of it
            return self.where(arg, self.either(care_low, care_high))
        return self._node(level, self.where(low, care_low), self.where(high, care_high))

    def expr(self, condition: Condition) -> Expr:
        """Return *condition* as an expression."""
        pending = [condition] if condition not in self._exprs else []
        while pending:
            level, low, high = self._nodes[pending[-1]]
            waiting = [part for part in (low, high) if part not in self._exprs]
            if not waiting:
                made = ite(self._atoms[level], self._exprs[high], self._exprs[low])
                self._exprs.setdefault(pending.pop(), made)
            pending += waiting
        return self._exprs[condition]

    def bounded(self, condition: Condition) -> Condition:
        """Return *condition*, as a single atom if it has grown too large."""
        if len(self._below(condition)) <= LARGEST:
            return condition
        return self._atom(self.expr(condition))

    def _below(self, condition: Condition) -> list[Condition]:
        found = {condition: None}
        pending = [condition]
        while pending and len(found) <= LARGEST:
            for part in self._nodes[pending.pop()][1:]:
                if part > ALWAYS and part not in found:
                    found[part] = None
                    pending.append(part)
        return list(found)

    def conjuncts(self, condition: Condition) -> tuple[Expr, ...]:
        """Return the atoms, or their negations, that hold wherever *condition* does."""
        levels = sorted({self._nodes[node][0] for node in self._below(condition)} - {_LAST})
        found: list[Expr] = []
        for level in levels:
            atom = self._node(level, NEVER, ALWAYS)
            if self.both(condition, self.negation(atom)) == NEVER:
                found.append(self._atoms[level])
            elif self.both(condition, atom) == NEVER:
                found.append(not_(self._atoms[level]))
        return tuple(found)
