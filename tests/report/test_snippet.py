"""Snippets and diagnostics: the caret stands under what is meant, and nothing is obeyed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import wrong_file

from cecheck.options import Color
from cecheck.report.paint import plain, shown_path, wants_color
from cecheck.report.snippet import diagnostic_text, snippet
from cecheck.source import Source, Span


def at(text, part):
    """Return the snippet for *part* of *text*."""
    start = text.index(part)
    return snippet(Span(Source("a.ce", text), start, start + len(part)))


def test_the_caret_stands_under_the_part():
    """As wide as the part is."""
    assert at("let x = yy\n", "yy") == " 1 | let x = yy\n   |         ^^"


def test_a_tab_takes_one_column():
    """Source and caret line agree."""
    assert at("\tlet x\n", "let") == " 1 |  let x\n   |  ^^^"


def test_a_span_over_several_lines_is_marked_on_its_first():
    """The rest is left to the reader's editor."""
    assert at("if x {\n}\n", "x {\n}") == " 1 | if x {\n   |    ^^^"


def test_the_end_of_a_text_can_be_pointed_at():
    """A missing brace is missing somewhere."""
    source = Source("a.ce", "x {\n")
    assert snippet(Span(source, 4, 4)) == " 2 |\n   | ^"


def test_a_long_line_is_shortened_around_the_part():
    """Garbage of 200 kB on one line gives two lines of a terminal's width."""
    shown = at("a" * 100_000 + "X" + "b" * 100_000, "X").splitlines()
    assert max(map(len, shown)) < 200
    assert shown[1].index("^") == shown[0].index("X")


def test_a_diagnostic_has_place_code_message_line_notes_and_help(golden):
    """In that order."""
    (problem,) = wrong_file().diagnostics
    golden("golden/diagnostic.txt", diagnostic_text(problem) + "\n")


@given(st.text())
def test_plain_text_has_nothing_a_terminal_obeys(text):
    """No control, no separator, no direction mark comes through."""
    assert all(c.isprintable() or ord(c) > 0x20 for c in plain(text))
    assert len((plain(text) + ".").splitlines()) == 1
    assert "\x1b" not in plain(text)


@given(st.text(alphabet="ab\t\x1b\u202e\u200b:", max_size=60), st.data())
def test_the_caret_stays_under_the_part_whatever_is_escaped(text, data):
    """Escapes widen a line, and move the caret along."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    line, under = snippet(Span(Source("a.ce", text), start, end)).splitlines()
    column = under.index("^")
    assert len(under) - column == max(len(plain(text[start : max(end, start + 1)])), 1)
    assert line.ljust(column)[:column].rstrip() == (" 1 | " + plain(text[:start])).rstrip()


def test_a_path_cannot_begin_a_command_of_a_build_server():
    """`::error` at the beginning of a line is obeyed by some."""
    assert shown_path("::error::x.ce") == "./::error::x.ce"
    assert shown_path("##[error]x.ce") == "./##[error]x.ce"
    assert shown_path("a\n::error.ce") == "a\\u{a}::error.ce"


@pytest.mark.parametrize(
    ("choice", "environment", "terminal", "wanted"),
    [
        (Color.AUTO, {}, True, True),
        (Color.AUTO, {}, False, False),
        (Color.AUTO, {"NO_COLOR": "1"}, True, False),
        (Color.AUTO, {"NO_COLOR": ""}, True, True),
        (Color.AUTO, {"FORCE_COLOR": "1"}, False, True),
        (Color.AUTO, {"CLICOLOR_FORCE": "1"}, False, True),
        (Color.AUTO, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        (Color.AUTO, {"TERM": "dumb"}, True, False),
        (Color.ALWAYS, {"NO_COLOR": "1"}, False, True),
        (Color.NEVER, {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_colour_follows_the_option_then_the_environment_then_the_terminal(
    choice, environment, terminal, wanted
):
    """The order that other tools follow."""
    assert wants_color(choice, environment, terminal) is wanted
