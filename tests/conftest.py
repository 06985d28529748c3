"""Golden files: `golden` compares with one, and ``--update-golden`` writes it anew.

``--part 2/4`` leaves three of four long tests out (`parts`); which four parts, their names tell.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from parts import NoPart, part, runs_in

TESTS = Path(__file__).parent
os.environ["CECHECK_CACHE_DIR"] = ""  # no test rests on what another run has found


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a deliberate change of an output be accepted in one go."""
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files")
    parser.addoption("--part", default="1/1", help="as 2/4: the second of four parts of the tests")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse what is no part before anything runs."""
    try:
        part(config.getoption("--part"))
    except NoPart as wrong:
        raise pytest.UsageError(str(wrong)) from wrong


def pytest_report_header(config: pytest.Config) -> str:
    """Say how to repeat this run."""
    number, count = part(config.getoption("--part"))
    return f"part {number} of {count}: --part {number}/{count} repeats it"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what other parts run."""
    number, count = part(config.getoption("--part"))
    left = [item for item in items if not runs_in(item.nodeid, number, count)]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if runs_in(item.nodeid, number, count)]


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Return a check that a text equals the golden file of that name (below `tests/`)."""

    def check(name: str, text: str) -> None:
        path = TESTS / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(exist_ok=True, parents=True)
            path.write_text(text, encoding="utf-8")
        assert path.is_file(), f"{name} is missing: run pytest --update-golden"
        assert text == path.read_text(encoding="utf-8"), f"{name} differs"

    return check
