"""Small changes of a specification: what an engineer gets wrong, and what a tool might miss."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from random import Random
from typing import Final, TypeAlias

Lines: TypeAlias = list[str]

_NUMBER: Final = re.compile(r"\b(0x[0-9A-Fa-f_]+|\d+)\b")
_BLOCK: Final = re.compile(r"(acquire \w+|try|if [^{]+) \{ (.*?) \}( except \{ \})?")
_NAME: Final = re.compile(r"\b[A-Za-z_]\w*\b")
_OTHERS: Final = {
    "<": ("<=", ">", "=="), "<=": ("<", "=="), ">": (">=", "<"), ">=": (">",), "==": ("!=",),
    "!=": ("==",), "+": ("-",), "-": ("+",), "*": ("+",), "||": ("&&",), "&&": ("||",),
}  # fmt: skip
_TYPE: Final = re.compile(r"\b[ui](?:8|16|32)\b")
_SIZE: Final = re.compile(r"(?<=sizeof\()\w+(?=\))")
_LOCAL: Final = re.compile(r"^\s*(?:\w+: )?let (\w+)(?: : [^=]+)? = (.+)$")
_OPERATOR: Final = re.compile(r"(?<= )(<=|>=|==|!=|\|\||&&|<|>|\+|-|\*)(?= )")
_ALIKE: Final = (  # names that may stand for each other
    ("MapCallerPtr", "MapPtrToProcess"),
    ("GetCallerProcess", "GetCurrentProcess", "GetOwnerProcess"),
    ("everyone", "saved", "saved_key", "key", "{}"), ("read", "write"), ("except", "finally"),
)  # fmt: skip


def mutants(text: str, random: Random) -> Iterator[str]:
    """Yield texts that differ from *text* in one or two places of a driver, without end."""
    while True:
        lines = text.splitlines()
        for _ in range(random.choice((1, 1, 2))):
            random.choice(_CHANGES)(lines, random)
        new = "\n".join(lines) + "\n"
        if new != text:
            yield new


def _inner(lines: Lines) -> list[int]:
    """Return the lines inside of drivers that are not comments."""
    found, inside = [], False
    for number, line in enumerate(lines):
        if inside and line.startswith("}"):
            inside = False
        if inside and line.strip() and not line.strip().startswith("//"):
            found.append(number)
        inside = inside or line.startswith("driver ")
    return found


def _statements(lines: Lines) -> list[int]:
    """Return the lines that are whole statements."""
    deep = [number for number in _inner(lines) if lines[number].startswith(" " * 8)]
    return [number for number in deep if lines[number].count("{") == lines[number].count("}")]


def _drop(lines: Lines, random: Random) -> None:
    if found := _statements(lines):
        del lines[random.choice(found)]


def _swap(lines: Lines, random: Random) -> None:
    found = _statements(lines)
    pairs = [n for n in found if n + 1 in found and _margin(lines[n]) == _margin(lines[n + 1])]
    if pairs:
        n = random.choice(pairs)
        lines[n], lines[n + 1] = lines[n + 1], lines[n]


def _margin(line: str) -> int:
    return len(line) - len(line.lstrip())


def _unwrap(lines: Lines, random: Random) -> None:
    """Take the braces of `acquire cs { ... }`, `try { ... } except { }` or `if x { ... }` away."""
    found = [
        (number, match)
        for number in _inner(lines)
        if (match := _BLOCK.search(lines[number]))
    ]
    if found:
        number, match = random.choice(found)
        lines[number] = lines[number][: match.start()] + match[2] + lines[number][match.end() :]


def _number(lines: Lines, random: Random) -> None:
    _replace(lines, random, _NUMBER, lambda word: [str(int(word, 0) + step) for step in (1, -1)])


def _operator(lines: Lines, random: Random) -> None:
    _replace(lines, random, _OPERATOR, lambda word: list(_OTHERS[word]))


def _alike(lines: Lines, random: Random) -> None:
    def others(word: str) -> list[str]:
        return [one for group in _ALIKE if word in group for one in group if one != word]

    _replace(lines, random, _NAME, others)


def _other_name(lines: Lines, random: Random) -> None:
    """Use another local, parameter, field or global than the one that is meant."""
    inner = _inner(lines)
    declared = {
        name
        for number in inner
        for name in re.findall(r"\b(?:let|var) (\w+)|(\w+)\s*:", lines[number])
        for name in name
        if name
    }
    others = sorted(declared)
    _replace(
        lines, random, _NAME, lambda word: [o for o in others if word in declared and o != word]
    )


def _type(lines: Lines, random: Random) -> None:
    """Take another width, or numbers with a sign."""
    types = ("u8", "u16", "u32", "i32")
    _replace(lines, random, _TYPE, lambda word: [one for one in types if one != word])


def _size(lines: Lines, random: Random) -> None:
    """Take the size of another type than the one that is meant."""
    types = ["u8", *(n for line in lines for n in re.findall(r"^struct (\w+)", line))]
    _replace(lines, random, _SIZE, lambda word: [one for one in types if one != word])


def _again(lines: Lines, random: Random) -> None:
    """Fetch again what was fetched into a local before."""
    fetched = {m[1]: m[2] for n in _inner(lines) if (m := _LOCAL.match(lines[n]))}
    fetched = {name: value for name, value in fetched.items() if "." in value or "[" in value}

    def others(word: str) -> list[str]:
        return [f"({fetched[word]})"] if word in fetched else []

    _replace(lines, random, _NAME, others)


def _no_time_out(lines: Lines, random: Random) -> None:
    _replace(lines, random, re.compile(r" timeout\b"), lambda _: [""])


def _replace(
    lines: Lines, random: Random, word: re.Pattern[str], others: Callable[[str], list[str]]
) -> None:
    """Replace one of the matches of *word* by one of its *others*."""
    found = [
        (number, match)
        for number in _inner(lines)
        for match in word.finditer(lines[number].partition("//")[0])
        if others(match[0])
    ]
    if found:
        number, match = random.choice(found)
        new = random.choice(others(match[0]))
        lines[number] = lines[number][: match.start()] + new + lines[number][match.end() :]


_CHANGES: Final = (
    _drop, _drop, _swap, _swap, _unwrap, _number, _operator, _alike, _other_name, _no_time_out,
    _type, _size, _again,
)  # fmt: skip
