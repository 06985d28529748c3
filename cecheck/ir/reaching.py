"""A program in which reaching some accesses is what violates their checks: to prove them dead."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from cecheck.ir.program import Check, CheckKind, Program


def asking_to_reach(program: Program, names: Collection[tuple[int, int]]) -> Program:
    """Return *program* where the checks *names* are violated by completing the access.

    A name is (which kind of thread, which of its checks).
    """

    def asked(kind: int, number: int, check: Check) -> Check:
        if (kind, number) not in names:
            return check
        return replace(check, violated=check.reached, kind=CheckKind.REACHED, prefix=None)

    threads = tuple(
        replace(thread, checks=tuple(asked(k, n, c) for n, c in enumerate(thread.checks)))
        for k, thread in enumerate(program.threads)
    )
    return replace(program, threads=threads)
