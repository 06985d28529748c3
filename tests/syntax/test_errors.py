"""Syntax errors: their code, their place, what they say, and what they advise."""

from __future__ import annotations

import pytest
from trees import ROOT, problems

from cecheck.diagnostics import Code, Diagnostic
from cecheck.source import Source
from cecheck.syntax.hints import HINTS, find
from cecheck.syntax.limits import read_source
from cecheck.syntax.parse import parse

ERRORS = ROOT / "tests" / "errors"


def only(text: str) -> Diagnostic:
    (found,) = problems(text)
    return found


def said(text: str) -> str:
    return only(text).message


@pytest.mark.parametrize("hint", HINTS, ids=lambda hint: hint.wrong)
def test_what_a_c_programmer_writes_first_gets_its_advice(hint):
    assert problems(hint.wrong)[0].help == hint.advice


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("test t { *p = 1 }", "*"),
        ("test t { x = p->y }", "->"),
        ("test t { u32 x = 1 }", "x"),
        ("test t { x++ }", "+"),
        ("test t { for (i = 0; i < n; i++) { } }", "("),
        ("test t { if (a) return 1 }", "return"),
        ("test t { f((u32) x) }", "x"),
        ("test t { return 1 x = 2 }", "x"),
    ],
)
def test_the_caret_stands_under_the_token(text, place):
    """The first one in the text that is no part of a name before it."""
    found = only(text)
    assert found.code is Code.UNEXPECTED_TOKEN
    assert found.span.text == place
    assert found.help is not None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("driver D {", "expected a member of the driver or `}`, found the end of the file"),
        ("platform p : u32 { x }", "expected a member of the platform or `}`, found `x`"),
        ("test t { x = ; }", "expected a value, found `;`"),
        ("test t { x = 1 ) }", "expected a statement or `}`, found `)`"),
        ("test t { f(a b) }", "expected `)` or `,`, found `b`"),
        ("}", "expected a declaration or the end of the file, found `}`"),
        ("struct S { a : }", "expected a type, found `}`"),
        ("struct S { a.b : u8 }", "expected `,` or `:`, found `.`"),
        ("struct S { 1 }", "expected a name or `}`, found `1`"),
        ("driver lock { }", "expected a name, found `lock`"),
        ("driver D { ioctl Write { } }", "expected `(`, found `{`"),
        (
            "client C : trusted",
            "expected `,`, `calls`, `hostile` or `{`, found the end of the file",
        ),
        ("test t { x = p. }", "expected a name, found `}`"),
        ("test t { try { } }", "expected `except` or `finally`, found `}`"),
        ("rule r { while }", "expected `after`, `before`, `var` or `}`, found `while`"),
        ('const A = "abc', "this text does not end on its line"),
        ("const A = 1 /* and so on", "this comment is never closed"),
        ("const A = 10u", "`10u` is not a number"),
        ("const A = 010", "`010` is not a number"),
        ("const \N{LATIN SMALL LETTER E WITH ACUTE} = 1", None),
    ],
)
def test_messages_say_what_was_expected_and_what_was_found(text, message):
    found = problems(text)[0]
    assert message is None or found.message == message


def test_a_reserved_word_is_explained():
    found = only("driver lock { }")
    assert found.help == "`lock` is a word of the language and cannot be a name here"


def test_letters_beyond_ascii_stand_in_comments_and_texts_only():
    found = only("const caf\u00e9 = 1 // caf\u00e9")
    assert found.code is Code.BAD_CHARACTER
    assert found.span.text == "\u00e9"


def test_every_declaration_that_begins_a_line_has_its_own_error():
    found = problems("struct S { u32 a }\nconst A = 1\nconst B = = 2\nfn f( { }\ntest t { x++ }\n")
    assert [d.span.line for d in found] == [1, 3, 4, 5]


def test_a_missing_brace_does_not_hide_the_next_declaration():
    text = "driver A {\n  ioctl W() { return 0\n}\ntest t { }\ntest u { x++ }\n"
    assert [d.span.line for d in problems(text)] == [4, 5]


def test_an_open_bracket_is_pointed_at():
    found = only("driver A {\n  fn f() {\n}\ntest t { }\n")
    assert found.span.text == "test"
    (note,) = found.notes
    assert (note.message, note.span.line) == ("this `{` is still open", 1)


def test_nothing_long_is_repeated():
    """Neither in messages nor in what hints look at; a long text must not cost long either."""
    long = "if " * 300_000
    found = only(f'driver "{long}')
    assert len(found.message) < 100
    found = only(f'driver "{long}" {{ }}')
    assert len(found.message) < 100


def test_hints_are_silent_where_nothing_fits():
    assert find("driver", "7", frozenset({"NAME"})) is None


def test_many_errors_are_cut_off():
    assert len(problems("test t { x++ }\n" * 200)) == 50


EXPECTED = {
    "CE101-dereference": [(6, "*")],
    "CE101-several": [(5, "length"), (8, "010"), (11, "return"), (15, "")],
    "CE101-never-closed": [(13, "client")],
    "CE102-hidden-character": [(4, "\u202e")],
    "CE102-preprocessor": [(1, "#")],
    "CE103-too-deep": [(2, "(")],
    "CE103-long-name": [(2, "A" * 129)],
    "CE104-not-utf8": [(1, "\N{REPLACEMENT CHARACTER}")],
    "CE105-no-such-answer": [(1, "correct")],
    "CE105-no-such-cause": [
        (1, "refuted mapped at use_it because unmapped"), (2, "proved because never mapped"),
    ],
    "CE105-too-late": [(3, "expect: proved")],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_the_golden_errors(name):
    """Code, line and marked text; `report` has the rendering."""
    source = read_source(ERRORS / f"{name}.ce")
    found = parse(source)[1] if isinstance(source, Source) else (source,)
    assert {d.code.number for d in found} == {name[:5]}
    assert [(d.span.line, d.span.text) for d in found] == EXPECTED[name]
