"""Malformed examples and what to write instead: a table of what a C programmer tries first."""

from __future__ import annotations

import re
from typing import Final

from cecheck.record import record

_W: Final = r"[A-Za-z_]\w*"
# Nothing that a call could have before its parenthesis.
_FREE: Final = r"(^|return |[^\w\s)\]] )"


@record
class Hint:
    """Advice for the text *wrong* and its like.

    *before* must end at the token that does not fit, *found* begin there; both are looked for in
    the tokens with one space between them.  *fits*, if any, must be among what would have fitted.
    """

    wrong: str
    before: str
    found: str
    fits: str
    advice: str


_DECLARE: Final = "a variable is declared by `var x : u32 = 1`, or `let x = 1` if it never changes"
_TYPE_LAST: Final = "the type follows the name: `length : u32`"
_INCREMENT: Final = "write `x += 1`"
_CAST: Final = "a cast is written `x as u32`, or `p as ptr u8`"
_BRACES: Final = "a body always stands in braces: `if a { return 1 }`"
_EQUALS: Final = "a comparison is `==`, and `=` an assignment"
_WORDS: Final = "write `&&`, `||` and `!`"
_UNARY: Final = "there is no `*p`: write `p[0]`, or `p.field`"
_FRACTION: Final = "there are no fractions: all numbers are integers"

HINTS: Final = (
    Hint("test t { x = a and b }", r"\b(and|or)$", "", "", _WORDS),
    Hint("test t { u32 *p = x }", rf"{_W}$", rf"\* {_W}", "+=", _DECLARE),
    Hint(
        "test t { goto fail }",
        r"\bgoto$",
        "",
        "",
        "there is no `goto`: use `try { } finally { }`",
    ),
    Hint("test t { u32 x = 1 }", rf"{_W}$", rf"{_W}( [=;,\[}}]|$)", "+=", _DECLARE),
    Hint("driver D { u32 *x; }", rf"{_W}$", r"\*", "(", _DECLARE),
    Hint("test t { if a and b { } }", "", r"(and|or)\b", "&&", _WORDS),
    Hint("test t { if p in key { } }", "", r"in\b", "has", "membership is `key has p`"),
    Hint("fn f() { x = p->y }", "", r"-> ", "", "there is no `->`: write `p.field`"),
    Hint("fn f(Request *p) { }", rf"[(,] {_W}$", rf"(\* )*{_W}", ":", _TYPE_LAST),
    Hint("struct S { u32 length; }", rf"[{{;] {_W}$", rf"(\* )*{_W}", ":", _TYPE_LAST),
    Hint("test t { const u32 x = 1 }", "", r"const\b", "let", "inside a body use `let x = 1`"),
    Hint("const u32 N = 1", rf"\b(const|let|var) {_W}$", rf"(\* )*{_W}", "=", _TYPE_LAST),
    Hint("test t { *p = 1 }", "", rf"\* ({_W}|\()", "", _UNARY),
    Hint("test t { x = a *p = 1 }", rf"\* {_W}$", "= ", "", _UNARY),
    Hint("test t { x++ }", rf"({_W}|\])$", r"(\+ \+|- -)", "", _INCREMENT),
    Hint("test t { y = x++ }", r"(\+ \+|- -)$", "", "", _INCREMENT),
    Hint(
        "test t { for (i = 0; i < n; i++) { } }",
        r"\bfor$",
        r"\(",
        "",
        "write `for i in 0 .. n { }`",
    ),
    Hint("test t { f((u32 *) p) }", rf"\( {_W}( {_W})? \*$", r"\)", "", _CAST),
    Hint("test t { if (a) return 1 }", r"\b(if|while|for|else)\b[^{}]*$", rf"{_W}", "{", _BRACES),
    Hint(
        "test t { if a = 1 { } }",
        r"\b(if|while|assert|assume|return)\b[^{}]*$",
        "= ",
        "",
        _EQUALS,
    ),
    Hint("test t { x = not b }", r"\bnot( \w+)?$", "", "", _WORDS),
    Hint("test t { y = f((u32) x) }", rf"{_FREE}\( {_W} \)( {_W}( \. {_W})*)?$", "", "", _CAST),
    Hint(
        "test t { return 1 x = 2 }",
        r"\b(return|raise|break|continue)\b[^{};]*;?$",
        "",
        "}",
        "nothing can follow a jump in its block",
    ),
    Hint("driver D { u32 x = 1 }", rf"{_W} {_W}$", r"[=;,\[]", "code", _DECLARE),
    Hint("test t { x == 1 }", "", "==", "+=", _EQUALS),
    Hint(
        "test t { switch x { case 1: break } }",
        r"\b(case [^{}]*|default)$",
        ":",
        "",
        "write `case 1 { }` and `default { }`",
    ),
    Hint(
        "test t { do { } while (x) }",
        r"\bdo$",
        r"\{",
        "",
        "write `loop { if !again { break } }`",
    ),
    Hint("#include <windows.h>", "", "# include", "", 'write `use "file.ce"`'),
    Hint("#define N 4", "", "# define", "", "write `const N = 4`"),
    Hint("typedef struct { } S", "", r"typedef\b", "", "write `struct Name { length : u32 }`"),
    Hint("test t { x = 'a' }", "", "'", "", "write the number of the character"),
    Hint("test t { x = 1.5 }", r"\d \.$", r"\d", "", _FRACTION),
    Hint(
        "fn f(p: ptr ptr u8) { }",
        r"\bptr( \?)?$",
        r"(user|ptr|set)\b",
        "",
        "put the target in parentheses: `ptr (ptr u8)`",
    ),
    Hint(
        "test t { wait(done) }",
        r"\bwait$",
        r"\(",
        "",
        "write `wait done`, or `wait done timeout`",
    ),
    Hint("test t { x = sizeof y }", r"\bsizeof$", "", "", "write `sizeof(Type)`"),
    Hint(
        "test t { read p[0 : 4] }",
        r"\[ [^\[\]]*$",
        ":",
        "",
        "a range is `p[a .. b]`, without `b`",
    ),
    Hint(
        "test t { { x = 1 } }",
        r"[{};]$",
        r"\{",
        "while",
        "a block in a body has a label: `name: { }`",
    ),
    Hint(
        "test t { x }",
        rf"[{{}};] {_W}$",
        r"[;}}]",
        "+=",
        "a statement is a call or an assignment",
    ),
)


def find(before: str, found: str, fitting: frozenset[str]) -> str | None:
    """Return the advice for a token that begins *found*, after *before*."""
    for hint in HINTS:
        fits = not hint.fits or hint.fits in fitting
        if fits and re.match(hint.found, found) and re.search(hint.before, before):
            return hint.advice
    return None
