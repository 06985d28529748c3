"""JSON: every finding with its evidence, under a schema with a version."""

from __future__ import annotations

import json

import samples

from cecheck.report.to_json import SCHEMA, render

ALL = samples.every_ending()


def test_the_whole_reads_as_its_golden_file(golden):
    """A change here is a change for programs that read it: raise the version of the schema."""
    golden("golden/report.json", render(ALL))


def test_it_is_json_with_the_exit_status_inside():
    """A reader needs no second source."""
    data = json.loads(render(ALL))
    assert data["schema"] == SCHEMA
    assert data["exit_status"] == 7
    assert [file["exit_status"] for file in data["files"]] == [0, 0, 4, 3, 7]


def test_green_findings_are_in_it():
    """Whoever counts proofs can."""
    data = json.loads(render(ALL))
    verdicts = [finding["verdict"] for file in data["files"] for finding in file["findings"]]
    assert verdicts.count("proved") == 5


def test_nothing_but_seconds_differs_between_runs():
    """Two runs can be compared byte for byte once `seconds` is left out."""

    def without_seconds() -> list[dict[str, object]]:
        files = json.loads(render(ALL))["files"]
        return [{key: file[key] for key in file if key != "seconds"} for file in files]

    assert without_seconds() == without_seconds()
