"""Trees and their places: what each form means, and what the words around it do not change."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields, is_dataclass
from itertools import pairwise

import pytest
from trees import EVERYTHING, RIGHT, ROOT, bare, expression, problems, statements, tree

from cecheck.source import Span
from cecheck.syntax import ast
from cecheck.syntax.operators import STRENGTH
from cecheck.syntax.parse import _table, make_table


def shape(expr: ast.Expr) -> object:
    """Return *expr* with its operators in front."""
    match expr:
        case ast.Binary(op, left, right):
            return (op, shape(left), shape(right))
        case ast.Unary(op, arg):
            return (op, shape(arg))
        case ast.Choose(condition, then, otherwise):
            return ("?", shape(condition), shape(then), shape(otherwise))
        case ast.NumberCast(arg, target, _):
            return ("as", shape(arg), target.text)
        case _:
            return expr.span.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + b * c", ("+", "a", ("*", "b", "c"))),
        ("a - b - c", ("-", ("-", "a", "b"), "c")),
        ("a & b == c", ("&", "a", ("==", "b", "c"))),
        ("a | b ^ c & d", ("|", "a", ("^", "b", ("&", "c", "d")))),
        ("a || b && c", ("||", "a", ("&&", "b", "c"))),
        ("a << 1 ^ b", ("^", ("<<", "a", "1"), "b")),
        ("a + b as u8", ("+", "a", ("as", "b", "u8"))),
        ("-a as u8", ("as", ("-", "a"), "u8")),
        ("a as u8 as i32", ("as", ("as", "a", "u8"), "i32")),
        ("a ? b : c ? d : e", ("?", "a", "b", ("?", "c", "d", "e"))),
        ("!key has p", ("has", ("!", "key"), "p")),
        ("a < b == c < d", ("==", ("<", "a", "b"), ("<", "c", "d"))),
    ],
)
def test_operators_bind_as_in_c(text, expected):
    assert shape(expression(text)) == expected


def test_every_two_operators_bind_by_their_strength():
    for one, first in STRENGTH.items():
        for two, second in STRENGTH.items():
            left = shape(expression(f"a {one} b {two} c"))
            if first >= second:
                assert left == (two, (one, "a", "b"), "c")
            else:
                assert left == (one, "a", (two, "b", "c"))


def test_spans_of_expressions_include_their_parentheses():
    product = expression("(a + b) * (c)")
    assert isinstance(product, ast.Binary)
    assert product.span.text == "(a + b) * (c)"
    assert (product.left.span.text, product.right.span.text) == ("(a + b)", "(c)")


def nodes(value: object) -> list[object]:
    """Return all nodes of a tree, each before what it holds."""
    if isinstance(value, tuple):
        return [node for item in value for node in nodes(item)]
    if not is_dataclass(value) or isinstance(value, Span):
        return []
    inner = tuple(getattr(value, f.name) for f in fields(value) if f.name not in ("span", "source"))
    return [value, *nodes(inner)]


@pytest.mark.parametrize("path", RIGHT, ids=lambda path: path.stem)
def test_every_span_lies_within_that_of_its_parent_and_begins_and_ends_with_a_token(path):
    file = tree(path.read_text(encoding="utf-8"))
    for node in nodes(file.items):
        span = getattr(node, "span", None)
        if span is None:
            continue
        assert span.text == span.text.strip() != ""
        for inner in (getattr(node, f.name) for f in fields(node) if f.name != "span"):
            for child in inner if isinstance(inner, tuple) else (inner,):
                place = getattr(child, "span", span)
                assert span.start <= place.start <= place.end <= span.end


def test_items_stand_in_the_order_of_the_text():
    file = tree(EVERYTHING.read_text(encoding="utf-8"))
    for before, after in pairwise(file.items):
        assert before.span.end <= after.span.start


def test_semicolons_newlines_and_comments_mean_nothing():
    spread = "var x = 1 ;\n\n x = /* two */ 2; // three\n f(x);\n return x;"
    assert bare(statements(spread)) == bare(statements("var x = 1 x = 2 f(x) return x"))


def test_else_if_is_a_block_with_one_if():
    (stmt,) = statements("if a { } else if b { }")
    assert isinstance(stmt, ast.If)
    assert isinstance(stmt.otherwise, ast.Block)
    assert isinstance(stmt.otherwise.statements[0], ast.If)


def test_a_client_that_is_trusted_and_hostile_has_both_traits():
    (client,) = tree("client C : trusted hostile calls D.e").items
    assert isinstance(client, ast.Client)
    assert [trait.text for trait in client.traits] == ["trusted", "hostile"]


def test_an_entry_without_a_name_is_called_like_its_kind():
    (driver,) = tree("driver D { init() { } ioctl W code 4 (n: u32) { } }").items
    assert isinstance(driver, ast.Driver)
    init, write = driver.items
    assert isinstance(init, ast.Entry)
    assert isinstance(write, ast.Entry)
    assert (init.kind.text, init.name.text, init.code) == ("init", "init", None)
    assert (write.kind.text, write.name.text, bare(write.code)) == (
        "ioctl",
        "W",
        ("Number", 4, "4", None),
    )


def test_numbers_keep_how_they_were_written():
    number = expression("0x7C00_0000")
    assert isinstance(number, ast.Number)
    assert (number.value, number.text) == (0x7C000000, "0x7C00_0000")


def test_free_words_are_names_and_keywords():
    names = "in: u32, from: u32, code: u32, hostile: u32, packed: u32"
    (function,) = tree(f"fn f({names}) {{ for in in in .. code {{ }} }}").items
    assert isinstance(function, ast.Function)
    assert len(function.parameters) == 5


def test_a_word_is_not_cut_into_a_keyword_and_a_rest():
    """`use_it` is one name, never `use` and `_it`."""
    assert problems("use_it")[0].span.text == "use_it"
    assert problems("use ce5 constant = 4")[0].span.text == "constant"


def test_half_open_ranges_need_their_two_dots():
    (access,) = statements("read p[0 .. n]")
    assert isinstance(access, ast.Access)
    assert access.range.span.text == "p[0 .. n]"


def test_the_generator_is_not_loaded_when_the_table_fits():
    """Importing lark and building the table take longer than many proofs."""
    program = (
        "import sys\n"
        "from cecheck.source import Source\n"
        "from cecheck.syntax.parse import parse\n"
        "assert parse(Source('x', 'use ce5'))[0]\n"
        "sys.exit('lark' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


def test_a_table_of_another_grammar_is_made_anew(tmp_path, monkeypatch):
    grammar = tmp_path / "other.lark"
    grammar.write_text('start: "use" NAME\nNAME: /[a-z]+/\nNUMBER: /0/\nSTRING: /"/\n')
    monkeypatch.setattr("cecheck.paths.GRAMMAR", grammar)
    assert _table() == make_table(grammar.read_text())
