"""Random texts that the grammar derives: syntax without a meaning, as a rule.

A rule is expanded by one of its shortest ways once the text is long enough, so that each ends.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from random import Random
from typing import Any, Final

from cecheck import paths

ENOUGH: Final = 400  # words, after which everything is kept short
_NAMES: Final = (
    "a", "b", "p", "n", "in", "in_len", "Sample", "Request", "Run", "App", "cs", "done", "u8",
    "u32", "bool", "ce5", "MapCallerPtr", "ERROR_SUCCESS", "everyone", "null", "true", "untrusted",
)  # fmt: skip
_NUMBERS: Final = ("0", "1", "2", "7", "0xFF", "4096", "0xFFFF_FFFF", "4_294_967_296")
_BEGIN: Final = ("use ce5", "struct Request { n : u32 p : user ptr u8[n] }", "const a = 1")


@cache
def _rules() -> tuple[dict[str, list[Any]], dict[str, str], dict[str, int]]:
    """Return the ways of each symbol, the texts of fixed words, and how deep each is at least."""
    from lark import Lark  # noqa: PLC0415

    made: Any = Lark(paths.GRAMMAR.read_text(encoding="utf-8"), parser="lalr")
    ways: dict[str, list[Any]] = defaultdict(list)
    for rule in made.rules:
        ways[rule.origin.name].append(rule.expansion)
    words = {t.name: t.pattern.value for t in made.terminals if t.pattern.type == "str"}
    depths: dict[str, int] = {}
    changed = True
    while changed:
        changed = False
        for name, found in ways.items():
            known = [_depth(way, depths) for way in found]
            least = min((d for d in known if d is not None), default=None)
            if least is not None and depths.get(name) != least + 1:
                depths[name] = least + 1
                changed = True
    return dict(ways), words, depths


def _depth(way: list[Any], depths: dict[str, int]) -> int | None:
    inner = [0 if symbol.is_term else depths.get(symbol.name) for symbol in way]
    return None if None in inner else max(inner, default=0)  # type: ignore[type-var]


def derivation(seed: int) -> str:
    """Return a text of the language of the grammar, and a few lines that give it a meaning."""
    random = Random(seed)
    ways, words, depths = _rules()
    text: list[str] = []
    pending: list[Any] = ["start"]
    while pending:
        symbol = pending.pop()
        name = symbol if isinstance(symbol, str) else symbol.name
        if name not in ways:
            text.append(_word(name, words, random))
            continue
        some = ways[name]
        if len(text) > ENOUGH or random.random() < 0.1:
            costs = [_depth(way, depths) or 0 for way in some]
            some = [way for way, cost in zip(some, costs, strict=True) if cost == min(costs)]
        pending += reversed(random.choice(some))
    lines = list(_BEGIN) if random.random() < 0.7 else []
    return "\n".join([*lines, " ".join(text), ""])


def _word(name: str, words: dict[str, str], random: Random) -> str:
    match name:
        case "NAME":
            return random.choice(_NAMES)
        case "NUMBER":
            return random.choice(_NUMBERS)
        case "STRING":
            return random.choice(('"lib.ce"', '""', '"../x.ce"'))
        case _:
            return words[name]
