"""The grammar is LALR(1) without conflicts, its words are safe, and the shipped table is its."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput
from lark.parsers.lalr_analysis import LALR_Analyzer
from trees import EVERYTHING, RIGHT

from cecheck import paths
from cecheck.source import Source, Span
from cecheck.syntax.ast import Identifier, Number, Text
from cecheck.syntax.build import ACTIONS
from cecheck.syntax.lalr import Action, Driver, Stuck
from cecheck.syntax.operators import STRENGTH
from cecheck.syntax.parse import make_table
from cecheck.syntax.scan import Kind, scan
from cecheck.syntax.table import LIST, SAME, SPECIAL, Table, dump, load

GRAMMAR = paths.GRAMMAR.read_text(encoding="utf-8")
# These stay names: no state accepts one of them and a name.
FREE = {"code", "from", "hostile", "in", "packed"}
MOST = 1_000_000


@cache
def lark() -> Any:
    return Lark(GRAMMAR, parser="lalr", lexer="contextual", maybe_placeholders=True)


@cache
def shipped() -> Table:
    return load(paths.TABLE.read_text(encoding="utf-8"))


def words() -> set[str]:
    return {text for text in shipped().terminals[len(SPECIAL) :] if text.isidentifier()}


def pattern(name: str) -> str:
    return str(lark().get_terminal(name).pattern.value)


def test_the_shipped_table_equals_a_new_one():
    """Whoever changes the grammar runs `python grammar/make.py`."""
    assert dump(make_table(GRAMMAR)) == paths.TABLE.read_text(encoding="utf-8")


def test_no_conflicts():
    """Lark resolves shift/reduce conflicts without a word; strictly, it refuses them."""
    LALR_Analyzer(lark().parser.parser_conf, strict=True).compute_lalr()


def test_a_conflict_would_be_seen():
    """The test above is not vacuous."""
    twice = Lark('start: "if" start ["else" start] | "x"', parser="lalr")
    with pytest.raises(Exception, match="Shift/Reduce"):
        LALR_Analyzer(twice.parser.parser_conf, strict=True).compute_lalr()


def test_every_rule_has_an_action_and_every_action_a_rule():
    used = {rule.action for rule in shipped().rules} - {LIST, SAME}
    assert used == set(ACTIONS)


def test_operators_of_the_grammar_have_a_strength():
    line = re.search(r"\?!operator:(.*?)\n\?", GRAMMAR, re.DOTALL)
    assert line is not None
    assert set(re.findall(r'"([^"]+)"', line[1])) == set(STRENGTH)


def test_reserved_words_are_the_words_without_the_free_ones():
    """A new keyword must be put into NAME, or be shown to be free."""
    assert shipped().reserved == words() - FREE
    names = set(re.findall(r"[a-z]+", pattern("NAME").split(")")[0]))
    assert names == shipped().reserved


def test_no_state_accepts_a_free_word_and_a_name():
    """Otherwise a keyword would be taken for a name, or the reverse, without any error."""
    terminals = {t.name: t.pattern.value for t in lark().terminals}
    for row in lark().parser.parser._parse_table.states.values():
        accepted = {terminals[name] for name in row if name in terminals}
        # Where every word is taken for the name of a field, so is a free one.
        if pattern("NAME") in accepted and not {"platform", "while"} <= accepted:
            assert not accepted & FREE


def test_fields_and_members_may_be_called_like_keywords():
    """After a field's type `has` and `sized` go on with the type."""
    rules = {name: re.search(rf"!{name}: NAME(.*?)\n\n?[!N]", GRAMMAR, re.DOTALL) for name in LISTS}
    lists = {name: set(re.findall(r'"(\w+)"', found[1])) for name, found in rules.items() if found}
    reserved = shipped().reserved
    assert lists == {"member_name": reserved, "field_name": reserved - {"has", "sized"}}


LISTS = ("member_name", "field_name")


def test_the_scanner_reads_what_the_grammar_means():
    """All terminals but four are fixed texts, and the scanner cuts each of them out whole."""
    kinds = {t.pattern.type for t in lark().terminals if t.name not in {*SPECIAL, "COMMENT"}}
    assert kinds <= {"str", "re"}
    for text in shipped().terminals[len(SPECIAL) :]:
        (token, _) = scan(f" {text} ", MOST)
        assert token.text == text
        assert token.kind is (Kind.WORD if text.isidentifier() else Kind.SYMBOL)


@given(st.text(alphabet='019afxX_.g"\n /*', max_size=8))
@settings(max_examples=300, deadline=None)
def test_numbers_texts_and_comments_are_the_grammars(text: str):
    ours = [t for t in scan(text, MOST) if t.kind in (Kind.NUMBER, Kind.STRING)]
    for token in ours:
        name = "NUMBER" if token.kind is Kind.NUMBER else "STRING"
        assert re.fullmatch(pattern(name), token.text)
    if re.fullmatch(pattern("NUMBER"), text) or re.fullmatch(pattern("STRING"), text):
        assert [t.text for t in ours] == [text]
    if re.fullmatch(pattern("COMMENT"), text):
        assert len(scan(text, MOST)) == 1


# ---- the driver against lark -------------------------------------------------------------------


def _keep(name: str) -> Action:
    def kept(children: list[Any], span: Span) -> Any:
        return (name, [_plain(child) for child in children])

    return kept


def _plain(value: Any) -> Any:
    match value:
        case Identifier(text) | Number(_, text):
            return text
        case Text(text):
            return f'"{text}"'
        case Tree(data, children):
            return (str(data), [_plain(child) for child in children])
        case Token():
            return str(value)
        case _:
            return value


@cache
def keeping_driver() -> Driver:
    return Driver(shipped(), {name: _keep(name) for name in ACTIONS})


def ours(text: str) -> Any:
    found = keeping_driver().run(Source("x", text), scan(text, MOST))
    return None if isinstance(found, Stuck) else found


def theirs(text: str) -> Any:
    """Return lark's tree, unless lark took a word apart (`use_it` for `use` and `_it`)."""
    parser = lark().parse_interactive(text)
    try:
        pieces = [str(token) for token in parser.iter_parse()]
        found = _plain(parser.feed_eof())
    except UnexpectedInput:
        return None
    return found if [*pieces, ""] == [token.text for token in scan(text, MOST)] else None


@pytest.mark.parametrize("path", RIGHT, ids=lambda path: path.stem)
def test_the_driver_builds_what_lark_builds(path):
    text = path.read_text(encoding="utf-8")
    assert ours(text) == theirs(text) is not None


PIECES = [text for _, text, _, _ in scan(EVERYTHING.read_text(encoding="utf-8"), MOST)]


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_the_driver_accepts_what_lark_accepts(data: st.DataObject):
    """On stretches of tokens with one of them replaced, left out or doubled."""
    size = data.draw(st.integers(1, 120))
    first = data.draw(st.integers(0, len(PIECES) - size))
    pieces = PIECES[first : first + size]
    place = data.draw(st.integers(0, size - 1))
    other = data.draw(st.sampled_from(sorted(set(PIECES))))
    pieces[place : place + 1] = data.draw(st.sampled_from([[], [other], [other, pieces[place]]]))
    for text in (" ".join(pieces), f"test t {{ {' '.join(pieces)} }}"):
        assert ours(text) == theirs(text)


def test_everything_uses_every_action():
    """So that the comparisons above leave nothing out."""
    seen: set[str] = set()

    def note(name: str) -> Action:
        def noted(children: list[Any], span: Span) -> None:
            seen.add(name)

        return noted

    text = EVERYTHING.read_text(encoding="utf-8")
    Driver(shipped(), {name: note(name) for name in ACTIONS}).run(
        Source("x", text), scan(text, MOST)
    )
    assert seen == set(ACTIONS)
