"""The LALR table as data, and its text form in `grammar/table.json`.

States, rules and terminals are numbers.  An action is a state to shift to, or the complement
``~rule`` of a rule to reduce by; `default` is the reduction of a state for every other token (it
delays the discovery of an error past reductions, never past a shift).
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Final

from cecheck.record import record

FORMAT: Final = "1"
END, NAME, NUMBER, STRING = range(4)
SPECIAL: Final = ("$END", "NAME", "NUMBER", "STRING")
# The action of a rule that is a helper of the generator: a list that its parent takes apart.
LIST: Final = "[]"
# The action of a rule that has one child and passes it on.
SAME: Final = "="


@record
class Rule:
    """One production.

    *picks* says what the action is given: the child at an index, the items of the list at the
    complement of an index, or None in the place of an absent optional part.
    """

    action: str
    nonterminal: int
    size: int
    picks: tuple[int | None, ...]


@record
class State:
    """One row: what to do at a terminal, and where to go after a nonterminal."""

    default: int | None
    actions: dict[int, int]
    gotos: dict[int, int]


@record
class Table:
    """A parser for the grammar that *key* identifies; it starts in state 0.

    *terminals* are the texts of keywords and symbols, after the four special ones; *reserved* are
    the keywords that are never names.
    """

    key: str
    terminals: tuple[str, ...]
    reserved: frozenset[str]
    rules: tuple[Rule, ...]
    states: tuple[State, ...]


def key_of(grammar: str) -> str:
    """Return what identifies tables made from *grammar*."""
    return sha256(f"{FORMAT}\n{grammar}".encode()).hexdigest()


def dump(table: Table) -> str:
    """Return *table* as JSON with one row per line."""
    head = {
        "key": table.key,
        "terminals": table.terminals,
        "reserved": sorted(table.reserved),
    }
    rules = [[r.action, r.nonterminal, r.size, list(r.picks)] for r in table.rules]
    states = [[s.default, _flat(s.actions), _flat(s.gotos)] for s in table.states]
    return "\n".join(
        [
            json.dumps(head)[:-1] + ', "rules": [',
            ",\n".join(json.dumps(row, separators=(",", ":")) for row in rules),
            '], "states": [',
            ",\n".join(json.dumps(row, separators=(",", ":")) for row in states),
            "]}\n",
        ]
    )


def load(text: str) -> Table:
    """Return the table that `dump` wrote."""
    data = json.loads(text)
    return Table(
        data["key"],
        tuple(data["terminals"]),
        frozenset(data["reserved"]),
        tuple(
            Rule(name, origin, size, tuple(picks)) for name, origin, size, picks in data["rules"]
        ),
        tuple(State(default, _pairs(a), _pairs(g)) for default, a, g in data["states"]),
    )


def _flat(row: dict[int, int]) -> list[int]:
    return [number for pair in row.items() for number in pair]


def _pairs(flat: list[int]) -> dict[int, int]:
    return dict(zip(flat[::2], flat[1::2], strict=True))
