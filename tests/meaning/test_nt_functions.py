"""What the functions of Windows NT give back, and what they do not look at."""

from __future__ import annotations

import pytest
from verdicts import answers

ENTRY = """// expect: proved
use nt {use}
driver Sample {{
    method_neither Write(Type3InputBuffer: user ptr u8) {{
        let p = Type3InputBuffer
        let kernel = 0xFFFF_8000_0000_1000 as user ptr u8 of IoGetRequestorProcess()
        let last = 0x7FFF_FFFE_FFFF as user ptr u8 of IoGetRequestorProcess()
        let nowhere = 0x8_0000_0000_0000 as user ptr u8 of IoGetRequestorProcess()
        var raised : bool = false
        var locked : user ptr u8 = null
        try {{ {body} }} except {{ raised = true }}
        told: assert {claim}
        return STATUS_SUCCESS
    }}
}}
client App[*] : {client} calls Sample.Write
"""


def told(claim: str, body: str = "", client: str = "untrusted", use: str = "") -> set[str]:
    """Return the answers to *claim* after *body*, in a call of a *client*."""
    text = ENTRY.format(claim=claim, body=body, client=client, use=use)
    return answers(text, only=("assert",))["assert", "told"]


@pytest.mark.parametrize(
    ("body", "raises"),
    [
        # No bytes: nothing is tested, neither the half nor the alignment.
        ("ProbeForRead(kernel, 0, 8)", False),
        ("ProbeForWrite(last, 0, 8)", False),
        ("ProbeForRead(kernel, 1, 1)", True),
        ("ProbeForRead(nowhere, 1, 1)", True),
        ("ProbeForRead(null, 1, 1)", False),  # null is in the user half
        ("ProbeForRead(last, 1, 1)", False),
        ("ProbeForRead(last, 2, 1)", True),
        ("ProbeForRead(last, 0xFFFF_FFFF_FFFF_FFFF, 1)", True),  # it wraps
        ("ProbeForRead(last, 1, 2)", True),
    ],
)
def test_what_a_probe_looks_at(body: str, raises: bool) -> None:
    assert told("raised" if raises else "!raised", body) == {"proved"}
    assert "refuted" in told("!raised" if raises else "raised", body)


def test_only_a_probe_for_writing_looks_whether_memory_is_there() -> None:
    assert "refuted" in told("raised", "ProbeForWrite(last, 1, 1)")
    assert "refuted" in told("!raised", "ProbeForWrite(last, 1, 1)")


def test_a_platform_that_tests_no_bytes_too_is_a_variant() -> None:
    use = "{ const PROBE_ZERO_PASSES = false }"
    assert told("raised", "ProbeForRead(kernel, 0, 1)", use=use) == {"proved"}


@pytest.mark.parametrize(
    ("pointer", "size", "mode", "may"),
    [
        ("p", "4", "UserMode", True),
        ("kernel", "4", "UserMode", False),
        ("kernel", "4", "KernelMode", True),  # it trusts the driver
        ("nowhere", "4", "UserMode", False),
        ("nowhere", "4", "KernelMode", False),
        ("last", "2", "UserMode", False),
        ("last", "2", "KernelMode", True),
        ("p", "0", "KernelMode", False),
    ],
)
def test_what_can_be_locked(pointer: str, size: str, mode: str, may: bool) -> None:
    body = f"""let m = IoAllocateMdl({pointer}, {size})
        if m != null {{ locked = MmProbeAndLockPages(m, {size}, {mode}, IoReadAccess) }}"""
    found = told("locked == null", body)
    assert ("refuted" in found) == may
    assert may or found == {"proved"}


@pytest.mark.parametrize(
    ("pointer", "claim", "answer"),
    [
        ("last", "locked != last", "proved"),
        ("last", "locked != null", "refuted"),  # the system may have no room
        ("kernel", "locked == nowhere || locked == null || locked == kernel", "proved"),
    ],
)
def test_the_system_address_of_locked_pages(pointer: str, claim: str, answer: str) -> None:
    """That of kernel addresses they are themselves; before there is any it is *nowhere* here."""
    body = f"""locked = nowhere
        let m = IoAllocateMdl({pointer}, 1)
        if m != null {{
            let pages = MmProbeAndLockPages(m, 1, KernelMode, IoReadAccess)
            locked = MmGetSystemAddressForMdlSafe(pages)
        }}"""
    assert answer in told(claim, body)
    assert answer == "refuted" or told(claim, body) == {answer}


@pytest.mark.parametrize(
    ("claim", "client"),
    [
        ("IoGetRequestorMode() == UserMode", "untrusted"),
        ("ExGetPreviousMode() == UserMode", "untrusted"),
        ("IoGetRequestorMode() == KernelMode", "trusted"),
        ("ExGetPreviousMode() == KernelMode", "trusted"),
        ("IoGetRequestorProcess() == IoGetCurrentProcess()", "untrusted"),
        ("IoGetCurrentProcess() != system", "untrusted"),
    ],
)
def test_who_asks(claim: str, client: str) -> None:
    assert told(claim, client=client) == {"proved"}


@pytest.mark.parametrize(
    ("inside", "after"),
    [
        ("IoGetCurrentProcess() == system", "true"),
        ("IoGetRequestorProcess() == old", "true"),
        ("true", "IoGetCurrentProcess() == old"),
    ],
)
def test_attached_only_the_current_process_is_another(inside: str, after: str) -> None:
    body = f"""let old = KeStackAttachProcess(system), is_so = {inside}
        KeUnstackDetachProcess(old)
        raised = is_so && {after}"""
    assert told("raised", body) == {"proved"}
