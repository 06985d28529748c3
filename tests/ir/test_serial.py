"""Expressions and certificates survive as data; whatever else is read is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from exprs import VARIABLES, statements
from hypothesis import given, settings
from tiny import DATA, LOCK, ME, edge, locked, number, program, published, thread, variable

from cecheck.ir.build import add, and_, eq, not_
from cecheck.ir.certificate import Certificate, from_json, to_json
from cecheck.ir.expr import TRUE, Binary, BinaryOp, Expr, Scope, Var
from cecheck.ir.program import Program, View
from cecheck.ir.serial import WIDEST, Malformed, fingerprint, from_data, to_data


@settings(max_examples=100, deadline=None)
@given(statements(), statements())
def test_expressions_come_back_as_they_were(one: Expr, two: Expr) -> None:
    data = json.loads(json.dumps(to_data([one, two, one])))
    assert from_data(data, VARIABLES) == (one, two, one)


def test_shared_parts_stay_shared() -> None:
    """An expression of 2 ** 300 leaves is a few hundred nodes."""
    expr: Expr = DATA
    for _ in range(300):
        expr = Binary(BinaryOp.ADD, expr, expr)
    data = to_data([expr])
    assert len(data["nodes"]) == 301  # type: ignore[arg-type]
    assert from_data(data, [DATA]) == (expr,)


def test_deep_expressions_need_no_stack() -> None:
    expr: Expr = DATA
    for value in range(1, 20_000):
        expr = Binary(BinaryOp.ADD, expr, number(value % 256))
    assert from_data(to_data([expr]), [DATA]) == (expr,)


def nodes(*rows: Any, roots: Any = (0,)) -> dict[str, Any]:
    return {"nodes": [list(row) for row in rows], "roots": list(roots)}


VAR = ("var", "data", "global", 8)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"nodes": []},
        {"nodes": [], "roots": [0]},
        {"nodes": {}, "roots": []},
        {**nodes(VAR), "more": 1},
        nodes(VAR, roots=(1,)),
        nodes(VAR, roots=(-1,)),
        nodes(VAR, roots=(True,)),
        nodes(VAR, roots=(0.0,)),
        nodes(VAR, VAR, roots=(0, 1)),
        nodes(VAR, ("const", "0x1", 8)),
        nodes(("var", "other", "global", 8)),
        nodes(("var", "data", "local", 8)),
        nodes(("var", "data", "global", 9)),
        nodes(("var", "data", "global", 8.0)),
        nodes(("var", ["data"], "global", 8)),
        nodes(("var", "data", "global")),
        nodes(("const", "0x100", 8)),
        nodes(("const", "-0x1", 8)),
        nodes(("const", "0X1", 8)),
        nodes(("const", "1", 8)),
        nodes(("const", 1, 8)),
        nodes(("const", "0x1", -1)),
        nodes(("const", "0x1", WIDEST + 1)),
        nodes(("const", "0x" + "0" * 5000 + "1", 8)),
        nodes(VAR, ("unary", "!", 0), roots=(1,)),
        nodes(VAR, ("unary", "?", 0), roots=(1,)),
        nodes(VAR, ("unary", ["-"], 0), roots=(1,)),
        nodes(VAR, ("unary", "-", 0, 0), roots=(1,)),
        nodes(VAR, ("unary", "-", 1), roots=(1,)),
        nodes(VAR, ("binary", "+", 0), roots=(1,)),
        nodes(VAR, ("binary", "&&", 0, 0), roots=(1,)),
        nodes(VAR, ("binary", "**", 0, 0), roots=(1,)),
        nodes(VAR, ("ite", 0, 0, 0), roots=(1,)),
        nodes(VAR, ("extract", 0, 8, 0), roots=(1,)),
        nodes(VAR, ("extract", 0, 3, 4), roots=(1,)),
        nodes(VAR, ("extend", 0, 8, False), roots=(1,)),
        nodes(VAR, ("extend", 0, 16, 0), roots=(1,)),
        nodes(VAR, ("extend", 0, 1 << 40, False), roots=(1,)),
        nodes(VAR, ("select", 0, 0), roots=(1,)),
        nodes(VAR, (), roots=(1,)),
        {"nodes": [7], "roots": [0]},
        {"nodes": [{"var": "data"}], "roots": [0]},
    ],
)
def test_what_was_not_written_here_is_refused(data: object) -> None:
    with pytest.raises(Malformed):
        from_data(data, [DATA])


LOCKED = locked()
MINE = and_(not_(eq(ME, number(0))), eq(LOCK, ME))
SOME = Certificate(
    1, View.HOSTILE, ((0, 1, 2, 3),), ((TRUE, MINE, MINE, eq(DATA, ME)),), fingerprint(LOCKED)
)


def test_a_certificate_comes_back_as_it_was() -> None:
    assert from_json(to_json(SOME), LOCKED) == SOME


def test_every_truncation_of_a_certificate_is_refused() -> None:
    text = to_json(SOME)
    for length in range(len(text)):
        with pytest.raises(Malformed):
            from_json(text[:length], LOCKED)


def edited(change: Callable[[dict[str, Any]], object]) -> str:
    data = json.loads(to_json(SOME))
    change(data)
    return json.dumps(data, separators=(",", ":"))


@pytest.mark.parametrize(
    "text",
    [
        to_json(SOME) + " ",
        to_json(SOME) + "{}",
        to_json(SOME).replace('"level":1', '"level":1,"level":1'),
        to_json(SOME).replace('"level":1', '"level":NaN'),
        pytest.param("[" * 100_000, id="nested"),
        edited(lambda data: data.update(more=1)),
        edited(lambda data: data.pop("level")),
        edited(lambda data: data.update(level="1")),
        edited(lambda data: data.update(level=True)),
        edited(lambda data: data.update(format=1)),
        edited(lambda data: data.update(view="kind")),
        edited(lambda data: data.update(program="0" * 64)),
        edited(lambda data: data.update(cuts=[[0, 1, 2]])),
        edited(lambda data: data.update(cuts=[[0, 1, 2, 3, 4]])),
        edited(lambda data: data.update(cuts=[[0, 1, 2, 3.0]])),
        edited(lambda data: data.update(cuts=[[0, 1], [2, 3]])),
        edited(lambda data: data.update(cuts=[0, 1, 2, 3])),
        edited(lambda data: data["formulas"]["roots"].append(0)),
    ],
)
def test_an_edited_certificate_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        from_json(text, LOCKED)


def with_edge(**changes: Any) -> Program:
    """Return the locked program with its first edge changed."""
    first, *others = LOCKED.threads[0].edges
    return with_thread(edges=(replace(first, **changes), *others))


def with_thread(**changes: Any) -> Program:
    return replace(LOCKED, threads=(replace(LOCKED.threads[0], **changes),))


@pytest.mark.parametrize(
    "changed",
    [
        published(),
        replace(LOCKED, view=View.WELL_BEHAVED),
        replace(LOCKED, facts=not_(TRUE)),
        replace(LOCKED, initial=TRUE),
        replace(LOCKED, globals=LOCKED.globals[:1]),
        replace(LOCKED, rigid=(variable("rigid", Scope.RIGID),)),
        with_thread(count=2),
        with_thread(start=1),
        with_thread(identity=Var("you", ME.sort, Scope.LOCAL)),
        with_thread(initial=TRUE),
        with_thread(edges=LOCKED.threads[0].edges[1:]),
        with_thread(checks=LOCKED.threads[0].checks[:1]),
        with_edge(end=2),
        with_edge(guard=TRUE),
        with_edge(updates=((LOCK, add(ME, ME)),)),
        with_edge(updates=((DATA, ME),)),
    ],
)
def test_another_program_has_another_fingerprint(changed: Program) -> None:
    assert fingerprint(changed) != fingerprint(LOCKED)


def test_an_equal_program_has_the_same_fingerprint() -> None:
    one, two = program([thread([edge(0, 1)])]), program([thread([edge(0, 1)])])
    assert fingerprint(one) == fingerprint(two)
