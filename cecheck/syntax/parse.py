"""Text to tree: `parse`.  The only importer of lark, which makes the LALR table.

The table is shipped in `grammar/table.json`, because making it takes longer than a small proof;
it is made anew when it does not belong to `grammar/cecheck.lark`.  Every syntax error of a file
is one diagnostic; after one, parsing goes on at the next declaration that begins a line.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import Any, Final

from cecheck import paths
from cecheck.diagnostics import Diagnostic
from cecheck.source import Source
from cecheck.syntax import errors, head, limits
from cecheck.syntax.ast import File, Item
from cecheck.syntax.build import ACTIONS
from cecheck.syntax.lalr import Driver, Stuck
from cecheck.syntax.scan import Token, scan
from cecheck.syntax.table import (
    END,
    LIST,
    NAME,
    SAME,
    SPECIAL,
    Rule,
    State,
    Table,
    key_of,
    load,
)

_MAX_REPORTED: Final = 50


def parse(source: Source) -> tuple[File | None, tuple[Diagnostic, ...]]:
    """Return the tree of *source*, or None and everything that is wrong with its syntax."""
    refused = limits.refusals(source)
    if refused:
        return None, refused
    tokens = scan(source.text, limits.MAX_TOKENS + 1)
    refused = limits.excesses(source, tokens)
    if refused:
        return None, refused
    items, wrong = _items(source, tokens)
    top = head.read(source)
    found = sorted([*top.problems, *wrong], key=lambda d: (d.span.start, d.span.end))
    if found:
        return None, tuple(found[:_MAX_REPORTED])
    return File(source, top.expectations, top.lines, items), ()


def _items(source: Source, tokens: list[Token]) -> tuple[tuple[Item, ...], list[Diagnostic]]:
    """Return the declarations of *tokens*, and one diagnostic for each stretch that is none."""
    driver = _driver()
    beginnings = driver.acceptable((0,))
    found: list[Diagnostic] = []
    first: int | None = 0
    while first is not None and len(found) < _MAX_REPORTED:
        result = driver.run(source, tokens, first)
        if not isinstance(result, Stuck):
            return result, found
        fitting = driver.acceptable(result.states)
        found.append(errors.unexpected(source, tokens, first, result.index, fitting))
        first = _next_item(source, tokens, max(first + 1, result.index), beginnings)
    return (), found


def _next_item(
    source: Source, tokens: list[Token], index: int, beginnings: frozenset[str]
) -> int | None:
    """Return where, from *index* on, a declaration begins a line."""
    for place in range(index, len(tokens)):
        token = tokens[place]
        if token.text in beginnings and errors.begins_line(source, token):
            return place
    return None


@cache
def _driver() -> Driver:
    return Driver(_table(), ACTIONS)


def _table() -> Table:
    """Return the shipped table if it belongs to the grammar, else a new one."""
    grammar = paths.GRAMMAR.read_text(encoding="utf-8")
    if paths.TABLE.is_file():
        shipped = load(paths.TABLE.read_text(encoding="utf-8"))
        if shipped.key == key_of(grammar):
            return shipped
    return make_table(grammar)


# ---- the table, from lark ----------------------------------------------------------------------


def make_table(grammar: str) -> Table:
    """Return the LALR table of *grammar*, numbered independently of lark's internal order."""
    from lark import Lark  # noqa: PLC0415  (needed only when the shipped table does not fit)

    lark: Any = Lark(grammar, parser="lalr", lexer="contextual", maybe_placeholders=True)
    literals = {t.name: t.pattern.value for t in lark.terminals if t.pattern.type == "str"}
    names = (*SPECIAL, *sorted(literals.values()))
    terminals = {name: names.index(literals.get(name, name)) for name in (*SPECIAL, *literals)}
    a_name = next(t.pattern.value for t in lark.terminals if t.name == SPECIAL[NAME])
    reserved = frozenset(w for w in literals.values() if w.isidentifier() and not _fits(a_name, w))
    rules = sorted(lark.rules, key=_rule_order)
    nonterminals = sorted({rule.origin.name for rule in rules})
    return Table(
        key_of(grammar),
        names,
        reserved,
        tuple(_rule(rule, nonterminals) for rule in rules),
        _states(lark.parser.parser._parse_table, terminals, nonterminals, rules),
    )


def _fits(pattern: str, word: str) -> bool:
    return re.fullmatch(pattern, word) is not None


def _rule_order(rule: Any) -> tuple[str, list[str]]:
    return rule.origin.name, [symbol.name for symbol in rule.expansion]


def _rule(rule: Any, nonterminals: list[str]) -> Rule:
    """Return lark's *rule*, with what lark would leave out, splice in and fill up as picks."""
    absent = rule.options.empty_indices or [False] * len(rule.expansion)
    symbols = iter(enumerate(rule.expansion))
    picks: list[int | None] = []
    for is_absent in absent:
        if is_absent:
            picks.append(None)
            continue
        index, symbol = next(symbols)
        if not symbol.is_term and symbol.name.startswith("_"):
            picks.append(~index)
        elif rule.options.keep_all_tokens or not (symbol.is_term and symbol.filter_out):
            picks.append(index)
    name = rule.origin.name
    action = LIST if name.startswith("_") else rule.alias or name
    if rule.options.expand1 and not rule.alias and picks == [0] and len(rule.expansion) == 1:
        action = SAME
    return Rule(action, nonterminals.index(name), len(rule.expansion), tuple(picks))


def _states(
    lark: Any, terminals: dict[str, int], nonterminals: list[str], rules: list[Any]
) -> tuple[State, ...]:
    """Return lark's states in the order in which they are reached, each with a default."""
    start, end = lark.start_states["start"], lark.end_states["start"]
    order = {start: 0}
    queue = [start]
    for state in queue:
        for name in sorted(lark.states[state]):
            action, target = lark.states[state][name]
            if action.name == "Shift" and target not in order:
                order[target] = len(order)
                queue.append(target)
    rule_numbers = {rule: number for number, rule in enumerate(rules)}
    states = []
    for state in queue:
        row = dict.fromkeys([END], len(order)) if state is end else {}
        gotos: dict[int, int] = {}
        for name, (action, target) in sorted(lark.states[state].items()):
            if action.name != "Shift":
                row[terminals[name]] = ~rule_numbers[target]
            elif name in terminals:
                row[terminals[name]] = order[target]
            else:
                gotos[nonterminals.index(name)] = order[target]
        states.append(_with_default(row, gotos))
    return tuple(states)


def _with_default(row: dict[int, int], gotos: dict[int, int]) -> State:
    """Return a state whose most frequent reduction is its default."""
    reductions = Counter(sorted(action for action in row.values() if action < 0))
    if not reductions:
        return State(None, row, gotos)
    ((default, _),) = reductions.most_common(1)
    return State(default, {t: a for t, a in row.items() if a != default}, gotos)
