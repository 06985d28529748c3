"""The pieces that programs are made of: each has a text, and can be run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Final

from campaigns.programs.machine import Machine, Raised, Returned, Value
from campaigns.programs.numbers import Type

INDENT: Final = "    "
ATOM, UNARY, CAST, CHOICE = 14, 12, 11, 0  # how tight these bind


@dataclass(frozen=True)
class Expr:
    """An expression.  *tight* says how tight its outermost operator binds."""

    text: str
    type: Type
    run: Callable[[Machine], int]
    tight: int = ATOM
    is_literal: bool = False  # which has the type of what stands beside it

    def within(self, tight: int) -> str:
        """Return the text of an operand of what binds *tight*, in parentheses if need be."""
        return self.text if self.tight >= tight else f"({self.text})"


@dataclass(frozen=True)
class Place:
    """What can be assigned to: *where* it is in the memory when it is evaluated."""

    text: str
    type: Type
    where: Callable[[Machine], str]
    is_named: bool = True  # `&` of it may be passed to a function

    @property
    def value(self) -> Expr:
        """What is there."""
        return Expr(self.text, self.type, lambda m: m.memory[self.where(m)])


@dataclass
class Block:
    """Statements in a row."""

    statements: list[Statement] = field(default_factory=list)

    def run(self, machine: Machine) -> None:
        """Run them."""
        for statement in self.statements:
            machine.step()
            statement.run(machine)

    def lines(self, margin: str = "") -> Iterator[str]:
        """Yield the text."""
        for statement in self.statements:
            yield from statement.lines(margin)


@dataclass
class Statement:
    """A statement: lines of text with blocks in between, and what it does."""

    parts: tuple[str | Block, ...]
    run: Callable[[Machine], None]

    def lines(self, margin: str) -> Iterator[str]:
        """Yield the text."""
        for part in self.parts:
            if isinstance(part, str):
                yield margin + part
            else:
                yield from part.lines(margin + INDENT)

    @property
    def blocks(self) -> list[Block]:
        """The blocks inside."""
        return [part for part in self.parts if isinstance(part, Block)]


@dataclass(frozen=True)
class Function:
    """A function, with its parameters in order: those that are names of others come first."""

    name: str
    refs: tuple[tuple[str, Type], ...]
    values: tuple[tuple[str, Type], ...]
    pointers: tuple[tuple[str, str], ...]  # and the structures that they lead to
    result: Type
    body: Block
    may_raise: bool
    head: str = ""  # of an entry of a driver: what it raises ends with the call
    enters: Callable[[Machine], AbstractContextManager[None]] = nullcontext

    def run(self, machine: Machine) -> Value:
        """Run it, and return its result; its parameters have their values."""
        with self.enters(machine):
            try:
                self.body.run(machine)
            except Returned as left:
                return left.value
            except Raised:
                if not self.head:
                    raise
            return 0

    def lines(self, margin: str) -> Iterator[str]:
        """Yield the text."""
        if self.head:
            yield f"{margin}{self.head} {{"
            yield from self.body.lines(margin + INDENT)
            yield f"{margin}}}"
            return
        given = [f"ref {name}: {type_.name}" for name, type_ in self.refs]
        given += [f"{name}: {type_.name}" for name, type_ in self.values]
        given += [f"{name}: user ptr {kind}" for name, kind in self.pointers]
        yield f"{margin}fn {self.name}({', '.join(given)}) -> {self.result.name} {{"
        yield from self.body.lines(margin + INDENT)
        yield f"{margin}}}"


def stored(name: str, value: Callable[[Machine], Value]) -> Callable[[Machine], None]:
    """Return what puts *value* into the variable *name*."""

    def run(machine: Machine) -> None:
        machine.memory[name] = value(machine)

    return run


def storing(place: Place, value: Expr) -> Callable[[Machine], None]:
    """Return what works *value* out, then finds *place*, and puts it there."""

    def run(machine: Machine) -> None:
        new = value.run(machine)
        machine.memory[place.where(machine)] = new

    return run


def leaving(value: Value) -> Callable[[Machine], None]:
    """Return what returns *value*."""

    def leave(_: Machine) -> None:
        raise Returned(value)

    return leave
