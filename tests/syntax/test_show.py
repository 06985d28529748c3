"""Trees as text: parsing what is shown gives the tree again."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trees import RIGHT, bare, expression, tree

from cecheck.source import Source, Span
from cecheck.syntax import ast
from cecheck.syntax.operators import STRENGTH
from cecheck.syntax.show import show
from cecheck.syntax.show_expr import show_expr, show_type

HERE = Span(Source("x", ""), 0, 0)


@pytest.mark.parametrize("path", RIGHT, ids=lambda path: path.stem)
def test_showing_and_parsing_changes_nothing(path):
    file = tree(path.read_text(encoding="utf-8"))
    text = show(file)
    again = tree(text)
    assert bare(again) == bare(file)
    assert show(again) == text


def identifier(text: str) -> ast.Identifier:
    return ast.Identifier(text, HERE)


names = st.sampled_from(["a", "b", "home", "in"])
members = st.sampled_from(["x", "type", "as", "has"]).map(identifier)
types = st.deferred(lambda: st.one_of(named, pointers, arrays, sets))
named = st.sampled_from(["u8", "T", "process"]).map(lambda name: ast.NamedType(name, HERE))
atoms = st.one_of(
    names.map(lambda text: ast.Name(text, HERE)),
    st.sampled_from([ast.ProcessTable(HERE), ast.Any(None, None, HERE)]),
    st.integers(0, 99).map(lambda n: ast.Number(n, str(n), HERE)),
    st.just(ast.Text("text", HERE)),
)
places = st.recursive(
    names.map(lambda text: ast.Name(text, HERE)),
    lambda inner: st.builds(ast.Member, inner, members, st.just(HERE)),
    max_leaves=3,
)


def larger(inner: st.SearchStrategy[ast.Expr]) -> st.SearchStrategy[ast.Expr]:
    here, party = st.just(HERE), st.none() | inner
    target = st.sampled_from(["u8", "T"]).map(identifier)
    row = st.lists(inner, max_size=2).map(tuple)
    return st.one_of(
        st.builds(ast.Unary, st.sampled_from("-+!~&"), inner, here),
        st.builds(ast.Binary, st.sampled_from(sorted(STRENGTH)), inner, inner, here),
        st.builds(ast.Choose, inner, inner, inner, here),
        st.builds(ast.NumberCast, inner, target, party, here),
        st.builds(ast.PointerCast, inner, st.booleans(), target, party, here),
        st.builds(ast.Member, inner, members, here),
        st.builds(ast.Index, inner, inner, here),
        st.builds(ast.Invocation, places, row, st.just(False), here),
        st.builds(ast.SetLiteral, row, here),
        st.builds(ast.Any, inner, party, here),
        st.builds(ast.SizeOf, types, here),
        st.builds(ast.OffsetOf, target, members, here),
        st.builds(ast.WaitExpr, places, st.booleans(), here),
    )


expressions = st.recursive(atoms, larger, max_leaves=8)
pointers = st.builds(
    ast.PointerType, st.booleans(), st.booleans(), types, st.none() | expressions, st.just(HERE)
)
extents = st.one_of(
    expressions.map(ast.Count),
    st.builds(ast.AtLeast, atoms, st.none() | atoms),
    st.sampled_from([ast.Terminated(), ast.Flexible()]),
)
arrays = st.builds(ast.ArrayType, types, extents, st.just(HERE))
sets = st.builds(ast.SetType, types, st.just(HERE))


@given(expressions)
@settings(max_examples=200, deadline=None)
def test_parentheses_stand_where_they_must(expr: ast.Expr):
    assert bare(expression(show_expr(expr))) == bare(expr)


@given(types)
@settings(max_examples=100, deadline=None)
def test_types_keep_their_shape(type_expr: ast.TypeExpr):
    (alias,) = tree(f"type A = {show_type(type_expr)}").items
    assert isinstance(alias, ast.Alias)
    assert bare(alias.type) == bare(type_expr)


@given(st.lists(types, min_size=1, max_size=3))
@settings(max_examples=50, deadline=None)
def test_a_field_ends_where_the_next_begins(several: list[ast.TypeExpr]):
    words = ("timeout", "type", "as")
    text = " ".join(f"{w} : {show_type(t)}" for w, t in zip(words, several, strict=False))
    (struct,) = tree(f"struct S {{ {text} }}").items
    assert isinstance(struct, ast.Struct)
    assert [bare(field.type) for field in struct.fields] == list(map(bare, several))


@pytest.mark.parametrize(
    "text",
    ["a + b * c", "(a + b) * c", "a - (b - c)", "- -a", "& &a", "(a ? b : c) ? d : e", "(-a).x"],
)
def test_no_parentheses_too_many(text):
    assert show_expr(expression(text)) == text
