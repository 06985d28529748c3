"""What the functions of ce6 do: for each a claim that is right, and one that is not."""

from __future__ import annotations

import pytest
from elaborated import spec
from verdicts import answers, hostile_answers, is_refuted, says

from cecheck.sema.typed import Allocate
from cecheck.sema.walk import nodes

DRIVER = """// expect: proved
use ce6 {change}
struct Request {{
    length : u32
    buffer : user ptr u8[length]
}}
driver Sample {{
    ioctl Write(in: user ptr Request sized in_len, in_len: u32) {{
        if in == null || in_len != sizeof(Request) {{ return 0 }}
        let n = in.length, p = in.buffer
        if n != 16 {{ return 0 }}
        {body}
        return 0
    }}
}}
client App[*] : untrusted calls Sample.Write
"""
COPY = "take: let q = CeOpenCallerBuffer(p, n, ARG_IO_PTR, true)  if q == null { return 1 } "
SAME = "let q = CeOpenCallerBuffer(p, n, ARG_I_PTR, false)  if q == null { return 1 } "
ALIAS = "ARG_I_PTR | MARSHAL_FORCE_ALIAS"
LATER = f"let q = CeAllocAsynchronousBuffer(p, n, {ALIAS})"
MADE = f"let a = CeAllocAsynchronousBuffer(q, n, {ALIAS})  if a == null {{ return 1 }} "
LASTS = f"pending = CeAllocAsynchronousBuffer(in, 4, {ALIAS})"
SHOWN = f"{SAME}take: {MADE}"
SMALL = (SAME + "take: " + MADE).replace(" n,", " 64,").replace(ALIAS, "ARG_I_PTR")


def of(body: str, kind: str, site: str = "at", change: str = "") -> set[str]:
    """Return the answers to a check at a site of *body*."""
    text = DRIVER.format(body=body, change=change)
    return answers(text, only=(kind,))[kind, site]


@pytest.mark.parametrize(
    ("body", "right", "wrong"),
    [
        ("let q = CeOpenCallerBuffer(p, 0, ARG_I_PTR, false)", "q == null", "q != null"),
        ("let q = CeOpenCallerBuffer(p, n, 0, false)", "q == null", "q != null"),
        ("let q = CeOpenCallerBuffer(p, ~0, ARG_I_PTR, false)", "q == null", "q == p"),
        ("let q = CeOpenCallerBuffer(p, n, ARG_I_PTR, false)", "q == null || q == p", "q == p"),
        (SAME, "q as u32 <= 0x7FEF_FFF0", "q as u32 < 0x7000_0000"),
        (SAME, "q as u32 >= 0x1_0000", "q as u32 > 0x1_0000"),
        (SAME.replace("ARG_I", "ARG_O"), "q as u32 <= 0x6FFF_FFF0", "q as u32 < 0x6000_0000"),
        ("let q = MapCallerPtr(p, n)", "q == p", "q == null"),
        ("let q = MapPtrToProcess(p, GetCallerProcess())", "q == p", "q == null"),
        ("let was = SetProcPermissions(everyone)", "!(was has nk)", "was has nk"),
        ("let was = SetKMode(true), now = SetKMode(true)", "!was && !now", "now"),
        ("let t = CeGetCallerTrust()", "t == OEM_CERTIFY_TRUST", "t == OEM_CERTIFY_RUN"),
        ("let c = GetDirectCallerProcessId()", "c == GetCallerVMProcessId()", "c == nk"),
        (SAME + "let b = CeCloseCallerBuffer(q, p, n, ARG_I_PTR)", "b", "!b"),
        ("let h = CreateEvent()  let b = CloseHandle(h)", "b", "h != 0"),
        ("let b = LockPages(null, 4, LOCKFLAG_READ)", "!b", "b"),
        ("let b = LockPages(p, 0, LOCKFLAG_READ)", "!b", "b"),
        ("let b = LockPages(p, 0x9000_0000, LOCKFLAG_READ)", "!b", "b"),
        ("let b = CeCloseCallerBuffer(null, p, n, ARG_I_PTR)", "!b", "b"),
        ("let b = CeFreeDuplicateBuffer(p, p, 0, ARG_I_PTR)", "!b", "b"),
        ("let q = CeAllocAsynchronousBuffer(p, 0, ARG_I_PTR)", "q == null", "q != null"),
        (LATER, "q == null || q == p || q as u32 >= 0xA000_0000", "q == null || q == p"),
        (LATER, "q == null || q as u32 >= 0x2000_0000 || q == p", "q == null || q != p"),
        ("let b = CeFreeAsynchronousBuffer(p, null, n, ARG_I_PTR)", "!b", "b"),
        ("let b = CeFreeAsynchronousBuffer(p, p, n, ARG_I_PTR)", "b || p == null", "!b"),
        ("let b = CeFlushAsynchronousBuffer(p, p, null, n, ARG_I_PTR)", "!b", "b"),
        ("let b = CeFlushAsynchronousBuffer(p, p, null, n, ARG_O_PTR)", "b || p == null", "!b"),
    ],
)  # fmt: skip
def test_what_a_function_gives_back(body: str, right: str, wrong: str) -> None:
    assert of(f"{body}  at: assert {right}", "assert") == {"proved"}
    assert "refuted" in of(f"{body}  at: assert {wrong}", "assert")


@pytest.mark.parametrize(
    ("body", "kind", "site", "answer"),
    [
        (COPY + "at: CeCloseCallerBuffer(q, p, n, ARG_IO_PTR)", "mapped", "at", "proved"),
        (COPY + "at: CeCloseCallerBuffer(q, in.buffer, n, ARG_IO_PTR)", "mapped", "at", "refuted"),
        (COPY + "at: CeCloseCallerBuffer(q, p, in.length, ARG_IO_PTR)", "bounds", "at", "refuted"),
        (COPY + "CeCloseCallerBuffer(q, p, n, ARG_IO_PTR)", "paired", "take", "proved"),
        (COPY + "CeCloseCallerBuffer(q, null, n, ARG_IO_PTR)", "paired", "take", "refuted"),
        (COPY + "at: CeCloseCallerBuffer(q + 1, p, n, ARG_I_PTR)", "paired", "at", "refuted"),
        (SAME + "at: CeCloseCallerBuffer(q + 1, p, n, ARG_I_PTR)", "paired", "at", "refuted"),
        ("at: let q = CeAllocDuplicateBuffer(p, n, ARG_I_PTR)  CeFreeDuplicateBuffer(q, p, n, 8)",
         "mapped", "at", "refuted"),  # p is no parameter: nobody has tested it
        (SHOWN + f"at: CeFreeAsynchronousBuffer(a, q, n, {ALIAS})", "paired", "take", "proved"),
        (SHOWN + f"at: CeFreeAsynchronousBuffer(a, q, n, {ALIAS})", "paired", "at", "proved"),
        (SHOWN + f"at: CeFreeAsynchronousBuffer(a, q, 4, {ALIAS})", "paired", "at", "refuted"),
        (SHOWN + "at: CeFreeAsynchronousBuffer(a, q, 4, ARG_I_PTR)", "paired", "at", "refuted"),
        (SHOWN + f"at: CeFreeAsynchronousBuffer(a, null, n, {ALIAS})", "paired", "take", "refuted"),
        (SHOWN + f"at: CeFreeAsynchronousBuffer(q, q, n, {ALIAS})", "paired", "take", "refuted"),
        (SMALL + "at: CeFreeAsynchronousBuffer(a, q, 64, ARG_I_PTR)", "paired", "take", "proved"),
        (SMALL + "at: CeFreeAsynchronousBuffer(a, q, 64, ARG_I_PTR)", "paired", "at", "proved"),
        (SMALL + "at: CeFreeAsynchronousBuffer(a, q, 600, ARG_I_PTR)", "paired", "at", "refuted"),
        (SMALL + f"at: CeFreeAsynchronousBuffer(a, q, 64, {ALIAS})", "paired", "take", "refuted"),
        (SMALL + "try { at: read a[0 .. 64] } except { }", "bounds", "at", "proved"),
        (SMALL + "try { at: read a[0 .. 65] } except { }", "bounds", "at", "refuted"),
        (SHOWN + "try { at: read a[0 .. n] } except { }", "mapped", "at", "proved"),
        (SHOWN + "try { at: read a[0 .. n] } except { }", "bounds", "at", "proved"),
        (SHOWN + "try { at: read a[0 .. n + 1] } except { }", "bounds", "at", "refuted"),
        (SHOWN + "try { at: read a[0 .. n + 1] } except { }", "mapped", "at", "refuted"),
        (LATER + "  try { at: read q[0 .. n] } except { }", "mapped", "at", "refuted"),
        (COPY + "at: CeFlushAsynchronousBuffer(q, q, p, n, ARG_IO_PTR)", "mapped", "at", "proved"),
        (COPY + "at: CeFlushAsynchronousBuffer(q, q, in.buffer, n, ARG_IO_PTR)", "mapped", "at",
         "refuted"),
    ],
)  # fmt: skip
def test_what_is_asked_of_a_driver(body: str, kind: str, site: str, answer: str) -> None:
    assert says(of(body, kind, site), answer)


def test_a_parameter_is_tested_by_the_kernel() -> None:
    """Unless the variant says that it does not."""
    assert of("", "mapped", "in.length") == {"proved"}
    change = "{ const DIRECT_CALLS_CHECKED = false }"
    assert "refuted" in of("", "mapped", "in.length", change)


WORKER = """// expect: proved
use ce6
driver Sample {{
    lock cs
    var pending : user ptr u8
    ioctl Write(in: user ptr u8[in_len], in_len: u32) {{
        if in == null || in_len != 4 {{ return 0 }}
        acquire cs {{ pending = in  {here} }}
        return 0
    }}
    thread worker {{
        loop {{ acquire cs {{ if pending != null {{ try {{ {there} }} except {{ }} }} }} }}
    }}
}}
client App[*] : untrusted calls Sample.Write
"""


@pytest.mark.parametrize(
    ("here", "there", "answer"),
    [
        ("", "at: let x = pending[0]", "refuted"),
        ("at: let x = pending[0]  pending = null", "", "proved"),
        (LASTS, "at: read pending[0 .. 4]", "proved"),
        (LASTS, "at: let x = pending[4]", "refuted"),
    ],
)
def test_a_worker_is_in_no_process_of_a_caller(here: str, there: str, answer: str) -> None:
    """The pointer of a call means something else on a thread of the kernel, if anything."""
    found = hostile_answers(WORKER.format(here=here, there=there), only=("mapped",))
    assert found["mapped", "at"] == {answer}


CARRIED = """// expect: proved
use ce6 {{ const USER_MODE = true }}
struct Request {{ data : user ptr u8[length]  length : u32  back : user ptr u8[length] }}
driver Sample in udevice {{
    ioctl Write(in: user ptr Request sized in_len, in_len: u32) {{
        var request : Request
        if !ReflectorCopyIn(&request, in, sizeof(Request), in_len) {{ return 0 }}
        if in_len != sizeof(Request) {{ return 1 }}
        let p = request.data, n = request.length
        take: let q = CeOpenCallerBuffer(p, n, ARG_IO_PTR, false)
        if q == null {{ return 1 }}
        {body}
        return 0
    }}
}}
client App[*] : untrusted calls Sample.Write
"""
CLOSE = "CeCloseCallerBuffer(q, p, n, ARG_IO_PTR)"


@pytest.mark.parametrize(
    ("body", "kind", "site", "answer"),
    [
        (f"at: {CLOSE}", "mapped", "at", "proved"),
        (f"at: {CLOSE}", "paired", "take", "proved"),
        (f"at: {CLOSE.replace(' p,', ' request.back,')}", "mapped", "at", "proved"),
        (f"at: CeFlushAsynchronousBuffer(q, q, request.back, n, ARG_IO_PTR)  {CLOSE}",
         "mapped", "at", "proved"),
        (f"at: CeFlushAsynchronousBuffer(q + 1, q, p, n, ARG_IO_PTR)  {CLOSE}",
         "mapped", "at", "proved"),
        (f"at: CeFlushAsynchronousBuffer(q, q + 1, p, n, ARG_IO_PTR)  {CLOSE}",
         "bounds", "at", "refuted"),
        (f"at: read q[0 .. n]  {CLOSE}", "bounds", "at", "proved"),
        (f"at: read q[0 .. n + 1]  {CLOSE}", "bounds", "at", "refuted"),
        (f"at: read p[0 .. n]  {CLOSE}", "mapped", "at", "refuted"),
        (f"let a = CeAllocAsynchronousBuffer(q, n, ARG_I_PTR)  at: assert a == q  {CLOSE}",
         "assert", "at", "proved"),
        (f"let a = CeAllocAsynchronousBuffer(q, n, ARG_I_PTR)  {CLOSE}  at: let b = a[0]",
         "live", "at", "refuted"),
    ],
)  # fmt: skip
def test_a_driver_in_user_mode(body: str, kind: str, site: str, answer: str) -> None:
    """The kernel carries for it, and writes back to nobody's memory but the caller's."""
    found = hostile_answers(CARRIED.format(body=body), only=(kind,))
    assert found[kind, site] == {answer}


QUEUE = """// expect: proved
use ce6
driver Spi {{
    lock  queue_lock
    event work
    var queued : user ptr u8 = null
    var opened : user ptr u8 = null
    var size   : u32
    ioctl Queue(in: user ptr u8[in_len], in_len: u32) {{
        acquire queue_lock {{
            if queued == null {{
                take: queued = CeAllocDuplicateBuffer(in, in_len, ARG_I_PTR)
                opened = in
                size = in_len
            }}
        }}
        signal work
        return 0
    }}
    thread worker {{
        loop {{
            wait work
            acquire queue_lock {{
                if queued != null {{
                    send: read queued[0 .. {end}]
                    back: CeFreeDuplicateBuffer(queued, opened, size, ARG_I_PTR)
                    queued = null
                }}
            }}
        }}
    }}
}}
client App[*] : untrusted calls Spi.Queue
"""


def test_a_queue_of_copies_of_any_size() -> None:
    """Which block is queued, how big it is, and that it is not where it was copied from."""
    found = hostile_answers(QUEUE.format(end="size"), only=("bounds", "paired"))
    assert set().union(*found.values()) == {"proved"}


def test_a_queue_of_copies_used_beyond_their_end() -> None:
    text = QUEUE.format(end="size + 1")
    assert is_refuted(text, "bounds", "send")


@pytest.mark.parametrize(
    ("size", "descriptor", "blocks"),
    [("n", "8", 1), ("64", "8", 1), ("n", ALIAS, 0), ("64", ALIAS, 0), ("521", "8", 0)],
)
def test_what_is_shown_needs_no_block(size: str, descriptor: str, blocks: int) -> None:
    """What constant arguments rule out is not in the program, which costs a proof much."""
    body = f"let a = CeAllocAsynchronousBuffer(p, {size}, {descriptor})"
    functions = spec(DRIVER.format(body=body, change="")).functions
    copies = [function for key, function in functions.items() if "#" in key]
    found = [n for one in copies for n in nodes(one.body) if isinstance(n, Allocate)]
    assert len(found) == blocks
