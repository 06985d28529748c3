"""Counts of all threads: never wrapped, and what is said of their sum is true (semantics 5.7)."""

from __future__ import annotations

from random import Random

from cecheck.ir.build import word
from cecheck.ir.expr import BOOL, Scope, Var, bits
from cecheck.lower.counts import up
from cecheck.lower.tables import COUNT_BITS, Count
from cecheck.replay.interp import evaluate

TOTAL = Var("total", bits(16), Scope.GLOBAL)
THEIRS = Var("theirs", bits(COUNT_BITS), Scope.GLOBAL)
LOST = Var("lost", BOOL, Scope.GLOBAL)
COUNT = Count(TOTAL, THEIRS, LOST)


def said(own: int, is_followed: bool, total: int, theirs: int, lost: bool) -> bool:
    """Return whether what a thread is told of the sum is true."""
    followed = Var("followed", BOOL, Scope.LOCAL)
    told = COUNT.is_sum(word(own, COUNT_BITS), followed)
    values = {"total": total, "theirs": theirs, "lost": int(lost), "followed": int(is_followed)}
    return bool(evaluate(told, lambda var: values[var.name]))


def test_what_is_said_of_the_sum_holds_in_every_run():
    """Whoever counts, up or down, also more often down than up; thread 0 is the followed one."""
    random = Random(7)
    for _ in range(200):
        own, total, lost = [0, 0, 0], 0, False
        for _ in range(40):
            who = random.randrange(3)
            if random.random() < 0.5:
                own[who], total = own[who] + 1, total + 1
            else:
                lost = lost or own[who] == 0
                own[who], total = max(own[who] - 1, 0), max(total - 1, 0)
            assert all(said(own[n], n == 0, total, own[0], lost) for n in range(3))


def test_it_says_something_as_long_as_no_thread_took_what_was_not_its_own():
    """Otherwise nothing: the total may be anything then."""
    assert not said(1, False, 1, 1, False)
    assert said(1, False, 0, 1, True)
    assert not said(2, True, 1, 0, False)


def test_a_count_does_not_wrap():
    """At the largest number it stays."""
    for value, expected in ((0, 1), (254, 255), (255, 255)):
        assert evaluate(up(word(value, COUNT_BITS)), lambda _: 0) == expected
