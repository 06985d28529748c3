"""What is evaluated first, once, and at all: operands go from left to right, and what raises or is
undefined counts wherever it stands (semantics 5.4)."""

from __future__ import annotations

import pytest
from verdicts import driver, hostile_says

NEXT = "fn next(ref i: u32) -> u32 { i += 1  return i - 1 }"
PICK = "fn pick(n: u32, other: u32) -> u32 { return n }"
SECOND = "fn second(n: u32, other: u32) -> u32 { return other }"
CHECKED = "fn checked(n: u32) -> u32 { if n > 3 { raise }  return n }"
ENTRY = "ioctl Write(in_len: u32, out: user ptr u32 sized out_len, out_len: u32)"
GOOD = "if out == null || out_len != 4 { return 1 }"


def entry(body: str, rest: str = "") -> str:
    """Return a driver whose entry runs *body*, with a lock and functions to call."""
    return driver(f"""
        lock cs
        var waiting : set user ptr u32
        fn good(p: user ptr u32, n: u32) -> user ptr u32 {{ if n > 3 {{ raise }}  return p }}
        fn aside(ref p: user ptr u32, q: user ptr u32) -> u32 {{ p = q  return 1 }}
        {NEXT}  {PICK}  {SECOND}  {CHECKED}  {rest}
        {ENTRY} {{ {body}  return 0 }}""")


@pytest.mark.parametrize(
    ("body", "kind", "answer"),
    [
        # What is stored through a pointer is evaluated like anything else.
        (f"{GOOD}  at: out[0] = 16 / in_len", "arithmetic", "refuted"),
        (f"{GOOD}  at: out[0] = 16 / (in_len | 1)", "arithmetic", "proved"),
        (f"{GOOD}  at: out[0] <<= in_len", "arithmetic", "refuted"),
        (f"{GOOD}  at: out[0] <<= in_len & 31", "arithmetic", "proved"),
        (f"{GOOD}  out[0] = checked(in_len)  at: assert in_len <= 3", "assert", "proved"),
        (f"{GOOD}  out[0] = checked(in_len)  at: assert in_len <= 2", "assert", "refuted"),
        ("var n : u32  let p = &n  at: acquire cs { p[0] = checked(in_len) }", "paired", "refuted"),
        ("var n : u32  let p = &n  at: acquire cs { p[0] = in_len }", "paired", "proved"),
        # So is the number of an exception, which is for people.
        ("try { at: raise 16 / in_len } except { }", "arithmetic", "refuted"),
        ("try { at: raise 16 / (in_len | 1) } except { }", "arithmetic", "proved"),
        # What raises is evaluated before what has no meaning, or behind it.
        ("try { at: let n = checked(in_len) / (4 - in_len) } except { }", "arithmetic", "proved"),
        ("try { at: let n = checked(in_len) / (3 - in_len) } except { }", "arithmetic", "refuted"),
        ("try { at: let n = 9 / (4 - in_len) + checked(in_len) } except { }",
         "arithmetic", "refuted"),
        # And what has no meaning ends the run.
        ("var t : u32[4]  at: t[in_len] = 9 / (in_len & 4)", "bounds", "refuted"),
        ("var t : u32[4]  var z : u32 = 0  at: t[in_len] = 9 / z", "bounds", "vacuous"),
        # And so is what goes into a set.
        ("at: acquire cs { waiting |= {good(out, in_len)} }", "paired", "refuted"),
        ("at: acquire cs { waiting |= {good(out, in_len & 3)} }", "paired", "proved"),
        # Operands that the ones behind them change.
        ("var t : u32[4]  var i : u32  i = 0  let n = pick(i, t[next(&i)])  at: assert n == 0",
         "assert", "proved"),
        ("var t : u32[4]  var i : u32  i = 0  let n = pick(i, t[next(&i)])  at: assert n == 1",
         "assert", "refuted"),
        ("var i : u32  i = 1  let n = any(i .. next(&i) + 3)  at: assert n >= 1 && n < 4",
         "assert", "proved"),
        ("var i : u32  i = 1  let n = any(i .. next(&i) + 3)  at: assert n >= 2",
         "assert", "refuted"),
        ("let low = in_len as i32  if low > 4 { return 1 }  let n = any(low .. 5)"
         "  at: assert low >= 0", "assert", "refuted"),
        ("let low = in_len as i32  if low > 4 { return 1 }  let n = any(low .. 5)"
         "  at: assert low <= n && n < 5", "assert", "proved"),
        # Also where what is added changes a pointer, or an index, on the way.
        ("var x : u32  var y : u32  x = 0  y = 0  var p : user ptr u32 = &x"
         "  p[0] += aside(&p, &y)  at: assert x == 1 && y == 0", "assert", "proved"),
        ("var x : u32  var y : u32  x = 0  y = 0  var p : user ptr u32 = &x"
         "  p[0] += aside(&p, &y)  at: assert x == 0", "assert", "refuted"),
        # What raises first keeps the rest from being looked at.
        ("var t : u32[4]  at: let n = second(checked(in_len), t[in_len])", "bounds", "proved"),
        ("var t : u32[4]  at: let n = second(t[in_len], checked(in_len))", "bounds", "refuted"),
        ("try { let n = any(0 .. checked(in_len)) } except { return 1 }  at: assert in_len <= 3",
         "assert", "proved"),
        # A compound assignment finds its place once.
        ("var t : u32[4]  var i : u32  i = 0  t[next(&i)] += 1  at: assert i == 1",
         "assert", "proved"),
        ("var t : u32[4]  var i : u32  i = 0  t[next(&i)] += 1  at: assert i == 2",
         "assert", "refuted"),
        (f"{GOOD}  var i : u32  i = 0  out[next(&i)] |= 1  at: assert i == 1", "assert", "proved"),
    ],
)  # fmt: skip
def test_what_comes_first_comes_first(body: str, kind: str, answer: str) -> None:
    assert hostile_says(entry(body), kind, "at", answer)


COPY = """
    struct Request {{ small : user ptr u8[16] }}
    struct Plain {{ a : u32  b : u32  c : u32  d : u32 }}
    driver Sample {{
        fn capture(to: address, p: address, q: address) {{ {first}  use_it: copy(to, p, 16) }}
        ioctl Write(in: user ptr Request sized in_len, in_len: u32, out: user ptr Plain) {{
            if in == null || in_len != sizeof(Request) {{ return 1 }}
            let small = MapCallerPtr(in.small, {size})
            if small == null {{ return 1 }}
            var mine : Plain
            capture(&mine, {args})
            return 0
        }}
    }}
    client App[*] : untrusted calls Sample.Write"""


@pytest.mark.parametrize(
    ("first", "args", "size", "answer"),
    [
        ("p = q", "out, small", 4, "refuted"),
        ("q = q", "small, out", 4, "refuted"),
        ("p = q", "out, small", 16, "proved"),
    ],
)
def test_a_copy_is_judged_by_the_pointer_that_it_is_given(
    first: str, args: str, size: int, answer: str
) -> None:
    """A parameter that was assigned is what it was assigned."""
    text = "// expect: proved\nuse ce5\n" + COPY.format(first=first, args=args, size=size)
    assert hostile_says(text, "bounds", "use_it", answer)


THREAD = """
    lock cs
    event done
    var total : u32
    var table : u32[2]
    ioctl Write() {{ signal done  return 0 }}
    thread worker {{ {body} }}"""
CLEAR = "for i in 0 .. 2 { table[i] = 0 }"
RAISED = "SetProcPermissions(everyone)"


@pytest.mark.parametrize(
    ("body", "kind", "site", "answer"),
    [
        (f"{CLEAR}  loop {{ at: {RAISED}  total += 1 }}", "restored", "at", "refuted"),
        (f"{CLEAR}  loop {{ let old = {RAISED}  total += 1  SetProcPermissions(old) }}",
         "restored", "worker", "proved"),
        # What it has before the loop it may keep.
        (f"{CLEAR}  {RAISED}  loop {{ total += 1 }}", "restored", "worker", "proved"),
        (f"{CLEAR}  loop {{ at: acquire cs  total += 1 }}", "paired", "at", "refuted"),
        (f"{CLEAR}  loop {{ at: acquire cs  total += 1  release cs }}", "paired", "at", "proved"),
        # Where it waits, and at its end, it is as it was.
        (f"loop {{ let old = {RAISED}  at: wait done  SetProcPermissions(old) }}",
         "restored", "at", "refuted"),
        (f"loop {{ let old = {RAISED}  SetProcPermissions(old)  at: wait done }}",
         "restored", "at", "proved"),
        (f"loop {{ acquire cs {{ let old = {RAISED}  at: wait done  SetProcPermissions(old) }} }}",
         "restored", "worker", "proved"),
        # A lock that was given back inside its block is not held there.
        (f"loop {{ acquire cs {{ let old = {RAISED}  release cs  at: wait done  acquire cs"
         "  SetProcPermissions(old) } }", "restored", "at", "refuted"),
        ("loop { acquire cs { release cs  at: wait done  acquire cs } }",
         "restored", "at", "proved"),
        (f"loop {{ total += 1  if total == 8 {{ break }} }}  at: {RAISED}",
         "restored", "at", "refuted"),
        (f"loop {{ total += 1  if total == 8 {{ break }} }}  {RAISED}  loop {{ total += 1 }}",
         "restored", "worker", "proved"),
    ],
)  # fmt: skip
def test_a_thread_is_as_it_was_wherever_it_comes_round_or_waits(
    body: str, kind: str, site: str, answer: str
) -> None:
    """Each loop that stands in no other is a place where it comes round (semantics 7.1, 7.4)."""
    assert hostile_says(driver(THREAD.format(body=body)), kind, site, answer)
