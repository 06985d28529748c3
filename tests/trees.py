"""What tests of the syntax share: parse a text that is right, compare trees without spans."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path

from cecheck.diagnostics import Diagnostic
from cecheck.source import Source, Span
from cecheck.syntax import ast
from cecheck.syntax.parse import parse

ROOT = Path(__file__).resolve().parent.parent
EVERYTHING = ROOT / "tests" / "syntax" / "everything.ce"
# Every file of the project that is right as far as its syntax goes.
RIGHT = (
    EVERYTHING,
    *sorted((ROOT / "models").rglob("*.ce")),
    *sorted((ROOT / "specs").rglob("*.ce")),
)


def tree(text: str) -> ast.File:
    """Return the tree of *text*, which has one."""
    file, found = parse(Source("test.ce", text))
    assert file is not None, found
    return file


def problems(text: str) -> tuple[Diagnostic, ...]:
    """Return what is wrong with *text*, which has no tree."""
    file, found = parse(Source("test.ce", text))
    assert file is None
    return found


def expression(text: str) -> ast.Expr:
    """Return the tree of an expression."""
    item = tree(f"invariant {text}").items[0]
    assert isinstance(item, ast.Invariant)
    return item.condition


def statements(text: str) -> tuple[ast.Stmt, ...]:
    """Return the trees of the statements in *text*."""
    item = tree(f"test t {{ {text} }}").items[0]
    assert isinstance(item, ast.Test)
    return item.body.statements


def bare(node: object) -> object:
    """Return *node* as nested tuples without its places."""
    match node:
        case Span() | Source():
            return None
        case tuple():
            return tuple(map(bare, node))
        case _ if is_dataclass(node):
            parts = (bare(getattr(node, field.name)) for field in fields(node))
            return (type(node).__name__, *parts)
        case _:
            return node
