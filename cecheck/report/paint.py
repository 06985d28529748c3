"""Text that is safe to show: control characters escaped, colour only where it is wanted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum

from cecheck.options import Color

# Everything that could move a cursor, hide text or end a line: C0, C1, separators, bidirectional
# controls, zero-width characters, lone surrogates, tags.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)


def plain(text: str) -> str:
    """Return *text* on one line with nothing in it that a terminal would obey."""
    return _UNSAFE.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    return " " if character == "\t" else f"\\u{{{ord(character):x}}}"


def shown_path(path: str) -> str:
    """Return *path* so that no build server takes a line that begins with it for a command."""
    return plain(f"./{path}" if path.startswith(("::", "##")) else path)


class Style(Enum):
    """What a piece of text is, as an ANSI code."""

    GOOD = "32"
    BAD = "31"
    DOUBT = "33"
    STRONG = "1"
    QUIET = "2"


def wants_color(choice: Color, environment: Mapping[str, str], is_terminal: bool) -> bool:
    """Return whether to colour: the option first, then NO_COLOR, FORCE_COLOR, the terminal."""
    if choice is not Color.AUTO:
        return choice is Color.ALWAYS
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR") or environment.get("CLICOLOR_FORCE"):
        return True
    return is_terminal and environment.get("TERM") != "dumb"


class Paint(Enum):
    """Whether styles show."""

    PLAIN = "plain"
    ANSI = "ansi"

    def __call__(self, style: Style, text: str) -> str:
        """Return *text* in *style*."""
        if self is Paint.PLAIN or not text:
            return text
        return f"\x1b[{style.value}m{text}\x1b[0m"
