"""Random expressions of a type, over what is declared."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from random import Random
from typing import Any

from campaigns.programs.code import ATOM, CAST, CHOICE, UNARY, Expr, Function, Place
from campaigns.programs.machine import Machine
from campaigns.programs.numbers import (
    ARITHMETIC,
    BOOL,
    COMPARISONS,
    MEMBERS,
    MODE,
    NUMBERS,
    SHIFTS,
    U8,
    Type,
)


@dataclass
class Scope:
    """What may be named: what can be assigned to, what cannot, functions, the kinds of pointers."""

    places: list[Place] = field(default_factory=list)
    values: list[Expr] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    structs: list[tuple[str, str]] = field(default_factory=list)  # variables and their type
    pointers: list[tuple[str, str]] = field(default_factory=list)  # and what they point to
    kept: list[tuple[str, str]] = field(default_factory=list)  # such that are globals, or null
    may_call: bool = True
    may_raise: bool = True  # what is called
    divides: bool = True

    def inner(self) -> Scope:
        """Return the scope of a block inside."""
        made = copy(self)
        for name in ("places", "values", "functions", "structs", "pointers", "kept"):
            setattr(made, name, list(getattr(self, name)))
        return made


class Expressions(ABC):
    """Writes expressions; `constants` stand where numbers do."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.scope = Scope()
        self.constants: list[tuple[str, Type | None, int]] = []  # without a type they adapt

    # ---- numbers --------------------------------------------------------------------------------

    def number(self, type_: Type, depth: int = 2) -> Expr:
        """Return an expression of *type_* that is no literal."""
        if type_ is BOOL:
            return self.truth(depth)
        if type_ is MODE:
            return self.random.choice(self._modes())
        if depth == 0 or self.random.random() < 0.3:
            return self._leaf(type_)
        kinds: list[tuple[int, Callable[[Type, int], Expr]]] = [
            (8, self._binary), (2, self._shifted), (2, self._unary), (3, self._cast),
            (2, self._choice), (3, self._called),
        ]  # fmt: skip
        (make,) = self.random.choices([make for _, make in kinds], [w for w, _ in kinds])
        return make(type_, depth)

    def operand(self, type_: Type, depth: int) -> Expr:
        """Return an expression of *type_*, or a literal that becomes one beside another."""
        is_free = type_ is not MODE or self._modes()
        if is_free and self.random.random() < 0.65:
            return self.number(type_, depth)
        return self.literal(type_)

    def literal(self, type_: Type) -> Expr:
        """Return a number that fits."""
        if type_ is BOOL:
            return _constant(self.random.choice(("true", "false")), BOOL)
        if type_ is MODE:
            return _constant(self.random.choice(list(MEMBERS)), MODE)
        fitting = [
            (name, value)
            for name, its, value in self.constants
            if its in (None, type_) and type_.least <= value <= type_.most
        ]
        if fitting and self.random.random() < 0.2:
            name, value = self.random.choice(fitting)
            return Expr(name, type_, lambda _: value, is_literal=True)
        near = [0, 1, 1, 2, 2, 3, 5, 8, type_.most, type_.most - 1, type_.most // 2 + 1]
        near += [-1, -2, type_.least, type_.least + 1] if type_.signed else []
        value = self.random.choice(near)
        text = hex(value) if value > 255 else str(value)
        return Expr(text, type_, lambda _: value, UNARY if value < 0 else ATOM, is_literal=True)

    def _leaf(self, type_: Type) -> Expr:
        found = [place.value for place in self.scope.places if place.type is type_]
        found += [value for value in self.scope.values if value.type is type_]
        if found and self.random.random() < 0.9:
            return self.random.choice(found)
        others = [place.value for place in self.scope.places if place.type is not MODE]
        return self.converted(self.random.choice(others), type_)

    def converted(self, expr: Expr, type_: Type) -> Expr:
        """Return ``expr as type_``."""
        if expr.type is type_:
            return expr
        if type_ is BOOL:
            number = self.converted(expr, U8) if expr.type is MODE else expr
            return Expr(f"{number.within(7)} != 0", BOOL, lambda m: number.run(m) != 0, 6)
        text = f"{expr.within(CAST)} as {type_.name}"
        return Expr(text, type_, lambda m: type_.wrapped(int(expr.run(m))), CAST)

    def pair(self, type_: Type, depth: int) -> tuple[Expr, Expr]:
        """Return two operands, of which one is no literal."""
        one, other = self.operand(type_, depth), self.number(type_, depth)
        return (one, other) if self.random.random() < 0.4 else (other, one)

    def _binary(self, type_: Type, depth: int) -> Expr:
        slow = "*/%" if type_.bits > 16 and self.random.random() < 0.8 else ""  # to solvers
        divides = self.scope.divides and not slow
        some = [op for op in ARITHMETIC if op not in slow and (divides or op not in "/%")]
        op = self.random.choice(some)
        tight, apply = ARITHMETIC[op]
        left, right = self.pair(type_, depth - 1)
        if op in "/%" and right.is_literal:
            right = Expr("3", type_, lambda _: 3, is_literal=True)
        text = f"{left.within(tight)} {op} {right.within(tight + 1)}"
        return Expr(text, type_, lambda m: type_.wrapped(apply(left.run(m), right.run(m))), tight)

    def _shifted(self, type_: Type, depth: int) -> Expr:
        op = self.random.choice(list(SHIFTS))
        tight, apply = SHIFTS[op]
        left = self.number(type_, depth - 1)
        most = type_.bits - 1
        if self.random.random() < 0.6:
            by = self.random.choice([1, 2, 3, most])
            amount = Expr(str(by), type_, lambda _: by, is_literal=True)
        else:
            free = self.number(type_, depth - 1)
            amount = Expr(f"{free.within(5)} & {most}", type_, lambda m: free.run(m) & most, 5)
        text = f"{left.within(tight)} {op} {amount.within(tight + 1)}"
        return Expr(text, type_, lambda m: type_.wrapped(apply(left.run(m), amount.run(m))), tight)

    def _unary(self, type_: Type, depth: int) -> Expr:
        only = self.number(type_, depth - 1)
        text = only.within(UNARY + 1)
        if self.random.random() < 0.5:
            return Expr(f"-{text}", type_, lambda m: type_.wrapped(-only.run(m)), UNARY)
        return Expr(f"~{text}", type_, lambda m: type_.wrapped(~only.run(m)), UNARY)

    def _cast(self, type_: Type, depth: int) -> Expr:
        return self.converted(self.number(self._any_type([*NUMBERS, BOOL]), depth - 1), type_)

    def _choice(self, type_: Type, depth: int) -> Expr:
        test = self.truth(depth - 1)
        then, other = self.pair(type_, depth - 1)
        text = f"{test.within(1)} ? {then.within(1)} : {other.within(1)}"
        return Expr(text, type_, lambda m: (then if test.run(m) else other).run(m), CHOICE)

    def _called(self, type_: Type, depth: int) -> Expr:
        called = self.call(lambda function: function.result is type_, depth)
        return called or self._binary(type_, depth)

    def call(self, wanted: Callable[[Function], bool], depth: int) -> Expr | None:
        """Return a call of a function that is *wanted*, if there is one."""
        scope = self.scope
        found = [
            one
            for one in scope.functions
            if wanted(one) and scope.may_call and (scope.may_raise or not one.may_raise)
            and all(self._named(type_) for _, type_ in one.refs)
            and all(self.leading(kind) for _, kind in one.pointers)
        ]  # fmt: skip
        if not found:
            return None
        function = self.random.choice(found)
        refs = [self.random.choice(self._named(type_)) for _, type_ in function.refs]
        values = [self.operand(type_, max(0, depth - 1)) for _, type_ in function.values]
        pointers = [self.leading(kind) for _, kind in function.pointers]
        texts = [f"&{ref.text}" for ref in refs] + [one.text for one in (*values, *pointers)]
        text, run = ", ".join(texts), _calling(function, refs, [*values, *pointers])
        return Expr(f"{function.name}({text})", function.result, run)

    def _named(self, type_: Type) -> list[Place]:
        return [place for place in self.scope.places if place.is_named and place.type is type_]

    @abstractmethod
    def leading(self, kind: str) -> Any:
        """Return a pointer to a structure of that *kind*, if there is one."""

    def _modes(self) -> list[Expr]:
        found = [place.value for place in self.scope.places if place.type is MODE]
        return found + [value for value in self.scope.values if value.type is MODE]

    def _any_type(self, types: list[Type]) -> Type:
        """Return one of *types*, or that of an enumeration of which something is declared."""
        return self.random.choice([*types, MODE] if self._modes() else types)

    # ---- truth values ---------------------------------------------------------------------------

    def truth(self, depth: int = 2) -> Expr:
        """Return a truth value."""
        pick = self.random.random()
        found = [place.value for place in self.scope.places if place.type is BOOL]
        if found and pick < 0.15:
            return self.random.choice(found)
        if depth > 0 and pick < 0.4:
            return self._joined(depth)
        if depth > 0 and pick < 0.47:
            only = self.truth(depth - 1)
            return Expr(f"!{only.within(UNARY + 1)}", BOOL, lambda m: not only.run(m), UNARY)
        if depth > 0 and pick < 0.5:
            return self._choice(BOOL, depth)
        type_ = self._any_type([*self._types(), BOOL] if depth > 0 else self._types())
        some = ["==", "!="] if type_ in (BOOL, MODE) else list(COMPARISONS)
        op = self.random.choice(some)
        tight, apply = COMPARISONS[op]
        left, right = self.pair(type_, max(0, depth - 1))
        text = f"{left.within(tight)} {op} {right.within(tight + 1)}"
        return Expr(text, BOOL, lambda m: apply(left.run(m), right.run(m)), tight)

    def _joined(self, depth: int) -> Expr:
        left, right = self.truth(depth - 1), self.truth(depth - 1)
        if self.random.random() < 0.5:
            text = f"{left.within(2)} && {right.within(3)}"
            return Expr(text, BOOL, lambda m: left.run(m) and right.run(m), 2)
        text = f"{left.within(1)} || {right.within(2)}"
        return Expr(text, BOOL, lambda m: left.run(m) or right.run(m), 1)

    def _types(self) -> list[Type]:
        """Return types of which something is declared, or any."""
        found = [place.type for place in self.scope.places if place.type in NUMBERS]
        return found or list(NUMBERS)


def _constant(text: str, type_: Type) -> Expr:
    value = MEMBERS.get(text, int(text == "true"))
    return Expr(text, type_, lambda _: value)


def _calling(
    function: Function, refs: list[Place], values: list[Any]
) -> Callable[[Machine], int]:
    names = [name for name, _ in (*function.values, *function.pointers)]

    def call(machine: Machine) -> int:
        named = [ref.where(machine) for ref in refs]
        given = [value.run(machine) for value in values]
        for (name, _), where in zip(function.refs, named, strict=True):
            machine.names[name] = where
        for name, value in zip(names, given, strict=True):
            machine.memory[name] = value
        return function.run(machine)

    return call
