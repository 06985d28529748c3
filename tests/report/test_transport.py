"""Reports come out of a child as they went in, and nothing else does."""

from __future__ import annotations

import json

import pytest
import samples

from cecheck.report.transport import Garbled, from_data, to_data

FILES = {
    "refuted": samples.refuted_file,
    "proved": samples.proved_file,
    "undecided": samples.undecided_file,
    "wrong": samples.wrong_file,
    "crashed": samples.crashed_file,
}


@pytest.mark.parametrize("name", FILES)
def test_a_report_survives_the_journey(name):
    """As JSON, with its spans and sources."""
    report = FILES[name]()
    assert from_data(json.loads(json.dumps(to_data(report)))) == report


@pytest.mark.parametrize(
    "data",
    [
        {}, [], None, {"sources": [], "report": None},
        {"sources": [], "report": {"class": "Path", "path": "x"}},
        {"sources": [], "report": {"class": "FileReport", "nonsense": 1}},
        {"sources": [], "report": {"class": "Change", "name": "a", "old": "b", "new": "c"}},
        {"sources": [], "report": {"span": [0, 0, 1]}},
    ],
)  # fmt: skip
def test_what_is_no_report_is_refused(data):
    """A child that was killed halfway, or says something else."""
    with pytest.raises(Garbled):
        from_data(data)
