"""Lists of requests that any number of calls fill: sets of pointers (semantics 2.7)."""

from __future__ import annotations

import pytest
from verdicts import answers, driver, is_refuted

from cecheck.options import Engine

QUEUE = """
    lock cs
    event done
    var pending : set user ptr Request
    ioctl Write(in: user ptr Request sized in_len, in_len: u32) {{
        if in == null || in_len < sizeof(Request) {{ return ERROR_INVALID_PARAMETER }}
        {take}
        acquire cs {{ {put} }}
        wait done timeout
        acquire cs {{ {leave} }}
        return ERROR_SUCCESS
    }}
    thread worker {{
        loop {{
            acquire cs {{
                {choose}
                if p != null {{
                    let old = SetProcPermissions(everyone)
                    try {{ use_it: let length = p.length }} except {{ }}
                    SetProcPermissions(old)
                    {after}
                    signal done
                }}
            }}
        }}
    }}
"""
RIGHT = {
    "take": "let mine = MapCallerPtr(in, sizeof(Request))\n"
    "        if mine == null { return ERROR_INVALID_PARAMETER }",
    "put": "pending |= {mine}",
    "leave": "pending -= {mine}",
    "choose": "let p = any(pending)",
    "after": "",
}


STRAY = RIGHT["take"] + "\n        let stray = in.buffer as user ptr Request"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, {"mapped": "proved", "live": "proved", "bounds": "proved", "permitted": "proved"}),
        ({"take": "let mine = in"}, {"mapped": "refuted"}),
        ({"leave": ""}, {"live": "refuted"}),
        ({"leave": "pending -= {mine + 1}"}, {"live": "refuted"}),
        ({"leave": "pending = {}"}, {"live": "proved"}),
        ({"leave": "", "after": "pending -= {p}"}, {"live": "refuted"}),
        ({"leave": "if pending == {} { pending -= {mine} }"}, {"live": "refuted"}),
        ({"leave": "if pending has mine { pending -= {mine} }"}, {"live": "proved"}),
    ],
)
def test_what_is_in_the_set_is_used(changed, expected):
    text = driver(QUEUE.format(**RIGHT | changed))
    if "refuted" in expected.values():
        assert all(is_refuted(text, check, "use_it") for check in expected)
        return
    found = answers(text, only=tuple(expected))
    for check in expected:
        assert found[check, "use_it"] == {"proved"}, (check, found)


@pytest.mark.parametrize(
    "put",
    [
        "pending = {mine}  pending |= {stray}",
        "pending |= {stray}  pending |= {mine}",
        "let both = pending | {mine}  pending = both | {stray}",
    ],
)
def test_every_member_is_followed_in_some_run(put):
    """Two are in the set, one of them wrong: no proof, though no counterexample has two."""
    text = driver(QUEUE.format(**RIGHT | {"take": STRAY, "put": put}))
    found = answers(text, only=("mapped",), engine=Engine.HOUDINI)
    assert found["mapped", "use_it"] != {"proved"}
