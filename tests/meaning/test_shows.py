"""Memory of others that a platform shows for a while: `show` and `hide` (semantics 3.5)."""

from __future__ import annotations

import pytest
from verdicts import hostile_answers, is_refuted

HEAD = """// expect: proved
use nt
driver Sample {{
    method_neither Write(UserBuffer: user ptr u8[OutputBufferLength], OutputBufferLength: u32) {{
        let n = OutputBufferLength
        let mdl = IoAllocateMdl(UserBuffer, n)
        if mdl == null {{ return STATUS_UNSUCCESSFUL }}
"""
NT = HEAD + """        try {{
            let pages = MmProbeAndLockPages(mdl, n, UserMode, IoWriteAccess)
            let a = MmGetSystemAddressForMdlSafe(pages)
            {body}
        }} except {{ }}
        IoFreeMdl(mdl)
        return STATUS_SUCCESS
    }}
}}
client App[*] : untrusted calls Sample.Write
"""
USE = "if a != null { at: write a[0 .. n] }"
UNLOCK = "MmUnlockPages(pages, n)"
AGAIN = "let other = MmProbeAndLockPages(mdl, n, UserMode, IoWriteAccess)"
OTHER = "let b = MmGetSystemAddressForMdlSafe(other)  if b != null { at: write b[0 .. n] }"


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (f"{USE}  {UNLOCK}", "proved"),
        (f"{UNLOCK}  {USE}", "refuted"),
        # Asked for only then, it rests on the same pages.
        (f"{UNLOCK}  let b = MmGetSystemAddressForMdlSafe(pages)  if b != null {{ at: b[0] = 1 }}",
         "refuted"),
        # Locked once more, the pages may have any other address.
        (f"{UNLOCK}  {AGAIN}  {OTHER}  MmUnlockPages(other, n)", "proved"),
        (f"{UNLOCK}  {AGAIN}  {USE}  MmUnlockPages(other, n)", "refuted"),
        (f"{AGAIN}  MmUnlockPages(other, n)  {USE}  {UNLOCK}", "proved"),
        (f"{AGAIN}  MmUnlockPages(other, n)  {OTHER}  {UNLOCK}", "refuted"),
        # As another type.
        (f"{UNLOCK}  let b = a as user ptr u32  if b != null {{ at: let x = b[0] }}", "refuted"),
    ],
)  # fmt: skip
def test_locked_pages_have_an_address_until_they_are_unlocked(body: str, answer: str) -> None:
    assert hostile_answers(NT.format(body=body), only=("live",))["live", "at"] == {answer}


def test_locked_pages_are_unlocked_once() -> None:
    """Also where they were locked twice, under one address: the other lock is to be undone."""
    twice = f"{AGAIN}  {UNLOCK}  at: {UNLOCK}"
    assert is_refuted(NT.format(body=twice), "paired", "at")
    both = f"{AGAIN}  {UNLOCK}  at: MmUnlockPages(other, n)"
    assert hostile_answers(NT.format(body=both), only=("paired",))["paired", "at"] == {"proved"}


BARE = HEAD + """        var pages : user ptr u8 = null
        try {{ pages = MmProbeAndLockPages(mdl, n, UserMode, IoWriteAccess) }} except {{
            IoFreeMdl(mdl)
            return STATUS_ACCESS_VIOLATION
        }}
        let a = MmGetSystemAddressForMdlSafe(pages)
        if a != null {{ {body} }}
        MmUnlockPages(pages, n)
        IoFreeMdl(mdl)
        return STATUS_SUCCESS
    }}
}}
client App[*] : untrusted calls Sample.Write
"""
BEYOND = "let w = UserBuffer | 0x8000_0000_0000_0000"


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("at: write a[0 .. n]", "proved"),
        ("at: let x = a[n as u64 - 1]", "proved"),
        ("at: write a[0 .. n + 0x7FFF_FFFF]", "refuted"),  # what lies behind may go
        ("at: write pages[0 .. n]", "refuted"),  # no system address
        ("at: write UserBuffer[0 .. n]", "refuted"),
        # An address like those, but nothing is shown there.
        (f"{BEYOND}  at: write w[0 .. n]", "refuted"),
    ],
)
def test_locked_pages_need_no_handler(body: str, answer: str) -> None:
    """They stay until they are unlocked; nothing else of the caller's does."""
    assert hostile_answers(BARE.format(body=body), only=("live",))["live", "at"] == {answer}


CE6 = """// expect: proved
use ce6
driver Sample {{
    ioctl Write(in: user ptr u8[in_len], in_len: u32) {{
        let a = CeAllocAsynchronousBuffer(in, {size}, ARG_I_PTR)
        if a == null {{ return 0 }}
        try {{ {body} }} except {{ }}
        return 0
    }}
}}
client App[*] : untrusted calls Sample.Write
"""
FREE = "CeFreeAsynchronousBuffer(a, in, {size}, ARG_I_PTR)"


@pytest.mark.parametrize("size", ["in_len", "64", "1024"])
@pytest.mark.parametrize(
    ("body", "answer"),
    [(f"at: let x = a[0]  {FREE}", "proved"), (f"{FREE}  at: let x = a[0]", "refuted")],
)
def test_an_asynchronous_buffer_is_there_until_it_is_freed(
    size: str, body: str, answer: str
) -> None:
    """Whether it is a copy or a view, and where nobody knows which."""
    text = CE6.format(size=size, body=body.format(size=size))
    found = hostile_answers(text, only=("live",))["live", "at"]
    assert found == {answer}
