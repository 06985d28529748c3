"""Words that are copied one after the other, in an order that nobody promises."""

from __future__ import annotations

from elaborated import COPIED, spec

from cecheck.ir.build import and_, substitute
from cecheck.ir.expr import FALSE, TRUE, Expr, Var
from cecheck.ir.program import CheckKind, Thread, View, checks_at, outgoing
from cecheck.lower.link import lower


def copier() -> Thread:
    program = lower(spec(COPIED.replace("COUNT", "8").replace("MORE", "")), View.HOSTILE)
    (thread,) = (one for one in program.threads if one.name == "Sample.Copier")
    return thread


def heads(thread: Thread) -> dict[int, list[Var]]:
    """Return where the next word is chosen, for each source that the words may have, and what
    tells of each word that it has moved."""
    found: dict[int, list[Var]] = {}
    for edge in thread.edges:
        begun = [var for var, value in edge.updates if "moved " in var.name and value is FALSE]
        if begun:
            found[edge.end] = begun
    return found


def next_moves(thread: Thread, head: int, moved: dict[Var, Expr]) -> set[Var]:
    """Return the flags of the words that may move next, where *moved* tells of all words."""
    leaving, found, pending = outgoing(thread), set[Var](), [head]
    within = {edge.end for edge in leaving[head] if {*moved.values()} != {TRUE}}
    while pending:
        for edge in leaving[pending.pop()]:
            told = {var for var, value in edge.updates if var in moved and value is TRUE}
            if substitute(edge.guard, moved) is not FALSE:
                found |= told
                pending += [edge.end] if not told and edge.end in within else []
    return found


def test_each_word_may_be_the_next_until_all_have_moved():
    thread = copier()
    assert heads(thread)
    for head, (first, second) in heads(thread).items():
        assert next_moves(thread, head, {first: FALSE, second: FALSE}) == {first, second}
        assert next_moves(thread, head, {first: TRUE, second: FALSE}) == {second}
        assert next_moves(thread, head, {first: FALSE, second: TRUE}) == {first}
        moved: dict[Var, Expr] = {first: TRUE, second: TRUE}
        leaving = outgoing(thread)[head]
        ways = [edge for edge in leaving if substitute(edge.guard, moved) is not FALSE]
        assert [(edge.guard, edge.updates) for edge in ways] == [(and_(first, second), ())]


def test_a_block_has_to_stay_until_all_of_it_has_moved_and_no_longer():
    """Whoever sees the last word may give the block back before the copying thread goes on."""
    thread = copier()
    for head, flags in heads(thread).items():
        asked = [c.violated for c in checks_at(thread)[head] if c.kind is CheckKind.LIVE]
        assert asked
        assert all(substitute(dead, dict.fromkeys(flags, TRUE)) is FALSE for dead in asked)
        for flag in flags:
            assert all(substitute(dead, {flag: FALSE}) is not FALSE for dead in asked)
