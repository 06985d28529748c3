"""A place that no run reaches says nothing, whatever is asked there (semantics 8.2)."""

from __future__ import annotations

import pytest
from verdicts import answers, driver, report

from cecheck.report.model import Met, Proved, Unknown

SITES = """
    lock cs
    var total : u32
    ioctl Write(in: user ptr Request sized in_len, in_len: u32) {{
        if in == null || in_len < sizeof(Request) {{ return 0 }}
        let left = in_len & 7
        if left > {limit} {{
            asserted: assert left != 3
            kept: invariant left != 4
            memory: total = left
            divided: let half = 8 / left
            walk: for i in 0 .. left {{ if in.length == 0 {{ return 1 }} }}
            access: let length = in.length
            acquire cs
            given: release cs
        }}
        return 0
    }}
"""
ASKED = {
    ("assert", "asserted"),
    ("invariant", "kept"),
    ("mapped", "memory"),
    ("arithmetic", "divided"),
    ("bounded", "walk"),
    ("mapped", "access"),
    ("paired", "given"),
}


@pytest.mark.parametrize(("limit", "answer"), [(7, "vacuous"), (6, "proved")])
def test_whatever_is_asked_of_a_place_that_no_run_reaches_is_vacuous(limit, answer):
    found = answers(driver(SITES.format(limit=limit)))
    assert {key: found[key] for key in ASKED} == {key: {answer} for key in ASKED}


def test_what_stands_behind_a_site_that_nobody_pursued_is_not_called_unreachable():
    """Its violation ends every run, so that none can say what would come behind it."""
    text = driver(
        """
        lock cs
        ioctl Write(in: user ptr Request sized in_len, in_len: u32) {
            acquire cs { wrong: assert false }
            if in == null || in_len < sizeof(Request) { return ERROR_INVALID_PARAMETER }
            behind: let length = in.length
            return ERROR_SUCCESS
        }
        """
    ).replace("expect: proved", "expect: refuted assert at wrong")
    found = report(text)
    assert {(f.site.name, type(f.verdict)) for f in found.findings if f.site.name == "behind"} == {
        ("behind", Proved)
    }
    assert any(isinstance(f.verdict, Unknown) and not f.verdict.pursued for f in found.findings)
    assert [outcome.met for outcome in found.outcomes] == [Met.YES, Met.YES]
