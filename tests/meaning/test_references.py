"""A `ref` parameter is another name for a variable of the driver: whatever is asked of the variable
is asked by way of the parameter, too.  Each driver has a twin that names the variable itself."""

from __future__ import annotations

import pytest
from elaborated import result
from verdicts import driver, hostile_says

from cecheck.diagnostics import Code

USE = "{ let q = MapCallerPtr({p}, 1)  if q != null { try { u: q[0] = 1 } except { } } }"
LIFE = "init Start() { return 1 }  open Open() { return 1 }  close Close() { return 1 }"
OPENS = "App[*] : untrusted calls Sample.Open, Sample.Close"
PUT = "acquire cs { if block == null { take: block = alloc(16) as ptr u8 } }"


def stale(direct: bool) -> str:
    """A pointer that the call before has left is used."""
    use = USE.replace("{p}", "pending" if direct else "where")
    call = use[1:-1] if direct else "use_it(&pending)"
    return driver(f"""
        var pending : user ptr u8
        fn use_it(ref where: user ptr u8) {use}
        ioctl Write(in: user ptr u8) {{ {call}  pending = in  return 0 }}""")


def lost(direct: bool) -> str:
    """The only pointer to a block is written over."""
    clear = "block = null" if direct else "clear(&block)"
    return driver(f"""
        lock cs
        var block : ptr u8
        fn clear(ref where: ptr u8) {{ where = null }}
        ioctl Write() {{ {PUT}  return 0 }}
        ioctl Lose() {{ acquire cs {{ {clear} }}  return 0 }}""",
        "App[*] : untrusted calls Sample.Write, Sample.Lose")  # fmt: skip


def unloaded(direct: bool) -> str:
    """A thread goes on when its driver is gone."""
    bump = "total = 1" if direct else "bump(&total)"
    return driver(f"""
        var total : u32
        fn bump(ref n: u32) {{ n = 1 }}
        {LIFE}  deinit Stop() {{ return 1 }}
        thread t {{ loop {{ b: {bump} }} }}""", OPENS)


@pytest.mark.parametrize("direct", [True, False])
@pytest.mark.parametrize(
    ("make", "kind", "site"),
    [(stale, "live", "u"), (lost, "paired", "take"), (unloaded, "live", "b")],
)
def test_what_is_asked_of_a_variable_is_asked_by_any_name(make, kind, site, direct) -> None:
    assert hostile_says(make(direct), kind, site, "refuted")


@pytest.mark.parametrize("keep", ["kept = in", "put(&kept, in)"])
def test_what_is_handed_over_is_handed_over_by_any_name(keep: str) -> None:
    """Pages that stay locked are the driver's from then on."""
    text = driver(f"""
        var kept : user ptr u8
        fn put(ref where: user ptr u8, p: user ptr u8) {{ where = p }}
        ioctl Write(in: user ptr u8[in_len], in_len: u32) {{
            if LockPages(in, 4, LOCKFLAG_READ) {{ {keep} }}
            return 0
        }}""")
    assert hostile_says(text, "paired", "LockPages(in, 4, LOCKFLAG_READ)", "proved")


@pytest.mark.parametrize(
    ("claim", "answer"),
    [("a == 5 && b == 0", "proved"), ("a == 0 && b == 5", "refuted")],
)
def test_the_address_of_a_parameter_is_that_of_its_variable(claim: str, answer: str) -> None:
    """Of each call its own."""
    text = driver(f"""
        fn addr(ref r: u32) -> ptr u32 {{ return &r }}
        ioctl Write() {{
            var a : u32 = 0
            var b : u32 = 0
            let p = addr(&a)
            let q = addr(&b)
            p[0] = 5
            at: assert {claim}
            return 0
        }}""")
    assert hostile_says(text, "assert", "at", answer)


def test_references_go_on_through_calls_and_fields() -> None:
    """The same variable by three names, and two fields of one structure."""
    text = driver("""
        fn add(ref n: u32, by: u32) { n += by }
        fn twice(ref first: u32, ref second: u32) { add(&first, 1)  add(&second, first) }
        ioctl Write() {
            var pair : Pair
            pair.a = 1
            pair.b = 10
            twice(&pair.a, &pair.b)
            one: assert pair.a == 2 && pair.b == 12
            twice(&pair.a, &pair.a)
            two: assert pair.a == 6 && pair.b == 12
            return 0
        }""").replace("driver Sample", "struct Pair { a : u32  b : u32 }\ndriver Sample")
    for site in ("one", "two"):
        assert hostile_says(text, "assert", site, "proved")


@pytest.mark.parametrize(
    ("claim", "answer"),
    [("o.h.a == 1 && o.k.b == 2 && o.t == 3", "proved"), ("o.h.a == 0", "refuted")],
)
def test_a_structure_in_a_structure_has_two_names_as_well(claim: str, answer: str) -> None:
    """Its fields are those of the outer one."""
    text = driver(f"""
        fn put(ref p: In, ref q: In) {{ p.a = 1  q.b = 2  p.b = 3  q.a = 4 }}
        ioctl Write() {{
            var o : Out
            o.t = 3  o.h.a = 0
            put(&o.h, &o.k)
            at: assert {claim}
            return 0
        }}""").replace(
        "driver Sample",
        "struct In { a : u32  b : u32 }  struct Out { t : u32  h : In  k : In }\ndriver Sample",
    )
    assert hostile_says(text, "assert", "at", answer)


@pytest.mark.parametrize(("count", "found"), [(60, []), (61, [Code.UNSUPPORTED])])
def test_variables_are_counted_whose_address_is_taken_by_another_name(count, found) -> None:
    """A pointer tells which of them it was made from, of so many."""
    globals_ = "".join(f"var v{n} : u32 " for n in range(count - 1))
    uses = "".join(f"p = at(&v{n}) " for n in range(count - 1))
    text = driver(f"""
        {globals_}
        fn at(ref v: u32) -> user ptr u32 {{ return &v }}
        ioctl Write() {{ var p : user ptr u32 = null  {uses} return 0 }}""")
    assert [d.code for d in result(text)[1]] == found


def test_an_element_is_no_variable() -> None:
    """Which one it is would have to be remembered: refused, with the place."""
    text = driver("""
        var sizes : u32[4]
        fn put(ref n: u32) { n = 1 }
        ioctl Write(in_len: u32) { put(&sizes[in_len])  return 0 }""")
    assert [d.code for d in result(text)[1]] == [Code.UNSUPPORTED]


# ---- ways out ----------------------------------------------------------------------------------

THREAD = """
    lock cs
    event done
    ioctl Write() {{ signal done  return 0 }}
    thread t {{ {body} }}"""
RAISE = "old = SetProcPermissions(everyone)"


@pytest.mark.parametrize(
    ("body", "site", "answer"),
    [
        # A jump gives the lock of a block back before a `finally` around it waits.
        ("loop { var old = GetCurrentPermissions()  try { acquire cs { if any { "
         f"{RAISE}  continue }} }} }} finally {{ at: wait done  SetProcPermissions(old) }} }}",
         "at", "refuted"),
        ("loop { var old = GetCurrentPermissions()  try { acquire cs { if any { "
         f"{RAISE}  continue }} }} }} finally {{ SetProcPermissions(old)  at: wait done }} }}",
         "at", "proved"),
        # It leaves the loop before a `finally` around that runs another one.
        ("try { loop { wait done  return } } finally { loop { "
         "at: SetProcPermissions(everyone)  if any { cover } } }", "at", "refuted"),
    ],
)  # fmt: skip
def test_a_jump_leaves_what_it_jumps_out_of(body: str, site: str, answer: str) -> None:
    assert hostile_says(driver(THREAD.format(body=body)), "restored", site, answer)


def test_a_label_names_what_stands_inside() -> None:
    """Not the `finally` around it that a `return` runs."""
    text = driver("""
        ioctl Write(in_len: u32) {
            try { lab: { if in_len == 3 { return 1 } } } finally { behind: assert in_len != 3 }
            return 0
        }""")
    assert hostile_says(text, "assert", "behind", "refuted")


@pytest.mark.parametrize(
    ("value", "answer"), [("8 / in_len + p[0]", "refuted"), ("8 / (in_len | 1) + p[0]", "proved")]
)
def test_what_has_no_value_comes_before_a_fault_behind_it(value: str, answer: str) -> None:
    """The pointer is null just where the divisor is zero."""
    text = driver(f"""
        ioctl Write(in: user ptr u32, in_len: u32) {{
            let q = MapCallerPtr(in, 4)
            let p = in_len == 0 ? null : q
            var total : u32 = 0
            try {{ at: total = {value} }} except {{ }}
            return 0
        }}""")
    assert hostile_says(text, "arithmetic", "at", answer)
