"""What the verdicts mean, in the words of a driver engineer: tables, no logic."""

from __future__ import annotations

from cecheck.ir.causes import Root
from cecheck.ir.program import CheckKind, View

HEADLINES: dict[CheckKind, str] = {
    CheckKind.MAPPED: "reaches memory that does not belong to the caller",
    CheckKind.BOUNDS: "goes past the memory that was handed in",
    CheckKind.PERMITTED: "is stopped: this thread may not touch that memory",
    CheckKind.LIVE: "uses memory that may be gone: too late, or with no handler for the fault",
    CheckKind.PAGING: "touches what may have to be paged in, while nothing can be",
    CheckKind.RESTORED: "leaves the thread with other rights or another process than before",
    CheckKind.PAIRED: "leaves something open that was opened, or closes it twice",
    CheckKind.PRIVILEGE: "is done with rights to memory that it does not need",
    CheckKind.DMA: "lets a device reach memory that is not locked",
    CheckKind.ASSERT: "asserts what need not hold",
    CheckKind.INVARIANT: "breaks the invariant",
    CheckKind.BOUNDED: "goes round for as long as another process likes",
    CheckKind.ARITHMETIC: "divides by zero, or shifts by the width or more",
    CheckKind.COVER: "is reached",
    CheckKind.REACHED: "can be reached",
    CheckKind.BOUND: "goes beyond what the model can follow",
}

# Where the well-behaved view asks something else (is the driver of any use?), it says so.
HEADLINES_WELL_BEHAVED: dict[CheckKind, str] = {
    CheckKind.MAPPED: "does not reach the object that the caller meant",
    CheckKind.BOUNDS: "goes past the size that the caller promised",
    CheckKind.PERMITTED: "faults for want of rights, so an honest caller is never served",
    CheckKind.LIVE: "comes when the caller's object may be gone",
}

ADVICE: dict[CheckKind, str] = {
    CheckKind.MAPPED: "map and check the very pointer that is used, with the process it came from",
    CheckKind.BOUNDS: "check the size that is used: fetch it once, and allow for wrap-around",
    CheckKind.PERMITTED: "use it on the calling thread, or take that thread's rights along",
    CheckKind.LIVE: "handle the fault; use nothing after its call, its handle or its driver",
    CheckKind.PAGING: "touch only what stays in memory, such as the driver's own data and code",
    CheckKind.RESTORED: "put back what was raised on every way out, exceptions included",
    CheckKind.BOUNDED: "count the rounds in a local variable, and stop at a limit",
    CheckKind.DMA: "lock the pages before the transfer, and unlock them after its end",
    CheckKind.PAIRED: "release on every way out, once, with what it was opened with",
    CheckKind.PRIVILEGE: "take what is needed around the access, and put it back behind it",
}


def advice(kind: CheckKind, cause: str | None) -> str | None:
    """Return what helps against a refutation of *kind* whose root is called *cause*."""
    left = cause == Root.NOT_RESTORED.value
    return ADVICE.get(CheckKind.RESTORED if left else kind)


def headline(kind: CheckKind, view: View) -> str:
    """Return what a refuted check of *kind* does, to be read after the name of its site."""
    if view is View.WELL_BEHAVED and kind in HEADLINES_WELL_BEHAVED:
        return HEADLINES_WELL_BEHAVED[kind]
    return HEADLINES[kind]
