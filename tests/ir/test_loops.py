"""Loops as the graph has them, and what a measure makes of a program."""

from __future__ import annotations

import pytest
from tiny import COUNT, ME, SAVED, edge, number, rounds

from cecheck.ir.expr import FALSE, TRUE
from cecheck.ir.loops import Measure, ghosts, measured, natural_loop, smaller


def loop(pairs, head):
    return natural_loop([edge(start, end) for start, end in pairs], 0, head)


@pytest.mark.parametrize(
    ("pairs", "head", "inside"),
    [
        ([(0, 1), (1, 2), (2, 1), (1, 3)], 1, {1, 2}),
        ([(0, 1), (1, 1), (1, 3)], 1, {1}),
        ([(0, 1), (1, 2), (2, 3)], 1, set()),
        ([(0, 1), (1, 2), (2, 1), (1, 3), (3, 0)], 1, {1, 2}),  # the next call
        ([(0, 1), (1, 2), (2, 1), (1, 3), (3, 0)], 0, {0, 1, 2, 3}),
        ([(0, 1), (1, 2), (2, 2), (2, 1), (1, 3)], 1, {1, 2}),  # with a loop inside
        ([(0, 1), (1, 2), (2, 3), (3, 2), (3, 1), (1, 4)], 2, {2, 3}),  # which is one of its own
        ([(0, 1), (1, 2), (2, 1), (2, 4), (4, 1), (4, 5)], 1, {1, 2, 4}),  # two ways back
        ([(0, 1), (1, 2), (2, 1), (2, 4), (4, 5)], 1, {1, 2}),  # a way out from within
        ([(0, 1), (1, 2), (3, 1), (2, 0)], 1, set()),  # nothing comes from there
        ([(0, 1), (1, 2), (2, 1), (3, 2), (4, 3)], 1, {1, 2}),  # nor from there
        ([(0, 1), (0, 2), (1, 2), (2, 1)], 1, set()),  # entered in two places: no head
    ],
)
def test_a_loop_is_what_leads_back_to_its_head_and_is_entered_nowhere_else(pairs, head, inside):
    assert loop(pairs, head) == inside


def test_the_first_word_that_differs_decides():
    """Of two words, as in a dictionary; unsigned."""
    for now in range(3):
        for then in range(3):
            for first, second in ((7, 7), (6, 7), (255, 0)):
                words, before = (number(first), number(now)), (number(second), number(then))
                expected = (first, now) < (second, then)
                assert smaller(words, before) is (TRUE if expected else FALSE)
    assert smaller((), ()) is FALSE


def test_a_measured_loop_remembers_only_what_was_in_this_visit():
    """The head notes the measure on the way in, and forgets on the way from outside."""
    model = rounds()
    one = Measure(0, 0, (COUNT,))
    again, before = ghosts(model, one)
    edges = {(e.start, e.end): dict(e.updates) for e in measured(model, [one]).threads[0].edges}
    assert edges[1, 2][again] is TRUE
    assert edges[1, 2][before] is COUNT
    assert edges[0, 1][again] is FALSE
    assert again not in edges[2, 1]
    assert again not in edges[1, 3]


def test_a_measured_program_is_otherwise_the_same():
    model = rounds()
    added = measured(model, [Measure(0, 0, (COUNT,))])
    old, new = model.threads[0], added.threads[0]
    own = frozenset((ME, COUNT, SAVED))
    for before, after in zip(old.edges, new.edges, strict=True):
        kept = tuple((var, value) for var, value in after.updates if var in own)
        assert (before.start, before.end, before.guard) == (after.start, after.end, after.guard)
        assert before.updates == kept
    assert new.checks[1:] == old.checks[1:]
