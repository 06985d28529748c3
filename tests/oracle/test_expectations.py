"""The first lines of the seed's files, against every run on six-bit addresses.

`pytest -s` prints what was enumerated.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from oracle.expect import disagreements, rows
from oracle.explore import Findings, enumerate_spec
from oracle.load import ROOT, scaled_file

SPECS = sorted(
    path for row in ("s02", "s03", "s06") for path in (ROOT / "specs/seed").glob(f"{row}_*.ce")
)


def table(path: Path, findings: list[Findings]) -> str:
    """Return what was enumerated, one line per view and per refuted check."""
    lines = [f"\n{path.name}"]
    for one in findings:
        kept = sorted({r.site for r in rows([one]) if not r.refuted})
        lines.append(
            f"  {one.behaviour.value}, {one.view.value}: {one.runs} runs, {one.states} states, "
            f"{one.calls} calls, {one.seconds:.1f} s; reached {', '.join(kept)}"
        )
        lines += [
            f"    refuted {kind.value} at {site.name}: {story}"
            for (kind, site), story in sorted(one.found.items(), key=str)
        ]
    return "\n".join(lines)


def test_there_are_specs_of_every_row():
    """Right and wrong forms of the three rows."""
    assert {path.name[:3] for path in SPECS} == {"s02", "s03", "s06"}


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_run_agrees_with_the_expectation(path: Path):
    """The enumerated verdict of each check and site is the one that the file asks for."""
    spec = scaled_file(path)
    findings = enumerate_spec(spec)
    print(table(path, findings))
    assert disagreements(spec, findings) == []
