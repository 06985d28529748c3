"""What a thread holds that facts can be about, and which of it goes together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cecheck.ir.build import zero_extend
from cecheck.ir.expr import BOOL, Binary, BinaryOp, Const, Expr, Extend, Scope, Var
from cecheck.ir.program import Thread
from cecheck.lower import elements
from cecheck.lower.arrays import elements_of
from cecheck.lower.body import Body
from cecheck.lower.values import Members, Pointer, Value, followed_item
from cecheck.record import record
from cecheck.sema import types as ty


@record
class Copies:
    """Which variables are copies of each other, and which pointers are used with which sizes."""

    root: dict[Expr, Expr]
    pairs: frozenset[tuple[Expr, Expr]]
    compared: frozenset[tuple[Expr, Expr]]  # for being equal; both ways round

    def are_compared(self, one: Expr, other: Expr) -> bool:
        """Return whether copies of *one* and of the *other* are compared."""
        both = self.root.get(one, one), self.root.get(other, other)
        return one is not other and both in self.compared

    def go_together(self, pointer: Expr, size: Expr) -> bool:
        """Return whether a copy of *pointer* is used up to a copy of *size*."""
        plain = _plain(size)
        return (self.root.get(pointer, pointer), self.root.get(plain, plain)) in self.pairs


def _plain(size: Expr) -> Expr:
    """Return *size* without what makes an address' width of it."""
    return size.arg if isinstance(size, Extend) and not size.signed else size


def copies(threads: Iterable[Thread], used: Iterable[tuple[Expr, Expr]]) -> Copies:
    """Return the copies that *threads* make, given which pointer is *used* with which size."""
    root: dict[Expr, Expr] = {}

    def find(expr: Expr) -> Expr:
        while expr in root:
            expr = root[expr]
        return expr

    compared: list[tuple[Expr, Expr]] = []
    seen: set[Expr] = set()
    for thread in threads:
        for edge in thread.edges:
            compared += _compared(edge.guard, seen)
            for variable, value in edge.updates:
                compared += _compared(value, seen)
                if isinstance(value, Var) and value.scope is not Scope.INPUT:
                    left, right = find(variable), find(value)
                    if left is not right:
                        root[left] = right
    pairs = frozenset((find(pointer), find(_plain(size))) for pointer, size in used)
    alike = [(find(one), find(other)) for one, other in compared]
    both_ways = frozenset([*alike, *((other, one) for one, other in alike)])
    return Copies({expr: find(expr) for expr in root}, pairs, both_ways)


def _compared(expr: Expr, seen: set[Expr]) -> Iterator[tuple[Expr, Expr]]:
    """Yield which variables *expr* asks to be equal; what it says is added to what was *seen*."""
    pending = [expr]
    while pending:
        part = pending.pop()
        if part in seen:
            continue
        seen.add(part)
        match part:
            case Binary(op=BinaryOp.EQ, left=Var() as one, right=Var() as other):
                yield one, other
            case _:
                pending += part.children


@record
class Held:
    """The variables of one thread that facts are about, globals included."""

    pointers: tuple[Pointer, ...]
    sizes: tuple[Expr, ...]
    keys: tuple[Members, ...]
    processes: tuple[Var, ...]
    saved: tuple[Var, ...]  # processes, too: those in globals
    copies: Copies

    def sizes_of(self, pointer: Pointer) -> list[Expr]:
        """Return the sizes that *pointer* goes with."""
        return [size for size in self.sizes if self.copies.go_together(pointer.word, size)]


def held_by(body: Body, known: Copies) -> Held:
    """Return what the thread that *body* lowered holds, of *known* copies."""
    values: list[Value] = [*body.scene.fields.values(), *body.env.values()]
    followed = (value for number in body.world.arrays if (value := body.env.get(number)))
    values += [part for value in followed for part in elements_of(value)]
    word_width = body.world.width
    blocks = [item.block for item in body.objects.values() if item.block is not None]
    held = [value for block in blocks for value in elements.values(block)]
    values += held
    items = [followed_item(value) for value in values]
    pointers = [v for v in (*values, *items) if isinstance(v, Pointer) and isinstance(v.word, Var)]
    types = body.graph.types
    words = [v for v in (*body.env.values(), *held) if isinstance(v, Var) and v.sort is not BOOL]
    words = [v for v in words if v.sort.width <= word_width and types.get(v.name) != "process"]
    sizes = [zero_extend(v, word_width) for v in words]
    used = [size for _, size in body.used if not isinstance(size, Var)]
    everywhere = sorted((n for _, n in known.pairs if isinstance(n, Const)), key=lambda n: n.value)
    sizes += dict.fromkeys([*used, *everywhere])  # others may use what this thread leaves
    inits = body.world.spec.platform.thread_fields
    own = [i.variable.number for i in inits if isinstance(i.variable.type, ty.ProcessType)]
    named = [v for v in body.env.values() if isinstance(v, Var) and types.get(v.name) == "process"]
    named = [v for v in map(body.scene.fields.get, own) if isinstance(v, Var)] + named
    globals_ = [item.variable for driver in body.world.spec.drivers for item in driver.globals]
    kept = [body.env[v.number] for v in globals_ if isinstance(v.type, ty.ProcessType)]
    saved = [v for v in kept if isinstance(v, Var)]
    keys = [v for v in values if isinstance(v, Members)]
    return Held(tuple(pointers), tuple(sizes), tuple(keys), tuple(named), tuple(saved), known)
