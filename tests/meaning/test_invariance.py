"""What things are called, and in which order they are declared, changes no answer."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from verdicts import report

SEED = Path(__file__).resolve().parents[2] / "specs" / "seed"
NAMES = [
    "s01_past_the_length",
    "s02_nested_mapped",
    "s08_read_past_the_test",
    "s19_owner_in_a_chain",
]
DECLARED = re.compile(
    r"\b(?:struct|driver|client|let|var)\s+(\w+)"
    r"|^\s+(?:ioctl|stream_read)\s+(\w+)"
    r"|^\s*(\w+)\s*:",
    re.MULTILINE,
)


def renamed(text: str) -> str:
    """Return *text* with another name for everything that it declares by itself.

    Parameters of entries keep theirs: the platform knows them by name.
    """
    names = {name for found in DECLARED.findall(text) for name in found if name}
    names -= {"in", "in_len", "out", "out_len", "buffer", "len"}
    assert len(names) > 3
    for number, name in enumerate(sorted(names)):
        text = re.sub(rf"\b{name}\b", f"z{number}_{name[::-1]}", text)
    return text


def reordered(text: str) -> str:
    """Return *text* with its declarations in the opposite order."""
    head, *items = re.split(r"\n\n(?=struct|driver|client)", text.rstrip())
    assert len(items) > 1
    return "\n\n".join([head, *reversed(items)]) + "\n"


def found(text: str) -> Counter[tuple[str, str, str]]:
    """Return how often each check of each view got which answer."""
    return Counter(
        (finding.kind.value, finding.view.value, type(finding.verdict).__name__)
        for finding in report(text).findings
    )


@pytest.mark.parametrize("name", NAMES)
def test_names_and_order_change_no_answer(name: str) -> None:
    text = (SEED / f"{name}.ce").read_text(encoding="utf-8")
    answers = found(text)
    assert answers
    assert found(renamed(text)) == answers
    assert found(reordered(text)) == answers
