"""The first lines of the seed's files, against every run on six-bit addresses.

`pytest -s` prints what was enumerated.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from oracle.expect import disagreements, rows
from oracle.explore import Findings, enumerate_spec
from oracle.load import ROOT, scaled_file
from oracle.test_interleave import INTERLEAVED

SPECS = sorted(
    path for row in ("s02", "s03", "s06") for path in (ROOT / "specs/seed").glob(f"{row}_*.ce")
)

FURTHER = [
    ROOT / "specs" / f"{name}.ce"
    for name in (
        "seed/s01_direct_pointer",
        "seed/s01_past_the_length",
        "seed/s07_checked_with_the_thread_key",
        "seed/s07_foreign_pointer_rejected",
        "seed/s07_not_checked",
        "seed/s08_offset_bounded",
        "seed/s08_offset_from_null",
        "seed/s08_read_past_the_test",
        "seed/s08_used_in_sequence",
        "seed/s09_trusted",
        "seed/s09_trusted_hostile",
        "seed/s09_trusted_unmapped",
        "seed/s10_both_pointers_checked",
        "seed/s10_second_pointer_forgotten",
        "seed/s13_not_needed",
        "seed/s14_nine_steps",
        "seed/s14_step_4_after_5",
        "seed/s14_without_step_1",
        "seed/s14_without_step_4",
        "seed/s14_without_step_8",
        "seed/s14_without_step_9",
        "seed/s14_without_steps_1_and_9",
        "seed/s12_mapped_view",
        "seed/s15_calling_thread",
        "seed/s16_psl_thread",
        "seed/s16_raised_before_use",
        "seed/s17_circular",
        "seed/s17_every_next_mapped",
        "seed/s17_next_unmapped",
        "seed/s20_slot_0_restored",
        "ce5/probe_mapped",
        "ce5/probe_unmapped",
        "ce5/stream_write_by_length",
        "ce5/stream_write_by_packet",
        "ce5/slot_guard_in_sequence",
        "ce5/no_slot_guard_in_sequence",
        "ce5/no_slot_guard_in_any_order",
        "ce5/no_slot_guard_bounded",
        "ce5/no_slot_guard_long_request",
    )
]


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


def test_every_file_of_the_seed_is_enumerated():
    """Here, or in every order of its actions in `test_interleave`."""
    there = {path.stem for path in (ROOT / "specs/seed").glob("*.ce")}
    done = {path.stem for path in (*SPECS, *FURTHER)} | set(INTERLEAVED)
    assert there <= done


def check(path: Path) -> None:
    """Enumerate the file at *path* and compare with what it expects."""
    spec = scaled_file(path)
    findings = enumerate_spec(spec)
    print(table(path, findings))
    assert disagreements(spec, findings) == []


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_run_agrees_with_the_expectation(path: Path):
    """The enumerated verdict of each check and site is the one that the file asks for."""
    check(path)


@pytest.mark.slow
@pytest.mark.parametrize("path", FURTHER, ids=lambda path: path.stem)
def test_further_rows_agree_where_they_can_be_enumerated(path: Path):
    """One thread, no driver globals: the rest of the seed as far as that goes."""
    check(path)
