"""One function per diagnostic that the syntax stage can give."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cecheck.diagnostics import Code, Diagnostic, Note
from cecheck.source import Source, Span
from cecheck.syntax import hints
from cecheck.syntax.operators import STRENGTH
from cecheck.syntax.scan import Kind, Token

# ---- characters, sizes, expectations -----------------------------------------------------------


def not_a_file(source: Source) -> Diagnostic:
    """Return that a path names a device, a pipe, or a folder."""
    return Diagnostic(Code.NOT_TEXT, f"`{source.path}` is not a regular file", _top(source))


def not_utf8(source: Source, offset: int) -> Diagnostic:
    """Return where the bytes of a file stop being UTF-8."""
    return Diagnostic(
        Code.NOT_TEXT,
        "this byte is not UTF-8 text",
        Span(source, offset, offset + 1),
        help="save the file as UTF-8",
    )


def too_long(source: Source, limit: int) -> Diagnostic:
    """Return that a file is larger than *limit* bytes."""
    return Diagnostic(Code.TOO_LARGE, f"the file is larger than {limit:,} bytes", _top(source))


def too_many_tokens(span: Span, limit: int) -> Diagnostic:
    """Return that a file has more than *limit* tokens."""
    return Diagnostic(Code.TOO_LARGE, f"the file has more than {limit:,} words and symbols", span)


def name_too_long(span: Span, limit: int) -> Diagnostic:
    """Return that a name is longer than *limit*."""
    return Diagnostic(Code.TOO_LARGE, f"a name has at most {limit} characters", span)


def number_too_long(span: Span, limit: int) -> Diagnostic:
    """Return that a number is longer than *limit*."""
    return Diagnostic(Code.TOO_LARGE, f"a number has at most {limit} characters", span)


def too_deep(span: Span, limit: int) -> Diagnostic:
    """Return that brackets, operators and `else if` nest deeper than *limit*."""
    return Diagnostic(
        Code.TOO_LARGE,
        f"brackets and operators nest deeper than {limit}",
        span,
        help="give parts of it names with `let`, or use `switch` for many cases",
    )


def hidden_character(span: Span) -> Diagnostic:
    """Return that a character is invisible, or changes how the text looks."""
    return Diagnostic(
        Code.BAD_CHARACTER,
        f"the invisible character U+{ord(span.text):04X} may not stand in a specification",
        span,
        help="remove it: what a reader sees must be what is checked",
    )


def bad_expectation(span: Span, written: str) -> Diagnostic:
    """Return that an expectation is none of the forms there are."""
    what = f"`{_short(written)}` is not an expectation" if written else "nothing is expected here"
    return Diagnostic(
        Code.BAD_EXPECTATION,
        what,
        span,
        help="write `// expect: proved|refuted|unknown|vacuous [check] [at site] "
        "[hostile|well-behaved] [because cause]`",
    )


def bad_cause(span: Span, written: str, causes: Iterable[str]) -> Diagnostic:
    """Return that an expectation names a root cause that there is not, or of no refutation."""
    known = list(causes)
    what = "is no root cause" if written not in known else "is why something is refuted"
    listed = ", ".join(known)
    return Diagnostic(
        Code.BAD_EXPECTATION, f"`{_short(written)}` {what}", span,
        help=f"write `refuted ... because` and one of: {listed}",
    )  # fmt: skip


def late_expectation(span: Span) -> Diagnostic:
    """Return that an expectation stands where nobody reads it."""
    return Diagnostic(
        Code.BAD_EXPECTATION,
        "an expectation stands in the first comment lines of a file",
        span,
        help="move the line to the top",
    )


def _top(source: Source) -> Span:
    return Span(source, 0, 0)


# ---- what does not follow the grammar ----------------------------------------------------------

# Words and symbols that only go on with what is already complete.
_CONTINUING: Final = frozenset(
    {*STRENGTH, "?", "as", "of", ".", "[", ";", "timeout", "sized", "decreases", "code"}
    | {"+=", "-=", "*=", "/=", "%=", "|=", "&=", "^=", "<<=", ">>="}
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# A phrase, the words that show that it is meant, and all that it stands for.
_PHRASES: Final = (
    (
        "a declaration",
        _words("platform"),
        _words("use const param type enum struct platform driver client fn api rule test")
        | _words("invariant policy"),
    ),
    (
        "a member of the platform",
        _words("environment"),
        _words("const type enum struct var map resource fn api call invariant process thread")
        | _words("drivers environment scale critical"),
    ),
    (
        "a member of the driver",
        _words("nonrecursive"),
        _words("const type enum struct var fn api invariant nonrecursive lock manual event")
        | _words("thread context read write NAME"),
    ),
    (
        "a statement",
        _words("while"),
        _words("let var NAME process context wait if while for loop switch try acquire release")
        | _words("signal reset atomic assert assume cover invariant read write dma step return")
        | _words("raise break continue"),
    ),
    (
        "a value",
        _words("sizeof"),
        _words("NUMBER STRING NAME process context wait - + ! ~ & ( { any sizeof offsetof"),
    ),
    ("a type", _words("lock event"), _words("user ptr set NAME process lock event context (")),
)
_SPOKEN: Final = {
    "$END": "the end of the file",
    "NAME": "a name",
    "NUMBER": "a number",
    "STRING": "a text in quotes",
}


def unexpected(
    source: Source, tokens: list[Token], first: int, index: int, fitting: frozenset[str]
) -> Diagnostic:
    """Return that ``tokens[index]`` is none of *fitting*, after ``tokens[first:index]``."""
    token = tokens[index]
    before = _joined(tokens[max(first, index - _WINDOW) : index])
    advice = hints.find(before, _joined(tokens[index : index + _WINDOW]), fitting)
    if token.kind is Kind.BAD:
        return _not_a_token(source, token, advice)
    wanted = _expected(fitting)
    if advice is None and token.kind is Kind.WORD and "a name" in wanted:
        advice = f"`{_short(token.text)}` is a word of the language and cannot be a name here"
    found = f"`{_short(token.text)}`" if token.text else "the end of the file"
    return Diagnostic(
        Code.UNEXPECTED_TOKEN,
        f"expected {_alternatives(wanted)}, found {found}",
        Span(source, token.start, token.end),
        notes=_still_open(source, tokens[first:index], token),
        help=advice,
    )


_WINDOW: Final = 12
_SHORT: Final = 40


def _joined(tokens: Iterable[Token]) -> str:
    """Return the text that hints are looked for in: short, whatever stands in the file."""
    return " ".join(_short(token.text) for token in tokens)


def _short(text: str) -> str:
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 3]}..."


def _not_a_token(source: Source, token: Token, advice: str | None) -> Diagnostic:
    """Return why *token* is no word, symbol, number or text at all."""
    code, span = Code.UNEXPECTED_TOKEN, Span(source, token.start, token.end)
    if token.text.startswith("/*"):
        span = Span(source, token.start, token.start + 2)
        return Diagnostic(code, "this comment is never closed", span, help="close it with `*/`")
    if token.text.startswith('"'):
        return Diagnostic(code, "this text does not end on its line", span, help=advice)
    if token.text[0].isdigit() and token.text.isascii():
        usual = "numbers are written `10`, `1_000` or `0x1F`: no suffix, no leading zero"
        return Diagnostic(
            code, f"`{_short(token.text)}` is not a number", span, help=advice or usual
        )
    usual = "names are made of the letters A to Z, digits and `_`"
    return Diagnostic(
        Code.BAD_CHARACTER,
        f"`{token.text}` may stand in comments and texts only",
        span,
        help=advice or (None if token.text.isascii() else usual),
    )


def _expected(fitting: frozenset[str]) -> list[str]:
    """Return the phrases for *fitting*, leaving out what only continues if there is more."""
    if {"platform", "while"} <= fitting:
        fitting = frozenset(t for t in fitting if not t.isidentifier()) | {"NAME"}
    phrases = []
    for phrase, marks, members in _PHRASES:
        if marks <= fitting:
            phrases.append(phrase)
            fitting -= members
    rest = fitting - _CONTINUING
    if "=" not in rest and (phrases or len(rest) > 1):
        rest -= {"("}
    if not phrases and not rest:
        rest = fitting
    return phrases + [_SPOKEN.get(text, f"`{text}`") for text in sorted(rest)]


def _alternatives(phrases: list[str]) -> str:
    *most, last = phrases if len(phrases) <= _MANY else [*phrases[:_MANY], "something else"]
    return f"{', '.join(most)} or {last}" if most else last


_MANY: Final = 5


def begins_line(source: Source, token: Token) -> bool:
    """Return whether *token* stands in the first column, as a declaration usually does."""
    return source.text[max(token.start - 1, 0) : token.start] in ("", "\n")


def _still_open(source: Source, before: Iterable[Token], token: Token) -> tuple[Note, ...]:
    """Return the bracket that may lack its end, if *token* is where that first shows."""
    if token.kind is not Kind.END and not begins_line(source, token):
        return ()
    opened: list[Token] = []
    for earlier in before:
        if earlier.kind is Kind.SYMBOL and earlier.text in "([{":
            opened.append(earlier)
        elif earlier.kind is Kind.SYMBOL and earlier.text in ")]}" and opened:
            opened.pop()
    if not opened:
        return ()
    last = opened[-1]
    return (Note(f"this `{last.text}` is still open", Span(source, last.start, last.end)),)
