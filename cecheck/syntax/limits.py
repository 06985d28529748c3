"""What a text may be before it is parsed: UTF-8, no hidden characters, of bounded size and depth.

A specification may come from somebody else.  Hidden and direction-changing characters could
show a reader another program than the one that is checked; size and depth bound the work and the
stack of every later stage.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Final

from cecheck.diagnostics import Diagnostic
from cecheck.source import Source, Span
from cecheck.syntax import errors
from cecheck.syntax.scan import Kind, Token

MAX_BYTES: Final = 1_000_000
MAX_TOKENS: Final = 60_000
MAX_DEPTH: Final = 200
MAX_NAME: Final = 128
MAX_NUMBER: Final = 40
_MAX_REPORTED: Final = 20

# Controls but tab and newline (a carriage return only before a newline), line separators,
# soft hyphen, zero-width and direction marks, tags, surrogates and the two non-characters.
_FORBIDDEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
    "|\r(?!\n)"
)

# Words between two operands; any other word after an operand begins something new.
_JOINING: Final = frozenset({"as", "of", "has", "else", "sized", "timeout"})
# Words after which an operand is still to come.
_INCOMPLETE: Final = _JOINING | {"wait", "user", "ptr", "set", "if", "return", "raise"}


def read_source(path: Path, shown: str | None = None) -> Source | Diagnostic:
    """Return the text of the file *path*, reported as *shown*; OSError where there is none."""
    name = shown if shown is not None else str(path)
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
    # The path is resolved first, so that a link put there meanwhile is refused.
    handle = os.open(os.path.realpath(path), flags)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return errors.not_a_file(Source(name, ""))
        with os.fdopen(handle, "rb", closefd=False) as file:
            data = file.read(MAX_BYTES + 1)
    finally:
        os.close(handle)
    return decoded(name, data)


def decoded(name: str, data: bytes) -> Source | Diagnostic:
    """Return *data* as the text called *name*, without a byte order mark at its beginning."""
    if len(data) > MAX_BYTES:
        return errors.too_long(Source(name, ""), MAX_BYTES)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        good = data[: error.start].decode("utf-8")
        return errors.not_utf8(Source(name, good + "\N{REPLACEMENT CHARACTER}"), len(good))
    return Source(name, text.removeprefix("\ufeff"))


def refusals(source: Source) -> tuple[Diagnostic, ...]:
    """Return why *source* must not even be split into tokens."""
    if len(source.text) > MAX_BYTES:
        return (errors.too_long(source, MAX_BYTES),)
    found = []
    for match in _FORBIDDEN.finditer(source.text):
        found.append(errors.hidden_character(Span(source, *match.span())))
        if len(found) == _MAX_REPORTED:
            break
    return tuple(found)


def excesses(source: Source, tokens: list[Token]) -> tuple[Diagnostic, ...]:
    """Return which tokens are too long, too many, or too deep to be parsed."""
    if len(tokens) - 1 > MAX_TOKENS:
        last = tokens[-1]
        return (errors.too_many_tokens(Span(source, last.start, last.end), MAX_TOKENS),)
    found = []
    for kind, text, start, end in tokens:
        if kind is Kind.WORD and len(text) > MAX_NAME:
            found.append(errors.name_too_long(Span(source, start, end), MAX_NAME))
        elif kind is Kind.NUMBER and len(text) > MAX_NUMBER:
            found.append(errors.number_too_long(Span(source, start, end), MAX_NUMBER))
    deep = _too_deep(tokens)
    if deep is not None:
        found.append(errors.too_deep(Span(source, deep.start, deep.end), MAX_DEPTH))
    return tuple(found[:_MAX_REPORTED])


def _too_deep(tokens: list[Token]) -> Token | None:
    """Return the token that nests deeper than the limit.

    Not only brackets nest: so do ``1 + 1 + ...``, ``a.b.c``, ``- - x`` and ``else if``.  Each
    open bracket therefore counts the joints of the row that it holds; a row ends at a comma, at
    a semicolon, and where one operand follows another.  A brace counts as two levels.
    """
    depth = row = 0
    outer: list[int] = []
    complete = False
    for token in tokens:
        kind, text = token.kind, token.text
        if kind is Kind.SYMBOL and text in "([{":
            # A pair of braces is two levels of the tree: the statement, and its block.
            joint = int(complete) if text != "{" else 1
            outer.append(row + joint)
            depth += joint + 1
            row = 0
            complete = False
        elif kind is Kind.SYMBOL and text in ")]}":
            depth -= row + bool(outer)
            row = outer.pop() if outer else 0
            complete = True
        else:
            ends_row = text in ",;" if kind is Kind.SYMBOL else complete and text not in _JOINING
            complete = kind is not Kind.SYMBOL and text not in _INCOMPLETE
            depth += -row if ends_row else not complete
            row = 0 if ends_row else row + (not complete)
        if depth > MAX_DEPTH:
            return token
    return None
