"""What the tests of the judge do not notice if it is missing: statements left out, decided `if`s.

Usage: python tests/campaigns/deleted.py [MODULE ...]

mutmut exchanges operators, values and arguments; here each statement of `cecheck/certify` is left
out and each condition decided, one at a time, and `tests/judge` is run in a child that sees the
changed module.  Prints what survives, and the counts.
"""

from __future__ import annotations

import ast
import contextlib
import importlib.abc
import importlib.util
import io
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
JUDGE: Final = ROOT / "cecheck" / "certify"
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]
PATIENCE: Final = 120  # seconds for all tests of one change

_SIMPLE = (
    ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Continue, ast.Break,
    ast.Raise,
)  # fmt: skip
_CONDITIONAL = (ast.If, ast.IfExp, ast.While)


def changes(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield the line, the kind and the whole text of each change of the module *text*."""
    for number, node in enumerate(ast.walk(ast.parse(text))):
        kinds: list[str] = []
        if isinstance(node, _SIMPLE) and not _is_text(node) and node.col_offset:
            kinds.append("left out")
        if isinstance(node, _CONDITIONAL):
            kinds += ["always", "never"] if not isinstance(node, ast.While) else ["never"]
        if isinstance(node, ast.comprehension) and node.ifs:
            kinds.append("always")
        for kind in kinds:
            yield getattr(node, "lineno", 0) or node.iter.lineno, kind, _changed(text, number, kind)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _changed(text: str, number: int, kind: str) -> str:
    """Return *text* where the node of that *number* is changed."""
    tree = ast.parse(text)
    node = list(ast.walk(tree))[number]
    if kind == "left out":
        _replace(tree, node, ast.Pass())
    elif isinstance(node, ast.comprehension):
        node.ifs = []
    else:
        node.test = ast.Constant(kind == "always")
    return ast.unparse(ast.fix_missing_locations(tree))


def _replace(tree: ast.AST, old: ast.AST, new: ast.stmt) -> None:
    for parent in ast.walk(tree):
        for _, value in ast.iter_fields(parent):
            if isinstance(value, list) and old in value:
                value[value.index(old)] = new


class _Instead(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds one module, whose text is another."""

    def __init__(self, name: str, text: str) -> None:
        self._name, self._text = name, text

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        """Return where the module is found: here."""
        return importlib.util.spec_from_loader(name, self) if name == self._name else None

    def exec_module(self, module: ModuleType) -> None:
        """Run the other text."""
        exec(compile(self._text, self._name, "exec"), module.__dict__)


def is_noticed(name: str, text: str) -> bool:
    """Tell whether the tests fail where the module *name* has this *text*; or do not end."""
    child = os.fork()
    if not child:
        signal.alarm(PATIENCE)  # ends the child: that is noticed, too
        sys.meta_path.insert(0, _Instead(name, text))
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            try:
                status = _tested()
            except BaseException:
                status = 1
        os._exit(status)
    _, status = os.waitpid(child, 0)
    return status != 0


def _tested() -> int:
    import pytest  # noqa: PLC0415

    plugins = ["-p", "no:xdist", "-p", "no:cacheprovider"]
    return int(pytest.main(["-x", "-q", *plugins, str(ROOT / "tests" / "judge")]))


def main(names: Sequence[str]) -> None:
    """Try all changes of the modules called *names*."""
    import bitwuzla  # noqa: F401, PLC0415
    import cvc5  # noqa: F401, PLC0415
    import hypothesis  # noqa: F401, PLC0415
    import z3  # noqa: F401, PLC0415

    import cecheck.encode.terms  # noqa: PLC0415
    import cecheck.ir.movers  # noqa: F401, PLC0415

    counts: Counter[str] = Counter()
    if is_noticed("none", ""):
        sys.exit("the tests fail without any change")
    for name in names:
        text = (JUDGE / f"{name}.py").read_text(encoding="utf-8")
        for line, kind, changed in changes(text):
            noticed = is_noticed(f"cecheck.certify.{name}", changed)
            counts["noticed" if noticed else "not noticed"] += 1
            if not noticed:
                said = text.splitlines()[line - 1].strip()
                print(f"{name}.py:{line}: {kind}: {said}", flush=True)
    print(dict(counts))


if __name__ == "__main__":
    os.chdir(ROOT)
    main(sys.argv[1:] or sorted(p.stem for p in JUDGE.glob("*.py") if p.stem != "__init__"))
