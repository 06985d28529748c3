"""What a story shows of an assertion that fails: its parts, and what they are made of."""

from __future__ import annotations

import pytest
from verdicts import driver

from cecheck.options import Options
from cecheck.pipeline import verified
from cecheck.report.model import Refuted
from cecheck.source import Source


def shown(condition: str) -> dict[str, str]:
    """Return the values at the failure of an assertion about two lengths, the second one 7."""
    text = driver(
        "var total : u32\n"
        "ioctl Write(in: user ptr Request sized in_len, in_len: u32, out_len: u32) {\n"
        "    if in == null || in_len < sizeof(Request) || out_len != 7 { return 1 }\n"
        f"    at: assert {condition}\n"
        "    return ERROR_SUCCESS\n}\n"
        "fn small(n: u32) -> bool { return n < 7 }"
    )
    options = Options(jobs=2, only=("assert",), suggest=False)
    findings = verified(Source("test.ce", text), options).findings
    (story, *_) = [f.verdict.story for f in findings if isinstance(f.verdict, Refuted)]
    return dict(story.values)


def test_each_part_is_shown_with_what_is_named_in_it():
    """The first part that is false is where the assertion fails."""
    values = shown("out_len == 7 && out_len * 2 < 14 && total == total")
    assert values["out_len == 7"] == "true"
    assert values["out_len * 2 < 14"] == "false"
    assert values["out_len"] == "7"


def test_a_name_that_the_platform_has_too_says_whose_it_is():
    """The thread has a `current`, and so has the driver here."""
    text = driver(
        "ioctl Write(in_len: u32) {\n    let current = in_len & 1\n"
        "    at: assert current == 2\n    return ERROR_SUCCESS\n}"
    )
    options = Options(jobs=2, only=("assert",), suggest=False)
    (found, *_) = verified(Source("test.ce", text), options).findings
    assert isinstance(found.verdict, Refuted)
    values = dict(found.verdict.story.values)
    assert values["the driver's current"] in ("0", "1")
    assert values["current"] == "device"


def test_one_part_is_the_line_itself():
    """Only what is named in it is shown besides."""
    values = shown("out_len < 7")
    assert values["out_len"] == "7"
    assert "out_len < 7" not in values


@pytest.mark.parametrize("part", ["small(out_len)", "in.length < 7", "in_len / out_len < 1"])
def test_what_is_not_evaluated_again_is_left_out(part):
    """A call, a fetch, a division: its names are shown where it has any of one word."""
    values = shown(f"out_len == 7 && {part} && total != total + 1")
    assert values["out_len == 7"] == "true"
    assert part not in values
