"""Allocated memory that outlives a call, on six-bit addresses (semantics 2.5, 3.8).

There is one call: what two of them do with the same block takes too many states.
"""

from __future__ import annotations

import pytest

from oracle.expect import disagreements
from oracle.interleave import Domain, interleaved
from oracle.load import ROOT, scaled

ONE = Domain(numbers=(0, 1, 2), alone=True)
FILES = [
    "request_taken_away", "request_freed_before_use", "request_queued", "request_queued_unbounded",
]  # fmt: skip
LEFT = "                free(request)\n            }\n        }\n    }\n"
HANDS_OVER = """\
        acquire cs {
            free(pending)                    // the last one wins
            pending = request
        }
"""
LATE = """\
        acquire cs { pending = request }
        try { late: copy(request, mapped, in_len) } except { }
"""


def disagreeing(name: str, old: str = "", new: str = "") -> list[str]:
    """Return where the enumerator, which knows every block, differs from the file."""
    path = f"specs/ce5/{name}.ce"
    text = (ROOT / path).read_text().replace("u32[8]", "u32[1]").replace("code < 8", "code < 1")
    assert old in text
    spec = scaled(text.replace(old, new), path)
    return disagreements(spec, interleaved(spec, domain=ONE))


@pytest.mark.parametrize("name", FILES)
def test_files_that_keep_blocks_agree(name: str):
    """The enumerated verdict of each check and site is the one that the file asks for."""
    assert disagreeing(name) == []


@pytest.mark.parametrize(("old", "new", "found"), [
    ("                pending = null\n", "", "live at request.code"),
    (LEFT, LEFT.replace("free(request)", ""), "paired at alloc"),
    (HANDS_OVER, HANDS_OVER.replace("pending = request", "pending = null"), "paired at alloc"),
    (HANDS_OVER, LATE, "live at late"),  # while the worker uses it, and gives it back
])  # fmt: skip
def test_a_bug_in_a_queue_of_copies_is_found(old: str, new: str, found: str):
    """What is proved is not proved whatever the driver does."""
    assert any(found in line for line in disagreeing("request_queued", old, new))
