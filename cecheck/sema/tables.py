"""Platform maps that are written: entries one by one or in ranges, set or counted by one."""

from __future__ import annotations

from collections.abc import Mapping

from cecheck.sema import link_errors, typed
from cecheck.sema.context import Env
from cecheck.sema.conversions import value_at
from cecheck.sema.names import find
from cecheck.sema.scope import TableName
from cecheck.sema.types import IntType
from cecheck.sema.values import Constant, Poison
from cecheck.syntax import ast

_ASKED_LATER = "pinned"  # the one hook that may look at a map which changes


def write_table(
    env: Env, node: ast.Assign, target: ast.Index | ast.Range
) -> typed.TableWrite | None:
    """Return ``table[i] op value`` or ``table[low .. high] op value``."""
    assert isinstance(target.base, ast.Name)
    table = find(env, target.base.text, target.base.span)
    assert isinstance(table, TableName)
    low, high = _entries(env, target, table.index)
    change = _change(env, node, table.variable)
    if isinstance(low, Poison) or isinstance(high, Poison) or change is None:
        return None
    found = typed.TableWrite(table.variable, low, high, *change, node.span)
    env.context.table_writes.append(found)
    env.context.asking.add(env.owner)
    return found


def is_table(env: Env, base: ast.Expr) -> bool:
    """Return whether *base* names a map."""
    return isinstance(base, ast.Name) and isinstance(env.scope.find(base.text), TableName)


def _entries(
    env: Env, target: ast.Index | ast.Range, index: IntType
) -> tuple[typed.Expr | Poison, typed.Expr | Poison | None]:
    if isinstance(target, ast.Index):
        return value_at(env, target.index, index), None
    return value_at(env, target.low, index), value_at(env, target.high, index)


def _change(
    env: Env, node: ast.Assign, table: typed.Variable
) -> tuple[typed.Change, typed.Expr | None] | None:
    """Return how entries change, and to what they are set."""
    if node.op == "=":
        value = value_at(env, node.value, table.type)
        return None if isinstance(value, Poison) else (typed.Change.SET, value)
    amount = env.evaluate(node.value, table.type)
    counts = isinstance(table.type, IntType) and not table.type.signed and node.op in ("+=", "-=")
    if isinstance(amount, Poison):
        return None
    if not counts or not isinstance(amount, Constant) or amount.value != 1:
        env.report(link_errors.not_yet(node.span, "a map that is changed by other than `1`"))
        return None
    return (typed.Change.MORE if node.op == "+=" else typed.Change.LESS), None


def check_tables(env: Env, hooks: Mapping[str, str]) -> None:
    """Report what a map that is written may not be: counted and set, or seen by most hooks."""
    context = env.context
    first: dict[int, typed.TableWrite] = {}
    for write in sorted(context.table_writes, key=lambda write: write.span.start):
        begun = first.setdefault(write.table.number, write)
        if (begun.change is typed.Change.SET) != (write.change is typed.Change.SET):
            env.report(link_errors.not_yet(write.span, "a map that is both set and counted in"))
    for hook, key in hooks.items():
        if hook == _ASKED_LATER or not first:
            continue
        reached = context.reached(key)
        for owner, table, span in context.table_reads:
            if owner in reached and table in first:
                what = f"a map that is written, read by the hook `{hook}`,"
                env.report(link_errors.not_yet(span, what))
