"""`cecheck platforms`: what is shipped, and what each platform says of itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cecheck.paths import MODELS
from cecheck.report.platforms import described, told

SHIPPED = sorted(file.stem for file in MODELS.glob("*.ce"))


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `cecheck platforms` with *arguments*."""
    command = [sys.executable, "-m", "cecheck", "platforms", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_every_shipped_platform_is_listed_with_what_it_is():
    """By the name that `use` takes: that of the file, too."""
    found = run()
    assert found.returncode == 0
    names = [line.split()[0] for line in found.stdout.splitlines() if line[:1].isalpha()]
    assert names == SHIPPED
    assert "ce5    Windows CE 5\n       addresses of 32 bits;" in found.stdout
    assert "linux  Linux on a 64-bit machine (x86-64, kernels from 2.6.36 to 5.9: " in found.stdout


@pytest.mark.parametrize("name", SHIPPED)
def test_a_platform_tells_its_calls_functions_and_facts(name: str):
    """The platform, its calls and its facts all say what they mean."""
    (found,) = described(MODELS / f"{name}.ce")
    assert found.name == name
    assert found.about
    assert found.calls
    assert found.functions
    assert all(about for _, about in found.facts)
    text = told(found)
    assert all(head.split("(")[0] in text for head, _ in (*found.calls, *found.functions))


def test_what_is_told_is_what_the_model_says():
    """A function with the comment above it, a fact with the one behind it."""
    found = run("ce5")
    assert found.returncode == 0
    assert "  api MapCallerPtr(p: address, len: u32) -> address\n      On a thread that no" in (
        found.stdout
    )
    guard = "  SLOT_GUARD = true\n      the first 64 KB of every slot are never there\n"
    assert guard in found.stdout


def test_an_unknown_platform_is_a_mistake_that_names_the_known():
    """Status 2, and the list."""
    found = run("vms")
    assert found.returncode == 2
    known = ", ".join(SHIPPED)
    assert found.stderr == f"cecheck: there is no platform `vms` (there are: {known})\n"


def test_a_comment_is_that_above_the_declaration_and_no_heading(tmp_path: Path):
    """Headings between dashes are about all that follows."""
    file = tmp_path / "p.ce"
    file.write_text(
        "// A system.\nplatform p : u32 {\n    // ---- part ----\n"
        "    api A() -> bool { return any }\n    // Twice\n    // as long.\n    api B() { }\n}\n",
        encoding="utf-8",
    )  # fmt: skip
    (found,) = described(file)
    assert found.functions == (("api A() -> bool", ""), ("api B()", "Twice as long."))
