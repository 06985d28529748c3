"""The four traps of the semantics: each has a twin with the opposite answer."""

from __future__ import annotations

import pytest
from verdicts import answers, driver, report, says

from cecheck.options import Engine
from cecheck.report.model import Refuted, Unknown

ENTRY = """
    ioctl Write(in: user ptr Request sized in_len, in_len: u32) {
        if in == null || in_len < sizeof(Request) { return 0 }
        let length = in.length, pointer = in.buffer
        BODY
        return 0
    }
"""


def entry(body: str) -> str:
    """Return an entry that fetches `length` and `pointer` and then does *body*."""
    return ENTRY.replace("BODY", body)


MAPPED = "let buffer = MapCallerPtr(pointer, length)  if buffer == null { return 0 }"
TOUCH_AND_WAIT = """
    lock cs
    {entry}
    thread hog {{ acquire cs  loop {{ }} }}
"""


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("touch: read pointer[0 .. length]  acquire cs { }", "refuted"),
        (f"{MAPPED} touch: read buffer[0 .. length]  acquire cs {{ }}", "proved"),
    ],
)
def test_a_blocking_step_does_not_hide_an_earlier_violation(body, answer):
    """Semantics 5.2: the lock may never be free again, the access happened all the same."""
    found = answers(driver(TOUCH_AND_WAIT.format(entry=entry(body))), only=("mapped",))
    assert says(found["mapped", "touch"], answer)
    assert "unknown" not in found["mapped", "touch"]


@pytest.mark.parametrize(
    ("work", "answer"),
    [
        ("told: let x = 100 / length", "refuted"),
        ("if length != 0 { told: let x = 100 / length }", "proved"),
        ("let ok = length != 0  told: let x = ok && 100 % length > 7", "proved"),
        ("told: let x = 1 << length", "refuted"),
        ("if length < 32 { told: let x = 1 << length }", "proved"),
        ("if length < 33 { told: let x = length >> length }", "refuted"),
        ("told: if half(length) == 0 { return 0 }", "refuted"),
    ],
)
def test_what_has_no_value_is_asked(work, answer):
    """Semantics 5.4: division by zero, and a shift by the width or more, are violations."""
    items = f"fn half(n: u32) -> u32 {{ return 64 / n }}  {entry(work)}"
    assert answers(driver(items), only=("arithmetic",))["arithmetic", "told"] == {answer}


@pytest.mark.parametrize(("value", "answer"), [(0, "refuted"), (7, "proved")])
def test_a_write_through_a_user_pointer_changes_the_driver_object_it_points_to(value, answer):
    """Semantics 1.2: what is reached is a property of the value, not of the declared type."""
    items = f"""
    fn fill(p: user ptr u32) {{ p[0] = 7 }}
    {entry(f"var x : u32 = 0  fill(&x)  told: assert x == {value}")}
    """
    assert answers(driver(items), only=("assert",))["assert", "told"] == {answer}


@pytest.mark.parametrize(
    ("take", "give", "answer"),
    [("acquire cs", "release cs", "proved"), ("", "", "refuted")],
)
def test_a_lock_excludes_because_it_knows_its_owner(take, give, answer):
    """Semantics 1.4: mutual exclusion for any number of callers at level 1."""
    body = f"{take}  busy = 1  alone: assert busy == 1  busy = 0  {give}"
    items = f"lock cs\n var busy : u32\n{entry(body)}"
    assert answers(driver(items), only=("assert",))["assert", "alone"] == {answer}


@pytest.mark.parametrize(
    ("access", "answer"),
    [
        ("use_it: read buffer[0 .. length]", "proved"),
        ("let i = any(u32)  if i >= length { return 0 }  use_it: let b = buffer[i]", "refuted"),
    ],
)
def test_a_sequential_access_stops_at_the_first_foreign_byte(access, answer):
    """Semantics 3.3, 3.4: an element between the checked ends is reached, by a run it is not."""
    found = answers(driver(entry(f"{MAPPED} {access}")), only=("mapped",))
    assert says(found["mapped", "use_it"], answer)
    assert found["mapped", "use_it"] <= {answer, "proved"}


FIRST_AND_LAST = """
    let buffer = MapCallerPtr(pointer, 1)
    if buffer == null || length == 0 {{ return 0 }}
    let end = buffer + (length - 1)
    if {wraps}end == null || MapCallerPtr(end, 1) != end {{ return 0 }}
    use_it: read buffer[0 .. length]
"""


@pytest.mark.parametrize(("wraps", "answer"), [("", "refuted"), ("end < buffer || ", "proved")])
def test_a_range_does_not_wrap(wraps, answer):
    """Semantics 3.3: both ends may be the caller's although the range goes round the top."""
    found = answers(driver(entry(FIRST_AND_LAST.format(wraps=wraps))), only=("bounds",))
    assert says(found["bounds", "use_it"], answer)
    assert found["bounds", "use_it"] <= {answer, "proved"}


@pytest.mark.parametrize(("test", "answer"), [("!=", "proved"), ("<", "refuted")])
def test_a_field_is_reached_with_all_of_its_bytes_or_not_at_all(test, answer):
    """Semantics 3.4: a first byte that nobody has keeps the others from being reached."""
    items = ENTRY.replace("in_len <", f"in_len {test}").replace("BODY", "")
    named = items.replace("let length", "fetch: let length")
    found = report(driver(named, use="{ const SLOT_GUARD = false }"), only=("mapped",))
    told = [f for f in found.findings if (f.kind.value, f.site.name) == ("mapped", "fetch")]
    words = {type(f.verdict).__name__.lower() for f in told}
    assert says(words, answer)
    assert words <= {answer, "proved"}
    for finding in told:
        if isinstance(finding.verdict, Refuted):
            shown = dict(finding.verdict.story.values)
            first = int(shown["its address"], 0) - int(shown["violating byte"], 0)
            there = {int(shown[f"{who}.slot"], 0) for who in ("caller", "device")}
            assert first >> 25 in there


PRODUCT = """
struct Words {{
    count  : u64
    buffer : user ptr u32[count]
}}
driver Product {{
    ioctl Write(in: user ptr Words sized in_len, in_len: u32) {{
        if in == null || in_len < sizeof(Words) {{ return 0 }}
        let count = in.count
        let buffer = MapCallerPtr(in.buffer, (count * 4) as u32)
        if buffer == null || {wraps}(count * 4) >> 32 != 0 {{ return 0 }}
        use_it: read buffer[0 .. count]
        return 0
    }}
}}
client App[*] : untrusted calls Product.Write
"""


@pytest.mark.parametrize(("wraps", "answer"), [("", "refuted"), ("count >> 30 != 0 || ", "proved")])
def test_a_size_is_the_exact_product(wraps, answer):
    """Semantics 3.3: a product that wraps at 64 bits checks four bytes and reads 2^62 + 1 words."""
    found = answers(f"// expect: proved\nuse ce5\n{PRODUCT.format(wraps=wraps)}", only=("bounds",))
    assert says(found["bounds", "use_it"], answer)
    assert found["bounds", "use_it"] <= {answer, "proved"}


@pytest.mark.parametrize(("address", "answer"), [("in | 0xFFFFFFFC", "refuted"), ("in", "proved")])
def test_a_field_does_not_wrap_either(address, answer):
    """Semantics 3.3: eight bytes from four below the top go round it."""
    items = f"""
    ioctl Run(in: user ptr u64, in_len: u32) {{
        if in == null || in_len != 8 {{ return 0 }}
        let p = {address}
        use_it: let w = p[0]
        return 0
    }}
    """
    found = answers(driver(items, client="App[*] : untrusted calls Sample.Run"), only=("bounds",))
    assert says(found["bounds", "use_it"], answer)


def test_a_range_is_passed_only_if_all_of_its_bytes_are_there():
    """Semantics 3.4: a probe of the whole range ends at the first byte that faults."""
    probed = "let i = any(u32)  if i >= length { return 0 }  probe: read buffer[0 .. length]"
    text = driver(entry(f"{MAPPED} {probed} use_it: let b = buffer[i]"))
    found = answers(text, engine=Engine.BMC, rlimit=10**7, timeout=10.0, only=("mapped",))
    assert found["mapped", "use_it"] == {"unknown"}


@pytest.mark.parametrize("target", ["in[v .. v + 1]", "in[v .. 9]", "in[0 .. v >> 2]"])
def test_the_ends_of_a_range_may_have_any_width(target):
    """Narrow and wide numbers, as they are and computed."""
    for width in ("u8", "u16", "u64"):
        items = f"""
        ioctl Run(in: user ptr u8[in_len], in_len: u32) {{
            if in == null || in_len < 4 {{ return 0 }}
            let v = in[0] as {width}
            use_it: read {target}
            return 0
        }}
        """
        spec = driver(items, client="App[*] : untrusted calls Sample.Run")
        assert ("mapped", "use_it") in answers(spec, engine=Engine.HOUDINI, only=("mapped",))


OWN_WRITE = """
    ioctl Write(in: user ptr Request sized in_len, in_len: u32) {
        if in == null || in_len < 64 { return 0 }
        let buffer = MapPtrToProcess(in.buffer, GetCallerProcess())
        let bytes = in as user ptr u8, words = in as user ptr u32
        WRITE
        let length = in.length
        use_it: read buffer[0 .. length]
        return 0
    }
"""


@pytest.mark.parametrize(
    ("write", "answer"),
    [
        ("write bytes[0 .. 8]", "refuted"),
        ("write in[0 .. 1]", "refuted"),
        ("words[0] = 0x7FFFFFFF", "refuted"),
        ("bytes[3] = 0xFF", "refuted"),
        ("in.length = 0x7FFFFFFF", "refuted"),
        ("in[1].length = 0x7FFFFFFF", "proved"),
        ("bytes[8] = 0xFF", "proved"),
        ("let old = in.length  in.length = old", "proved"),
    ],
)
def test_what_the_driver_writes_over_is_no_longer_what_the_caller_put_there(write, answer):
    """Semantics 6: a write of any type replaces exactly the bytes that it overlaps."""
    text = driver(OWN_WRITE.replace("WRITE", write), client="App[*] : trusted calls Sample.Write")
    assert answers(text, only=("bounds",))["bounds", "use_it"] == {answer}


ELEMENTS = """
    ioctl Write(in: user ptr Request sized in_len, in_len: u32) {
        if in == null || in_len < 64 { return 0 }
        let i = any(u32), j = any(u32)
        if i >= 8 || j >= 8 { return 0 }
        BODY
        return 0
    }
"""
FIRST = "let buffer = MapPtrToProcess(in[i].buffer, GetCallerProcess())"


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (f"{FIRST} let n = in[i].length  use_it: read buffer[0 .. n]", "proved"),
        (f"let n = in[i].length  {FIRST} use_it: read buffer[0 .. n]", "proved"),
        (f"{FIRST} let n = in[j].length  use_it: read buffer[0 .. n]", "refuted"),
        (f"{FIRST} in[i].length = j  let n = in[i].length  use_it: read buffer[0 .. n]", "refuted"),
        (f"{FIRST} in[j].length = j  let n = in[i].length  use_it: read buffer[0 .. n]", "refuted"),
    ],
)
def test_an_element_of_a_caller_s_array_is_what_the_caller_put_there(body, answer):
    """Semantics 6: for every length, index and content; what is refuted runs on a real array."""
    text = driver(ELEMENTS.replace("BODY", body), client="App[*] : trusted calls Sample.Write")
    assert answers(text, only=("bounds",))["bounds", "use_it"] == {answer}


def test_a_run_that_changes_the_caller_s_array_is_none():
    """Between two reads of an element another one was read: a proof would remember just one."""
    body = f"{FIRST} let n = in[j].length, m = in[i].length  use_it: read buffer[0 .. m]"
    text = driver(ELEMENTS.replace("BODY", body), client="App[*] : trusted calls Sample.Write")
    assert answers(
        text, only=("bounds",), engine=Engine.BMC, rlimit=1_500_000
    )["bounds", "use_it"] == {"unknown"}


@pytest.mark.parametrize(
    ("write", "answer"),
    [("in[i].buffer = (0x0C000000 + j) as user ptr u8 of device", "unknown"), ("", "proved")],
)
def test_a_pointer_that_the_driver_wrote_need_not_be_honest(write, answer):
    """Semantics 6: the element is read anew, after another one, and may be what was written."""
    body = f"""
        {write}
        let other = in[j].length, length = in[i].length
        let buffer = MapPtrToProcess(in[i].buffer, GetCallerProcess())
        use_it: read buffer[0 .. length]
    """
    text = driver(ELEMENTS.replace("BODY", body), client="App[*] : trusted calls Sample.Write")
    assert answers(text, only=("bounds",), timeout=40.0)["bounds", "use_it"] == {answer}


TABLE = """
    var table : u32[16]
    ioctl Write(in: user ptr Request sized in_len, in_len: u32) {{
        let i = any(u32)
        if {test} {{ return 0 }}
        {use}
        return 0
    }}
"""


@pytest.mark.parametrize(
    "use",
    [
        "touch: table[i] = 1",
        "touch: let x = table[i]",
        "touch: table[i] += 1",
        "let p = &table[i]  touch: p[0] = 1",
        "let p = &table[i]  touch: let x = p[0]",
        "let p = &table[0]  touch: p[i] = 1",
    ],
)
@pytest.mark.parametrize(("test", "answer"), [("i >= 16", "proved"), ("i > 16", "refuted")])
def test_an_index_of_the_driver_s_own_array_stays_inside(use, test, answer):
    """Writing is asked like reading, and by an address like by name."""
    found = answers(driver(TABLE.format(test=test, use=use)), only=("bounds",))
    assert found["bounds", "touch"] == {answer}


@pytest.mark.parametrize(("use", "answer"), [("{ without step 3 }", "refuted"), ("", "proved")])
def test_an_array_of_the_driver_is_there_only_while_its_process_is(use, answer):
    """Semantics 1.2: driver memory has its addresses in the driver's process alone."""
    text = driver(TABLE.format(test="i >= 16", use="touch: table[i] = 1"), use=use)
    assert answers(text, only=("mapped",))["mapped", "touch"] == {answer}


STORED = """
    ioctl Write(in: user ptr Request sized in_len, in_len: u32) {
        if in == null || in_len < sizeof(Request) { return 0 }
        let length = in.length, pointer = in.buffer
        in.WHAT
        let buffer = MapPtrToProcess(in.buffer, GetCallerProcess())
        use_it: read buffer[0 .. length]
        return 0
    }
"""


@pytest.mark.parametrize(
    ("what", "answer"), [("buffer = pointer + 4", "unknown"), ("length = 4", "unknown")]
)
def test_a_promise_is_not_about_a_pointer_that_the_driver_stored(what, answer):
    """Semantics 4: nothing is proved of it, and nothing refuted."""
    text = driver(STORED.replace("WHAT", what), client="App[*] : trusted calls Sample.Write")
    assert answers(text, only=("bounds",))["bounds", "use_it"] == {answer}


OPEN = """// expect: proved
use ce5
struct Tail {{ length : u32  data : u16[1 .. length] }}
driver Sample {{
    ioctl Write(in: user ptr Tail {promise}, in_len: u32) {{
        if in == null {{ return 0 }}
        let n = in.length
        if n > 0x1000 {{ return 0 }}
        touch: read in.data[0 .. {end}]
        return 0
    }}
}}
client App[*] : trusted calls Sample.Write
"""


@pytest.mark.parametrize("promise", ["", "sized in_len"])
@pytest.mark.parametrize(("end", "answer"), [("n", "proved"), ("n + 1", "refuted")])
def test_an_array_of_open_size_ends_where_the_caller_promised(promise, end, answer):
    """The object holds all the elements that its own field counts, and no more."""
    found = answers(OPEN.format(promise=promise, end=end), only=("bounds",))
    assert found["bounds", "touch"] == {answer}


def test_the_first_element_is_the_object_itself():
    """By name or by an index that happens to be zero: it is the same memory."""
    body = "let n = in.length  let m = in[i].length  if i == 0 { told: read in.buffer[n .. m] }"
    text = driver(ELEMENTS.replace("BODY", body), client="App[*] : trusted calls Sample.Write")
    assert "refuted" not in answers(text, engine=Engine.BMC, rlimit=1_500_000)["bounds", "told"]


HANDED = """
    lock cs
    event done
    var pending : user ptr u8 = null
    ioctl Write(in: user ptr Request sized in_len, in_len: u32) {{
        if in == null || in_len < sizeof(Request) {{ return 0 }}
        let buffer = MapPtrToProcess(in.buffer, GetCallerProcess())
        acquire cs {{ pending = {handed} }}
        wait done timeout
        acquire cs {{ pending = null }}
        let length = in.length
        use_it: read buffer[0 .. length]
        return 0
    }}
    thread ist {{
        loop {{
            acquire cs {{ if pending != null {{ try {{ write pending[0 .. 4] }} except {{ }} }} }}
        }}
    }}
"""


@pytest.mark.parametrize(("handed", "beyond"), [("in as user ptr u8", True), ("buffer", False)])
def test_what_another_thread_may_write_is_not_what_the_caller_put_there(handed, beyond):
    """Semantics 6: nothing is proved of a structure that was handed to a thread that writes."""
    text = driver(HANDED.format(handed=handed), client="App[*] : trusted calls Sample.Write")
    found = report(text, engine=Engine.BMC, rlimit=1_500_000).findings
    told = [f.verdict for f in found if f.site.name == "use_it"]
    reasons = [verdict.reason for verdict in told if isinstance(verdict, Unknown)]
    assert ("a run goes beyond what the model follows" in reasons) == beyond
