"""The first comment lines: expectations, and the sentences between them."""

from __future__ import annotations

import pytest
from trees import problems, tree

from cecheck.diagnostics import Code


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("proved", ("proved", None, None, None)),
        ("unknown", ("unknown", None, None, None)),
        ("vacuous at use_it", ("vacuous", None, "use_it", None)),
        ("proved restored", ("proved", "restored", None, None)),
        ("refuted mapped at use_it", ("refuted", "mapped", "use_it", None)),
        ("refuted mapped at Sample.Write", ("refuted", "mapped", "Sample.Write", None)),
        ("proved hostile", ("proved", None, None, "hostile")),
        ("proved well-behaved", ("proved", None, None, "well-behaved")),
        ("refuted  live  at  p  well-behaved ", ("refuted", "live", "p", "well-behaved")),
        ("refuted bounds hostile", ("refuted", "bounds", None, "hostile")),
        ("refuted atomic_use at at_work hostile", ("refuted", "atomic_use", "at_work", "hostile")),
    ],
)
def test_expectations(line, expected):
    (found,) = tree(f"// expect: {line}\nuse ce5\n").expectations
    assert (found.answer, found.check, found.site, found.view) == expected
    assert found.span.text == line.strip()


@pytest.mark.parametrize(
    "line",
    [
        "// expect:",
        "// expect: correct",
        "// expect: proved at",
        "// expect: refuted mapped use_it",
        "// expect: refuted mapped at use_it, hostile",
        "// expect: refuted mapped at use_it friendly",
        "// expect: hostile proved",
        "// expect: Proved",
        "// Expect: proved",
        "// expected: proved",
        "// expect proved",
    ],
)
def test_what_looks_like_an_expectation_and_is_none(line):
    """Passed over, it would let a specification expect nothing."""
    (found,) = problems(f"{line}\nuse ce5\n")
    assert found.code is Code.BAD_EXPECTATION
    assert found.span.line == 1
    assert found.help is not None


def test_prose_about_expecting_is_prose():
    file = tree("// The expected answer is not proved here; we expect nothing.\nuse ce5\n")
    assert file.expectations == ()
    assert file.head == ("The expected answer is not proved here; we expect nothing.",)


def test_the_head_ends_with_the_first_line_that_is_no_comment():
    text = "\n// expect: proved\n//\n//  S02: two.\n\n// Three.\nuse ce5\n// Not this.\n"
    file = tree(text)
    assert [e.answer for e in file.expectations] == ["proved"]
    assert file.head == ("", " S02: two.", "Three.")


def test_an_expectation_further_down_is_refused():
    (found,) = problems("use ce5\n// expect: proved\n")
    assert found.code is Code.BAD_EXPECTATION
    assert found.span.text == "expect: proved"


def test_expectations_and_syntax_are_reported_together():
    found = problems("// expect: correct\nuse = \n")
    assert [d.code for d in found] == [Code.BAD_EXPECTATION, Code.UNEXPECTED_TOKEN]


def test_windows_line_ends():
    file = tree("// expect: proved\r\n// Why.\r\nuse ce5\r\n")
    assert [e.span.text for e in file.expectations] == ["proved"]
    assert file.head == ("Why.",)


@pytest.mark.parametrize(
    ("line", "site", "view", "cause"),
    [
        ("refuted mapped because never mapped", None, None, "never mapped"),
        ("refuted mapped at use_it hostile because null", "use_it", "hostile", "null"),
        ("refuted  bounds at p  because overflow ", "p", None, "overflow"),
    ],
)
def test_an_expectation_may_say_why(line, site, view, cause):
    """Behind everything else, and only what a story can name."""
    (found,) = tree(f"// expect: {line}\nuse ce5\n").expectations
    assert (found.site, found.view, found.cause) == (site, view, cause)
