"""`cover`: whether a run comes by, shown by one that replays, or certified to be impossible."""

from __future__ import annotations

import pytest
from verdicts import driver, report

from cecheck.ir.program import CheckKind
from cecheck.report.exit_status import ExitStatus, file_status
from cecheck.report.model import Proved, Reach, Vacuous

STATE = """
    var seen : u32
    ioctl Write(in: user ptr Request sized in_len, in_len: u32) {{
        if in == null || in_len < sizeof(Request) {{ return 0 }}
        let length = in.length
        {body}
        return 0
    }}
"""


def covered(body: str):
    """Return the report on a driver that does *body*, and the verdicts of its `cover`."""
    found = report(driver(STATE.format(body=body)))
    return found, {f.view: f.verdict for f in found.findings if f.kind is CheckKind.COVER}


@pytest.mark.parametrize(
    ("body", "reachable"),
    [
        ("here: cover", True),
        ("if length == 7 { here: cover }", True),
        ("if length < 7 { if length > 7 { here: cover } }", False),
        ("if length > length { here: cover }", False),
        ("try { let next = in.length  raise } except { here: cover }", True),
        ("if seen == 2 { here: cover }  if seen < 2 { seen = 2 }", True),  # by a later call
        ("if seen == 3 { here: cover }  if seen < 2 { seen = 2 }", False),
        ("var left = length  while left > 1 { left -= 1 }  if left == 1 { here: cover }", True),
        ("var left = length  while left > 1 { left -= 1 }  if left == 2 { here: cover }", False),
    ],
)
def test_a_run_comes_by_or_none_can(body, reachable):
    """In both views; and that none can is not what was expected."""
    found, verdicts = covered(body)
    assert len(verdicts) == 2
    for verdict in verdicts.values():
        if reachable:
            assert isinstance(verdict, Proved)
            assert verdict.reach is Reach.SHOWN
        else:
            assert isinstance(verdict, Vacuous)
    assert file_status(found) is (ExitStatus.PROVED if reachable else ExitStatus.VACUOUS)


def test_nothing_is_said_where_runs_end_at_a_refuted_site():
    found, verdicts = covered("here: cover  wrong: assert length != 7")
    assert {verdict.reach for verdict in verdicts.values()} == {Reach.PAST_REFUTATION}
    assert file_status(found) is ExitStatus.REFUTED
