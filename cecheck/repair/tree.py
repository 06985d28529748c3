"""The tree of a specification with the way up: which statement, block and routine a node is in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

from cecheck.source import Source, Span
from cecheck.syntax import ast

Node: TypeAlias = Any  # a record of `ast` with a span
Routine: TypeAlias = ast.Entry | ast.DriverThread | ast.Function


def children(node: Node) -> Iterator[Node]:
    """Yield the nodes directly below *node*, in the order of its fields."""
    for name in getattr(node, "__match_args__", ()):
        value = getattr(node, name)
        for item in value if isinstance(value, tuple) else (value,):
            if hasattr(item, "__match_args__") and not isinstance(
                item, Span | Source
            ):
                yield item


def below(node: Node) -> Iterator[Node]:
    """Yield *node* and everything below it, in the order in which it was written."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(list(children(node)))


def words(node: Node) -> str:
    """Return the text of *node* with each run of blanks as one, to compare it with others."""
    return " ".join(node.span.text.split())


@dataclass(frozen=True)
class Tree:
    """A file, its *text*, and the parent of each node by identity."""

    file: ast.File
    _parents: dict[int, Node] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        parents = {id(c): node for node in below(self.file) for c in children(node)}
        object.__setattr__(self, "_parents", parents)

    @property
    def text(self) -> str:
        """The characters of the file."""
        return self.file.source.text

    @cached_property
    def drivers(self) -> tuple[ast.Driver, ...]:
        """The drivers, in order."""
        return tuple(item for item in self.file.items if isinstance(item, ast.Driver))

    def routines(self) -> Iterator[Routine]:
        """Yield what runs in the drivers, in order."""
        for driver in self.drivers:
            for item in driver.items:
                if isinstance(item, ast.Entry | ast.DriverThread | ast.Function):
                    yield item

    def parent(self, node: Node) -> Node | None:
        """Return what *node* is directly below."""
        return self._parents.get(id(node))

    def above(self, node: Node) -> Iterator[Node]:
        """Yield what *node* is below, from near to far."""
        while (node := self.parent(node)) is not None:
            yield node

    def statement(self, node: Node) -> Node:
        """Return the statement of a block, with its label, that *node* is or is part of."""
        for up in self.above(node):
            if isinstance(up, ast.Block):
                return node
            node = up
        return node

    def block(self, statement: Node) -> ast.Block | None:
        """Return the block that a statement is directly in."""
        up = self.parent(statement)
        return up if isinstance(up, ast.Block) else None

    def routine(self, node: Node) -> Routine | None:
        """Return the routine that *node* is in."""
        for up in self.above(node):
            if isinstance(up, ast.Entry | ast.DriverThread | ast.Function):
                return up
        return None

    def driver(self, node: Node) -> ast.Driver | None:
        """Return the driver that *node* is in."""
        return next((up for up in self.above(node) if isinstance(up, ast.Driver)), None)

    def after(self, statement: Node) -> tuple[Node, ...]:
        """Return the statements of its block that follow *statement*."""
        block = self.block(statement)
        if block is None:
            return ()
        place = next(i for i, one in enumerate(block.statements) if one is statement)
        return block.statements[place + 1 :]
