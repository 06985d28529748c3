"""Expressions of the typed tree as closures over a `Run`.

Strict operands are evaluated left to right; ``&&``, ``||`` and ``?:`` stop early.
"""

from __future__ import annotations

import operator
from collections.abc import Callable

from cecheck.sema import typed as t
from cecheck.sema.typed import Operator as Op
from cecheck.sema.types import (
    BoolType,
    IntType,
    PointersType,
    PointerType,
    ProcessType,
    SetType,
    StructType,
)
from oracle.access import Access, Shape
from oracle.arithmetic import binary, converted
from oracle.arithmetic import number as meant
from oracle.choice import Unsupported
from oracle.machine import Run
from oracle.stage import SiteKey, Value
from oracle.values import NULL, Lazy, Pointer, settled

Place = Callable[[Run, object], None]
_OF_THREADS = (t.Storage.THREAD_FIELD, t.Storage.MONITOR)
_SET_OPS = {
    Op.BIT_OR: operator.or_,
    Op.BIT_AND: operator.and_,
    Op.SUBTRACT: operator.sub,
    Op.EQUAL: operator.eq,
    Op.NOT_EQUAL: operator.ne,
}
_POINTERS_OPS = {
    **_SET_OPS,
    Op.SUBTRACT: lambda set_, gone: frozenset(p for p in set_ if p.word not in _words(gone)),
    Op.HAS: lambda set_, one: settled(one.word) in _words(set_),
}
_ON_WORDS = {
    Op.ADD: lambda a, b: (a + b, b),
    Op.SUBTRACT: lambda a, b: (a - b, -b),
    Op.BIT_OR: lambda a, b: (a | b, 0),
    Op.BIT_AND: lambda a, b: (a & b, 0),
    Op.BIT_XOR: lambda a, b: (a ^ b, 0),
}


class Expressions:
    """Makes closures of expressions; `Statements` adds the rest."""

    def __init__(self, spec: t.Spec) -> None:
        self.spec = spec
        self.mask = (1 << spec.widths.word) - 1

    # ---- values ------------------------------------------------------------------------------

    def value(self, expr: t.Expr) -> Value:
        """Return the closure that evaluates *expr*."""
        match expr:
            case t.Literal(value, type_):
                constant = bool(value) if isinstance(type_, BoolType) else value
                return lambda _: constant
            case t.Null():
                return lambda _: NULL
            case t.PartyExpr(party):
                return _PARTIES[party]
            case t.NamedProcess(name):
                return lambda _: name
            case t.ProcessLookup(index):
                place = self.number(index)
                return lambda run: run.world.holder(place(run))
            case t.Everyone():
                return lambda run: frozenset(run.stage.geography.parties)
            case t.SetOf(items, PointersType()):
                pointers = [self.value(item) for item in items]
                return lambda run: frozenset(_known(pointer(run)) for pointer in pointers)
            case t.SetOf(items):
                members = [self.value(item) for item in items]
                return lambda run: frozenset(member(run) for member in members) - {None}
            case t.Read(place):
                return self.read(place)
            case _:
                return self._computed(expr)

    def _computed(self, expr: t.Expr) -> Value:
        match expr:
            case t.Operation():
                return self._operation(expr)
            case t.Shift(operator_, pointer, amount):
                return self._shift(_ON_WORDS[operator_], self.value(pointer), self.number(amount))
            case t.Choice(condition, then, otherwise):
                test, yes, no = self.truth(condition), self.value(then), self.value(otherwise)
                return lambda run: yes(run) if test(run) else no(run)
            case t.Convert(value, type_):
                return self._convert(value, type_)
            case t.Retype(value, checked=False):
                return self.value(value)
            case t.MakePointer(value, party):
                word, whose = self.number(value), self.value(party)
                return lambda run: Pointer(word(run), whose(run))
            case t.Chosen():
                return self._chosen(expr)
            case t.Picked(members):
                among = self.value(members)
                return lambda run: _one_of(run, among(run))
            case t.Lasting(pointer):
                return self.value(pointer)
            case t.Present(pointer, count):
                return self._present(self.value(pointer), self.number(count))
            case t.CallExpr(function, args):
                return self._call(function.key, args)
            case t.Fetch(access):
                return self._fetch(access, expr.type)
            case _:
                raise Unsupported(f"{type(expr).__name__} at {expr.span}")

    def number(self, expr: t.Expr) -> Callable[[Run], int]:
        """Return the closure that evaluates an integer or truth value, settled."""
        value = self.value(expr)
        if isinstance(expr, t.Literal | t.Operation | t.Convert):
            return value
        return lambda run: settled(value(run))

    truth = number

    # ---- operators ---------------------------------------------------------------------------

    def _operation(self, expr: t.Operation) -> Value:
        operands, op = expr.operands, expr.operator
        if op is Op.NOT:
            only = self.truth(operands[0])
            return lambda run: not only(run)
        if op in (Op.NEGATE, Op.COMPLEMENT):
            only, mask = self.number(operands[0]), (1 << expr.type.width) - 1
            return lambda run: (-only(run) if op is Op.NEGATE else ~only(run)) & mask
        if op in (Op.AND, Op.OR):
            first, second = self.truth(operands[0]), self.truth(operands[1])
            if op is Op.AND:
                return lambda run: bool(first(run) and second(run))
            return lambda run: bool(first(run) or second(run))
        return self._strict(op, operands)

    def _strict(self, op: Op, operands: tuple[t.Expr, ...]) -> Value:
        type_ = operands[0].type
        if isinstance(type_, IntType | BoolType):
            apply, left, right = binary(op, type_), *map(self.number, operands)
        elif isinstance(type_, PointersType):
            apply, left, right = _POINTERS_OPS[op], *map(self.value, operands)
        elif op is Op.HAS:
            left, right = self.value(operands[0]), self.value(operands[1])
            return lambda run: right(run) in left(run)
        elif isinstance(type_, SetType | ProcessType):
            apply, left, right = _SET_OPS[op], *map(self.value, operands)
        else:
            word = IntType(self.spec.widths.word, False, 1, "word")
            apply, left, right = binary(op, word), *map(self._word, operands)
        return lambda run: apply(left(run), right(run))

    def _word(self, expr: t.Expr) -> Callable[[Run], int]:
        pointer = self.value(expr)
        return lambda run: settled(pointer(run).word)

    def _shift(self, apply: Callable, pointer: Value, amount: Callable[[Run], int]) -> Value:
        mask = self.mask

        def shift(run: Run) -> Pointer:
            base, by = pointer(run), amount(run)
            word, distance = apply(settled(base.word), by)
            return base.moved(word & mask, distance)

        return shift

    def _convert(self, value: t.Expr, type_: IntType) -> Value:
        if isinstance(value.type, PointerType):
            word = IntType(self.spec.widths.word, False, 1, "word")
            apply, number = converted(word, type_), self._word(value)
        else:
            apply, number = converted(value.type, type_), self.number(value)
        return lambda run: apply(number(run))

    def _chosen(self, expr: t.Chosen) -> Value:
        if expr.low is None or expr.high is None:
            type_ = expr.type
            return lambda run: run.fresh(type_, None)
        low, high, type_ = self.number(expr.low), self.number(expr.high), expr.type

        def choose(run: Run) -> int:
            least, end = meant(low(run), type_), meant(high(run), type_)
            return (least + run.choices.choose(max(0, end - least))) % (1 << type_.width)

        return choose

    def _present(self, pointer: Value, count: Callable[[Run], int]) -> Value:
        def present(run: Run) -> bool:
            start, size = pointer(run), count(run)
            return run.has_promised(start, size) or bool(run.choices.choose(2))

        return present

    def _call(self, key: str, args: tuple[t.Expr | t.Place, ...]) -> Value:
        values = self.arguments(args)
        return lambda run: run.call(key, [value(run) for value in values])

    def arguments(self, args: tuple[t.Expr | t.Place, ...]) -> list[Value]:
        """Return the closures that evaluate the arguments of a function."""
        if any(isinstance(arg, t.Place) for arg in args):
            raise Unsupported("arguments by reference")
        return [self.value(arg) for arg in args]

    # ---- places ------------------------------------------------------------------------------

    def read(self, place: t.Place) -> Value:
        """Return the closure that reads driver or platform memory."""
        match place:
            case t.VarPlace(t.Variable(storage=t.Storage.LOCAL) as variable):
                number = variable.number
                return lambda run: run.frame.variables[number]
            case t.VarPlace(t.Variable(storage=storage) as variable) if storage in _OF_THREADS:
                number = variable.number
                return lambda run: run.fields[number]
            case t.VarPlace(t.Variable(storage=t.Storage.SIBLING) as variable):
                name = variable.name
                return lambda run: run.sibling(name)
            case t.ProcessFieldPlace(process, variable):
                party = self.value(process)
                return lambda run: run.process_field(party(run), variable)
            case t.TableEntry(table, index):
                at = self.number(index)
                return lambda run: run.entry_of(table, at(run))
            case _:
                raise Unsupported(f"reading `{place.span.text}`")

    def assign(self, place: t.Place) -> Place:
        """Return the closure that writes driver or platform memory."""
        match place:
            case t.VarPlace(t.Variable(storage=t.Storage.LOCAL) as variable):
                number = variable.number
                return lambda run, value: run.frame.put(number, value)
            case t.VarPlace(t.Variable(storage=t.Storage.THREAD_FIELD) as variable):
                number = variable.number
                return lambda run, value: run.set_field(number, value)
            case t.VarPlace(t.Variable(storage=t.Storage.MONITOR) as variable):
                number = variable.number
                return lambda run, value: Run.set_field(run, number, value)
            case t.ProcessFieldPlace(process, variable):
                party = self.value(process)
                return lambda run, value: run.write((party(run), variable.number), value)
            case t.TableEntry(table, index):
                at = self.number(index)
                return lambda run, v: run.write(("table", table.number, at(run)), settled(v))
            case _:
                raise Unsupported(f"writing `{place.span.text}`")

    # ---- accesses ----------------------------------------------------------------------------

    def reach(self, target: t.Target, writing: bool) -> Callable[[Run], tuple[Pointer, int]]:
        """Return the closure that accesses a field or an element: the pointer and the distance."""
        pointer, site, size = self.value(target.pointer), SiteKey.of(target.site), target.size
        bits, space = self.spec.widths.word, self.mask + 1
        if isinstance(target, t.FieldTarget):
            shape, distance, index = Shape.FIELD, target.field.offset, None
        else:
            shape, index = Shape.ELEMENT, self.number(target.index)
            distance, stride = target.field.offset if target.field else 0, target.stride

        def reach(run: Run) -> tuple[Pointer, int]:
            base = pointer(run)
            far = distance if index is None else distance + index(run) * stride
            start = (settled(base.word) + far) % space
            run.access(site, base, far, Access(start, size, writing, shape, bits))
            return base, far

        return reach

    def _fetch(self, target: t.Target, type_: t.Type) -> Value:
        reach = self.reach(target, writing=False)
        load = self.load(type_, target.field)
        siblings = self._siblings(target)

        def fetch(run: Run) -> object:
            base, far = reach(run)
            if base.target is None:
                return run.fresh(type_, base.origin)
            return load(run, base.target, base.offset + far, siblings)

        return fetch

    def load(self, type_: t.Type, field: t.FieldLayout | None) -> Callable[..., object]:
        """Return the closure that looks into an object of a well-behaved caller."""
        promise = field.promise if field else None
        pointer = self.promised(promise) if promise else None
        start = field.offset if field else 0

        def load(run: Run, target: int, offset: int, siblings: dict) -> object:
            def sibling(name: str) -> object:
                far, read = siblings[name]
                return read(run, target, offset - start + far, siblings)

            def make() -> object:
                if pointer is None:
                    return run.fresh(type_, run.origin)
                outer, run.sibling = run.sibling, sibling
                made = pointer(run)
                run.sibling = outer
                return made

            return run.objects.cell(target, offset, make, pointer is not None)

        return load

    def promised(self, promise: t.Promise) -> Callable[[Run], Pointer]:
        """Return the closure that makes what a well-behaved caller passes, given its siblings."""
        count, unit, optional = self.number(promise.count), promise.unit, promise.optional
        if promise.terminated:
            return lambda run: run.objects.string(unit, optional)
        return lambda run: run.objects.pointer(count(run) * unit, optional)

    def _siblings(self, target: t.Target) -> dict[str, tuple[int, Callable[..., object]]]:
        """Return how to load each field of the structure that *target* is in."""
        return {} if target.field is None else self.siblings(target.pointer.type.target)

    def siblings(self, outer: t.Type | None) -> dict[str, tuple[int, Callable[..., object]]]:
        """Return how to load each number of a structure of type *outer*."""
        if not isinstance(outer, StructType):
            return {}
        fields = self.spec.layouts[outer.name].fields
        simple = [f for f in fields if isinstance(f.type, IntType)]
        return {f.name: (f.offset, self.load(f.type, f)) for f in simple}


def _known(pointer: Pointer) -> Pointer:
    """Return *pointer* with a number that is known."""
    return pointer._replace(word=settled(pointer.word))


def _words(pointers: frozenset[Pointer]) -> set[int]:
    return {pointer.word for pointer in pointers}


def _one_of(run: Run, pointers: frozenset[Pointer]) -> Pointer:
    """Return any of *pointers*, null if there is none."""
    among = sorted(pointers, key=str)
    return among[run.choices.choose(len(among))] if among else NULL


_PARTIES: dict[t.Party, Value] = {
    t.Party.HOME: lambda run: run.home,
    t.Party.CALLEE: lambda run: run.callee,
    t.Party.NOBODY: lambda _: None,
}
__all__ = ["Expressions", "Lazy"]
