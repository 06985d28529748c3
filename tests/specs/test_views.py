"""Views that are looked at side by side, as if the first answers as expected (`pipeline`)."""

from __future__ import annotations

import pytest
from verdicts import report

from cecheck.report.model import FileReport

SITES = """use ce5

driver Sample {
    lock cs
    var count : u32

    ioctl Write(in: user ptr u32, in_len: u32) {
        acquire cs { count = MORE }
        return 0
    }

    thread worker {
        loop { acquire cs { small: assert count < 2 } }
    }
}

client App[*] : untrusted calls Sample.Write
"""


def _answers(found: FileReport) -> list[tuple[str, str, str, str]]:
    """Return what a report says of each check, and how the lines fared."""
    told = [
        (f.kind.value, f.site.name, f.view.value, type(f.verdict).__name__) for f in found.findings
    ]
    fared = [("", "", str(one.expectation), one.met.name) for one in found.outcomes]
    return [*told, *fared]


@pytest.mark.parametrize(
    ("line", "more", "meets"),
    [
        ("refuted assert at small", "2", True),
        ("refuted assert at small", "1", False),
        ("refuted assert", "1", False),  # all else is free: the second view is asked only for this
        ("refuted assert at small well-behaved", "2", True),
        ("refuted assert at small well-behaved", "1", False),
    ],
)
def test_side_by_side_is_as_one_after_the_other(line, more, meets):
    text = f"// expect: {line}\n{SITES.replace('MORE', more)}"
    in_turn, at_once = (_answers(report(text, jobs=jobs)) for jobs in (1, 2))
    assert in_turn == at_once
    assert (("assert", "small", "well-behaved", "Unknown") in at_once) is (
        meets and "well-behaved" not in line
    )
    assert all((fared == "YES") is meets for kind, _, about, fared in at_once if line in about)
