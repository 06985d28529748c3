"""What is refused before it is parsed, and that everything below the limits is taken."""

from __future__ import annotations

import os
import sys
import time

import pytest
from trees import problems, tree

from cecheck.diagnostics import Code, Diagnostic
from cecheck.source import Source
from cecheck.syntax import limits
from cecheck.syntax.limits import decoded, read_source
from cecheck.syntax.parse import parse
from cecheck.syntax.scan import scan

CHAINS = {
    "sum": lambda n: "invariant " + "1 + " * n + "1",
    "negation": lambda n: "invariant " + "- " * n + "1",
    "member": lambda n: "invariant a" + ".b" * n,
    "keyword member": lambda n: "invariant a" + ".as" * n,
    "index": lambda n: "invariant a" + "[0]" * n,
    "cast": lambda n: "invariant a" + " as u8" * n,
    "choice": lambda n: "invariant " + "a ? b : " * n + "c",
    "wait": lambda n: "invariant " + "wait a timeout + " * n + "1",
    "parentheses": lambda n: "invariant " + "(" * n + "1" + ")" * n,
    "calls": lambda n: "invariant " + "f(" * n + ")" * n,
    "blocks": lambda n: "test t " + "{ loop " * n + "{ }" + " }" * n,
    "else if": lambda n: "test t { if a { }" + " else if a { }" * n + " }",
    "sets of sets": lambda n: "type T = " + "set " * n + "u8",
    "pointers": lambda n: "type T = " + "ptr (" * n + "u8" + ")" * n,
    "rows of rows": lambda n: "type T = u8" + "[2]" * n,
}


@pytest.mark.parametrize("name", CHAINS)
def test_every_way_to_nest_is_limited(name):
    """The tree of a text is never so deep that walking it could fail."""
    found = problems(CHAINS[name](5_000))
    assert [d.code for d in found] == [Code.TOO_LARGE]
    repr(tree(CHAINS[name](60)))


def test_the_limit_is_exact_for_brackets():
    tree(CHAINS["parentheses"](limits.MAX_DEPTH - 1))
    (found,) = problems(CHAINS["parentheses"](limits.MAX_DEPTH + 1))
    assert found.code is Code.TOO_LARGE


@pytest.mark.parametrize("name", CHAINS)
def test_the_deepest_trees_can_be_walked(name):
    """With the recursion limit that Python has; `repr` is as greedy a walk as any."""
    numbers = range(limits.MAX_DEPTH, 0, -1)
    deepest = next(n for n in numbers if parse(Source("x", CHAINS[name](n)))[0])
    assert sys.getrecursionlimit() <= 1_000
    repr(tree(CHAINS[name](deepest)).items)


@pytest.mark.parametrize(
    "text",
    [
        "test t { " + "x = a + b.c[0] f(x).y = 2 " * 500 + "}",
        "const A = 1" + ", B = 2 + 3" * 500,
        "enum E { A" + ", B = 2" * 500 + " }",
        "struct S { " + "a : user ptr u8 sized n type : u32 " * 300 + "}",
        "test t { " + "if a == b { f(x) } else { wait done timeout } " * 300 + "}",
        "test t { f(x" + ", a + b" * 300 + ") }",
        "client C calls D.e" + ", D.e" * 300,
    ],
)
def test_what_only_stands_in_a_row_is_not_deep(text):
    tree(text)


def test_names_and_numbers_have_a_longest():
    tree(f"const {'a' * 128} = 0x{'f' * 38}")
    (found,) = problems(f"const {'a' * 129} = 1")
    assert found.code is Code.TOO_LARGE
    (found,) = problems(f"const A = 0x{'f' * 39}")
    assert found.code is Code.TOO_LARGE


def test_too_many_tokens_are_not_even_kept():
    (found,) = problems("; " * 300_000)
    assert found.code is Code.TOO_LARGE
    assert len(scan("; " * 300_000, 10)) == 11


@pytest.mark.parametrize("size", [1_000_000, 1_000_001])
def test_size(size):
    data = b"//" + b"x" * (size - 2)
    assert isinstance(decoded("x", data), Source) == (size == 1_000_000)
    assert (parse(Source("x", data.decode()))[0] is not None) == (size == 1_000_000)


HIDDEN = [0, 7, 8, 0xB, 0xC, 0x1B, 0x7F, 0x85, 0x9B, 0xAD, 0x200B, 0x200D, 0x200E, 0x202A, 0x202E]
HIDDEN += [0x2028, 0x2029, 0x2060, 0x2066, 0x2069, 0xFEFF, 0xFFFE, 0xE0041, 0x61C, 0x180E, 0xD800]


@pytest.mark.parametrize("number", HIDDEN, ids=hex)
@pytest.mark.parametrize("text", ["// a{}b\n", 'const A = "{}"', "const {}A = 1"])
def test_hidden_characters_are_refused_everywhere(number, text):
    found = problems(text.format(chr(number)))
    assert [d.code for d in found] == [Code.BAD_CHARACTER]
    assert found[0].span.text == chr(number)
    assert f"U+{number:04X}" in found[0].message


def test_a_carriage_return_alone_is_refused():
    """A terminal would let what follows overwrite what stands before."""
    tree("use ce5\r\nuse linux\r\n")
    (found,) = problems("use ce5 \r use linux")
    assert found.code is Code.BAD_CHARACTER


def test_visible_letters_may_stand_in_comments_and_texts():
    tree('// \u00fcber \u4e2d \u2192\ntest t { step 1 "\u00fcber" { } }')


@pytest.mark.parametrize(
    "text",
    [
        *(c * 200_000 for c in 'a0_"(/*.<=-# \n\u00e9'),
        "/*" * 100_000,
        "/* " + "*" * 200_000,
        "// expect" * 60_000,
        "0x" * 100_000,
        '"\n' * 100_000,
        "if (" * 100_000,
        "const " * 100_000,
        "\nconst" * 100_000,
    ],
    ids=lambda text: repr(text[:6]),
)
def test_no_text_takes_long(text):
    """Scanning and refusing are linear; generous, so that a slow machine passes."""
    start = time.process_time()
    parse(Source("x", text))
    assert time.process_time() - start < 5


# ---- files -------------------------------------------------------------------------------------


def test_a_mark_at_the_beginning_is_dropped_and_nowhere_else(tmp_path):
    path = tmp_path / "a.ce"
    path.write_bytes(b"\xef\xbb\xbfuse ce5\n")
    source = read_source(path, "a.ce")
    assert source == Source("a.ce", "use ce5\n")


@pytest.mark.parametrize(
    "data", [b"use \xff", b"use \xc0\x80", b"use \xed\xa0\x80", b"u\0s\0e\0\xfe"]
)
def test_what_is_not_utf8_is_refused_where_it_stops_being_so(data):
    found = decoded("a.ce", data)
    assert isinstance(found, Diagnostic)
    assert found.code is Code.NOT_TEXT
    assert found.span.text == "\N{REPLACEMENT CHARACTER}"


def test_pipes_and_folders_are_no_files(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path):
        found = read_source(path)
        assert isinstance(found, Diagnostic)
        assert found.code is Code.NOT_TEXT


def test_links_are_followed_and_what_is_missing_is_said(tmp_path):
    (tmp_path / "a.ce").write_text("use ce5\n")
    (tmp_path / "b.ce").symlink_to("a.ce")
    (tmp_path / "loop").symlink_to("loop")
    assert isinstance(read_source(tmp_path / "b.ce"), Source)
    for name in ("none.ce", "loop"):
        with pytest.raises(OSError, match=name):
            read_source(tmp_path / name)
