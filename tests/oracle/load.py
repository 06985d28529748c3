"""From text to the typed tree, on the scaled machine."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cecheck.sema.elaborate import elaborate
from cecheck.sema.typed import Spec
from cecheck.sema.types import SMALL
from cecheck.source import Source
from cecheck.syntax.ast import File
from cecheck.syntax.parse import parse

ROOT = Path(__file__).parents[2]


@cache
def parsed(path: Path) -> File:
    """Return the tree of a file that is right."""
    return _tree(Source(str(path.relative_to(ROOT)), path.read_text()))


def scaled(text: str, path: str = "here.ce") -> Spec:
    """Return what *text* means with six-bit addresses."""
    spec, wrong = elaborate(_tree(Source(path, text)), _platform, SMALL, scale="small")
    if spec is None:
        raise AssertionError("\n".join(f"{d.span}: {d.message}" for d in wrong))
    return spec


def scaled_file(path: Path) -> Spec:
    """Return what the file at *path* means with six-bit addresses."""
    return scaled(path.read_text(), str(path.relative_to(ROOT)))


def _tree(source: Source) -> File:
    tree, wrong = parse(source)
    if tree is None:
        raise AssertionError("\n".join(f"{d.span}: {d.message}" for d in wrong))
    return tree


def _platform(name: str) -> File | None:
    path = ROOT / "models" / f"{name}.ce"
    return parsed(path) if path.exists() else None
