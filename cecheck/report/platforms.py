"""What a platform models, read off its text: for people who look for the one that they need."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from cecheck.record import record
from cecheck.source import Source
from cecheck.syntax import ast
from cecheck.syntax.parse import parse

_WIDTH = 96


@record
class Described:
    """A platform: what stands above it, *word*: the type of its addresses, *calls*: with the kind
    of entry that each enters, *functions* that a driver may call, *facts* that can be turned over.
    Each of these goes with the comment above it, empty where there is none."""

    name: str
    word: str
    about: str
    calls: tuple[tuple[str, str], ...]
    functions: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]


def described(file: Path) -> tuple[Described, ...]:
    """Return the platforms in *file*, which is one that is shipped: it has no errors."""
    source = Source(file.name, file.read_text(encoding="utf-8"))
    tree, _ = parse(source)
    items = () if tree is None else tree.items
    return tuple(_described(source.text, item) for item in items if isinstance(item, ast.Platform))


def _described(text: str, platform: ast.Platform) -> Described:
    calls, functions, facts = [], [], []
    for item in platform.items:
        above = _above(text, item.span.start)
        match item:
            case ast.Call():
                calls.append((_head(item.span.text), above))
            case ast.Function(is_api=True):
                functions.append((_head(item.span.text), above))
            case ast.Const():
                facts += _facts(text, item)
            case _:
                pass
    return Described(
        platform.name.text, platform.word.span.text, _above(text, platform.span.start),
        tuple(calls), tuple(functions), tuple(facts),
    )  # fmt: skip


def _head(text: str) -> str:
    """Return a declaration without its body, on one line."""
    return " ".join(text.partition("{")[0].split())


def _above(text: str, start: int) -> str:
    """Return the comment that ends on the line before the one of *start*, as one paragraph."""
    lines = text[:start].split("\n")[:-1]
    while lines and not lines[-1].strip():
        lines.pop()
    found: list[str] = []
    while lines and (match := re.match(r"\s*//(?! ----)\s?(.*)", lines.pop())):
        found.append(match[1].strip())
    return " ".join(reversed(found))


def _facts(text: str, constants: ast.Const) -> list[tuple[str, str]]:
    """Return those of *constants* that are true or false, with what stands behind them."""
    found = []
    for binding in constants.bindings:
        if isinstance(binding.value, ast.Name) and binding.value.text in ("true", "false"):
            behind = text[binding.value.span.end :].partition("\n")[0].partition("//")[2]
            found.append((f"{binding.name.text} = {binding.value.text}", behind.strip()))
    return found


def listed(some: Sequence[Described]) -> str:
    """Return a line or two for each platform: what it is, and how much of it there is."""
    wide = max((len(one.name) for one in some), default=0)
    lines = []
    for one in some:
        counts = f"calls {len(one.calls)}, functions {len(one.functions)}, facts {len(one.facts)}"
        lines.append(f"{one.name:{wide}}  {_title(one.about)}")
        lines.append(f"{'':{wide}}  addresses of {one.word[1:]} bits; {counts}")
    lines += ["", "`cecheck platforms NAME` tells more; `use NAME` in a specification takes one."]
    return "\n".join(lines) + "\n"


def _title(about: str) -> str:
    """Return what *about* says up to its first colon or the end of its first sentence."""
    return re.split(r"(?::|\.(?= |$))(?![^(]*\))", about, maxsplit=1)[0]


def told(one: Described) -> str:
    """Return everything about a platform, its functions with what is said of them."""
    from textwrap import fill  # noqa: PLC0415  (the list does without)

    def block(pairs: Sequence[tuple[str, str]]) -> list[str]:
        lines = []
        for head, about in pairs:
            lines.append(fill(head, _WIDTH, initial_indent="  ", subsequent_indent="      "))
            if about:
                indent = " " * 6
                lines.append(fill(about, _WIDTH, initial_indent=indent, subsequent_indent=indent))
        return lines

    out = [f"{one.name}, addresses of {one.word[1:]} bits", fill(one.about, _WIDTH), ""]
    out += ["calls that enter a driver", *block(one.calls), ""]
    out += ["functions", *block(one.functions), ""]
    out += ["named facts (`use NAME { const FACT = ... }` turns one over)", *block(one.facts)]
    return "\n".join(out) + "\n"
