"""What the system may do at any time: ``environment`` of a platform."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cecheck.sema import link_errors, typed
from cecheck.sema.blocks import body
from cecheck.sema.builtins import environment_scope
from cecheck.sema.context import Env
from cecheck.sema.control import statement
from cecheck.sema.declarations import Names
from cecheck.sema.types import VoidType
from cecheck.sema.walk import nodes
from cecheck.source import Span
from cecheck.syntax import ast


def elaborate_environments(
    names: Names, events: Iterable[ast.Environment]
) -> tuple[typed.Environment, ...]:
    """Read what may happen at any time: each is one action, on nobody's thread."""
    found = []
    env = names.env
    for node in events:
        inside = Env(
            env.context, environment_scope(env.scope), env.code,
            owner=f"environment {node.name.text}", result=VoidType(), in_atomic=True,
        )  # fmt: skip
        block = body(inside, node.body, statement)
        for span, what in _more(block):
            env.report(link_errors.not_yet(span, f"{what} in an `environment`"))
        mentions = frozenset(env.context.mentions.get(inside.owner, ()))
        found.append(typed.Environment(node.name.text, block, mentions, node.span))
    return tuple(found)


def _more(block: typed.Block) -> Iterator[tuple[Span, str]]:
    """Yield what is more than a choice of who exits: that a thread runs, or others have part in."""
    for item in block.statements:
        match item:
            case typed.If():
                yield from (*_more(item.then), *_more(item.otherwise))
                yield from _of_threads(item.condition)
            case typed.Declare(value=value):
                yield from _of_threads(value)
            case typed.Retire(process=process):
                yield from _of_threads(process)
            case _:
                yield item.span, "anything but `let`, `if` and `retire`"


def _of_threads(tree: object) -> Iterator[tuple[Span, str]]:
    for node in nodes(tree):
        match node:
            case typed.VarPlace(variable=typed.Variable(storage=typed.Storage.THREAD_FIELD)):
                yield node.span, "a thread field"
            case typed.PartyExpr(party=typed.Party.HOME | typed.Party.CALLEE, span=span):
                yield span, "the process of a thread"
            case typed.CallExpr(span=span):
                yield span, "a call"
            case _:
                pass
