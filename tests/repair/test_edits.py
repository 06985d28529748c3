"""Candidate edits: which are offered for which mistake, from the text alone, without a solver."""

from __future__ import annotations

from pathlib import Path

import pytest
from elaborated import platform, tree

from cecheck.ir.program import CheckKind
from cecheck.repair.change import Change, applied, diff, overlap, size
from cecheck.repair.edits import Candidate, candidates
from cecheck.repair.scene import Wrong
from cecheck.repair.tools import tools
from cecheck.repair.tree import below
from cecheck.source import Span
from cecheck.syntax import ast
from cecheck.syntax.parse import parse

SPECS = Path(__file__).resolve().parents[2] / "specs"


def items() -> tuple[ast.PlatformItem, ...]:
    """Return the items of the shipped platform."""
    file = platform("ce5")
    assert file is not None
    return next(item for item in file.items if isinstance(item, ast.Platform)).items


def offered(text: str, kind: CheckKind, at: str) -> list[Candidate]:
    """Return the candidates where *kind* is refuted at the last place that reads *at*."""
    file = tree(text)
    start = text.rindex(at)
    return candidates(file, items(), [Wrong(kind, Span(file.source, start, start + len(at)))])


def lines(text: str, candidate: Candidate) -> list[str]:
    """Return what *candidate* takes away from *text* and adds to it, without blanks around."""
    changed = diff("a.ce", text, candidate.text)[2:]
    return [f"{line[0]} {line[1:].strip()}" for line in changed if line[0] in "+-"]


# From each wrong form: what is refuted, and the lines of the repair that an engineer would make.
SHAPES = [
    ("seed/s01_past_the_length", CheckKind.BOUNDS, "in[0 .. in_len + 1]",
     ["- use_it: read in[0 .. in_len + 1]", "+ use_it: read in[0 .. in_len]"]),
    ("seed/s02_nested_unmapped", CheckKind.MAPPED, "buffer[0 .. length]",
     ["- let length = in.length, buffer = in.buffer",
      "+ let length = in.length, buffer = MapCallerPtr(in.buffer, length)"]),
    ("seed/s03_mapped_to_the_current_process", CheckKind.MAPPED, "buffer[0 .. length]",
     ["- let buffer = MapPtrToProcess(in.buffer, GetCurrentProcess())",
      "+ let buffer = MapPtrToProcess(in.buffer, GetCallerProcess())"]),
    ("seed/s04_unguarded", CheckKind.LIVE, "pending[0 .. size]",
     ["- use_it: read pending[0 .. size]",
      "+ try { use_it: read pending[0 .. size] } except { }"]),
    ("seed/s08_read_past_the_test", CheckKind.MAPPED, "bytes[SMALL .. in_len]",
     ["+ if bytes == null { return ERROR_INVALID_PARAMETER }"]),
    ("seed/s13_unlocked_too_early", CheckKind.DMA, "UnlockPages(out, out_len)",
     ["- wait done timeout", "+ wait done"]),
    ("seed/s13_one_event_for_all", CheckKind.DMA, "UnlockPages(in, in_len)",
     ["- transfer: dma from in[0 .. in_len] until done", "- wait done", "+ acquire cs {",
      "+ transfer: dma from in[0 .. in_len] until done", "+ wait done", "+ }"]),
    ("seed/s14_without_step_8", CheckKind.RESTORED, "Write",
     ["- use ce5 { without step 8 }", "+ use ce5"]),
    ("seed/s17_circular", CheckKind.BOUNDED, "while node != null",
     ["- walk: while node != null {", "+ var left : u32 = 64",
      "+ walk: while node != null && left > 0 {", "+ left -= 1"]),
    ("ce5/c2_length_fetched_twice", CheckKind.BOUNDS, "data[0 .. in[i].length]",
     ["- use_it: read data[0 .. in[i].length]", "+ use_it: read data[0 .. length]"]),
    ("ce5/c10_key_not_put_back", CheckKind.RESTORED, "thread worker",
     ["- try { copy_out: write reader[0 .. count]  SetProcPermissions(old) } except { }",
      "+ try { copy_out: write reader[0 .. count]  SetProcPermissions(old) } except "
      "{ SetProcPermissions(old) }"]),
    ("ce5/camera_cleared_without_lock", CheckKind.LIVE, "pending[0 .. size]",
     ["- pending = null", "+ acquire cs { pending = null }"]),
    ("ce5/quota_by_the_sum", CheckKind.ASSERT, "assert first <= QUOTA",
     ["- if granted + in_len > QUOTA { return ERROR_INVALID_PARAMETER }",
      "+ if in_len > QUOTA - granted { return ERROR_INVALID_PARAMETER }"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "kind", "at", "wanted"), SHAPES, ids=[s[0] for s in SHAPES])
def test_what_an_engineer_would_do_is_among_the_candidates(name, kind, at, wanted):
    """The shapes of the twins in specs/: each is found from the wrong one alone."""
    text = (SPECS / f"{name}.ce").read_text()
    found = [lines(text, candidate) for candidate in offered(text, kind, at)]
    same = [one for one in found if sorted(one) == sorted(wanted)]
    assert same, found[:20]


@pytest.mark.parametrize("name", sorted({shape[0] for shape in SHAPES}))
def test_candidates_come_in_order_of_their_size_and_have_a_tree(name):
    """The first that is proved is the smallest; what does not parse wastes a trial."""
    _, kind, at, _ = next(shape for shape in SHAPES if shape[0] == name)
    text = (SPECS / f"{name}.ce").read_text()
    found = offered(text, kind, at)
    order = [(one.rank, one.size) for one in found]
    assert order == sorted(order)
    assert len({one.text for one in found}) == len(found)
    for one in found:
        assert parse(tree(one.text).source)[0] is not None
        assert one.size == size(text, one.text) > (0, 0)


def test_no_candidate_takes_a_label_or_an_access_away():
    """A driver that does nothing is easily proved, and of no use."""
    for name, kind, at, _ in SHAPES:
        text = (SPECS / f"{name}.ce").read_text()
        kept = work(text)
        for one in offered(text, kind, at):
            assert work(one.text) == kept, one.text


def work(text: str) -> list[str]:
    """Return the labels and accesses of a specification."""
    nodes = list(below(tree(text)))
    labels = [node.label.text for node in nodes if isinstance(node, ast.Labelled)]
    accesses = [str(node.writing) for node in nodes if isinstance(node, ast.Access)]
    return sorted(labels) + sorted(accesses)


def test_the_tools_of_a_platform_are_told_by_their_signatures():
    """What maps takes an address and tells whose or how much; arithmetic alone is no mapping."""
    found = tools(items())
    assert {one.name for one in found.mappings} == {
        "MapCallerPtr", "MapPtrToProcess", "MapPtrToProcWithSize", "MapPtrUnsecure",
    }  # fmt: skip
    assert found.swaps == ("SetProcPermissions",)
    assert found.saves == ("GetCurrentPermissions",)
    assert [(p.opener, p.closer) for p in found.pairings] == [("LockPages", "UnlockPages")]
    assert found.parties == ("GetCallerProcess", "GetCurrentProcess", "GetOwnerProcess")


def test_a_platform_without_such_functions_offers_none_of_their_edits():
    """Nothing about an operating system is known here: its functions have to be there."""
    text = (SPECS / "seed/s02_nested_unmapped.ce").read_text()
    file = tree(text)
    start = text.rindex("buffer[0 .. length]")
    wrong = Wrong(CheckKind.MAPPED, Span(file.source, start, start + 19))
    assert not [one for one in candidates(file, (), [wrong]) if "map" in one.name]


def test_changes_are_made_at_once():
    """Offsets are those of the text before; insertions at one place keep their order."""
    changes = [Change(4, 5, "E"), Change(0, 1, "A"), Change(2, 2, "x"), Change(2, 2, "y")]
    assert applied("abcdef", changes) == "AbxycdEf"
    assert not overlap(changes)
    assert overlap([Change(0, 3, ""), Change(2, 4, "")])
    with pytest.raises(ValueError, match="overlap"):
        applied("abcdef", [Change(0, 3, ""), Change(2, 4, "")])


def test_size_counts_lines_first_then_tokens():
    """One changed line is one, however much of it changes."""
    assert size("a\nb c\n", "a\nb d e\n") == (1, 2)
    assert size("a\n", "a\nb\n") == (1, 1)
    assert size("a\nb\n", "a\n") == (1, 1)


def test_a_diff_names_the_file_on_both_sides():
    """So that `git apply` and `patch -p1` take it."""
    assert diff("d/x.ce", "a\n", "b\n") == (
        "--- a/d/x.ce", "+++ b/d/x.ce", "@@ -1 +1 @@", "-a", "+b",
    )  # fmt: skip
