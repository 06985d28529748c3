"""What answers about some checks alone rest on."""

from __future__ import annotations

import pytest
from verdicts import driver, report

TEXT = driver("""
    var used : u32
    invariant used <= 4
    ioctl Write(in_len: u32) {
        put: used = in_len
        later: assert used != 7
        return 0
    }
""").replace("expect: proved", "expect: refuted invariant at put")


@pytest.mark.parametrize(
    ("only", "told"), [((), False), (("assert",), True), (("assert", "invariant"), True)]
)
def test_who_asks_some_checks_hears_that_others_end_runs(only: tuple[str, ...], told: bool) -> None:
    """The claim is proved as the invariant is broken before it, and that ends the run."""
    found = report(TEXT, only=only)
    assert any(", asked or not (--only assert" in text for text in found.assumptions) == told


def test_where_all_that_ends_runs_is_asked_nothing_is_told() -> None:
    """There is nothing to break but what is asked."""
    text = driver("ioctl Write(in_len: u32) { at: assert in_len == in_len return 0 }")
    found = report(text, only=("assert", "mapped"))
    assert not any("--only" in text for text in found.assumptions)
