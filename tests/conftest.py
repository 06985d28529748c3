"""Golden files: `golden` compares with one, and ``--update-golden`` writes it anew."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
os.environ["CECHECK_CACHE_DIR"] = ""  # no test rests on what another run has found


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a deliberate change of an output be accepted in one go."""
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files")


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
