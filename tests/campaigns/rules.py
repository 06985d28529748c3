"""How much of the grammar the random specifications use: of each rule the share that has it.

Usage: python tests/campaigns/rules.py [--first 0] [--count 100]

So many specifications of each kind are written and parsed, by the parser that lark makes of the
grammar.  What a text only names, like a shipped platform, does not count.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lark import Lark

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

from campaigns.programs.heap import Topic  # noqa: E402
from campaigns.programs.topics import known  # noqa: E402
from campaigns.random_specs import case  # noqa: E402

LEAST = 0.01  # of all specifications, at least of one kind


class Rules:
    """The grammar, which notes which of its rules a text uses."""

    def __init__(self) -> None:
        grammar = (ROOT / "grammar" / "cecheck.lark").read_text(encoding="utf-8")
        self.lark = Lark(grammar, parser="lalr", lexer="contextual", maybe_placeholders=True)
        callbacks: dict[Any, Callable[..., Any]] = self.lark.parser.parser.parser.callbacks
        self.used: set[str] = set()
        self.names = {name for rule in callbacks if (name := _name(rule))}
        for rule, callback in callbacks.items():
            callbacks[rule] = self._noting(_name(rule), callback)

    def _noting(self, name: str, callback: Callable[..., Any]) -> Callable[..., Any]:
        def note(children: list[Any]) -> Any:
            self.used.add(name)
            return callback(children)

        return note

    def of(self, text: str) -> set[str]:
        """Return the names of the rules, and of the alternatives that have one, in *text*."""
        self.used.clear()
        self.lark.parse(text)
        return self.used & self.names


def _name(rule: Any) -> str:
    """Return what a reader of the grammar calls *rule*; nothing if lark made it of a repetition."""
    name = str(rule.alias or rule.origin.name)
    return "" if name.startswith("_") else name


def kinds() -> dict[str, Callable[[int], str]]:
    """Return how a specification of each kind is written."""
    found: dict[str, Callable[[int], str]] = {
        f"a program, {topic.value}": lambda seed, topic=topic: known(seed, topic).text  # type: ignore[misc]
        for topic in Topic
    }
    found["alone"] = lambda seed: case(seed).text
    found["with threads"] = lambda seed: case(seed, threads=True).text
    return found


def shares(first: int, count: int) -> dict[str, Counter[str]]:
    """Return of each kind how often each rule is used."""
    rules, found = Rules(), {}
    for kind, write in kinds().items():
        found[kind] = Counter({name: 0 for name in rules.names})
        for seed in range(first, first + count):
            found[kind].update(rules.of(write(seed)))
    return found


def main() -> None:
    """Print of each rule the largest share, and in what."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=100)
    given = parser.parse_args()
    found = shares(given.first, given.count)
    most = {
        name: max((counts[name] / given.count, kind) for kind, counts in found.items())
        for name in next(iter(found.values()))
    }
    for name, (share, kind) in sorted(most.items(), key=lambda one: one[1]):
        print(f"{share:6.1%} {name}, {kind}")
    rare = [name for name, (share, _) in most.items() if share < LEAST]
    print(f"{len(most)} rules, {len(rare)} of them in less than {LEAST:.0%} of every kind")


if __name__ == "__main__":
    main()
