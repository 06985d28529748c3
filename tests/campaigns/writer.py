"""What random specifications have in common: lines, names, labels and blocks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Final

from oracle.interleave import Domain

INDENT: Final = "    "


class Writer(ABC):
    """One random specification; the same seed writes the same one."""

    def __init__(self, seed: int, depth: int) -> None:
        self.random = Random(seed)
        self.lines: list[str] = []
        self.depth = depth
        self.names = 0

    @property
    @abstractmethod
    def domain(self) -> Domain | None:
        """The part of all values that is enumerated, in every order of actions; None for all
        values, of what runs alone."""

    @abstractmethod
    def text(self) -> str:
        """Return the specification."""

    def _say(self, line: str) -> None:
        self.lines.append(INDENT * self.depth + line)

    def _name(self, kind: str) -> str:
        self.names += 1
        return f"{kind}{self.names}"

    def _label(self) -> str:
        return f"{self._name('at')}: "

    @contextmanager
    def _block(self, head: str, tail: str = "}") -> Iterator[None]:
        """Write a block around what is written inside; what is declared there ends with it."""
        self._say(head)
        self.depth += 1
        with self._scope():
            yield
        self.depth -= 1
        self._say(tail)

    @abstractmethod
    @contextmanager
    def _scope(self) -> Iterator[None]:
        """Forget afterwards what is declared meanwhile."""
        yield
