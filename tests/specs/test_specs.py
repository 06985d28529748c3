"""The shipped specifications: each has a twin close by, and its verdicts have evidence.

That each answers as its first line says is what `make verify` shows; here are some of them.
"""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from cecheck.options import Options
from cecheck.report.exit_status import ExitStatus, file_status
from cecheck.report.model import FileReport, Proved, Refuted, Report, Unknown
from cecheck.report.to_text import render
from cecheck.runs import verify

ROOT = Path(__file__).parent.parent.parent
SPECS = sorted((ROOT / "specs").rglob("*.ce"))
SOME = [
    "specs/seed/s01_direct_pointer.ce",
    "specs/seed/s14_without_step_8.ce",
    "specs/seed/s16_own_thread.ce",
    "specs/seed/s17_next_unmapped.ce",
    "specs/ce5/close_seen_by_a_call.ce",
]
CHANGED = 8  # lines that differ between twins, both sides counted


def name(path: Path) -> str:
    """Return the path of *path* in the repository."""
    return path.relative_to(ROOT).as_posix()


def code(path: Path) -> list[str]:
    """Return the lines of a specification without comments."""
    lines = (line.partition("//")[0].rstrip() for line in path.read_text("utf-8").splitlines())
    return [line for line in lines if line]


def expects(path: Path) -> str:
    """Return the answer that the first line of a specification expects."""
    return path.read_text("utf-8").removeprefix("// expect: ").split()[0]


@pytest.fixture(scope="module")
def answers() -> dict[str, FileReport]:
    """Return what cecheck says of some, in one run."""
    paths = tuple(str(ROOT / path) for path in SOME)
    report = verify(Options(paths=paths, jobs=2), lambda *_: None)
    return {name(Path(file.path)): file for file in report.files}


@pytest.mark.parametrize("path", SOME)
def test_it_answers_as_it_expects(path, answers):
    """Proofs certified, refutations replayed, at the check and site that are named."""
    report = answers[path]
    assert file_status(report) is ExitStatus.PROVED, render(Report("", (report,)))


@pytest.mark.parametrize("path", SOME)
def test_every_verdict_carries_its_evidence(path, answers):
    """A proof names both judges, a refutation has a story; only wrong forms leave more open."""
    for finding in answers[path].findings:
        match finding.verdict:
            case Proved(certified_by=judges):
                assert set(judges) == {"z3", "cvc5"}
            case Refuted(story=story):
                assert story.moments
                assert story.values
            case Unknown(pursued=False):
                pass
            case _ if expects(ROOT / path) == "refuted":
                pass
            case other:
                pytest.fail(f"{finding.kind.value} at {finding.site}: {other}")


@pytest.mark.parametrize("path", SPECS, ids=name)
def test_it_has_a_twin_of_the_opposite_answer(path):
    """A few lines apart: what the one proves, the other refutes."""
    others = (other for other in SPECS if expects(other) != expects(path))
    changes = min(difference(code(path), code(other)) for other in others)
    assert changes <= CHANGED


def difference(left: list[str], right: list[str]) -> int:
    """Return how many lines differ, both sides counted."""
    return sum(line[0] in "+-" for line in difflib.ndiff(left, right))


@pytest.mark.parametrize("path", [p for p in SPECS if expects(p) == "refuted"], ids=name)
def test_a_wrong_form_says_for_what_reason_it_is_refuted(path):
    """The root cause is part of what is expected: `make verify` compares it with the one told."""
    lines = path.read_text("utf-8").splitlines()
    expected = [line for line in lines if line.startswith("// expect: refuted")]
    assert [line for line in expected if " because " not in line] == []


@pytest.mark.parametrize("path", SPECS, ids=name)
def test_it_begins_with_what_it_expects_and_says_why_it_exists(path):
    """The first lines are comments: expectations, then a sentence."""
    lines = path.read_text("utf-8").splitlines()
    head = [line for line in lines[: lines.index("")] if line.startswith("//")]
    assert head[0].startswith("// expect: ")
    assert head[-1].startswith("// ")
    assert head[-1].endswith(".")
