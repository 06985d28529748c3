"""The LALR driver: tokens in, a tree out, or the token that does not fit.

No recursion and no backtracking.  A word is a keyword where the state accepts that keyword, and
otherwise a name unless it is reserved.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from cecheck.record import record
from cecheck.source import Source, Span
from cecheck.syntax.ast import Identifier, Number, Text
from cecheck.syntax.scan import Kind, Token
from cecheck.syntax.table import END, LIST, NAME, NUMBER, SAME, STRING, Rule, Table

# Children are identifiers, literals, texts of symbols, nodes, and None: whatever the rule says.
Children = list[Any]
Action = Callable[[Children, Span], Any]

_NEVER: Final = -1
_FIXED: Final = {
    Kind.NUMBER: (NUMBER, _NEVER),
    Kind.STRING: (STRING, _NEVER),
    Kind.END: (END, _NEVER),
    Kind.BAD: (_NEVER, _NEVER),
}
_A_NAME: Final = (NAME, _NEVER)


@record
class Stuck:
    """The token at *index* fits nowhere; *states* is the stack before it."""

    index: int
    states: tuple[int, ...]


class Driver:
    """A table together with the actions of its rules."""

    def __init__(self, table: Table, actions: dict[str, Action]) -> None:
        self.table = table
        self._words = {
            text: (number, _NEVER if text in table.reserved or not text.isidentifier() else NAME)
            for number, text in enumerate(table.terminals)
            if number > STRING
        }
        self._rows = [(state.actions, state.default) for state in table.states]
        self._gotos = [state.gotos for state in table.states]
        known: dict[str, Action | None] = {**actions, LIST: _list, SAME: None}
        self._rules = [_Reduction(rule, known[rule.action]) for rule in table.rules]

    def run(self, source: Source, tokens: list[Token], first: int = 0) -> Any:
        """Return what the start rule's action makes of ``tokens[first:]``, or a Stuck."""
        rows, gotos, rules = self._rows, self._gotos, self._rules
        pile = _Pile(source)
        states = pile.states
        for index in range(first, len(tokens)):
            token = tokens[index]
            terminal, otherwise = self._terminals(token)
            before = tuple(states)
            while True:
                actions, default = rows[states[-1]]
                action = actions.get(terminal)
                if action is None:
                    action = actions.get(otherwise)
                    if action is None:
                        action = default
                    elif action >= 0:
                        terminal = otherwise
                if action is None:
                    return Stuck(index, before)
                if action >= 0:
                    break
                rule = rules[~action]
                if rule.build is None:
                    states[-1] = gotos[states[-2]][rule.nonterminal]
                else:
                    pile.reduce(rule, rule.build)
                    states.append(gotos[states[-1]][rule.nonterminal])
            pile.shift(action, terminal, token)
        return pile.values[0]

    def acceptable(self, states: tuple[int, ...]) -> frozenset[str]:
        """Return the texts of all terminals that really fit after *states*."""
        names = enumerate(self.table.terminals)
        return frozenset(name for number, name in names if self._accepts(states, number))

    def _accepts(self, states: tuple[int, ...], terminal: int) -> bool:
        stack = list(states)
        while True:
            actions, default = self._rows[stack[-1]]
            action = actions.get(terminal, default)
            if action is None:
                return False
            if action >= 0:
                return True
            rule = self._rules[~action]
            del stack[len(stack) - rule.size :]
            stack.append(self._gotos[stack[-1]][rule.nonterminal])

    def _terminals(self, token: Token) -> tuple[int, int]:
        """Return the terminals that *token* may be, the first one preferred."""
        fixed = _FIXED.get(token.kind)
        return fixed if fixed is not None else self._words.get(token.text, _A_NAME)


class _Reduction:
    """A rule with its action, laid out for speed."""

    __slots__ = ("build", "nonterminal", "picks", "size")

    def __init__(self, rule: Rule, build: Action | None) -> None:
        self.build = build
        self.size = rule.size
        self.nonterminal = rule.nonterminal
        # None where the action takes the children as they are.
        self.picks = None if rule.picks == tuple(range(rule.size)) else rule.picks


class _Pile:
    """The stack of a run: states, and beside them the values and where they begin and end."""

    __slots__ = ("ends", "source", "starts", "states", "values")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.states = [0]
        self.values: Children = []
        self.starts: list[int] = []
        self.ends: list[int] = []

    def shift(self, state: int, terminal: int, token: Token) -> None:
        """Push *token*, read as *terminal*."""
        _, text, start, end = token
        self.states.append(state)
        self.starts.append(start)
        self.ends.append(end)
        if terminal == NAME:
            self.values.append(Identifier(text, Span(self.source, start, end)))
        elif terminal == NUMBER:
            self.values.append(Number(int(text, 0), text, Span(self.source, start, end)))
        elif terminal == STRING:
            self.values.append(Text(text[1:-1], Span(self.source, start, end)))
        else:
            self.values.append(text)

    def reduce(self, rule: _Reduction, build: Action) -> None:
        """Replace the children of *rule* by what *build* makes; the goto is the caller's."""
        values, starts, ends = self.values, self.starts, self.ends
        first = len(values) - rule.size
        children = values[first:]
        if rule.size:
            start, end = starts[first], ends[-1]
            del self.states[first + 1 :], values[first:], starts[first:], ends[first:]
        else:
            start = end = ends[-1] if ends else 0
        if rule.picks is not None:
            children = _picked(children, rule.picks)
        values.append(build(children, Span(self.source, start, end)))
        starts.append(start)
        ends.append(end)


def _picked(children: Children, picks: tuple[int | None, ...]) -> Children:
    """Return what *picks* takes of *children* (see `table.Rule`)."""
    taken: Children = []
    for place, pick in enumerate(picks):
        if pick is None:
            taken.append(None)
        elif pick >= 0:
            taken.append(children[pick])
        elif place == 0:
            # A list has one owner: growing it keeps long rows of items linear.
            taken = children[~pick]
        else:
            taken += children[~pick]
    return taken


def _list(children: Children, span: Span) -> Children:
    """Keep the items of a helper rule for its parent."""
    return children
