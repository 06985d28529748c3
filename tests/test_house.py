"""The house rules, measured: layers, sizes, docstrings, what no file may contain, README."""

from __future__ import annotations

import ast
import re
import statistics
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from cecheck.diagnostics import Code
from cecheck.report.exit_status import MEANINGS

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "cecheck").rglob("*.py"))
MODULES = [file for file in FILES if file.read_text(encoding="utf-8").strip()]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef


def name(file: Path) -> str:
    """Return the path of *file* in the repository."""
    return file.relative_to(ROOT).as_posix()


def tree(file: Path) -> ast.Module:
    """Return the syntax tree of *file*."""
    return ast.parse(file.read_text(encoding="utf-8"))


def lines(file: Path) -> int:
    """Return how many lines *file* has."""
    return file.read_text(encoding="utf-8").count("\n")


def functions() -> list[tuple[str, int]]:
    """Return every function of the package with its lines, docstring included."""
    return [
        (f"{name(file)}:{node.name}", (node.end_lineno or node.lineno) - node.lineno + 1)
        for file in FILES
        for node in ast.walk(tree(file))
        if isinstance(node, FUNCTIONS) and not dispatches(node)
    ]


def dispatches(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether *function* is one `match` that ends in `assert_never`, and nothing else."""
    last = function.body[-1]
    body = [node for node in function.body[:-1] if not isinstance(node, ast.Expr)]
    return not body and isinstance(last, ast.Match) and "assert_never" in ast.unparse(last)


def test_each_layer_imports_only_what_stands_before_it(capsys):
    """The contracts of pyproject.toml, import-linter's verdict."""
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), cache_dir=None)
    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out


# The two trees: one declaration after another, no logic.
DECLARATIONS = {"cecheck/syntax/ast.py", "cecheck/sema/typed.py"}


def test_files_are_short():
    """At most 400 lines, and nine of ten at most 280.

    The lowering has one file for each kind of construct; cutting them to 250 split what belongs
    together.
    """
    sizes = {name(file): lines(file) for file in MODULES if name(file) not in DECLARATIONS}
    assert [file for file, size in sizes.items() if size > 400] == []
    assert statistics.quantiles(sizes.values(), n=10)[-1] <= 280


def test_functions_are_short():
    """At most 50 lines, and nine of ten at most 22.

    A `match` with one case per member of a union is as long as the union.
    """
    sizes = functions()
    assert [function for function, size in sizes if size > 50] == []
    assert statistics.quantiles([size for _, size in sizes], n=10)[-1] <= 22


@pytest.mark.parametrize("file", MODULES, ids=name)
def test_modules_and_what_they_offer_say_what_they_are(file):
    """A module in one line, its public classes and functions in a sentence."""
    module = tree(file)
    first = (ast.get_docstring(module) or "").partition("\n")[0]
    assert first.endswith((".", ":", "?"))
    public = [
        node
        for node in module.body
        if isinstance(node, (ast.ClassDef, *FUNCTIONS.__args__)) and not node.name.startswith("_")
    ]
    assert [node.name for node in public if not ast.get_docstring(node)] == []


FORBIDDEN = {
    "print": r"\bprint\(",
    "code from text": r"(?<![\w.])(?:eval|exec|compile|__import__)\(",
    "data that runs": r"\b(?:pickle|marshal|shelve|yaml)\b",
    "a shell": r"\b(?:os\.system|os\.popen|shell=True)",
    "an open end": r"\b(?:TODO|FIXME|XXX)\b",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_contains(what):
    """What a specification from somebody else must never get near, and loose ends."""
    others = [file for file in FILES if name(file) != "cecheck/commands/terminal.py"]
    found = [name(f) for f in others if re.search(FORBIDDEN[what], _without_strings(f))]
    assert found == []


def _without_strings(file: Path) -> str:
    """Return the code of *file*: docstrings may speak of what code may not do."""
    module = tree(file)
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    comments = re.findall(r"#.*", file.read_text(encoding="utf-8"))
    return ast.unparse(module) + "\n" + "\n".join(comments)


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table under *heading* of the README, without its head."""
    section = README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    table = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]


def test_the_readme_maps_the_house():
    """Each part of the package with the first line of its docstring, and nothing else."""
    parts = {}
    for path in sorted((ROOT / "cecheck").iterdir()):
        file = path / "__init__.py" if path.is_dir() else path
        if file.suffix == ".py" and file.is_file():
            shown = f"`{name(path)}{'/' if path.is_dir() else ''}`"
            parts[shown] = (ast.get_docstring(tree(file)) or "").partition("\n")[0]
    assert dict(rows("Map of the house")) == parts


def test_the_readme_lists_every_code():
    """The table of codes is the enum."""
    expected = [[f"`{code.number}`", code.severity.value, code.summary] for code in Code]
    assert rows("Diagnostics") == expected


def test_the_readme_lists_every_exit_status():
    """The table of exit statuses is that of `--help`."""
    expected = [[f"`{int(status)}`", meaning] for status, meaning in MEANINGS.items()]
    assert rows("Exit status") == expected


def test_the_readme_names_the_files_of_every_claim():
    """Each row of the seed that is covered links to files that are there, and none is left out."""
    linked = set(re.findall(r"\]\((specs/[^)]+)\)", " ".join(row[-1] for row in rows("Claims"))))
    assert {path for path in linked if not (ROOT / path).is_file()} == set()
    there = {name(file) for file in (ROOT / "specs").rglob("*.ce")}
    assert there - linked == set()
