"""What the enumerator does not do twice: without these economies it finds the same."""

from __future__ import annotations

import pytest

from cecheck.ir.program import CheckKind, View
from cecheck.sema.typed import Spec
from oracle.explore import Exploration, target_of
from oracle.interleave import Domain, Interleaving
from oracle.load import scaled
from oracle.moves import Moves
from oracle.rounds import Rounds
from oracle.state import without_call
from oracle.values import Caller

# ---- a run passes over what the last one has done in the same way (`past`) ---------------------

ONE_THREAD = {
    "numbers that were settled are arbitrary again": """
        let x = any(u8), y = any(u8)
        if any(bool) { if x == 1 { return 1 } }
        let z = any(bool)
        if z && y == 2 { return x as u32 }
        one: assert x == y || z""",
    "variables are what they were": """
        var n : u8 = 0
        if any(bool) { n = 1 }
        let b = any(bool)
        n = n + 2
        if any(bool) { n = n + 1 }
        one: assert n == 2 || n == 3 && b""",
    "fields of the thread and of the platform are what they were": """
        let b = any(bool)
        if b { SetProcPermissions({}) }
        let c = any(bool)
        if c { SetProcPermissions({filesys}) }
        let d = any(bool)
        one: assert GetCurrentPermissions() has filesys || d""",
    "what is known of the world is what it was": """
        let p = in as u32, other = any(u32)
        if any(bool) { if where(in) == 14 { return 1 } }
        if any(bool) { if where(in + 1) == 22 { return 2 } }
        one: assert where(in) != where(in + 1) || other != p""",
    "an exception is one again": """
        var n : u8 = 0
        try {
            try { n = 1  let x = in.length  if x == 3 { raise } } finally { n = n * 2 }
            let y = in.length
            if y == 1 { raise }
        } except { n = n + 4  if any(bool) { n = n + 1 } }
        one: assert n == 2 || any(bool)""",
    "a result is one again": """
        try { if any(bool) { return 1 } } finally {
            if any(bool) { let there = where(in) }
            if any(bool) { let there = where(in + 1) }
        }
        if any(bool) { return 3 }""",
    "rounds of loops are those that were made": """
        var n : u8 = 0
        while in.on && n < 3 {
            if any(bool) { continue }
            n = n + 1
            while any(bool) { if in.on { break } }
        }
        one: assert n == 3 || in.on""",
    "a way round is one that no run goes alone": "var on = true  while on { on = in.on }",
    "objects of the caller hold what they held": """
        let x = in.length, p = in.buffer
        if any(bool) { in.length = 1 }
        var b = any(bool)
        let y = in.length
        if any(bool) { use_it: let z = p[0] }
        if x == 2 { b = true }
        let z = in.length
        one: assert x == z || !b""",
}


def driver(body: str) -> Spec:
    """A driver whose entry gets one structure and runs *body*."""
    return scaled(f"""// expect: proved
        use ce5
        struct Request {{ length : u32  buffer : user ptr u8[length]  on : bool }}
        driver Sample {{
            fn where(p: address) -> u32 {{ return MapPtrUnsecure(p, GetCallerProcess()) as u32 }}
            ioctl Run(in: user ptr Request sized in_len, in_len: u32) {{
                if in == null || in_len != sizeof(Request) {{ return 9 }}
                {body}
                return 0
            }}
        }}
        client App[*] : untrusted calls Sample.Run""")


def explored(spec: Spec, view: View, past: bool) -> tuple[object, ...]:
    """Return all that the runs of the first client have come to."""
    client = spec.clients[0]
    made = Exploration(spec, *target_of(spec, client.targets[0]), client.behaviours[0], view)
    made.stage.past = past
    found, stage = made.run(), made.stage
    assert found.states > 100
    sites = set(stage.found), stage.reached, found.unsure
    return found.runs, found.states, sites, stage.visited, heads(stage)


def heads(stage: object) -> dict[object, set[object]]:
    """Return the states at the head of each loop."""
    rounds: Rounds = stage.rounds
    pictures = {number: picture for picture, number in rounds.numbers.items()}
    return {site: {pictures[n] for n in head.states} for site, head in rounds.heads.items()}


@pytest.mark.parametrize("body", ONE_THREAD.values(), ids=ONE_THREAD)
@pytest.mark.parametrize("view", View)
def test_passing_over_what_was_done_changes_nothing(body: str, view: View):
    """The same runs come to the same states."""
    spec = driver(body)
    assert explored(spec, view, past=True) == explored(spec, view, past=False)


# ---- a turn is made once for all states that it cannot tell apart (`moves`) --------------------

THREADS = {
    "globals and a lock": """
        acquire cs { a = 1 }
        let now = a
        at: assert now == 1
        a = 0""",
    "pointers that die with their call": """
        if in == null { return 1 }
        acquire cs { kept = in }
        acquire cs { kept = null }""",
    "numbers that nobody has looked at": """
        let x = any(bool)
        b = x
        let y = b
        at: assert x == y""",
    "who is where": """
        let here = MapCallerPtr(in, in_len)
        a = 1
        if here == null { return 1 }
        a = 2
        try { use_it: read here[0 .. in_len] } except { }""",
}


def threads(body: str) -> Spec:
    """A driver whose entry runs *body*, with a thread that may keep what it is given."""
    return scaled(f"""// expect: proved
        use ce5
        driver Sample {{
            lock cs
            event done
            var a : u32
            var b : bool
            var kept : user ptr u8 = null
            ioctl Run(in: user ptr u8[in_len], in_len: u32) {{ {body}  return 0 }}
            thread own {{ loop {{
                var mine : user ptr u8 = null
                acquire cs {{ mine = kept }}
                wait done timeout
                if mine != null {{ try {{ use_it: read mine[0 .. 1] }} except {{ }} }}
            }} }}
        }}
        client App[*] : untrusted calls Sample.Run""")


def interleaved(spec: Spec, view: View, remember: bool) -> tuple[object, ...]:
    """Return what every order of actions comes to."""
    client = spec.clients[0]
    made = Interleaving(spec, client, client.behaviours[0], view, Domain())
    made.moves = Moves(remember)
    found = made.run(1 << 16)
    assert found.states > 100
    return found.states, set(found.found), found.reached


@pytest.mark.parametrize("body", THREADS.values(), ids=THREADS)
@pytest.mark.parametrize("view", View)
def test_remembered_turns_lead_where_the_turns_lead(body: str, view: View):
    """As many states, the same violations and the same sites."""
    spec = threads(body)
    assert interleaved(spec, view, remember=True) == interleaved(spec, view, remember=False)


def test_a_thread_that_looks_on_holds_a_dead_pointer_when_the_call_ends():
    """It has copied the pointer; nothing else of it changes."""
    _, found, _ = interleaved(threads(THREADS["pointers that die with their call"]),
                              View.HOSTILE, remember=True)  # fmt: skip
    assert (CheckKind.LIVE, "use_it") in {(kind, site.name) for kind, site in found}


def test_the_end_of_a_call_leaves_the_pointers_of_others_as_they_are():
    """An object is known by its number, which is zero for the first one and not False."""
    over, other = Caller("one", 2), Caller("another", 1)
    _, kept, dead = without_call((False, ("ptr", 9, other, 0, 0), ("ptr", 9, over, 0, 0)), over)
    assert kept == ("ptr", 9, other, 0, 0)
    assert kept[3].__class__ is int
    assert dead == ("ptr", 9, Caller("one", -2), 0, 0)
