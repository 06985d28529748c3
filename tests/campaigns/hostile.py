"""Texts made by hand to break the front end: what is too long, too deep, too much, or in a circle.

Each family grows one number through sizes below, at and beyond what may be.  None of them may end
in a crash, or take long: a limit is met before the work that it bounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
SIZES: Final = (1, 40, 190, 400, 3_000, 60_000)
SHORT: Final = (1, 8, 40, 70, 300)
DIGITS: Final = 30  # of a number that stands for a size
LONGEST: Final = 4 << 20  # characters: four times as many as a file may have

_HEAD: Final = "// expect: proved\nuse ce5"
_CLIENT: Final = "client App[*] : untrusted calls Sample.Run"
_ENTRY: Final = "ioctl Run(in: user ptr u8[in_len], in_len: u32)"


@dataclass(frozen=True)
class Spec:
    """A specification of one driver, by what stands where."""

    entry: str = ""  # in the entry
    outside: str = ""  # before the driver
    fields: str = ""  # before the entry
    target: str = ""  # behind what the client calls
    use: str = ""  # behind `use ce5`
    first: str = ""
    last: str = ""

    def text(self) -> str:
        """Return the specification."""
        return (
            f"{self.first}{_HEAD}{self.use}\n{self.outside}\ndriver Sample {{\n{self.fields}\n"
            f"    {_ENTRY} {{\n        {self.entry}\n        return 0\n    }}\n}}\n"
            f"{_CLIENT}{self.target}\n{self.last}"
        )


@dataclass(frozen=True)
class Family:
    """*unit* again and again, then *middle*, then *close* as often.

    In a unit # is its number, < the one before, > the next one, % the next one of a ring; in what
    comes after all, > is the next one.
    """

    name: str
    place: str
    unit: str
    middle: str = ""
    close: str = ""
    before: str = ""
    after: str = ""

    def text(self, n: int) -> str:
        """Return the specification with *n* units, or as many as a file can hold."""
        n = min(n, LONGEST // len(self.unit + self.close))
        units = "".join(
            self.unit.replace("#", str(k)).replace("<", str(k - 1)).replace(">", str(k + 1))
            .replace("%", str((k + 1) % n))
            for k in range(1, n + 1)
        )  # fmt: skip
        rest = self.middle + self.close * n + self.after.replace(">", str(n + 1))
        return Spec(**{self.place: self.before + units + rest}).text()


GROWING: Final = (
    Family("sum", "entry", " + 1", before="let y = in_len"),
    Family("product", "entry", " * in_len", before="let y = in_len"),
    Family("minus", "entry", "- ", "in_len", before="let y = "),
    Family("complement", "entry", "~", "in_len", before="let y = "),
    Family("not", "entry", "!", "(in_len == 0)", before="let y = "),
    Family("parentheses", "entry", "(", "in_len", ")", before="let y = "),
    Family("open parentheses", "entry", "(", "in_len", before="let y = "),
    Family("closing parentheses", "entry", ")", before="let y = in_len"),
    Family("choices", "entry", "in_len == 1 ? 2 : ", "in_len", before="let y = "),
    Family("casts", "entry", " as u8 as u32", before="let y = in_len"),
    Family("indices", "entry", "[0]", before="let y = in"),
    Family("members", "entry", ".a", before="let y = in"),
    Family("calls in calls", "entry", "MapCallerPtr(", "in", ", 1)", before="let y = "),
    Family("blocks", "entry", "if in_len == 1 { ", close="}"),
    Family("else if", "entry", " else if in_len == 2 { }", before="if in_len == 1 { }"),
    Family("loops in loops", "entry", "loop { ", close="break }"),
    Family("tries in tries", "entry", "try { ", close="} except { }"),
    Family("final parts", "entry", "try { ", close="} finally { raise }"),
    Family("locks in locks", "entry", "acquire cs { ", close="}"),
    Family("statements", "entry", "y = 1\n", before="var y = in_len\n"),
    Family("declarations", "entry", "let y# = in_len\n"),
    Family("asserts", "entry", "assert in_len == in_len\n"),
    Family("reads", "entry", "r#: read in[0 .. in_len]\n"),
    Family("labels alike", "entry", "r: read in[0 .. in_len]\n"),
    Family("cases", "entry", " case # { }", before="switch in_len {", after=" default { } }"),
    Family("cases alike", "entry", " case 1 { }", before="switch in_len {", after="default { } }"),
    Family("allocations", "entry", "let p# = alloc(1)  free(p#)\n"),
    Family("arguments", "entry", "1, ", before="let y = MapCallerPtr(", after="1)"),
    Family("names", "entry", "y", before="let ", after=" = in_len"),
    Family("numbers", "entry", "9", before="let y = in_len + "),
    Family("hexadecimals", "entry", "F", before="let y = in_len + 0x"),
    Family("underscores", "entry", "_0", before="let y = in_len + 1"),
    Family("operators", "entry", "+ ", "1", before="let y = in_len "),
    Family("dots", "entry", ".", before="let y = in"),
    Family("semicolons", "entry", ";"),
    Family("at signs", "entry", "@ "),
    Family("spaces", "entry", " "),
    Family("empty lines", "entry", "\n"),
    Family("tabs", "entry", "\t"),
    Family("lines of another system", "entry", "\r\n"),
    Family("carriage returns", "entry", "\r"),
    Family("errors", "entry", "let y# = nowhere#\n"),
    Family("type errors", "entry", "let y = in == in_len\n"),
    Family("names almost alike", "entry", "let y# = in_le#\n"),
    Family("globals", "fields", "var g# : u32\n"),
    Family("globals alike", "fields", "var g : u32\n"),
    Family("locks", "fields", "lock l#\n"),
    Family("arrays", "fields", "var g# : u8[64]\n"),
    Family("entries", "fields", "ioctl E#(in: user ptr u8[in_len], in_len: u32) { return 0 }\n"),
    Family("threads", "fields", "thread t# { loop { } }\n"),
    Family("fields", "outside", "f# : u32\n", before="struct S {\n", after="}"),
    Family("flexible fields", "outside", "f# : u8[]\n", before="struct S {\n", after="}"),
    Family("structures", "outside", "struct S# { f : u32 }\n"),
    Family("enumerators", "outside", "E#, ", before="enum E { ", after="LAST }"),
    Family("constants", "outside", "const C# = #\n"),
    Family("constants of constants", "outside", "const C# = C< + C<\n", before="const C0 = 1\n"),
    Family("constants backwards", "outside", "const D# = D> + 1\n", after="const D> = 1\n"),
    Family("aliases", "outside", "type T# = T<\n", before="type T0 = u32\n"),
    Family("functions", "outside", "fn f#() { }\n"),
    Family("functions in a row", "outside", "fn f#() { f<() }\n", before="fn f0() { }\n"),
    Family("functions in a ring", "outside", "fn f#() { f%() }\n", before="fn f0() { f1() }\n"),
    Family("parameters", "outside", "x#: u32, ", before="fn f(", after="last: u32) { }"),
    Family("pointers to pointers", "outside", "ptr (", "u8", ")", "struct S { p : ", " }"),
    Family("sets of sets", "outside", "set ", "u8", before="struct S { p : ", after=" }"),
    Family("arrays of arrays", "outside", "[2]", before="struct S { p : u8", after=" }"),
    Family("drivers", "outside", "driver D# { }\n"),
    Family("rules", "outside", "rule R# { }\n"),
    Family("tests", "outside", "test t# { }\n"),
    Family("policies", "outside", "policy least_privilege\n"),
    Family("params", "outside", "param P# : 1 .. 1\n"),
    Family("values", "outside", "param P# : 1 .. 9\n"),
    Family("targets", "target", ", Sample.Run"),
    Family("expectations", "first", "// expect: refuted bounds at x\n"),
    Family("comments", "first", "// a comment\n"),
    Family("uses", "first", "use ce5\n"),
    Family("strings", "first", "x", before='use "', after='.ce"\n'),
    Family("open string", "first", "x", before='use "', after="\n"),
    Family("steps left out", "use", "without step # ", before=" { ", after="}"),
    Family("steps exchanged", "use", "swap step 1, 2 ", before=" { ", after="}"),
    Family("steps repeated", "use", "repeat step 1 ", before=" { ", after="}"),
    Family("open comments", "last", "/*"),
    Family("stars", "last", "*", before="/*", after="/"),
    Family("braces", "last", "{"),
    Family("closing braces", "last", "}"),
    Family("brackets", "last", "["),
    Family("keywords", "last", "driver "),
    Family("keyword pairs", "last", "struct driver client "),
    Family("clients", "last", "client C# : untrusted calls Sample.Run\n"),
    Family("clients alike", "last", _CLIENT + "\n"),
)

# The same, of what grows faster.
EXPLODING: Final = (
    Family("functions that double", "outside", "fn f#() { f<() f<() }\n", before="fn f0() { }\n"),
    Family("structures that double", "outside", "struct S# { a : S< b : S< }\n",
           before="struct S0 { a : u32 }\n"),
    Family("constants that square", "outside", "const C# = C< * C<\n", before="const C0 = 3\n"),
    Family("many products", "outside", "param P# : 0 .. 9\n"),
)  # fmt: skip

# Where a number says how much there is; it takes the place of #.
AMOUNTS: Final = (
    Spec(entry="let y = in_len << #"),
    Spec(entry="for i in 0 .. # { }"),
    Spec(entry="let p = alloc(#)  free(p)"),
    Spec(entry="read in[# .. in_len]"),
    Spec(outside="const C = 1 << #"),
    Spec(outside="const C = # * # * #"),
    Spec(outside="struct S { a : u8[#] }"),
    Spec(outside="struct S { a : u8[#] b : u8[#] c : u8[#] }"),
    Spec(outside="param P : 0 .. #"),
    Spec(outside="enum E { A = # }"),
    Spec(fields="var g : u32[#]"),
    Spec(fields="thread t[#] { loop { } }"),
    Spec(last="client Other[#] : untrusted calls Sample.Run"),
)


def _read(name: str) -> list[str]:
    return (HERE / name).read_text(encoding="utf-8").splitlines()


# What stands alone, or in a wrong place; of some no file of lines can be made.
PIECES: Final = (
    *_read("pieces.txt"), "", "\n", 'use "a\0b"', "\ufeff", "\ufeff\ufeff", "\u202e", "\u200b",
    "\x00", "\x1b[31m", "\ud7ff", "\U000e0041", "\xe9", "\u540d", "a\u0301", "\u2028", "\x85",
)  # fmt: skip


@cache
def texts() -> tuple[tuple[str, bytes], ...]:
    """Return every text with its name."""
    return tuple((name, text.encode()) for name, text in _made())


def _made() -> Iterator[tuple[str, str]]:
    for families, sizes in ((GROWING, SIZES), (EXPLODING, SHORT)):
        for one in families:
            yield from ((f"{one.name} {size}", one.text(size)) for size in sizes)
    for number, spec in enumerate(AMOUNTS):
        for digits in (1, 3, 6, 9, 10, DIGITS):
            amount = "9" * digits
            yield f"amount {number} of {digits} digits", spec.text().replace("#", amount)
    for piece in PIECES:
        yield f"alone: {piece!r}", piece
        yield f"with a platform: {piece!r}", f"use ce5\n{piece}\n"
        yield f"behind a driver: {piece!r}", Spec(last=piece).text()
    for statement in _read("statements.txt"):
        yield f"statement: {statement}", Spec(entry=statement).text()
