"""Specifications of several files: what a command means by them, and where findings are shown."""

from __future__ import annotations

import json

import pytest

from cecheck.options import Options
from cecheck.report import to_json
from cecheck.report.exit_status import ExitStatus, exit_status
from cecheck.report.to_text import render
from cecheck.runs import verify

SPEC = """// expect: {expects}
// The access is in the other file.
use ce5
use "lib/request.ce"

driver Sample {{
    ioctl Write(in: user ptr u8[in_len], in_len: u32) {{
        touch(in, in_len)
        return ERROR_SUCCESS
    }}
}}

client App[*] : untrusted calls Sample.Write
"""
RIGHT = "fn touch(p: user ptr u8, n: u32) {\n    use_it: read p[0 .. n]\n}\n"
WRONG = RIGHT.replace("0 .. n", "0 .. n + 1")


@pytest.fixture
def verified(tmp_path, monkeypatch):
    """Return what verifies files given by their paths, in the folder in which they lie."""

    def run(**files: str):
        for name, text in files.items():
            path = tmp_path / f"{name.replace('__', '/')}.ce"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        monkeypatch.chdir(tmp_path)
        return verify(Options(jobs=1), lambda *_: None)

    return run


def test_what_is_found_in_a_used_file_is_shown_there(verified):
    """Finding, snippet and the moments of the story, as text and as JSON."""
    expects = "refuted bounds at use_it"
    report = verified(spec=SPEC.format(expects=expects), lib__request=WRONG)
    assert exit_status(report) is ExitStatus.PROVED
    (spec,) = (file for file in report.files if not file.library)
    text = render(report)
    assert "  lib/request.ce:2:18\n" in text
    assert "read p[0 .. n + 1]\n" in text
    assert "runs Sample.Write  [spec.ce:" in text
    assert "with what lib/request.ce declares" in spec.scope
    data = json.loads(to_json.render(report))
    places = [f["place"]["path"] for f in data["files"][1]["findings"] if f["site"] == "use_it"]
    assert set(places) == {"lib/request.ce"}


def test_a_library_in_a_folder_is_passed_over(verified):
    report = verified(spec=SPEC.format(expects="proved"), lib__request=RIGHT)
    assert exit_status(report) is ExitStatus.PROVED
    text = render(report)
    assert "lib/request.ce: a library, in which nothing runs\n" in text
    assert text.splitlines()[-1].startswith("cecheck: 1 proved, 1 for others to use in ")
    assert [f["library"] for f in json.loads(to_json.render(report))["files"]] == [True, False]


def test_a_library_alone_is_nothing_to_check(verified):
    report = verified(request=RIGHT)
    assert exit_status(report) is ExitStatus.NOTHING


@pytest.mark.parametrize(
    ("library", "status"),
    [
        (f"use ce5\n{RIGHT}", ExitStatus.NOTHING),
        (RIGHT.replace("p[", "q["), ExitStatus.NOTHING),
        (f"use ce5\n{RIGHT}".replace("p[", "q["), ExitStatus.SPECIFICATION),
        (f"{RIGHT} const", ExitStatus.SPECIFICATION),
    ],
)
def test_a_library_that_names_its_platform_is_checked_for_errors(library, status, verified):
    """What has none may need names of the file that uses it."""
    assert exit_status(verified(request=library)) is status
