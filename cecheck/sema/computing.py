"""Hooks answer a question: they compute, and neither choose nor change anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cecheck.sema import link_errors, typed
from cecheck.sema.context import Env
from cecheck.sema.types import PointersType
from cecheck.sema.walk import nodes
from cecheck.source import Span


def check_hooks(env: Env, hooks: Mapping[str, str]) -> None:
    """Report what no hook may do, be it in a function that it calls."""
    for hook, key in hooks.items():
        for reached in env.context.reached(key):
            function = env.context.functions.get(reached)
            for span in _effects(() if function is None else function.body):
                env.report(link_errors.hook_acts(span, hook))


def _effects(tree: object) -> Iterator[Span]:
    for node in nodes(tree):
        match node:
            case typed.Assign(place=typed.VarPlace(variable=variable)):
                if variable.storage is not typed.Storage.LOCAL:
                    yield node.span
            case typed.Declare(value=None) | typed.Return(value=None):
                yield node.span
            case typed.Declare() | typed.Return() | typed.Evaluate() | typed.If() | typed.Raise():
                pass
            case typed.Chosen() | typed.Present() | typed.Fetch() | typed.AddressOf():
                yield node.span
            case typed.Picked() | typed.Allocate() | typed.Show() | typed.WaitFor():
                yield node.span
            case typed.StringLength():
                yield node.span
            case typed.SetOf(type=PointersType(), items=(_, *_)):
                yield node.span  # which member is followed is a choice
            case typed.Retype(checked=True) | typed.CrossExpr() | typed.EnterExpr():
                yield node.span
            case typed.Assign() | typed.TableWrite() | typed.Pair() | typed.Copy():
                yield node.span
            case typed.While() | typed.Try() | typed.Labelled() | typed.Demand() | typed.Assume():
                yield node.span
            case typed.Free() | typed.Hide() | typed.HandOn() | typed.Cover() | typed.Atomic():
                yield node.span
            case typed.Touch() | typed.Store():
                yield node.span
            case _:
                pass
