"""``invariant`` about constants: what the author takes for granted about sizes and layouts."""

from __future__ import annotations

from collections.abc import Iterable

from cecheck.diagnostics import Code, Diagnostic
from cecheck.sema import link_errors, typed
from cecheck.sema.context import Env
from cecheck.sema.conversions import condition
from cecheck.sema.values import Constant, Poison
from cecheck.syntax import ast


def check_constants(env: Env, demands: Iterable[ast.Invariant]) -> None:
    """Report those of *demands* that are false, or about anything but constants."""
    for node in demands:
        _check(env, node)


def _check(env: Env, node: ast.Invariant) -> None:
    holds = condition(env, node.condition)
    if isinstance(holds, Poison):
        return
    if not isinstance(holds, typed.Literal):
        what = "an `invariant` outside drivers, about anything but constants,"
        env.report(link_errors.not_yet(node.span, what))
    elif not holds.value:
        env.report(_false(env, node))


def _false(env: Env, node: ast.Invariant) -> Diagnostic:
    words, test = "this does not hold", node.condition
    if isinstance(test, ast.Binary):
        sides = [env.evaluate(side) for side in (test.left, test.right)]
        numbers = [side.value for side in sides if isinstance(side, Constant)]
        if len(numbers) == len(sides) and test.op not in ("&&", "||"):
            words = f"{words}: {numbers[0]} {test.op} {numbers[1]}"
    return Diagnostic(Code.FALSE_INVARIANT, words, test.span)
