"""Calls on handles that are not followed are in the program, and nothing is asked in them."""

from __future__ import annotations

import pytest
from elaborated import result

from cecheck.ir.program import Program, Thread, View, followed, outgoing
from cecheck.lower.link import lower

SPEC = """// expect: proved
use ce5
policy least_privilege
driver Sample {
    context { size : u32 }
    var total : u32
    lock cs
    invariant total < 5
    open Open() { context.size = 4 return 1 }
    ioctl Write(in: user ptr u32 sized in_len, in_len: u32) {
        acquire cs { total = context.size }
        if in == null { return 0 }
        var n : u32 = 0
        while in[0] != n { n += 1 }
        assert n / context.size < 10
        return 1
    }
    close Close() { return 1 }
}
client App[*] : untrusted calls Sample.Open, Sample.Write, Sample.Close
"""


def program(view: View) -> Program:
    """Return what the specification means in *view*."""
    spec, wrong = result(SPEC)
    assert spec is not None, wrong
    return lower(spec, view)


def places(thread: Thread) -> set[int]:
    """Return the locations that the edges of *thread* lead to."""
    leaving, found, pending = outgoing(thread), {thread.start}, [thread.start]
    while pending:
        for edge in leaving.get(pending.pop(), ()):
            if edge.end not in found:
                found.add(edge.end)
                pending.append(edge.end)
    return found


@pytest.mark.parametrize("view", View)
def test_nothing_is_asked_in_calls_on_other_handles(view):
    """What their context holds is arbitrary, so that it would prove nothing and refute nothing."""
    whole = program(view)
    thread, known = whole.threads[0], places(followed(whole).threads[0])
    assert any(edge.unfollowed for edge in thread.edges)
    assert places(thread) > known
    assert {check.location for check in thread.checks} <= known
