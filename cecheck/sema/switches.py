"""``switch``: a chain of branches over a value that is evaluated once."""

from __future__ import annotations

from cecheck.record import record
from cecheck.sema import errors, type_errors, typed
from cecheck.sema.blocks import Elaborate, Outcome, block
from cecheck.sema.context import Env
from cecheck.sema.conversions import BOOL, fit, settle
from cecheck.sema.types import IntType
from cecheck.sema.values import Constant, Poison
from cecheck.source import Span
from cecheck.syntax import ast


@record
class _Arm:
    """A case: where *test* is None its values are wrong."""

    test: typed.Expr | None
    body: typed.Block
    outcome: Outcome
    span: Span


def switch(env: Env, node: ast.Switch, statement: Elaborate) -> Outcome:
    """``switch subject { case ... default ... }``; a case does not fall into the next."""
    subject = settle(env, env.evaluate(node.subject), node.subject.span)
    if not isinstance(subject, Poison) and not isinstance(subject.type, IntType):
        subject = env.report(errors.not_a(node.subject.span, "a number"))
    before, value = _once(env, subject)
    seen: dict[int, Span] = {}
    arms = [_arm(env, case, value, seen, statement) for case in node.cases]
    if node.default is not None:
        last, outcome = block(env, node.default, statement)
    else:
        last, outcome = typed.Block((), node.span), Outcome((), env.scope)
    leaves = outcome.leaves and all(a.outcome.leaves for a in arms)
    breaks = outcome.breaks or any(a.outcome.breaks for a in arms)
    chain = _chain(arms, last)
    return Outcome((*before, *chain), env.scope, leaves, breaks)


def _once(
    env: Env, subject: typed.Expr | Poison
) -> tuple[tuple[typed.Stmt, ...], typed.Expr | None]:
    """Return the subject as something that can be asked again and again."""
    if isinstance(subject, Poison):
        return (), None
    span = subject.span
    variable = env.context.variable("subject", subject.type, typed.Storage.LOCAL, span)
    place = typed.VarPlace(variable, subject.type, span)
    return (typed.Declare(variable, subject, span),), typed.Read(place, subject.type, span)


def _arm(
    env: Env,
    case: ast.Case,
    subject: typed.Expr | None,
    seen: dict[int, Span],
    statement: Elaborate,
) -> _Arm:
    tests = [_equal(env, value, subject, seen) for value in case.values]
    body, outcome = block(env, case.body, statement)
    good = [t for t in tests if t is not None]
    if len(good) != len(tests):
        return _Arm(None, body, outcome, case.span)
    test = good[0]
    for other in good[1:]:
        test = typed.Operation(typed.Operator.OR, (test, other), BOOL, case.span)
    return _Arm(test, body, outcome, case.span)


def _equal(
    env: Env, written: ast.Expr, subject: typed.Expr | None, seen: dict[int, Span]
) -> typed.Expr | None:
    value = env.evaluate(written)
    if isinstance(value, Poison) or subject is None:
        return None
    if not isinstance(value, Constant):
        env.report(type_errors.not_constant(written.span))
        return None
    number = fit(env, value, subject.type, written.span)
    if isinstance(number, Poison):
        return None
    if value.value in seen:
        env.report(errors.second_case(written.span, seen[value.value]))
    seen.setdefault(value.value, written.span)
    return typed.Operation(typed.Operator.EQUAL, (subject, number), BOOL, written.span)


def _chain(arms: list[_Arm], last: typed.Block) -> tuple[typed.Stmt, ...]:
    """Return the branches, first case outermost."""
    rest = last
    for arm in reversed(arms):
        if arm.test is not None:
            branch = typed.If(arm.test, arm.body, rest, arm.span)
            rest = typed.Block((branch,), arm.span)
    return rest.statements
