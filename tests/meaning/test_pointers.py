"""Lists of requests that any number of calls fill: sets of pointers (semantics 2.7)."""

from __future__ import annotations

import pytest
from verdicts import answers, driver, says

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


@pytest.mark.parametrize(
    ("check", "answer", "changed"),
    [
        ("mapped", "proved", {}),
        ("live", "proved", {}),
        ("bounds", "proved", {}),
        ("mapped", "refuted", {"take": "let mine = in"}),
        ("live", "refuted", {"leave": ""}),
        ("live", "refuted", {"leave": "pending -= {mine + 1}"}),
        ("live", "proved", {"leave": "pending = {}"}),
        ("live", "proved", {"after": "pending -= {p}"}),
        ("live", "refuted", {"leave": "", "after": "pending -= {p}"}),
        ("live", "refuted", {"leave": "if pending == {} { pending -= {mine} }"}),
        ("live", "proved", {"leave": "if pending has mine { pending -= {mine} }"}),
        ("live", "unknown", {"put": "pending |= {mine}  pending |= {mine + 1}"}),  # two members
        ("mapped", "refuted", {"put": "pending |= {mine}  pending -= {mine}  pending |= {in}"}),
    ],
)
def test_what_is_in_the_set_is_used(check, answer, changed):
    found = answers(driver(QUEUE.format(**RIGHT | changed)), timeout=60)
    assert says(found[check, "use_it"], answer), found
