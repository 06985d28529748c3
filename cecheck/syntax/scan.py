"""Text to raw tokens: words, symbols, numbers, texts, and what is none of them.

Never fails and never looks ahead further than one token; whether a word is a keyword is for the
parser to say.  `tests/syntax/test_grammar.py` holds the patterns against the grammar's.
"""

from __future__ import annotations

import re
from enum import Enum
from itertools import islice
from typing import Final, NamedTuple


class Kind(Enum):
    """What a raw token looks like."""

    WORD = "word"
    SYMBOL = "symbol"
    NUMBER = "number"
    STRING = "string"
    BAD = "bad"
    END = "end"


class Token(NamedTuple):
    """A piece of the text at ``[start:end]``."""

    kind: Kind
    text: str
    start: int
    end: int


# Every character is matched by some alternative, so that the scan cannot backtrack.
_TOKEN: Final = re.compile(
    r"""(?P<space>  [ \t\r\n]+ | //[^\n]* | /\*[\s\S]*?\*/ )
      | (?P<word>   [A-Za-z_][A-Za-z0-9_]* )
      | (?P<open>   /\*[\s\S]* )
      | (?P<symbol> <<= | >>= | \.\.\. | \.\. | -> | << | >> | <= | >= | == | != | && | \|\|
                  | [-+*/%&|^]= | [-+*/%&|^<>=!~?:;,.(){}\[\]] )
      | (?P<number> (?:0[xX][0-9A-Fa-f]+(?:_[0-9A-Fa-f]+)*|0|[1-9][0-9]*(?:_[0-9]+)*)
                    (?![A-Za-z0-9_]) )
      | (?P<string> "[^"\n]*" )
      | (?P<bad>    [0-9][A-Za-z0-9_]* | "[^\n]* | [^\n] )
    """,
    re.VERBOSE,
)
_KINDS: Final = {
    "word": Kind.WORD,
    "open": Kind.BAD,
    "symbol": Kind.SYMBOL,
    "number": Kind.NUMBER,
    "string": Kind.STRING,
    "bad": Kind.BAD,
}


def scan(text: str, most: int) -> list[Token]:
    """Return the first *most* tokens of *text*, without spaces and comments, and an END."""
    found = (
        Token(_KINDS[match.lastgroup], match.group(), *match.span())
        for match in _TOKEN.finditer(text)
        if match.lastgroup is not None and match.lastgroup != "space"
    )
    tokens = list(islice(found, most))
    end = tokens[-1].end if tokens else 0
    tokens.append(Token(Kind.END, "", end, end))
    return tokens
