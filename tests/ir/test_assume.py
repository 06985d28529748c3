"""What is simplified under assumptions keeps its value wherever these hold."""

from __future__ import annotations

from exprs import SORTS, VARIABLES, expressions, statements, values
from hypothesis import given, settings
from hypothesis import strategies as st

from cecheck.ir.assume import Known, alike, conjuncts, forgotten, propagated
from cecheck.ir.build import add, all_of, and_, eq, ite, ne, not_, or_, ult, word
from cecheck.ir.expr import FALSE, Expr, Scope, Var, bits, variables
from cecheck.replay.interp import evaluate

X, Y = (Var(name, bits(8), Scope.LOCAL) for name in "xy")
FREE = Var("free", bits(8), Scope.INPUT)
OTHER = Var("other", bits(8), Scope.INPUT)

some_statements = st.lists(statements(), max_size=4)
an_equality = st.sampled_from(SORTS[1:]).flatmap(
    lambda sort: st.builds(
        eq, st.sampled_from([v for v in VARIABLES if v.sort == sort]), expressions(sort, 2)
    )
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(statements(), an_equality), max_size=5), statements(), values())
def test_a_propagated_conjunction_keeps_its_value(
    parts: list[Expr], goal: Expr, state: dict[Var, int]
) -> None:
    kept, aim = propagated(parts, goal)
    before = evaluate(and_(*parts, goal), state.__getitem__)
    assert evaluate(all_of([*kept, *aim]), state.__getitem__) == before


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(statements(), an_equality), max_size=4), statements(), values())
def test_what_is_known_changes_nothing_where_it_holds(
    assumed: list[Expr], expr: Expr, state: dict[Var, int]
) -> None:
    known = Known().also(*assumed)
    if evaluate(all_of(assumed), state.__getitem__):
        read = state.__getitem__
        assert evaluate(known.applied(expr, {}), read) == evaluate(expr, read)


@settings(max_examples=150, deadline=None)
@given(statements(), values())
def test_conjuncts_are_the_expression(expr: Expr, state: dict[Var, int]) -> None:
    said = all(evaluate(part, state.__getitem__) for part in conjuncts(expr))
    assert said == bool(evaluate(expr, state.__getitem__))


@settings(max_examples=60, deadline=None)
@given(some_statements, statements())
def test_alike_only_leaves_out(parts: list[Expr], goal: Expr) -> None:
    chosen = alike(parts, goal)
    assert all(part in parts for part in chosen)


def test_alike_keeps_what_shares_a_free_choice_or_has_none() -> None:
    shared, stranger, fixed = ult(FREE, X), ult(OTHER, X), ult(X, Y)
    assert alike([shared, stranger, fixed], eq(FREE, Y)) == [shared, fixed]


def test_what_is_decided_elsewhere_is_decided() -> None:
    """Equal variables become one, a known condition true, whatever the order."""
    parts = [or_(ult(X, Y), eq(X, word(3, 8))), not_(ult(X, Y))]
    kept, aim = propagated(parts, ne(X, word(3, 8)))
    assert aim == [FALSE]
    assert kept == []


def test_two_equal_parts_do_not_prove_each_other_away() -> None:
    kept, aim = propagated([eq(X, Y), eq(Y, X)], eq(X, Y))
    assert conjuncts(all_of([*kept, *aim])) == [eq(X, Y)]


def _large(free: Var) -> Expr:
    """Return a choice that is worth a name."""
    value: Expr = free
    for number in range(8):
        value = ite(ult(value, word(30 * number + 1, 8)), add(value, word(7, 8)), X)
    return value


def test_a_forgotten_choice_is_the_same_everywhere() -> None:
    """Whoever satisfies parts and goal still does, with the choice's value for its name."""
    choice = _large(FREE)
    found = forgotten([ult(choice, word(9, 8)), ult(Y, choice)], ult(word(5, 8), choice))
    assert found is not None
    (below, above), goal = found
    (name,) = [v for v in variables(goal) if v.scope is Scope.INPUT]
    assert (below, above, goal) == (ult(name, word(9, 8)), ult(Y, name), ult(word(5, 8), name))


def test_nothing_is_forgotten_of_what_the_goal_speaks_of() -> None:
    choice = _large(FREE)
    assert forgotten([], ult(choice, FREE)) is None
    assert forgotten([], ult(X, Y)) is None
