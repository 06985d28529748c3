"""Spacer: property-directed search for an invariant of the thread-modular rule.

    Komuravelli, Gurfinkel, Chaki: SMT-Based Model Checking for Recursive Programs.  CAV 2014.

It is a source of lemmas and no more: `houdini` keeps those that are inductive, and what it calls
refuted is a hint to search deeper.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeAlias

import z3

from cecheck.encode.horn import Horn
from cecheck.engines.lemmas import Lemmas
from cecheck.engines.verdict import Name
from cecheck.lower.blocks import Blocks
from cecheck.record import record

ENGINE = "spacer"


@record
class Safe:
    """No violation is reachable, because of *lemmas* (those of them that could be read)."""

    lemmas: Lemmas


@record
class Unsafe:
    """A violation seems to be reachable for some number of threads."""

    def __str__(self) -> str:
        return "a violation seems possible, but no run was found"


@record
class NoAnswer:
    """Spacer gave up."""

    reason: str

    def __str__(self) -> str:
        return f"no answer ({self.reason})"


Hint: TypeAlias = Safe | Unsafe | NoAnswer


def search(blocks: Blocks, known: Lemmas, goals: Collection[Name], rlimit: int) -> Hint:
    """Ask whether one of the checks *goals* can be violated; *known* lemmas are inductive."""
    horn = Horn(blocks, known)
    horn.system.set(engine="spacer", rlimit=rlimit)
    for preprocessing in ("xform.slice", "xform.inline_linear", "xform.inline_eager"):
        horn.system.set(preprocessing, False)  # else relations are missing from the answer
    query = horn.ask_for({(name.thread, name.check) for name in goals})
    try:
        answer = horn.system.query(query)
    except z3.Z3Exception as error:  # not `unknown`: it raises at a limit
        if "memory" in str(error):
            raise MemoryError(str(error)) from error
        return NoAnswer(str(error))
    if answer == z3.sat:
        return Unsafe()
    if answer != z3.unsat:
        return NoAnswer(horn.system.reason_unknown())
    return Safe(_lemmas(blocks, horn, known))


def _lemmas(blocks: Blocks, horn: Horn, known: Lemmas) -> Lemmas:
    return tuple(
        [
            {
                cut: tuple(dict.fromkeys([*known[number].get(cut, ()), *horn.answer(number, cut)]))
                for cut in thread.cuts
            }
            for number, thread in enumerate(blocks.threads)
        ]
    )
