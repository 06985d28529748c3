"""Every diagnostic, as a user sees it: one wrong specification each, its golden text beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cecheck import paths
from cecheck.diagnostics import Code, Diagnostic
from cecheck.report.snippet import diagnostic_text
from cecheck.sema.elaborate import elaborate
from cecheck.sema.params import every_value
from cecheck.source import Source
from cecheck.syntax import ast
from cecheck.syntax.limits import read_source
from cecheck.syntax.parse import parse
from cecheck.syntax.uses import joined

ERRORS = Path(__file__).parent.parent / "errors"
FILES = sorted(ERRORS.glob("*.ce"))


def platform(name: str) -> ast.File | None:
    """Return the shipped platform *name*."""
    path = paths.MODELS / f"{name}.ce"
    if not path.is_file():
        return None
    return parse(Source(f"models/{name}.ce", path.read_text(encoding="utf-8")))[0]


def diagnosed(path: Path) -> tuple[Diagnostic, ...]:
    """Return everything that is wrong with the specification at *path*."""
    source = read_source(path, path.name)
    if isinstance(source, Diagnostic):
        return (source,)
    file, found = parse(source)
    if file is not None:
        file, found = joined(file)
    if file is None:
        return found
    return every_value(lambda given: elaborate(file, platform, given=given))[1]


@pytest.fixture(autouse=True)
def beside_the_files(monkeypatch):
    """What they use is looked for from the folder they are reported to be in."""
    monkeypatch.chdir(ERRORS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_wrong_specification_reads_as_its_golden_file(path, golden):
    """Code, place, line, notes, help: all of it."""
    text = "\n".join(diagnostic_text(problem) for problem in diagnosed(path))
    golden(f"errors/{path.stem}.txt", text + "\n")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_wrong_specification_is_called_after_its_code(path):
    """The code in its name is among those it shows."""
    assert path.stem[:5] in {problem.code.number for problem in diagnosed(path)}


@pytest.mark.parametrize("code", Code, ids=lambda code: code.number)
def test_every_code_has_a_specification(code):
    """Nobody adds an error without showing what it looks like."""
    assert list(ERRORS.glob(f"{code.number}-*.ce"))
