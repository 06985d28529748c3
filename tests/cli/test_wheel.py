"""The wheel: it carries grammar and models, and works in any folder without the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """Return a folder with what the wheel installs."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_it_carries_what_the_tool_reads(installed):
    """The very files of the checkout, the script that makes the table left out."""
    for kind, pattern in (("grammar", "[!m]*"), ("models", "*.ce"), ("templates", "*")):
        shipped = {file.name: file.read_bytes() for file in (ROOT / kind).glob(pattern)}
        carried = {f.name: f.read_bytes() for f in (installed / "cecheck/data" / kind).iterdir()}
        assert carried == shipped
        assert shipped


def test_it_carries_the_parts_of_the_page(installed):
    """Template, style and script of the HTML report."""
    folder = "cecheck/report/html"
    shipped = {file.name: file.read_bytes() for file in (ROOT / folder).iterdir()}
    carried = {file.name: file.read_bytes() for file in (installed / folder).iterdir()}
    assert carried == shipped
    assert set(carried) == {"page.html.jinja", "page.css", "page.js"}


def test_it_carries_no_tests_and_no_specifications(installed):
    """One package and its metadata."""
    names = sorted(path.name for path in installed.iterdir())
    assert [name for name in names if not name.endswith(".dist-info")] == ["cecheck"]


def test_it_understands_a_specification_in_another_folder(installed, tmp_path):
    """With nothing of the checkout on its path."""
    spec = tmp_path / "mine.ce"
    text = (ROOT / "specs/seed/s02_nested_mapped.ce").read_text(encoding="utf-8")
    spec.write_text(text.replace("use_it: read", "use_it: rea"))
    done = subprocess.run(
        [sys.executable, "-P", "-m", "cecheck", "verify", "mine.ce"],
        check=False, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 3
    assert done.stdout.startswith("mine.ce:16:21: error[CE101]")
