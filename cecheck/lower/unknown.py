"""Answers about what is not followed: free where the program runs, not asked in a check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from cecheck.ir.build import or_, word
from cecheck.ir.expr import FALSE, Expr, Scope, Sort, Var


@dataclass
class Unknown:
    """Answers about what is not followed.

    With a *name*, each question is a new DEMONIC variable; without, the answer is no and the
    condition under which it was asked is kept in *skipped*.
    """

    name: Callable[[], str] | None
    skipped: list[Expr] = field(default_factory=list)

    def ask(self, when: Expr, sort: Sort) -> Expr:
        """Return something unknown, asked only where *when* holds."""
        if when is FALSE or self.name is None:
            self.skipped.append(when)
            return word(0, sort.width) if sort.width else FALSE
        return Var(self.name(), sort, Scope.DEMONIC)

    @property
    def skip(self) -> Expr:
        """Where an answer rested on something that is not followed."""
        return or_(*self.skipped)
